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
  ["deletes, and its success lacks `failure_detail`", { fault: "reshape", as: "missing", fields: ["failure_detail"] }],
  ["deletes, and its success lacks `time_used`, `request_id` and `face_count`", { fault: "reshape", as: "missing" }],
  ["deletes, and these fields of its success are `null`", { fault: "reshape", as: "null" }],
  [
    "deletes, and its success has an `error` that is `null`, and unknown fields",
    { fault: "reshape", as: "null", fields: ["error", "error_message"], set: { trace: { id: 7 }, removed: 0 } },
  ],
  [
    "deletes, and its success has an `error` that is empty",
    { fault: "reshape", as: "empty", fields: ["error", "error_message"] },
  ],
  [
    "deletes, and the numbers of its success are decimal text",
    { fault: "reshape", as: "text", fields: ["face_removed", "face_count", "time_used"] },
  ],
  [
    "deletes, and `time_used` of its success is a fraction",
    { fault: "reshape", as: "fraction", fields: ["time_used"] },
  ],
  [
    "deletes, and the number of removed faces is a fraction",
    { fault: "reshape", as: "fraction", fields: ["face_removed"] },
  ],
  ["deletes, and its success names a token that was not sent", lists("other")],
  ["deletes, and its success names a rejected token twice", lists("zz", "zz")],
  ["deletes, and its success has status 201", { fault: "changeHead", status: 201 }],
  ["deletes, and its success has status 206", { fault: "changeHead", status: 206 }],
  ["deletes, and its success has status 404", { fault: "changeHead", status: 404 }],
  ["deletes, and its success has status 500", { fault: "changeHead", status: 500 }],
  ["deletes, and its success has status 204 and no body", { fault: "changeHead", status: 204 }],
  ["deletes, and its success has an `Age` of 30 seconds", { fault: "changeHead", headers: { age: "30" } }],
  ["deletes, and repeats an earlier response", { fault: "replay" }],
  ["deletes, and repeats an earlier response four times", { fault: "replay", times: 4 }],
  ["does nothing, and a cache repeats an earlier response", { fault: "replay", apply: false, age: 30 }],
  [
    "does nothing, and a cache repeats an error",
    { fault: "error", status: 400, error: "INVALID_OUTER_ID", headers: { age: "30" } },
  ],
  [
    "deletes the tokens before a bad one, then rejects the batch with `INVALID_FACE_TOKEN`",
    { fault: "rejectToken", tokens: ["zz"], times: 100 },
  ],
  [
    "deletes all tokens but a bad one, then rejects the batch with `BAD_ARGUMENTS:face_tokens`",
    { fault: "rejectToken", tokens: ["zz"], acts: "others", error: "BAD_ARGUMENTS:face_tokens", times: 100 },
  ],
  [
    "rejects each batch that holds a bad token, and does nothing",
    { fault: "rejectToken", tokens: ["zz"], acts: "nothing", times: 100 },
  ],
  ["takes one token in a request", { fault: "limitTokens", limit: 1, times: 100 }],
  [
    "takes one token in a request, and rejects more with 413",
    { fault: "limitTokens", limit: 1, as: "413", times: 100 },
  ],
  [
    "rejects a token with a reason that is not documented for tokens",
    { fault: "partial", reasons: { a1: "INVALID_FACE_TOKEN" } },
  ],
  [
    "rejects a token with a reason that is long and has control characters",
    { fault: "partial", reasons: { a1: `\u001b[31m\r\n\t=1+1${"\u202e\u0000LONG".repeat(2000)}` } },
  ],
  ["does nothing, and a gateway answers with 404 and a page", gateway(404)],
  ["does nothing, and a gateway answers with 408 and a page", gateway(408)],
  ["does nothing, and a gateway answers with 409 and an object of its own", gateway(409, "json")],
  ["does nothing, and a gateway answers with 425 and no body", gateway(425, "empty")],
  ["does nothing, and a gateway answers with 502 and no body", gateway(502, "empty")],
  [
    "does nothing, and a gateway answers with 503 until a date as in RFC 850",
    { ...gateway(503), retryAfter: 1, retryAfterForm: "rfc850" },
  ],
  [
    "throttles until a date as `asctime` writes it",
    { fault: "throttle", status: 429, retryAfter: 1, retryAfterForm: "asctime" },
  ],
  ["throttles until a date as in RFC 9110", { fault: "throttle", retryAfter: 1, retryAfterForm: "imf-fixdate" }],
  ["answers with 409 and a code that nobody knows", { fault: "error", status: 409, error: "CONFLICTING_WRITE" }],
  [
    "deletes, and answers with 409 and a code that nobody knows",
    { fault: "error", status: 409, error: "CONFLICTING_WRITE", apply: true },
  ],
  ["deletes, then fails with `INTERNAL_ERROR`", { fault: "error", apply: true }],
  ["deletes, and its success repeats the request", { fault: "echo" }],
  ["deletes, and its success repeats the signature in base64", { fault: "echo", of: "sign", as: "base64" }],
  ["rejects an argument, and its code repeats the signature", { fault: "echo", of: "sign", into: "error" }],
];

/**
 * A gateway in front of the server that answers in its place.
 *
 * @param {number} status
 * @param {"html" | "json" | "empty"} [body]
 */
function gateway(status, body = "html") {
  return { fault: "htmlGatewayError", apply: false, status, body };
}

/**
 * A success that says of these tokens that they were not there.
 *
 * @param {string[]} tokens
 */
function lists(...tokens) {
  const details = tokens.map((token) => ({ face_token: token, reason: "FACE_NOT_IN_GROUP" }));
  return { fault: "reshape", set: { failure_detail: details, face_removed: 2 - tokens.length } };
}

/** The faces of {@link warmUp}. */
const EARLIER = ["earlier-1", "earlier-2"];

/**
 * Makes one delete that succeeds: the fault then strikes a connection that was used before, and a response that can be repeated
 * exists. It says of two tokens that they were removed.
 *
 * @param {{ client: import("../../pkg-template/index.js").FaceSearchClient, emulator: import("../../pkg-template/emulator/index.js").Emulator }} fixture
 */
export async function warmUp({ client, emulator }) {
  emulator.addFaces(GROUP, EARLIER);
  await client.deleteFaces({ groupId: GROUP, faceTokens: EARLIER }, { timeout: 10_000 });
  emulator.beginAudit();
}

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
