// @ts-check
// Keeps two processes of one machine from writing one journal.
//
// A lock is a file that names its process. It is written under a name of its own and linked to the lock's, so that a lock is
// never seen half written. That of a process which is no more is replaced, and only by whoever holds the lock that is named
// after the dead one: of several that judge at the same time one replaces, and the others find that it is replaced.
//
// A process that is killed leaves its files behind, each with its number or its nonce in the name. The next process that
// takes the lock removes them.

import { randomBytes } from "node:crypto";
import { link, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { isAlive, isLocal, ourPlace, startOf } from "./alive.js";
import { isLit, light } from "./beacon.js";
import { journalLocked } from "./index.js";

/** @typedef {import("./alive.js").Holder} Holder */

/** An empty lock is one that is being written, where there are no links. */
const WRITING_MS = 10_000;

/** @param {string} journal */
export async function takeLock(journal) {
  const path = `${journal}.lock`;
  const nonce = randomBytes(12).toString("hex");
  const place = await ourPlace(dirname(path));
  const began = Math.round(Date.now() - process.uptime() * 1000);
  const start = await startOf(process.pid);
  // On a disk that is not local, no process asks at a socket.
  /** @type {Holder} */
  const us = { pid: process.pid, ...place, start, began, nonce, socket: isLocal(place) };
  const own = ownOf(path, us);
  // Written before the socket exists, so that a socket without such a file is an orphan.
  await write(own, textOf(us));
  const douse = us.socket ? await light(socketOf(path, nonce)) : undefined;
  try {
    if (us.socket && douse === undefined) {
      us.socket = false;
      await rm(own, { force: true });
      await write(own, textOf(us));
    }
    const letGo = await take(path, path, us);
    await sweep(path, us).catch(() => {});
    return {
      isOurs: watch(path, textOf(us)),
      async release() {
        try {
          await letGo();
        } finally {
          await douse?.();
        }
      },
    };
  } catch (error) {
    await rm(own, { force: true });
    await douse?.();
    throw error;
  }
}

/**
 * Where a process writes its lock before it has one.
 *
 * @param {string} path
 * @param {Holder} us
 */
function ownOf(path, us) {
  return `${path}.${us.pid}.${us.nonce}`;
}

/**
 * @param {string} path
 * @param {string} base
 * @param {Holder} us
 * @returns {Promise<() => Promise<void>>} to let go of it
 */
async function take(path, base, us) {
  const text = textOf(us);
  const own = ownOf(path, us);
  try {
    if (path !== base) await write(own, text);
    // Whoever comes and goes in between: not for ever.
    for (let attempt = 0; attempt < 100; attempt += 1) {
      if (await linked(own, path, text)) return () => letGo(path, text);
      const there = await readFile(path, "utf8").catch((error) => {
        if (error.code !== "ENOENT") throw error;
      });
      if (there === undefined) continue;
      const other = holderOf(there);
      const socket = socketOf(base, other?.nonce);
      if (await (other ? isAlive(other, us, socket) : isBeingWritten(path))) throw inUse(base, other);
      const release = await take(`${base}.${other?.nonce ?? "unnamed"}`, base, us);
      try {
        // Nobody else may replace it now; it may have been replaced before.
        if ((await readFile(path, "utf8").catch(() => undefined)) !== there) continue;
        await rename(own, path);
        // Only now: as long as the lock is there, its holder can be asked.
        if (other?.socket) await rm(socket, { force: true }).catch(() => {});
        return () => letGo(path, text);
      } finally {
        await release();
      }
    }
    throw inUse(base, undefined);
  } finally {
    await rm(own, { force: true });
  }
}

/** The names that files beside a lock have behind it, by what they are. */
const HOLDER = "[0-9a-f]{1,64}|unnamed|pid-\\d+";
const OWN = new RegExp(`^(?:(?:${HOLDER})\\.)?(\\d+)\\.[0-9a-f]{1,64}$`);
const LOCK = new RegExp(`^(?:${HOLDER})$`);
const SOCKET = /^([0-9a-f]{1,64})\.socket$/;

/** A file without valid content is one of ours only if its name ends with a nonce of full length. */
const FULL_NAME = /(?:^|\.)[0-9a-f]{24}$/;

/**
 * Removes the files that killed processes left beside the lock, which we hold. A lock on taking over protects nothing by then:
 * the lock that it was about has been replaced, and its nonce never comes back.
 *
 * @param {string} path
 * @param {Holder} us
 */
async function sweep(path, us) {
  /** The nonces of processes that may be running. */
  const alive = new Set([us.nonce]);
  const names = await namesBeside(path);
  for (const name of names) {
    const own = OWN.exec(name);
    if (own === null && (!LOCK.test(name) || name === us.nonce)) continue;
    const file = `${path}.${name}`;
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text === undefined) continue;
    const holder = holderOf(text);
    if (holder === undefined) {
      const isGone = own !== null && (await startOf(Number(own[1]))) === undefined;
      if (FULL_NAME.test(name) && (isGone || !(await isBeingWritten(file)))) await rm(file, { force: true });
    } else if (await isAlive(holder, us, socketOf(path, holder.nonce))) {
      alive.add(String(holder.nonce));
    } else {
      // First the socket: if we are killed in between, the file still names its owner.
      await rm(socketOf(path, holder.nonce), { force: true });
      await rm(file, { force: true });
    }
  }
  for (const name of names) {
    const [, nonce] = SOCKET.exec(name) ?? [];
    if (nonce === undefined || alive.has(nonce)) continue;
    // A process that came in the meantime wrote its file before it made its socket.
    const isNamed = (await namesBeside(path)).some((other) => other.endsWith(`.${nonce}`));
    if (!isNamed && !(await isLit(socketOf(path, nonce)))) await rm(socketOf(path, nonce), { force: true });
  }
}

/** What the names of files beside a lock have behind its own. @param {string} path */
async function namesBeside(path) {
  const start = `${basename(path)}.`;
  const names = await readdir(dirname(path));
  return names.filter((name) => name.startsWith(start)).map((name) => name.slice(start.length));
}

/** @param {Holder} holder */
function textOf(holder) {
  return `${JSON.stringify(holder)}\n`;
}

/**
 * @param {string} base
 * @param {string | undefined} nonce
 */
function socketOf(base, nonce) {
  return `${base}.${nonce}.socket`;
}

/**
 * @param {string} path
 * @param {string} text
 */
async function write(path, text) {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

/**
 * Whether the lock is ours now.
 *
 * @param {string} own
 * @param {string} path
 * @param {string} text
 */
async function linked(own, path, text) {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (/** @type {any} */ (error).code === "EEXIST") return false;
  }
  // Some disks have no links. If it is for another reason, the same is said of this.
  try {
    await write(path, text);
    return true;
  } catch (error) {
    if (/** @type {any} */ (error).code === "EEXIST") return false;
    await rm(path, { force: true });
    throw error;
  }
}

/**
 * Removes the lock, if it is ours: who was taken for dead must not remove that of another one.
 *
 * @param {string} path
 * @param {string} text
 */
async function letGo(path, text) {
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) await rm(path, { force: true });
}

/**
 * Says whether the lock is there still. One that cannot be read just now is.
 *
 * @param {string} path
 * @param {string} text
 */
function watch(path, text) {
  /** What it looked like when it was ours: to read it takes as long as to write an entry. */
  let seen = "";
  return async () => {
    try {
      const { ino, mtimeMs } = await stat(path);
      const look = `${ino} ${mtimeMs}`;
      if (look === seen) return true;
      if ((await readFile(path, "utf8")) !== text) return false;
      seen = look;
      return true;
    } catch (error) {
      return /** @type {any} */ (error).code !== "ENOENT";
    }
  };
}

/** @param {string} path */
async function isBeingWritten(path) {
  const made = await stat(path).catch(() => undefined);
  return made !== undefined && Date.now() - made.mtimeMs < WRITING_MS;
}

/** @param {string} text @returns {Partial<Holder> | undefined} nothing for what is not written whole */
function holderOf(text) {
  try {
    const holder = JSON.parse(text);
    if (typeof holder === "number") return { pid: holder, nonce: `pid-${holder}` };
    return Number.isInteger(holder?.pid) && /^[0-9a-f]{1,64}$/.test(holder.nonce) ? holder : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} lock
 * @param {Partial<Holder> | undefined} holder
 */
function inUse(lock, holder) {
  const who = holder?.pid === undefined ? "" : `, process ${holder.pid}${holder.host ? ` on ${holder.host}` : ""}`;
  return journalLocked(undefined, `another run${who}; if that is no more, remove ${lock}`);
}
