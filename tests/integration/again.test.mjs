// @ts-check
// Taking up what a run left open: over real HTTP, against the emulator's truth.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { injectMix, nineInTen, tokens } from "../support/faults.mjs";
import { assertTrue } from "../support/reports.mjs";
import { GROUP, served } from "../support/served.mjs";

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
