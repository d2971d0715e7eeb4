// @ts-check
// Properties of the public API, over random arguments and a `fetch` that misbehaves in any way: a typed error or a correct
// result, never a trap, never a hang, never a false claim.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  createEmulator,
  createKeySigner,
  createProxyHandler,
  createSign,
  FaceSearchClient,
  isFaceSearchError,
} from "../support/package.mjs";
import { fc, runs } from "../support/properties.mjs";
import { GROUP } from "../support/served.mjs";

/** @type {unknown[]} */
const uncaught = [];
process.on("unhandledRejection", (error) => uncaught.push(error));
process.on("uncaughtException", (error) => uncaught.push(error));
after(() => assert.deepEqual(uncaught, []));

/**
 * Something that settles in time, with a result or with an error of ours.
 *
 * @template T
 * @param {() => Promise<T>} call
 * @returns {Promise<{ value?: T, error?: any }>}
 */
async function settled(call) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: "it hangs" })), 5000);
  });
  try {
    return { value: /** @type {T} */ (await Promise.race([call(), late])) };
  } catch (error) {
    assert.ok(isFaceSearchError(error), String(error));
    assert.ok(/** @type {any} */ (error).code !== "INSTANCE_FAILED", "it trapped");
    return { error };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Anything: plain data, and what behaves badly when it is looked at. In a function, so that the one that looks is the client.
 *
 * @type {fc.Arbitrary<() => unknown>}
 */
const anything = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        withNullPrototype: true,
        withSparseArray: true,
      })
      .map((value) => () => value),
  },
  fc.constantFrom(
    () => () => {},
    () => Symbol("s"),
    () => Object.defineProperty({}, "groupId", { get: () => assert.fail("a hostile getter"), enumerable: true }),
    () => new Proxy({}, { get: () => assert.fail("a hostile proxy") }),
    () => new Proxy(() => {}, { apply: () => assert.fail("a hostile function") }),
    () => new AbortController().signal,
    () => AbortSignal.abort(),
    () => new Blob(["a1\nb2"]),
    () => new URL("https://example.com"),
  ),
);

const names = [
  "apiKey",
  "apiSecret",
  "sign",
  "proxyUrl",
  "baseUrl",
  "timeout",
  "totalTimeout",
  "maxRetries",
  "signatureTtl",
  "clock",
  "hooks",
  "logger",
  "groupId",
  "faceTokens",
  "signal",
  "format",
  "column",
  "batchSize",
  "maxDelete",
  "expect",
  "concurrency",
  "maxAbsentRatio",
  "deadline",
  "onProgress",
  "expireTime",
  "currentTime",
  "random",
  "key",
  "authorize",
  "allow",
  "instances",
  "claimAttempt",
];

/** Options of any kind under names that mean something. @type {fc.Arbitrary<() => unknown>} */
const options = fc
  .dictionary(fc.constantFrom(...names), anything, { maxKeys: 6 })
  .map((given) => () => Object.fromEntries(Object.entries(given).map(([name, make]) => [name, make()])));

const emulator = createEmulator({ libraries: { [GROUP]: ["a1", "b2"] } });
const { apiKey, apiSecret } = emulator;
const good = { apiKey, apiSecret, fetch: emulator.fetch, timeout: 200, maxRetries: 0 };

/**
 * What can be spread without running anything of somebody else's.
 *
 * @param {unknown} value
 * @returns {any}
 */
function plain(value) {
  return Object.getPrototypeOf(Object(value)) === Object.prototype && !("groupId" in Object(value)) ? value : {};
}

test("whatever the arguments: a typed error or a result", async () => {
  const client = new FaceSearchClient(/** @type {any} */ (good));
  const calls = /** @type {((first: any, second: any) => Promise<unknown>)[]} */ ([
    (first, second) => client.deleteFaces(first, second),
    (first, second) => client.deleteFaces({ groupId: GROUP, faceTokens: first }, second),
    (first, second) => client.deleteFaces({ groupId: first, faceTokens: ["zz"] }, second),
    (first, second) => client.deleteMany(first, second).report,
    (first, second) => client.deleteMany(["zz"], { groupId: GROUP, ...plain(second), signal: first }).report,
    (first, second) => client.plan(first, second),
    (first, second) => client.plan(first, { ...plain(second), groupId: GROUP }),
    (first, second) => client.getFaceCount(first, second),
    (first) => createSign(first),
    (first, second) => createSign({ apiKey: "k", apiSecret: "s", ...plain(first), random: second }),
    async (first) => createKeySigner(first),
    async (first) => new FaceSearchClient(first),
    async (first, second) => new FaceSearchClient({ ...good, ...plain(first), clock: second }),
    async (first) => createProxyHandler(first),
    async (first, second) => createProxyHandler({ ...good, authorize: () => true, allow: first, onError: second }),
  ]);
  await fc.assert(
    fc.asyncProperty(
      fc.nat(calls.length - 1),
      fc.oneof(anything, options),
      fc.oneof(anything, options),
      async (at, first, second) => {
        await settled(async () => calls[at]?.(first(), second()));
      },
    ),
    { numRuns: runs(1500) },
  );
  assert.equal((await client.getFaceCount({ groupId: GROUP })).faceCount, 2, "and nothing was deleted on the way");
});

const VALID = JSON.stringify({
  request_id: "r",
  time_used: 1,
  group_id: GROUP,
  face_removed: 2,
  face_count: 0,
  failure_detail: [],
});

/** What a body does. @type {fc.Arbitrary<() => unknown>} */
const body = fc.oneof(
  fc.constantFrom(
    () => null,
    () => undefined,
    () => 7,
    () => ({}),
    () => ({ getReader: () => ({}) }),
    () => ({ getReader: () => ({ read: () => 7, cancel: () => assert.fail("a hostile cancel") }) }),
    () => ({ getReader: () => ({ read: async () => ({ done: false, value: "text" }) }) }),
    () => ({ getReader: () => ({ read: async () => null }) }),
    () => ({
      getReader: () => ({ read: () => ({ then: (/** @type {Function} */ resolve) => resolve({ done: true }) }) }),
    }),
    () => ({ getReader: () => assert.fail("locked") }),
    () => new ReadableStream({ pull: (controller) => controller.error(new Error("torn")) }),
    () => new ReadableStream({ pull: () => new Promise(() => {}) }),
    () => new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)) }),
    () => new Response(VALID).body,
    () => new Response(`\uFEFF${VALID}`).body,
    () => new Response("[".repeat(200_000)).body,
  ),
  fc.json().map((text) => () => new Response(text).body),
  fc.uint8Array().map((bytes) => () => new Response(bytes).body),
);

/** What headers do. @type {fc.Arbitrary<unknown>} */
const headers = fc.oneof(
  fc.constantFrom(
    undefined,
    null,
    {},
    { get: () => assert.fail("a hostile header") },
    { get: () => 7 },
    { get: () => "99999999999999999999" },
    { get: () => "-1" },
    { get: () => "Sun, 06 Nov 1994 08:49:37 GMT" },
    { get: () => "0" },
  ),
  fc.string().map((text) => ({ get: () => text })),
);

/** What a reply looks like. */
const replies = fc.record({
  status: fc.oneof(
    fc.constantFrom(200, 200, 200, 400, 403, 429, 500, 502, 0, 302, -1, 1e9, Number.NaN, "200", undefined),
    fc.integer(),
  ),
  body,
  headers,
});

/** What `fetch` does. @type {fc.Arbitrary<() => unknown>} */
const fetches = fc.oneof(
  fc.constantFrom(
    () => assert.fail("a synchronous mistake"),
    () => undefined,
    () => Promise.reject(undefined),
    () => Promise.reject(Object.assign(new Error("x"), { cause: { code: "ECONNREFUSED" } })),
    () => Promise.reject(Object.defineProperty({}, "cause", { get: () => assert.fail("a hostile cause") })),
    () => new Promise(() => {}),
    () => ({ then: () => assert.fail("a hostile promise") }),
    () => ({ then: () => {} }),
    () => "junk",
  ),
  anything,
  replies.map(({ status, headers, body }) => () => ({
    status,
    headers,
    body: body(),
    arrayBuffer: async () => new ArrayBuffer(0),
  })),
);

test("whatever fetch does: no false claim", async () => {
  await fc.assert(
    fc.asyncProperty(fetches, fc.boolean(), fc.boolean(), async (behave, many, throughProxy) => {
      let calls = 0;
      /** What the answers allow to say: nothing was deleted, unless a valid answer says so. */
      const misbehaving = () => {
        calls += 1;
        return behave();
      };
      const way = throughProxy ? { proxyUrl: "https://proxy.example/" } : { apiKey, apiSecret };
      const client = new FaceSearchClient(
        /** @type {any} */ ({ ...way, fetch: misbehaving, timeout: 30, maxRetries: 1 }),
      );
      const tokens = ["a1", "b2"];
      const request = { groupId: GROUP, faceTokens: tokens };
      const call = many
        ? async () => [...(await client.deleteMany(tokens, { groupId: GROUP, totalTimeout: 300 }).report).outcomes()]
        : async () => (await client.deleteFaces(request, { totalTimeout: 300 })).outcomes;
      const { value, error } = await settled(call);
      const outcomes = /** @type {any[]} */ (value ?? error.outcomes);
      assert.equal(outcomes.length, 2);
      for (const { outcome } of outcomes) {
        if (outcome === "deleted") {
          const { status, body } = /** @type {any} */ (behave());
          assert.ok(status >= 200 && status < 300, "a success");
          const said = JSON.parse((await new Response(body).text()).replace(/^\uFEFF/, ""));
          assert.deepEqual([said.group_id, said.face_removed], [GROUP, 2]);
        }
        if (outcome === "failed" || outcome === "absent") {
          const { body } = /** @type {any} */ (behave());
          assert.match(await new Response(body).text(), /error|failure_detail|Request Entity Too Large/);
        }
        if (outcome === "not-sent") {
          assert.ok(throughProxy || calls === 0, "it was sent");
        }
      }
    }),
    { numRuns: runs(150) },
  );
});

test("whatever is posted to a proxy: a reply of the protocol, and no call that is not allowed", async () => {
  const called = /** @type {string[]} */ ([]);
  const { maxRetries: _, ...settings } = good;
  const handler = createProxyHandler({
    ...settings,
    fetch: async (url, init) => {
      called.push(String((await new Request(url, init).formData()).get("group_id")));
      return emulator.fetch(url, init);
    },
    authorize: () => true,
    allow: { groups: [GROUP], tokensPerCall: 3 },
    onError: (error) => assert.fail(error),
  });
  const { instance } = await (await handler(post({ v: 1 }))).json();
  const message = fc.record(
    {
      v: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, fc.jsonValue()),
      instance: fc.oneof({ weight: 9, arbitrary: fc.constant(instance) }, fc.jsonValue()),
      attemptId: fc.oneof({ weight: 9, arbitrary: fc.uuid().map((id) => id.replaceAll("-", "")) }, fc.jsonValue()),
      api: fc.oneof(fc.constantFrom("deleteFaces", "getFaceCount", "list", "constructor"), fc.jsonValue()),
      groupId: fc.oneof(fc.constantFrom(GROUP, "other", `${GROUP}\r\n`), fc.string(), fc.jsonValue()),
      faceTokens: fc.oneof(fc.array(fc.string()), fc.constant(["zz"]), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(message, fc.jsonValue(), fc.string()), async (message) => {
      const response = await handler(post(message));
      const reply = await response.json();
      assert.equal(reply.v, 1);
      assert.ok(reply.instance ?? reply.status ?? reply.refused ?? reply.interrupted, JSON.stringify(reply));
      assert.ok(called.splice(0).every((groupId) => groupId === GROUP));
    }),
    { numRuns: runs(750) },
  );
});

/** @param {unknown} message */
function post(message) {
  const text = typeof message === "string" ? message : JSON.stringify(message);
  return new Request("https://proxy.example/", {
    method: "POST",
    body: text,
    headers: { "content-type": "application/json" },
  });
}
