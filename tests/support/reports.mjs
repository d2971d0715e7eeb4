// @ts-check
// What every report has to be.

import assert from "node:assert/strict";
import { GROUP } from "./served.mjs";

/** @param {{ index: number }[]} entries */
const indexesOf = (entries) => new Set(entries.map(({ index }) => index));

/**
 * The outcomes of a report in the order of the input: each entry is listed once, and counts, flags and claims are true.
 *
 * @param {any} report
 * @param {import("../../pkg-template/emulator/index.js").Emulator} emulator
 * @returns {any[]}
 */
export function judged(report, emulator) {
  const outcomes = [...report.outcomes()].sort((one, other) => one.index - other.index);
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes, counts: report.counts }), []);
  /** @type {(entry: any) => boolean} */
  const gone = ({ outcome, of }) =>
    outcome === "duplicate" ? gone(outcomes[of]) : ["deleted", "absent", "absent-after-uncertain"].includes(outcome);
  assert.equal(report.allGone, outcomes.every(gone), "allGone");
  const isOpen = (/** @type {any} */ { outcome, retryable }) => outcome === "not-sent" || retryable === true;
  assert.equal(report.complete, !outcomes.some(isOpen), "complete");
  assert.deepEqual(new Set([...report.unresolved()].map(({ index }) => index)), indexesOf(outcomes.filter(isOpen)));
  return outcomes;
}

/**
 * The report has to add up, and every claim in it has to be true.
 *
 * @param {any} report
 * @param {import("../../pkg-template/emulator/index.js").Emulator} emulator
 * @param {number} total
 */
export function assertTrue(report, emulator, total) {
  assert.equal(report.counts.total, total);
  assert.deepEqual(report.warnings, []);
  assert.equal(judged(report, emulator).length, total);
}
