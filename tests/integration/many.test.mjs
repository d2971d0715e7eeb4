// @ts-check
// Deleting many over real HTTP: every token accounted for, whatever happens, against the emulator's truth.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { injectMix, nineInTen, tokens } from "../support/faults.mjs";
import { createEmulator, FaceSearchClient, ValidationError } from "../support/package.mjs";
import { promptly } from "../support/prompt.mjs";
import { assertTrue } from "../support/reports.mjs";
import { GROUP, rejection, served } from "../support/served.mjs";

test("two hundred thousand tokens under a mix of faults are accounted for, to the token", async (t) => {
  const input = tokens(200_000);
  const { client, emulator } = await served(t, { faces: nineInTen(input) });
  injectMix(emulator);
  const run = client.deleteMany(input, { groupId: GROUP, timeout: 500 });
  const report = await run.report;
  assertTrue(report, emulator, 200_000);
  assert.equal(report.ended, "complete");
  assert.ok(report.counts.deleted > 150_000 && report.counts.absent > 15_000, JSON.stringify(report.counts));
  assert.ok(report.counts["absent-after-uncertain"] > 0 && report.retries > 20, JSON.stringify(report));
});

test("each position of the input comes out once, duplicates and what is no token included", async (t) => {
  const { client, emulator } = await served(t);
  const input = ["a1", "a1", "two,tokens", "b2", "line\nfeed", "x".repeat(5000), "zz"];
  const run = client.deleteMany(input, { groupId: GROUP });
  const outcomes = [];
  for await (const outcome of run) outcomes.push(outcome);
  outcomes.sort((a, b) => a.index - b.index);
  assert.deepEqual(outcomes, [
    { token: "a1", index: 0, outcome: "deleted" },
    { token: "a1", index: 1, outcome: "duplicate", of: 0 },
    { index: 2, outcome: "invalid", problem: "must not contain a comma: it would become two tokens" },
    { token: "b2", index: 3, outcome: "deleted" },
    { index: 4, outcome: "invalid", problem: "must not contain white space" },
    { index: 5, outcome: "invalid", problem: "must not be longer than 255 bytes" },
    { token: "zz", index: 6, outcome: "absent", reason: "FACE_NOT_IN_GROUP" },
  ]);
  assertTrue(await run.report, emulator, 7);
});

test("iterating late shows all, leaving early lets it run on, and nobody has to look", async (t) => {
  const input = tokens(50);
  const { client, emulator } = await served(t, { faces: input });
  const run = client.deleteMany(input, { groupId: GROUP, batchSize: 5 });
  for await (const _ of run) break;
  const report = await run.report;
  assert.equal(report.counts.deleted, 50);
  const late = [];
  for await (const { token } of run) late.push(token);
  assert.deepEqual(late.sort(), input);
  assert.deepEqual(emulator.faces(GROUP), []);
});

test("any iterable is a source, and none is read half", async (t) => {
  const { client, emulator } = await served(t);
  async function* cursor() {
    yield "a1";
    yield "b2";
  }
  assert.equal((await client.deleteMany(cursor(), { groupId: GROUP }).report).counts.deleted, 2);
  assert.equal((await client.deleteMany(new Set(["c3"]), { groupId: GROUP }).report).counts.deleted, 1);
  assert.equal((await client.deleteMany([], { groupId: GROUP }).report).counts.total, 0);
  const sent = emulator.log.length;
  const problem = new Error("the database went away");
  async function* broken() {
    yield "a1";
    throw problem;
  }
  const error = await rejection(client.deleteMany(broken(), { groupId: GROUP }).report);
  assert.deepEqual([error.name, error.path, error.cause], ["ValidationError", "source", problem]);
  assert.equal(emulator.log.length, sent);
});

test("a wrong call rejects, names the argument, and sends nothing", async (t) => {
  const { client, emulator } = await served(t);
  const good = { groupId: GROUP };
  /** @type {[any, any, string][]} */
  const cases = [
    [7, good, "source"],
    [undefined, good, "source"],
    [{}, good, "source"],
    [["a1", new Uint8Array(2)], good, "source[1]"],
    [[new Uint8Array(2), "a1"], good, "source[1]"],
    ["<html>", good, "source"],
    ["user,photo\nbob,1\nann,2\n", good, "source"],
    ["a1", { ...good, format: "xml" }, "options.format"],
    ["a1", { ...good, column: {} }, "options.column"],
    ["a1", { ...good, maxDelete: -1 }, "options.maxDelete"],
    ["a1", { ...good, expect: { count: "1" } }, "options.expect.count"],
    [["a1", 7], good, "source[1]"],
    [["a1"], undefined, "options.groupId"],
    [["a1"], { groupId: "a b" }, "groupId"],
    [["a1"], { ...good, batchSize: 1001 }, "options.batchSize"],
    [["a1"], { ...good, concurrency: 0 }, "options.concurrency"],
    [["a1"], { ...good, concurrency: { min: 5, max: 2 } }, "options.concurrency.max"],
    [["a1"], { ...good, concurrency: "many" }, "concurrency"],
    [["a1"], { ...good, maxAbsentRatio: 2 }, "options.maxAbsentRatio"],
    [["a1"], { ...good, deadline: "soon" }, "options.deadline"],
    [["a1"], { ...good, onProgress: 5 }, "options.onProgress"],
    [["a1"], { ...good, signal: {} }, "options.signal"],
  ];
  for (const [source, options, path] of cases) {
    const run = client.deleteMany(source, options);
    const error = await rejection(run.report);
    assert.ok(error instanceof ValidationError, `${error}`);
    assert.equal(error.path, path);
    await assert.rejects(async () => {
      for await (const _ of run);
    }, ValidationError);
  }
  assert.equal(emulator.log.length, 0);
});

test("under permanent throttling every token is accounted for", async () => {
  const input = tokens(10);
  const emulator = createEmulator({ libraries: { [GROUP]: input } });
  const { apiKey, apiSecret, fetch } = emulator;
  emulator.inject({ fault: "throttle", retryAfter: 120, times: 1000 });
  const client = new FaceSearchClient({ apiKey, apiSecret, fetch });
  const report = await client.deleteMany(input, { groupId: GROUP, batchSize: 1, concurrency: 2 }).report;
  assertTrue(report, emulator, 10);
  assert.equal(report.ended, "retry-later");
  assert.ok(report.retryAt && report.retryAt.getTime() > Date.now() + 110_000);
  assert.equal([...report.unresolved()].length, 10);
});

test("a server that asks for more quiet than there are dates gets a date", async () => {
  for (const retryAfter of ["9".repeat(20), "9".repeat(400)]) {
    const headers = { "retry-after": retryAfter };
    const busy = JSON.stringify({ error: "CONCURRENCY_LIMIT_EXCEEDED", time_used: 1 });
    const fetch = async () => new Response(busy, { status: 403, headers });
    const client = new FaceSearchClient({ apiKey: "k", apiSecret: "s", fetch });
    const report = await client.deleteMany(["a1"], { groupId: GROUP }).report;
    assert.deepEqual([report.ended, report.retryAt?.getTime()], ["retry-later", 8.64e15]);
  }
});

test("one bad token among many is found, and the others are deleted", async (t) => {
  const input = tokens(500);
  const { emulator } = await served(t);
  emulator.addFaces(GROUP, input);
  const { apiKey, apiSecret } = emulator;
  const poison = /** @type {string} */ (input[123]);
  const client = new FaceSearchClient({
    apiKey,
    apiSecret,
    fetch: async (url, init) => {
      const form = await new Request(url, init).formData();
      if (!String(form.get("face_tokens")).includes(poison)) return emulator.fetch(url, init);
      return Response.json({ request_id: "1,a", time_used: 1, error: "INVALID_FACE_TOKEN" }, { status: 400 });
    },
  });
  const report = await client.deleteMany(input, { groupId: GROUP }).report;
  assert.deepEqual([report.counts.deleted, report.counts.unknown], [499, 1]);
  assert.deepEqual([report.complete, report.allGone], [true, false]);
  const unknown = [...report.outcomes()].filter(({ outcome }) => outcome === "unknown");
  assert.deepEqual(unknown, [
    {
      token: poison,
      index: 123,
      outcome: "unknown",
      reason: "INVALID_FACE_TOKEN",
      because: "request-refused",
      retryable: false,
    },
  ]);
});

test("stop starts nothing new, and waits for what is under way", async (t) => {
  const input = tokens(100);
  const { client, emulator } = await served(t, { faces: input });
  emulator.inject({ fault: "slowHead", ms: 200, times: 1000, path: "delete" });
  const run = client.deleteMany(input, { groupId: GROUP, batchSize: 1, concurrency: 2 });
  setTimeout(() => run.stop(), 100);
  const report = await run.report;
  assertTrue(report, emulator, 100);
  assert.deepEqual([report.ended, report.counts.deleted, report.counts["not-sent"]], ["stopped", 2, 98]);
  assert.equal([...report.unresolved()].length, 98);
});

promptly("an abort cuts everything off within 10 ms, and leaves no listener", async (t) => {
  const input = tokens(100);
  const { client, emulator } = await served(t, { faces: input });
  emulator.inject({ fault: "slowHead", ms: 1500, times: 1000, path: "delete" });
  const controller = new AbortController();
  const run = client.deleteMany(input, { groupId: GROUP, batchSize: 1, concurrency: 4, signal: controller.signal });
  await new Promise((resolve) => setTimeout(resolve, 200));
  const aborted = performance.now();
  controller.abort();
  const report = await run.report;
  const took = performance.now() - aborted;
  assert.deepEqual([report.ended, report.counts.unknown, report.counts["not-sent"]], ["aborted", 4, 96]);
  assertTrue(report, emulator, 100);
  assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  return took;
});

test("a deadline ends it", async (t) => {
  const input = tokens(1000);
  const { client, emulator } = await served(t, { faces: input });
  emulator.inject({ fault: "slowHead", ms: 50, times: 1000, path: "delete" });
  const started = performance.now();
  const report = await client.deleteMany(input, { groupId: GROUP, batchSize: 1, deadline: Date.now() + 300 }).report;
  assert.ok(performance.now() - started < 1200);
  assert.equal(report.ended, "deadline");
  await new Promise((resolve) => setTimeout(resolve, 100));
  assertTrue(report, emulator, 1000);
});

test("the wrong library ends it early", async (t) => {
  const { client, emulator } = await served(t);
  const report = await client.deleteMany(tokens(5000), { groupId: GROUP, batchSize: 50, maxAbsentRatio: 0.5 }).report;
  assert.equal(report.ended, "too-many-absent");
  assert.ok(report.counts["not-sent"] > 4000, JSON.stringify(report.counts));
  assertTrue(report, emulator, 5000);
});

test("a refusal that all would meet ends it with its error", async (t) => {
  const { client, emulator } = await served(t);
  const report = await client.deleteMany(tokens(5000), { groupId: "nope" }).report;
  assert.deepEqual([report.ended, report.error?.name, report.complete], ["failed", "GroupNotFoundError", false]);
  assert.ok(report.requests <= 8);
  assert.equal(emulator.faces(GROUP).length, 3);
});

test("a signer that fails rejects the report while nothing was sent", async (t) => {
  const { server } = await served(t);
  const sign = () => Promise.reject(new Error("HSM offline"));
  const client = new FaceSearchClient({ sign, baseUrl: server.baseUrl });
  const error = await rejection(client.deleteMany(["a1"], { groupId: GROUP }).report);
  assert.deepEqual([error.name, error.code, error.delivery], ["ConfigError", "SIGN_FAILED", "not-sent"]);
});

test("progress is told while it runs, and at the end", async (t) => {
  const input = tokens(3000);
  const { client } = await served(t, { faces: input });
  /** @type {any[]} */
  const seen = [];
  const run = client.deleteMany(input, {
    groupId: GROUP,
    batchSize: 100,
    onProgress(stats) {
      seen.push(stats);
      throw new Error("a listener's mistake");
    },
  });
  assert.equal(run.stats, undefined);
  await run.report;
  assert.ok(seen.every(({ settled }, at) => at === 0 || settled >= seen[at - 1].settled));
  assert.deepEqual(
    [seen.at(-1).settled, seen.at(-1).counts.deleted, /** @type {any} */ (run.stats).settled],
    [3000, 3000, 3000],
  );
});

test("progress says how fast it goes, what it waits for, and for how long", async (t) => {
  const input = tokens(4000);
  const { client, emulator } = await served(t, { faces: input });
  emulator.inject({ fault: "slowBody", ms: 300, times: 20 });
  emulator.inject({ fault: "throttle", retryAfter: 1, times: 1, skip: 10 });
  /** @type {import("../../pkg-template/index.js").RunStats[]} */
  const seen = [];
  const run = client.deleteMany(input, {
    groupId: GROUP,
    batchSize: 100,
    concurrency: { min: 1, max: 4 },
    onProgress: (stats) => seen.push(stats),
  });
  await run.report;
  const paused = seen.find(({ waitingFor }) => waitingFor === "server-pause");
  assert.ok(paused?.waitMs !== undefined && paused.waitMs > 0 && paused.waitMs <= 1001, JSON.stringify(paused));
  assert.ok(seen.some(({ waitingFor, inFlight }) => waitingFor === "answers" && inFlight > 0));
  assert.ok(seen.every(({ concurrency, batchSize }) => concurrency >= 1 && concurrency <= 4 && batchSize === 100));
  // Half of it done: what is left takes about as long as what went before, by its own reckoning.
  const half = seen.find(({ settled, remainingMs }) => settled >= 2000 && remainingMs !== undefined);
  assert.ok(half !== undefined && half.perSecond > 0);
  const { perSecond, settled, remainingMs = 0, waitMs = 0 } = half;
  assert.ok(Math.abs(remainingMs - waitMs - ((4000 - settled) / perSecond) * 1000) < 50, JSON.stringify(half));
  const last = /** @type {import("../../pkg-template/index.js").RunStats} */ (seen.at(-1));
  assert.deepEqual([last.waitingFor, last.inFlight, last.remainingMs], [undefined, 0, undefined]);
});
