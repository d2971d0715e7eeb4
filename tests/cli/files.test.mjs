// @ts-check
// What a deletion leaves behind it: files that are whole or not there, nothing written over, nothing lost.

import assert from "node:assert/strict";
import { existsSync, linkSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { workplace } from "../support/command.mjs";
import { GROUP } from "../support/served.mjs";

const files = { "list.txt": "a1\nb2\n" };
const DELETE = ["delete", "list.txt", "-g", GROUP, "--confirm", `delete 2 from ${GROUP}`];

test("what cannot be written in the end takes nothing from the result", async (t) => {
  const { start, emulator, path } = await workplace(t, { files });
  const run = await start([...DELETE, "--csv", "/dev/full", "--jsonl", "out.jsonl"]).ended;
  assert.equal(run.code, 1, "something is missing");
  assert.match(run.stdout, /^deleted +2/);
  assert.match(run.stderr, /\/dev\/full cannot be written: the disk is full/);
  assert.doesNotMatch(run.stderr, / at .*\.js:\d/);
  assert.match(run.stderr, /To write it once more.*resume list\.txt/);
  assert.match(readFileSync(path("out.jsonl"), "utf8"), /deleted/);
  const sent = emulator.log.filter(({ api }) => api === "delete").length;
  const again = await start(["resume", "list.txt", "--csv", "out.csv"]).ended;
  assert.equal(again.code, 0, again.stderr);
  assert.match(readFileSync(path("out.csv"), "utf8"), /a1,deleted/);
  assert.equal(emulator.log.filter(({ api }) => api === "delete").length, sent);
  assert.deepEqual(
    readdirSync(path(".")).filter((name) => name.endsWith(".part")),
    [],
  );
});

test("a place where nothing can be written is refused before anybody is asked", async (t) => {
  const { start, emulator } = await workplace(t, { files });
  for (const [option, ...more] of [["--receipt"], ["--csv"], ["--jsonl"], ["--journal"]]) {
    for (const place of ["no/such/folder.json", "/sys/file.json", "."]) {
      const { code, stderr } = await start(["delete", "list.txt", "-g", GROUP, String(option), place, ...more]).ended;
      assert.equal(code, 2);
      assert.match(stderr, /^The \w+, .*, cannot be written: .*\. Nothing was sent\.\n$/);
    }
  }
  assert.equal(emulator.log.length, 0);
});

test("no file is written over another one", async (t) => {
  const { start, emulator, path } = await workplace(t, { files });
  linkSync(path("list.txt"), path("hard.csv"));
  symlinkSync("list.txt", path("soft.csv"));
  for (const options of [
    ["--csv", "list.txt"],
    ["--csv", "./list.txt"],
    ["--csv", "hard.csv"],
    ["--jsonl", "soft.csv"],
    ["--csv", "list.txt.journal"],
    ["--csv", "out", "--jsonl", "out"],
    ["--receipt", "r.json", "--csv", "r.json"],
    ["--receipt", "r.json", "--csv", "r.leaves"],
    ["--journal", "list.txt"],
  ]) {
    const { code, stderr } = await start([...DELETE, ...options]).ended;
    assert.equal(code, 2, options.join(" "));
    assert.match(stderr, /would be both the \w+ and the \w+|was begun before/, options.join(" "));
  }
  assert.equal(readFileSync(path("list.txt"), "utf8"), files["list.txt"]);
  assert.equal(emulator.log.length, 0);
});

test("a command that is refused leaves the tables as they are", async (t) => {
  const { start, path } = await workplace(t, { files: { ...files, "other.txt": "c3\n", "out.csv": "kept" } });
  assert.equal((await start([...DELETE, "--no-receipt"]).ended).code, 0);
  const refused = await start(["resume", "other.txt", "--journal", "list.txt.journal", "--csv", "out.csv"]).ended;
  assert.equal(refused.code, 2, refused.stderr);
  assert.equal(readFileSync(path("out.csv"), "utf8"), "kept");
});

test("leaves of something else are left alone, as receipts are", async (t) => {
  const { start, path } = await workplace(t, { files: { ...files, "list.txt.leaves": "mine" } });
  const { code, stdout } = await start([...DELETE, "--json"]).ended;
  assert.equal(code, 0);
  assert.equal(readFileSync(path("list.txt.leaves"), "utf8"), "mine");
  const { receipt, leaves } = JSON.parse(stdout).files;
  assert.match(leaves, /^list\.txt\.[0-9a-f]{8}\.leaves$/);
  assert.equal((await start(["verify", receipt, "--leaves", leaves]).ended).code, 0);
});

test("going on with what is over keeps the receipt, and the proofs that were made of it", async (t) => {
  const { start, path } = await workplace(t, { files });
  await start(DELETE).ended;
  const content = () => ["list.txt.receipt.json", "list.txt.leaves"].map((name) => readFileSync(path(name), "hex"));
  const before = content();
  const again = await start(["resume", "list.txt"]).ended;
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(content(), before);
  // What does not belong to its receipt is written anew.
  writeFileSync(path("list.txt.leaves"), "");
  await start(["resume", "list.txt"]).ended;
  assert.equal((await start(["verify", "list.txt.receipt.json", "--leaves", "list.txt.leaves"]).ended).code, 0);
});

test("a journal in which nothing was begun stands in nobody's way", async (t) => {
  const { start, emulator, path } = await workplace(t, { files: { "list.txt": "" } });
  const empty = await start(["delete", "list.txt", "-g", GROUP]).ended;
  assert.equal(empty.code, 0, empty.stderr);
  assert.ok(!existsSync(path("list.txt.journal")));
  writeFileSync(path("list.txt"), files["list.txt"]);
  writeFileSync(path("list.txt.journal"), `finauth-facesearch-journal 1 ${GROUP} 01ab`);
  assert.match((await start(["resume", "list.txt"]).ended).stderr, /nothing to go on with/);
  // The receipt of the empty list is that of another run.
  assert.equal((await start(DELETE).ended).code, 0);
  assert.deepEqual(emulator.faces(GROUP), ["c3"]);
  const whole = await start(["resume", "list.txt"]).ended;
  assert.equal(whole.code, 0, whole.stderr);
});
