// @ts-check
// What becomes of a call that is sent again: each claim stays true, and no wait is shorter than it was asked to be.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createEmulator, FaceSearchClient } from "../support/package.mjs";
import { promptly } from "../support/prompt.mjs";
import { GROUP, rejection, served } from "../support/served.mjs";

const REQUEST = { groupId: GROUP, faceTokens: ["a1", "zz"] };

test("each attempt is signed anew", async () => {
  const emulator = createEmulator({ libraries: { [GROUP]: ["a1"] } });
  const signs = new Set();
  const client = new FaceSearchClient({
    apiKey: emulator.apiKey,
    apiSecret: emulator.apiSecret,
    fetch: async (url, init) => {
      const form = await new Request(url, init).formData();
      signs.add(form.get("sign"));
      return emulator.fetch(url, init);
    },
  });
  emulator.inject({ fault: "error", times: 2 });
  const { attempts } = await client.deleteFaces(REQUEST);
  assert.deepEqual([attempts, signs.size], [3, 3]);
});

test("retries end, and the last error tells of the worst attempt", async (t) => {
  const { client, emulator } = await served(t);
  emulator.inject({ fault: "applyThenDrop", path: "delete" });
  emulator.inject({ fault: "throttle", path: "delete", times: 20 });
  const error = await rejection(client.deleteFaces(REQUEST, { maxRetries: 1 }));
  assert.deepEqual([error.name, error.delivery, error.attempts], ["ThrottledError", "maybe-applied", 3]);
  assert.deepEqual(
    error.outcomes?.map((/** @type {{ outcome: string }} */ { outcome }) => outcome),
    ["unknown", "unknown"],
  );
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes: error.outcomes ?? [] }), []);
});

test("Retry-After is never undercut", async (t) => {
  const { client, emulator } = await served(t);
  emulator.inject({ fault: "throttle", path: "delete", retryAfter: 1 });
  const started = performance.now();
  await client.deleteFaces(REQUEST);
  assert.ok(performance.now() - started >= 1000, `${performance.now() - started} ms`);
});

test("a Retry-After beyond all patience ends the call, and says when to come back", async (t) => {
  const { client, emulator } = await served(t);
  emulator.inject({ fault: "throttle", path: "delete", retryAfter: 120 });
  const started = performance.now();
  const error = await rejection(client.deleteFaces(REQUEST));
  assert.ok(performance.now() - started < 1000);
  assert.deepEqual([error.name, error.retryAfterMs, error.attempts], ["ThrottledError", 120_000, 1]);
  assert.equal(emulator.log.length, 1);
});

promptly("an abort while waiting for the next attempt is honoured within 10 ms", async (t) => {
  const { client, emulator } = await served(t);
  emulator.inject({ fault: "throttle", path: "delete", retryAfter: 30 });
  const controller = new AbortController();
  const reason = new Error("changed my mind");
  const pending = rejection(client.deleteFaces(REQUEST, { signal: controller.signal }));
  await new Promise((resolve) => setTimeout(resolve, 150));
  const aborted = performance.now();
  controller.abort(reason);
  const error = await pending;
  const took = performance.now() - aborted;
  assert.deepEqual([error.name, error.delivery, error.cause], ["AbortError", "rejected", reason]);
  return took;
});

test("totalTimeout ends the call, retries and waits included", async (t) => {
  const { client, emulator } = await served(t);
  emulator.inject({ fault: "throttle", path: "delete", retryAfter: 30, times: 5 });
  const started = performance.now();
  const error = await rejection(client.deleteFaces(REQUEST, { totalTimeout: 300 }));
  const took = performance.now() - started;
  assert.ok(took >= 295 && took < 600, `${took} ms`);
  assert.deepEqual([error.name, error.delivery], ["TimeoutError", "rejected"]);
});

test("what every further attempt would meet is not tried again", async (t) => {
  const { client, emulator } = await served(t);
  for (const [status, error] of /** @type {const} */ ([
    [403, "AUTHORIZATION_ERROR:INVALID_SIGN"],
    [403, "AUTHORIZATION_ERROR:LIMIT_REACHED"],
    [400, "BAD_ARGUMENTS:group_id"],
    [404, "API_NOT_FOUND"],
  ])) {
    emulator.inject({ fault: "error", status, error, path: "delete" });
    assert.equal((await rejection(client.deleteFaces(REQUEST))).attempts, 1, error);
  }
});
