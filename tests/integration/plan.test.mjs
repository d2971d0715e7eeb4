// @ts-check
// Reading and planning: every kind of source, every format, every limit; and the run that follows, over real HTTP.

import assert from "node:assert/strict";
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { injectMix, nineInTen, tokens } from "../support/faults.mjs";
import { wasmMemory } from "../support/memory.mjs";
import { AbortError, FaceSearchClient, SafetyError, ValidationError } from "../support/package.mjs";
import { assertTrue } from "../support/reports.mjs";
import { GROUP, rejection, served } from "../support/served.mjs";

const offline = new FaceSearchClient({ apiKey: "k", apiSecret: "s", fetch: () => assert.fail("nothing is sent") });

const bytes = (/** @type {string} */ text) => new TextEncoder().encode(text);

/**
 * @param {any} source
 * @param {object} [options]
 */
const plan = (source, options) => offline.plan(source, { groupId: GROUP, ...options });

test("every kind of source gives the same plan", async (t) => {
  const text = "a1\nb2,a1\n\n# a comment\ntwo words é\n";
  const folder = mkdtempSync(join(tmpdir(), "finauth-facesearch-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "tokens.txt");
  writeFileSync(path, text);
  const handle = await open(path);
  t.after(() => handle.close());
  const data = bytes(text);
  const pieces = [data.subarray(0, 3), data.subarray(3, 34), data.subarray(34)];
  async function* later() {
    for (const piece of pieces) yield await setTimeout(1, piece);
  }
  /** @type {Record<string, any>} */
  const sources = {
    text,
    bytes: data,
    "an array buffer": data.buffer,
    "a view of another kind": new DataView(data.buffer),
    "a blob": new Blob([text]),
    "a file": new File([text], "tokens.txt"),
    "a web stream": new Blob([text]).stream(),
    "a stream of Node": createReadStream(path, { highWaterMark: 5 }),
    "a stream of Node that decodes": createReadStream(path, { highWaterMark: 5, encoding: "utf8" }),
    "a file's handle": handle.readableWebStream({ type: "bytes" }),
    "an iterable of bytes": pieces,
    "an async iterable of bytes": later(),
  };
  const expected = { total: 6, distinct: 5, duplicates: 1, invalid: 0, bytes: data.length };
  for (const [kind, source] of Object.entries(sources)) {
    const { counts, format, fingerprint } = await plan(source);
    assert.deepEqual([counts, format], [expected, "text"], kind);
    assert.equal(fingerprint, (await plan(text)).fingerprint, kind);
  }
});

test("the same tokens in each format, or as an iterable, give the same plan", async () => {
  const list = [...tokens(300), "é", "X".repeat(300), ...tokens(3)];
  const objects = list.map((token) => ({ id: 1, face_token: token }));
  async function* cursor() {
    yield* list;
  }
  /** @type {[string | undefined, any][]} */
  const sources = [
    ["text", list.join("\n")],
    ["text", list.join(", ")],
    ["csv", `\uFEFFid;Face Token\r\n${list.map((token) => `7;"${token}"`).join("\r\n")}`],
    ["json", JSON.stringify(list)],
    ["json", JSON.stringify(objects, undefined, 2)],
    ["json-lines", objects.map((object) => JSON.stringify(object)).join("\n")],
    [undefined, list],
    [undefined, new Set(list.slice(0, -3))],
    [undefined, cursor()],
  ];
  for (const [format, source] of sources) {
    const { counts, ...planned } = await plan(source);
    const isSet = source instanceof Set;
    assert.equal(planned.format, format);
    assert.deepEqual([counts.distinct, counts.invalid, counts.duplicates], [301, 1, isSet ? 0 : 3]);
    // What is invalid stands for itself in a file; in an iterable a huge one is not even copied.
    if (format !== undefined) assert.equal(planned.fingerprint, (await plan(list.join("\n"))).fingerprint);
  }
});

test("a plan says what will be deleted from where, and what will not", async () => {
  const planned = await plan("face_token,name\na1,x\nb 2,x\na1,y\n\nc3,z\n", { batchSize: 2 });
  assert.deepEqual(
    [planned.groupId, planned.requests, planned.confirmation, planned.format, planned.column],
    [GROUP, 1, "delete 2 from staff", "csv", "face_token"],
  );
  assert.match(planned.fingerprint, /^[0-9a-f]{32}$/);
  const problem = "must not contain white space";
  assert.deepEqual([...planned.invalid()], [{ index: 1, outcome: "invalid", line: 3, problem }]);
  assert.deepEqual([...planned.duplicates()], [{ token: "a1", index: 2, outcome: "duplicate", of: 0, line: 4 }]);
  assert.ok(!JSON.stringify(planned).includes("a1"));
});

test("what cannot be read is refused by name, with its line, and never guessed at", async () => {
  const utf16 = new Uint8Array(Uint16Array.from("\uFEFFa1\n", (character) => character.charCodeAt(0)).buffer);
  /** @type {[any, object, string, RegExp][]} */
  const cases = [
    [utf16, {}, "UTF_16", /UTF-16/],
    [bytes("PK\u0003\u0004"), {}, "NOT_TEXT", /spreadsheet/],
    ["<!DOCTYPE html>", { format: "csv" }, "MARKUP", /web page/],
    ["user,photo\nbob,1\nann,2", {}, "UNKNOWN_TABLE", /face_token/],
    ["user,photo\nbob,1\nann,2", { column: "faces" }, "NO_SUCH_COLUMN", /there are: user, photo/],
    ['["a1",\n"b2",]', {}, "MALFORMED_JSON", /line 2/],
    ['face_token,x\n"a1', {}, "UNENDED_QUOTE", /line 2/],
  ];
  for (const [source, options, code, message] of cases) {
    const error = await rejection(plan(source, options));
    assert.ok(error instanceof ValidationError);
    assert.deepEqual([error.code, error.path, error.delivery], [code, "source", "not-sent"]);
    assert.match(error.message, message);
  }
  assert.equal((await plan("user,photo\nbob,1\nann,2", { column: "photo" })).counts.distinct, 2);
  assert.equal((await plan("user,photo\nbob,1\nann,2", { column: 0 })).column, "user");
  assert.equal((await plan("a,b\nc,d", { format: "text" })).counts.distinct, 4);
});

test("limits are checked before anything is sent", async (t) => {
  const { client, emulator } = await served(t);
  for (const [limit, code, path] of /** @type {[object, string, string][]} */ ([
    [{ maxDelete: 2 }, "TOO_MANY", "maxDelete"],
    [{ expect: { count: 4 } }, "UNEXPECTED_COUNT", "expect.count"],
  ])) {
    const run = client.deleteMany(["a1", "b2", "c3", "a1"], { groupId: GROUP, ...limit });
    const error = await rejection(run.report);
    assert.ok(error instanceof SafetyError);
    assert.deepEqual([error.code, error.path, error.delivery], [code, path, "not-sent"]);
  }
  assert.equal(emulator.log.length, 0);
  const fitting = { groupId: GROUP, maxDelete: 3, expect: { count: 3 } };
  assert.equal((await client.deleteMany(["a1", "b2", "c3", "a1"], fitting).report).counts.deleted, 3);
});

test("a plan is run once", async (t) => {
  const { client, emulator } = await served(t);
  const planned = await client.plan("a1\nb2\n", { groupId: GROUP });
  assert.equal(emulator.log.length, 0);
  const report = await client.deleteMany(planned).report;
  assert.deepEqual([report.groupId, report.counts.deleted], [GROUP, 2]);
  assert.equal((await rejection(client.deleteMany(planned).report)).code, "PLAN_WAS_RUN");
  assertTrue(report, emulator, 2);
});

test("an abort is heard while a source is read, and lets the source go", async () => {
  const controller = new AbortController();
  let [pulled, let_go] = [0, false];
  const endless = new ReadableStream({
    pull(stream) {
      pulled += 1;
      stream.enqueue(bytes(`${tokens(100).join("\n")}\n`));
    },
    cancel() {
      let_go = true;
    },
  });
  const reason = new Error("enough");
  global.setTimeout(() => controller.abort(reason), 50);
  const error = await rejection(plan(endless, { signal: controller.signal }));
  assert.ok(error instanceof AbortError);
  assert.deepEqual([error.cause, error.delivery, let_go], [reason, "not-sent", true]);
  assert.ok(pulled > 1);
  // A cursor that never answers does not hold it up.
  const stuck = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
  const impatient = new AbortController();
  global.setTimeout(() => impatient.abort(), 20);
  assert.ok((await rejection(plan(stuck, { signal: impatient.signal }))) instanceof AbortError);
});

/** Gives nothing, for longer than anybody waits; but an end, so that this test has one. @param {unknown} nothing */
function* nothings(nothing) {
  for (const end = performance.now() + 2000; performance.now() < end; ) yield nothing;
}

const text = { readableEncoding: "utf8", readableObjectMode: false };

/** @param {Iterable<unknown>} items */
async function* later(items) {
  yield* items;
}

for (const [what, source] of /** @type {[string, () => unknown][]} */ ([
  ["an iterable", () => nothings(new Uint8Array(0))],
  ["an async iterable", () => later(nothings(new Uint8Array(0)))],
  ["a stream", () => /** @type {any} */ (ReadableStream).from(nothings(new Uint8Array(0)))],
  ["a stream of text", () => Object.assign(later(nothings("")), text)],
])) {
  test(`an abort is heard while ${what} gives nothing but empty pieces`, async () => {
    const error = await abortedSoon(source());
    assert.ok(error instanceof AbortError, `${error}`);
  });
}

test("an abort is heard while a stream of text does not answer, and lets it go", { timeout: 5000 }, async () => {
  let isClosed = false;
  const close = async () => {
    isClosed = true;
    return { done: true, value: undefined };
  };
  const stalled = new Readable({ read() {}, encoding: "utf8" });
  stalled.push("a1\nb2\n");
  for (const source of [
    stalled,
    { ...text, [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), return: close }) },
  ]) {
    assert.ok((await abortedSoon(source)) instanceof AbortError);
  }
  assert.ok(isClosed);
});

/** What a plan rejects with that is aborted while it is made. @param {unknown} source */
async function abortedSoon(source) {
  const controller = new AbortController();
  const abort = global.setTimeout(() => controller.abort(), 50);
  try {
    return await rejection(plan(source, { signal: controller.signal }));
  } finally {
    clearTimeout(abort);
  }
}

test("a stream is asked for a piece only when the one before is sorted out", async () => {
  let made = 0;
  const ahead = new Set();
  const stream = new ReadableStream(
    {
      pull(controller) {
        made += 1;
        if (made > 3000) return controller.close();
        controller.enqueue(bytes(`${made.toString(16).padStart(32, "0")}\n`.repeat(200)));
      },
    },
    { highWaterMark: 0 },
  );
  const onRead = (/** @type {any} */ { distinct }) => ahead.add(Math.min(made, 3000) - distinct);
  assert.equal((await plan(stream, { onRead })).counts.distinct, 3000);
  assert.deepEqual([...ahead], [0]);
});

test("progress is told while it is read", async () => {
  /** @type {import("../../pkg-template/index.js").ReadProgress[]} */
  const seen = [];
  const text = tokens(200_000).join("\n");
  const planned = await plan(text, { onRead: (/** @type {any} */ progress) => seen.push(progress) });
  assert.deepEqual(seen.at(-1), planned.counts);
  assert.ok(seen.every(({ distinct }, at) => at === 0 || distinct >= (seen[at - 1]?.distinct ?? 0)));
});

test("text may be cut anywhere, within a pair of surrogates too", async () => {
  const list = Array.from({ length: 30_000 }, (_, at) => `😀${at}`);
  const { counts } = await plan(list.join("\n"));
  assert.deepEqual([counts.distinct, counts.invalid], [30_000, 0]);
});

test("a million lines of a table are accounted for, under faults, and in bounded memory", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "finauth-facesearch-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "export.csv");
  const input = tokens(1_000_000);
  writeFileSync(path, `id,face_token,name\n${input.map((token, at) => `${at},${token},"Doe, J."`).join("\n")}\n`);
  const { client, emulator } = await served(t, { faces: nineInTen(input) });
  injectMix(emulator);
  await plan([]);
  const memory = wasmMemory();
  const run = client.deleteMany(createReadStream(path), { groupId: GROUP, timeout: 2000 });
  let seen = 0;
  for await (const { outcome } of run) seen += outcome === "invalid" ? 0 : 1;
  const report = await run.report;
  assert.deepEqual([seen, report.ended, report.counts.total], [1_000_000, "complete", 1_000_000]);
  assertTrue(report, emulator, 1_000_000);
  assert.ok(memory.buffer.byteLength < 48 << 20, `${memory.buffer.byteLength} bytes of wasm memory`);
});

test("a hundred plans and runs leave nothing behind", async (t) => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const { client, emulator } = await served(t);
  await plan([]);
  const memory = wasmMemory();
  const text = tokens(20_000).join("\n");
  let settled = 0;
  for (let round = 0; round < 100; round += 1) {
    await client.plan(text, { groupId: GROUP });
    const report = await client.deleteMany(tokens(2000), { groupId: GROUP }).report;
    assert.equal(report.counts.absent, 2000);
    emulator.beginAudit();
    // Finalisers run in tasks of their own.
    collect();
    await setTimeout(1);
    if (round === 20) settled = memory.buffer.byteLength;
  }
  // Half a megabyte for each plan, were it kept.
  const grown = memory.buffer.byteLength - settled;
  assert.ok(grown < 4 << 20, `${grown} bytes more than after 20 rounds`);
});

test("plan: takes the seed of its token hash from the runtime, and fails without randomness", async (t) => {
  const random = t.mock.method(crypto, "getRandomValues", () => {
    throw new Error("no entropy");
  });
  // Random bytes that were taken before are used up first: 4096 at most.
  const usedUp = async () => {
    for (let used = 0; used <= 4096 / 8; used += 1) await plan(["a1"]);
  };
  const error = await rejection(usedUp());
  assert.deepEqual([error.name, error.code], ["ConfigError", "NO_RANDOMNESS"]);
  random.mock.restore();
  assert.equal((await plan(["a1", "b2", "a1"])).counts.distinct, 2);
});
