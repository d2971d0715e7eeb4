// @ts-check
// How many calls a minute each caller may make.

export class Buckets {
  #perMinute;
  /** How many calls a caller has left, and when that was so. @type {Map<string, { left: number, at: number }>} */
  #callers = new Map();

  /** @param {number} perMinute */
  constructor(perMinute) {
    this.#perMinute = perMinute;
  }

  /**
   * Takes one call. Gives 0, or how long the caller has to wait, in milliseconds.
   *
   * @param {string} caller
   */
  take(caller) {
    const now = performance.now();
    this.#forget(now);
    const left = this.#left(this.#callers.get(caller), now);
    if (left < 1) return Math.ceil(((1 - left) * 60_000) / this.#perMinute);
    // At the end of the order: those that rested longest stand first.
    this.#callers.delete(caller);
    this.#callers.set(caller, { left: left - 1, at: now });
    return 0;
  }

  /**
   * @param {{ left: number, at: number } | undefined} bucket
   * @param {number} now
   */
  #left(bucket, now) {
    if (bucket === undefined) return this.#perMinute;
    return Math.min(this.#perMinute, bucket.left + ((now - bucket.at) * this.#perMinute) / 60_000);
  }

  /** Who has been quiet for a minute has all calls again. @param {number} now */
  #forget(now) {
    for (const [caller, { at }] of this.#callers) {
      if (now - at < 60_000) return;
      this.#callers.delete(caller);
    }
  }
}
