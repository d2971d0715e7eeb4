// @ts-check
// Where journal, receipt and tables go, and how they get there: whole, or not at all.

import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, realpathSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isUnbegun } from "../journal/index.js";
import { LOOP, wrongKind } from "../journal/kinds.js";
import { canonical } from "../receipt/format.js";
import { proveOutcome, verifyReceipt } from "../receipt/index.js";
import { isStdin, UsageError } from "./command.js";
import { printable } from "./terminal.js";

/** @typedef {ReturnType<typeof pathsOf>} Paths */

/**
 * @param {string} input
 * @param {{ journal?: string | undefined, "no-journal"?: boolean | undefined, receipt?: string | undefined, "no-receipt"?: boolean | undefined, csv?: string | undefined, jsonl?: string | undefined }} values
 */
export function pathsOf(input, values) {
  const beside = isStdin(input) ? undefined : input;
  const path = (
    /** @type {string | undefined} */ given,
    /** @type {boolean | undefined} */ not,
    /** @type {string} */ end,
  ) => (not ? undefined : (given ?? (beside === undefined ? undefined : `${beside}${end}`)));
  return {
    journal: path(values.journal, values["no-journal"], ".journal"),
    receipt: path(values.receipt, values["no-receipt"], ".receipt.json"),
    csv: values.csv,
    jsonl: values.jsonl,
  };
}

/**
 * Refuses, before anybody is asked and anything is sent, what cannot be written, and what would be written over another file.
 *
 * @param {string} input
 * @param {Paths} paths
 */
export function checkPaths(input, { journal, receipt, csv, jsonl }) {
  const leaves = receipt === undefined ? undefined : leavesOf(receipt);
  const all = { list: isStdin(input) ? undefined : input, journal, receipt, leaves, csv, jsonl };
  /** @type {Map<string, string>} */
  const taken = new Map();
  for (const [name, path] of Object.entries(all)) {
    if (path === undefined) continue;
    const file = identity(path);
    const other = file === undefined ? undefined : taken.get(file);
    if (other !== undefined) {
      throw new UsageError(
        `${printable(path)} would be both the ${other} and the ${name}; name another file. Nothing was sent.`,
      );
    }
    if (file !== undefined) taken.set(file, name);
  }
  for (const [name, path] of Object.entries({ journal, receipt, leaves, csv, jsonl })) {
    if (path === undefined) continue;
    const why = obstacle(path, { isTable: name === "csv" || name === "jsonl" });
    if (why === undefined) continue;
    const option = name === "leaves" ? "receipt" : name;
    const without = option === "journal" || option === "receipt" ? `, or do without (--no-${option})` : "";
    throw new UsageError(
      `The ${name}, ${printable(path)}, cannot be written: ${why}. ` +
        `Name another place (--${option} FILE)${without}. Nothing was sent.`,
    );
  }
}

/** What tells one file from another; nothing for what is no file, and can be written to by several. @param {string} path */
function identity(path) {
  try {
    const facts = statSync(path, { bigint: true });
    return facts.isFile() ? `${facts.dev}:${facts.ino}` : undefined;
  } catch {
    try {
      return join(realpathSync(dirname(path)), basename(path));
    } catch {
      // There is no such folder: this is said of the file that was to be there.
      return path;
    }
  }
}

/**
 * Why nothing can be written there. A table may be written to what has no end, such as a terminal or a pipe; journal and
 * receipt are read again.
 *
 * @param {string} path
 * @param {{ isTable: boolean }} options
 */
function obstacle(path, { isTable }) {
  try {
    const facts = statSync(path, { throwIfNoEntry: false });
    if (isTable && isDevice(facts) && !facts?.isSocket()) return undefined;
    const why = facts && wrongKind(facts);
    if (why !== undefined) return why;
    const beside = `${targetOf(path)}.${randomBytes(4).toString("hex")}.part`;
    closeSync(openSync(beside, "wx", 0o600));
    rmSync(beside, { force: true });
    return undefined;
  } catch (error) {
    return reason(error);
  }
}

/** What is neither a file nor a folder is written into as it is: a terminal, a pipe. @param {import("node:fs").Stats | undefined} facts */
function isDevice(facts) {
  return facts !== undefined && !facts.isFile() && !facts.isDirectory();
}

/** Where a link leads to, so that it stays one. @param {string} path */
function targetOf(path) {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** @param {unknown} error */
export function reason(error) {
  const { code, message } = /** @type {any} */ (error);
  /** @type {Record<string, string>} */
  const words = {
    ENOENT: "there is no such folder",
    ENOTDIR: "there is no such folder",
    EACCES: "it is not allowed",
    EPERM: "it is not allowed",
    EROFS: "the disk is read-only",
    ENOSPC: "the disk is full",
    EDQUOT: "the disk is full",
    EISDIR: "it is a folder",
    ELOOP: LOOP,
    ENAMETOOLONG: "the name is too long",
  };
  return Object.hasOwn(words, code) ? String(words[code]) : printable(String(message));
}

/** Whether there is a deletion to go on with. @param {string} path */
export function isBegun(path) {
  return lookedInto(path) === true;
}

/** Rejects a journal that cannot be read. @param {string} path */
export function checkReadable(path) {
  const found = lookedInto(path);
  if (typeof found === "boolean") return;
  const where = `The journal, ${printable(path)}, cannot be read: ${found.why}`;
  throw new UsageError(`${where}. Name another one (--journal FILE). Nothing was sent.`);
}

/**
 * Whether there is a deletion to resume, or why the file does not show it.
 *
 * @param {string} path
 */
function lookedInto(path) {
  try {
    const facts = statSync(path, { throwIfNoEntry: false });
    const why = facts && wrongKind(facts);
    if (why !== undefined) return { why };
    if (facts === undefined || facts.size === 0) return false;
    return facts.size > 4096 || !isUnbegun(readFileSync(path));
  } catch (error) {
    return { why: reason(error) };
  }
}

/** The library that a journal is about; its first whole line says it. @param {string} path */
export function groupOfJournal(path) {
  // Lines before it may have been torn.
  return /^finauth-facesearch-journal \S+ (\S+) .* ~[0-9a-f]{8}$/m.exec(readFileSync(path, "utf8").slice(0, 8192))?.[1];
}

/**
 * Writes a receipt and its leaves. What is there of another run is left alone, and what is there of this one if nothing was
 * sent since: proofs that were handed out are about it.
 *
 * @param {string} path
 * @param {import("../index.js").Report} report
 */
export async function writeReceipt(path, report) {
  const { json, document, leaves } = await report.receipt();
  const isFree = !exists(path) && !exists(leavesOf(path));
  const own =
    isFree || receiptAt(path)?.runId === document.runId ? path : renamed(path, String(document.runId).slice(0, 8));
  const files = { receipt: own, leaves: leavesOf(own) };
  if (await isSame(files, document, report)) return files;
  // A receipt is never without its leaves.
  await writeTogether([
    [files.leaves, [leaves]],
    [files.receipt, [json]],
  ]);
  return files;
}

/**
 * Whether what is there already says the same, and proves it.
 *
 * @param {{ receipt: string, leaves: string }} files
 * @param {any} document
 * @param {import("../index.js").Report} report
 */
async function isSame(files, document, report) {
  const before = receiptAt(files.receipt);
  const essence = (/** @type {any} */ { runId, list, groupId, counts, requests, requestIds }) =>
    canonical({ runId, list, groupId, counts, requests, requestIds });
  if (before === undefined || essence(before) !== essence(document)) return false;
  try {
    const { token, outcome } = firstToken(report) ?? {};
    if (token === undefined) return false;
    const proof = await proveOutcome(readFileSync(files.leaves), { token });
    return proof?.outcome === outcome && (await verifyReceipt(before, proof, { token })).outcome === outcome;
  } catch {
    return false;
  }
}

/** @param {import("../index.js").Report} report */
function firstToken(report) {
  for (const settled of report.outcomes()) {
    if (settled.token !== undefined && settled.outcome !== "duplicate") return settled;
  }
  return undefined;
}

/** @param {string} path of a receipt */
export function leavesOf(path) {
  return path.replace(/(\.receipt)?\.json$/, "").concat(".leaves");
}

/** @param {string} path */
function exists(path) {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** @param {string} path */
function receiptAt(path) {
  try {
    // To read a pipe would wait for who writes into it.
    if (!statSync(path).isFile()) return undefined;
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * @param {string} path
 * @param {string} run
 */
function renamed(path, run) {
  const end = /(\.receipt)?\.json$/.exec(path)?.[0] ?? "";
  return `${path.slice(0, path.length - end.length)}.${run}${end}`;
}

/** What is not whole yet, and is not to be left behind. @type {Set<string>} */
const unfinished = new Set();
process.on("exit", removeUnfinished);

export function removeUnfinished() {
  for (const part of unfinished) rmSync(part, { force: true });
}

/**
 * Writes files that belong together: all are on disk before the first gets its name.
 *
 * @param {[path: string, pieces: Iterable<string | Uint8Array>][]} files
 */
export async function writeTogether(files) {
  /** @type {[part: string, path: string][]} */
  const written = [];
  let at = "";
  try {
    for (const [path, pieces] of files) {
      at = path;
      if (isDevice(statSync(path, { throwIfNoEntry: false }))) {
        await write(path, "w", pieces);
        continue;
      }
      const target = targetOf(path);
      const part = `${target}.part`;
      // Of a process that died.
      rmSync(part, { force: true });
      unfinished.add(part);
      written.push([part, target]);
      await write(part, "wx", pieces);
    }
    for (const [part, path] of written) {
      at = path;
      renameSync(part, path);
    }
    for (const folder of new Set(written.map(([, path]) => dirname(path)))) syncFolder(folder);
  } catch (error) {
    throw new Error(`${printable(at)} cannot be written: ${reason(error)}`);
  } finally {
    for (const [part] of written) {
      rmSync(part, { force: true });
      unfinished.delete(part);
    }
  }
}

/**
 * @param {string} path
 * @param {string} flags
 * @param {Iterable<string | Uint8Array>} pieces
 */
async function write(path, flags, pieces) {
  const file = await open(path, flags, 0o600);
  try {
    for (const piece of pieces) await file.appendFile(piece);
    if (flags === "wx") await file.sync();
  } finally {
    await file.close();
  }
}

/** So that the names are durable as well. @param {string} folder */
function syncFolder(folder) {
  try {
    const handle = openSync(folder, "r");
    fsyncSync(handle);
    closeSync(handle);
  } catch {
    // Not everywhere can a folder be opened; where it cannot, there is nothing to do about it.
  }
}
