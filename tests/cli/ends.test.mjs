// @ts-check
// What a command ends with, and what it says to do then.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Progress } from "#modules/cli/progress.js";
import { workplace } from "../support/command.mjs";
import { tokens } from "../support/faults.mjs";
import { GROUP } from "../support/served.mjs";

const files = { "list.txt": "a1\nb2\n" };
const DELETE = ["delete", "list.txt", "-g", GROUP, "--confirm", `delete 2 from ${GROUP}`];

/** @param {import("../../pkg-template/emulator/index.js").Emulator} emulator */
async function firstDelete(emulator) {
  while (!emulator.log.some(({ api }) => api === "delete")) await setTimeout(20);
}

test("it says why tokens failed, and how to go on only if there is something to go on with", async (t) => {
  const { start, emulator } = await workplace(t, { files });
  emulator.inject({ fault: "partial", count: 2, path: "delete" });
  const first = await start(DELETE).ended;
  assert.equal(first.code, 1);
  assert.match(first.stdout, /^failed +2 +refused; nothing was removed\n +\S+ [12]\n/);
  assert.match(first.stderr, /To go on/);
  emulator.inject({ fault: "error", status: 400, error: "INVALID_FACE_TOKEN", path: "delete", times: 3 });
  const final = await start(["resume", "list.txt", "--json"]).ended;
  assert.equal(final.code, 1);
  assert.doesNotMatch(final.stderr, /To go on/);
  assert.match(final.stderr, /there is nothing to go on with/);
  const { reasons, complete, allGone } = JSON.parse(final.stdout);
  assert.deepEqual([reasons, complete, allGone], [{ unknown: { INVALID_FACE_TOKEN: 2 } }, true, false]);
});

test("what was refused for the secret's sake is deleted by the printed command, once the secret is right", async (t) => {
  const { start, emulator } = await workplace(t, { files });
  emulator.inject({ fault: "error", status: 403, error: "AUTHORIZATION_ERROR:INVALID_SIGN", path: "delete", times: 1 });
  const refused = await start(DELETE).ended;
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /failed +2 +refused; nothing was removed\n +AUTHORIZATION_ERROR 2/);
  const [, command = ""] = /finauth-facesearch (resume .*)/.exec(refused.stderr) ?? [];
  const { code } = await start(command.split(" ")).ended;
  assert.equal(code, 0);
  assert.deepEqual(emulator.faces(GROUP), ["c3"]);
});

test("what could not be sent is said to be left, and why", async (t) => {
  const { terminal, server } = await workplace(t, { files });
  const left = terminal(["delete", "list.txt", "-g", GROUP]);
  await left.says(/Type "delete 2 from/);
  await server.close();
  left.child.stdin.write(`delete 2 from ${GROUP}\n`);
  const { code, stdout } = await left.ended;
  assert.equal(code, 1);
  assert.match(stdout, /not-sent +2 +never sent\r?\n +\S+ 2\r?\n/);
  assert.doesNotMatch(stdout, /Nothing is left/);
  assert.match(stdout, /All was tried; 2 entries may still be in the library: 0 requests, /);
  assert.match(stdout, /To go on with what is left/);
});

test("a deletion that ended since too many were not there is not done, even if nothing is left", async (t) => {
  const { start } = await workplace(t, { faces: ["other"], files });
  const { code, stdout } = await start([...DELETE, "--max-absent", "50%", "--json"]).ended;
  const { ended, complete, allGone, counts } = JSON.parse(stdout);
  assert.deepEqual([ended, complete, allGone, counts.absent], ["too-many-absent", true, true, 2]);
  assert.equal(code, 1);
});

test("an empty variable says nothing of the server", async (t) => {
  const { start } = await workplace(t, { files });
  const { code, stderr } = await start(["plan", "list.txt", "-g", GROUP], { env: { FINAUTH_BASE_URL: "" } }).ended;
  assert.equal(code, 0, stderr);
});

test("what npx started prints commands for npx", async (t) => {
  const { start, emulator } = await workplace(t, { files });
  const env = { npm_command: "exec" };
  emulator.inject({ fault: "error", status: 403, error: "AUTHORIZATION_ERROR:INVALID_SIGN", path: "delete", times: 1 });
  const refused = await start(DELETE, { env }).ended;
  assert.match(refused.stderr, /: {2}npx finauth-facesearch resume list\.txt/);
  assert.match((await start(DELETE, { env }).ended).stderr, /: {2}npx finauth-facesearch resume list\.txt/);
  assert.match(
    (await start(["plan", "list.txt", "-g", GROUP], { env }).ended).stdout,
    /: {2}npx finauth-facesearch delete/,
  );
  assert.match((await start(["delete", "-x"], { env }).ended).stderr, /see npx finauth-facesearch delete --help/);
});

test("Ctrl-C when the last answer is awaited stops nothing: all is deleted", async (t) => {
  const { start, emulator } = await workplace(t, { files });
  emulator.inject({ fault: "slowHead", ms: 1000, path: "delete" });
  const run = start(DELETE);
  await firstDelete(emulator);
  run.child.kill("SIGINT");
  const { code, stdout, stderr } = await run.ended;
  assert.match(stderr, /waiting for the answer to 1 request\. Ctrl-C again cuts it off/);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^deleted +2/);
});

test("Ctrl-C while the list comes in by a pipe ends it", async (t) => {
  const { start, emulator } = await workplace(t);
  const run = start(["delete", "-", "-g", GROUP, "--confirm", "delete 1 from staff", "--json"]);
  run.child.stdin.write("a1\n");
  await setTimeout(1500);
  run.child.kill("SIGINT");
  const ended = await Promise.race([run.ended, setTimeout(10_000, undefined, { ref: false })]);
  run.child.kill("SIGKILL");
  assert.equal(ended?.code, 3, "it ends by itself");
  assert.match(run.said.stderr, /Nothing was sent/);
  assert.deepEqual([JSON.parse(run.said.stdout).error.code, /"counts"/.test(run.said.stdout)], ["ABORTED", false]);
  assert.equal(emulator.log.length, 0);
});

test("a reader that leaves changes no exit code, and one of the messages ends no deletion", async (t) => {
  const { start, emulator } = await workplace(t, { faces: tokens(60) });
  emulator.inject({ fault: "partial", path: "delete" });
  const args = (/** @type {number} */ count) => ["delete", "-", "-g", GROUP, "--confirm", `delete ${count} from staff`];
  const some = start(args(20));
  some.child.stdout.destroy();
  assert.equal((await some.input(tokens(20).join("\n")).ended).code, 1);
  emulator.clearFaults();
  emulator.inject({ fault: "throttle", path: "delete" });
  const all = start(args(60));
  all.child.stderr.destroy();
  const { code, stdout } = await all.input(tokens(60).join("\n")).ended;
  assert.equal(code, 0);
  assert.match(stdout, /deleted +\d+/);
  assert.deepEqual(emulator.faces(GROUP), []);
});

test("a result that cannot be written is said, and is no wrong use", async (t) => {
  const { path } = await workplace(t, { files });
  const full = openSync("/dev/full", "w");
  const main = fileURLToPath(new URL("../../pkg/cli/main.js", import.meta.url));
  const args = [main, "plan", path("list.txt"), "-g", GROUP];
  const child = spawn(process.execPath, args, { stdio: ["ignore", full, "pipe"] });
  closeSync(full);
  let said = "";
  child.stderr?.on("data", (text) => {
    said += text;
  });
  const [code] = await once(child, "close");
  assert.equal(code, 1);
  assert.match(said, /The result cannot be written/);
});

test("Ctrl-C while the tables are written says so; the second ends without them", async (t) => {
  const { start, path } = await workplace(t, { files });
  // Nobody reads from it: to write into it takes for ever.
  assert.equal(spawnSync("mkfifo", [path("pipe.csv")]).status, 0);
  const run = start([...DELETE, "--csv", "pipe.csv"]);
  while (!existsSync(path("list.txt.receipt.json"))) await setTimeout(20);
  run.child.kill("SIGINT");
  await run.says(/The deletion is over; its receipt and tables are being written/);
  run.child.kill("SIGINT");
  const ended = await Promise.race([run.ended, setTimeout(10_000, undefined, { ref: false })]);
  run.child.kill("SIGKILL");
  assert.equal(ended?.signal, "SIGINT", "as if nobody had listened");
});

test("what the end left unsent is no progress", () => {
  let line = "";
  const write = (/** @type {string} */ text) => {
    line += text;
    return true;
  };
  const progress = new Progress(/** @type {any} */ ({ isTTY: true, columns: 100, write }));
  const counts = { total: 200, deleted: 50, absent: 0, "absent-after-uncertain": 0, failed: 0, unknown: 0 };
  progress.run(/** @type {any} */ ({ counts: { ...counts, "not-sent": 150 }, settled: 200, perSecond: 0 }));
  assert.match(line, / 25 % {2}50 of 200 /);
});

test("nothing that a file holds is obeyed by the terminal that shows it", async (t) => {
  const obeyed = /(?!\n)\p{Cc}/u;
  const name = "id\x1b[31m\x07\x9b2J\x7f";
  const { start } = await workplace(t, { files: { "list.csv": `${name},when\na1,x\nb2,y\n` } });
  for (const [args, code] of /** @type {[string[], number][]} */ ([
    [["plan", "list.csv", "-g", GROUP, "--column", "0"], 0],
    [["plan", "list.csv", "-g", GROUP, "--column", "0", "--json"], 0],
    [["plan", "list.csv", "-g", GROUP, "--column", "none"], 2],
    [["plan", "list.csv", "-g", GROUP, "--column", "none", "--json"], 2],
    [["delete", "list.csv", "-g", GROUP, "--column", "0", "--confirm", `delete 2 from ${GROUP}`], 0],
    [["emulator", "--library", "staff=list.csv"], 2],
  ])) {
    const { stdout, stderr, code: ended } = await start(args).ended;
    assert.equal(ended, code, stderr);
    assert.doesNotMatch(stdout + stderr, obeyed, args.join(" "));
  }
  const { stdout } = await start(["plan", "list.csv", "-g", GROUP, "--column", "0", "--json"]).ended;
  assert.equal(JSON.parse(stdout).column, name);
});

test("a plan's command reads the list in the same way", async (t) => {
  const { start } = await workplace(t, { files: { "-list.csv": "id,when\na1,x\nb2,y\n" } });
  const options = ["--column", "id", "--format", "csv", "--max-delete", "5", "--batch-size", "1", "-g", GROUP];
  const { code, stdout } = await start(["plan", ...options, "--", "-list.csv"]).ended;
  assert.equal(code, 0);
  const [, command = ""] = /finauth-facesearch (delete .*)/.exec(stdout) ?? [];
  for (const said of [
    "./-list.csv",
    "--column id",
    "--format csv",
    "--max-delete 5",
    "--batch-size 1",
    `--group ${GROUP}`,
  ])
    assert.ok(command.includes(said), command);
  const done = await start([...command.split(" "), "--confirm", "delete 2 from staff"]).ended;
  assert.equal(done.code, 0, done.stderr);
});

test("who may delete and not count is told, and goes on; who cannot count at all is told that nothing was sent", async (t) => {
  const { start, emulator } = await workplace(t, { files });
  emulator.inject({
    fault: "error",
    status: 403,
    error: "AUTHORIZATION_ERROR:NO_PERMISSION",
    path: "get_size",
    times: 9,
  });
  const without = await start(DELETE).ended;
  assert.equal(without.code, 0, without.stderr);
  assert.match(without.stderr, /cannot be counted: The API key may not make this call/);
  emulator.clearFaults();
  for (const [at, rule] of /** @type {any[]} */ ([
    { fault: "error", status: 404, error: "API_NOT_FOUND" },
    { fault: "htmlGatewayError", status: 404 },
    { fault: "reshape", as: "missing", fields: ["face_count"] },
  ]).entries()) {
    emulator.addFaces(GROUP, ["a1", "b2"]);
    emulator.inject({ ...rule, path: "get_size", times: 3 });
    const journal = ["--journal", `${at}.journal`, "--no-receipt"];
    const { code, stderr } = await start([...DELETE, ...journal]).ended;
    assert.deepEqual([code, /cannot be counted/.test(stderr)], [0, true], `${JSON.stringify(rule)} ${stderr}`);
    emulator.clearFaults();
  }
  emulator.inject({
    fault: "error",
    status: 403,
    error: "AUTHORIZATION_ERROR:INVALID_SIGN",
    path: "get_size",
    times: 9,
  });
  const refused = await start([...DELETE, "--journal", "other.journal"]).ended;
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /could not be counted before the deletion; nothing was sent to delete/);
});

test("what is wrong is said first, and carried into no command", async (t) => {
  const { start } = await workplace(t, { files });
  await start(DELETE).ended;
  for (const option of ["--max-absent", "--concurrency", "--batch-size", "--max-delete", "--expect"]) {
    for (const command of [DELETE, ["resume", "list.txt"], [...DELETE, "--dry-run"]]) {
      const { code, stderr } = await start([...command, option, "lots"]).ended;
      assert.equal(code, 2);
      assert.match(stderr, new RegExp(`^${option} must be a whole number`));
      assert.doesNotMatch(stderr, /finauth-facesearch resume/);
    }
  }
});
