// @ts-check
// What a journal is to a run, and how it is opened. docs/journal.md describes what is written.

import { ConfigError, isFaceSearchError, ValidationError } from "../errors.js";

/**
 * @typedef {object} Journal
 * @property {() => Promise<Uint8Array> | Uint8Array} open
 * @property {(bytes: Uint8Array) => Promise<void> | void} append
 * @property {() => Promise<void> | void} [close]
 */

/**
 * @param {unknown} [cause]
 * @param {string} [by] whom, and what can be done about it
 */
export function journalLocked(cause, by = "another run") {
  return new ConfigError({
    code: "JOURNAL_IN_USE",
    path: "journal",
    message: `journal is in use by ${by}. Nothing was sent`,
    cause,
  });
}

/** A busy disk takes its time, however short that for a request is. */
const LEAST_WAIT_MS = 10_000;

/**
 * Asks something of a journal, but does not wait for ever: a run is to end, also where a disk does not answer.
 *
 * @template T
 * @param {number} timeout that of a request, in milliseconds
 * @param {() => Promise<T> | T} ask
 * @returns {Promise<T>}
 */
export async function inTime(timeout, ask) {
  const wait = Math.max(timeout, LEAST_WAIT_MS);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the journal did not answer within ${wait} ms`)), wait);
  });
  try {
    return /** @type {T} */ (await Promise.race([ask(), late]));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Opens a journal, and reads what is in it.
 *
 * @param {Journal} journal
 * @param {number} timeout in milliseconds
 */
export async function openJournal(journal, timeout) {
  const open = async () => journal.open();
  const opening = open();
  try {
    const bytes = async () => bytesOf(await opening);
    return await opened(inTime(timeout, bytes));
  } catch (error) {
    // If it opens after all, nobody writes to it.
    opening.then(() => journal.close?.()).catch(() => {});
    throw error;
  }
}

/**
 * What a journal gave, as bytes of our own.
 *
 * @param {unknown} given
 */
function bytesOf(given) {
  try {
    // A `Uint8Array` takes anything, and is empty then: so would be a journal. A `DataView` takes a buffer, of any realm.
    const view = ArrayBuffer.isView(given) ? given : new DataView(/** @type {ArrayBuffer} */ (given));
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
  } catch (cause) {
    throw failed("must give a Uint8Array or an ArrayBuffer when it is opened", cause);
  }
}

/**
 * What a journal gives when it is opened; if it does not, an error of ours.
 *
 * @template T
 * @param {Promise<T>} opening
 */
export async function opened(opening) {
  try {
    return await opening;
  } catch (cause) {
    if (isFaceSearchError(cause) && cause instanceof ConfigError) throw cause;
    throw failed("cannot be opened", cause);
  }
}

/**
 * @param {string} problem
 * @param {unknown} cause
 */
function failed(problem, cause) {
  const message = `journal ${problem}. Nothing was sent`;
  return new ConfigError({ code: "JOURNAL_FAILED", path: "journal", message, cause });
}

/**
 * @param {string} why
 * @param {unknown} [cause]
 */
export function unusable(why, cause) {
  return failed(`cannot be opened: ${why}`, cause);
}

export function journalNotEmpty() {
  return new ValidationError({
    code: "JOURNAL_NOT_EMPTY",
    path: "journal",
    message: "journal is that of a run already: go on with it by resume(), or use another one. Nothing was sent",
  });
}

export function journalChanged() {
  return new ValidationError({
    code: "JOURNAL_CHANGED",
    path: "journal",
    message:
      "journal is not as this run left it: another one went on with it, or it is another journal. " +
      "Go on with it by resume(). Nothing was sent",
  });
}

const NAME = "finauth-facesearch-journal ";

/**
 * Whether a journal was cut off within its first line. It is written before anything is sent, so that there is nothing to
 * resume. Zeros are no such line: they may be in place of a whole journal. Rust skips such a line (`Record::read`).
 *
 * @param {Uint8Array} bytes
 */
export function isUnbegun(bytes) {
  if (bytes.length > 4096) return false;
  const lines = new TextDecoder().decode(bytes).split("\n");
  return lines.every(
    (line) => NAME.startsWith(line) || (line.startsWith(NAME) && /^[ -~]*$/.test(line) && !/ ~[0-9a-f]{8}$/.test(line)),
  );
}
