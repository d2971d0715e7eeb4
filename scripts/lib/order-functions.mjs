// @ts-check
// Puts functions that are alike next to each other: what compresses the module finds again nearby what repeats itself.

import { bodiesOf, withFunctionsNamed } from "./wasm-file.mjs";

/**
 * The module with the place of each function in front of its name, so that wasm-opt's order by name puts next to each other
 * what is alike: what compresses finds it again nearby.
 *
 * @param {Uint8Array} bytes with the names of functions, as optimised
 */
export function withPlaces(bytes) {
  const imported = WebAssembly.Module.imports(new WebAssembly.Module(/** @type {Uint8Array<ArrayBuffer>} */ (bytes)));
  const imports = imported.filter(({ kind }) => kind === "function").length;
  const places = placesByLikeness(bodiesOf(bytes));
  return withFunctionsNamed(bytes, (name, at) => {
    const place = places.get(at - imports);
    return place === undefined ? name : `${String(place).padStart(PLACE, "0")}${name}`;
  });
}

/** So many digits. */
const PLACE = 6;

/**
 * The module with its functions' own names again.
 *
 * @param {Uint8Array} bytes
 */
export function withoutPlaces(bytes) {
  return withFunctionsNamed(bytes, (name) => name.replace(new RegExp(`^[0-9]{${PLACE}}`), ""));
}

/**
 * Each function's place: behind those that it shares most with, for its length, of what few others have.
 *
 * @param {Buffer[]} bodies
 * @returns {Map<number, number>}
 */
function placesByLikeness(bodies) {
  const [PIECE, RECENT, COMMON] = [5, 16, 60];
  const pieces = bodies.map((body) => {
    const starts = Array.from({ length: Math.max(body.length - PIECE + 1, 0) }, (_, at) => at);
    return new Set(starts.map((at) => body.toString("latin1", at, at + PIECE)));
  });
  /** @type {Map<string, number[]>} */
  const holders = new Map();
  for (const [at, own] of pieces.entries()) {
    for (const piece of own) holders.set(piece, [...(holders.get(piece) ?? []), at]);
  }
  /** @type {Map<number, number>} */
  const places = new Map();
  /** @type {number[]} */
  const recent = [];
  for (let next = bodies.length > 0 ? 0 : undefined; next !== undefined; ) {
    places.set(next, places.size);
    recent.push(next);
    if (recent.length > RECENT) recent.shift();
    /** @type {Map<number, number>} */
    const likeness = new Map();
    for (const [age, other] of recent.entries()) {
      for (const piece of pieces[other] ?? []) {
        const alike = holders.get(piece) ?? [];
        if (alike.length >= COMMON) continue;
        for (const at of alike) likeness.set(at, (likeness.get(at) ?? 0) + (age + 1) / alike.length);
      }
    }
    let most = -1;
    next = undefined;
    for (const at of bodies.keys()) {
      const value = (likeness.get(at) ?? 0) / Number(bodies[at]?.length);
      if (!places.has(at) && value > most) [next, most] = [at, value];
    }
  }
  return places;
}
