// @ts-check
// Aborts and time-outs: before, during and after the answer's head; prompt, true, and leaving nothing behind.

import assert from "node:assert/strict";
import { getEventListeners, setMaxListeners } from "node:events";
import { test } from "node:test";
import { AbortError, FaceSearchClient, TimeoutError } from "../support/package.mjs";
import { promptly } from "../support/prompt.mjs";
import { GROUP, rejection, served } from "../support/served.mjs";

const REQUEST = { groupId: GROUP, faceTokens: ["a1"] };

/** Timers that keep the process alive. */
function timers() {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
}

test("an abort before the call sends nothing", async (t) => {
  const { client, emulator } = await served(t);
  const reason = new Error("changed my mind");
  const error = await rejection(client.deleteFaces(REQUEST, { signal: AbortSignal.abort(reason) }));
  assert.ok(error instanceof AbortError);
  assert.deepEqual([error.name, error.code, error.delivery, error.attempts], ["AbortError", "ABORTED", "not-sent", 0]);
  assert.equal(error.cause, reason);
  assert.deepEqual(error.outcomes, [{ token: "a1", index: 0, outcome: "not-sent", because: "aborted" }]);
  assert.equal(emulator.log.length, 0);
});

for (const fault of /** @type {const} */ (["slowHead", "slowBody"])) {
  promptly(`an abort during ${fault} is honoured within 10 ms, and the truth is told`, async (t) => {
    const { client, emulator } = await served(t);
    await client.getFaceCount({ groupId: GROUP });
    emulator.inject({ fault, ms: 2000, path: "delete" });
    const controller = new AbortController();
    const before = timers();
    const pending = rejection(client.deleteFaces(REQUEST, { signal: controller.signal }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(getEventListeners(controller.signal, "abort").length, 1);
    const aborted = performance.now();
    controller.abort();
    const error = await pending;
    const took = performance.now() - aborted;
    assert.deepEqual([error.name, error.delivery], ["AbortError", "maybe-applied"]);
    assert.equal(/** @type {any} */ (error.cause).name, "AbortError");
    assert.equal(getEventListeners(controller.signal, "abort").length, 0);
    assert.ok(timers() <= before + 1, "only the emulator's own timer is left");
    assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes: error.outcomes ?? [] }), []);
    return took;
  });
}

test("a time-out counts from the signature on", async (t) => {
  const { client } = await served(t, {
    options: { apiKey: undefined, apiSecret: undefined, sign: () => new Promise(() => {}) },
  });
  const error = await rejection(client.deleteFaces(REQUEST, { timeout: 30 }));
  assert.ok(error instanceof TimeoutError);
  assert.deepEqual([error.delivery, error.attempts], ["not-sent", 0]);
});

test("an abort while signing sends nothing, even when it comes from within", async (t) => {
  const { emulator, server } = await served(t);
  const { apiKey, apiSecret } = emulator;
  const { baseUrl } = server;
  for (const how of ["never settles", "settles", "clock"]) {
    const controller = new AbortController();
    const sign = () => {
      controller.abort();
      return how === "settles" ? "c2lnbg==" : new Promise(() => {});
    };
    const now = () => {
      controller.abort();
      return Date.now();
    };
    const options = how === "clock" ? { apiKey, apiSecret, clock: { now } } : { sign };
    const client = new FaceSearchClient(/** @type {any} */ ({ ...options, baseUrl, timeout: 2000 }));
    const error = await rejection(client.deleteFaces(REQUEST, { signal: controller.signal }));
    assert.deepEqual([error.name, error.delivery, error.attempts], ["AbortError", "not-sent", 0], how);
    assert.equal(error.outcomes?.[0]?.outcome, "not-sent");
  }
  assert.equal(emulator.log.length, 0);
});

test("a fetch that aborts the caller's signal again does no harm", async () => {
  const controller = new AbortController();
  /** @type {any} */
  const fetch = (/** @type {string} */ _, /** @type {RequestInit} */ init) => {
    init.signal?.addEventListener("abort", () => controller.signal.dispatchEvent(new Event("abort")));
    return new Promise(() => {});
  };
  const client = new FaceSearchClient({ apiKey: "k", apiSecret: "s", fetch });
  const pending = rejection(client.deleteFaces(REQUEST, { signal: controller.signal }));
  await new Promise((resolve) => setTimeout(resolve, 50));
  controller.abort();
  assert.equal((await pending).name, "AbortError");
});

test("a call that succeeds leaves no listener and no timer", async (t) => {
  const { client } = await served(t);
  const { signal } = new AbortController();
  await client.deleteFaces(REQUEST, { signal });
  const before = timers();
  for (let call = 0; call < 20; call += 1) await client.deleteFaces(REQUEST, { signal });
  assert.equal(getEventListeners(signal, "abort").length, 0);
  assert.equal(timers(), before);
});

test("calls at the same time do not disturb each other", async (t) => {
  const faces = Array.from({ length: 50 }, (_, index) => `t${index}`);
  const { client, emulator } = await served(t, { faces });
  const controller = new AbortController();
  setMaxListeners(25, controller.signal);
  emulator.inject({ fault: "slowHead", ms: 300, times: 25, path: "delete" });
  const calls = faces.map((token, index) =>
    client.deleteFaces({ groupId: GROUP, faceTokens: [token] }, index % 2 ? {} : { signal: controller.signal }),
  );
  setTimeout(() => controller.abort(), 100);
  const settled = await Promise.allSettled(calls);
  const outcomes = settled.flatMap((call) => (call.status === "fulfilled" ? call.value : call.reason).outcomes);
  assert.equal(outcomes.length, 50);
  assert.equal(
    settled.filter((_, index) => index % 2).every((call) => call.status === "fulfilled"),
    true,
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  const indexed = outcomes.map((settledToken, index) => ({ ...settledToken, index }));
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes: indexed }), []);
});

for (const moment of ["before", "while"]) {
  test(`nothing is read on once the time ran out ${moment} the answer comes`, async () => {
    let [reads, cancels] = [0, 0];
    const reader = {
      read: async () => {
        reads += 1;
        await new Promise((resolve) => setTimeout(resolve, 10));
        return { done: false, value: new Uint8Array(1) };
      },
      // It takes no notice.
      cancel: async () => {
        cancels += 1;
      },
    };
    const body = { getReader: () => reader, cancel: reader.cancel };
    const fetch = /** @type {any} */ (
      async () => {
        if (moment === "before") await new Promise((resolve) => setTimeout(resolve, 120));
        return { status: 200, body };
      }
    );
    const client = new FaceSearchClient({ apiKey: "k", apiSecret: "s", fetch, maxRetries: 0, timeout: 60 });
    const error = await rejection(client.deleteFaces(REQUEST));
    assert.deepEqual([error.code, error.delivery], ["TIMEOUT", "maybe-applied"]);
    await new Promise((resolve) => setTimeout(resolve, 120));
    const sofar = reads;
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(reads, sofar);
    assert.ok(cancels > 0);
    if (moment === "before") assert.equal(reads, 0);
  });
}

test("a hook that aborts does not make an answer unknown", async (t) => {
  const controller = new AbortController();
  const { client, emulator } = await served(t, { options: { hooks: { onAttempt: () => controller.abort() } } });
  const { signal } = controller;
  const one = await client.deleteFaces({ groupId: GROUP, faceTokens: ["a1", "zz"] }, { signal });
  assert.deepEqual(
    one.outcomes.map(({ outcome }) => outcome),
    ["deleted", "absent"],
  );
  const again = new AbortController();
  const hooks = { onAttempt: () => again.abort() };
  const other = await served(t, { options: { hooks } });
  const options = { groupId: GROUP, batchSize: 1, concurrency: 1, signal: again.signal };
  const report = await other.client.deleteMany(["a1", "b2"], options).report;
  assert.deepEqual([report.ended, report.counts.deleted, report.counts["not-sent"]], ["aborted", 1, 1]);
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes: one.outcomes }), []);
});

test("a clock that stops the run does no harm", async (t) => {
  /** @type {any} */
  let run;
  const now = () => {
    run?.stop();
    return Date.now();
  };
  const { client, emulator } = await served(t, { options: { clock: { now } } });
  run = client.deleteMany(["a1", "b2"], { groupId: GROUP, batchSize: 1, concurrency: 1 });
  const report = await run.report;
  assert.deepEqual([report.ended, report.counts.deleted, report.counts["not-sent"]], ["stopped", 0, 2]);
  assert.equal(emulator.log.length, 0);
});
