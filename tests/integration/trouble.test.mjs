// @ts-check
// Ordinary trouble on the way to the server: gateways that answer in its place, servers that take fewer tokens than documented,
// dates in `Retry-After`, reading calls that fail. A call or run survives it, and says what it was.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { CASES } from "../support/cases.mjs";
import { tokens } from "../support/faults.mjs";
import { createEmulator, createSign, FaceSearchClient, isFaceSearchError } from "../support/package.mjs";
import { GROUP, proxied, rejection, served } from "../support/served.mjs";

/** The two ways to the server. */
const WAYS = { "with a secret": served, "through a proxy": proxied };

const REQUEST = { groupId: GROUP, faceTokens: ["a1", "zz"] };
const ALWAYS = { times: Number.POSITIVE_INFINITY };

/** Responses without a code, as gateways give them. @type {any[]} */
const WITHOUT_CODE = [
  ...[400, 403, 404, 405, 408, 409, 425, 500, 502, 503, 504, 520].map((status) => ({ status, body: "html" })),
  ...[404, 408, 425, 500, 502, 503].map((status) => ({ status, body: "empty" })),
  ...[404, 429, 502].map((status) => ({ status, body: "text" })),
  ...[404, 409, 502].map((status) => ({ status, body: "json" })),
].map((rule) => ({ fault: "htmlGatewayError", apply: false, path: "delete", ...rule }));

/**
 * Checks several at a time, since most of the time goes into waiting for the next attempt.
 *
 * @template T
 * @param {T[]} cases
 * @param {(item: T) => Promise<void>} check
 */
const forEach = (cases, check) => Promise.all(cases.map(check));

/**
 * The claims and counts of a report have to be true.
 *
 * @param {any} report
 * @param {import("../../pkg-template/emulator/index.js").Emulator} emulator
 */
function assertTrue(report, emulator) {
  const { counts } = report;
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes: report.outcomes(), counts }), []);
  assert.equal(report.requests, emulator.log.filter(({ api }) => api === "delete").length);
}

for (const [way, make] of Object.entries(WAYS)) {
  test(`${way}: a call survives a response without a code`, async (t) => {
    await forEach(WITHOUT_CODE, async (rule) => {
      for (const apply of [false, true]) {
        const { client, emulator } = await make(t);
        emulator.inject({ ...rule, apply });
        const what = JSON.stringify({ ...rule, apply });
        const { outcomes, attempts } = await client.deleteFaces(REQUEST);
        const first = apply ? "absent-after-uncertain" : "deleted";
        assert.deepEqual([outcomes[0]?.outcome, outcomes[1]?.outcome], [first, "absent-after-uncertain"], what);
        assert.equal(attempts, 2, what);
        assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes }), [], what);
      }
    });
  });

  test(`${way}: a response without a code is retried within the budget, and proves nothing`, async (t) => {
    await forEach(WITHOUT_CODE, async (rule) => {
      const { client, emulator } = await make(t);
      emulator.inject({ ...rule, ...ALWAYS });
      const what = JSON.stringify(rule);
      const error = await rejection(client.deleteFaces(REQUEST, { maxRetries: 1 }));
      assert.deepEqual([error.code, error.status, error.attempts], [`HTTP_${rule.status}`, rule.status, 2], what);
      assert.equal(error.delivery, "maybe-applied", what);
      for (const { outcome, retryable } of error.outcomes)
        assert.deepEqual([outcome, retryable], ["unknown", true], what);
    });
  });

  test(`${way}: a run survives one response without a code`, async (t) => {
    await forEach(WITHOUT_CODE, async (rule) => {
      const input = tokens(400);
      const { client, emulator } = await make(t, { faces: input });
      emulator.inject(rule);
      const report = await client.deleteMany(input, { groupId: GROUP, batchSize: 40, concurrency: 1 }).report;
      assertTrue(report, emulator);
      const { counts, ended, requests, retries } = report;
      assert.deepEqual([counts.deleted, ended, requests, retries], [400, "complete", 11, 1], JSON.stringify(rule));
    });
  });

  test(`${way}: five responses without a code in sequence end a run`, async (t) => {
    const input = tokens(100);
    const { client, emulator } = await make(t, { faces: input });
    emulator.inject({ fault: "htmlGatewayError", status: 404, apply: false, path: "delete", ...ALWAYS });
    const report = await client.deleteMany(input, { groupId: GROUP, batchSize: 10, concurrency: 1 }).report;
    assertTrue(report, emulator);
    assert.deepEqual([report.ended, report.error?.code, report.error?.status], ["failed", "HTTP_404", 404]);
    // A batch that waits for its retry lets others go first.
    assert.deepEqual([report.requests, report.counts.unknown + report.counts["not-sent"]], [5, 100]);
    assert.ok(report.counts.unknown <= 50, `${report.counts.unknown}`);
    assert.equal(report.complete, false);
  });

  test(`${way}: fewer than five, or five with a success in between, do not end a run`, async (t) => {
    const gateway = { fault: /** @type {const} */ ("htmlGatewayError"), status: 404, apply: false, path: "delete" };
    for (const rounds of [1, 2]) {
      const input = tokens(100);
      const { client, emulator } = await make(t, { faces: input });
      for (let round = 0; round < rounds; round += 1) emulator.inject({ ...gateway, times: 4, skip: round });
      const report = await client.deleteMany(input, { groupId: GROUP, batchSize: 10, concurrency: 1 }).report;
      assertTrue(report, emulator);
      assert.deepEqual([report.ended, report.error], ["complete", undefined]);
      // Three attempts are the budget of one batch, so that each round gives up one at most.
      assert.ok(report.counts.unknown <= 10 * rounds, `${report.counts.unknown}`);
      assert.equal(report.counts.deleted, 100 - report.counts.unknown);
    }
  });

  test(`${way}: an error with a code that nobody knows stays uncertain, and does not end a run`, async (t) => {
    for (const apply of [false, true]) {
      for (const [status, code] of /** @type {[number, string][]} */ ([
        [409, "CONFLICTING_WRITE"],
        [409, "SOMETHING_NEW:about_this"],
        [500, "SOMETHING_NEW"],
      ])) {
        const rule = { fault: /** @type {const} */ ("error"), status, error: code, apply, path: "delete" };
        const one = await make(t);
        one.emulator.inject(rule);
        const error = await rejection(one.client.deleteFaces(REQUEST, { maxRetries: 0 }));
        assert.deepEqual([error.delivery, error.status], ["maybe-applied", status]);
        for (const { outcome, retryable } of error.outcomes) assert.deepEqual([outcome, retryable], ["unknown", true]);
        const input = tokens(50);
        const many = await make(t, { faces: input });
        many.emulator.inject(rule);
        const options = { groupId: GROUP, batchSize: 10, concurrency: 1 };
        const report = await many.client.deleteMany(input, options).report;
        assertTrue(report, many.emulator);
        assert.deepEqual([report.ended, report.counts["not-sent"], report.counts.failed], ["complete", 0, 0], code);
        assert.ok(report.counts.deleted >= 40, code);
      }
    }
  });

  for (const as of /** @type {const} */ (["code", "413"])) {
    test(`${way}: a run learns how many tokens the server takes (${as})`, async (t) => {
      const tried =
        make === served
          ? [
              [50_000, 100],
              [50_000, 999],
              [15_000, 37],
              [600, 1],
            ]
          : [[20_000, 100]];
      const proxy = { allow: { groups: [GROUP], callsPerMinute: 100_000 } };
      for (const [count = 0, most = 0] of tried) {
        const input = tokens(count);
        const { client, emulator } = await make(t, {
          faces: input,
          proxy,
          emulation: { limits: { tokens: most, as } },
        });
        const report = await client.deleteMany(input, { groupId: GROUP }).report;
        assertTrue(report, emulator);
        assert.deepEqual([report.counts.deleted, report.ended, emulator.faces(GROUP).length], [count, "complete", 0]);
        const allowed = 2 * Math.ceil(count / most);
        assert.ok(report.requests <= allowed, `${most}: ${report.requests} requests, ${allowed} are allowed`);
      }
    });
  }

  test(`${way}: a date in Retry-After is understood in each of its forms`, async (t) => {
    for (const retryAfterForm of /** @type {const} */ (["seconds", "imf-fixdate", "rfc850", "asctime"])) {
      const date = { retryAfter: 120, retryAfterForm, path: "delete" };
      for (const rule of /** @type {const} */ ([
        { fault: "throttle", ...date },
        { fault: "throttle", status: 429, ...date },
        { fault: "htmlGatewayError", status: 503, apply: false, ...date },
        { fault: "htmlGatewayError", status: 429, body: "empty", apply: false, ...date },
      ])) {
        const { client, emulator } = await make(t);
        emulator.inject(rule);
        const started = performance.now();
        const error = await rejection(client.deleteFaces(REQUEST));
        const what = `${retryAfterForm} ${rule.fault} ${error.code}`;
        assert.ok(performance.now() - started < 5000, what);
        assert.ok(error.retryAfterMs > 115_000 && error.retryAfterMs <= 120_000, `${what}: ${error.retryAfterMs}`);
        assert.equal(error.attempts, 1, what);
      }
    }
  });

  test(`${way}: an attempt waits until the date that Retry-After gives`, async (t) => {
    await forEach(/** @type {const} */ (["imf-fixdate", "rfc850", "asctime"]).slice(), async (retryAfterForm) => {
      const { client, emulator } = await make(t);
      emulator.inject({ fault: "throttle", path: "delete", retryAfter: 3, retryAfterForm });
      const started = Date.now();
      await client.deleteFaces(REQUEST);
      // A date has no fractions of a second.
      assert.ok(Date.now() >= Math.floor(started / 1000) * 1000 + 3000, `${Date.now() - started} ms`);
    });
  });

  test(`${way}: getFaceCount is retried as deletes are`, async (t) => {
    /** @type {any[]} */
    const rules = [
      { fault: "htmlGatewayError" },
      { fault: "htmlGatewayError", status: 404, body: "empty" },
      { fault: "htmlGatewayError", status: 408 },
      { fault: "dropBeforeApply" },
      { fault: "applyThenDrop" },
      { fault: "truncateBody" },
      { fault: "slowHead", ms: 600 },
      { fault: "slowBody", ms: 600 },
      { fault: "throttle" },
      { fault: "throttle", status: 429 },
      { fault: "error" },
    ];
    await forEach(rules, async (rule) => {
      const settings = { options: { timeout: 300 }, ...(make === proxied && { proxy: { timeout: 200 } }) };
      const what = JSON.stringify(rule);
      const repaired = await make(t, settings);
      repaired.emulator.inject({ ...rule, path: "get_size", times: 2 });
      const { faceCount, attempts } = await repaired.client.getFaceCount({ groupId: GROUP });
      assert.deepEqual([faceCount, attempts], [3, 3], what);
      for (const maxRetries of [0, 1]) {
        const broken = await make(t, settings);
        broken.emulator.inject({ ...rule, path: "get_size", ...ALWAYS });
        const error = await rejection(broken.client.getFaceCount({ groupId: GROUP }, { maxRetries }));
        assert.equal(error.attempts, maxRetries + 1, what);
        assert.equal(broken.emulator.log.length, maxRetries + 1, what);
        assertReading(error, what);
      }
    });
  });

  test(`${way}: an error of getFaceCount has no delivery, and does not speak of deletion`, async (t) => {
    await forEach(CASES, async ([words, rule]) => {
      const settings = { options: { timeout: 300 }, ...(make === proxied && { proxy: { timeout: 200 } }) };
      const { client, emulator } = await make(t, settings);
      emulator.inject({ ...rule, path: "get_size", ...ALWAYS });
      const settled = await client.getFaceCount({ groupId: GROUP }, { maxRetries: 0 }).catch((error) => error);
      if (settled instanceof Error) assertReading(settled, words);
    });
    const { client, emulator } = await make(t);
    assertReading(await rejection(client.getFaceCount({ groupId: "other" })), "an unknown library");
    const gone = AbortSignal.abort(new Error("changed my mind"));
    assertReading(await rejection(client.getFaceCount({ groupId: GROUP }, { signal: gone })), "an abort");
    emulator.inject({ fault: "slowHead", ms: 2000 });
    const signal = AbortSignal.timeout(100);
    assertReading(await rejection(client.getFaceCount({ groupId: GROUP }, { signal })), "an abort in flight");
    emulator.inject({ fault: "slowHead", ms: 2000 });
    assertReading(await rejection(client.getFaceCount({ groupId: GROUP }, { totalTimeout: 100 })), "a time-out");
  });

  test(`${way}: an error of totalTimeout has the last failure as its cause`, async (t) => {
    const settings = make === proxied ? { proxy: { timeout: 200 } } : {};
    for (const call of /** @type {((client: any, options: object) => Promise<any>)[]} */ ([
      (client, options) => client.deleteFaces(REQUEST, options),
      (client, options) => client.getFaceCount({ groupId: GROUP }, options),
    ])) {
      const throttled = await make(t, settings);
      throttled.emulator.inject({ fault: "throttle", retryAfter: 30, ...ALWAYS });
      const error = await rejection(call(throttled.client, { totalTimeout: 300 }));
      assert.deepEqual([error.name, error.code, error.retryAfterMs], ["TimeoutError", "TIMEOUT", 30_000]);
      assert.ok(isFaceSearchError(error.cause));
      assert.deepEqual([error.cause.name, error.cause.code], ["ThrottledError", "CONCURRENCY_LIMIT_EXCEEDED"]);
      assert.equal(error.cause.retryAfterMs, 30_000);

      const failing = await make(t, settings);
      // Five responses without a code would end the call before its time.
      failing.emulator.inject({ fault: "error", ...ALWAYS });
      const last = await rejection(call(failing.client, { totalTimeout: 1200, maxRetries: 100 }));
      assert.deepEqual([last.name, last.retryAfterMs], ["TimeoutError", undefined]);
      assert.ok(isFaceSearchError(last.cause));
      assert.deepEqual([last.cause.code, last.cause.status], ["INTERNAL_ERROR", 500]);

      // Only the last failure is the cause.
      const both = await make(t, settings);
      both.emulator.inject({ fault: "htmlGatewayError" });
      both.emulator.inject({ fault: "throttle", retryAfter: 30, ...ALWAYS });
      const second = await rejection(call(both.client, { totalTimeout: 2500 }));
      assert.deepEqual([second.cause?.name, second.retryAfterMs], ["ThrottledError", 30_000]);
    }
  });

  test(`${way}: the error of a report has no cause of another failure`, async (t) => {
    for (const first of /** @type {any[]} */ ([{ fault: "applyThenDrop" }, { fault: "htmlGatewayError" }])) {
      for (const last of [
        { status: 403, error: "AUTHORIZATION_ERROR:LIMIT_REACHED" },
        { status: 400, error: "INVALID_OUTER_ID" },
      ]) {
        const input = tokens(30);
        const { client, emulator } = await make(t, { faces: input });
        emulator.inject({ ...first, path: "delete" });
        emulator.inject({ fault: "error", ...last, path: "delete", ...ALWAYS });
        const report = await client.deleteMany(input, { groupId: GROUP, batchSize: 10, concurrency: 1 }).report;
        assertTrue(report, emulator);
        assert.deepEqual([report.ended, report.error?.status], ["failed", last.status]);
        assert.equal(report.error?.cause, undefined);
      }
    }
  });
}

/**
 * @param {any} error
 * @param {string} what
 */
function assertReading(error, what) {
  assert.ok(isFaceSearchError(error), what);
  assert.equal(error.delivery, undefined, `${what}: ${error.code}`);
  assert.equal(/** @type {any} */ (error.toJSON()).delivery, undefined, what);
  assert.ok(!/delet/i.test(error.message), `${what}: ${error.message}`);
}

test("the error of a report has its own cause, whatever a request in flight comes to afterwards", async () => {
  const input = tokens(20);
  /**
   * Runs two requests at a time, of which the first ends the run, and the second ends later.
   *
   * @param {(emulator: ReturnType<typeof createEmulator>, call: number, next: () => Promise<any>) => Promise<any>} answer
   * @param {(call: number) => Promise<void>} [onSign]
   */
  const report = async (answer, onSign = async () => {}) => {
    const emulator = createEmulator({ libraries: { [GROUP]: input } });
    const { apiKey, apiSecret } = emulator;
    let calls = 0;
    let signed = 0;
    const client = new FaceSearchClient({
      sign: async () => {
        signed += 1;
        await onSign(signed);
        return createSign({ apiKey, apiSecret });
      },
      fetch: (url, init) => {
        calls += 1;
        return answer(emulator, calls, () => emulator.fetch(url, init));
      },
    });
    const options = { groupId: GROUP, batchSize: 10, concurrency: { min: 2, max: 2 }, maxRetries: 0 };
    return await client.deleteMany(input, options).report;
  };
  const lost = new TypeError("fetch failed", { cause: new Error("a later failure") });
  const quota = await report(async (emulator, call, next) => {
    if (call === 2) {
      await setTimeout(100);
      throw lost;
    }
    emulator.inject({ fault: "error", status: 403, error: "AUTHORIZATION_ERROR:LIMIT_REACHED" });
    return next();
  });
  assert.deepEqual([quota.ended, quota.error?.name, quota.error?.cause], ["failed", "PermissionError", undefined]);

  const reason = new Error("the vault is sealed");
  for (const fails of [true, false]) {
    const unsigned = await report(
      async (_, __, next) => {
        await setTimeout(200);
        if (fails) throw lost;
        return next();
      },
      async (call) => {
        if (call === 1) return;
        // Until the first request has been sent.
        await setTimeout(50);
        throw reason;
      },
    );
    assert.deepEqual([unsigned.ended, unsigned.error?.code], ["unprepared", "SIGN_FAILED"]);
    assert.equal(/** @type {any} */ (unsigned.error?.cause)?.message, reason.message, `${unsigned.error?.cause}`);
  }
});

test("failures of requests that were in flight together count as one", async () => {
  const input = tokens(160);
  const emulator = createEmulator({ libraries: { [GROUP]: input } });
  const { apiKey, apiSecret } = emulator;
  emulator.inject({ fault: "htmlGatewayError", status: 404, apply: false, path: "delete", times: 16 });
  /** @type {(() => void)[]} */
  let waiting = [];
  let sent = 0;
  const fetch = async (/** @type {any} */ url, /** @type {any} */ init) => {
    sent += 1;
    // The first sixteen are answered eight at a time, so that none is sent after another is known to have failed.
    if (sent <= 16)
      await new Promise((resolve) => {
        waiting.push(() => resolve(undefined));
        if (waiting.length < 8) return;
        for (const release of waiting) release();
        waiting = [];
      });
    return emulator.fetch(url, init);
  };
  const client = new FaceSearchClient({ apiKey, apiSecret, fetch });
  const options = { groupId: GROUP, batchSize: 10, concurrency: { min: 8, max: 8 } };
  const report = await client.deleteMany(input, options).report;
  assertTrue(report, emulator);
  assert.deepEqual([report.ended, report.counts.deleted], ["complete", 160]);
});

test("a run whose server is down ends after few requests, not after one for each batch", async (t) => {
  const input = tokens(2000);
  const { client, emulator } = await served(t, { faces: input });
  emulator.inject({ fault: "htmlGatewayError", status: 502, body: "empty", apply: false, path: "delete", ...ALWAYS });
  const report = await client.deleteMany(input, { groupId: GROUP, batchSize: 10 }).report;
  assertTrue(report, emulator);
  assert.deepEqual([report.ended, report.error?.code], ["failed", "HTTP_502"]);
  assert.ok(report.requests <= 5 * 8, `${report.requests} requests`);
});
