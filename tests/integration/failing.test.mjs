// @ts-check
// The module fails, as it never should: nothing hangs, the error says what may have happened, and the next call works.
// It is made to fail by writing over its memory, from outside.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { tokens } from "../support/faults.mjs";
import { wasmMemory } from "../support/memory.mjs";
import { createSign, FaceSearchClient, InternalError, isFaceSearchError } from "../support/package.mjs";
import { GROUP, proxied, rejection, served } from "../support/served.mjs";

/** @type {unknown[]} */
const uncaught = [];
process.on("uncaughtException", (error) => uncaught.push(error));
process.on("unhandledRejection", (error) => uncaught.push(error));
after(() => assert.deepEqual(uncaught, []));

/** From here on hardly anything in the module makes sense. */
function ruin() {
  new Uint8Array(wasmMemory().buffer).fill(0xff);
}

/** @param {unknown} error */
function assertFailed(error) {
  assert.ok(error instanceof InternalError && isFaceSearchError(error), String(error));
  assert.deepEqual([error.name, error.code], ["InternalError", "INSTANCE_FAILED"]);
  return error;
}

/** A fetch whose first answer waits until it is told. */
function held(/** @type {typeof fetch} */ send) {
  let release = () => {};
  const gate = new Promise((resolve) => {
    release = () => resolve(undefined);
  });
  let sent = () => {};
  const departure = new Promise((resolve) => {
    sent = () => resolve(undefined);
  });
  return {
    release,
    departure,
    fetch: async (/** @type {any} */ url, /** @type {any} */ init) => {
      const response = await send(url, init);
      sent();
      await gate;
      return response;
    },
  };
}

test("a call under way ends with what may have happened; the next one works", async (t) => {
  const gate = held(fetch);
  const { client, emulator } = await served(t, { options: { fetch: gate.fetch, timeout: 2000 } });
  const call = client.deleteFaces({ groupId: GROUP, faceTokens: ["a1", "zz"] });
  await gate.departure;
  ruin();
  gate.release();
  const error = assertFailed(await rejection(call));
  assert.ok(error.cause instanceof Error);
  assert.equal(error.delivery, "maybe-applied");
  assert.deepEqual(
    error.outcomes?.map(({ token, index, outcome }) => [token, index, outcome]),
    [
      ["a1", 0, "unknown"],
      ["zz", 1, "unknown"],
    ],
  );
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes: /** @type {any} */ (error.outcomes) }), []);
  const { outcomes } = await client.deleteFaces({ groupId: GROUP, faceTokens: ["b2"] });
  assert.equal(outcomes[0]?.outcome, "deleted");
});

test("a run under way ends with an error, for who iterates, too", async (t) => {
  const gate = held(fetch);
  const { client, emulator } = await served(t, { faces: tokens(50), options: { fetch: gate.fetch, timeout: 2000 } });
  const plan = await client.plan(["a1"], { groupId: GROUP });
  const run = client.deleteMany(tokens(50), { groupId: GROUP, batchSize: 10, onProgress() {} });
  const iterating = (async () => {
    for await (const settled of run) assert.ok(settled);
  })();
  await gate.departure;
  ruin();
  gate.release();
  const error = assertFailed(await rejection(run.report));
  assert.equal(error.delivery, "maybe-applied");
  assert.match(error.message, /Any of the 50 entries of the list may have been deleted from staff/);
  assert.equal(await rejection(iterating), error);
  assert.equal(run.stats, undefined);
  run.stop();
  const lost = await rejection(client.deleteMany(plan).report);
  assert.deepEqual([lost.code, lost.delivery], ["INSTANCE_FAILED", "not-sent"]);
  const again = await client.deleteMany(tokens(50), { groupId: GROUP }).report;
  assert.equal(again.complete, true);
  assert.deepEqual(emulator.faces(GROUP), []);
  // What the old instance had started is over by now, and did not disturb anybody.
  await setTimeout(50);
});

test("a failure within a call is told as one", async () => {
  await createSign({ apiKey: "k", apiSecret: "s" });
  ruin();
  assertFailed(await rejection(createSign({ apiKey: "k", apiSecret: "s" })));
  const sign = await createSign({ apiKey: "k", apiSecret: "s", currentTime: 1, expireTime: 2, random: "3" });
  assert.match(Buffer.from(sign, "base64").toString("latin1"), /a=k&b=2&c=1&d=3$/);
});

test("ten times in a row, with calls at the same time", async (t) => {
  const { client } = await served(t, { options: { timeout: 2000 } });
  for (let round = 0; round < 10; round += 1) {
    assert.equal((await client.getFaceCount({ groupId: GROUP })).faceCount, 3);
    ruin();
    const calls = [1, 2, 3].map(() => client.getFaceCount({ groupId: GROUP }));
    const said = await Promise.allSettled([...calls, createSign({ apiKey: "k", apiSecret: "s" })]);
    assert.ok(said.some(({ status }) => status === "rejected"));
    for (const { status, reason } of /** @type {any[]} */ (said)) if (status === "rejected") assertFailed(reason);
  }
});

test("a secret given as a function is asked for again; one given as bytes has to be given again", async (t) => {
  const { emulator, server } = await served(t);
  const { apiKey, apiSecret } = emulator;
  let asked = 0;
  const asking = new FaceSearchClient({
    apiKey,
    apiSecret: () => {
      asked += 1;
      return apiSecret;
    },
    baseUrl: server.baseUrl,
  });
  const bytes = new FaceSearchClient({
    apiKey,
    apiSecret: new TextEncoder().encode(apiSecret),
    baseUrl: server.baseUrl,
  });
  const disposed = new FaceSearchClient({ apiKey, apiSecret, baseUrl: server.baseUrl });
  const count = (/** @type {FaceSearchClient} */ client) => client.getFaceCount({ groupId: GROUP });
  for (const client of [asking, bytes, disposed]) await count(client);
  ruin();
  await rejection(createSign({ apiKey, apiSecret }));
  disposed.dispose();
  assert.equal((await rejection(count(disposed))).code, "DISPOSED");
  assert.equal((await count(asking)).faceCount, 3);
  assert.equal(asked, 2);
  const error = await rejection(count(bytes));
  assert.deepEqual([error.name, error.delivery], ["InternalError", undefined]);
});

test("in a proxy: the page hears that it may have been applied, and the next call works", async (t) => {
  const gate = held(fetch);
  const errors = /** @type {Error[]} */ ([]);
  const proxy = { fetch: gate.fetch, timeout: 2000, onError: (/** @type {Error} */ error) => errors.push(error) };
  const { handler, emulator } = await proxied(t, { proxy });
  const post = async (/** @type {object} */ message) => {
    const init = { method: "POST", headers: { "content-type": "application/json" } };
    const body = JSON.stringify({ v: 1, ...message });
    return (await handler(new Request("https://app.example.com/faces", { ...init, body }))).json();
  };
  const { instance } = await post({});
  const message = { instance, attemptId: "0".repeat(32), api: "deleteFaces", groupId: GROUP, faceTokens: ["a1"] };
  const first = post(message);
  await gate.departure;
  ruin();
  gate.release();
  const { attemptId } = message;
  const stated = { attemptId, transmitsOnce: true, recognisesRepeats: true };
  const refused = { v: 1, refused: "PROXY_FAILED", delivery: "maybe-applied", ...stated };
  assert.deepEqual(await first, refused);
  assert.deepEqual(await post(message), refused, "a copy of it hears the same");
  assertFailed(errors[0]?.cause);
  assert.deepEqual(emulator.faces(GROUP), ["b2", "c3"]);
  const next = await post({ ...message, attemptId: "1".repeat(32) });
  assert.equal(next.body.failure_detail[0].reason, "FACE_NOT_IN_GROUP");
});

test("what was made before the module failed says that it is lost", async (t) => {
  const { client, emulator } = await served(t);
  const report = await client.deleteMany(["a1", "zz"], { groupId: GROUP }).report;
  const plan = await client.plan(["b2", "two words"], { groupId: GROUP });
  ruin();
  await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: ["zz"] }));
  assert.equal((await client.deleteFaces({ groupId: GROUP, faceTokens: ["c3"] })).faceRemoved, 1);
  for (const look of [() => [...report.outcomes()], () => [...report.csv()], () => [...plan.invalid()]])
    assert.throws(look, { name: "InternalError", code: "INSTANCE_FAILED" });
  assert.equal((await rejection(report.retryUnresolved().report)).code, "INSTANCE_FAILED");
  assert.deepEqual([report.counts.deleted, emulator.faces(GROUP)], [1, ["b2"]]);
});

test("dispose() right behind a first call is told as that", async (t) => {
  const { client } = await served(t);
  const call = rejection(client.deleteFaces({ groupId: GROUP, faceTokens: ["a1"] }));
  client.dispose();
  const error = await call;
  assert.deepEqual([error.code, error.delivery], ["DISPOSED", "not-sent"]);
});
