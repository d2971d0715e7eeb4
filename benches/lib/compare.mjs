// @ts-check
// Side by side: the contenders take turns within one process, so that what disturbs one disturbs all.

/** @typedef {{ median: number, low: number, high: number }} Spread the median, and between which values four fifths lie */
/** @typedef {{ name: string, time: Spread, ratio: Spread }} Row the time of one call, and how many times that of the first contender it is */

/** @param {number[]} values @returns {Spread} */
export function spread(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (/** @type {number} */ share) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { median: at(0.5), low: at(0.1), high: at(0.9) };
}

/**
 * Rows in the order of the contenders, from what each took in each round.
 *
 * @param {Map<string, number[]>} times
 * @returns {Row[]}
 */
export function rows(times) {
  const [first = []] = times.values();
  return [...times].map(([name, taken]) => ({
    name,
    time: spread(taken),
    ratio: spread(taken.map((time, round) => time / (first[round] ?? time))),
  }));
}

/**
 * @param {Record<string, () => unknown>} contenders
 * @param {{ rounds?: number, calls?: number, warmUp?: number }} [options]
 */
export async function compare(contenders, { rounds = 60, calls = 50, warmUp = 300 } = {}) {
  const entries = Object.entries(contenders);
  for (const [, call] of entries) for (let at = 0; at < warmUp; at += 1) await call();
  /** @type {Map<string, number[]>} */
  const times = new Map(entries.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (let at = 0; at < entries.length; at += 1) {
      // Who follows whom changes, since one leaves its garbage to the next.
      const [name, call] = /** @type {[string, () => unknown]} */ (entries[(at + round) % entries.length]);
      const started = performance.now();
      for (let calls_ = 0; calls_ < calls; calls_ += 1) await call();
      times.get(name)?.push((performance.now() - started) / calls);
    }
  }
  return rows(times);
}
