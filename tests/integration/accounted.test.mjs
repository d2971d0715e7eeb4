// @ts-check
// What other clients lose, accounted for: over real HTTP, against the emulator's truth.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { inspect } from "node:util";
import { tokens } from "../support/faults.mjs";
import { FaceSearchClient } from "../support/package.mjs";
import { promptly } from "../support/prompt.mjs";
import { assertTrue } from "../support/reports.mjs";
import { GROUP, rejection, served } from "../support/served.mjs";

test("one connection reset in the middle of a run leaves nothing without an outcome", async (t) => {
  const input = tokens(100);
  const { client, emulator } = await served(t, { faces: input });
  emulator.inject({ fault: "applyThenDrop", path: "delete", skip: 4 });
  const report = await client.deleteMany(input, { groupId: GROUP, batchSize: 10, maxRetries: 0 }).report;
  assert.deepEqual([report.counts.deleted, report.counts.unknown], [90, 10]);
  assertTrue(report, emulator, 100);
});

test("a batch that is refused for its tokens takes no other batch down, and loses no token of its own", async (t) => {
  const [good, bad] = [tokens(10_000), Array.from({ length: 50 }, (_, at) => `bad-${at}`)];
  const { emulator, server } = await served(t, { faces: good });
  // A server that refuses a request for any of the bad tokens.
  const refusing = async (/** @type {string} */ url, /** @type {any} */ init) => {
    if (!new TextDecoder().decode(init.body).includes("bad-")) return fetch(url, init);
    return Response.json({ request_id: "1,a", time_used: 1, error: "INVALID_FACE_TOKEN" }, { status: 400 });
  };
  const { apiKey, apiSecret } = emulator;
  const client = new FaceSearchClient({ apiKey, apiSecret, baseUrl: server.baseUrl, fetch: refusing });
  const input = [...good.slice(0, 5000), ...bad, ...good.slice(5000)];
  const report = await client.deleteMany(input, { groupId: GROUP }).report;
  // A batch that is rejected for one token may have been applied in part.
  assert.deepEqual([report.counts.deleted, report.counts.unknown, report.ended], [10_000, 50, "complete"]);
  assert.deepEqual([report.complete, report.allGone], [true, false]);
  assertTrue(report, emulator, 10_050);
});

test("a request of a thousand that fails names each of them", async (t) => {
  const input = tokens(1000);
  const { client, emulator } = await served(t, { faces: input });
  emulator.inject({ fault: "applyThenDrop", path: "delete", times: 9 });
  const error = await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: input }));
  assert.deepEqual(
    error.outcomes.map((/** @type {any} */ { token, outcome }) => [token, outcome]),
    input.map((token) => [token, "unknown"]),
  );
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes: error.outcomes }), []);
});

for (const [state, rule] of /** @type {[string, any][]} */ ([
  ["it waits for the next attempt", { fault: "throttle", times: 100 }],
  ["the server asked for a pause", { fault: "throttle", retryAfter: 30, times: 100 }],
])) {
  promptly(`an abort is honoured within 10 ms while ${state}`, async (t) => {
    const { client, emulator } = await served(t);
    emulator.inject({ ...rule, path: "delete" });
    const controller = new AbortController();
    const run = client.deleteMany(["a1"], { groupId: GROUP, signal: controller.signal });
    while (run.stats?.waitingFor !== "retry" && run.stats?.waitingFor !== "server-pause") await setTimeout(1);
    const aborted = performance.now();
    controller.abort();
    const report = await run.report;
    const took = performance.now() - aborted;
    assert.deepEqual([report.ended, report.counts.failed], ["aborted", 1]);
    return took;
  });
}

test("nothing secret and no token shows in a run, its plan, its numbers or its report", async (t) => {
  const token = "34dce3f2d1fc4736670b4bad58523ce8";
  const { client, emulator } = await served(t, { faces: [token] });
  emulator.inject({ fault: "error", status: 400, error: "BAD_ARGUMENTS:group_id", skip: 1, path: "delete" });
  const plan = await client.plan([token], { groupId: GROUP });
  const run = client.deleteMany(plan);
  const report = await run.report;
  const failed = await client.deleteMany([token], { groupId: GROUP }).report;
  for (const thing of [client, plan, run, run.stats, report, failed, failed.error]) {
    const shown = [
      inspect(thing, { depth: Infinity, showHidden: true, getters: true }),
      JSON.stringify(thing),
      String(thing),
    ].join("\n");
    for (const secret of [emulator.apiSecret, emulator.apiKey, token]) assert.ok(!shown.includes(secret), shown);
  }
});
