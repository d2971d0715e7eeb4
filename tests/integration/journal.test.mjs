// @ts-check
// Runs that survive: what is written down before each request is enough to go on, in another process, to the same end.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { injectMix, nineInTen, tokens } from "../support/faults.mjs";
import { FaceSearchClient, fileJournal, MemoryJournal } from "../support/package.mjs";
import { assertTrue } from "../support/reports.mjs";
import { GROUP, rejection, served } from "../support/served.mjs";

const folder = mkdtempSync(join(tmpdir(), "finauth-facesearch-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

/** A file that is not there yet. */
function newFile() {
  files += 1;
  return join(folder, `run-${files}.journal`);
}

/** The outcomes by their classes, in the order of the input. @param {any} report */
function classes(report) {
  const gone = new Set(["deleted", "absent", "absent-after-uncertain"]);
  return [...report.outcomes()]
    .sort((one, other) => one.index - other.index)
    .map(({ index, outcome }) => [index, gone.has(outcome) ? "gone" : outcome]);
}

/** A list with everything in it: what is there, what is not, repeats and what is no token. */
const INPUT = [...tokens(300), "zz", "0".repeat(32), "two words", ...tokens(3), ""];

test("a run that was stopped is gone on with, to the same end, and nothing settled is sent again", async (t) => {
  const { client: whole } = await served(t, { faces: tokens(300) });
  const expected = classes(await whole.deleteMany(INPUT, { groupId: GROUP, batchSize: 20 }).report);
  const { client, emulator } = await served(t, { faces: tokens(300) });
  const options = { groupId: GROUP, batchSize: 20, concurrency: 2, journal: fileJournal(newFile()) };
  const run = client.deleteMany(INPUT, { ...options, onProgress: () => run.stop() });
  const first = await run.report;
  assert.ok(first.counts["not-sent"] > 200);
  const before = emulator.log.length;
  const resumed = client.resume(INPUT, options);
  const settled = [];
  for await (const { index } of resumed) settled.push(index);
  const report = await resumed.report;
  assert.deepEqual([report.ended, report.complete], ["complete", true]);
  assert.deepEqual(classes(report), expected);
  assert.equal(new Set(settled).size, INPUT.length, "who iterates sees each position, those of before as well");
  assertTrue(report, emulator, INPUT.length);
  const sent = emulator.log.slice(before).reduce((sum, { removed = 0 }) => sum + removed, 0);
  assert.equal(sent + first.counts.deleted, 300);
  assert.equal(report.requests, emulator.log.length, "the report is about both");
  // There is nothing left to do, and it does nothing.
  const nothing = await client.resume(INPUT, options).report;
  assert.equal(nothing.counts["not-sent"] + nothing.counts.unknown, 0);
  assert.equal(nothing.requests, report.requests);
});

test("resume: requests, retries and times are those of all processes, and the receipt agrees", async (t) => {
  const { client, emulator } = await served(t, { faces: tokens(300), options: { maxRetries: 5 } });
  emulator.inject({ fault: "slowHead", ms: 20, path: "delete", times: 1000 });
  emulator.inject({ fault: "applyThenDrop", path: "delete", times: 2 });
  const options = { groupId: GROUP, batchSize: 20, concurrency: 1, journal: fileJournal(newFile()) };
  const run = client.deleteMany(INPUT, { ...options, onProgress: () => run.stop() });
  const first = await run.report;
  assert.ok(first.elapsedMs > 0 && first.counts["not-sent"] > 0);
  // The time between two processes is not active.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const report = await client.resume(INPUT, options).report;
  assertTrue(report, emulator, INPUT.length);
  assert.equal(report.startedAt.getTime(), first.startedAt.getTime());
  assert.ok(report.endedAt.getTime() >= first.endedAt.getTime() + 1000);
  const wall = report.endedAt.getTime() - report.startedAt.getTime() + 1000;
  assert.ok(report.elapsedMs > first.elapsedMs && report.elapsedMs < wall - 1000, `${report.elapsedMs} of ${wall}`);
  const sent = emulator.log.filter(({ api }) => api === "delete");
  assert.equal(report.requests, sent.length);
  const { document } = await report.receipt();
  const { startedAt, endedAt, requests, retries } = /** @type {any} */ (document);
  assert.deepEqual(
    [new Date(startedAt), new Date(endedAt), requests, retries],
    [report.startedAt, report.endedAt, report.requests, report.retries],
  );
});

test("resume: of a run that is over changes none of its numbers and times", async (t) => {
  const { client } = await served(t, { faces: tokens(3) });
  const options = { groupId: GROUP, batchSize: 1, concurrency: 1, journal: fileJournal(newFile()) };
  const first = await client.deleteMany([...tokens(3), "zz"], options).report;
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const again = await client.resume([...tokens(3), "zz"], options).report;
  const facts = (/** @type {any} */ { startedAt, endedAt, elapsedMs, requests, retries, counts, faceCount }) => {
    return { startedAt, endedAt, elapsedMs, requests, retries, counts, faceCount };
  };
  assert.deepEqual(facts(again), facts(first));
});

test("run: an entry whose batch waited when the run ended has the code of its last response", async (t) => {
  const { client, emulator } = await served(t, { faces: tokens(8) });
  emulator.inject({ fault: "htmlGatewayError", apply: false, path: "delete", times: 100 });
  const report = await client.deleteMany(tokens(8), { groupId: GROUP, batchSize: 1, concurrency: 1 }).report;
  const unknown = [...report.outcomes()].filter(({ outcome }) => outcome === "unknown");
  assert.ok(unknown.length > 0);
  for (const entry of unknown) assert.equal("reason" in entry && entry.reason, "HTTP_502");
});

test("resume: after an empty journal, duplicates and invalid entries stay listed", async (t) => {
  const { client, emulator } = await served(t, { faces: ["a1", "b2"], options: { maxRetries: 0 } });
  const list = ["a1", "b2", "a1", "two words", "zz", "b2"];
  emulator.inject({ fault: "dropBeforeApply", path: "delete" });
  const options = { groupId: GROUP, journal: fileJournal(newFile()) };
  const first = await client.resume(list, options).report;
  assertTrue(first, emulator, list.length);
  assert.equal(first.counts.unknown, 3);
  const second = await first.retryUnresolved().report;
  assertTrue(second, emulator, list.length);
  assert.equal([...second.csv()].join("").trim().split("\n").length, 1 + list.length);
  assert.equal([...second.jsonLines()].join("").trim().split("\n").length, list.length);
  assert.deepEqual([second.counts.duplicate, second.counts.invalid, second.complete], [2, 1, true]);
});

test("a request without a result may have been applied, and its tokens are asked for again", async (t) => {
  const { client, emulator } = await served(t, { faces: ["a1", "b2"], options: { maxRetries: 0 } });
  const path = newFile();
  emulator.inject({ fault: "applyThenDrop" });
  await client.deleteMany(["a1", "b2"], { groupId: GROUP, batchSize: 1, concurrency: 1, journal: fileJournal(path) })
    .report;
  const lines = readFileSync(path, "utf8").split("\n");
  const intent = lines.findIndex((line) => line.startsWith("send 0 1"));
  writeFileSync(path, `${lines.slice(0, intent + 1).join("\n")}\n`);
  const report = await client.resume(["a1", "b2"], { groupId: GROUP, journal: fileJournal(path) }).report;
  const outcomes = [...report.outcomes()]
    .map((one) => [one.index, one.outcome, "because" in one && one.because])
    .sort();
  assert.deepEqual(outcomes, [
    [0, "absent-after-uncertain", "earlier-attempt"],
    // The lines that tell its outcome are gone.
    [1, "absent-after-uncertain", "earlier-process"],
  ]);
});

test("what cannot be gone on with is refused by name, and nothing is sent", async (t) => {
  const { client, emulator } = await served(t);
  const list = ["a1", "zz"];
  const path = newFile();
  const options = { groupId: GROUP, journal: fileJournal(path) };
  await client.deleteMany(list, options).report;
  const sent = emulator.log.length;
  const text = readFileSync(path, "utf8");
  const codeOf = async (/** @type {Promise<unknown>} */ promise) => {
    const error = await rejection(promise);
    assert.equal(error.delivery, "not-sent");
    return [error.name, error.code];
  };
  const resume = (/** @type {any} */ source, more = {}) => client.resume(source, { ...options, ...more }).report;
  assert.deepEqual(await codeOf(client.deleteMany(list, options).report), ["ValidationError", "JOURNAL_NOT_EMPTY"]);
  assert.deepEqual(await codeOf(resume(["a1", "yy"])), ["ValidationError", "JOURNAL_OF_ANOTHER_LIST"]);
  assert.deepEqual(await codeOf(resume(list, { groupId: "other" })), ["ValidationError", "JOURNAL_OF_ANOTHER_GROUP"]);
  const { apiKey, apiSecret } = emulator;
  const elsewhere = new FaceSearchClient({ apiKey, apiSecret, baseUrl: "https://another.example/finauth" });
  assert.deepEqual(await codeOf(elsewhere.resume(list, options).report), [
    "ValidationError",
    "JOURNAL_OF_ANOTHER_SERVER",
  ]);
  assert.deepEqual(await codeOf(resume(list, { journal: undefined })), ["ValidationError", "INVALID_ARGUMENT"]);
  assert.deepEqual(await codeOf(resume(list, { journal: {} })), ["ValidationError", "INVALID_ARGUMENT"]);
  writeFileSync(path, text.replace("send 0 2", "send 0 1"));
  assert.deepEqual(await codeOf(resume(list)), ["ValidationError", "JOURNAL_DAMAGED"]);
  writeFileSync(path, "face_token\na1\n");
  assert.deepEqual(await codeOf(resume(list)), ["ValidationError", "NOT_A_JOURNAL"]);
  const nowhere = fileJournal(join(folder, "no", "such", "folder"));
  assert.deepEqual(await codeOf(resume(list, { journal: nowhere })), ["ConfigError", "JOURNAL_FAILED"]);
  assert.equal(emulator.log.length, sent);
  assert.ok(!existsSync(`${path}.lock`), "each let go of the journal");
  writeFileSync(path, `${text}done 0 1 del`);
  assert.equal((await resume(list)).counts.deleted, 1, "a torn end is none");
});

test("two runs cannot share a journal; that of a process which died can be taken over", async (t) => {
  const { client } = await served(t);
  for (const [journal, again] of [
    [new MemoryJournal(), undefined],
    [fileJournal(newFile()), undefined],
  ]) {
    const options = { groupId: GROUP, journal: /** @type {any} */ (again ?? journal) };
    const runs = [client.deleteMany(["a1"], options), client.deleteMany(["a1"], options)];
    const ends = await Promise.allSettled(runs.map(({ report }) => report));
    const refused = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
    assert.deepEqual(
      refused.map(({ name, code }) => [name, code]),
      [["ConfigError", "JOURNAL_IN_USE"]],
    );
  }
  const path = newFile();
  const dead = spawn(process.execPath, ["--version"]);
  await once(dead, "exit");
  writeFileSync(`${path}.lock`, `${dead.pid}\n`);
  const report = await client.deleteMany(["b2"], { groupId: GROUP, journal: fileJournal(path) }).report;
  assert.equal(report.counts.deleted, 1);
});

/** What may become of a journal's file while a run writes it. @type {Record<string, (path: string) => void>} */
const LOSSES = {
  moved: (path) => renameSync(path, `${path}.old`),
  removed: unlinkSync,
  "replaced by a copy": (path) => {
    copyFileSync(path, `${path}.copy`);
    renameSync(`${path}.copy`, path);
  },
};

for (const [how, lose] of Object.entries(LOSSES)) {
  test(`a run ends when its journal's file is ${how}: who goes on by its name would not find what was sent`, async (t) => {
    const { client, emulator } = await served(t, { faces: tokens(40) });
    const path = newFile();
    const file = fileJournal(path);
    let writes = 0;
    const journal = {
      ...file,
      append(/** @type {Uint8Array} */ bytes) {
        writes += 1;
        if (writes === 4) lose(path);
        return file.append(bytes);
      },
    };
    const options = { groupId: GROUP, batchSize: 5, concurrency: 1, journal };
    const report = await client.deleteMany(tokens(40), options).report;
    assert.deepEqual([report.ended, report.error?.code], ["unprepared", "JOURNAL_FAILED"]);
    assert.match(/** @type {any} */ (report.error).cause.message, /ENOENT|another file has its name/);
    assert.ok(report.counts["not-sent"] >= 25, JSON.stringify(report.counts));
    assertTrue(report, emulator, 40);
  });
}

test("what is unresolved is tried again in the same journal", async (t) => {
  const { client, emulator } = await served(t, { faces: tokens(40), options: { maxRetries: 0 } });
  emulator.inject({ fault: "htmlGatewayError", path: "delete", times: 2 });
  const journal = new MemoryJournal();
  const options = { groupId: GROUP, batchSize: 10, concurrency: 1, journal };
  const first = await client.deleteMany(tokens(40), options).report;
  assert.equal(first.counts.unknown, 20);
  const second = await first.retryUnresolved({}).report;
  assert.equal(second.counts.unknown, 0);
  const third = await client.resume(tokens(40), options).report;
  assert.deepEqual(third.counts, second.counts);
  assertTrue(third, emulator, 40);
  assert.equal(third.requests, second.requests);
});

test("a journal that somebody else went on with, or another one, is not written to", async (t) => {
  const { client, emulator } = await served(t, { faces: tokens(40), options: { maxRetries: 0 } });
  emulator.inject({ fault: "htmlGatewayError", path: "delete", times: 2 });
  const path = newFile();
  const options = { groupId: GROUP, batchSize: 10, concurrency: 1 };
  const first = await client.deleteMany(tokens(40), { ...options, journal: fileJournal(path) }).report;
  await client.resume(tokens(40), { ...options, journal: fileJournal(path) }).report;
  const whole = readFileSync(path);
  const sent = emulator.log.length;
  const empty = new MemoryJournal();
  const without = await client.deleteMany(tokens(40), options).report;
  for (const run of [
    first.retryUnresolved(),
    first.retryUnresolved({ journal: empty }),
    without.retryUnresolved({ journal: empty }),
  ]) {
    const error = await rejection(run.report);
    assert.deepEqual([error.name, error.code, error.delivery], ["ValidationError", "JOURNAL_CHANGED", "not-sent"]);
  }
  assert.deepEqual(readFileSync(path), whole);
  assert.equal(empty.open().length, 0);
  assert.ok(!existsSync(`${path}.lock`));
  assert.equal(emulator.log.length, sent + without.requests);
});

test("a journal that was cut off within its first line is begun anew", async (t) => {
  const path = newFile();
  const options = { groupId: GROUP, journal: fileJournal(path) };
  const { client } = await served(t, { faces: ["a1", "b2"] });
  await client.deleteMany(["a1"], options).report;
  const first = readFileSync(path, "utf8").split("\n")[0] ?? "";
  for (const cut of [1, 20, 27, 30, first.length - 1]) {
    for (const again of [client.deleteMany, client.resume]) {
      writeFileSync(path, first.slice(0, cut));
      const report = await again.call(client, ["a1"], options).report;
      assert.equal(report.counts.absent, 1);
      assert.deepEqual((await client.resume(["a1"], options).report).counts, report.counts);
    }
  }
});

test("what was refused for the request's sake is deleted once that is mended", async (t) => {
  for (const error of ["AUTHORIZATION_ERROR:INVALID_SIGN", "AUTHORIZATION_ERROR:LIMIT_REACHED", "INVALID_OUTER_ID"]) {
    const { client, emulator } = await served(t, { faces: tokens(40), options: { maxRetries: 0 } });
    const options = { groupId: GROUP, batchSize: 10, concurrency: 1, journal: fileJournal(newFile()) };
    emulator.inject({ fault: "error", status: 400, error, path: "delete", skip: 1, times: 1 });
    const first = await client.deleteMany(tokens(40), options).report;
    assert.deepEqual([first.ended, first.counts.failed, first.counts["not-sent"]], ["failed", 10, 20]);
    assert.equal([...first.unresolved()].length, 30);
    const report = await client.resume(tokens(40), options).report;
    assert.deepEqual([report.complete, report.counts.deleted], [true, 40]);
    assertTrue(report, emulator, 40);
  }
});

/** A process that deletes a list through a journal, and goes on where another ended. */
const CHILD = `
  import { FaceSearchClient } from ${JSON.stringify(new URL("../../pkg/node.js", import.meta.url).href)};
  import { fileJournal } from ${JSON.stringify(new URL("../../pkg/journal/fs.js", import.meta.url).href)};
  const [path, total] = process.argv.slice(2);
  const list = Array.from({ length: Number(total) }, (_, at) => at.toString(16).padStart(32, "0"));
  const client = new FaceSearchClient({ timeout: 500 });
  process.send("begun");
  const options = { groupId: "staff", batchSize: 100, journal: fileJournal(path) };
  const report = await client.resume(list, options).report;
  const outcomes = [...report.outcomes()].map(({ index, outcome }) => [index, outcome]);
  process.send({ complete: report.complete, ended: report.ended, counts: report.counts, warnings: report.warnings, outcomes });
`;

test("a process that is killed a hundred times ends where one that never was would have", async (t) => {
  const total = 20_000;
  const input = tokens(total);
  const { emulator, server } = await served(t, { faces: nineInTen(input) });
  injectMix(emulator);
  const path = newFile();
  const script = join(folder, "child.mjs");
  writeFileSync(script, CHILD);
  const { apiKey, apiSecret } = emulator;
  const env = {
    ...process.env,
    FINAUTH_API_KEY: apiKey,
    FINAUTH_API_SECRET: apiSecret,
    FINAUTH_BASE_URL: server.baseUrl,
  };
  let random = 7;
  let killed = 0;
  /** @type {any} */
  let said;
  for (let starts = 0; said === undefined || !said.complete; starts += 1) {
    assert.ok(starts < 200, "it does not get anywhere");
    said = undefined;
    const child = spawn(process.execPath, [script, path, String(total)], {
      env,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const exited = once(child, "exit");
    const [first] = await once(child, "message");
    assert.equal(first, "begun");
    child.on("message", (message) => {
      said = message;
    });
    if (killed < 100) {
      random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
      const wait = new Promise((resolve) => setTimeout(resolve, 20 + (random % 80)));
      await Promise.race([wait, exited]);
      if (child.exitCode === null && said === undefined) {
        child.kill("SIGKILL");
        killed += 1;
      }
    }
    await exited;
  }
  assert.deepEqual([said.ended, said.warnings], ["complete", []]);
  const { total: claimed, deleted, absent, "absent-after-uncertain": gone, failed } = said.counts;
  assert.deepEqual([claimed, deleted + absent + gone + failed], [total, total]);
  /** @type {any[]} */
  const outcomes = said.outcomes.map((/** @type {[number, string]} */ [index, outcome]) => ({
    token: `${input[index]}`,
    index,
    outcome,
  }));
  assert.equal(new Set(outcomes.map((/** @type {any} */ { index }) => index)).size, total);
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes }), []);
  const refused = new Set(outcomes.filter(({ outcome }) => outcome === "failed").map(({ token }) => token));
  assert.ok(
    emulator.faces(GROUP).every((token) => refused.has(token)),
    "what the server refused is all that is left",
  );
  t.diagnostic(`killed ${killed} times; ${emulator.log.length} requests; a journal of ${statSync(path).size} bytes`);
  assert.ok(killed >= 20, `killed ${killed} times only`);
});
