// @ts-check
// What limits a deletion: it holds, or is refused by name; over real HTTP, against the emulator's truth.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { tokens } from "../support/faults.mjs";
import { createProxyHandler, FaceSearchClient, MemoryJournal } from "../support/package.mjs";
import { assertTrue } from "../support/reports.mjs";
import { GROUP, rejection, served } from "../support/served.mjs";

test("what is said of a plan has to be true of it", async (t) => {
  const { client, emulator } = await served(t, { faces: tokens(20) });
  const journal = new MemoryJournal();
  for (const [options, name, path] of /** @type {const} */ ([
    [{ groupId: "other" }, "ValidationError", "options.groupId"],
    [{ maxDelete: 5 }, "SafetyError", "maxDelete"],
    [{ expect: { count: 7 } }, "SafetyError", "expect.count"],
  ])) {
    const plan = await client.plan(tokens(20), { groupId: GROUP });
    const error = await rejection(client.deleteMany(plan, /** @type {any} */ (options)).report);
    assert.deepEqual([error.name, error.path, error.delivery], [name, path, "not-sent"]);
    const other = client.resume(plan, { groupId: GROUP, ...options, journal });
    assert.equal((await rejection(other.report)).name, name);
    // It was not used up by that.
    assert.equal((await client.plan(tokens(20), { groupId: GROUP, maxDelete: 20 })).counts.distinct, 20);
  }
  assert.equal(emulator.log.length, 0);
  const plan = await client.plan(tokens(20), { groupId: GROUP });
  const limits = { groupId: GROUP, maxDelete: 20, expect: { count: 20 } };
  assert.equal((await client.deleteMany(plan, limits).report).counts.deleted, 20);
});

test("an option whose name is misspelt is refused: a limit would not hold", async (t) => {
  const { client, emulator } = await served(t);
  const many = (/** @type {any} */ options) => client.deleteMany(["a1"], { groupId: GROUP, ...options }).report;
  for (const [call, path] of /** @type {[() => Promise<unknown>, string][]} */ ([
    [() => many({ maxdelete: 1 }), "options.maxdelete"],
    [() => many({ expect: { counts: 1 } }), "options.expect.counts"],
    [() => many({ concurrency: { most: 2 } }), "options.concurrency.most"],
    [() => client.plan(["a1"], /** @type {any} */ ({ groupId: GROUP, maxAbsentRate: 0.5 })), "options.maxAbsentRate"],
    [
      () => client.deleteFaces({ groupId: GROUP, faceTokens: ["a1"] }, /** @type {any} */ ({ timeOut: 5 })),
      "options.timeOut",
    ],
  ])) {
    const error = await rejection(call());
    assert.deepEqual([error.name, error.path, error.delivery], ["ValidationError", path, "not-sent"]);
    assert.equal(error.message, `${path} is not an option`);
  }
  assert.equal(emulator.log.length, 0);
  const credentials = { apiKey: "k", apiSecret: "s" };
  const proxy = { ...credentials, authorize: () => true };
  for (const [make, path] of /** @type {[() => unknown, string][]} */ ([
    [() => new FaceSearchClient(/** @type {any} */ ({ ...credentials, baseURL: "http://localhost" })), "baseURL"],
    [
      () => createProxyHandler(/** @type {any} */ ({ ...proxy, allow: { groups: [GROUP] }, instance: "many" })),
      "instance",
    ],
    [
      () => createProxyHandler(/** @type {any} */ ({ ...proxy, allow: { groups: [GROUP], callsPerHour: 9 } })),
      "allow.callsPerHour",
    ],
  ])) {
    assert.throws(make, { name: "ConfigError", path });
  }
});

test("the time for a call counts from the call: for a library's size, and while a secret is waited for", async (t) => {
  const { client, emulator, server } = await served(t);
  emulator.inject({ fault: "slowHead", ms: 2000, path: "get_size", times: 9 });
  let began = performance.now();
  const late = await rejection(client.getFaceCount({ groupId: GROUP }, { totalTimeout: 100 }));
  assert.deepEqual([late.name, performance.now() - began < 1500], ["TimeoutError", true]);
  began = performance.now();
  const { apiKey, apiSecret } = emulator;
  const vault = async () => {
    await setTimeout(2000, undefined, { ref: false });
    return apiSecret;
  };
  const slow = new FaceSearchClient({ apiKey, apiSecret: vault, baseUrl: server.baseUrl });
  const call = slow.deleteFaces({ groupId: GROUP, faceTokens: ["a1"] }, { totalTimeout: 100 });
  const error = await rejection(call);
  assert.deepEqual([error.name, error.delivery], ["TimeoutError", "not-sent"]);
  const run = client.deleteMany(["a1"], { groupId: GROUP, countFaces: true, totalTimeout: 200 });
  const report = await run.report;
  assert.deepEqual([report.ended, report.faceCount], ["deadline", undefined]);
  assert.ok(performance.now() - began < 1500);
  assert.equal(emulator.faces(GROUP).length, 3);
});

test("a deletion that has settled everything before its deadline is complete", async (t) => {
  const { client, emulator } = await served(t, { faces: tokens(20) });
  // When the second answer is there, less time is left than another would take.
  emulator.inject({ fault: "slowHead", ms: 600, path: "delete", times: 9 });
  const options = { groupId: GROUP, batchSize: 10, concurrency: 1, totalTimeout: 1700 };
  const report = await client.deleteMany(tokens(20), options).report;
  assert.deepEqual([report.ended, report.complete, report.counts.deleted], ["complete", true, 20]);
});

test("a plan's batches stay as small when they are tried again", async (t) => {
  const { client, emulator } = await served(t, { faces: tokens(40) });
  emulator.inject({ fault: "htmlGatewayError", path: "delete", times: 4 });
  const plan = await client.plan(tokens(40), { groupId: GROUP, batchSize: 10 });
  const first = await client.deleteMany(plan, { maxRetries: 0 }).report;
  assert.equal(first.counts.unknown, 40);
  const second = await first.retryUnresolved().report;
  assert.deepEqual([second.requests, second.counts.unknown], [8, 0]);
  assertTrue(second, emulator, 40);
});

test("a file's name is not its content", async (t) => {
  const { client } = await served(t);
  for (const source of ["export.csv", "/srv/lists/leavers 2026.TXT\n", "tokens.json"]) {
    const error = await rejection(client.plan(source, { groupId: GROUP }));
    assert.deepEqual([error.name, error.path], ["ValidationError", "source"]);
    assert.match(error.message, /is the name of a file/);
  }
  assert.equal((await client.plan("a1\nexport.csv", { groupId: GROUP })).counts.distinct, 2);
});

test("of several tokens it is not known which one the server refuses", async (t) => {
  const { client, emulator } = await served(t);
  const call = async (/** @type {string[]} */ faceTokens) => {
    emulator.inject({ fault: "error", status: 400, error: "INVALID_FACE_TOKEN", path: "delete" });
    const error = await rejection(client.deleteFaces({ groupId: GROUP, faceTokens }));
    return error.outcomes.map((/** @type {any} */ { outcome, retryable }) => [outcome, retryable]);
  };
  assert.deepEqual(await call(["a1"]), [["failed", false]]);
  assert.deepEqual(await call(["a1", "b2"]), [
    ["unknown", true],
    ["unknown", true],
  ]);
});

test("listeners that fail later are ignored as well", async (t) => {
  const { client } = await served(t);
  const fails = async () => {
    await setTimeout(1);
    throw new Error("the listener's own mistake");
  };
  const run = client.deleteMany(["a1", "b2"], { groupId: GROUP, onRead: fails, onProgress: fails });
  assert.equal((await run.report).counts.deleted, 2);
  // An unhandled rejection would fail this test.
  await setTimeout(20);
});
