// @ts-check
// Many tokens, and the mix of faults that a large deletion has to survive.

/**
 * Distinct tokens of the usual form, in the order of their numbers.
 *
 * @param {number} count
 */
export function tokens(count) {
  return Array.from({ length: count }, (_, index) => index.toString(16).padStart(32, "0"));
}

/**
 * Of each ten tokens the library is to hold nine.
 *
 * @param {string[]} all
 */
export function nineInTen(all) {
  return all.filter((_, index) => index % 10 !== 0);
}

/** @param {Pick<import("../../pkg-template/emulator/index.js").Emulator, "inject">} emulator */
export function injectMix(emulator) {
  for (const [skip, rule] of /** @type {[number, any][]} */ ([
    [3, { fault: "applyThenDrop", times: 8 }],
    [5, { fault: "throttle", times: 8 }],
    [2, { fault: "htmlGatewayError", times: 3 }],
    [2, { fault: "truncateBody", times: 3 }],
    [4, { fault: "dropBeforeApply", times: 3 }],
    [1, { fault: "lieAboutCounts", times: 2 }],
    [9, { fault: "partial", count: 7, times: 4 }],
    [1, { fault: "error", status: 400, error: "BAD_ARGUMENTS:face_tokens", times: 6 }],
    [1, { fault: "slowBody", ms: 900, times: 2 }],
  ])) {
    emulator.inject({ ...rule, skip, path: "delete" });
  }
}
