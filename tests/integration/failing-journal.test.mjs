// @ts-check
// What becomes of a run whose journal does not do its part: over real HTTP, against the emulator's truth.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import { tokens } from "../support/faults.mjs";
import { FaceSearchClient, MemoryJournal } from "../support/package.mjs";
import { assertTrue } from "../support/reports.mjs";
import { GROUP, proxied, rejection, served } from "../support/served.mjs";

test("a disk that is full stops the run before the next request, with everything accounted for", async (t) => {
  const { client, emulator } = await served(t, { faces: tokens(200) });
  const memory = new MemoryJournal();
  let writes = 0;
  const journal = {
    open: () => memory.open(),
    append(/** @type {Uint8Array} */ bytes) {
      writes += 1;
      if (writes === 5) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      memory.append(bytes);
    },
    close: () => memory.close(),
  };
  const report = await client.deleteMany(tokens(200), { groupId: GROUP, batchSize: 10, concurrency: 1, journal })
    .report;
  assert.equal(report.ended, "unprepared");
  assert.equal(/** @type {any} */ (report.error)?.code, "JOURNAL_FAILED");
  assertTrue(report, emulator, 200);
  assert.ok(report.counts["not-sent"] >= 150, JSON.stringify(report.counts));
  const never = { open: () => new Uint8Array(), append: () => Promise.reject(new Error("read-only")) };
  const error = await rejection(client.deleteMany(tokens(2), { groupId: GROUP, journal: never }).report);
  assert.deepEqual([error.code, error.delivery], ["JOURNAL_FAILED", "not-sent"]);
});

/**
 * A journal whose disk is full at one write, of which a part gets through.
 *
 * @param {number} failing which write, from 1
 * @param {number} part how many of its bytes
 */
function fullAt(failing, part) {
  const memory = new MemoryJournal();
  let writes = 0;
  return {
    memory,
    open: () => memory.open(),
    append(/** @type {Uint8Array} */ bytes) {
      writes += 1;
      memory.append(writes === failing ? bytes.subarray(0, part) : bytes);
      if (writes === failing) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    },
    close: () => memory.close(),
  };
}

test("after a write that failed in the middle, trying again leaves a journal that is whole", async (t) => {
  for (const failing of [1, 2, 3, 4]) {
    for (const part of [0, 1, 9, 60, 1e6]) {
      const { client, emulator } = await served(t, { faces: tokens(40) });
      const journal = fullAt(failing, part);
      const options = { groupId: GROUP, batchSize: 10, concurrency: 1, journal };
      const list = [...tokens(40), "two words", ...tokens(1)];
      const first = await client.deleteMany(list, options).report.catch((error) => error);
      // Where nothing was sent there is no report to go on from: the journal is gone on with.
      const again = first.retryUnresolved?.() ?? client.resume(list, options);
      const second = await again.report;
      assert.deepEqual([second.complete, second.counts.failed], [true, 0], `${failing}, ${part}`);
      const sent = emulator.log.length;
      const third = await client.resume(list, options).report;
      assert.deepEqual(third.counts, second.counts);
      assert.equal(emulator.log.length, sent, "nothing was left");
      assertTrue(third, emulator, 42);
    }
  }
});

test("who cannot go on says what the process before may have done", async (t) => {
  const { emulator, client, server } = await served(t, { faces: ["a1", "b2"] });
  emulator.inject({ fault: "applyThenDrop", times: 1, path: "delete" });
  let text = "";
  const dying = {
    open: () => new Uint8Array(),
    append: (/** @type {Uint8Array} */ bytes) => {
      // Behind that line the process dies: nothing more is written.
      if (!text.includes("\nsend ")) text += new TextDecoder().decode(bytes);
    },
  };
  await client.deleteMany(["a1", "b2"], { groupId: GROUP, maxRetries: 0, journal: dying }).report;
  assert.deepEqual(emulator.faces(GROUP), []);
  const sign = () => {
    throw new Error("no key");
  };
  const other = new FaceSearchClient({ sign, baseUrl: server.baseUrl });
  const left = { open: () => new TextEncoder().encode(text), append: () => {} };
  const report = await other.resume(["a1", "b2"], { groupId: GROUP, journal: left }).report;
  assert.deepEqual([report.counts.unknown, report.error?.code], [2, "SIGN_FAILED"]);
  assert.equal(report.requests, 1, "that of the process before, of which nothing more could be written");
  assert.equal(report.error?.delivery, "maybe-applied");
  assertTrue(report, emulator, 2);
});

test("who cannot be told of an abort says what the process before may have done", async (t) => {
  const { emulator, client } = await served(t, { faces: ["a1"] });
  const journal = new MemoryJournal();
  emulator.inject({ fault: "applyThenDrop", times: 1, path: "delete" });
  await client.deleteMany(["a1"], { groupId: GROUP, maxRetries: 0, journal }).report;
  const signal = new AbortController().signal;
  t.mock.method(signal, "addEventListener", () => {
    throw new TypeError("no listeners here");
  });
  const report = await client.resume(["a1"], { groupId: GROUP, journal, signal }).report;
  assert.deepEqual([report.error?.code, report.error?.delivery], ["NO_TIMER", "maybe-applied"]);
  assertTrue(report, emulator, 1);
});

/** @param {string} silent what never answers, and from which time on @param {number} [after] */
function silentJournal(silent, after = 0) {
  const memory = new MemoryJournal();
  let asked = 0;
  const answers = (/** @type {string} */ what) => {
    if (what !== silent) return true;
    asked += 1;
    return asked <= after;
  };
  return {
    open: () => (answers("open") ? memory.open() : new Promise(() => {})),
    append: (/** @type {Uint8Array} */ bytes) => (answers("append") ? memory.append(bytes) : new Promise(() => {})),
    close: () => (answers("close") ? memory.close() : new Promise(() => {})),
  };
}

test("a journal that does not answer does not keep a run open", { timeout: 25_000 }, async (t) => {
  const { client } = await served(t, { faces: tokens(40) });
  const { client: other, emulator } = await served(t, { faces: tokens(10) });
  const run = (/** @type {number} */ from, /** @type {any} */ journal, by = client) =>
    by.deleteMany(tokens(40).slice(from, from + 10), {
      groupId: GROUP,
      batchSize: 5,
      concurrency: 1,
      timeout: 500,
      journal,
    }).report;
  const [unopened, unwritten, stuck, unclosed] = await Promise.all([
    rejection(run(0, silentJournal("open"))),
    rejection(run(10, silentJournal("append"))),
    run(0, silentJournal("append", 1), other),
    run(30, silentJournal("close")),
  ]);
  for (const error of [unopened, unwritten])
    assert.deepEqual([error.code, error.delivery], ["JOURNAL_FAILED", "not-sent"]);
  assert.match(unopened.cause.message, /did not answer within 10000 ms/);
  assert.deepEqual([stuck.ended, stuck.error?.code], ["unprepared", "JOURNAL_FAILED"]);
  assert.deepEqual([stuck.counts.deleted, stuck.counts["not-sent"]], [5, 5]);
  assertTrue(stuck, emulator, 10);
  assert.deepEqual([unclosed.complete, unclosed.counts.deleted], [true, 10]);
});

test("the query of a proxy's address, which may be a secret, is not written down", async (t) => {
  const { url } = await proxied(t);
  const journal = new MemoryJournal();
  const client = new FaceSearchClient({ proxyUrl: `${url}?key=s3cret` });
  const report = await client.deleteMany(["a1"], { groupId: GROUP, journal }).report;
  assert.equal(report.counts.deleted, 1);
  const [first = ""] = new TextDecoder().decode(journal.open()).split("\n");
  assert.ok(first.includes(` ${url} ~`), first);
});

test("what a journal writes too late does not stand behind what the next run writes", {
  timeout: 40_000,
}, async (t) => {
  const { client, emulator } = await served(t, { faces: tokens(10), options: { maxRetries: 0 } });
  emulator.inject({ fault: "error", status: 403, error: "AUTHORIZATION_ERROR:LIMIT_REACHED", path: "delete" });
  const memory = new MemoryJournal();
  /** @type {(() => void) | undefined} */
  let late;
  const journal = {
    open: () => memory.open(),
    close: () => memory.close(),
    append(/** @type {Uint8Array} */ bytes) {
      if (late !== undefined || !new TextDecoder().decode(bytes).includes("done")) return memory.append(bytes);
      return new Promise((resolve) => {
        late = () => resolve(memory.append(bytes));
      });
    },
  };
  const options = { groupId: GROUP, journal, timeout: 500 };
  const first = await client.deleteMany(tokens(10), options).report;
  assert.deepEqual([first.ended, first.counts.failed], ["failed", 10]);
  assert.match(first.warnings.join(), /The journal cannot be written/);
  const again = first.retryUnresolved();
  await setTimeout(50);
  assert.equal(emulator.log.length, 1, "nothing is sent before it is known what is written");
  late?.();
  const second = await again.report;
  assert.equal(second.counts.deleted, 10);
  const third = await client.resume(tokens(10), options).report;
  assert.deepEqual(third.counts, second.counts);
});

test("a server's reason that holds a token is not written down", async (t) => {
  const { client, emulator } = await served(t, { faces: ["t0ken"] });
  emulator.inject({ fault: "partial", count: 1, reason: "FACE_LOCKED:t0ken", path: "delete" });
  const journal = new MemoryJournal();
  const report = await client.deleteMany(["t0ken"], { groupId: GROUP, journal }).report;
  assert.match(JSON.stringify([...report.outcomes()]), /"reason":"FACE_LOCKED:t0ken"/);
  const text = new TextDecoder().decode(journal.open());
  assert.ok(text.includes("done 0 1 failed") && !text.includes("t0ken"), text);
});

test("a journal may hand the bytes that it is given on to somebody else", async (t) => {
  for (const failing of [0, 1]) {
    const { client, emulator } = await served(t, { faces: tokens(4) });
    const memory = new MemoryJournal();
    let writes = 0;
    const journal = {
      open: () => memory.open(),
      append(/** @type {Uint8Array<ArrayBuffer>} */ bytes) {
        const moved = structuredClone(bytes, { transfer: [bytes.buffer] });
        writes += 1;
        if (writes === failing) throw new Error("the worker that writes is gone");
        memory.append(moved);
      },
      close: () => memory.close(),
    };
    const options = { groupId: GROUP, journal };
    const first = await client.deleteMany(tokens(4), options).report.catch((error) => error);
    assert.deepEqual([first.code, first.ended], failing ? ["JOURNAL_FAILED", undefined] : [undefined, "complete"]);
    const report = await client.resume(tokens(4), options).report;
    assert.deepEqual([report.complete, report.counts.deleted], [true, 4]);
    assertTrue(report, emulator, 4);
  }
});

/** A journal that gives what is in it in some form. @param {(bytes: Uint8Array) => unknown} form */
function formed(form) {
  const memory = new MemoryJournal();
  return {
    open: () => /** @type {any} */ (form(memory.open())),
    append: (/** @type {Uint8Array} */ bytes) => memory.append(bytes),
    close: () => memory.close(),
  };
}

/** @type {[string, (bytes: Uint8Array) => unknown][]} */
const FORMS = [
  ["a DataView", (bytes) => new DataView(padded(bytes).buffer, 3, bytes.length)],
  ["a part of a larger buffer", (bytes) => padded(bytes).subarray(3, 3 + bytes.length)],
  ["an ArrayBuffer", (bytes) => bytes.slice().buffer],
  ["a Buffer", (bytes) => Buffer.from(bytes)],
  ["an ArrayBuffer of another realm", (bytes) => runInNewContext("Uint8Array.from(bytes).buffer", { bytes })],
];

/** @param {Uint8Array} bytes */
function padded(bytes) {
  return Uint8Array.of(1, 2, 3, ...bytes, 4);
}

for (const [what, form] of FORMS) {
  test(`a journal may give what is in it as ${what}`, async (t) => {
    const { client, emulator } = await served(t, { faces: ["a1"], options: { maxRetries: 0 } });
    const options = { groupId: GROUP, journal: formed(form) };
    emulator.inject({ fault: "applyThenDrop", times: 1, path: "delete" });
    await client.deleteMany(["a1"], options).report;
    assert.equal((await rejection(client.deleteMany(["a1"], options).report)).code, "JOURNAL_NOT_EMPTY");
    const report = await client.resume(["a1"], options).report;
    assert.equal(report.counts["absent-after-uncertain"], 1);
    assertTrue(report, emulator, 1);
  });
}

test("a journal that gives what holds no bytes is refused: it would pass for an empty one", async (t) => {
  const { client, emulator } = await served(t);
  const content = "finauth-facesearch-journal";
  for (const given of [content, "", null, undefined, {}, [], 7, new Blob([content]), { length: 3 }, detached()]) {
    const journal = formed(() => given);
    for (const run of [client.deleteMany, client.resume]) {
      const error = await rejection(run.call(client, ["a1"], { groupId: GROUP, journal }).report);
      assert.deepEqual(
        [error.code, error.delivery],
        ["JOURNAL_FAILED", "not-sent"],
        Object.prototype.toString.call(given),
      );
    }
  }
  assert.equal(emulator.log.length, 0);
  const error = await rejection(client.resume(["a1"], { groupId: GROUP, journal: formed(() => "") }).report);
  assert.match(error.message, /^journal .* Uint8Array/);
});

function detached() {
  const bytes = new Uint8Array(3);
  structuredClone(bytes, { transfer: [bytes.buffer] });
  return bytes;
}
