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
  return outcome === "unknown" || outcome === "not-sent" || (outcome === "failed" && retryable === true);
}
