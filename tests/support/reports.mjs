// @ts-check
// What every report has to be.

import assert from "node:assert/strict";
import { GROUP } from "./served.mjs";

/**
 * The report has to add up, and every claim in it has to be true.
 *
 * @param {any} report
 * @param {import("../../pkg-template/emulator/index.js").Emulator} emulator
 * @param {number} total
 */
export function assertTrue(report, emulator, total) {
  const { total: claimed, ...counts } = report.counts;
  assert.equal(claimed, total);
  const sum = Object.values(counts).reduce(
    (/** @type {number} */ sum, count) => sum + /** @type {number} */ (count),
    0,
  );
  assert.equal(sum, total);
  assert.deepEqual(report.warnings, []);
  const outcomes = [...report.outcomes()];
  assert.equal(new Set(outcomes.map(({ index }) => index)).size, total);
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes }), []);
}
