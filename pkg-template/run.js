// @ts-check
// A deletion of any number of tokens, as its caller sees it. Rust runs it; this turns positions back into tokens.

import { errorOf } from "./errors.js";

/** What Rust calls a position that is no token. */
const INVALID = 0xffffffff;

const PROGRESS_INTERVAL_MS = 100;

/** @typedef {import("./wasm/finauth_facesearch.js").Deletion} Deletion */
/** @typedef {{ token: string, index: number, outcome: string, retryable?: boolean, of?: number }} TokenOutcome */

/**
 * @typedef {object} Prepared
 * @property {string} groupId
 * @property {string[]} tokens
 * @property {AbortSignal | undefined} signal
 * @property {((stats: object) => unknown) | undefined} onProgress
 * @property {(changed: () => void) => Deletion} begin makes the run in Rust; throws what Rust says is wrong
 */

export class DeletionRun {
  /** @type {Promise<object>} */
  report;

  /** @type {Deletion | undefined} */
  #deletion;
  /** @type {string[]} */
  #tokens = [];
  /** Rust's findings, each once. @type {object[]} */
  #findings = [];
  #stopped = false;
  #finished = false;
  /** @type {(() => void)[]} those who wait for something to change */
  #waiting = [];
  #lastProgress = 0;
  /** @type {Promise<Prepared>} */
  #prepared;
  /** @type {((stats: object) => unknown) | undefined} */
  #onProgress;

  /** @param {Promise<Prepared>} prepared */
  constructor(prepared) {
    this.#prepared = prepared;
    this.report = this.#run();
    // Who only iterates hears of the failure there; it is not to end the process as well.
    this.report.catch(() => {});
  }

  /** The numbers so far; nothing before the source is read. */
  get stats() {
    return this.#deletion && freeze(this.#deletion.stats());
  }

  stop() {
    this.#stopped = true;
    this.#deletion?.stop();
  }

  async *[Symbol.asyncIterator]() {
    await this.#begun();
    yield* this.#unsent();
    for (let range = 0; ; ) {
      const part = /** @type {any} */ (this.#deletion?.settled(range));
      if (part.indexes !== undefined) {
        range = part.next;
        yield* this.#outcomesOf(part);
      } else if (this.#finished) {
        // It says why, if it failed after all.
        await this.report;
        return;
      } else {
        await new Promise((resolve) => this.#waiting.push(() => resolve(undefined)));
      }
    }
  }

  async #run() {
    const started = performance.now();
    try {
      const { groupId, signal } = await this.#begun();
      const said = /** @type {any} */ (await this.#deletion?.drive(signal));
      if (said.error) throw errorOf({ ...said.error, cause: said.cause });
      this.#progress(true);
      return this.#reportOf(said, groupId, performance.now() - started);
    } finally {
      this.#finished = true;
      this.#changed();
    }
  }

  /** Waits until the source is read and the run is made. */
  async #begun() {
    const prepared = await this.#prepared;
    if (this.#deletion === undefined) {
      this.#tokens = prepared.tokens;
      this.#onProgress = prepared.onProgress;
      try {
        this.#deletion = prepared.begin(() => this.#changed());
      } catch (said) {
        const description = /** @type {any} */ (said)?.error;
        throw description === undefined ? said : errorOf(description);
      }
      if (this.#stopped) this.#deletion.stop();
    }
    return prepared;
  }

  #changed() {
    for (const wake of this.#waiting.splice(0)) wake();
    this.#progress(false);
  }

  /** @param {boolean} last */
  #progress(last) {
    const now = performance.now();
    if (this.#onProgress === undefined || (!last && now - this.#lastProgress < PROGRESS_INTERVAL_MS)) return;
    this.#lastProgress = now;
    try {
      this.#onProgress(/** @type {object} */ (this.stats));
    } catch {
      // A listener's mistake does not stop a deletion.
    }
  }

  /**
   * @param {any} said
   * @param {string} groupId
   * @param {number} elapsedMs
   */
  #reportOf({ answer, ended, failure, retryAfterMs, addsUp }, groupId, elapsedMs) {
    const { counts, requests, retries, faceCount } = freeze(answer);
    const report = {
      groupId,
      counts,
      complete: ended === "complete" && counts.unknown === 0 && counts["not-sent"] === 0,
      ended,
      ...(failure && { error: errorOf({ ...failure.error, cause: failure.cause, attempts: requests }) }),
      ...(retryAfterMs !== undefined && { retryAt: new Date(Date.now() + retryAfterMs) }),
      requests,
      retries,
      faceCount,
      elapsedMs,
      warnings: addsUp
        ? []
        : ["The outcomes do not add up. This is a mistake of finauth-facesearch: please report it."],
    };
    return Object.defineProperties(report, {
      outcomes: { value: () => this.#all() },
      unresolved: { value: () => this.#unresolved() },
    });
  }

  /** @returns {Generator<TokenOutcome>} */
  *#all() {
    yield* this.#unsent();
    for (let range = 0; ; ) {
      const part = /** @type {any} */ (this.#deletion?.settled(range));
      if (part.indexes === undefined) return;
      range = part.next;
      yield* this.#outcomesOf(part);
    }
  }

  *#unresolved() {
    for (const outcome of this.#all()) {
      const { outcome: what, retryable } = outcome;
      if (what === "unknown" || what === "not-sent" || (what === "failed" && retryable)) yield outcome;
    }
  }

  /** @returns {Generator<TokenOutcome>} */
  *#unsent() {
    const pairs = this.#deletion?.unsent() ?? [];
    for (let at = 0; at < pairs.length; at += 2) {
      const index = /** @type {number} */ (pairs[at]);
      const token = /** @type {string} */ (this.#tokens[index]);
      const of = /** @type {number} */ (pairs[at + 1]);
      yield of === INVALID ? { token, index, outcome: "invalid" } : { token, index, outcome: "duplicate", of };
    }
  }

  /**
   * @param {{ indexes: Uint32Array, findings: Uint16Array }} part
   * @returns {Generator<TokenOutcome>}
   */
  *#outcomesOf({ indexes, findings }) {
    for (const [at, index] of indexes.entries()) {
      const number = /** @type {number} */ (findings[at]) - 1;
      if (number >= this.#findings.length)
        this.#findings.push(...(this.#deletion?.findings(this.#findings.length) ?? []));
      yield { token: this.#tokens[index], index, .../** @type {any} */ (this.#findings[number]) };
    }
  }
}

/** @param {any} stats */
function freeze(stats) {
  Object.freeze(stats.counts);
  return Object.freeze(stats);
}
