// @ts-check
// The command line: what it prints where, what it ends with, and what it never does.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { credentialsOf } from "#modules/cli/command.js";
import { workplace } from "../support/command.mjs";
import { tokens } from "../support/faults.mjs";
import { assertNoSecrets, serveEmulator } from "../support/package.mjs";
import { GROUP } from "../support/served.mjs";

const LIST = "name,face_token\nAnn,a1\nBob,b2\nZoe,zz\nAnn again,a1\nnobody,two words\n";
const PHRASE = `delete 3 from ${GROUP}`;
const files = { "list.csv": LIST };

test("a plan says what would be deleted, needs no credentials, and sends nothing", async (t) => {
  const { start, emulator } = await workplace(t, { files });
  const env = { FINAUTH_API_KEY: "", FINAUTH_API_SECRET: "" };
  const { code, stdout, stderr } = await start(["plan", "list.csv", "--group", GROUP], { env }).ended;
  assert.equal(code, 1, "a line holds no token");
  assert.equal(stderr, "");
  assert.match(stdout, /list\.csv \(csv, column face_token\): 5 entries/);
  assert.match(stdout, /3 tokens to delete from staff/);
  assert.match(stdout, /1 entry repeats an earlier one/);
  assert.match(stdout, /line 6: must not contain white space/);
  assert.match(stdout, /Nothing was sent/);
  const json = await start(["plan", "-", "-g", GROUP, "--json"], { env }).input("a1\nb2\n").ended;
  assert.equal(json.code, 0);
  const { counts, confirmation } = JSON.parse(json.stdout);
  assert.deepEqual([counts.distinct, confirmation], [2, "delete 2 from staff"]);
  const dry = await start(["delete", "list.csv", "-g", GROUP, "--dry-run"], { env }).ended;
  assert.equal(dry.stdout, stdout);
  assert.equal(emulator.log.length, 0);
});

test("a deletion prints its result alone, and leaves journal, receipt and tables", async (t) => {
  const { start, emulator, path } = await workplace(t, { files });
  const options = ["--confirm", PHRASE, "--json", "--csv", "out.csv", "--jsonl", "out.jsonl"];
  const { code, stdout, stderr } = await start(["delete", "list.csv", "--group", GROUP, ...options]).ended;
  assert.equal(code, 1, stderr);
  const result = JSON.parse(stdout);
  assert.deepEqual(
    [result.counts.deleted, result.counts.absent, result.counts.duplicate, result.counts.invalid, result.complete],
    [2, 1, 1, 1, true],
  );
  assert.deepEqual(result.files, {
    journal: "list.csv.journal",
    receipt: "list.csv.receipt.json",
    leaves: "list.csv.leaves",
    csv: "out.csv",
    jsonl: "out.jsonl",
  });
  assert.deepEqual(emulator.faces(GROUP), ["c3"]);
  const outcomes = readFileSync(path("out.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes }), []);
  assert.equal(readFileSync(path("out.csv"), "utf8").split("\r\n").length, 7);
  const receipt = JSON.parse(readFileSync(path("list.csv.receipt.json"), "utf8"));
  assert.deepEqual(receipt.faceCount, { before: 3, after: 1 });
  for (const file of Object.values(result.files))
    assert.equal(statSync(path(file)).mode & 0o077, 0, `${file} is ours alone`);
  assertNoSecrets(
    [stdout, stderr, JSON.stringify(receipt), readFileSync(path("list.csv.journal"), "utf8")],
    [emulator.apiSecret],
  );
});

test("it ends with 0 if all is gone, 1 if some is not", async (t) => {
  const { start, emulator } = await workplace(t, { faces: ["a1", "b2"] });
  const run = (/** @type {string} */ list, /** @type {string} */ phrase) =>
    start(["delete", "-", "-g", GROUP, "--confirm", phrase]).input(list).ended;
  assert.equal((await run("a1\nzz\na1\n", "delete 2 from staff")).code, 0);
  emulator.inject({ fault: "partial", path: "delete" });
  const some = await run("b2\n", "delete 1 from staff");
  assert.equal(some.code, 1);
  assert.match(some.stdout, /failed +1 +refused/);
  assert.equal((await run("", "")).code, 0, "nothing to do is done");
});

test("nothing is sent without the phrase, with too many, or to a library that is not there", async (t) => {
  const { start, emulator } = await workplace(t, { files });
  const cases = /** @type {[string[], number, RegExp][]} */ ([
    [[], 2, /Nobody is here to confirm\. Nothing was sent.*--confirm 'delete 3 from staff'/],
    [["--confirm", "delete 4 from staff"], 2, /This would delete 3 from staff/],
    [["--confirm", PHRASE, "--max-delete", "2"], 2, /more than maxDelete \(2\)/],
    [["--confirm", PHRASE, "--expect", "4"], 2, /not 4/],
    [["--confirm", PHRASE, "--max-absent", "lots"], 2, /--max-absent must be a whole number/],
    [
      ["--confirm", PHRASE, "--no-journal", "--journal", "a"],
      2,
      /--no-journal says that there is to be none: leave one/,
    ],
    [
      ["--confirm", PHRASE, "--no-receipt", "--receipt", "a"],
      2,
      /--no-receipt says that there is to be none: leave one/,
    ],
    [["--confirm", PHRASE, "--column", "face"], 2, /column/],
    [["--confirm", PHRASE, "--format", "xlsx"], 2, /format must be one of/],
    [["--confirm", PHRASE, "--group", "other"], 1, /GROUP_NOT_FOUND|no such/i],
    [["--confirm", PHRASE, "--csv", "no/such/folder.csv"], 2, /cannot be written/],
    [["--confirm", PHRASE, "--journal", "no/such/folder.journal"], 2, /journal, no.*there is no such folder/],
    [["--confirm", PHRASE, "--base-url", "http://example.com"], 2, /baseUrl/],
    [["more.csv"], 2, /One file at a time/],
  ]);
  for (const [options, expected, sentence] of cases) {
    const { code, stdout, stderr } = await start(["delete", "list.csv", "-g", GROUP, ...options]).ended;
    assert.equal(code, expected, stderr);
    assert.match(stderr, sentence);
    assert.equal(stdout, "");
    assert.doesNotMatch(stderr, / at .*\.js:\d/, "a sentence, and no stack");
  }
  assert.ok(emulator.log.every(({ api }) => api !== "delete"));
});

test("wrong use is said in a sentence", async (t) => {
  const { start } = await workplace(t, { files });
  const cases = /** @type {[string[], RegExp][]} */ ([
    [[], /^finauth-facesearch: deletes faces/],
    [["erase"], /no command 'erase'/],
    [["--api-key", "k"], /begins with a command/],
    [["delete"], /Name the file/],
    [["delete", "nothing.csv", "-g", GROUP], /nothing\.csv is not there/],
    [["delete", ".", "-g", GROUP], /is a folder/],
    [["delete", "list.csv"], /--group is missing/],
    [["delete", "list.csv", "--grup", GROUP], /Unknown option '--grup'/],
    [["delete", "list.csv", "-g", "-staff", "--csv", "x"], /^Option '--?\w+' takes a value; .* see .*--help\n$/],
    [["delete", "list.csv", "--csv", "--jsonl"], /^Option '--csv' takes a value; .* as in --csv=-x; see .*--help\n$/],
    [["delete", "list.csv", "-g", GROUP, "--concurrency", "0"], /--concurrency must be a whole number from 1 to 64/],
    [["resume", "list.csv"], /nothing to go on with/],
    [["resume", "-"], /--journal is missing/],
    [["verify"], /Name the receipt/],
    [["verify", "list.csv"], /^Name the file of leaves \(--leaves FILE\), or a proof/],
    [["verify", "list.csv", "--leaves", "a", "--proof", "b", "--token", "a1"], /^Name one of the two/],
    [["verify", "list.csv", "--leaves", "list.csv", "--save-proof", "a"], /^--token is missing/],
    [["emulator", "--library", "staff"], /staff=faces\.txt/],
    [["emulator", "--library", "our staff=list.csv"], /^--library our staff=list\.csv: groupId must be/],
    [["emulator", "--library", "staff=nothing.csv"], /^nothing\.csv is not there/],
    [["emulator", "--save-list", "list.csv"], /^list\.csv is there already/],
    [["emulator", "--save-list", "no/such/list.csv"], /^The list, .*, cannot be written: there is no such folder/],
    [["count"], /--group is missing/],
    [["count", "-g", GROUP, "extra"], /What is extra\?/],
    [["sign", "hunter"], /What is hunter\?/],
    [["count", "-g", GROUP, "--proxy", "http://127.0.0.1:9/", "--base-url", "http://127.0.0.1:9/"], /leave it out/],
    [["count", "-g", GROUP, "--credentials", "."], /^\. is a folder/],
    [["help", "nonsense"], /no command 'nonsense'/],
  ]);
  for (const [args, sentence] of cases) {
    const { code, stdout, stderr } = await start(args).ended;
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert.match(stderr, sentence);
  }
});

test("a secret is never taken from an argument, and never shown", async (t) => {
  const { start, emulator, path, server } = await workplace(t, { files });
  for (const option of ["--api-secret", "--apiSecret", "--secret", "--password"]) {
    for (const args of [[option, "hunter2-hunter2"], [`${option}=hunter2-hunter2`]]) {
      const { code, stdout, stderr } = await start(["count", "-g", GROUP, ...args]).ended;
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, /does not belong on a command line/);
      assert.doesNotMatch(stderr, /hunter2/);
    }
  }
  const none = { FINAUTH_API_KEY: "", FINAUTH_API_SECRET: "" };
  const without = await start(["count", "-g", GROUP], { env: none }).ended;
  assert.equal(without.code, 2);
  assert.match(without.stderr, /FINAUTH_API_KEY and FINAUTH_API_SECRET/);
  const { apiKey, apiSecret } = emulator;
  const lines = `FINAUTH_API_KEY=${apiKey}\nFINAUTH_API_SECRET="${apiSecret}"\n`;
  writeFileSync(path("secret.env"), `${lines}FINAUTH_BASE_URL=${server.baseUrl}\n`, { mode: 0o644 });
  const args = ["count", "-g", GROUP, "--credentials", "secret.env", "--base-url"];
  const open = await start([...args, "http://127.0.0.1:1/"], { env: none }).ended;
  assert.equal(open.code, 1);
  assert.match(open.stderr, /Others on this machine can read secret\.env/);
  chmodSync(path("secret.env"), 0o600);
  const counted = await start(["count", "-g", GROUP, "--credentials", "secret.env"], { env: none }).ended;
  assert.deepEqual([counted.code, counted.stdout, counted.stderr], [0, "3\n", ""]);
  assertNoSecrets([open.stdout, open.stderr, counted.stdout, counted.stderr], [apiSecret]);
});

test("the key of a file is not for the server of the environment", async (t) => {
  const { path, server } = await workplace(t, {
    files: { "own.env": "FINAUTH_API_KEY=k\nFINAUTH_API_SECRET=s\nFINAUTH_BASE_URL=\n" },
  });
  chmodSync(path("own.env"), 0o600);
  const before = process.env.FINAUTH_BASE_URL;
  t.after(() => {
    if (before === undefined) delete process.env.FINAUTH_BASE_URL;
    else process.env.FINAUTH_BASE_URL = before;
  });
  process.env.FINAUTH_BASE_URL = server.baseUrl;
  assert.equal(credentialsOf(path("own.env")).baseUrl, "https://api-sgp.yljz.com/finauth");
});

test("a wrong secret, a server that is away: a sentence, and nothing was sent", async (t) => {
  const { start, server } = await workplace(t, { files });
  const args = ["delete", "list.csv", "-g", GROUP, "--confirm", PHRASE];
  const wrong = await start(args, { env: { FINAUTH_API_SECRET: "wrong-secret" } }).ended;
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /check the API secret \[AUTHORIZATION_ERROR: INVALID_SIGN\]\n$/);
  await server.close();
  const away = await start(args).ended;
  assert.equal(away.code, 1);
  assert.match(away.stderr, /\(connect ECONNREFUSED 127\.0\.0\.1:\d+\) \[NOT_CONNECTED\]/);
  assert.equal(away.stderr.match(/NOT_CONNECTED/g)?.length, 1);
});

test("with --json a failure without a result is JSON as well, and the exit code is what it was", async (t) => {
  const { start, emulator } = await workplace(t, { files });
  const gone = await serveEmulator(emulator);
  await gone.close();
  const wrong = { FINAUTH_API_SECRET: "wrong-secret" };
  const away = { FINAUTH_BASE_URL: gone.baseUrl };
  const erase = ["delete", "list.csv", "-g", GROUP, "--confirm", PHRASE];
  const cases = /** @type {[string[], Record<string, string>, number, object][]} */ ([
    [erase, wrong, 1, { name: "AuthenticationError", code: "AUTHORIZATION_ERROR", delivery: "not-sent" }],
    [erase, away, 1, { name: "ConnectionError", code: "NOT_CONNECTED", delivery: "not-sent" }],
    [[...erase, "-g", "other"], {}, 1, { name: "GroupNotFoundError", delivery: "not-sent" }],
    [[...erase, "--confirm", "delete 9 from staff"], {}, 2, { code: "NOT_CONFIRMED", delivery: "not-sent" }],
    [[...erase, "--expect", "9"], {}, 2, { name: "SafetyError", code: "UNEXPECTED_COUNT" }],
    [["plan", "nothing.csv", "-g", GROUP], {}, 2, { code: "WRONG_USE", message: "nothing.csv is not there." }],
    [["plan", "list.csv", "-g", GROUP, "--nonsense"], {}, 2, { code: "WRONG_USE" }],
    [["resume", "list.csv"], {}, 2, { code: "WRONG_USE" }],
    [["verify", "list.csv", "--leaves", "nothing"], {}, 2, { message: "nothing is not there." }],
    [["count", "-g", GROUP], wrong, 1, { name: "AuthenticationError", status: 403 }],
    [["count", "-g", GROUP], away, 1, { code: "NOT_CONNECTED" }],
  ]);
  for (const [args, env, expected, error] of cases) {
    const { code, stdout, stderr } = await start([...args, "--json"], { env }).ended;
    assert.equal(code, expected, stderr);
    const said = JSON.parse(stdout);
    assert.deepEqual(Object.keys(said), ["error"]);
    assert.deepEqual({ ...said.error, ...error }, said.error, "it says so");
    assert.ok(!("stack" in said.error) && stderr !== "", "a person is told as well");
    assertNoSecrets([stdout, stderr], [emulator.apiSecret, "wrong-secret"]);
  }
  const named = await start(["plan", "-g", GROUP, "--", "--json"]).ended;
  assert.deepEqual([named.code, named.stdout], [2, ""], "that is the name of a file");
});

test("help is there for each command, and each option in it exists", async (t) => {
  const { start } = await workplace(t);
  const { code, stdout } = await start(["--help"]).ended;
  assert.equal(code, 0);
  for (const line of stdout.split("\n")) assert.ok(line.length <= 125, line);
  const commands = [...stdout.matchAll(/^ {2}finauth-facesearch (\w+)/gm)].map(([, name]) => String(name));
  assert.deepEqual(commands, ["plan", "delete", "resume", "verify", "count", "sign", "emulator", "console"]);
  for (const command of commands) {
    const own = await start([command, "--help"]).ended;
    assert.deepEqual([own.code, own.stderr], [0, ""]);
    assert.match(own.stdout, new RegExp(`^finauth-facesearch ${command}`));
    const options = new Set([...own.stdout.matchAll(/--[a-z][a-z-]*/g)].map(([option]) => option));
    // Whatever else is wrong with it then, it is not that the option is unknown.
    const tried = [...options].map((option) => start([command, option, "x", "--nonsense"]).ended);
    for (const { stderr } of await Promise.all(tried)) assert.match(stderr, /^(Unknown option '--nonsense'|Option )/);
  }
  const page = readFileSync(new URL("../../docs/command-line.md", import.meta.url), "utf8");
  const shown = [
    stdout,
    ...(await Promise.all(commands.map((command) => start([command, "--help"]).ended))).map((own) => own.stdout),
  ];
  for (const text of shown) assert.ok(page.includes(`\`\`\`\n${text}\`\`\``), `docs/command-line.md shows it: ${text}`);
  assert.match((await start(["--version"]).ended).stdout, /^\d+\.\d+\.\d+/);
});

test("count and sign print what others can use", async (t) => {
  const { start, emulator, server } = await workplace(t);
  assert.equal((await start(["count", "-g", GROUP]).ended).stdout, "3\n");
  assert.equal(JSON.parse((await start(["count", "-g", GROUP, "--json"]).ended).stdout).faceCount, 3);
  const { stdout } = await start(["sign", "--once"]).ended;
  const body = new FormData();
  for (const [name, value] of Object.entries({ sign: stdout.trim(), sign_version: "hmac_sha1", group_id: GROUP })) {
    body.set(name, value);
  }
  const answer = await fetch(`${server.baseUrl}/search/group/get_size`, { method: "POST", body });
  assert.equal(answer.status, 200, JSON.stringify(emulator.log.at(-1)));
});

test("a receipt is verified, with the leaves or with a proof", async (t) => {
  const { start, path } = await workplace(t, { files });
  await start(["delete", "list.csv", "-g", GROUP, "--confirm", PHRASE]).ended;
  const verify = (/** @type {string[]} */ ...args) => start(["verify", "list.csv.receipt.json", ...args]);
  const leaves = ["--leaves", "list.csv.leaves"];
  assert.equal((await verify(...leaves).ended).code, 0);
  const proven = await verify(...leaves, "--token", "a1", "--save-proof", "a1.json").ended;
  assert.equal(proven.code, 0);
  assert.match(proven.stdout, /^deleted: in staff/);
  const handed = await verify("--proof", "a1.json", "--token", "-", "--json").input("a1\n").ended;
  assert.deepEqual([handed.code, JSON.parse(handed.stdout).outcome], [0, "deleted"]);
  assert.equal((await verify("--proof", "a1.json", "--token", "b2").ended).code, 1);
  assert.equal((await verify(...leaves, "--token", "never").ended).code, 1);
  const text = readFileSync(path("list.csv.receipt.json"), "utf8");
  for (const [from, to] of /** @type {[string | RegExp, string][]} */ ([
    ['"deleted":2', '"deleted":3'],
    [GROUP, "visitors"],
    [/"root":"./, '"root":"g'],
  ])) {
    writeFileSync(path("list.csv.receipt.json"), text.replace(from, to));
    assert.equal((await verify(...leaves).ended).code, 1);
    assert.equal((await verify(...leaves, "--token", "a1").ended).code, 1);
    assert.equal((await verify("--proof", "a1.json", "--token", "a1").ended).code, 1);
  }
});

test("of leaves that are another receipt's, or damaged, nothing is claimed", async (t) => {
  const { start, path } = await workplace(t, { files });
  const run = ["delete", "list.csv", "-g", GROUP, "--confirm", PHRASE, "--no-journal", "--receipt"];
  for (const name of ["one.json", "two.json"]) await start([...run, name]).ended;
  const verify = async (/** @type {string[]} */ ...args) => {
    const { code, stdout, stderr } = await start(["verify", "one.json", ...args, "--json"]).ended;
    assert.equal(code, 1);
    const said = JSON.parse(stdout);
    assert.equal(said.valid, false);
    assert.match(stderr, new RegExp(said.message.slice(0, 20)));
    return said.code ?? said.message;
  };
  const other = "LEAVES_OF_ANOTHER_RECEIPT";
  for (const token of ["a1", "never"]) assert.equal(await verify("--token", token, "--leaves", "two.leaves"), other);
  assert.match(await verify("--token", "never", "--leaves", "one.leaves"), /was not in the list/);
  const damaged = readFileSync(path("one.leaves"));
  for (const at of [12, 50, 80, damaged.length - 1]) {
    const copy = Buffer.from(damaged);
    copy[at] = Number(copy[at]) ^ 1;
    writeFileSync(path("damaged.leaves"), copy);
    assert.equal(await verify("--token", "never", "--leaves", "damaged.leaves"), other, `${at}`);
  }
  for (const [options, sentence] of /** @type {[string[], RegExp][]} */ ([
    [["--leaves", "."], /^\. is a folder/],
    [
      ["--token", "a1", "--leaves", "one.leaves", "--save-proof", "no/such/file"],
      /^The proof, no.*, cannot be written: there is no such folder/,
    ],
  ])) {
    const { code, stderr } = await start(["verify", "one.json", ...options]).ended;
    assert.equal(code, 2);
    assert.match(stderr, sentence);
  }
});

test("a receipt of another run is left alone", async (t) => {
  const { start, path } = await workplace(t, { files });
  const run = () => start(["delete", "list.csv", "-g", GROUP, "--confirm", PHRASE, "--no-journal", "--json"]).ended;
  const first = JSON.parse((await run()).stdout).files;
  const text = readFileSync(path(first.receipt), "utf8");
  const second = JSON.parse((await run()).stdout).files;
  assert.notEqual(second.receipt, first.receipt);
  assert.equal(readFileSync(path(first.receipt), "utf8"), text);
  for (const { receipt, leaves } of [first, second]) {
    assert.equal((await start(["verify", receipt, "--leaves", leaves]).ended).code, 0);
  }
});

test("what cannot be written down is not sent", async (t) => {
  const { start, emulator, path } = await workplace(t, { files });
  mkdirSync(path("list.csv.journal.lock"));
  const args = ["delete", "list.csv", "-g", GROUP, "--confirm", PHRASE];
  const locked = await start(args).ended;
  assert.equal(locked.code, 2);
  assert.match(locked.stderr, /JOURNAL/);
  // Not even root can write there; and what is no file is not read, since it may never end.
  for (const journal of ["/sys/finauth-facesearch.journal", "/dev/full"]) {
    const { code, stderr } = await start([...args, "--journal", journal]).ended;
    assert.equal(code, 2);
    assert.match(stderr, /The journal, .* cannot be written/);
  }
  assert.ok(emulator.log.every(({ api }) => api !== "delete"));
});

test("what one pipes in has neither journal nor receipt, which is said before; and what is said then fits", async (t) => {
  const { start, emulator, path } = await workplace(t, { faces: tokens(40) });
  const list = tokens(40).join("\n");
  const args = [
    "delete",
    "-",
    "-g",
    GROUP,
    "--confirm",
    "delete 40 from staff",
    "--batch-size",
    "1",
    "--concurrency",
    "1",
  ];
  const said = /^The list is piped in: there will be no (.*) unless you say where \((.*)\)\.$/m;
  emulator.inject({ fault: "slowHead", ms: 100, path: "delete", times: 1000 });
  const run = start(args).input(list);
  while (emulator.faces(GROUP).length > 38) await new Promise((resolve) => setTimeout(resolve, 20));
  run.child.kill("SIGINT");
  const stopped = await run.ended;
  assert.equal(stopped.code, 3);
  assert.deepEqual(said.exec(stopped.stderr)?.slice(1), ["journal and no receipt", "--journal FILE, --receipt FILE"]);
  assert.match(stopped.stderr, /Without a journal nobody can go on; run the same again/);
  assert.doesNotMatch(stopped.stderr, /To go on/);
  emulator.clearFaults();
  const kept = await start([...args, "--journal", "j", "--json"]).input(list).ended;
  assert.deepEqual(said.exec(kept.stderr)?.slice(1), ["receipt", "--receipt FILE"]);
  assert.deepEqual(JSON.parse(kept.stdout).files, { journal: "j" });
  const meant = await start([...args, "--no-journal", "--receipt", "r.json"]).input(list).ended;
  assert.doesNotMatch(meant.stderr, said);
  assert.ok(existsSync(path("r.json")));
});

test("a reader that leaves early does no harm", async (t) => {
  const { start, emulator } = await workplace(t, { faces: tokens(50) });
  const run = start(["delete", "-", "-g", GROUP, "--confirm", "delete 50 from staff"]);
  run.child.stdout.destroy();
  const { code } = await run.input(tokens(50).join("\n")).ended;
  assert.equal(code, 0);
  assert.deepEqual(emulator.faces(GROUP), []);
});

test("the servers say where they are, serve, and end with Ctrl-C", async (t) => {
  const { start, path } = await workplace(t, { files });
  const emulator = start(["emulator", "--port", "0", "--library", "mine=list.csv"]);
  await emulator.says(/FINAUTH_BASE_URL=\S+/);
  const env = Object.fromEntries([...emulator.said.stdout.matchAll(/(FINAUTH_\w+)=(\S+)/g)].map(([, k, v]) => [k, v]));
  assert.equal((await start(["count", "-g", "mine"], { env }).ended).stdout, "3\n", "it is read as delete reads it");
  assert.match(emulator.said.stderr, /^list\.csv: 1 entry is no token/m);
  const known = await start(["delete", "list.csv", "-g", "mine", "--confirm", "delete 3 from mine"], { env }).ended;
  assert.match(known.stdout, /^deleted +3/);
  const url = new URL(String(env.FINAUTH_BASE_URL));
  const taken = await start(["emulator", "--port", url.port]).ended;
  assert.deepEqual([taken.code, /is taken: choose another one/.test(taken.stderr)], [2, true]);
  emulator.child.kill("SIGINT");
  assert.equal((await emulator.ended).code, 0);
  const page = start(["console", "--port", "0"], { env: { FINAUTH_API_SECRET: "" } });
  await page.says(/practice mode/);
  const [address] = /http:\S+/.exec(page.said.stderr) ?? [];
  const answer = await fetch(String(address));
  assert.equal(answer.status, 200);
  assert.match(await answer.text(), /<title>/);
  page.child.kill("SIGINT");
  assert.equal((await page.ended).code, 0);
  assert.ok(!existsSync(path("nothing")));
});
