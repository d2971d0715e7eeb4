import { createProxyHandler } from "finauth-facesearch/proxy";

let faces;

export async function POST(request) {
  // Not before the first request: a build has no secrets.
  faces ??= createProxyHandler({
    authorize: (request) => request.headers.get("authorization") === `Bearer ${process.env.ADMIN_TOKEN ?? "practice"}`,
    allow: { groups: ["staff"] },
  });
  return faces(request);
}
