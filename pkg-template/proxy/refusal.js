// @ts-check
// The calls that a proxy does not make.

/** @typedef {"not-sent" | "maybe-applied"} Delivery */

export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} code one of those in docs/proxy-protocol.md
   * @param {Delivery} [delivery] what this proxy knows of the attempt, if it knows all there is
   * @param {number} [retryAfterMs]
   */
  constructor(status, code, delivery, retryAfterMs) {
    super(code);
    this.status = status;
    this.reply = {
      v: 1,
      refused: code,
      ...(delivery && { delivery }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
  }
}

/** A function of the owner, or a caller's body, took too long. */
export class Late extends Error {}

/**
 * Waits for what a function of the owner gives, or a caller's body, but not for ever.
 *
 * @template T
 * @param {number} ms
 * @param {T} value
 * @returns {Promise<Awaited<T>>}
 */
export async function within(ms, value) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Late(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await /** @type {Promise<Awaited<T>>} */ (Promise.race([value, late]));
  } finally {
    clearTimeout(timer);
  }
}
