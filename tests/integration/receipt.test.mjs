// @ts-check
// Receipts: what Rust builds is checked by other code, over Web Crypto; and what was changed is noticed.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { tokens } from "../support/faults.mjs";
import { MemoryJournal, proveOutcome, verifyLeaves, verifyReceipt } from "../support/package.mjs";
import { fc, runs } from "../support/properties.mjs";
import { GROUP, rejection, served } from "../support/served.mjs";

/** A list with everything in it. */
const INPUT = [...tokens(700), "zz", "two words", ...tokens(3), "=1+1"];

/** The outcome of each different token. @param {any} report */
function claims(report) {
  const sent = [...report.outcomes()].filter(({ outcome }) => outcome !== "duplicate" && outcome !== "invalid");
  return new Map(sent.map(({ token, outcome }) => [token, outcome]));
}

test("each token's outcome can be proven, with the receipt, a proof and the token alone", async (t) => {
  const { client, emulator } = await served(t, { faces: tokens(690), options: { maxRetries: 0 } });
  emulator.inject({ fault: "applyThenDrop", skip: 2 });
  const report = await client.deleteMany(INPUT, { groupId: GROUP, batchSize: 50 }).report;
  const { json, document, leaves } = await report.receipt();
  const expected = claims(report);
  assert.deepEqual(new Set(expected.values()), new Set(["deleted", "absent", "unknown"]));
  assert.equal(document.tree.leaves, expected.size);
  await verifyLeaves(json, leaves);
  for (const [token, outcome] of [...expected].filter((_, at) => at % 9 === 0 || at > 690)) {
    const proof = JSON.stringify(await proveOutcome(leaves, { token }));
    const said = await verifyReceipt(json, proof, { token });
    assert.deepEqual(said, { outcome, groupId: GROUP, runId: document.runId, endedAt: document.endedAt });
  }
  assert.equal(await proveOutcome(leaves, { token: "never-seen" }), undefined);
  for (const token of expected.keys()) {
    assert.ok(!json.includes(token), "the receipt names no token");
    // Two letters are among so many random bytes now and then.
    if (token.length > 8) assert.ok(!Buffer.from(leaves).includes(token), "nor do the leaves");
  }
});

test("trees of all shapes are proven", async (t) => {
  const { client } = await served(t, { faces: [] });
  for (const size of [0, 1, 2, 3, 255, 256, 257, 600]) {
    const report = await client.deleteMany(tokens(size), { groupId: GROUP }).report;
    const { document, leaves } = await report.receipt();
    await verifyLeaves(document, leaves);
    for (const at of new Set([0, 1, size >> 1, size - 2, size - 1])) {
      const token = tokens(size)[at];
      if (token === undefined) continue;
      const proof = await proveOutcome(leaves, { token });
      assert.equal((await verifyReceipt(document, proof, { token })).outcome, "absent");
    }
  }
});

test("what was changed does not hold", async (t) => {
  const { client } = await served(t, { faces: ["a1"] });
  const report = await client.deleteMany(["a1", "b2", "c3", "d4", "e5"], { groupId: GROUP }).report;
  const { json, document, leaves } = await report.receipt();
  const proof = /** @type {any} */ (await proveOutcome(leaves, { token: "a1" }));
  const other = /** @type {any} */ (await proveOutcome(leaves, { token: "b2" }));
  const check = (/** @type {any} */ receipt, /** @type {any} */ given, token = "a1") =>
    verifyReceipt(receipt, given, { token });
  assert.equal((await check(json, proof)).outcome, "deleted");
  const code = async (/** @type {Promise<unknown>} */ promise) => (await rejection(promise)).code;
  for (const changed of [
    { ...proof, outcome: "absent" },
    { ...proof, index: proof.index + 1 },
    { ...proof, index: 5 },
    { ...proof, path: proof.path.slice(1) },
    { ...proof, path: [...proof.path, proof.path[0]] },
    { ...proof, path: [...proof.path].reverse() },
    { ...proof, path: "zz" },
    { ...proof, path: ["zz"] },
    { ...proof, salt: other.salt },
    { ...proof, salt: proof.salt.toUpperCase() },
    { ...proof, index: -1 },
    { ...proof, outcome: "erased" },
    other,
  ]) {
    assert.equal(await code(check(json, changed)), "PROOF_INVALID", JSON.stringify(changed));
  }
  assert.equal(await code(check(json, proof, "A1")), "PROOF_INVALID");
  const { json: anotherRun } = await report.receipt();
  assert.equal(await code(check(anotherRun, proof)), "PROOF_INVALID", "each receipt has a key of its own");
  assert.equal(await code(check(json, { ...proof, format: "x" })), "PROOF_UNREADABLE");
  assert.equal(await code(check(json, { ...proof, version: 2 })), "PROOF_NEWER");
  assert.equal(await code(check(json, undefined)), "PROOF_UNREADABLE");
  assert.equal(await code(check("{", proof)), "RECEIPT_UNREADABLE");
  assert.equal(await code(check(` ${json}`, proof)), "RECEIPT_UNREADABLE", "there is one way to write it");
  assert.equal(await code(check({ ...document, tree: {} }, proof)), "RECEIPT_UNREADABLE");
  assert.equal(await code(check({ ...document, version: 2 }, proof)), "RECEIPT_NEWER");
  assert.equal(await code(proveOutcome(leaves.subarray(1), { token: "a1" })), "LEAVES_UNREADABLE");
  assert.equal(await code(proveOutcome(leaves.subarray(0, -1), { token: "a1" })), "LEAVES_UNREADABLE");
  assert.equal(await code(verifyLeaves(anotherRun, leaves)), "LEAVES_OF_ANOTHER_RECEIPT");
  const damaged = leaves.slice();
  damaged[50] = /** @type {number} */ (damaged[50]) ^ 1;
  assert.equal(await code(verifyLeaves(json, damaged)), "LEAVES_OF_ANOTHER_RECEIPT");
});

test("whatever else the receipt says cannot be changed either, once a proof or the leaves are handed out", async (t) => {
  const { client } = await served(t, { faces: ["a1"] });
  const report = await client.deleteMany(["a1", "b2", "c3", "a1"], { groupId: GROUP, countFaces: true }).report;
  const { json, document, leaves } = await report.receipt();
  const proof = /** @type {any} */ (await proveOutcome(leaves, { token: "a1" }));
  const { counts } = document;
  const code = async (/** @type {Promise<unknown>} */ promise) => (await rejection(promise)).code;
  for (const changed of /** @type {any[]} */ ([
    { ...document, groupId: "visitors" },
    { ...document, endedAt: "2031-01-01T00:00:00Z" },
    { ...document, runId: "0".repeat(32) },
    { ...document, requestIds: [] },
    { ...document, faceCount: { before: 9, after: 0 } },
    { ...document, counts: { ...counts, deleted: 2, absent: 1 } },
    { ...document, counts: { ...counts, duplicate: 0 } },
    { ...document, list: { ...document.list, fingerprint: "00" } },
    { ...document, more: "said" },
  ])) {
    assert.equal(await code(verifyReceipt(changed, proof, { token: "a1" })), "PROOF_INVALID", JSON.stringify(changed));
    assert.equal(await code(verifyLeaves(changed, leaves)), "LEAVES_OF_ANOTHER_RECEIPT");
    // Nor by who makes a root that fits what was changed: the proof that was handed out is of the first.
    const { root, ...tree } = changed.tree;
    const rebound = { ...changed, tree: { ...tree, root: await boundRoot({ ...changed, tree }, proof, "a1") } };
    assert.equal(await code(verifyReceipt(rebound, proof, { token: "a1" })), "PROOF_INVALID");
  }
  assert.equal(
    await boundRoot(withoutRoot(document), proof, "a1"),
    document.tree.root,
    "as docs/receipt.md describes it",
  );
  for (const more of [{ deleted: 2 }, { failed: 1 }, { absent: undefined }]) {
    const changed = /** @type {any} */ ({ ...document, counts: { ...counts, ...more } });
    assert.equal(await code(verifyLeaves(changed, leaves)), "RECEIPT_UNREADABLE");
  }
  await verifyLeaves(json, leaves);
  // Under another key each token would seem not to have been in the list.
  const underAnother = leaves.slice();
  underAnother[12] = /** @type {number} */ (leaves[12]) ^ 1;
  assert.equal(await proveOutcome(underAnother, { token: "a1" }), undefined);
  assert.equal(await code(verifyLeaves(json, underAnother)), "LEAVES_OF_ANOTHER_RECEIPT");
});

/** @param {any} document */
function withoutRoot({ tree: { root, ...tree }, ...document }) {
  return { ...document, tree };
}

/**
 * The root over a document and the tree that a proof leads to, written anew from the description.
 *
 * @param {any} document
 * @param {any} proof for the first of three leaves, or for one of them
 * @param {string} token
 */
function boundRoot(document, proof, token) {
  const sha = (/** @type {(string | Buffer | number[])[]} */ ...parts) =>
    createHash("sha256")
      .update(Buffer.concat(parts.map((part) => Buffer.from(/** @type {any} */ (part)))))
      .digest();
  let hash = sha([0], Buffer.from(proof.salt, "hex"), [0], token);
  const path = proof.path.slice(0, -1).map((/** @type {string} */ text) => Buffer.from(text, "hex"));
  // Of three leaves the first two are a pair, and the third stands beside it.
  for (const [level, beside] of path.entries()) {
    const isRight = path.length === 1 || (level === 0 && proof.index === 1);
    hash = isRight ? sha([1], beside, hash) : sha([1], hash, beside);
  }
  return sha([1], sha([2], canonical(document)), hash).toString("hex");
}

test("it says what was asked, when, by which run, with which requests, and how many faces there were", async (t) => {
  const behind = 7200;
  const { client, emulator } = await served(t, {
    faces: tokens(100),
    options: { clock: { now: () => Date.now() - behind * 1000 } },
  });
  const plan = await client.plan(INPUT, { groupId: GROUP });
  const before = Math.floor(Date.now() / 1000);
  const report = await client.deleteMany(plan, { countFaces: true, batchSize: 100 }).report;
  const after = Math.ceil(Date.now() / 1000);
  const { json, document } = await report.receipt();
  assert.deepEqual(document.list, { fingerprint: plan.fingerprint, total: INPUT.length, distinct: 702 });
  assert.deepEqual(document.counts, report.counts);
  assert.deepEqual(document.faceCount, { before: 100, after: 0 });
  assert.match(String(document.runId), /^[0-9a-f]{32}$/);
  const answered = emulator.log.filter(({ api, status }) => api === "delete" && status === 200);
  assert.deepEqual([...document.requestIds].sort(), answered.map(({ requestId }) => requestId).sort());
  for (const instant of [document.startedAt, document.endedAt]) {
    assert.match(String(instant), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const seconds = Date.parse(String(instant)) / 1000;
    assert.ok(seconds >= before - 3 && seconds <= after + 3, `${instant} by the server's clock`);
  }
  assert.match(String(document.warnings), /clock is 72\d\d seconds behind/);
  assert.equal(json, canonical(document));
});

/** RFC 8785 for what receipts hold, written anew. @param {any} value @returns {string} */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

test("one receipt is about all processes that it took", async (t) => {
  const { client, emulator } = await served(t, { faces: tokens(300) });
  const options = { groupId: GROUP, batchSize: 20, concurrency: 1, journal: new MemoryJournal(), countFaces: true };
  /** @type {any} */
  let first;
  for (let process = 0; process < 3; process += 1) {
    const run = client.resume(tokens(300), { ...options, onProgress: () => run.stop() });
    const { document } = await (await run.report).receipt();
    first ??= document;
    assert.equal(document.runId, first.runId);
    assert.equal(document.startedAt, first.startedAt);
  }
  const report = await client.resume(tokens(300), options).report;
  const { document, leaves } = await report.receipt();
  assert.deepEqual(document.faceCount, { before: 300, after: 0 });
  const answered = emulator.log.filter(({ api, status }) => api === "delete" && status === 200);
  assert.deepEqual(
    document.requestIds,
    answered.map(({ requestId }) => requestId),
  );
  assert.equal(document.counts.deleted, 300);
  assert.equal(document.runId, first.runId);
  await verifyLeaves(document, leaves);
});

test("retrying what is left gives one receipt about both runs", async (t) => {
  const { client, emulator } = await served(t, { faces: tokens(60), options: { maxRetries: 0 } });
  emulator.inject({ fault: "applyThenDrop", path: "delete" });
  const first = await client.deleteMany(tokens(60), { groupId: GROUP, batchSize: 20, countFaces: true }).report;
  assert.equal(first.counts.unknown, 20);
  const report = await first.retryUnresolved().report;
  const { document, leaves } = await report.receipt();
  assert.equal(document.counts["absent-after-uncertain"], 20);
  assert.equal(document.requestIds.length, 3);
  assert.deepEqual(document.faceCount, { before: 60, after: 0 });
  for (const [token, outcome] of claims(report)) {
    assert.equal((await verifyReceipt(document, await proveOutcome(leaves, { token }), { token })).outcome, outcome);
  }
});

test("a library that cannot be counted is deleted from all the same", async (t) => {
  const { client, emulator } = await served(t, { faces: ["a1"] });
  emulator.inject({ fault: "error", path: "get_size", times: 9 });
  const report = await client.deleteMany(["a1"], { groupId: GROUP, countFaces: true }).report;
  assert.equal(report.counts.deleted, 1);
  assert.deepEqual((await report.receipt()).document.faceCount, { before: null, after: null });
  const uncounted = await client.deleteMany(["a1"], { groupId: GROUP }).report;
  assert.deepEqual((await uncounted.receipt()).document.faceCount, { before: null, after: null });
});

test("tables open in a spreadsheet as what they are", async (t) => {
  const { client } = await served(t, { faces: ["a1"] });
  const hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", 'say"so"', "a1", "two words", "a1"];
  const report = await client.deleteMany(hostile, { groupId: GROUP }).report;
  const [header, ...rows] = [...report.csv()].join("").split("\r\n");
  assert.equal(header, "index,line,token,outcome,reason,because,retryable,of,problem");
  assert.deepEqual(rows.slice(0, 9).sort(), [
    "0,,'=1+1,absent,FACE_NOT_IN_GROUP,,,,",
    "1,,'+1,absent,FACE_NOT_IN_GROUP,,,,",
    "2,,'-1,absent,FACE_NOT_IN_GROUP,,,,",
    "3,,'@SUM(A1),absent,FACE_NOT_IN_GROUP,,,,",
    "4,,'＝1,absent,FACE_NOT_IN_GROUP,,,,",
    '5,,"say""so""",absent,FACE_NOT_IN_GROUP,,,,',
    "6,,a1,deleted,,,,,",
    "7,,,invalid,,,,,must not contain white space",
    "8,,a1,duplicate,,,,6,",
  ]);
  const lines = [...report.jsonLines()].join("").trim().split("\n");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    [...report.outcomes()],
  );
});

test("no token can make a cell that begins like a formula, or breaks out of its cell", async (t) => {
  const { client } = await served(t, { faces: [] });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ minLength: 1, maxLength: 12 }), { maxLength: 20 }), async (input) => {
      const report = await client.deleteMany(input, { groupId: GROUP }).report;
      const rows = [...report.csv()].join("").split("\r\n").slice(1, -1);
      assert.equal(rows.length, input.length);
      for (const row of rows) {
        const cells = row.match(/("([^"]|"")*"|[^,"]*)(,|$)/g) ?? [];
        assert.equal(cells.filter((cell, at) => cell !== "" || at < 9).slice(0, 9).length, 9, row);
        for (const cell of cells) assert.doesNotMatch(cell.replace(/^"/, ""), /^[=+\-@\t\r]/);
      }
    }),
    { numRuns: runs(50) },
  );
});
