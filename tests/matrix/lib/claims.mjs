// @ts-check
// What every fixture claims, against what really happened.

import assert from "node:assert/strict";
import { BULK } from "../common/list.mjs";

/** Every tenth token of the list is not there; one face in each library is nobody's business. */
const there = BULK.tokens.filter((_, index) => index % 10 !== 0);
export const LIBRARIES = { one: ["a1", "bystander"], many: [...there, "bystander"] };

/**
 * @param {ReturnType<typeof import("../../support/package.mjs").createEmulator>} emulator
 * @param {string | undefined} claims JSON
 * @param {"absent" | "absent-after-uncertain"} [notThere] what is claimed of a token that is not there: the latter where a
 *   request may silently go out twice
 */
export function assertTrue(emulator, claims, notThere = "absent") {
  assert.match(`${claims}`, /^\{/, `it claims nothing: ${claims}`);
  const { one, many, complete } = JSON.parse(`${claims}`);
  assert.deepEqual(emulator.audit({ groupId: "one", outcomes: one }), []);
  assert.deepEqual(emulator.audit({ groupId: "many", outcomes: many }), []);
  assert.deepEqual(counts(one), { deleted: 1, [notThere]: 1 });
  const absent = BULK.tokens.length - there.length;
  assert.deepEqual(counts(many), { deleted: there.length, [notThere]: absent, duplicate: 1, invalid: 1 });
  assert.equal(complete, true);
  assert.deepEqual([emulator.faces("one"), emulator.faces("many")], [["bystander"], ["bystander"]]);
  const calls = emulator.log.filter(({ api }) => api === "delete");
  assert.deepEqual(
    [calls.length, emulator.log.length],
    [1 + Math.ceil(BULK.tokens.length / BULK.batchSize), calls.length],
  );
}

/** Strikes requests on connections that were used before, where some runtimes send again by themselves. */
export const BREAKS = /** @type {const} */ ({ fault: "applyThenDrop", path: "delete", skip: 3, times: 2 });

/**
 * The same where connections broke: nothing false is claimed, and where a request is said to go out once, it did.
 *
 * @param {ReturnType<typeof import("../../support/package.mjs").createEmulator>} emulator
 * @param {string | undefined} claims JSON
 * @param {"absent" | "absent-after-uncertain"} [notThere]
 */
export function assertTrueInSpiteOfBreaks(emulator, claims, notThere = "absent") {
  assert.match(`${claims}`, /^\{/, `it claims nothing: ${claims}`);
  const { one, many, complete, requests } = JSON.parse(`${claims}`);
  assert.deepEqual(emulator.audit({ groupId: "one", outcomes: one }), []);
  assert.deepEqual(emulator.audit({ groupId: "many", outcomes: many }), []);
  assert.equal(complete, true);
  const arrived = emulator.log.filter(({ api }) => api === "delete");
  assert.equal(arrived.filter(({ fault }) => fault === BREAKS.fault).length, BREAKS.times, "as many broke as were to");
  const once = 1 + Math.ceil(BULK.tokens.length / BULK.batchSize);
  assert.ok(arrived.length > once, "what broke was sent again");
  if (notThere === "absent") assert.equal(arrived.length, requests, "a request went out that nobody knows of");
}

/** @param {{ outcome: string }[]} outcomes */
function counts(outcomes) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const { outcome } of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
