// @ts-check
// Two processes never hold one journal, and none is kept out by one that is no more.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { hostname, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { howToTell } from "#modules/journal/alive.js";
import { fileJournal } from "../support/package.mjs";
import { rejection } from "../support/served.mjs";

const folder = mkdtempSync(join(tmpdir(), "finauth-facesearch-"));
after(() => rmSync(folder, { recursive: true }));

const journalModule = new URL("../../pkg/journal/fs.js", import.meta.url).href;

/** Takes a journal at a time that it is told, says whether it has it, and lets go of it. */
const TAKER = `
  import { fileJournal } from ${JSON.stringify(journalModule)};
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

const script = join(folder, "taker.mjs");
writeFileSync(script, TAKER);

test("of several processes that take a stale lock at once, exactly one has it", async (t) => {
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
    assert.deepEqual(leftOf(`round-${round}`), [], "nothing is left of the locks");
  }
});

/** What there is beside a journal. @param {string} name */
function leftOf(name) {
  return readdirSync(folder).filter((other) => other.startsWith(`${name}.`));
}

async function deadProcess() {
  const dead = spawn(process.execPath, ["--version"]);
  await once(dead, "exit");
  return dead.pid;
}

/** Where this process runs. */
const here = {
  host: hostname(),
  boot: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
  pids: readlinkSync("/proc/self/ns/pid"),
  disk: statfsSync(folder).type,
};

/** A lock of this process's number, but for what is said. @param {object} other */
function foreign(other) {
  return `${JSON.stringify({ pid: process.pid, ...here, began: 0, nonce: "ab", ...other })}\n`;
}

test("a number that was given again, by a start of the machine or of a container, holds nothing up", async () => {
  const path = join(folder, "again");
  for (const other of [{ start: "1" }, { boot: undefined, pid: process.ppid, start: "1" }, {}]) {
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
  assert.deepEqual(leftOf("twice"), []);
});

test("lock: removes the files of killed processes beside it when it is taken, and no others", async () => {
  const path = join(folder, "left");
  const dead = await deadProcess();
  const [one, two, three, four] = ["1", "2", "3", "4"].map((digit) => digit.repeat(24));
  const gone = (/** @type {object} */ other) => foreign({ pid: dead, start: "1", ...other });
  const alive = foreign({ start: undefined, began: Math.round(Date.now() - process.uptime() * 1000), nonce: four });
  const left = {
    [`${dead}.${one}`]: gone({ nonce: one, socket: true }),
    [`${dead}.${two}`]: gone({ nonce: two }).slice(0, 20),
    [`${dead}.${three}`]: "",
    [`${"a".repeat(24)}.${dead}.${one}`]: gone({ nonce: one }),
    [`${"b".repeat(24)}`]: gone({ nonce: two }),
    "pid-77": gone({ nonce: three }),
  };
  const kept = {
    [`${process.pid}.${four}`]: alive,
    [`${"c".repeat(24)}`]: foreign({ host: "elsewhere", boot: "another", disk: NFS }),
    old: "a copy",
    bad: "another one",
    [`${dead}.bad`]: "not ours",
  };
  for (const stale of [undefined, gone({ nonce: "ef".repeat(12), socket: true })]) {
    for (const [name, text] of Object.entries({ ...left, ...kept })) writeFileSync(`${path}.lock.${name}`, text);
    // Of one that was killed with its lock, of one that released it before, and of one whose name is still there.
    for (const nonce of ["ef".repeat(12), "d".repeat(24), one]) await deadSocket(`${path}.lock.${nonce}.socket`);
    if (stale !== undefined) writeFileSync(`${path}.lock`, stale);
    const journal = fileJournal(path);
    await journal.open();
    await journal.close?.();
    assert.deepEqual(
      leftOf("left").sort(),
      Object.keys(kept)
        .map((name) => `left.lock.${name}`)
        .sort(),
    );
  }
});

test("lock: leaves no file of processes that are killed while they take or release it", async (t) => {
  const path = join(folder, "killed");
  const code = `import { fileJournal } from ${JSON.stringify(journalModule)};
    process.send("ready");
    for (;;) {
      const journal = fileJournal(${JSON.stringify(path)});
      await journal.open().then(() => journal.close(), () => {});
    }`;
  for (let round = 0; round < 12; round += 1) {
    const children = [0, 1].map(() =>
      spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", 2, 2, "ipc"] }),
    );
    t.after(() => children.map((child) => child.kill("SIGKILL")));
    await Promise.all(children.map((child) => once(child, "message")));
    for (const child of children) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    }
    const journal = fileJournal(path);
    await journal.open();
    await journal.close?.();
    assert.deepEqual(leftOf("killed"), [], `round ${round}`);
  }
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
  writeFileSync(`${path}.lock`, foreign({ host: "elsewhere", boot: "another", disk: NFS }));
  assert.equal((await rejection(Promise.resolve(fileJournal(path).open()))).code, "JOURNAL_IN_USE");
});

test("a journal has one lock, by whichever of its names it is opened", async () => {
  const path = join(folder, "named");
  const [link, second, folderLink] = [join(folder, "link"), join(folder, "link-of-link"), join(folder, "folder")];
  symlinkSync(path, link);
  symlinkSync("link", second);
  symlinkSync(folder, folderLink);
  const names = [path, link, second, join(folderLink, "named"), join(folderLink, "link")];
  // The first name leads to nothing yet.
  for (const first of [second, ...names]) {
    const holder = fileJournal(first);
    await holder.open();
    await holder.append(new TextEncoder().encode("x"));
    for (const other of names) {
      for (const name of [other, pathToFileURL(other)])
        assert.equal((await rejection(Promise.resolve(fileJournal(name).open()))).code, "JOURNAL_IN_USE", other);
    }
    await holder.close?.();
    for (const name of ["named", "link", "link-of-link"]) assert.deepEqual(leftOf(name), []);
  }
  assert.equal(readFileSync(path, "utf8"), "x".repeat(6));
});

test("who lets go removes no lock of another one", async () => {
  const path = join(folder, "mine");
  const journal = fileJournal(path);
  await journal.open();
  writeFileSync(`${path}.lock`, foreign({ host: "elsewhere" }));
  await journal.close?.();
  assert.ok(existsSync(`${path}.lock`));
});

const OUTSIDE = "pid:[4026531836]";
const [EXT4, OVERLAY, NFS, FUSE] = [0xef53, 0x794c7630, 0x6969, 0x65735546];

test("what tells whether a holder lives depends on where it runs, and on the disk", () => {
  const us = { host: "us", boot: "b1", pids: "pid:[1]", disk: EXT4 };
  const outside = { ...us, pids: OUTSIDE };
  /** @type {[ReturnType<typeof howToTell>, object, object, string][]} */
  const cases = [
    ["by its number", us, us, "the same processes' numbers"],
    ["by its number", { ...us, host: "renamed" }, us, "whatever the machine is called by now"],
    ["by its number", { ...us, disk: NFS }, { ...us, disk: NFS }, "nor does the disk matter then"],
    ["by its socket", { ...us, pids: "pid:[2]", socket: true }, us, "another container of this machine"],
    ["by its socket", { ...us, pids: "pid:[2]", socket: true, host: "other" }, us, "of another name"],
    ["by its socket", { ...us, pids: undefined, socket: true }, us, "one that cannot see its own number"],
    ["by its socket", { ...us, socket: true }, { ...us, pids: undefined }, "nor can this one"],
    [
      "by its socket",
      { ...us, boot: "b2", socket: true },
      us,
      "a start of the machine, or a container that made it up",
    ],
    ["by its socket", { ...outside, boot: "b2", socket: true }, outside, "which may be asked in any case"],
    ["dead", { ...outside, boot: "b2" }, outside, "outside of containers nobody makes it up"],
    ["alive", { ...us, boot: "b2" }, us, "inside it may be made up"],
    ["alive", { ...us, boot: "b2" }, outside, "as may the holder's"],
    ["alive", { ...us, pids: "pid:[2]" }, us, "there is no socket"],
    ["alive", { ...us, pids: undefined }, us, "nor a number"],
    [
      "alive",
      { ...us, boot: "b2", disk: NFS, socket: true },
      { ...us, disk: NFS },
      "another machine has the disk as well",
    ],
    ["alive", { ...outside, boot: "b2", disk: NFS }, { ...outside, disk: NFS }, "also outside of containers"],
    [
      "alive",
      { ...us, pids: "pid:[2]", disk: FUSE, socket: true },
      { ...us, disk: FUSE },
      "nobody knows what is behind it",
    ],
    ["alive", { ...outside, boot: "b2", disk: NFS }, outside, "this is the server, and the holder its client"],
    ["alive", { ...outside, boot: "b2" }, { ...outside, disk: NFS }, "the other way round"],
    ["alive", { ...us, pids: "pid:[2]", disk: OVERLAY, socket: true }, us, "this is a layer of what the holder sees"],
    ["alive", { ...us, boot: "b2", disk: undefined, socket: true }, { ...us, disk: undefined }, "no disk is known"],
    ["by its number", { ...us, boot: undefined }, us, "no Linux, or one that may not be looked at"],
    ["by its number", us, { ...us, boot: undefined }, "the same of this one"],
    ["by its number", { host: undefined, boot: undefined }, us, "no name either"],
    ["alive", { ...us, boot: undefined, host: "other" }, us, "another machine"],
  ];
  for (const [expected, holder, place, why] of cases) {
    assert.equal(howToTell(holder, /** @type {any} */ (place)), expected, why);
  }
});

/** Has whoever takes part see processes of its own, as a container does. */
const CONTAINER = ["--pid", "--fork", "--mount-proc", "--kill-child"];

/** As far as this machine lets one: for who is not root, or is root of a container. */
const unshare = [["--user", "--map-root-user"], []]
  .map((user) => [...user, ...CONTAINER])
  .find((args) => spawnSync("unshare", [...args, "true"]).status === 0);

/**
 * Starts a taker, which takes and lets go when it is told.
 *
 * @param {import("node:test").TestContext} t
 * @param {object} how
 * @param {boolean} [how.contained]
 * @param {string} [how.host] a name of its own
 * @param {string[]} [how.args] for Node
 */
async function taker(t, { contained = false, host, args = [] }) {
  let command = [process.execPath, ...args, script];
  if (contained || host !== undefined) {
    assert.ok(unshare, "unshare(1) can make no PID namespace here, neither with a user namespace nor without");
    if (host !== undefined) command = ["sh", "-c", 'hostname "$0" && exec "$@"', host, ...command];
    command = ["unshare", ...unshare, ...(host === undefined ? [] : ["--uts"]), ...command];
  }
  const [file = "", ...rest] = command;
  const child = spawn(file, rest, { stdio: ["ignore", 2, 2, "ipc"] });
  t.after(() => child.kill("SIGKILL"));
  const said = async () => (await Promise.race([once(child, "message"), once(child, "exit").then(() => ["ended"])]))[0];
  assert.equal(await said(), "ready");
  /** @param {object} message */
  const tell = (message) => {
    const answer = said();
    child.send(message);
    return answer;
  };
  return {
    /** @param {string} path */
    take: (path) => tell({ path, at: 0 }),
    close: () => tell({}),
    async kill() {
      // Its end of the channel is closed when it is gone, and not only unshare is.
      const gone = once(child, "disconnect");
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** @param {string} path */
function lockOf(path) {
  return JSON.parse(readFileSync(`${path}.lock`, "utf8"));
}

for (const [name, first, second] of /** @type {const} */ ([
  ["two containers of one name", { contained: true }, { contained: true }],
  ["two containers of different names", { host: "one" }, { host: "other" }],
  ["a container, and the machine itself", { contained: true }, {}],
  ["a container of another name, and the machine itself", { host: "other" }, {}],
  ["the machine itself, and a container of another name", {}, { host: "other" }],
])) {
  test(`${name}: the second is refused while the first lives, and takes over once it was killed`, async (t) => {
    const path = join(folder, name.replaceAll(/\W+/g, "-").slice(-30));
    const [holder, newcomer] = [await taker(t, first), await taker(t, second)];
    assert.equal(await holder.take(path), "has");
    assert.equal(await newcomer.take(path), "JOURNAL_IN_USE");
    await holder.close();
    assert.deepEqual(leftOf(basename(path)), []);
    assert.equal(await holder.take(path), "has");
    await holder.kill();
    assert.equal(leftOf(basename(path)).length, 2, "the lock and its socket");
    assert.equal(await newcomer.take(path), "has");
    assert.equal(leftOf(basename(path)).length, 2, "those of who has it now");
    await newcomer.close();
    assert.deepEqual(leftOf(basename(path)), []);
  });
}

test("who died in a container while taking over holds nothing up", async (t) => {
  const path = join(folder, "thrice");
  const [first, second] = [await taker(t, { contained: true }), await taker(t, { contained: true })];
  await first.take(path);
  await second.take(join(folder, "elsewhere"));
  await first.kill();
  await second.kill();
  // As if the second had been about to replace the first one's.
  const { nonce } = lockOf(join(folder, "elsewhere"));
  renameSync(join(folder, "elsewhere.lock"), `${path}.lock.${lockOf(path).nonce}`);
  renameSync(join(folder, `elsewhere.lock.${nonce}.socket`), `${path}.lock.${nonce}.socket`);
  const third = await taker(t, {});
  assert.equal(await third.take(path), "has");
  await third.close();
  assert.deepEqual(leftOf("thrice"), []);
});

test("after a start of the machine it is taken over on a disk of its own, and not on one that others may have", async () => {
  const path = join(folder, "boot");
  for (const [other, code] of /** @type {const} */ ([
    [{ pids: OUTSIDE, disk: NFS }, "JOURNAL_IN_USE"],
    [{ socket: true }, "JOURNAL_IN_USE"],
    [{ socket: true, host: "other" }, undefined],
  ])) {
    writeFileSync(`${path}.lock`, foreign({ boot: "another", ...other }));
    // A socket that is left from before; the second has none, for whatever reason, which proves nothing.
    if (code === undefined) await deadSocket(`${path}.lock.ab.socket`);
    const journal = fileJournal(path);
    if (code !== undefined) {
      assert.equal((await rejection(Promise.resolve(journal.open()))).code, code);
      continue;
    }
    await journal.open();
    await journal.close?.();
    assert.deepEqual(leftOf("boot"), []);
  }
});

/** A socket whose process is no more. @param {string} path */
async function deadSocket(path) {
  const code = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  await once(spawn(process.execPath, ["-e", code]), "exit");
  assert.ok(existsSync(path));
}

test("a journal of a long name has no socket, and is locked within the machine as ever", async (t) => {
  const path = join(folder, "n".repeat(90));
  const [holder, newcomer, contained] = [await taker(t, {}), await taker(t, {}), await taker(t, { contained: true })];
  assert.equal(await holder.take(path), "has");
  assert.equal(lockOf(path).socket, false);
  assert.equal(await newcomer.take(path), "JOURNAL_IN_USE");
  assert.equal(await contained.take(path), "JOURNAL_IN_USE");
  await holder.kill();
  assert.equal(await contained.take(path), "JOURNAL_IN_USE", "of the dead it cannot be told from there");
  assert.equal(await newcomer.take(path), "has");
  await newcomer.close();
  assert.deepEqual(leftOf(basename(path)), []);
});

test("a folder may be deeper than a socket's path", async (t) => {
  const deep = join(folder, "d".repeat(200));
  mkdirSync(deep);
  const path = join(deep, "journal");
  const [holder, newcomer] = [await taker(t, { contained: true }), await taker(t, {})];
  assert.equal(await holder.take(path), "has");
  assert.equal(lockOf(path).socket, true);
  assert.equal(await newcomer.take(path), "JOURNAL_IN_USE");
  await holder.kill();
  assert.equal(await newcomer.take(path), "has");
  await newcomer.close();
  assert.deepEqual(readdirSync(deep), ["journal"]);
});

test("where there is no way to have sockets, the lock does without", async (t) => {
  const broken = `import net from "node:net";
    import { syncBuiltinESMExports } from "node:module";
    net.createServer = net.connect = () => { throw new Error("no sockets here"); };
    syncBuiltinESMExports();`;
  const args = ["--import", `data:text/javascript,${encodeURIComponent(broken)}`];
  const path = join(folder, "broken");
  const [holder, newcomer] = [await taker(t, { args }), await taker(t, { args })];
  assert.equal(await holder.take(path), "has");
  assert.deepEqual(leftOf("broken"), ["broken.lock"]);
  assert.equal(await newcomer.take(path), "JOURNAL_IN_USE");
  await holder.close();
  // Who cannot ask a holder that could be asked takes nothing from it.
  const contained = await taker(t, { contained: true });
  assert.equal(await contained.take(path), "has");
  assert.equal(await newcomer.take(path), "JOURNAL_IN_USE");
  await contained.close();
  assert.deepEqual(leftOf("broken"), []);
});

test("the socket keeps no process running, and none who connects", async (t) => {
  const path = join(folder, "ends");
  const code = `import { fileJournal } from ${JSON.stringify(journalModule)}; await fileJournal(${JSON.stringify(path)}).open();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", 2, 2] });
  t.after(() => child.kill());
  assert.deepEqual(await once(child, "exit"), [0, null]);
  // It did not let go; from a container that is to be seen as well.
  const contained = await taker(t, { contained: true });
  assert.equal(await contained.take(path), "has");
  const socket = connect(`${path}.lock.${lockOf(path).nonce}.socket`);
  await once(socket.resume(), "end");
  await contained.close();
  assert.deepEqual(leftOf("ends"), []);
});

test("who has lost its lock writes nothing any more", async () => {
  const path = join(folder, "lost");
  const journal = fileJournal(path);
  await journal.open();
  await journal.append(new TextEncoder().encode("one\n"));
  for (const there of [foreign({}), undefined]) {
    if (there === undefined) rmSync(`${path}.lock`);
    else writeFileSync(`${path}.lock`, there);
    await assert.rejects(async () => journal.append(new TextEncoder().encode("two\n")), /its lock was removed/);
  }
  assert.equal(readFileSync(path, "utf8"), "one\n");
  await journal.close?.();
  assert.deepEqual(leftOf("lost"), []);
});
