import { FaceSearchClient, isFaceSearchError } from "finauth-facesearch";

let client;

export default {
  async fetch(request, env) {
    if (request.method !== "POST") return new Response("POST face tokens, one a line\n", { status: 405 });
    if (!env.ADMIN_TOKEN) throw new Error("ADMIN_TOKEN is not set, so it is not known who may delete");
    if (request.headers.get("authorization") !== `Bearer ${env.ADMIN_TOKEN}`)
      return new Response(null, { status: 401 });
    client ??= new FaceSearchClient({
      apiKey: env.FINAUTH_API_KEY,
      apiSecret: env.FINAUTH_API_SECRET,
      baseUrl: env.FINAUTH_BASE_URL,
    });
    try {
      const report = await client.deleteMany(request.body, { groupId: "staff", maxDelete: 1000 }).report;
      return Response.json({ counts: report.counts, outcomes: [...report.outcomes()] });
    } catch (error) {
      if (!isFaceSearchError(error)) throw error;
      return Response.json(error, { status: 400 });
    }
  },
};
