// @ts-check
// The evidence rules: which responses prove an outcome, and which only look as if they did. Every rule is checked with a client
// that signs and with one behind a proxy, since the proxy passes on what it found.

import assert from "node:assert/strict";
import { test } from "node:test";
import { warmUp } from "../support/cases.mjs";
import { tokens } from "../support/faults.mjs";
import { assertNoSecrets, FaceSearchClient, MemoryJournal } from "../support/package.mjs";
import { judged } from "../support/reports.mjs";
import { GROUP, proxied, rejection, served } from "../support/served.mjs";

/** The two ways to the server. */
const WAYS = { "with a secret": served, "through a proxy": proxied };

/** All of it is in the library of {@link served}. */
const PRESENT = { groupId: GROUP, faceTokens: ["a1", "b2"] };
/** The second token is not. */
const MIXED = { groupId: GROUP, faceTokens: ["a1", "zz"] };

const ALWAYS = { path: "delete", times: Number.POSITIVE_INFINITY };

/** @param {Iterable<{ outcome: string }> | undefined} outcomes */
const words = (outcomes) => [...(outcomes ?? [])].map(({ outcome }) => outcome);

/** How a report sums itself up. @param {any} report */
const flags = ({ complete, allGone }) => ({ complete, allGone });

/** What the rules say of an outcome. @param {any} entry */
const evidence = ({ outcome, reason, retryable }) => ({ outcome, reason, retryable });

/**
 * A response that the rules do not accept: one attempt leaves every token uncertain, and a retry cannot claim more than that the
 * tokens are gone.
 *
 * @param {import("node:test").TestContext} t
 * @param {any} rule
 * @param {string} [code]
 */
async function assertUnproven(t, rule, code) {
  const checks = Object.entries(WAYS).map(async ([way, make]) => {
    const what = `${JSON.stringify(rule)} ${way}`;
    const once = await make(t);
    await warmUp(once);
    once.emulator.inject({ ...rule, path: "delete" });
    const error = await rejection(once.client.deleteFaces(MIXED, { maxRetries: 0 }));
    assert.deepEqual([error.delivery, words(error.outcomes)], ["maybe-applied", ["unknown", "unknown"]], what);
    assert.deepEqual(
      error.outcomes.map((/** @type {any} */ { retryable }) => retryable),
      [true, true],
      what,
    );
    if (code !== undefined) assert.deepEqual([error.name, error.code], ["ProtocolError", code], what);
    const again = await make(t);
    await warmUp(again);
    again.emulator.inject({ ...rule, path: "delete" });
    const { outcomes, attempts } = await again.client.deleteFaces(MIXED);
    assert.equal(attempts, 2, what);
    assert.equal(outcomes[1]?.outcome, "absent-after-uncertain", what);
    assert.deepEqual(again.emulator.audit({ groupId: GROUP, outcomes }), [], what);
  });
  await Promise.all(checks);
}

/**
 * Checks several at a time, since most of the time goes into waiting for the next attempt.
 *
 * @template T
 * @param {T[]} cases
 * @param {(item: T) => Promise<void>} check
 */
const forEach = (cases, check) => Promise.all(cases.map(check));

for (const [way, make] of Object.entries(WAYS)) {
  for (const as of /** @type {const} */ (["missing", "null"])) {
    test(`${way}: a success whose failure_detail is ${as} is a full success if all were removed`, async (t) => {
      const { client, emulator } = await make(t);
      emulator.inject({ fault: "reshape", fields: ["failure_detail"], as, ...ALWAYS });
      const { outcomes, failureDetail, faceRemoved, attempts } = await client.deleteFaces(PRESENT);
      assert.deepEqual([words(outcomes), failureDetail, faceRemoved, attempts], [["deleted", "deleted"], [], 2, 1]);
      assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes }), []);
    });

    test(`${way}: a server whose failure_detail is ${as} needs no more requests`, async (t) => {
      const input = tokens(3000);
      const { client, emulator } = await make(t, { faces: input });
      emulator.inject({ fault: "reshape", fields: ["failure_detail"], as, ...ALWAYS });
      const report = await client.deleteMany(input, { groupId: GROUP, batchSize: 100 }).report;
      judged(report, emulator);
      assert.deepEqual([report.ended, report.requests, report.counts.deleted], ["complete", 30, 3000]);
    });
  }

  test(`${way}: fields that no claim depends on have no influence on an outcome`, async (t) => {
    const fields = ["time_used", "request_id", "face_count", "error", "error_message"];
    /** @type {any[]} */
    const rules = [
      ...fields.flatMap((field) => ["missing", "null", "empty"].map((as) => ({ as, fields: [field] }))),
      { as: "missing", fields: ["time_used", "request_id", "face_count"] },
      { as: "null", fields },
      { as: "empty", fields },
      { as: "text", fields: ["time_used", "face_count", "face_removed"] },
      { as: "fraction", fields: ["time_used"] },
      { set: { time_used: -1, face_count: "many", request_id: 7 } },
      { set: { time_used: { ms: 7 }, face_count: [], request_id: ["x"] } },
      { set: { time_used: 1e300, face_count: 2 ** 60, request_id: "x".repeat(100_000) } },
      { set: { trace: { deep: [[[{}]]] }, removed: 0, errors: ["none"], Error: "x", constructor: 1, "": 0 } },
    ];
    for (const rule of rules) {
      const what = JSON.stringify(rule).slice(0, 200);
      const { client, emulator } = await make(t);
      emulator.inject({ fault: "reshape", ...rule, ...ALWAYS });
      const result = await client.deleteFaces(MIXED);
      assert.deepEqual([words(result.outcomes), result.attempts], [["deleted", "absent"], 1], what);
      assert.ok(result.timeUsed === undefined || typeof result.timeUsed === "number", what);
      assert.ok(result.faceCount === undefined || typeof result.faceCount === "number", what);
      assert.ok(result.requestId === undefined || typeof result.requestId === "string", what);
      const report = await client.deleteMany(["b2", "yy"], { groupId: GROUP }).report;
      assert.deepEqual([report.counts.deleted, report.counts.absent, report.requests], [1, 1, 1], what);
      assert.deepEqual(flags(report), { complete: true, allGone: true }, what);
    }
  });

  test(`${way}: a result has no value for what the server did not say`, async (t) => {
    for (const as of /** @type {const} */ (["missing", "null"])) {
      const { client, emulator } = await make(t);
      emulator.inject({ fault: "reshape", as, ...ALWAYS });
      const { timeUsed, requestId, faceCount, faceRemoved } = await client.deleteFaces(MIXED);
      assert.deepEqual([timeUsed, requestId, faceCount, faceRemoved], [undefined, undefined, undefined, 1]);
      const report = await client.deleteMany(["b2"], { groupId: GROUP }).report;
      assert.equal(report.faceCount, undefined);
      emulator.clearFaults();
      emulator.inject({ fault: "reshape", as, fields: ["time_used", "request_id"] });
      const count = await client.getFaceCount({ groupId: GROUP });
      assert.deepEqual([count.timeUsed, count.requestId, count.faceCount], [undefined, undefined, 1]);
    }
    const { client, emulator } = await make(t);
    emulator.inject({ fault: "reshape", as: "text", fields: ["face_count", "face_removed"], times: 2 });
    const { faceCount, faceRemoved } = await client.deleteFaces(MIXED);
    assert.deepEqual([faceCount, faceRemoved], [2, 1]);
    assert.equal((await client.getFaceCount({ groupId: GROUP })).faceCount, 2);
  });

  test(`${way}: a success of getFaceCount without the count is an error`, async (t) => {
    for (const as of /** @type {const} */ (["missing", "null", "empty", "fraction"])) {
      const { client, emulator } = await make(t);
      emulator.inject({ fault: "reshape", as, fields: ["face_count"], times: 20 });
      assert.equal((await rejection(client.getFaceCount({ groupId: GROUP }))).name, "ProtocolError", as);
    }
  });

  test(`${way}: a run in which every response is a replay ends with REPLAYED_RESPONSE`, async (t) => {
    const input = tokens(40);
    const { client, emulator } = await make(t, { faces: input });
    emulator.inject({ fault: "replay", apply: false, ...ALWAYS });
    const run = client.deleteMany(input, { groupId: GROUP, batchSize: 10, concurrency: 1, maxRetries: 5 });
    const report = await run.report;
    judged(report, emulator);
    assert.deepEqual([report.counts.deleted, emulator.faces(GROUP).length, report.ended], [10, 30, "failed"]);
    assert.deepEqual([report.error?.name, report.error?.code], ["ProtocolError", "REPLAYED_RESPONSE"]);
    assert.match(report.error?.message ?? "", /cache/i);
    assert.match(report.error?.message ?? "", /test double/i);
    assert.equal(report.requests, 4);
    // The first of the replays may be retried before or after another batch is sent.
    assert.equal(report.counts["not-sent"] + report.counts.unknown, 30);
  });

  test(`${way}: replays are no proof, whether or not the server acts`, async (t) => {
    for (const apply of [true, false]) {
      for (const times of [1, 2]) {
        const input = tokens(40);
        const { client, emulator } = await make(t, { faces: input });
        emulator.inject({ fault: "replay", apply, path: "delete", times });
        const report = await client.deleteMany(input, { groupId: GROUP, batchSize: 10, concurrency: 1 }).report;
        judged(report, emulator);
        assert.deepEqual([report.ended, report.requests], ["complete", 4 + times]);
        assert.deepEqual(flags(report), { complete: true, allGone: true });
        const gone = report.counts["absent-after-uncertain"];
        // Each replay is of the batch that waits for its retry, or of another.
        assert.ok(apply ? gone >= 10 && gone <= 10 * times : gone === 0, `${gone}`);
      }
    }
  });

  test(`${way}: only replays in a row end a run`, async (t) => {
    const input = tokens(80);
    const { client, emulator } = await make(t, { faces: input });
    for (const skip of [0, 1, 2]) emulator.inject({ fault: "replay", path: "delete", times: 2, skip });
    const report = await client.deleteMany(input, { groupId: GROUP, batchSize: 10, concurrency: 1 }).report;
    judged(report, emulator);
    assert.deepEqual([report.ended, report.requests], ["complete", 8 + 6]);
    assert.deepEqual(flags(report), { complete: true, allGone: true });
  });

  test(`${way}: three replays in a row end a call`, async (t) => {
    const { client, emulator } = await make(t);
    await warmUp({ client, emulator });
    emulator.inject({ fault: "replay", ...ALWAYS });
    const error = await rejection(client.deleteFaces(PRESENT, { maxRetries: 9 }));
    assert.deepEqual([error.name, error.code, error.attempts], ["ProtocolError", "REPLAYED_RESPONSE", 3]);
    assert.deepEqual([error.delivery, words(error.outcomes)], ["maybe-applied", ["unknown", "unknown"]]);
    assert.match(error.message, /cache/i);
    assert.match(error.message, /test double/i);
    assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes: error.outcomes }), []);
  });

  test(`${way}: an id of another form may come again`, async (t) => {
    for (const id of ["request-1", "7", "1769740387,not-a-uuid", "ba578f31-c5e9-4048-8290-2627686f97fe"]) {
      const input = tokens(40);
      const { client, emulator } = await make(t, { faces: input });
      emulator.inject({ fault: "reshape", set: { request_id: id }, ...ALWAYS });
      const report = await client.deleteMany(input, { groupId: GROUP, batchSize: 10 }).report;
      judged(report, emulator);
      assert.deepEqual([report.counts.deleted, report.requests], [40, 4], id);
    }
  });

  test(`${way}: a rejection that is a replay does not prove that nothing was done`, async (t) => {
    const { client, emulator } = await make(t);
    emulator.inject({ fault: "error", status: 400, error: "BAD_ARGUMENTS:group_id" });
    await rejection(client.deleteFaces(PRESENT, { maxRetries: 0 }));
    emulator.beginAudit();
    emulator.inject({ fault: "replay", path: "delete" });
    const settled = await client.deleteFaces(PRESENT, { maxRetries: 0 }).catch((error) => error);
    assert.deepEqual(words(settled.outcomes), ["unknown", "unknown"]);
    assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes: settled.outcomes }), []);
  });

  test(`${way}: a response with an Age of more than 0 proves nothing, an Age of 0 is fresh`, async (t) => {
    const { client, emulator } = await make(t);
    emulator.inject({ fault: "changeHead", headers: { age: "0" } });
    assert.deepEqual(words((await client.deleteFaces(MIXED)).outcomes), ["deleted", "absent"]);
    for (const error of ["INVALID_OUTER_ID", "INVALID_FACE_TOKENS_SIZE", "AUTHORIZATION_ERROR:LIMIT_REACHED"]) {
      emulator.inject({ fault: "error", status: 400, error, headers: { age: "30" } });
      const failed = await rejection(client.deleteFaces(PRESENT, { maxRetries: 0 }));
      assert.deepEqual([failed.delivery, words(failed.outcomes)], ["maybe-applied", ["unknown", "unknown"]], error);
    }
  });

  test(`${way}: a batch that is rejected for one token may have been applied in part`, async (t) => {
    for (const acts of /** @type {const} */ (["nothing", "before", "others"])) {
      for (const error of ["INVALID_FACE_TOKEN", "BAD_ARGUMENTS:face_tokens"]) {
        const what = `${acts} ${error}`;
        const badTokens = { tokens: ["zz"], acts, error };
        const { client, emulator } = await make(t, { emulation: { badTokens } });
        const failed = await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: ["a1", "zz", "b2"] }));
        const [code] = error.split(":");
        assert.deepEqual([failed.name, failed.code, failed.delivery], ["BadRequestError", code, "maybe-applied"], what);
        assert.deepEqual(
          failed.outcomes.map((/** @type {any} */ { outcome, retryable }) => [outcome, retryable]),
          Array(3).fill(["unknown", true]),
          what,
        );
        assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes: failed.outcomes }), [], what);
      }
    }
  });

  test(`${way}: a run isolates bad tokens, and claims nothing false of the others`, async (t) => {
    for (const acts of /** @type {const} */ (["nothing", "before", "others"])) {
      for (const bad of [[0], [39], [7, 8, 31]]) {
        for (const [batchSize, concurrency] of /** @type {[number, number][]} */ ([
          [40, 1],
          [8, 4],
        ])) {
          const what = `${acts} ${bad} ${batchSize}`;
          const input = tokens(40);
          const isBad = (/** @type {number} */ index) => bad.includes(index);
          const badTokens = { tokens: input.filter((_, index) => isBad(index)), acts };
          // One of the good tokens is not in the library.
          const faces = input.filter((_, index) => index !== 20);
          const { client, emulator } = await make(t, { faces, emulation: { badTokens } });
          const report = await client.deleteMany(input, { groupId: GROUP, batchSize, concurrency }).report;
          const outcomes = judged(report, emulator);
          const settled = { outcome: "unknown", reason: "INVALID_FACE_TOKEN", retryable: false };
          for (const entry of outcomes.filter(({ index }) => isBad(index)))
            assert.deepEqual(evidence(entry), settled, what);
          const good = outcomes.filter(({ index }) => !isBad(index));
          for (const { index, outcome } of good) {
            const gone =
              acts === "nothing" && index !== 20 ? ["deleted"] : ["deleted", "absent", "absent-after-uncertain"];
            assert.ok(gone.includes(outcome), `${what}: ${index} is ${outcome}`);
          }
          assert.equal(report.ended, "complete", what);
          assert.deepEqual(flags(report), { complete: true, allGone: false }, what);
          assert.deepEqual(new Set(emulator.faces(GROUP)), new Set(badTokens.tokens), what);
        }
      }
    }
  });

  test(`${way}: a lone rejection proves that nothing was done if nothing was uncertain before`, async (t) => {
    const { client, emulator } = await make(t, { emulation: { badTokens: { tokens: ["a1"] } } });
    const error = await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: ["a1"] }));
    assert.deepEqual([error.code, error.delivery], ["INVALID_FACE_TOKEN", "rejected"]);
    assert.deepEqual([error.outcomes[0].outcome, error.outcomes[0].retryable], ["failed", false]);
    const report = await client.deleteMany(["a1"], { groupId: GROUP }).report;
    const [lone] = judged(report, emulator);
    assert.deepEqual(evidence(lone), { outcome: "failed", reason: "INVALID_FACE_TOKEN", retryable: false });
    assert.deepEqual(flags(report), { complete: true, allGone: false });
  });

  test(`${way}: a lone rejection after an uncertain attempt is unknown, and nothing can settle it`, async (t) => {
    const { client, emulator } = await make(t);
    emulator.inject({ fault: "htmlGatewayError", path: "delete" });
    emulator.inject({ fault: "error", status: 400, error: "INVALID_FACE_TOKEN", path: "delete" });
    const error = await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: ["a1"] }));
    const settled = { outcome: "unknown", reason: "INVALID_FACE_TOKEN", retryable: false };
    assert.deepEqual(evidence(error.outcomes[0]), settled);
    assert.equal(error.delivery, "maybe-applied");
    assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes: error.outcomes }), []);
  });

  test(`${way}: a token with another reason failed, and another run may settle it`, async (t) => {
    for (const reason of ["INVALID_FACE_TOKEN", "FACE_LOCKED", "INTERNAL_ERROR", "SOMETHING_NEW"]) {
      const { client, emulator } = await make(t);
      const refusal = { fault: /** @type {const} */ ("partial"), reasons: { a1: reason }, path: "delete" };
      emulator.inject(refusal);
      const { outcomes, failureDetail, attempts } = await client.deleteFaces(MIXED);
      assert.deepEqual(evidence(outcomes[0]), { outcome: "failed", reason, retryable: true });
      assert.equal(outcomes[1]?.outcome, "absent");
      assert.deepEqual([failureDetail[0], attempts], [{ faceToken: "a1", reason }, 1]);
      emulator.beginAudit();
      emulator.inject(refusal);
      const report = await client.deleteMany(["a1", "b2", "a1"], { groupId: GROUP }).report;
      const [first, second] = judged(report, emulator);
      assert.deepEqual(evidence(first), { outcome: "failed", reason, retryable: true });
      assert.deepEqual([second.outcome, report.requests, report.retries], ["deleted", 1, 0]);
      assert.deepEqual(flags(report), { complete: false, allGone: false });
      const settled = await report.retryUnresolved().report;
      assert.equal(judged(settled, emulator)[0].outcome, "deleted");
      assert.deepEqual(flags(settled), { complete: true, allGone: true });
      assert.equal(settled.requests, 2);
    }
  });

  test(`${way}: resuming a run sends a token again that failed with another reason`, async (t) => {
    const { client, emulator } = await make(t);
    emulator.inject({ fault: "partial", reasons: { a1: "INVALID_FACE_TOKEN" }, path: "delete" });
    const journal = new MemoryJournal();
    const input = ["a1", "b2"];
    await client.deleteMany(input, { groupId: GROUP, journal }).report;
    const report = await client.resume(input, { groupId: GROUP, journal }).report;
    assert.deepEqual(words(judged(report, emulator)), ["deleted", "deleted"]);
  });

  test(`${way}: resuming a run knows the ids of the responses that its journal holds`, async (t) => {
    const input = tokens(40);
    const { client, emulator, ...rest } = await make(t, { faces: input });
    const journal = new MemoryJournal();
    const options = { groupId: GROUP, journal, batchSize: 10, concurrency: 1 };
    const run = client.deleteMany(input, options);
    for await (const _ of run) run.stop();
    const left = emulator.faces(GROUP).length;
    assert.ok([20, 30].includes((await run.report).counts["not-sent"]));
    emulator.inject({ fault: "replay", apply: false, path: "delete" });
    const other = "url" in rest ? new FaceSearchClient({ proxyUrl: rest.url }) : signing(emulator, rest.server.baseUrl);
    const report = await other.resume(input, { ...options, maxRetries: 0 }).report;
    judged(report, emulator);
    assert.deepEqual([report.counts.unknown, report.counts.deleted], [10, 40 - 10]);
    assert.ok(emulator.faces(GROUP).length === 10 && left > 10);
  });

  test(`${way}: complete and allGone say what they are named for`, async (t) => {
    const flagsOf = async (
      /** @type {string[]} */ input,
      /** @type {any} */ rule,
      /** @type {object} */ options = {},
    ) => {
      const { client, emulator } = await make(t);
      if (rule !== undefined) emulator.inject({ path: "delete", ...rule });
      const report = await client.deleteMany(input, { groupId: GROUP, concurrency: 1, ...options }).report;
      judged(report, emulator);
      return Object.values(flags(report));
    };
    assert.deepEqual(await flagsOf(["a1", "zz", "a1"], undefined), [true, true]);
    assert.deepEqual(await flagsOf(["a1"], { fault: "applyThenDrop" }), [true, true]);
    assert.deepEqual(await flagsOf(["a1", "no token"], undefined), [true, false]);
    assert.deepEqual(await flagsOf(["no token"], undefined), [true, false]);
    assert.deepEqual(await flagsOf(["a1", "a1"], { fault: "applyThenDrop" }, { maxRetries: 0 }), [false, false]);
    assert.deepEqual(await flagsOf(["a1", "a1"], { fault: "partial" }), [false, false]);
    const invalid = { fault: "error", status: 400, error: "INVALID_FACE_TOKEN" };
    assert.deepEqual(await flagsOf(["a1"], invalid), [true, false]);
    const quota = { fault: "error", status: 403, error: "AUTHORIZATION_ERROR:LIMIT_REACHED" };
    assert.deepEqual(await flagsOf(["a1", "b2", "c3"], quota, { batchSize: 1 }), [false, false]);
  });
}

test("a success without failure_detail proves nothing if fewer were removed than sent", async (t) => {
  for (const as of /** @type {const} */ (["missing", "null"]))
    await assertUnproven(t, { fault: "reshape", fields: ["failure_detail"], as });
});

test("a success whose failures are of another form proves nothing", async (t) => {
  const failure = (/** @type {unknown} */ token) => ({ face_token: token, reason: "FACE_NOT_IN_GROUP" });
  const sets = [
    { failure_detail: 7 },
    { failure_detail: "zz" },
    { failure_detail: [{}], face_removed: 1 },
    { failure_detail: [failure("other")], face_removed: 1 },
    { failure_detail: [failure("zz"), failure("zz")], face_removed: 0 },
    { failure_detail: [failure(7)], face_removed: 1 },
    { failure_detail: [failure("zz"), failure("a1")], face_removed: 1 },
  ];
  await forEach(sets, (set) => assertUnproven(t, { fault: "reshape", set }));
});

test("a success whose number of removed faces is none proves nothing", async (t) => {
  const values = ["01", "+1", "1.0", "1e0", " 1", "1 ", "", "one", null, true, [1], {}, -1, 0.5, 2, 1e300];
  await forEach(values, (removed) => assertUnproven(t, { fault: "reshape", set: { face_removed: removed } }));
  await assertUnproven(t, { fault: "reshape", as: "missing", fields: ["face_removed"] });
});

test("a success with an error, or about another library, proves nothing", async (t) => {
  for (const set of [{ error: 7 }, { error: "SOMETHING_NEW" }, { error_message: {} }, { error: [] }]) {
    const { client, emulator } = await served(t);
    emulator.inject({ fault: "reshape", set, path: "delete" });
    const error = await rejection(client.deleteFaces(MIXED, { maxRetries: 0 }));
    assert.deepEqual([error.delivery, words(error.outcomes)], ["maybe-applied", ["unknown", "unknown"]]);
  }
  const { client, emulator } = await served(t);
  emulator.inject({ fault: "reshape", set: { group_id: "other" }, path: "delete" });
  const error = await rejection(client.deleteFaces(MIXED, { maxRetries: 0 }));
  assert.deepEqual([error.code, words(error.outcomes)], ["WRONG_GROUP", ["unknown", "unknown"]]);
});

test("a 2xx status other than 200 proves nothing", async (t) => {
  const statuses = [201, 202, 203, 206, 207, 226, 299];
  await forEach(statuses, (status) => assertUnproven(t, { fault: "changeHead", status }, "UNEXPECTED_STATUS"));
  await assertUnproven(t, { fault: "changeHead", status: 204 });
});

test("a success under the status of a failure proves nothing", async (t) => {
  await forEach([400, 404, 409, 500, 502, 503], (status) => assertUnproven(t, { fault: "changeHead", status }));
});

test("a replay proves nothing, with an Age or without one", async (t) => {
  for (const apply of [true, false]) {
    await assertUnproven(t, { fault: "replay", apply }, "REPLAYED_RESPONSE");
    await assertUnproven(t, { fault: "replay", apply, age: 1 });
  }
  for (const age of ["1", "3600", "99999999999999999999"])
    await assertUnproven(t, { fault: "changeHead", headers: { age } });
});

test("an attempt whose response is a replay is reported as one", async (t) => {
  /** @type {any[]} */
  const events = [];
  const hooks = { onAttempt: (/** @type {any} */ event) => events.push(event) };
  const { client, emulator } = await served(t, { options: { hooks } });
  await warmUp({ client, emulator });
  emulator.inject({ fault: "replay", path: "delete" });
  await client.deleteFaces(PRESENT);
  assert.deepEqual(
    events.map(({ error }) => error),
    [undefined, "REPLAYED_RESPONSE", undefined],
  );
});

test("a run recognises the response of a call, and a call that of a run", async (t) => {
  const { client, emulator } = await served(t, { faces: ["a1", "b2", "c3", "d4"] });
  await client.deleteFaces({ groupId: GROUP, faceTokens: ["a1"] });
  emulator.beginAudit();
  emulator.inject({ fault: "replay", apply: false, path: "delete" });
  const report = await client.deleteMany(["b2"], { groupId: GROUP, maxRetries: 0 }).report;
  assert.deepEqual(words(judged(report, emulator)), ["unknown"]);
  await client.deleteMany(["c3"], { groupId: GROUP }).report;
  emulator.inject({ fault: "replay", apply: false, path: "delete" });
  const error = await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: ["d4"] }, { maxRetries: 0 }));
  assert.deepEqual([error.code, words(error.outcomes)], ["REPLAYED_RESPONSE", ["unknown"]]);
});

/**
 * @param {import("../../pkg-template/emulator/index.js").Emulator} emulator
 * @param {string} baseUrl
 */
function signing({ apiKey, apiSecret }, baseUrl) {
  return new FaceSearchClient({ apiKey, apiSecret, baseUrl });
}

/** Tokens that are long enough to be looked for. */
const [HELD, MISSING, SECOND] = /** @type {[string, string, string]} */ (tokens(0x7f003).slice(0x7f000));

/**
 * Makes every kind of call, and gives what it says of itself (`shown`) and what it says of its tokens (`results`).
 *
 * @param {import("node:test").TestContext} t
 * @param {typeof served | typeof proxied} make
 * @param {any} rule
 */
async function callAll(t, make, rule) {
  /** @type {unknown[]} */
  const shown = [];
  /** @type {any[]} */
  const results = [];
  /** @type {string[]} */
  const signs = [];
  const note = (/** @type {unknown[]} */ ...args) => shown.push(args);
  const send = async (/** @type {any} */ url, /** @type {any} */ init) => {
    const request = new Request(url, init);
    if (/^multipart/.test(request.headers.get("content-type") ?? ""))
      signs.push(String((await request.formData()).get("sign")));
    return fetch(url, init);
  };
  const { client, emulator } = await make(t, {
    faces: [HELD, SECOND],
    options: {
      fetch: send,
      maxRetries: 1,
      hooks: { onAttempt: note },
      logger: { debug: note, info: note, warn: note, error: note },
    },
    ...(make === proxied && { proxy: { fetch: send, onError: note } }),
  });
  emulator.inject({ times: Number.POSITIVE_INFINITY, ...rule });
  await client.getFaceCount({ groupId: GROUP }).then(note, note);
  const request = { groupId: GROUP, faceTokens: [HELD, MISSING] };
  await client.deleteFaces(request).then(
    (result) => results.push(result),
    (error) => {
      note(error, error.cause);
      results.push(error.outcomes);
    },
  );
  const run = client.deleteMany([SECOND, MISSING], { groupId: GROUP, onProgress: note, countFaces: true });
  const report = await run.report;
  note(report, report.error, run);
  results.push([...report.outcomes()], [...report.csv()].join(""), [...report.jsonLines()].join(""));
  const { json, document } = await report.receipt();
  note(json, document);
  assert.ok(signs.length >= 3);
  return { shown, results, signs, emulator };
}

for (const [way, make] of Object.entries(WAYS)) {
  test(`${way}: a response that repeats the request shows nothing secret anywhere`, async (t) => {
    /** @type {any[]} */
    const rules = [];
    for (const of of ["body", "sign", "face_tokens"])
      for (const as of ["text", "base64", "base64url", "hex", "url"])
        for (const into of ["request_id", "reason", "fields", "error"]) rules.push({ fault: "echo", of, as, into });
    await forEach(rules, async (rule) => {
      const { shown, results, signs, emulator } = await callAll(t, make, rule);
      // A length limit must not leave the start of a signature behind.
      const parts = signs.flatMap((sign) => [sign, sign.slice(0, 16), sign.slice(8, 28)]);
      const secrets = [emulator.apiSecret, emulator.apiKey, ...parts];
      const what = JSON.stringify(rule);
      assert.doesNotThrow(() => assertNoSecrets(results, secrets), what);
      assert.doesNotThrow(() => assertNoSecrets(shown, [...secrets, HELD, MISSING, SECOND]), what);
    });
  });

  test(`${way}: reasons and ids are short, and have no control characters`, async (t) => {
    // Those of C0 and C1, and those that change the direction of text.
    const hostile = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;
    const texts = [
      "\u001b[31mred\u001b[0m",
      "a\rb\nc\td",
      "nul\0",
      "\u009b31m",
      "\u202egnp.exe",
      "\u2066x",
      "x".repeat(10_000),
    ];
    await forEach([...texts, "\u0007".repeat(9), "面".repeat(5000), "\ud800", ""], async (text) => {
      for (const rule of [
        { fault: "partial", reasons: { [HELD]: text, [SECOND]: text } },
        { fault: "reshape", set: { request_id: text } },
        { fault: "reshape", set: { request_id: `1769740387,${text}` } },
        { fault: "error", status: 400, error: `BAD_ARGUMENTS:${text}` },
        { fault: "error", status: 400, error: text },
      ]) {
        const { shown, results } = await callAll(t, make, rule);
        const what = `${rule.fault} ${JSON.stringify(text).slice(0, 40)}`;
        const [csv = "", lines = ""] = results.filter((value) => typeof value === "string");
        for (const said of textsOf([...shown, ...results.filter((value) => typeof value !== "string")])) {
          // A message is longer, and made of parts that are short.
          assert.ok(!/x{257}|面{257}/.test(said), `${what}: ${said.slice(0, 80)}`);
          // The lines of a stack are the engine's.
          if (!said.includes("\n    at "))
            assert.ok(!hostile.test(said), `${what}: ${JSON.stringify(said.slice(0, 80))}`);
        }
        for (const line of [...csv.split(/\r?\n/), ...lines.split("\n")]) assert.ok(!hostile.test(line), what);
        assert.ok(csv.length < 3000 && lines.length < 3000, what);
        if (rule.fault !== "partial") continue;
        const [{ failureDetail, outcomes }, [of]] = results;
        for (const { reason } of [failureDetail[0], outcomes[0], of])
          assert.ok(reason.length > 0 && reason.length <= 256, `${what}: ${JSON.stringify(reason)}`);
      }
    });
  });

  test(`${way}: a reason that cannot be shown becomes UNKNOWN_REASON`, async (t) => {
    /** @type {any[]} */
    const rules = ["", "\u0007\u0000"].map((reason) => ({ fault: "partial", reasons: { b2: reason } }));
    for (const of of ["body", "sign"])
      for (const as of ["text", "base64", "hex", "url"]) rules.push({ fault: "echo", of, as, into: "reason" });
    for (const rule of rules) {
      const { client, emulator } = await make(t);
      emulator.inject(rule);
      const { outcomes, failureDetail } = await client.deleteFaces(PRESENT);
      const what = JSON.stringify(rule);
      assert.deepEqual(evidence(outcomes[1]), { outcome: "failed", reason: "UNKNOWN_REASON", retryable: true }, what);
      assert.deepEqual(failureDetail, [{ faceToken: "b2", reason: "UNKNOWN_REASON" }], what);
    }
  });

  test(`${way}: a reason that is no text claims nothing of its token`, async (t) => {
    for (const reason of [7, null, ["FACE_NOT_IN_GROUP"], { code: "FACE_NOT_IN_GROUP" }]) {
      const { client, emulator } = await make(t, { faces: ["a1"] });
      emulator.inject({ fault: "reshape", set: { failure_detail: [{ face_token: "b2", reason }] } });
      const settled = await client.deleteFaces(PRESENT, { maxRetries: 0 }).catch((error) => error);
      assert.ok(!["deleted", "absent"].includes(settled.outcomes[1].outcome), JSON.stringify(reason));
      assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes: settled.outcomes }), []);
    }
  });
}

test("csv: no cell begins with a formula, nor with white space and then a formula", async (t) => {
  for (const start of ["", "\n", "\r", "\t", "\r\n\t", " "]) {
    for (const formula of ["=1+1", "+1", "-1", "@SUM(A1)"]) {
      const { client, emulator } = await served(t, { faces: ["a1", "=a1"] });
      emulator.inject({ fault: "partial", reasons: { a1: start + formula } });
      const report = await client.deleteMany(["a1", "=a1"], { groupId: GROUP }).report;
      const rows = cellsOf([...report.csv()].join(""));
      assert.equal(rows.length, 3);
      for (const cell of rows.flat())
        assert.ok(!/^[\n\r\t ]*[=+\-@]/.test(cell), JSON.stringify(start + formula + cell));
    }
  }
});

/**
 * All texts in plain data and in errors, names of properties included.
 *
 * @param {unknown} root
 * @returns {Generator<string>}
 */
function* textsOf(root, seen = new Set()) {
  if (typeof root === "string") yield root;
  if (typeof root !== "object" || root === null || seen.has(root)) return;
  seen.add(root);
  for (const name of Object.getOwnPropertyNames(root)) {
    yield name;
    yield* textsOf(Object.getOwnPropertyDescriptor(root, name)?.value, seen);
  }
}

/**
 * The cells of CSV as RFC 4180 has it.
 *
 * @param {string} csv
 */
function cellsOf(csv) {
  /** @type {string[][]} */
  const rows = [[]];
  for (const [, quoted, plain = "", end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    if (end === "" && quoted === undefined && plain === "") break;
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end !== ",") rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}
