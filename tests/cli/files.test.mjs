// @ts-check
// What a deletion leaves behind it: files that are whole or not there, nothing written over, nothing lost.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { workplace } from "../support/command.mjs";
import { FaceSearchClient, fileJournal } from "../support/package.mjs";
import { GROUP, rejection } from "../support/served.mjs";

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

/** Places of every kind that is none for a journal or a receipt, with what is said of each. @param {(name: string) => string} path */
async function wrongPlaces(path) {
  symlinkSync("loop-b", path("loop-a"));
  symlinkSync("loop-a", path("loop-b"));
  symlinkSync("pipe", path("link-to-pipe"));
  assert.equal(spawnSync("mkfifo", [path("pipe")]).status, 0);
  mkdirSync(path("folder"));
  const code = `require("net").createServer().listen("socket", () => process.kill(process.pid, "SIGKILL"))`;
  await once(spawn(process.execPath, ["-e", code], { cwd: path(".") }), "exit");
  return /** @type {[string, string][]} */ ([
    ["loop-a", "it is a loop of symbolic links"],
    ["loop-a/file", "it is a loop of symbolic links"],
    ["pipe", "it is a pipe, not a regular file"],
    ["link-to-pipe", "it is a pipe, not a regular file"],
    ["folder", "it is a folder"],
    ["socket", "it is a socket, not a regular file"],
    ["/dev/null", "it is a device, not a regular file"],
    ["n".repeat(300), "the name is too long"],
  ]);
}

test("cli: rejects a journal or a receipt that is no regular file, names the option, and sends nothing", async (t) => {
  const { start, emulator, path } = await workplace(t, { files });
  const places = await wrongPlaces(path);
  for (const option of ["journal", "receipt"]) {
    for (const [place, why] of places) {
      for (const command of [DELETE, ["resume", "list.txt", "-g", GROUP]]) {
        if (option === "receipt" && command !== DELETE) continue;
        const run = start([...command, `--${option}`, place]);
        const ended = await Promise.race([run.ended, setTimeout(10_000, undefined, { ref: false })]);
        run.child.kill("SIGKILL");
        assert.equal(ended?.code, 2, `${option} ${place}: ${ended?.stderr ?? "it waits for ever"}`);
        const expected = new RegExp(
          `^The ${option}, ${place}, cannot be (written|read): ${why}\\. .*--${option} FILE.* Nothing was sent\\.\n$`,
        );
        assert.match(ended.stderr, expected);
      }
    }
  }
  // The leaves' name comes of the receipt's.
  symlinkSync("list.txt.leaves", path("list.txt.leaves"));
  const { code, stderr } = await start(DELETE).ended;
  assert.equal(code, 2);
  assert.match(stderr, /^The leaves, list\.txt\.leaves, cannot be written: it is a loop .*--receipt FILE/);
  for (const name of ["csv", "jsonl"]) {
    const table = await start([...DELETE, "--no-receipt", `--${name}`, "socket"]).ended;
    assert.match(table.stderr, new RegExp(`^The ${name}, socket, cannot be written: .*--${name} FILE`));
  }
  assert.equal(emulator.log.length, 0);
  assert.deepEqual(
    readdirSync(path(".")).filter((name) => /lock|part$/.test(name)),
    [],
  );
});

test("fileJournal: rejects what is no regular file, and leaves no lock beside it", async (t) => {
  const { path, emulator, server } = await workplace(t, { files });
  const { apiKey, apiSecret } = emulator;
  const client = new FaceSearchClient({ apiKey, apiSecret, baseUrl: server.baseUrl });
  for (const [place, why] of await wrongPlaces(path)) {
    const full = place.startsWith("/") ? place : path(place);
    const run = client.deleteMany(["a1"], { groupId: GROUP, journal: fileJournal(full) });
    const { code, path: argument, message } = await rejection(run.report);
    assert.deepEqual([code, argument], ["JOURNAL_FAILED", "journal"], place);
    if (place.length < 300) assert.equal(message, `journal cannot be opened: ${why}. Nothing was sent`);
  }
  assert.equal(emulator.log.length, 0);
  assert.deepEqual(
    readdirSync(path(".")).filter((name) => name.includes("lock")),
    [],
  );
});

/** What a terminal obeys, or is led astray by; an end of line in the middle of a name would begin a line of its own. */
const OBEYED = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const EVIL = "e\x1b[31m\x1b]0;title\x07\u009b2J\x7f\u202e\u200b\u2028\nNothing was sent.\r.txt";

test("cli: prints no name, argument or error with what a terminal obeys", async (t) => {
  const { start, path } = await workplace(t, { files: { ...files, [EVIL]: "a1\nzz\n" } });
  const folder = `no${EVIL}/such/file`;
  /** @type {string[][]} */
  const commands = [
    [EVIL],
    ["help", EVIL],
    [`--${EVIL}`],
    ["plan", EVIL, "-g", GROUP],
    ["plan", `missing${EVIL}`, "-g", GROUP],
    ["plan", "list.txt", "-g", EVIL],
    ["plan", "list.txt", "-g", GROUP, "--format", EVIL],
    ["plan", "list.txt", "-g", GROUP, "--column", EVIL],
    ["plan", "list.txt", "-g", GROUP, "--batch-size", EVIL],
    ["plan", "list.txt", "-g", GROUP, `--${EVIL}`],
    ["plan", "list.txt", "-g", GROUP, `--json=${EVIL}`],
    ["plan", "list.txt", EVIL, "-g", GROUP],
    ["count", EVIL],
    ["count", "-g", GROUP, "--credentials", EVIL],
    ["count", "-g", GROUP, "--credentials", `missing${EVIL}`],
    ["count", "-g", GROUP, "--base-url", EVIL],
    ["count", "-g", GROUP, "--proxy", EVIL],
    ["count", "-g", EVIL, "--json"],
    ["sign", "--valid", EVIL],
    ["delete", EVIL, "-g", GROUP, "--confirm", EVIL],
    ["delete", EVIL, "-g", GROUP, "--max-absent", EVIL],
    ["delete", EVIL, "-g", GROUP, "--journal", folder],
    ["delete", EVIL, "-g", GROUP, "--receipt", folder],
    ["delete", EVIL, "-g", GROUP, "--csv", EVIL],
    ["delete", EVIL, "-g", GROUP, "--csv", "."],
    [
      "delete",
      EVIL,
      "-g",
      GROUP,
      "--confirm",
      `delete 2 from ${GROUP}`,
      "--csv",
      `${EVIL}.csv`,
      "--jsonl",
      `${EVIL}.jsonl`,
    ],
    ["delete", EVIL, "-g", GROUP, "--confirm", `delete 2 from ${GROUP}`],
    ["resume", EVIL],
    ["resume", EVIL, "-g", EVIL],
    ["resume", "list.txt", "--journal", EVIL],
    ["resume", "list.txt", "--journal", `missing${EVIL}`],
    ["resume", "list.txt", "--journal", `${EVIL}.journal`],
    ["verify", EVIL, "--leaves", EVIL],
    ["verify", `${EVIL}.receipt.json`, "--leaves", `missing${EVIL}`],
    ["verify", `${EVIL}.receipt.json`, "--leaves", `${EVIL}.leaves`, "--token", "a1", "--save-proof", `${EVIL}.proof`],
    ["verify", `${EVIL}.receipt.json`, "--leaves", `${EVIL}.leaves`, "--token", "a1", "--save-proof", folder],
    ["verify", `${EVIL}.receipt.json`, "--leaves", `${EVIL}.leaves`, "--token", "a1", "--save-proof", folder, "--json"],
    ["emulator", "--port", EVIL],
    ["emulator", "--library", EVIL],
    ["emulator", "--library", `${EVIL.replaceAll("=", "")}=missing`],
    ["emulator", "--library", `x=${EVIL}missing`],
    ["emulator", "--save-list", folder],
    ["emulator", "--save-list", EVIL],
    ["console", "--port", EVIL],
    ["console", "--credentials", EVIL],
  ];
  let named = 0;
  for (const command of commands) {
    const { stdout, stderr } = await start(command).ended;
    for (const said of [stdout, stderr]) {
      const words = JSON.stringify(command);
      assert.doesNotMatch(said, OBEYED, words);
      assert.doesNotMatch(said, /^Nothing was sent\.\r?\n?\.txt/m, `${words}: a name begins a line`);
      if (said.includes("title")) named += 1;
    }
  }
  assert.ok(named > 25, `names are shown, if not obeyed: ${named}`);
  const environment = { PORT: EVIL, FINAUTH_API_KEY: EVIL };
  for (const command of [["console"], ["count", "-g", GROUP]]) {
    assert.doesNotMatch((await start(command, { env: environment }).ended).stderr, OBEYED);
  }
  assert.ok(existsSync(path(`${EVIL}.proof`)), "the names themselves are as they were given");
});

test("cli: rejects white space around credentials, and names the variable and the file", async (t) => {
  const files = { "own.env": 'FINAUTH_API_KEY=k\nFINAUTH_API_SECRET="s "\n', "list.txt": "a1" };
  const { start, emulator } = await workplace(t, { files });
  const expected = /^FINAUTH_API_SECRET must not begin or end with white space.*: see own\.env\.$/m;
  const { code, stderr } = await start(["count", "-g", GROUP, "--credentials", "own.env"]).ended;
  assert.deepEqual([code, expected.test(stderr)], [2, true], stderr);
  for (const name of ["FINAUTH_API_KEY", "FINAUTH_API_SECRET"]) {
    const { stderr: said } = await start(["count", "-g", GROUP], { env: { [name]: "\ufeffx" } }).ended;
    assert.match(said, new RegExp(`^${name} must not begin or end with white space`));
  }
  assert.equal(emulator.log.length, 0);
});

test("cli: the command that is printed for such a name is one that a shell takes", async (t) => {
  const { start, folder, path } = await workplace(t, { files: { [EVIL]: "a1\nb2\n", "it's \\ \x1b.txt": "c3\n" } });
  for (const name of [EVIL, "it's \\ \x1b.txt"]) {
    const { stdout } = await start(["plan", name, "-g", GROUP, "--json"]).ended;
    assert.ok(JSON.parse(stdout).counts.total > 0);
    const plan = await start(["plan", name, "-g", GROUP]).ended;
    const [, word = ""] = /finauth-facesearch delete (.*) --group/.exec(plan.stdout) ?? [];
    assert.match(word, /^\$'[ -~]*'$/);
    const listed = spawnSync("bash", ["-c", `cat -- ${word}`], { cwd: folder, encoding: "utf8" });
    assert.equal(listed.stdout, readFileSync(path(name), "utf8"), listed.stderr);
  }
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
