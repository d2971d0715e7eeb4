// @ts-check
// Journals of killed processes, damaged in every way that a disk has, and journals that two processes open: the run is
// rejected, or its claims are true. The emulator's audit judges.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { nineInTen, tokens } from "../support/faults.mjs";
import { createEmulator, FaceSearchClient, fileJournal, serveEmulator } from "../support/package.mjs";
import { GROUP } from "../support/served.mjs";

const folder = mkdtempSync(join(tmpdir(), "finauth-facesearch-"));
after(() => rmSync(folder, { recursive: true }));

const TOKENS = tokens(240);
const BATCH = 12;

/** Starts or resumes a run, and sends its outcomes or its error code. */
const CHILD = `
  import { FaceSearchClient } from ${JSON.stringify(new URL("../../pkg/node.js", import.meta.url).href)};
  import { fileJournal } from ${JSON.stringify(new URL("../../pkg/journal/fs.js", import.meta.url).href)};
  const list = Array.from({ length: ${TOKENS.length} }, (_, index) => index.toString(16).padStart(32, "0"));
  const options = { groupId: ${JSON.stringify(GROUP)}, batchSize: ${BATCH}, concurrency: 4, journal: fileJournal(process.argv[2]) };
  try {
    const report = await new FaceSearchClient().resume(list, options).report;
    process.send([...report.outcomes()].map(({ token, index, outcome }) => ({ token, index, outcome })));
  } catch ({ code }) {
    process.send(code);
  }
`;
const script = join(folder, "child.mjs");
writeFileSync(script, CHILD);

/** @param {number} seed @returns {(below: number) => number} */
function randomOf(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

/** An emulator behind HTTP that remembers which tokens each call named. @param {import("node:test").TestContext} t */
async function remembering(t) {
  const emulator = createEmulator({ libraries: { [GROUP]: nineInTen(TOKENS) } });
  /** @type {string[][]} */
  const calls = [];
  const server = await serveEmulator({
    async handle(request) {
      const form = await request.clone().formData();
      const named = form.get("face_tokens");
      const response = await emulator.handle(request);
      if (typeof named === "string") calls.push(named.split(","));
      return response;
    },
  });
  t.after(server.close);
  const { apiKey: FINAUTH_API_KEY, apiSecret: FINAUTH_API_SECRET } = emulator;
  const env = { ...process.env, FINAUTH_API_KEY, FINAUTH_API_SECRET, FINAUTH_BASE_URL: server.baseUrl };
  const start = (/** @type {string} */ path) => {
    const child = spawn(process.execPath, [script, path], { env, stdio: ["ignore", 2, 2, "ipc"] });
    t.after(() => child.kill("SIGKILL"));
    return { child, said: once(child, "message").then(([said]) => said), exited: once(child, "exit") };
  };
  return { emulator, server, calls, start };
}

/**
 * A journal of a process that was killed after so many requests, and the calls that the server had acted on then.
 *
 * @param {import("node:test").TestContext} t
 * @param {number} requests
 */
async function killedAfter(t, requests) {
  const { emulator, server, calls, start } = await remembering(t);
  const path = join(folder, `killed-${requests}`);
  // Acted on at once, answered late: at any moment there are requests that the journal knows no end of.
  emulator.inject({ fault: "slowHead", ms: 40, path: "delete", times: 1000 });
  const { child, exited } = start(path);
  while (emulator.log.length < requests) await new Promise((resolve) => setTimeout(resolve, 2));
  child.kill("SIGKILL");
  await exited;
  emulator.clearFaults();
  await new Promise((resolve) => setTimeout(resolve, 100));
  // A copy, since slices of a Buffer are none.
  return { journal: new Uint8Array(readFileSync(path)), baseUrl: server.baseUrl, calls: calls.slice() };
}

/** The journals that are damaged. @type {Awaited<ReturnType<typeof killedAfter>>[]} */
const KILLED = [];

test("journal: is written by processes that are killed in mid-run", async (t) => {
  for (const requests of [3, 9, 17]) KILLED.push(await killedAfter(t, requests));
  for (const { journal } of KILLED) assert.ok(linesOf(journal).length > 3);
});

/**
 * Resumes a journal against a server that has acted on these calls.
 *
 * @param {{ baseUrl: string, calls: string[][] }} killed
 * @param {Uint8Array} journal
 * @returns {Promise<{ code?: string, differences: object[] }>}
 */
async function resumed({ baseUrl, calls }, journal) {
  const emulator = createEmulator({ libraries: { [GROUP]: nineInTen(TOKENS) } });
  const { apiKey, apiSecret, fetch } = emulator;
  const client = new FaceSearchClient({ apiKey, apiSecret, fetch, baseUrl, maxRetries: 1 });
  for (const faceTokens of calls) await client.deleteFaces({ groupId: GROUP, faceTokens });
  const before = emulator.log.length;
  const path = join(folder, "damaged");
  writeFileSync(path, journal);
  const options = { groupId: GROUP, batchSize: BATCH, journal: fileJournal(path) };
  try {
    const report = await client.resume(TOKENS, options).report;
    const outcomes = [...report.outcomes()];
    assert.equal(outcomes.length, TOKENS.length, "each entry has an outcome");
    assert.equal(report.complete, true);
    assert.deepEqual(emulator.faces(GROUP), []);
    return { differences: emulator.audit({ groupId: GROUP, outcomes }) };
  } catch (error) {
    const { code, delivery } = /** @type {any} */ (error);
    assert.deepEqual([delivery, emulator.log.length], ["not-sent", before], String(error));
    return { code, differences: [] };
  }
}

/** @param {Uint8Array} bytes @returns {string[]} */
function linesOf(bytes) {
  return Buffer.from(bytes)
    .toString("latin1")
    .split(/(?<=\n)/);
}

/** @param {string[]} lines */
function bytesOf(lines) {
  return new Uint8Array(Buffer.from(lines.join(""), "latin1"));
}

/**
 * Where the last line begins, with the end of line in front of it: damaged there, it counts as not written.
 *
 * @param {Uint8Array} journal
 */
function lastLine(journal) {
  return journal.length - (linesOf(journal).at(-1)?.length ?? 0) - 1;
}

/** What can happen to a file. @type {Record<string, (journal: Uint8Array, random: (below: number) => number) => Uint8Array>} */
const DAMAGES = {
  "a torn tail": (journal, random) => {
    // Behind the last line, since whatever is whole was on disk before its request left.
    const more = Buffer.from("\nsend 228 240 ~0123456789abcdef").subarray(0, random(30));
    return new Uint8Array(Buffer.concat([journal, more]));
  },
  "a flipped bit": (journal, random) => {
    const damaged = journal.slice();
    const at = random(lastLine(journal));
    damaged[at] = (damaged[at] ?? 0) ^ (1 << random(8));
    return damaged;
  },
  "a flipped bit in the last line": (journal, random) => {
    const damaged = journal.slice();
    const at = lastLine(journal) + random(journal.length - lastLine(journal));
    damaged[at] = (damaged[at] ?? 0) ^ (1 << random(8));
    return damaged;
  },
  "a byte that is another one": (journal, random) => {
    const damaged = journal.slice();
    damaged[random(lastLine(journal))] = random(256);
    return damaged;
  },
  "a block of zeros in the middle": (journal, random) => {
    const at = random(lastLine(journal));
    return journal.slice().fill(0, at, Math.min(at + 1 + random(60), lastLine(journal)));
  },
  "zeros behind it, as after a power cut": (journal, random) => {
    const damaged = new Uint8Array(journal.length + 1 + random(4096));
    damaged.set(journal);
    return damaged;
  },
  "a line twice": (journal, random) => {
    const lines = linesOf(journal);
    const at = random(lines.length);
    return bytesOf(lines.toSpliced(at, 0, String(lines[at])));
  },
  "a line that is repeated at the end": (journal, random) => {
    const lines = linesOf(journal);
    return bytesOf([...lines, String(lines[random(lines.length)])]);
  },
  "a missing line in the middle": (journal, random) => {
    const lines = linesOf(journal);
    return bytesOf(lines.toSpliced(random(lines.length - 1), 1));
  },
  "several missing lines in the middle": (journal, random) => {
    const lines = linesOf(journal);
    return bytesOf(lines.toSpliced(random(lines.length - 1), 2 + random(8)));
  },
  "two lines that changed places": (journal, random) => {
    const lines = linesOf(journal);
    const at = random(lines.length - 1);
    return bytesOf(lines.toSpliced(at, 2, String(lines[at + 1]), String(lines[at])));
  },
  "an end at a whole line": (journal, random) => {
    const lines = linesOf(journal);
    return bytesOf(lines.slice(0, lines.length - random(lines.length)));
  },
  "a tail of zeros": (journal, random) => journal.slice().fill(0, journal.length - random(journal.length)),
  "other ends of lines": (journal) => bytesOf(linesOf(journal).map((line) => line.replace("\n", "\r\n"))),
  "another journal behind it": (journal) => bytesOf([...linesOf(journal), ...linesOf(journal)]),
};

const ROUNDS = 24;

for (const [damage, inflict] of Object.entries(DAMAGES)) {
  test(`resume: with ${damage} in the journal, claims the truth or sends nothing`, async (t) => {
    const random = randomOf(1);
    /** @type {Record<string, number>} */
    const ends = {};
    for (const [at, killed] of KILLED.entries()) {
      for (let round = 0; round < ROUNDS / 3; round += 1) {
        const { code = "resumed", differences } = await resumed(killed, inflict(killed.journal, random));
        assert.match(code, /^(resumed|JOURNAL_DAMAGED|NOT_A_JOURNAL|JOURNAL_NEWER_VERSION|JOURNAL_OF_ANOTHER_\w+)$/);
        assert.deepEqual(differences, [], `journal ${at}, round ${round}`);
        ends[code] = (ends[code] ?? 0) + 1;
      }
    }
    t.diagnostic(JSON.stringify(ends));
  });
}

test("journal: rejects one of two processes that resume it at once, and the other's claims are true", async (t) => {
  const { emulator, start } = await remembering(t);
  const path = join(folder, "two");
  emulator.inject({ fault: "slowHead", ms: 40, path: "delete", times: 1000 });
  for (let round = 0; round < 4; round += 1) {
    const pair = [start(path), start(path)];
    // The process that has the journal is killed in mid-run; the next pair finds its lock.
    const code = await Promise.race(pair.map(({ said }) => said));
    assert.equal(code, "JOURNAL_IN_USE");
    const requests = emulator.log.length + 3;
    while (emulator.log.length < requests) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const { child, exited } of pair) {
      child.kill("SIGKILL");
      await exited;
    }
  }
  emulator.clearFaults();
  const [one, other] = await Promise.all([start(path), start(path)].map(({ said }) => said));
  const [refused, outcomes] = typeof one === "string" ? [one, other] : [other, one];
  assert.ok(Array.isArray(outcomes), `${one} ${other}`);
  // It may have come when the first had ended.
  if (typeof refused === "string") assert.equal(refused, "JOURNAL_IN_USE");
  assert.equal(outcomes.length, TOKENS.length);
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes }), []);
  assert.deepEqual(emulator.faces(GROUP), []);
});
