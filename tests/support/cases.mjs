// @ts-check
// Everything that can go wrong with a call, and the ways of calling.

import assert from "node:assert/strict";
import { GROUP } from "./served.mjs";

/** What happens, in words that follow "the server …", and the rule that makes it happen. @type {[string, any][]} */
export const CASES = [
  ["deletes, then drops the connection", { fault: "applyThenDrop" }],
  ["drops the connection before it deletes", { fault: "dropBeforeApply" }],
  ["deletes, and its answer is cut short", { fault: "truncateBody" }],
  ["deletes, and the body of its answer comes too late", { fault: "slowBody", ms: 600 }],
  ["deletes, and answers too late", { fault: "slowHead", ms: 600 }],
  ["deletes, and a gateway answers with a page", { fault: "htmlGatewayError" }],
  ["deletes, and a gateway says 403", { fault: "htmlGatewayError", status: 403 }],
  ["deletes, and its numbers do not add up", { fault: "lieAboutCounts" }],
  ["throttles, with status 403", { fault: "throttle" }],
  ["throttles, with status 429, for a second", { fault: "throttle", status: 429, retryAfter: 1 }],
  ["throttles, for longer than a minute", { fault: "throttle", retryAfter: 120 }],
  ["has a clock that is an hour ahead", { fault: "skew", times: 100 }],
  ["fails with `INTERNAL_ERROR`", { fault: "error" }],
  ["refuses each token for another reason", { fault: "partial", count: 2 }],
  ["refuses the arguments", { fault: "error", status: 400, error: "BAD_ARGUMENTS:group_id" }],
  ["refuses one of the tokens, once", { fault: "error", status: 400, error: "INVALID_FACE_TOKEN" }],
  ["does not know the library", { fault: "error", status: 400, error: "INVALID_OUTER_ID" }],
  ["refuses the signature", { fault: "error", status: 403, error: "AUTHORIZATION_ERROR:INVALID_SIGN" }],
  ["says that the quota is used up", { fault: "error", status: 403, error: "AUTHORIZATION_ERROR:LIMIT_REACHED" }],
  ["answers with a code that nobody knows", { fault: "error", status: 400, error: "SOMETHING_NEW" }],
];

/**
 * The ways of calling, each giving the outcomes of the two tokens that the fault strikes.
 *
 * @type {Record<string, (client: import("../../pkg-template/index.js").FaceSearchClient) => Promise<any>>}
 */
export const CALLS = {
  "one attempt": (client) => oneCall(client, { maxRetries: 0 }),
  "`deleteFaces`": (client) => oneCall(client, {}),
  "`deleteMany`": async (client) => {
    const many = ["a1", "zz", "b2", "yy", "c3"];
    const report = await client.deleteMany(many, { groupId: GROUP, batchSize: 2, concurrency: 1 }).report;
    assert.deepEqual([report.counts.total, report.warnings.length <= 1], [5, true]);
    return [...report.outcomes()].sort((one, other) => one.index - other.index);
  },
};

/**
 * @param {import("../../pkg-template/index.js").FaceSearchClient} client
 * @param {object} options
 */
async function oneCall(client, options) {
  const request = { groupId: GROUP, faceTokens: ["a1", "zz"] };
  try {
    return (await client.deleteFaces(request, options)).outcomes;
  } catch (error) {
    return /** @type {any} */ (error).outcomes;
  }
}
