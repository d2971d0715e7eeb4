// @ts-check
// Taking up what a run left open: over real HTTP, against the emulator's truth.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { injectMix, nineInTen, tokens } from "../support/faults.mjs";
import { createSign, FaceSearchClient } from "../support/package.mjs";
import { assertTrue } from "../support/reports.mjs";
import { GROUP, rejection, served } from "../support/served.mjs";

test("what was unknown and is not found now was most likely our own deletion", async (t) => {
  const { client, emulator } = await served(t);
  emulator.inject({ fault: "applyThenDrop", times: 1 });
  const first = await client.deleteMany(["a1", "b2", "zz"], { groupId: GROUP, maxRetries: 0 }).report;
  assert.deepEqual([first.counts.unknown, first.complete], [3, false]);
  const second = await first.retryUnresolved().report;
  assert.deepEqual(
    [...second.outcomes()].map(({ token, index, outcome }) => [token, index, outcome]),
    ["a1", "b2", "zz"].map((token, index) => [token, index, "absent-after-uncertain"]),
  );
  assert.deepEqual([second.requests, second.complete, first.counts.unknown], [2, true, 3]);
  assertTrue(second, emulator, 3);
});

test("only what is open goes out again, and the report is about both runs", async (t) => {
  const input = [...tokens(1000), "two,tokens", ...tokens(10)];
  const { client, emulator } = await served(t, { faces: tokens(1000) });
  emulator.inject({ fault: "applyThenDrop", times: 2, skip: 3 });
  emulator.inject({ fault: "dropBeforeApply", times: 1 });
  const first = await client.deleteMany(input, { groupId: GROUP, maxRetries: 0, batchSize: 100 }).report;
  assert.deepEqual([first.counts.unknown, first.counts.deleted], [300, 700]);
  const sent = emulator.log.length;
  const second = first.retryUnresolved({ batchSize: 1000 });
  const seen = [];
  for await (const { index } of second) seen.push(index);
  assert.deepEqual(
    seen.sort((a, b) => a - b),
    input.map((_, index) => index),
  );
  const report = await second.report;
  assert.equal(emulator.log.length - sent, 1);
  const { counts } = report;
  assert.deepEqual(
    [counts.deleted, counts["absent-after-uncertain"], counts.duplicate, counts.invalid, counts.total],
    [800, 200, 10, 1, 1011],
  );
  assertTrue(report, emulator, 1011);
});

test("after a stop the rest goes out, and never-sent tokens can still be absent for sure", async (t) => {
  const input = tokens(50);
  const { client, emulator } = await served(t, { faces: nineInTen(input) });
  const run = client.deleteMany(input, { groupId: GROUP, batchSize: 5, concurrency: 1 });
  for await (const _ of run) {
    run.stop();
    break;
  }
  const first = await run.report;
  assert.ok(first.counts["not-sent"] > 0);
  const second = await first.retryUnresolved().report;
  assert.deepEqual([second.counts.deleted, second.counts.absent], [45, 5]);
  assertTrue(second, emulator, 50);
});

test("twenty thousand tokens under a mix of faults are settled in the end, round by round", async (t) => {
  const input = tokens(20_000);
  const { client, emulator } = await served(t, { faces: nineInTen(input) });
  injectMix(emulator);
  let report = await client.deleteMany(input, { groupId: GROUP, batchSize: 250, maxRetries: 0, timeout: 500 }).report;
  assert.ok(report.counts.unknown > 0);
  for (let round = 0; round < 5 && !report.complete; round += 1) {
    assertTrue(report, emulator, 20_000);
    report = await report.retryUnresolved().report;
  }
  assert.ok(report.complete, JSON.stringify(report));
  assertTrue(report, emulator, 20_000);
});

test("a run before the time that the server gave waits for it", async (t) => {
  const { client, emulator } = await served(t);
  emulator.inject({ fault: "throttle", retryAfter: 120, times: 1 });
  const first = await client.deleteMany(["a1"], { groupId: GROUP }).report;
  assert.equal(first.ended, "retry-later");
  const second = first.retryUnresolved();
  await setTimeout(300);
  assert.equal(emulator.log.length, 1);
  assert.equal(second.stats?.waitingFor, "server-pause");
  assert.ok(/** @type {number} */ (second.stats?.waitMs) > 110_000);
  second.stop();
  const report = await second.report;
  assert.deepEqual([report.ended, report.counts.failed], ["stopped", 1]);
});

test("a wrong option rejects, and an end of the first run is not the second's", async (t) => {
  const { client, emulator } = await served(t);
  const controller = new AbortController();
  emulator.inject({ fault: "slowHead", ms: 500, times: 1 });
  const run = client.deleteMany(["a1"], { groupId: GROUP, signal: controller.signal, totalTimeout: 9000 });
  await setTimeout(100);
  controller.abort();
  const first = await run.report;
  assert.equal(first.ended, "aborted");
  await assert.rejects(first.retryUnresolved(/** @type {any} */ ({ batchSize: 0 })).report, {
    name: "ValidationError",
  });
  const second = await first.retryUnresolved({ batchSize: 1 }).report;
  assert.deepEqual([second.ended, second.counts.unknown], ["complete", 0]);
  assertTrue(second, emulator, 1);
});

test("a report is taken up once: another run would call absent what the first deleted", async (t) => {
  const { client, emulator } = await served(t);
  const stopped = client.deleteMany(["a1", "b2", "c3"], { groupId: GROUP });
  stopped.stop();
  const before = await stopped.report;
  assert.equal(before.counts["not-sent"], 3);
  // What never began leaves it open.
  const wrong = await rejection(before.retryUnresolved(/** @type {any} */ ({ timeout: "soon" })).report);
  assert.equal(wrong.code, "INVALID_ARGUMENT");
  const [one, other] = [before.retryUnresolved(), before.retryUnresolved()];
  const refused = await rejection(other.report);
  assert.deepEqual(
    [refused.name, refused.code, refused.delivery],
    ["ValidationError", "REPORT_WAS_TAKEN_UP", "not-sent"],
  );
  const after = await one.report;
  assert.equal(after.counts.deleted, 3);
  assert.equal((await rejection(before.retryUnresolved().report)).code, "REPORT_WAS_TAKEN_UP");
  assertTrue(after, emulator, 3);
});

test("an error says what an earlier attempt may have done, whatever went wrong later", async (t) => {
  const { emulator, server } = await served(t);
  const key = { apiKey: emulator.apiKey, apiSecret: emulator.apiSecret };
  for (const call of /** @type {const} */ (["deleteFaces", "deleteMany"])) {
    let calls = 0;
    const sign = async () => {
      calls += 1;
      if (calls > 1) throw new Error("no more");
      return createSign(key);
    };
    const client = new FaceSearchClient({ sign, baseUrl: server.baseUrl });
    emulator.inject({ fault: "applyThenDrop", times: 1, path: "delete" });
    const token = call === "deleteFaces" ? "a1" : "b2";
    const error =
      call === "deleteFaces"
        ? await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: [token] }))
        : (await client.deleteMany([token], { groupId: GROUP }).report).error;
    assert.deepEqual([error?.code, error?.delivery], ["SIGN_FAILED", "maybe-applied"], call);
    assert.match(error?.message ?? "", /nothing was sent from then on/);
    assert.ok(!emulator.faces(GROUP).includes(token));
  }
});

test("a deadline counts from the call, however long the source takes", async (t) => {
  const { client, emulator } = await served(t);
  const source = async function* () {
    await setTimeout(80);
    yield "a1";
  };
  const report = await client.deleteMany(source(), { groupId: GROUP, totalTimeout: 40 }).report;
  assert.deepEqual([report.ended, report.counts["not-sent"], emulator.log.length], ["deadline", 1, 0]);
});

test("a client that is disposed of between two attempts does not say that nothing was sent", async (t) => {
  const { emulator, server } = await served(t);
  const { apiKey, apiSecret } = emulator;
  const client = new FaceSearchClient({
    apiKey,
    apiSecret,
    baseUrl: server.baseUrl,
    fetch: async (input, init) => {
      await fetch(input, init);
      client.dispose();
      throw new TypeError("the connection broke");
    },
  });
  const error = await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: ["a1"] }));
  assert.deepEqual([error.code, error.delivery, error.attempts], ["DISPOSED", "maybe-applied", 1]);
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes: error.outcomes }), []);
});
