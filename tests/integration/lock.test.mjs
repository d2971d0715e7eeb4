// @ts-check
// Two processes never hold one journal, and none is kept out by one that is no more.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { fileJournal } from "../support/package.mjs";
import { rejection } from "../support/served.mjs";

const folder = mkdtempSync(join(tmpdir(), "finauth-facesearch-"));
after(() => rmSync(folder, { recursive: true }));

/** Takes a journal at a time that it is told, says whether it has it, and lets go of it. */
const TAKER = `
  import { fileJournal } from ${JSON.stringify(new URL("../../pkg/journal/fs.js", import.meta.url).href)};
  let journal;
  process.on("message", async ({ path, at }) => {
    if (path === undefined) {
      await journal?.close();
      journal = undefined;
      return process.send("closed");
    }
    while (Date.now() < at);
    journal = fileJournal(path);
    try {
      await journal.open();
      process.send("has");
    } catch ({ code }) {
      journal = undefined;
      process.send(code);
    }
  });
  process.send("ready");
`;

test("of several processes that take a stale lock at once, exactly one has it", async (t) => {
  const script = join(folder, "taker.mjs");
  writeFileSync(script, TAKER);
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, [script], { stdio: ["ignore", 2, 2, "ipc"] }),
  );
  t.after(() => {
    for (const child of children) child.kill();
  });
  /** @param {object} [message] */
  const all = async (message) => {
    const answers = children.map((child) => once(child, "message"));
    if (message !== undefined) for (const child of children) child.send(message);
    return (await Promise.all(answers)).map(([said]) => said);
  };
  await all();
  const dead = await deadProcess();
  const stale = [`${dead}\n`, `{"pid":${dead},"nonce":"f00d"}\n`, foreign({ start: "1", nonce: "f00e" }), undefined];
  for (let round = 0; round < 60; round += 1) {
    const path = join(folder, `round-${round}`);
    const content = stale[round % stale.length];
    if (content !== undefined) writeFileSync(`${path}.lock`, content);
    const said = await all({ path, at: Date.now() + 15 });
    assert.deepEqual(said.sort(), ["JOURNAL_IN_USE", "JOURNAL_IN_USE", "JOURNAL_IN_USE", "has"], `round ${round}`);
    await all({});
    const left = readdirSync(folder).filter((name) => name.startsWith(`round-${round}.`));
    assert.deepEqual(left, [], "nothing is left of the locks");
  }
});

async function deadProcess() {
  const dead = spawn(process.execPath, ["--version"]);
  await once(dead, "exit");
  return dead.pid;
}

/** A lock of this process's number, but for what is said. @param {object} other */
function foreign(other) {
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return `${JSON.stringify({ pid: process.pid, host: hostname(), boot, began: 0, nonce: "ab", ...other })}\n`;
}

test("a number that was given again, by a start of the machine or of a container, holds nothing up", async () => {
  const path = join(folder, "again");
  for (const other of [{ boot: "another" }, { start: "1" }, { boot: undefined, pid: process.ppid, start: "1" }, {}]) {
    writeFileSync(`${path}.lock`, foreign(other));
    const journal = fileJournal(path);
    await journal.open();
    await journal.close?.();
    assert.ok(!existsSync(`${path}.lock`));
  }
});

test("whoever died while taking over holds nothing up either", async () => {
  const path = join(folder, "twice");
  writeFileSync(`${path}.lock`, foreign({ start: "1", nonce: "aa" }));
  writeFileSync(`${path}.lock.aa`, foreign({ start: "2", nonce: "bb" }));
  writeFileSync(`${path}.lock.bb`, foreign({ start: "3", nonce: "cc" }));
  const journal = fileJournal(path);
  await journal.open();
  assert.equal(JSON.parse(readFileSync(`${path}.lock`, "utf8")).pid, process.pid);
  await journal.close?.();
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith("twice.")),
    [],
  );
});

test("who holds it is named, with what is to be done if that is wrong", async () => {
  const path = join(folder, "held");
  const held = fileJournal(pathToFileURL(path));
  await held.open();
  const own = JSON.parse(readFileSync(`${path}.lock`, "utf8"));
  assert.equal(own.pid, process.pid);
  const { code, message } = await rejection(Promise.resolve(fileJournal(path).open()));
  assert.equal(code, "JOURNAL_IN_USE");
  assert.match(message, new RegExp(`process ${process.pid} on .*; if that is no more, remove .*held\\.lock\\.`));
  await held.close?.();
  // Of another machine it cannot be told.
  writeFileSync(`${path}.lock`, foreign({ host: "elsewhere", boot: "another" }));
  assert.equal((await rejection(Promise.resolve(fileJournal(path).open()))).code, "JOURNAL_IN_USE");
});

test("who lets go removes no lock of another one", async () => {
  const path = join(folder, "mine");
  const journal = fileJournal(path);
  await journal.open();
  writeFileSync(`${path}.lock`, foreign({ host: "elsewhere" }));
  await journal.close?.();
  assert.ok(existsSync(`${path}.lock`));
});
