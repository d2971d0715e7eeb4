// @ts-check
// Random input for property tests. `npm test` says what it is drawn from, so that a failure can be met again.

import fc from "fast-check";

const { PROPERTY_SEED, PROPERTY_TIMES = "1" } = process.env;
if (PROPERTY_SEED !== undefined) fc.configureGlobal({ seed: Number(PROPERTY_SEED) });

/**
 * How often a property is tried.
 *
 * @param {number} usual
 */
export const runs = (usual) => usual * Number(PROPERTY_TIMES);

export { fc };
