// @ts-check
// Every fault of the emulator, over real HTTP on a connection that was used before: every claim is true, and the table in
// docs/outcomes.md is what was seen here. `npm run docs:faults` writes it.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { root } from "../../scripts/lib/places.mjs";
import { GROUP, served } from "../support/served.mjs";

/** What happens, in words that follow "the server …", and the rule that makes it happen. @type {[string, any][]} */
const CASES = [
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
const CALLS = {
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

/** What was seen, by case. @type {Map<string, string[]>} */
const seen = new Map();

for (const [words, rule] of CASES) {
  test(`the server ${words}`, async (t) => {
    const cells = [];
    for (const call of Object.values(CALLS)) {
      const { client, emulator, server } = await served(t, { options: { timeout: 250 } });
      /** @type {import("node:net").Socket[]} */
      const sockets = [];
      server.server.on("request", ({ socket }) => sockets.push(socket));
      await client.getFaceCount({ groupId: GROUP });
      // Until Node has put the connection back.
      await setTimeout(20);
      emulator.inject({ ...rule, path: "delete" });
      const outcomes = await call(client);
      assert.ok(sockets[1] === sockets[0], "the fault strikes a connection that is used again");
      assert.equal(emulator.log[1]?.fault, rule.fault);
      assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes }), []);
      cells.push(cell(outcomes[0], outcomes[1]));
    }
    seen.set(words, cells);
  });
}

/**
 * What is told of a token that was there, and of one that was not.
 *
 * @param {any} present
 * @param {any} missing
 */
function cell(present, missing) {
  const word = (/** @type {any} */ { outcome, retryable }) => `\`${outcome}\`${retryable ? ", for now" : ""}`;
  return word(present) === word(missing) ? word(present) : `${word(present)} / ${word(missing)}`;
}

test("there is a case for each fault", () => {
  const declared = readFileSync(join(root, "pkg-template", "emulator", "index.d.ts"), "utf8");
  const kinds = new Set([...declared.matchAll(/\{ fault: "(\w+)"/g)].map(([, kind]) => kind));
  assert.ok(kinds.size >= 11);
  assert.deepEqual(new Set(CASES.map(([, rule]) => rule.fault)), kinds);
});

after(() => {
  const path = join(root, "docs", "outcomes.md");
  const [start, end] = ["<!-- faults -->\n\n", "\n<!-- /faults -->"];
  const text = readFileSync(path, "utf8");
  const row = (/** @type {string[]} */ cells) => `| ${cells.join(" | ")} |\n`;
  const heads = ["the server …", ...Object.keys(CALLS)];
  const rows = CASES.map(([words]) => row([words, ...(seen.get(words) ?? ["it failed"])]));
  const table = row(heads) + row(heads.map(() => "---")) + rows.join("");
  const [before = "", rest = ""] = text.split(start);
  const written = `${before}${start}${table}${end}${rest.split(end)[1] ?? ""}`;
  if (process.env.WRITE_FAULTS === "1") writeFileSync(path, written);
  else assert.equal(text, written, "docs/outcomes.md is not what was seen: npm run docs:faults");
});
