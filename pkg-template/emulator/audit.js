// @ts-check
// Compares what a client claims with what really happened.

/** @typedef {{ token: string | undefined, index: number | undefined, claimed: string | undefined, truth: string }} Difference */

/**
 * @typedef {object} Claims
 * @property {string} groupId
 * @property {Iterable<{ token?: string | undefined, index: number, outcome: string }>} outcomes
 * @property {Readonly<Record<string, number>>} [counts]
 */

/**
 * @param {import("./libraries.js").Libraries} libraries
 * @param {Claims} report
 */
export function audit(libraries, { groupId, outcomes, counts }) {
  const library = libraries.find(groupId);
  const entries = [...outcomes];
  const differences = counts === undefined ? [] : miscounts(entries, counts);
  /** @type {{ token: string, index: number, outcome: string }[]} */
  const claims = [];
  /** How many claims of a token allow for a removal. @type {Map<string, number>} */
  const allowed = new Map();
  /** How many claims of a token say that a call removed it. @type {Map<string, number>} */
  const deleted = new Map();
  for (const { token, index, outcome } of entries) {
    if (outcome === "duplicate" || outcome === "invalid" || token === undefined) continue;
    claims.push({ token, index, outcome });
    allowed.set(token, (allowed.get(token) ?? 0) + (ALLOWING.includes(outcome) ? 1 : 0));
    if (outcome === "deleted") deleted.set(token, (deleted.get(token) ?? 0) + 1);
  }
  for (const { token, index, outcome } of claims) {
    const removals = library?.removals.get(token) ?? 0;
    // A call that removed a token may say so, and a later one that it was not there.
    const isUntold = removals > (allowed.get(token) ?? 0);
    const isOverstated = (deleted.get(token) ?? 0) > removals;
    const truth = contradiction(outcome, removals, isUntold, isOverstated, library?.missed.has(token) ?? false);
    if (truth !== undefined) differences.push({ token, index, claimed: outcome, truth });
  }
  for (const token of library?.removals.keys() ?? []) {
    if (!allowed.has(token))
      differences.push({ token, index: undefined, claimed: undefined, truth: "a call removed it" });
  }
  return differences;
}

/**
 * Where the list of entries is not what the counts promise: each position of the input once, each outcome as often as it is
 * counted.
 *
 * @param {{ token?: string | undefined, index: number, outcome: string }[]} entries
 * @param {Readonly<Record<string, number>>} counts
 */
function miscounts(entries, counts) {
  /** @type {Difference[]} */
  const differences = [];
  const { total = 0, ...byOutcome } = counts;
  const isCounted = (/** @type {number} */ index) => Number.isInteger(index) && index >= 0 && index < total;
  const seen = new Set();
  /** @type {Map<string, number>} */
  const listed = new Map(Object.keys(byOutcome).map((outcome) => [outcome, 0]));
  for (const { token, index, outcome } of entries) {
    if (seen.has(index)) differences.push({ token, index, claimed: outcome, truth: "another entry has this index" });
    else if (!isCounted(index))
      differences.push({ token, index, claimed: outcome, truth: `there are ${total} entries, from index 0` });
    seen.add(index);
    listed.set(outcome, (listed.get(outcome) ?? 0) + 1);
  }
  const whole = { token: undefined, index: undefined };
  if (entries.length !== total)
    differences.push({ ...whole, claimed: `total: ${total}`, truth: `${entries.length} entries are listed` });
  for (const [outcome, number] of listed) {
    const counted = byOutcome[outcome] ?? 0;
    if (counted !== number)
      differences.push({ ...whole, claimed: `${outcome}: ${counted}`, truth: `${number} entries have this outcome` });
  }
  return differences;
}

/** Outcomes of a token that a call may have removed. */
const ALLOWING = ["deleted", "absent-after-uncertain", "unknown"];

/**
 * What is wrong with a claim, if anything is.
 *
 * @param {string} claimed
 * @param {number} removals how many calls removed it
 * @param {boolean} isUntold whether a call removed it and no claim allows for that
 * @param {boolean} isOverstated whether more claims than calls removed it
 * @param {boolean} missed whether a call did not find it
 */
function contradiction(claimed, removals, isUntold, isOverstated, missed) {
  switch (claimed) {
    case "deleted":
      if (removals === 0) return "no call removed it";
      return isOverstated ? "fewer calls removed it" : undefined;
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
