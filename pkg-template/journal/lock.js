// @ts-check
// Keeps two processes of one machine from writing one journal.
//
// A lock is a file that names its process. It is written under a name of its own and linked to the lock's, so that a lock is
// never seen half written. That of a process which is no more is replaced, and only by whoever holds the lock that is named
// after the dead one: of several that judge at the same time one replaces, and the others find that it is replaced.

import { randomBytes } from "node:crypto";
import { link, open, readFile, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import { journalLocked } from "./index.js";

/**
 * @typedef {object} Holder
 * @property {number} pid
 * @property {string | undefined} host
 * @property {string | undefined} boot which start of the machine
 * @property {string | undefined} start when the process began, as the system counts
 * @property {number} began the same by the clock, in milliseconds
 * @property {string} nonce
 */

/** Clocks are set in the meantime. */
const SAME_START_MS = 5_000;
/** An empty lock is one that is being written, where there are no links. */
const WRITING_MS = 10_000;

/**
 * @param {string | URL} journal
 * @returns {Promise<() => Promise<void>>} to let go of it
 */
export async function takeLock(journal) {
  const path = `${typeof journal === "string" ? journal : fileURLToPath(journal)}.lock`;
  return take(path, path);
}

/**
 * @param {string} path
 * @param {string} base
 * @returns {Promise<() => Promise<void>>}
 */
async function take(path, base) {
  const holder = await ourselves();
  const text = `${JSON.stringify(holder)}\n`;
  const own = `${base}.${process.pid}.${holder.nonce}`;
  try {
    await write(own, text);
    // Whoever comes and goes in between: not for ever.
    for (let attempt = 0; attempt < 100; attempt += 1) {
      if (await linked(own, path, text)) return () => letGo(path, text);
      const there = await readFile(path, "utf8").catch((error) => {
        if (error.code !== "ENOENT") throw error;
      });
      if (there === undefined) continue;
      const other = holderOf(there);
      if (await isAlive(other, path)) throw inUse(base, other);
      const release = await take(`${base}.${other?.nonce ?? "unnamed"}`, base);
      try {
        // Nobody else may replace it now; it may have been replaced before.
        if ((await readFile(path, "utf8").catch(() => undefined)) !== there) continue;
        await rename(own, path);
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

/** @returns {Promise<Holder>} */
async function ourselves() {
  const began = Math.round(Date.now() - process.uptime() * 1000);
  const [boot, start] = [await bootId(), await startOf(process.pid)];
  return { pid: process.pid, host: machine(), boot, start, began, nonce: randomBytes(12).toString("hex") };
}

/** Its name, where one may ask for it. */
function machine() {
  try {
    return hostname();
  } catch {
    return undefined;
  }
}

async function bootId() {
  const text = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => undefined);
  return text?.trim();
}

/** When a process began, where the system says so; of one that only waits to be forgotten, that it is dead. @param {number} pid */
async function startOf(pid) {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // Its second field is a name, which may hold anything.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields?.[0] === "Z" ? "dead" : fields?.[19];
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
 * Whether that process may be running still. Of one that cannot be seen it has to be assumed.
 *
 * @param {Partial<Holder> | undefined} holder
 * @param {string} path
 */
async function isAlive(holder, path) {
  if (holder === undefined) {
    const made = await stat(path).catch(() => undefined);
    return made !== undefined && Date.now() - made.mtimeMs < WRITING_MS;
  }
  const { pid = 0, host, boot, start, began = 0 } = holder;
  if (host !== undefined && host !== machine()) return true;
  const [ourBoot, itsStart] = [await bootId(), await startOf(pid)];
  if (boot !== undefined && ourBoot !== undefined && boot !== ourBoot) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Whatever else it is, it does not say that there is no such process.
    if (/** @type {any} */ (error).code === "ESRCH") return false;
  }
  // A number is given again, after a while, or after each start of a container.
  if (start !== undefined && itsStart !== undefined) return start === itsStart;
  if (pid !== process.pid) return true;
  return Math.abs(began - (Date.now() - process.uptime() * 1000)) < SAME_START_MS;
}

/**
 * @param {string} lock
 * @param {Partial<Holder> | undefined} holder
 */
function inUse(lock, holder) {
  const who = holder?.pid === undefined ? "" : `, process ${holder.pid}${holder.host ? ` on ${holder.host}` : ""}`;
  return journalLocked(undefined, `another run${who}; if that is no more, remove ${lock}`);
}
