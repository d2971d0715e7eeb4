// @ts-check
// Compares what a client claims with what really happened.

/**
 * @param {import("./libraries.js").Libraries} libraries
 * @param {{ groupId: string, outcomes: Iterable<{ token?: string | undefined, index: number, outcome: string }> }} report
 */
export function audit(libraries, { groupId, outcomes }) {
  const library = libraries.find(groupId);
  /** @type {{ token: string, index: number | undefined, claimed: string | undefined, truth: string }[]} */
  const differences = [];
  /** @type {{ token: string, index: number, outcome: string }[]} */
  const claims = [];
  /** How many claims of a token allow for a removal. @type {Map<string, number>} */
  const allowed = new Map();
  for (const { token, index, outcome } of outcomes) {
    if (outcome === "duplicate" || outcome === "invalid" || token === undefined) continue;
    claims.push({ token, index, outcome });
    allowed.set(token, (allowed.get(token) ?? 0) + (ALLOWING.includes(outcome) ? 1 : 0));
  }
  for (const { token, index, outcome } of claims) {
    const removals = library?.removals.get(token) ?? 0;
    // A call that removed a token may say so, and a later one that it was not there.
    const isUntold = removals > (allowed.get(token) ?? 0);
    const truth = contradiction(outcome, removals > 0, isUntold, library?.missed.has(token) ?? false);
    if (truth !== undefined) differences.push({ token, index, claimed: outcome, truth });
  }
  for (const token of library?.removals.keys() ?? []) {
    if (!allowed.has(token))
      differences.push({ token, index: undefined, claimed: undefined, truth: "a call removed it" });
  }
  return differences;
}

/** Outcomes of a token that a call may have removed. */
const ALLOWING = ["deleted", "absent-after-uncertain", "unknown"];

/**
 * What is wrong with a claim, if anything is.
 *
 * @param {string} claimed
 * @param {boolean} removed whether a call removed it
 * @param {boolean} isUntold whether a call removed it and no claim allows for that
 * @param {boolean} missed whether a call did not find it
 */
function contradiction(claimed, removed, isUntold, missed) {
  switch (claimed) {
    case "deleted":
      return removed ? undefined : "no call removed it";
    case "absent":
      if (isUntold) return "a call removed it";
      return missed ? undefined : "no call missed it";
    case "absent-after-uncertain":
      return missed ? undefined : "no call missed it";
    case "failed":
    case "not-sent":
      return isUntold ? "a call removed it" : undefined;
    case "unknown":
      return undefined;
    default:
      return "there is no such outcome";
  }
}
