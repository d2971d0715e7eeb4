// @ts-check
// The words for what happened to a token.

/** In the order of Rust's `Outcome`. */
export const OUTCOMES = [
  "deleted",
  "absent",
  "absent-after-uncertain",
  "failed",
  "unknown",
  "not-sent",
  "duplicate",
  "invalid",
];

/**
 * Whether another run may settle it. Rust says the same (`Finding::left_open`).
 *
 * @param {{ outcome: string, retryable?: boolean }} settled
 */
export function isUnresolved({ outcome, retryable }) {
  if (outcome === "unknown") return retryable !== false;
  return outcome === "not-sent" || (outcome === "failed" && retryable === true);
}

/** What Rust calls a position that is no token. */
const INVALID = 0xffffffff;

/**
 * @typedef {object} Exceptions what holds them, in the module
 * @property {(page: number) => any} exceptions
 */

/**
 * The positions that are never sent: what repeats an earlier one, and what is no token. A line is 0 where there are none.
 *
 * @param {Exceptions} holder
 * @returns {Generator<import("./run.js").TokenOutcome>}
 */
export function* exceptionsOf(holder) {
  for (let page = 0, more = true; more; page += 1) {
    const part = holder.exceptions(page);
    const { indexes, lines, firsts, problems } = part;
    const tokens = part.tokens.split(",");
    let [duplicates, invalid] = [0, 0];
    for (const [at, index] of indexes.entries()) {
      const line = lines[at] > 0 ? { line: lines[at] } : {};
      const of = firsts[at];
      if (of === INVALID) yield { index, outcome: "invalid", ...line, problem: problems[invalid++] };
      else yield { token: tokens[duplicates++], index, outcome: "duplicate", of, ...line };
    }
    more = part.more;
  }
}
