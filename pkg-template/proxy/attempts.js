// @ts-check
// The attempt ids of the last ten minutes, so that an attempt that arrives twice is made once: browsers silently send a
// request again when its connection drops. Ids count against the caller that `authorize` named.

import { Refusal } from "./refusal.js";

/** Far longer than a browser takes to send something again. */
const KEPT_MS = 600_000;
/** When a caller that has no room for another id may come back. */
const FULL_MS = 60_000;

/**
 * Ids of attempts that were made have to be kept: a forgotten one would be made again. Ids of rejected attempts are kept as
 * long as there is room, in a store of their own, so that no number of rejections takes the place of an attempt.
 */
export const LIMITS = {
  made: { perCaller: 20_000, total: 100_000 },
  rejected: { perCaller: 10_000, total: 50_000 },
  callers: 10_000,
  replyBytes: 16 << 20,
};

/** @typedef {typeof LIMITS} Limits */
/** @typedef {"made" | "rejected"} Kind */

/**
 * @typedef {object} Caller
 * @property {string} name
 * @property {number} made
 * @property {number} rejected
 * @property {number} replyBytes
 * @property {Set<Attempt>} answered those that hold a reply, the oldest first
 */

/**
 * @typedef {object} Attempt
 * @property {Caller} caller
 * @property {Kind} kind
 * @property {string} digest of its body
 * @property {number} at when it arrived
 * @property {Promise<object> | undefined} reply undefined once it was dropped for want of room
 * @property {boolean} isPending
 * @property {number} bytes
 */

export class Attempts {
  /** By caller and id, the oldest first. @type {Map<string, Attempt>} */
  #known = new Map();
  /** Those with at least one id. @type {Map<string, Caller>} */
  #callers = new Map();
  #count = { made: 0, rejected: 0 };
  #bytes = 0;
  #joins;
  #limits;

  /**
   * @param {boolean} joins whether a repeat may wait for an attempt in flight. In a Worker, an attempt ends with the request
   * that it belongs to, whose connection is gone.
   * @param {Limits} [limits]
   */
  constructor(joins, limits = LIMITS) {
    this.#joins = joins;
    this.#limits = limits;
  }

  /**
   * The reply to the first copy of an attempt, if this caller sent its id before.
   *
   * @param {string} caller names of one length, so that no two pairs of caller and id are written alike
   * @param {string} id
   * @param {string} digest
   */
  repeated(caller, id, digest) {
    const known = this.#known.get(caller + id);
    if (known === undefined) return undefined;
    if (known.digest !== digest) throw new Refusal(409, "PROXY_BAD_REQUEST", "maybe-applied");
    if (known.reply === undefined || (known.isPending && !this.#joins))
      throw new Refusal(409, "PROXY_REPEATED", "maybe-applied");
    return known.reply;
  }

  /**
   * How long this caller has to wait until there is room for another id, in milliseconds. No other caller's load makes it
   * wait as long as it holds less than its share.
   *
   * @param {string} caller
   */
  wait(caller) {
    this.#forgetOld();
    return this.#hasRoom("made", caller) ? 0 : FULL_MS;
  }

  /**
   * Makes an attempt whose id is new and for which there is room.
   *
   * @param {string} caller
   * @param {string} id
   * @param {string} digest
   * @param {() => Promise<object>} make
   */
  make(caller, id, digest, make) {
    const attempt = this.#note("made", caller, id, digest, make());
    attempt.isPending = true;
    attempt.reply.then(
      (reply) => this.#keep(attempt, reply),
      () => {
        attempt.isPending = false;
      },
    );
    return attempt.reply;
  }

  /**
   * Keeps a rejection that a later copy might not meet. Without that, the reply must not say `not-sent`: the copy may be
   * made. Gives whether it is kept.
   *
   * @param {string} caller
   * @param {string} id
   * @param {string} digest
   * @param {Refusal} refusal
   */
  reject(caller, id, digest, refusal) {
    this.#forgetOld();
    if (!this.#hasRoom("rejected", caller)) return false;
    const reply = Promise.reject(refusal);
    // Nobody may ask for it.
    reply.catch(() => {});
    this.#note("rejected", caller, id, digest, reply);
    return true;
  }

  /**
   * A caller that holds less than its share always has room: what it gets does not depend on what others hold, only on how
   * many they are.
   *
   * @param {Kind} kind
   * @param {string} name
   */
  #hasRoom(kind, name) {
    const { [kind]: limit, callers } = this.#limits;
    const caller = this.#callers.get(name);
    if (caller === undefined && this.#callers.size >= callers) return false;
    const own = caller?.[kind] ?? 0;
    if (own >= limit.perCaller) return false;
    const sharers = this.#callers.size + (caller === undefined ? 1 : 0);
    return this.#count[kind] < limit.total || own < Math.floor(limit.total / sharers);
  }

  /**
   * @param {Kind} kind
   * @param {string} name
   * @param {string} id
   * @param {string} digest
   * @param {Promise<object>} reply
   */
  #note(kind, name, id, digest, reply) {
    /** @type {Caller} */
    const caller = this.#callers.get(name) ?? { name, made: 0, rejected: 0, replyBytes: 0, answered: new Set() };
    this.#callers.set(name, caller);
    // A clock that nobody sets: an attempt that has just arrived must not look old.
    const attempt = { caller, kind, digest, at: performance.now(), reply, isPending: false, bytes: 0 };
    this.#known.set(name + id, attempt);
    caller[kind] += 1;
    this.#count[kind] += 1;
    return attempt;
  }

  #forgetOld() {
    const now = performance.now();
    for (const [key, attempt] of this.#known) {
      if (attempt.at > now - KEPT_MS) return;
      // An attempt in flight may still take effect.
      if (attempt.isPending) continue;
      this.#drop(attempt);
      this.#known.delete(key);
      const { caller, kind } = attempt;
      caller[kind] -= 1;
      this.#count[kind] -= 1;
      if (caller.made + caller.rejected === 0) this.#callers.delete(caller.name);
    }
  }

  /**
   * @param {Attempt} attempt
   * @param {object} reply
   */
  #keep(attempt, reply) {
    const { caller } = attempt;
    attempt.isPending = false;
    attempt.bytes = JSON.stringify(reply).length;
    caller.replyBytes += attempt.bytes;
    this.#bytes += attempt.bytes;
    caller.answered.add(attempt);
    while (this.#bytes > this.#limits.replyBytes) {
      const [oldest] = this.#largest(caller).answered;
      if (oldest === undefined) return;
      this.#drop(oldest);
    }
  }

  /** Whose replies take the most room: theirs are dropped, not those of others. @param {Caller} among */
  #largest(among) {
    let largest = among;
    for (const caller of this.#callers.values()) if (caller.replyBytes > largest.replyBytes) largest = caller;
    return largest;
  }

  /** Drops a reply; that the attempt was made stays known. @param {Attempt} attempt */
  #drop(attempt) {
    attempt.reply = undefined;
    if (!attempt.caller.answered.delete(attempt)) return;
    attempt.caller.replyBytes -= attempt.bytes;
    this.#bytes -= attempt.bytes;
  }
}
