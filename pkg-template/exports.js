// @ts-check
// The outcomes as files: pieces of text, so that a million rows take no memory. index.d.ts documents them.

/** @typedef {import("./run.js").TokenOutcome} TokenOutcome */

const ROWS_IN_A_PIECE = 1_000;

const COLUMNS = ["index", "line", "token", "outcome", "reason", "because", "retryable", "of", "problem"];

/** @param {Iterable<TokenOutcome>} outcomes */
export function* csv(outcomes) {
  yield `${COLUMNS.join(",")}\r\n`;
  yield* inPieces(outcomes, (outcome) => {
    const values = /** @type {Record<string, unknown>} */ (outcome);
    return `${COLUMNS.map((column) => cell(Object.hasOwn(values, column) ? values[column] : undefined)).join(",")}\r\n`;
  });
}

/** @param {Iterable<TokenOutcome>} outcomes */
export function jsonLines(outcomes) {
  return inPieces(outcomes, (outcome) => `${escaped(JSON.stringify(outcome))}\n`);
}

/**
 * @param {Iterable<TokenOutcome>} outcomes
 * @param {(outcome: TokenOutcome) => string} write
 */
function* inPieces(outcomes, write) {
  let piece = "";
  let rows = 0;
  for (const outcome of outcomes) {
    piece += write(outcome);
    rows += 1;
    if (rows % ROWS_IN_A_PIECE > 0) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

/**
 * A formula, in ASCII or in the full-width characters that a spreadsheet takes for the same. White space and invisible
 * characters in front of it are trimmed by some importers. A tab or an end of line alone starts a cell of its own in others.
 */
const FORMULA = /^(?:[\t\n\r]|[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]*[=+\-@\uff1d\uff0b\uff0d\uff20])/u;

/** Characters that are not seen but change how text is read or shown: controls, bidirectional and zero-width characters. */
export const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Text with each invisible character as `\uXXXX`. Within a JSON string this is another spelling of the same text, so JSON
 * loses nothing by it. `JSON.stringify` itself escapes only the first 32.
 *
 * @param {string} text
 */
export function escaped(text) {
  return text.replace(INVISIBLE, (one) =>
    Array.from({ length: one.length }, (_, at) => `\\u${one.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  );
}

/**
 * One cell as in RFC 4180. A possible formula gets an apostrophe in front, which spreadsheets take for "this is text".
 *
 * @param {unknown} value
 */
function cell(value) {
  if (value === undefined) return "";
  if (typeof value !== "string") return String(value);
  // Before the escapes, which hide the white space in front of a formula.
  const safe = (FORMULA.test(value) ? "'" : "") + escaped(value);
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
