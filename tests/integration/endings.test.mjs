// @ts-check
// How a deletion ends, and what is said then: over real HTTP, against the emulator's truth.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { tokens } from "../support/faults.mjs";
import { wasmMemory } from "../support/memory.mjs";
import { createSign, FaceSearchClient, MemoryJournal } from "../support/package.mjs";
import { assertTrue } from "../support/reports.mjs";
import { GROUP, proxied, rejection, served } from "../support/served.mjs";

/**
 * A client whose signer can be made slow, or fail.
 *
 * @param {import("node:test").TestContext} t
 * @param {string[]} faces
 */
async function signed(t, faces) {
  const { emulator, server } = await served(t, { faces });
  const { apiKey, apiSecret } = emulator;
  const signer = { delay: 0, next: 0, left: Number.POSITIVE_INFINITY };
  const sign = async () => {
    const { delay } = signer;
    signer.delay += signer.next;
    await setTimeout(delay);
    signer.left -= 1;
    if (signer.left < 0) throw new Error("the vault is away");
    return createSign({ apiKey, apiSecret });
  };
  return { emulator, signer, client: new FaceSearchClient({ sign, baseUrl: server.baseUrl }) };
}

test("what is signed when it is stopped does not leave any more", async (t) => {
  const { client, emulator, signer } = await signed(t, tokens(40));
  signer.delay = 300;
  const run = client.deleteMany(tokens(40), { groupId: GROUP, batchSize: 10 });
  await setTimeout(100);
  run.stop();
  const report = await run.report;
  assert.deepEqual([report.ended, report.counts["not-sent"], report.requests], ["stopped", 40, 0]);
  await setTimeout(400);
  assert.equal(emulator.log.length, 0);
});

test("a run that looks like the wrong library sends nothing that was signed before", async (t) => {
  const { client, emulator, signer } = await signed(t, []);
  signer.next = 300;
  const options = { groupId: GROUP, batchSize: 50, concurrency: { min: 4, max: 4 }, maxAbsentRatio: 0.1 };
  const report = await client.deleteMany(tokens(1000), options).report;
  assert.deepEqual([report.ended, report.requests, report.counts["not-sent"]], ["too-many-absent", 1, 950]);
  await setTimeout(600);
  assert.equal(emulator.log.length, 1);
});

test("its error tells what all that was sent may have done", async (t) => {
  for (const journal of [undefined, new MemoryJournal()]) {
    const { client, signer } = await signed(t, tokens(10));
    signer.left = 2;
    const options = { groupId: GROUP, batchSize: 2, concurrency: 1, journal };
    const { counts, error } = await client.deleteMany(tokens(10), options).report;
    assert.deepEqual([counts.deleted, error?.code, error?.delivery], [4, "SIGN_FAILED", "applied"]);
  }
  const { client, emulator } = await served(t, { faces: tokens(10) });
  emulator.inject({ fault: "error", status: 403, error: "AUTHORIZATION_ERROR:LIMIT_REACHED", path: "delete", skip: 2 });
  const { counts, error } = await client.deleteMany(tokens(10), { groupId: GROUP, batchSize: 2, concurrency: 1 })
    .report;
  assert.deepEqual([counts.deleted, error?.delivery], [4, "applied"]);
});

test("what never left was not sent again either", async () => {
  const client = new FaceSearchClient({ apiKey: "k", apiSecret: "s", baseUrl: "http://127.0.0.1:60999" });
  const report = await client.deleteMany(tokens(6), { groupId: GROUP, batchSize: 2 }).report;
  assert.deepEqual([report.requests, report.retries, report.counts["not-sent"]], [0, 0, 6]);
  const error = await rejection(client.getFaceCount({ groupId: GROUP }));
  assert.deepEqual([error.code, error.delivery, error.attempts], ["NOT_CONNECTED", undefined, 0]);
});

test("a server that never answers as it should is not asked for ever", async (t) => {
  for (const [fetch, code] of /** @type {const} */ ([
    [() => Promise.reject(new TypeError("broken")), "CONNECTION_LOST"],
    [async () => new Response("Request Entity Too Large", { status: 413 }), "REQUEST_ENTITY_TOO_LARGE"],
  ])) {
    const client = new FaceSearchClient({ apiKey: "k", apiSecret: "s", fetch });
    const report = await client.deleteMany(tokens(2000), { groupId: GROUP, batchSize: 2, maxRetries: 0 }).report;
    assert.deepEqual([report.ended, report.error?.code], ["failed", code]);
    assert.ok(report.requests < 400 && report.counts["not-sent"] > 1500, JSON.stringify(report));
  }
  // A few that fail in a row are no reason.
  const { client, emulator } = await served(t, { faces: tokens(200) });
  emulator.inject({ fault: "error", path: "delete", times: 60 });
  const report = await client.deleteMany(tokens(200), { groupId: GROUP, batchSize: 1, maxRetries: 0 }).report;
  assertTrue(report, emulator, 200);
  assert.deepEqual([report.ended, report.counts.unknown, report.counts.deleted], ["complete", 60, 140]);
});

test("our own deletions, whose answers were lost, do not make it the wrong library", async (t) => {
  const { client, emulator } = await served(t, { faces: tokens(500) });
  emulator.inject({ fault: "applyThenDrop", path: "delete", times: 4 });
  const options = { groupId: GROUP, batchSize: 50, concurrency: 1, maxAbsentRatio: 0.1 };
  const report = await client.deleteMany(tokens(500), options).report;
  assertTrue(report, emulator, 500);
  assert.equal(report.ended, "complete");
  assert.ok(report.counts["absent-after-uncertain"] > 0);
});

test("a server that asked for quiet is named a time, however the run ended", async (t) => {
  const { client, emulator } = await served(t);
  emulator.inject({ fault: "throttle", retryAfter: 30, path: "delete" });
  const report = await client.deleteMany(["a1"], { groupId: GROUP, totalTimeout: 300 }).report;
  assert.equal(report.ended, "deadline");
  assert.ok(report.retryAt && report.retryAt.getTime() > Date.now() + 28_000);
  assert.equal((await client.deleteMany(["b2"], { groupId: GROUP }).report).retryAt, undefined);
});

test("a plan whose run was refused before it sent anything can be run again", async (t) => {
  const { client, emulator, signer } = await signed(t, tokens(6));
  const plan = await client.plan(tokens(6), { groupId: GROUP });
  const used = new MemoryJournal();
  await client.deleteMany(["zz"], { groupId: GROUP, journal: used }).report;
  assert.equal((await rejection(client.deleteMany(plan, { journal: used }).report)).code, "JOURNAL_NOT_EMPTY");
  assert.equal(
    (await rejection(client.resume(plan, { groupId: GROUP, journal: used }).report)).code,
    "JOURNAL_OF_ANOTHER_LIST",
  );
  signer.left = 0;
  assert.equal((await rejection(client.deleteMany(plan, { groupId: GROUP }).report)).code, "SIGN_FAILED");
  signer.left = 1;
  const run = client.deleteMany(plan, { groupId: GROUP });
  assert.equal((await rejection(client.deleteMany(plan, { journal: used }).report)).code, "PLAN_WAS_RUN");
  assert.equal((await run.report).counts.deleted, 6);
  assert.equal((await rejection(client.deleteMany(plan, { groupId: GROUP }).report)).code, "PLAN_WAS_RUN");
  assert.deepEqual(emulator.faces(GROUP), []);
});

test("a run that goes on with another always gives a report to go on with", async (t) => {
  const { client, emulator, signer } = await signed(t, tokens(6));
  const run = client.deleteMany(tokens(6), { groupId: GROUP });
  run.stop();
  const first = await run.report;
  assert.deepEqual([first.ended, first.requests], ["stopped", 0]);
  signer.left = 0;
  const second = await first.retryUnresolved().report;
  assert.deepEqual(
    [second.ended, second.error?.code, second.error?.delivery],
    ["unprepared", "SIGN_FAILED", "not-sent"],
  );
  signer.left = 1;
  const third = await second.retryUnresolved().report;
  assertTrue(third, emulator, 6);
  assert.equal(third.counts.deleted, 6);
});

test("whoever tries again and again takes no more memory for it, and can go on for ever", async (t) => {
  const { client, emulator, signer } = await signed(t, tokens(3000));
  signer.left = 0;
  const input = [...tokens(3000), "t-1", "t-1", "two words"];
  const first = client.deleteMany(input, { groupId: GROUP });
  first.stop();
  let report = await first.report;
  const memory = wasmMemory();
  const before = memory.buffer.byteLength;
  for (let round = 0; round < 3000; round += 1) report = await report.retryUnresolved().report;
  assert.equal(report.counts["not-sent"], 3001);
  assert.ok(memory.buffer.byteLength - before < 40 << 20, `${memory.buffer.byteLength - before} bytes more`);
  // Some of it, each time: what is known of each round is told in the end.
  for (let left = 5; report.counts["not-sent"] > 0 && left > 0; left -= 1) {
    signer.left = 1;
    report = await report.retryUnresolved({ batchSize: 1000, concurrency: 1 }).report;
  }
  assertTrue(report, emulator, 3003);
  assert.deepEqual([report.counts.deleted, report.counts.duplicate, report.counts.invalid], [3000, 1, 1]);
});

test("a journal that cannot be closed hides nothing", async (t) => {
  const { client } = await served(t);
  const journal = new MemoryJournal();
  await client.deleteMany(["zz"], { groupId: GROUP, journal }).report;
  const closing = Object.assign(journal, { close: () => Promise.reject(new Error("no")) });
  const error = await rejection(client.deleteMany(["a1"], { groupId: GROUP, journal: closing }).report);
  assert.equal(error.code, "JOURNAL_NOT_EMPTY");
});

test("the clock of a proxy is none of its clients'", async (t) => {
  const proxy = { clock: { now: () => Date.now() - 3_600_000 } };
  const { client } = await proxied(t, { faces: tokens(5), proxy });
  for (const input of [tokens(5), ["a1"]]) {
    const report = await client.deleteMany(input, { groupId: GROUP }).report;
    assert.deepEqual([report.ended, report.warnings], ["complete", []]);
    const { startedAt, endedAt } = (await report.receipt()).document;
    for (const at of [startedAt, endedAt]) assert.ok(Math.abs(Date.parse(String(at)) - Date.now()) < 60_000, `${at}`);
  }
});

test("a call that ends while it waits says so", async (t) => {
  const { client, emulator } = await served(t);
  emulator.inject({ fault: "throttle", retryAfter: 30, path: "delete", times: 2 });
  const request = { groupId: GROUP, faceTokens: ["a1"] };
  for (const [options, message] of /** @type {const} */ ([
    [() => ({ totalTimeout: 100 }), /^The time ran out before it could be tried again/],
    [() => ({ signal: AbortSignal.timeout(100) }), /^Aborted before it could be tried again/],
  ])) {
    const error = await rejection(client.deleteFaces(request, options()));
    assert.match(error.message, message);
    assert.deepEqual([error.delivery, error.attempts], ["rejected", 1]);
  }
});
