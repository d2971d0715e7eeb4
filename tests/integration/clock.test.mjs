// @ts-check
// A wrong clock, put right by the server's answer: over real HTTP, where `Date` can be read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createEmulator, FaceSearchClient, serveEmulator } from "../support/package.mjs";
import { GROUP, rejection } from "../support/served.mjs";

/**
 * A server whose clock is so many seconds ahead of ours.
 *
 * @param {import("node:test").TestContext} t
 * @param {number} seconds
 * @param {object} [options]
 */
async function ahead(t, seconds, options) {
  const clock = { now: () => Date.now() + seconds * 1000 };
  const emulator = createEmulator({ libraries: { [GROUP]: ["a1", "b2", "c3"] }, clock });
  const server = await serveEmulator(emulator);
  t.after(server.close);
  const { apiKey, apiSecret } = emulator;
  const client = new FaceSearchClient({ apiKey, apiSecret, baseUrl: server.baseUrl, ...options });
  return { emulator, client };
}

for (const seconds of [3600, -50_000]) {
  test(`a clock that is ${-seconds} seconds ahead costs one request more, once for each client`, async (t) => {
    const { client, emulator } = await ahead(t, seconds);
    const first = await client.deleteFaces({ groupId: GROUP, faceTokens: ["a1"] });
    assert.deepEqual([first.attempts, first.outcomes.map(({ outcome }) => outcome)], [2, ["deleted"]]);
    const second = await client.deleteFaces({ groupId: GROUP, faceTokens: ["b2"] });
    assert.equal(second.attempts, 1);
    assert.deepEqual(
      emulator.log.map(({ error }) => error),
      ["AUTHORIZATION_ERROR:EXPIRED_SIGN", undefined, undefined],
    );
  });
}

test("a run says that the clock is wrong, and deletes all the same", async (t) => {
  const { client, emulator } = await ahead(t, 7200);
  const report = await client.deleteMany(["a1", "b2", "c3"], { groupId: GROUP, batchSize: 1, concurrency: 3 }).report;
  assert.deepEqual([report.ended, report.counts.deleted], ["complete", 3]);
  assert.equal(report.warnings.length, 1);
  assert.match(report.warnings[0] ?? "", /^This machine's clock is 7\d\d\d seconds behind the server's/);
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes: [...report.outcomes()] }), []);
});

test("the size of a library is asked for once more, too", async (t) => {
  const { client } = await ahead(t, 3600);
  assert.equal((await client.getFaceCount({ groupId: GROUP })).attempts, 2);
});

test("a clock that is off by more than a day is for its owner to set", async (t) => {
  const { client, emulator } = await ahead(t, 90_000);
  const error = await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: ["a1"] }));
  assert.deepEqual([error.name, error.delivery, error.attempts], ["AuthenticationError", "rejected", 1]);
  assert.equal(emulator.log.length, 1);
});

for (const method of /** @type {const} */ (["deleteFaces", "getFaceCount"])) {
  test(`${method}: who asks for no retries gets none, but the next call has the right time`, async (t) => {
    const { client } = await ahead(t, 3600, { maxRetries: 0 });
    const request = { groupId: GROUP, ...(method === "deleteFaces" && { faceTokens: ["a1"] }) };
    const call = () => client[method](/** @type {any} */ (request));
    assert.equal((await rejection(call())).attempts, 1);
    assert.equal((await call()).attempts, 1);
  });
}

test("a date out of a cache corrects nothing", async (t) => {
  const { client } = await ahead(t, 3600, {
    async fetch(/** @type {string} */ input, /** @type {RequestInit} */ init) {
      const answer = await fetch(input, init);
      return new Response(await answer.text(), {
        status: answer.status,
        headers: { date: answer.headers.get("date") ?? "", age: "3000" },
      });
    },
  });
  const error = await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: ["a1"] }));
  assert.deepEqual([error.code, error.attempts], ["REPLAYED_RESPONSE", 3]);
});

test("a caller's signer has a clock of its own", async (t) => {
  const { emulator } = await ahead(t, 3600);
  const server = await serveEmulator(emulator);
  t.after(server.close);
  const { createSign } = await import("../support/package.mjs");
  const { apiKey, apiSecret } = emulator;
  const client = new FaceSearchClient({ sign: () => createSign({ apiKey, apiSecret }), baseUrl: server.baseUrl });
  const error = await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: ["a1"] }));
  assert.deepEqual([error.name, error.attempts], ["AuthenticationError", 1]);
});
