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
    return `${COLUMNS.map((column) => cell(values[column])).join(",")}\r\n`;
  });
}

/** @param {Iterable<TokenOutcome>} outcomes */
export function jsonLines(outcomes) {
  return inPieces(outcomes, (outcome) => `${JSON.stringify(outcome)}\n`);
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

/** What a spreadsheet would take for a formula, in its own characters or in those of East Asian width. */
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

/**
 * One cell as in RFC 4180. What could be a formula gets an apostrophe in front, which spreadsheets take for "this is text".
 *
 * @param {unknown} value
 */
function cell(value) {
  if (value === undefined) return "";
  const text = String(value);
  const safe = typeof value === "string" && FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
