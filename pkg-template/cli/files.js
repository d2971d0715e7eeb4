// @ts-check
// Where journal, receipt and tables go.

import { once } from "node:events";
import { createWriteStream, existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { UsageError } from "./command.js";

/**
 * @param {string} input
 * @param {{ journal?: string | undefined, "no-journal"?: boolean | undefined, receipt?: string | undefined, "no-receipt"?: boolean | undefined }} values
 */
export function pathsOf(input, values) {
  const beside = input === "-" ? undefined : input;
  const path = (
    /** @type {string | undefined} */ given,
    /** @type {boolean | undefined} */ not,
    /** @type {string} */ end,
  ) => (not ? undefined : (given ?? (beside === undefined ? undefined : `${beside}${end}`)));
  return {
    journal: path(values.journal, values["no-journal"], ".journal"),
    receipt: path(values.receipt, values["no-receipt"], ".receipt.json"),
  };
}

/** Whether there is a deletion to go on with. @param {string} path */
export function isBegun(path) {
  return existsSync(path) && statSync(path).size > 0;
}

/** The library that a journal is about; its first line says it. @param {string} path */
export function groupOfJournal(path) {
  const start = readFileSync(path, "utf8").slice(0, 1024).split(" ");
  return start[0] === "finauth-facesearch-journal" ? start[2] : undefined;
}

/**
 * Writes a receipt and its leaves. What is there of another run is left alone.
 *
 * @param {string} path
 * @param {import("../index.js").Receipt} receipt
 */
export function writeReceipt(path, { json, document, leaves }) {
  const own =
    existsSync(path) && runOf(path) !== document.runId ? renamed(path, String(document.runId).slice(0, 8)) : path;
  const leavesPath = own.replace(/(\.receipt)?\.json$/, "").concat(".leaves");
  for (const [name, content] of /** @type {const} */ ([
    [own, json],
    [leavesPath, leaves],
  ])) {
    writeFileSync(`${name}.part`, content, { mode: 0o600 });
    renameSync(`${name}.part`, name);
  }
  return { receipt: own, leaves: leavesPath };
}

/** @param {string} path */
function runOf(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).runId;
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

/**
 * Opens a table before anything is sent, so that a place where nothing can be written is noticed in time.
 *
 * @param {string | undefined} path
 */
export async function openTable(path) {
  if (path === undefined) return undefined;
  const file = createWriteStream(path, { mode: 0o600 });
  try {
    await once(file, "open");
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${/** @type {Error} */ (error).message}`);
  }
  return {
    path,
    /** @param {Iterable<string>} pieces */
    async write(pieces) {
      for (const piece of pieces) if (!file.write(piece)) await once(file, "drain");
      file.end();
      await once(file, "close");
    },
  };
}
