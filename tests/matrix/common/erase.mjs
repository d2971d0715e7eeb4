// What every fixture does with its client: one call, then many. It says what it claims, and nobody believes it.

import { BULK } from "./list.mjs";

export async function erase(client) {
  const { outcomes, attempts } = await client.deleteFaces({ groupId: "one", faceTokens: ["a1", "zz"] });
  const list = [...BULK.tokens, BULK.tokens[7], "two words"];
  const report = await client.deleteMany(list, { groupId: "many", batchSize: BULK.batchSize }).report;
  const requests = attempts + report.requests;
  return JSON.stringify({ one: outcomes, many: [...report.outcomes()], complete: report.complete, requests });
}
