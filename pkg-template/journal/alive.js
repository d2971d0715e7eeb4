// @ts-check
// Whether the process that a lock names may be running still. Of one of which it cannot be told it has to be assumed.

import { readFile, readlink, statfs } from "node:fs/promises";
import { hostname } from "node:os";
import { isLit } from "./beacon.js";

/**
 * What can be found out of where a process runs.
 *
 * @typedef {object} Place
 * @property {string | undefined} host
 * @property {string | undefined} boot which start of the machine, on Linux; some containers (LXC, nspawn) make up their own
 * @property {string | undefined} pids among which numbers of processes its own is one
 * @property {number | undefined} disk what kind it is
 */

/**
 * @typedef {object} Process
 * @property {number} pid
 * @property {string | undefined} start when the process began, as the system counts
 * @property {number} began the same by the clock, in milliseconds
 * @property {string} nonce
 * @property {boolean} socket whether it can be asked
 */

/** @typedef {Place & Process} Holder */

/** Clocks are set in the meantime. */
const SAME_START_MS = 5_000;

/** The processes' numbers outside of any container, on every Linux. */
const OUTSIDE = "pid:[4026531836]";

/** Kinds of disks that one kernel has at a time; whatever else there is may be shared with another machine. */
const LOCAL = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x2fc12fc1, // zfs
  0xf2f52010, // f2fs
  0xca451a4e, // bcachefs
  0x794c7630, // overlay, a container's own
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x4d44, // vfat
  0x2011bab0, // exfat
  0x7366746e, // ntfs
]);

/** @param {string} folder @returns {Promise<Place>} */
export async function ourPlace(folder) {
  const boot = await bootId();
  // Deno asks whoever sits before it for each of these: if it may not read the first, it need not ask for more.
  const [pids, disk] = boot === undefined ? [] : await Promise.all([ourPids(), diskOf(folder)]);
  return { host: machine(), boot, pids, disk };
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

/** Nothing if what the system shows of processes are those of other numbers: a container's that sees the host's. */
async function ourPids() {
  const seen = await readlink("/proc/self").catch(() => undefined);
  return seen === String(process.pid) ? readlink("/proc/self/ns/pid").catch(() => undefined) : undefined;
}

/** @param {string} folder */
async function diskOf(folder) {
  try {
    return (await statfs(folder)).type;
  } catch {
    return undefined;
  }
}

/** When a process began, where the system says so; of one that only waits to be forgotten, that it is dead. @param {number} pid */
export async function startOf(pid) {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // Its second field is a name, which may hold anything.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields?.[0] === "Z" ? "dead" : fields?.[19];
}

/** Whether this disk is this kernel's alone. @param {Place} place */
export function isLocal({ disk }) {
  return disk !== undefined && LOCAL.has(disk);
}

/**
 * @param {Partial<Holder>} holder
 * @param {Place} here
 * @param {string} socket the holder's
 */
export async function isAlive(holder, here, socket) {
  const how = howToTell(holder, here);
  if (how === "by its number") return isRunning(holder);
  return how === "by its socket" ? isLit(socket) : how === "alive";
}

/**
 * How to find out whether a lock's holder lives, if that is not known from where it runs, or cannot be.
 *
 * @param {Partial<Holder>} holder
 * @param {Place} here
 * @returns {"alive" | "dead" | "by its number" | "by its socket"}
 */
export function howToTell({ host, boot, pids, disk, socket }, here) {
  if (boot === undefined || here.boot === undefined) {
    return host === undefined || host === here.host ? "by its number" : "alive";
  }
  if (boot === here.boot && pids !== undefined && pids === here.pids) return "by its number";
  // What is local here may be a server's to a holder elsewhere, or a part of a holder's overlay: it has to have seen the same.
  if (!isLocal(here) || disk !== here.disk) return "alive";
  // It listened on this kernel, or on one that had the disk before.
  if (socket) return "by its socket";
  return boot !== here.boot && pids === OUTSIDE && here.pids === OUTSIDE ? "dead" : "alive";
}

/** @param {Partial<Holder>} holder one whose number is one of ours */
async function isRunning({ pid = 0, start, began = 0 }) {
  const itsStart = await startOf(pid);
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
