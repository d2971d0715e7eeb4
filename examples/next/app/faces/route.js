import { createProxyHandler } from "finauth-facesearch/proxy";

let faces;

export async function POST(request) {
  // Not before the first request: a build has no secrets.
  const { ADMIN_TOKEN } = process.env;
  if (!ADMIN_TOKEN) throw new Error("ADMIN_TOKEN is not set, so it is not known who may delete");
  faces ??= createProxyHandler({
    authorize: (request) => request.headers.get("authorization") === `Bearer ${ADMIN_TOKEN}`,
    allow: { groups: ["staff"] },
  });
  return faces(request);
}
