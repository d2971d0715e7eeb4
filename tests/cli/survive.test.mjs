// @ts-check
// Deletions that are stopped, cut off and killed, and gone on with by the command that was printed.

import assert from "node:assert/strict";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { workplace } from "../support/command.mjs";
import { tokens } from "../support/faults.mjs";
import { proveOutcome, verifyReceipt } from "../support/package.mjs";
import { GROUP } from "../support/served.mjs";

/** The arguments of the command that was printed to go on with. @param {string} said */
function printed(said) {
  const [, command] = /finauth-facesearch (resume .*)/.exec(said) ?? [];
  assert.ok(command !== undefined, said);
  return command.trim().split(" ");
}

/** @param {string} path */
async function outcomesOf(path) {
  const outcomes = [];
  for await (const line of createInterface({ input: createReadStream(path) })) outcomes.push(JSON.parse(line));
  return outcomes;
}

test("on a terminal it asks, shows how it gets on, stops at Ctrl-C, and says how to go on", async (t) => {
  const list = tokens(4000);
  const { terminal, emulator, path } = await workplace(t, {
    faces: list,
    files: { "my list.txt": list.join("\n") },
  });
  // Slow enough to be watched, and to be stopped in the middle, on any machine.
  emulator.inject({ fault: "slowHead", ms: 100, path: "delete", times: 1000 });
  const options = ["--group", GROUP, "--batch-size", "20"];
  const left = terminal(["delete", "my list.txt", ...options]);
  await left.says(/Type "delete 4000 from staff"/);
  left.child.stdin.write("\n");
  assert.equal((await left.ended).code, 2);
  assert.match(left.said.stdout, /It was not confirmed\. Nothing was sent/);
  const mistyped = terminal(["delete", "my list.txt", ...options]);
  await mistyped.says(/Type "delete/);
  mistyped.child.stdin.write("delete 4000 from staf\n");
  assert.equal((await mistyped.ended).code, 2);
  assert.match(
    mistyped.said.stdout,
    /That was "delete 4000 from staf", not "delete 4000 from staff"\. Nothing was sent/,
  );
  const quit = terminal(["delete", "my list.txt", ...options]);
  await quit.says(/Type "delete/);
  quit.child.stdin.write("\x03");
  assert.equal((await quit.ended).code, 3);
  assert.ok(emulator.log.every(({ api }) => api !== "delete"));
  assert.ok(!existsSync(path("my list.txt.journal")), "nothing was begun");

  const run = terminal(["delete", "my list.txt", ...options]);
  await run.says(/Type "delete 4000 from staff"/);
  run.child.stdin.write("delete 4000 from staff\n");
  await run.says(/█░+ {2}\d+ % {2}[\d,]+ of 4,000 {2}deleted [\d,]+ {2}/);
  run.child.stdin.write("\x03");
  await run.says(/Stopping: waiting for the answers to \d+ requests/);
  const { code, stdout } = await run.ended;
  assert.equal(code, 3);
  assert.match(stdout, /not-sent/);
  assert.match(
    stdout,
    /To go on with what is left: {2}finauth-facesearch resume 'my list\.txt' --group staff --batch-size 20/,
  );
  const resumed = terminal(["resume", "my list.txt", "--batch-size", "20"]);
  const end = await resumed.ended;
  assert.equal(end.code, 0, end.stdout);
  assert.match(end.stdout, /deleted +4,000/);
  assert.deepEqual(emulator.faces(GROUP), []);
  const drawn = end.stdout.split("\r").filter((line) => line.includes("█"));
  assert.ok(drawn.length > 2);
  for (const line of drawn) assert.ok(line.indexOf("\x1b") < 80, `a line is never broken: ${line}`);
});

test("Ctrl-C twice cuts off; what was under way is unknown, until it is gone on with", async (t) => {
  const list = tokens(100);
  const { start, emulator, path } = await workplace(t, { faces: list, files: { "list.txt": list.join("\n") } });
  emulator.inject({ fault: "slowHead", ms: 20_000, path: "delete", times: 100 });
  const args = ["delete", "list.txt", "-g", GROUP, "--confirm", "delete 100 from staff", "--batch-size", "10"];
  const run = start([...args, "--jsonl", "out.jsonl"]);
  while (!emulator.log.some(({ api }) => api === "delete")) await new Promise((resolve) => setTimeout(resolve, 20));
  run.child.kill("SIGINT");
  await run.says(/Stopping/);
  const began = Date.now();
  run.child.kill("SIGINT");
  const { code, stdout, stderr } = await run.ended;
  assert.equal(code, 3);
  assert.ok(Date.now() - began < 10_000, "it did not wait for the answers");
  assert.match(stdout, /unknown/);
  emulator.clearFaults();
  const end = await start(printed(stderr)).ended;
  assert.equal(end.code, 0, end.stderr);
  assert.match(end.stdout, /absent-after-uncertain/);
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes: await outcomesOf(path("out.jsonl")) }), []);
});

test("two commands cannot run one deletion", async (t) => {
  const list = tokens(40);
  const { start, emulator } = await workplace(t, { faces: list, files: { "list.txt": list.join("\n") } });
  emulator.inject({ fault: "slowHead", ms: 1500, path: "delete", times: 4 });
  const args = ["delete", "list.txt", "-g", GROUP, "--confirm", "delete 40 from staff", "--batch-size", "10"];
  const first = start(args);
  while (!emulator.log.some(({ api }) => api === "delete")) await new Promise((resolve) => setTimeout(resolve, 20));
  const second = await start(["resume", "list.txt"]).ended;
  assert.equal(second.code, 2);
  assert.match(second.stderr, /JOURNAL_IN_USE/);
  assert.equal((await first.ended).code, 0);
});

test("another list, or another library, is not gone on with", async (t) => {
  const { start, emulator } = await workplace(t, { files: { "list.txt": "a1\nzz\n", "other.txt": "a1\nyy\n" } });
  await start(["delete", "list.txt", "-g", GROUP, "--confirm", "delete 2 from staff"]).ended;
  const sent = emulator.log.filter(({ api }) => api === "delete").length;
  const journal = ["--journal", "list.txt.journal"];
  const list = await start(["resume", "other.txt", ...journal]).ended;
  assert.deepEqual([list.code, /JOURNAL_OF_ANOTHER_LIST/.test(list.stderr)], [2, true]);
  const group = await start(["resume", "list.txt", "-g", "other"]).ended;
  assert.deepEqual([group.code, /JOURNAL_OF_ANOTHER_GROUP/.test(group.stderr)], [2, true]);
  assert.equal(emulator.log.filter(({ api }) => api === "delete").length, sent);
});

test("a million tokens, stopped, cut off and killed on the way, end with a receipt that verifies", async (t) => {
  const list = Array.from({ length: 1_000_000 }, (_, at) => (at * 7919 + 1).toString(16).padStart(32, "0"));
  const { start, emulator, path } = await workplace(t, { faces: list, files: { "million.txt": list.join("\n") } });
  emulator.inject({ fault: "applyThenDrop", path: "delete", skip: 30, times: 3 });
  const answered = () => emulator.log.filter(({ api, status }) => api === "delete" && status === 200).length;
  const until = async (/** @type {number} */ requests) => {
    while (answered() < requests) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  let args = ["delete", "million.txt", "-g", GROUP, "--confirm", "delete 1000000 from staff", "--jsonl", "out.jsonl"];
  for (const [requests, signal, more] of /** @type {[number, NodeJS.Signals, boolean][]} */ ([
    [200, "SIGINT", false],
    [450, "SIGKILL", false],
    [700, "SIGINT", true],
  ])) {
    const run = start(args);
    await until(requests);
    run.child.kill(signal);
    if (more) await run.says(/Stopping/).then(() => run.child.kill(signal));
    const { code, stderr } = await run.ended;
    assert.equal(code, signal === "SIGKILL" ? null : 3, stderr);
    if (signal !== "SIGKILL") args = printed(stderr);
  }
  const { code, stdout, stderr } = await start(args).ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^deleted +9[\d,]+/);
  assert.deepEqual(emulator.faces(GROUP), []);
  const outcomes = await outcomesOf(path("out.jsonl"));
  assert.equal(outcomes.length, 1_000_000);
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes }), [], "each claim is what happened");
  const receipt = readFileSync(path("million.txt.receipt.json"), "utf8");
  const { counts, faceCount, list: about } = JSON.parse(receipt);
  assert.equal(counts.deleted + counts["absent-after-uncertain"], 1_000_000);
  assert.deepEqual([faceCount, about.distinct], [{ before: 1_000_000, after: 0 }, 1_000_000]);
  const leaves = readFileSync(path("million.txt.leaves"));
  for (const { token, outcome } of [0, 123_456, 999_999].map((at) => outcomes[at])) {
    const proof = await proveOutcome(leaves, { token });
    assert.equal((await verifyReceipt(receipt, proof, { token })).outcome, outcome);
  }
});
