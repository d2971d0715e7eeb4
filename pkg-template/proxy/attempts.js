// @ts-check
// The attempts of late, so that one that arrives twice is made once: browsers silently send a request again when its
// connection drops.

import { Refusal } from "./refusal.js";

/** Far longer than a browser takes to send something again. */
const KEPT_MS = 600_000;
const MOST_ATTEMPTS = 100_000;
/** Those of strangers are let go first, and cannot crowd out the others. */
const MOST_UNAUTHORIZED = 10_000;
const MOST_ANSWER_BYTES = 16 << 20;

/**
 * @typedef {object} Attempt
 * @property {string} digest of its body
 * @property {number} at when it came
 * @property {Promise<object> | undefined} reply nothing any more when there was no room for it
 * @property {boolean} isPending
 * @property {number} bytes
 */

export class Attempts {
  /** In the order of their coming. @type {Map<string, Attempt>} */
  #known = new Map();
  /** Those that hold an answer, the oldest first. @type {Set<Attempt>} */
  #answered = new Set();
  /** @type {Set<string>} */
  #unauthorized = new Set();
  #bytes = 0;
  #joins;

  /**
   * @param {boolean} joins whether a repeat may wait for what is still under way. In a Worker that ends with the request that
   * it belongs to, whose connection is gone.
   */
  constructor(joins) {
    this.#joins = joins;
  }

  /**
   * Makes an attempt, or gives what came of it before.
   *
   * @param {string} id
   * @param {string} digest
   * @param {() => Promise<object>} make
   */
  once(id, digest, make) {
    // A clock that nobody sets: what came a moment ago must not look old.
    const now = performance.now();
    const known = this.#known.get(id);
    if (known !== undefined) {
      if (known.digest !== digest) throw new Refusal(409, "PROXY_BAD_REQUEST", "maybe-applied");
      if (known.reply === undefined || (known.isPending && !this.#joins))
        throw new Refusal(409, "PROXY_REPEATED", "maybe-applied");
      return known.reply;
    }
    this.#forgetOld(now);
    if (this.#known.size >= MOST_ATTEMPTS) throw new Refusal(429, "PROXY_THROTTLED", "not-sent", 60_000);
    /** @type {Attempt} */
    const attempt = { digest, at: now, reply: make(), isPending: true, bytes: 0 };
    this.#known.set(id, attempt);
    attempt.reply?.then(
      (reply) => this.#keep(attempt, reply),
      (refusal) => this.#note(id, attempt, refusal),
    );
    return /** @type {Promise<object>} */ (attempt.reply);
  }

  /** @param {number} now */
  #forgetOld(now) {
    for (const [id, attempt] of this.#known) {
      if (attempt.at > now - KEPT_MS) return;
      // What is under way may still take effect.
      if (attempt.isPending) continue;
      this.#drop(attempt);
      this.#known.delete(id);
      this.#unauthorized.delete(id);
    }
  }

  /**
   * @param {Attempt} attempt
   * @param {object} reply
   */
  #keep(attempt, reply) {
    attempt.isPending = false;
    attempt.bytes = JSON.stringify(reply).length;
    this.#bytes += attempt.bytes;
    this.#answered.add(attempt);
    for (const oldest of this.#answered) {
      if (this.#bytes <= MOST_ANSWER_BYTES) return;
      this.#drop(oldest);
    }
  }

  /** Lets go of an answer; that the attempt was made stays known. @param {Attempt} attempt */
  #drop(attempt) {
    attempt.reply = undefined;
    if (this.#answered.delete(attempt)) this.#bytes -= attempt.bytes;
  }

  /**
   * @param {string} id
   * @param {Attempt} attempt
   * @param {unknown} refusal
   */
  #note(id, attempt, refusal) {
    attempt.isPending = false;
    if (!(refusal instanceof Refusal) || refusal.status !== 401) return;
    this.#unauthorized.add(id);
    for (const oldest of this.#unauthorized) {
      if (this.#unauthorized.size <= MOST_UNAUTHORIZED) return;
      this.#unauthorized.delete(oldest);
      this.#known.delete(oldest);
    }
  }
}
