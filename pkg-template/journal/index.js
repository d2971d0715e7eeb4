// @ts-check
// What a journal is to a run, and how it is opened. docs/journal.md describes what is written.

import { ConfigError, ValidationError } from "../errors.js";

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

/**
 * Opens a journal, and reads what is in it.
 *
 * @param {Journal} journal
 */
export async function openJournal(journal) {
  try {
    return new Uint8Array(await journal.open());
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError({
      code: "JOURNAL_FAILED",
      path: "journal",
      message: "journal cannot be opened. Nothing was sent",
      cause,
    });
  }
}

export function journalNotEmpty() {
  return new ValidationError({
    code: "JOURNAL_NOT_EMPTY",
    path: "journal",
    message: "journal is that of a run already: go on with it by resume(), or use another one. Nothing was sent",
  });
}
