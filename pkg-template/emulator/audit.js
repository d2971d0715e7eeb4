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
  const seen = new Set();
  for (const { token, index, outcome } of outcomes) {
    if (outcome === "duplicate" || outcome === "invalid" || token === undefined) continue;
    seen.add(token);
    const truth = contradiction(outcome, library?.removals.has(token) ?? false, library?.missed.has(token) ?? false);
    if (truth !== undefined) differences.push({ token, index, claimed: outcome, truth });
  }
  for (const token of library?.removals.keys() ?? []) {
    if (!seen.has(token)) differences.push({ token, index: undefined, claimed: undefined, truth: "a call removed it" });
  }
  return differences;
}

/**
 * What is wrong with a claim, if anything is.
 *
 * @param {string} claimed
 * @param {boolean} removed whether a call removed it
 * @param {boolean} missed whether a call did not find it
 */
function contradiction(claimed, removed, missed) {
  switch (claimed) {
    case "deleted":
      return removed ? undefined : "no call removed it";
    case "absent":
      if (removed) return "a call removed it";
      return missed ? undefined : "no call missed it";
    case "absent-after-uncertain":
      return missed ? undefined : "no call missed it";
    case "failed":
    case "not-sent":
      return removed ? "a call removed it" : undefined;
    case "unknown":
      return undefined;
    default:
      return "there is no such outcome";
  }
}
