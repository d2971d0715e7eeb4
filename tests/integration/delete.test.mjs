// @ts-check
// Deleting over real HTTP: what the caller is told, under every fault, against the emulator's truth.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as api from "../support/package.mjs";
import { GROUP, rejection, served } from "../support/served.mjs";

const { FaceSearchClient, isFaceSearchError } = api;

test("a delete says what happened to each token", async (t) => {
  const { client, emulator } = await served(t);
  const result = await client.deleteFaces({ groupId: GROUP, faceTokens: ["a1", "zz", "c3", "a1"] });
  assert.match(result.requestId ?? "", /^\d+,[0-9a-f-]{36}$/);
  assert.equal(typeof result.timeUsed, "number");
  const { requestId: _, timeUsed: __, ...rest } = result;
  assert.deepEqual(rest, {
    groupId: GROUP,
    faceRemoved: 2,
    faceCount: 1,
    failureDetail: [{ faceToken: "zz", reason: "FACE_NOT_IN_GROUP" }],
    outcomes: [
      { token: "a1", index: 0, outcome: "deleted" },
      { token: "zz", index: 1, outcome: "absent", reason: "FACE_NOT_IN_GROUP" },
      { token: "c3", index: 2, outcome: "deleted" },
      { token: "a1", index: 3, outcome: "duplicate", of: 0 },
    ],
    attempts: 1,
  });
  assert.deepEqual(emulator.faces(GROUP), ["b2"]);
  assert.deepEqual(emulator.audit(result), []);
});

test("a thousand tokens go in one call, from any iterable, in any script", async (t) => {
  const tokens = Array.from({ length: 1000 }, (_, index) =>
    index % 2 ? `面${index}"&=;+` : `${index}`.padStart(32, "0"),
  );
  const { client, emulator } = await served(t, { faces: tokens });
  const result = await client.deleteFaces({ groupId: GROUP, faceTokens: new Set(tokens) });
  assert.equal(result.faceRemoved, 1000);
  assert.deepEqual(emulator.faces(GROUP), []);
  assert.equal(emulator.log.length, 1);
});

test("the size of a library", async (t) => {
  const { client, emulator } = await served(t);
  const { faceCount, groupId, attempts } = await client.getFaceCount({ groupId: GROUP });
  assert.deepEqual({ faceCount, groupId, attempts }, { faceCount: 3, groupId: GROUP, attempts: 1 });
  assert.equal(emulator.log[0]?.api, "get_size");
});

/**
 * Each fault with what a caller is told: the error's class, code and delivery, and the outcome of a token that is in the
 * library. A fault without an error is told by a result.
 *
 * @type {{ rule: any, error?: string, code?: string, delivery?: string, outcome: string, retryAfterMs?: number }[]}
 */
const FAULTS = [
  {
    rule: { fault: "applyThenDrop" },
    error: "ConnectionError",
    code: "CONNECTION_LOST",
    delivery: "maybe-applied",
    outcome: "unknown",
  },
  {
    rule: { fault: "dropBeforeApply" },
    error: "ConnectionError",
    code: "CONNECTION_LOST",
    delivery: "maybe-applied",
    outcome: "unknown",
  },
  {
    rule: { fault: "truncateBody" },
    error: "ConnectionError",
    code: "CONNECTION_LOST",
    delivery: "maybe-applied",
    outcome: "unknown",
  },
  {
    rule: { fault: "slowBody", ms: 400 },
    error: "TimeoutError",
    code: "TIMEOUT",
    delivery: "maybe-applied",
    outcome: "unknown",
  },
  {
    rule: { fault: "slowHead", ms: 400 },
    error: "TimeoutError",
    code: "TIMEOUT",
    delivery: "maybe-applied",
    outcome: "unknown",
  },
  {
    rule: { fault: "htmlGatewayError" },
    error: "ServerError",
    code: "HTTP_502",
    delivery: "maybe-applied",
    outcome: "unknown",
  },
  {
    rule: { fault: "lieAboutCounts" },
    error: "ProtocolError",
    code: "INCONSISTENT_RESPONSE",
    delivery: "maybe-applied",
    outcome: "unknown",
  },
  {
    rule: { fault: "throttle", retryAfter: 3 },
    error: "ThrottledError",
    code: "CONCURRENCY_LIMIT_EXCEEDED",
    delivery: "rejected",
    outcome: "failed",
    retryAfterMs: 3000,
  },
  {
    rule: { fault: "skew" },
    error: "AuthenticationError",
    code: "AUTHORIZATION_ERROR",
    delivery: "rejected",
    outcome: "failed",
  },
  {
    rule: { fault: "error" },
    error: "ServerError",
    code: "INTERNAL_ERROR",
    delivery: "maybe-applied",
    outcome: "unknown",
  },
  {
    rule: { fault: "error", status: 403, error: "AUTHORIZATION_ERROR:DENIED" },
    error: "PermissionError",
    code: "AUTHORIZATION_ERROR",
    delivery: "rejected",
    outcome: "failed",
  },
  {
    rule: { fault: "error", status: 400, error: "BAD_ARGUMENTS:face_tokens" },
    error: "BadRequestError",
    code: "BAD_ARGUMENTS",
    delivery: "rejected",
    outcome: "failed",
  },
  {
    rule: { fault: "error", status: 404, error: "API_NOT_FOUND" },
    error: "ApiError",
    code: "API_NOT_FOUND",
    delivery: "rejected",
    outcome: "failed",
  },
  { rule: { fault: "partial", count: 1 }, outcome: "failed" },
];

for (const { rule, error, code, delivery, outcome, retryAfterMs } of FAULTS) {
  test(`${rule.fault} ${rule.error ?? ""}: ${error ?? "a result"}, and every claim is true`, async (t) => {
    const { client, emulator } = await served(t, { options: { timeout: 200, maxRetries: 0 } });
    // So that the fault strikes a connection that is used again, as most are.
    await client.getFaceCount({ groupId: GROUP });
    emulator.inject({ ...rule, path: "delete" });
    const request = { groupId: GROUP, faceTokens: ["a1"] };
    /** @type {any} */
    let told;
    if (error === undefined) {
      told = await client.deleteFaces(request);
    } else {
      told = await rejection(client.deleteFaces(request));
      assert.ok(told instanceof /** @type {any} */ (api)[error], `${told}`);
      assert.ok(isFaceSearchError(told));
      assert.deepEqual([told.name, told.code, told.delivery, told.attempts], [error, code, delivery, 1]);
      assert.equal(told.retryAfterMs, retryAfterMs);
    }
    assert.deepEqual(
      told.outcomes.map((/** @type {any} */ settled) => settled.outcome),
      [outcome],
    );
    // What is still on its way may yet happen: the claim has to hold then, too.
    await new Promise((resolve) => setTimeout(resolve, rule.ms ?? 0));
    assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes: told.outcomes }), []);
    assert.equal(emulator.log.filter((entry) => entry.api === "delete").length, 1, "one attempt");
  });
}

test("an unknown library is not found", async (t) => {
  const { client } = await served(t);
  for (const [delivery, call] of /** @type {const} */ ([
    ["rejected", () => client.deleteFaces({ groupId: "nope", faceTokens: ["a1"] })],
    [undefined, () => client.getFaceCount({ groupId: "nope" })],
  ])) {
    const error = await rejection(call());
    assert.ok(error instanceof api.GroupNotFoundError && error instanceof api.ApiError);
    assert.deepEqual([error.delivery, error.status], [delivery, 400]);
    assert.match(error.requestId ?? "", /^\d+,/);
  }
});

test("a server that is not there was not sent anything", async (t) => {
  const { server, client } = await served(t);
  await server.close();
  const error = await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: ["a1"] }));
  assert.ok(error instanceof api.ConnectionError);
  assert.deepEqual([error.code, error.delivery, error.attempts], ["NOT_CONNECTED", "not-sent", 0]);
  assert.equal(error.outcomes?.[0]?.outcome, "not-sent");
  assert.equal(/** @type {any} */ (error.cause).message, "fetch failed");
});

test("a redirect is not followed", async () => {
  let calls = 0;
  const client = new FaceSearchClient({
    apiKey: "k",
    apiSecret: "s",
    fetch: async (_, init) => {
      calls += 1;
      assert.equal(init.redirect, "manual");
      return new Response(null, { status: 307, headers: { location: "https://elsewhere.example/" } });
    },
  });
  const error = await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: ["a1"] }));
  assert.deepEqual(
    [error.name, error.code, error.delivery, calls],
    ["ProtocolError", "REDIRECTED", "maybe-applied", 1],
  );
});

/**
 * What a client tells of an answer that says that too much is asked at once.
 *
 * @param {Record<string, string>} headers
 * @param {number} [status]
 * @param {object} [body]
 */
async function told(headers, status = 403, body = { error: "CONCURRENCY_LIMIT_EXCEEDED" }) {
  const fetch = async () => Response.json(body, { status, headers });
  const client = new FaceSearchClient({ apiKey: "k", apiSecret: "s", fetch, maxRetries: 0 });
  return rejection(client.getFaceCount({ groupId: GROUP }));
}

test("Retry-After is read as seconds or as an HTTP date, and as nothing else", async () => {
  const inAMinute = new Date(Date.now() + 60_000).toUTCString();
  /** @type {[string, (ms: number | undefined) => boolean][]} */
  const cases = [
    ["0", (ms) => ms === 0],
    [" 120 ", (ms) => ms === 120_000],
    [inAMinute, (ms) => ms !== undefined && ms > 58_000 && ms <= 60_000],
    ["Thu, 01 Jan 1970 00:00:00 GMT", (ms) => ms === 0],
    ["1.5", (ms) => ms === 2000],
    ["0.001", (ms) => ms === 1000],
    ["3, 3", (ms) => ms === 3000],
    ["3,120 , 7.5", (ms) => ms === 120_000],
    ["3, soon", (ms) => ms === undefined],
    ["3,", (ms) => ms === undefined],
    ["1.", (ms) => ms === undefined],
    [".5", (ms) => ms === undefined],
    ["1e3", (ms) => ms === undefined],
    ["+5", (ms) => ms === undefined],
    ["1 GMT", (ms) => ms === undefined],
    ["-5 GMT", (ms) => ms === undefined],
    ["-5", (ms) => ms === undefined],
    ["soon", (ms) => ms === undefined],
    ["", (ms) => ms === undefined],
  ];
  for (const [text, isRight] of cases) {
    const error = await told({ "retry-after": text });
    assert.ok(isRight(error.retryAfterMs), `${text}: ${error.retryAfterMs}`);
  }
});

test("Retry-After counts beside an error of any status", async () => {
  for (const body of [{ error: "CONCURRENCY_LIMIT_EXCEEDED" }, { error_message: "CONCURRENCY_LIMIT_EXCEEDED" }]) {
    for (const status of [200, 202, 403, 429, 503]) {
      const error = await told({ "retry-after": "3" }, status, body);
      assert.deepEqual([error.code, error.retryAfterMs], ["CONCURRENCY_LIMIT_EXCEEDED", 3000], `${status}`);
    }
  }
});

test("a date in Retry-After is by the clock of who sent it, as far as that is known", async () => {
  const at = (/** @type {number} */ seconds) => new Date(Math.floor(Date.now() / 1000 + seconds) * 1000).toUTCString();
  for (const off of [0, 3600, -3600]) {
    const headers = { date: at(off), "retry-after": at(off + 4) };
    const { retryAfterMs } = await told(headers);
    assert.ok(retryAfterMs >= 3000 && retryAfterMs <= 5000, `${off}: ${retryAfterMs}`);
    // A response out of a cache asks nothing of this request.
    const cached = await told({ ...headers, "retry-after": at(4), age: "3600" });
    assert.deepEqual([cached.code, cached.retryAfterMs], ["REPLAYED_RESPONSE", undefined]);
    const past = await told({ date: at(off), "retry-after": at(off - 4) });
    assert.equal(past.retryAfterMs, 0);
  }
});

test("fetch is the one of the moment, and gets no more than it needs", async (t) => {
  const { emulator, client } = await served(t);
  const original = globalThis.fetch;
  t.after(() => {
    globalThis.fetch = original;
  });
  /** @type {any[]} */
  const calls = [];
  globalThis.fetch = async (input, init) => {
    calls.push([input, init]);
    const response = await emulator.fetch(/** @type {string} */ (input), init);
    return new Proxy(response, {
      get(target, name) {
        assert.notEqual(name, "url", "Response.url is not to be touched: it is empty in mocks and workers");
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
  await client.deleteFaces({ groupId: GROUP, faceTokens: ["a1"] });
  const [[url, init]] = calls;
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/finauth\/search\/group\/delete$/);
  assert.deepEqual(Object.keys(init).sort(), ["body", "headers", "method", "redirect", "signal"]);
  assert.deepEqual(Object.keys(init.headers), ["content-type"]);
  assert.ok(init.body instanceof Uint8Array && init.signal instanceof AbortSignal);
});

test("without a fetch nothing is sent, and nothing else is claimed", async (t) => {
  const { client } = await served(t);
  const original = globalThis.fetch;
  t.after(() => {
    globalThis.fetch = original;
  });
  globalThis.fetch = /** @type {any} */ (undefined);
  const error = await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: ["a1"] }));
  assert.deepEqual(
    [error.name, error.code, error.delivery, error.attempts],
    ["ConfigError", "NO_FETCH", "not-sent", 0],
  );
  assert.equal(error.outcomes?.[0]?.outcome, "not-sent");
});

test("a fetch that cannot even be looked up sends nothing, and disturbs nobody else", async (t) => {
  const { client, server, emulator } = await served(t);
  const { apiKey, apiSecret } = emulator;
  const original = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(globalThis, "fetch"));
  const own = globalThis.fetch;
  const other = new FaceSearchClient({ apiKey, apiSecret, baseUrl: server.baseUrl, fetch: own });
  t.after(() => Object.defineProperty(globalThis, "fetch", original));
  emulator.inject({ fault: "slowHead", ms: 100, times: 1 });
  const underWay = other.deleteFaces({ groupId: GROUP, faceTokens: ["a1"] });
  await new Promise((resolve) => setTimeout(resolve, 30));
  Object.defineProperty(globalThis, "fetch", {
    configurable: true,
    get() {
      throw new Error("not for you");
    },
  });
  const error = await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: ["b2"] }));
  assert.deepEqual([error.code, error.delivery, error.outcomes?.[0]?.outcome], ["NO_FETCH", "not-sent", "not-sent"]);
  assert.equal((await underWay).faceRemoved, 1);
});

test("each attempt has a signature and a boundary of its own", async () => {
  const seen = new Set();
  const emulator = api.createEmulator({ libraries: { [GROUP]: [] } });
  const client = new FaceSearchClient({
    apiKey: emulator.apiKey,
    apiSecret: emulator.apiSecret,
    fetch: async (url, init) => {
      const fields = await new Request(url, init).clone().formData();
      seen.add(fields.get("sign")).add(init.headers["content-type"]);
      return emulator.fetch(url, init);
    },
  });
  for (let call = 0; call < 5; call += 1) await client.getFaceCount({ groupId: GROUP });
  assert.equal(seen.size, 10);
});

test("signatures made elsewhere, a clock and a base URL of one's own", async () => {
  const now = 1_769_740_387_000;
  const emulator = api.createEmulator({ clock: { now: () => now }, libraries: { [GROUP]: ["a1"] } });
  const { apiKey, apiSecret, fetch } = emulator;
  const withClock = new FaceSearchClient({
    apiKey,
    apiSecret,
    fetch,
    clock: { now: () => now },
    baseUrl: "http://localhost:1/x/",
  });
  assert.equal((await withClock.getFaceCount({ groupId: GROUP })).faceCount, 1);
  const wrongClock = new FaceSearchClient({ apiKey, apiSecret, fetch, clock: { now: () => now - 200_000_000 } });
  assert.equal((await rejection(wrongClock.getFaceCount({ groupId: GROUP }))).name, "AuthenticationError");
  const sign = () => api.createSign({ apiKey, apiSecret, currentTime: now / 1000 });
  const signedElsewhere = new FaceSearchClient({ sign, fetch });
  assert.equal((await signedElsewhere.deleteFaces({ groupId: GROUP, faceTokens: ["a1"] })).faceRemoved, 1);
});

test("when the signer, the clock or the randomness fails, nothing is sent", async (t) => {
  let sent = 0;
  const fetch = async () => {
    sent += 1;
    return new Response();
  };
  const problem = new Error("HSM offline");
  /** @type {[any, string, unknown][]} */
  const cases = [
    [{ sign: () => Promise.reject(problem), fetch }, "SIGN_FAILED", problem],
    [
      {
        sign: () => {
          throw problem;
        },
        fetch,
      },
      "SIGN_FAILED",
      problem,
    ],
    [{ sign: async () => 7, fetch }, "SIGN_FAILED", undefined],
    [{ apiKey: "k", apiSecret: "s", clock: { now: () => Number.NaN }, fetch }, "CLOCK_UNUSABLE", undefined],
    [
      {
        apiKey: "k",
        apiSecret: "s",
        clock: {
          now: () => {
            throw problem;
          },
        },
        fetch,
      },
      "CLOCK_UNUSABLE",
      problem,
    ],
    [{ apiKey: "k", apiSecret: "s", clock: { now: () => Date.now() * 1000 }, fetch }, "CLOCK_UNUSABLE", undefined],
  ];
  for (const [options, code, cause] of cases) {
    const error = await rejection(new FaceSearchClient(options).deleteFaces({ groupId: GROUP, faceTokens: ["a1"] }));
    assert.deepEqual([error.name, error.code, error.delivery, error.cause], ["ConfigError", code, "not-sent", cause]);
    assert.deepEqual(error.outcomes, [{ token: "a1", index: 0, outcome: "not-sent", because: "unprepared" }]);
  }
  const invalid = await rejection(
    new FaceSearchClient({ sign: () => "no base64!", fetch }).getFaceCount({ groupId: GROUP }),
  );
  assert.deepEqual([invalid.name, invalid.path], ["ValidationError", "sign"]);
  t.mock.method(crypto, "getRandomValues", () => {
    throw problem;
  });
  // What was given before is used up first.
  const usedUp = async () => {
    for (;;) await api.createSign({ apiKey: "k", apiSecret: "s" });
  };
  assert.equal((await rejection(usedUp())).code, "NO_RANDOMNESS");
  const unlucky = new FaceSearchClient({ apiKey: "k", apiSecret: "s", fetch });
  assert.equal((await rejection(unlucky.getFaceCount({ groupId: GROUP }))).code, "NO_RANDOMNESS");
  assert.equal(sent, 0);
});
