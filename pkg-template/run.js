// @ts-check
// A deletion of any number of tokens, as its caller sees it. Rust runs it; this turns positions back into tokens.

import { internalError, MODULE_FAILED, orThrow } from "./errors.js";
import { csv, jsonLines } from "./exports.js";
import { CERTIFICATE_REJECTED, certificateTrouble, sendingError } from "./fetch-error.js";
import { generation, load, unlessItFails } from "./instance.js";
import { ignore } from "./observe.js";
import { exceptionsOf, isUnresolved, OUTCOMES } from "./outcomes.js";
import { makeReceipt } from "./receipt/make.js";

const PROGRESS_INTERVAL_MS = 100;

/** There are no dates beyond it, whatever a server asks for. */
const LAST_DATE = 8.64e15;

/** @typedef {import("./wasm/finauth_facesearch.js").Deletion} Deletion */
/** @typedef {{ token?: string | undefined, index: number, outcome: string, retryable?: boolean, of?: number, line?: number, problem?: string }} TokenOutcome */

/** @typedef {{ fingerprint: string, total: number, distinct: number }} Facts what was read */

/**
 * @typedef {object} Prepared
 * @property {string} groupId
 * @property {AbortSignal | undefined} signal
 * @property {((stats: object) => unknown) | undefined} onProgress
 * @property {Facts} facts
 * @property {() => Promise<number | undefined>} faceCount how many faces there are, if the run is to know
 * @property {(changed: () => void) => Deletion | undefined} begin makes the run in Rust; throws what Rust says is wrong
 * @property {() => Promise<void>} end lets go of what the run held
 * @property {() => void} [giveBack] lets its source be run once more, since nothing was sent
 * @property {(options: unknown, deletion: Deletion) => Promise<Prepared>} retry prepares another run for what this one leaves open
 */

export class DeletionRun {
  /** @type {Promise<object>} */
  report;

  /** @type {Deletion | undefined} */
  #deletion;
  /** The instance that it is in. */
  #instance = 0;
  /** Rust's findings, each once. @type {object[]} */
  #findings = [];
  #stopped = false;
  #finished = false;
  #isLost = false;
  #total = 0;
  /** @type {(() => void)[]} those who wait for something to change */
  #waiting = [];
  #lastProgress = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #nextProgress;
  /** @type {Promise<Prepared>} */
  #prepared;
  /** The last run before this one, whose open tokens it takes up, that settled anything. @type {DeletionRun | undefined} */
  #before;
  /** @type {((stats: object) => unknown) | undefined} */
  #onProgress;

  /**
   * @param {Promise<Prepared>} prepared
   * @param {DeletionRun} [before]
   * @param {{ isOver?: boolean }} [state] of a run of which only the journal is left
   */
  constructor(prepared, before, { isOver = false } = {}) {
    this.#prepared = prepared;
    this.#before = before;
    this.report = isOver ? this.#restored() : this.#run();
    // Who only iterates hears of the failure there; it is not to end the process as well.
    this.report.catch(() => {});
  }

  /** The numbers so far; nothing before the source is read. */
  get stats() {
    const held = this.#held();
    return held && statsOf(held.stats());
  }

  stop() {
    this.#stopped = true;
    this.#deletion?.stop();
  }

  async *[Symbol.asyncIterator]() {
    await this.#begun();
    for (const run of this.#runs()) if (run !== this) yield* run.#settled();
    yield* this.#unsent();
    for (let [range, offset] = [0, 0]; ; ) {
      const part = /** @type {any} */ (this.#held()?.settled(range, offset) ?? {});
      if (part.indexes !== undefined) {
        [range, offset] = part.next;
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
    try {
      const { groupId, signal, facts, faceCount, giveBack } = await this.#begun();
      const deletion = /** @type {Deletion} */ (this.#deletion);
      const said = /** @type {any} */ (
        await unlessItFails(
          () => deletion.drive(signal),
          () => this.#lose(groupId),
        )
      );
      if (said.error) {
        if (said.error.delivery === "not-sent") giveBack?.();
        throw sendingError({ ...said.error, cause: said.cause });
      }
      this.#progress(true);
      const faceCountAfter = await faceCount();
      return this.#reportOf(said, groupId, { facts, faceCountAfter });
    } finally {
      this.#finished = true;
      clearTimeout(this.#nextProgress);
      this.#changed();
      await this.#letGo();
    }
  }

  /** Of a run before this process there is only what its journal says. */
  async #restored() {
    this.#finished = true;
    await this.#begun();
    return {};
  }

  /** Those before this one, and this one, the oldest first. */
  #runs() {
    /** @type {DeletionRun[]} */
    const runs = [this];
    for (let run = this.#before; run !== undefined; run = run.#before) runs.unshift(run);
    return runs;
  }

  async #letGo() {
    try {
      await (await this.#prepared).end();
    } catch {
      // What the run came to is known, whatever becomes of what it held.
    }
  }

  /**
   * The instance that ran it is gone, and with it what was known.
   *
   * @param {string} groupId
   */
  #lose(groupId) {
    this.#deletion = undefined;
    this.#isLost = true;
    return {
      delivery: "maybe-applied",
      attempts: 1,
      message:
        `${MODULE_FAILED} ` +
        `Any of the ${this.#total} entries of the list may have been deleted from ${groupId}; run the list again`,
    };
  }

  /** What Rust has of it, which is gone if the instance has failed since. */
  #held() {
    if (this.#deletion === undefined || this.#instance === generation()) return this.#deletion;
    throw internalError(undefined, {
      message: "The WebAssembly module has failed since, and what it held of this run is lost. Its report was right",
    });
  }

  /** Waits until the source is read and the run is made. */
  async #begun() {
    const prepared = await this.#prepared;
    if (this.#deletion === undefined && !this.#isLost) {
      this.#onProgress = prepared.onProgress;
      this.#instance = generation();
      this.#deletion = orThrow(() => prepared.begin(() => this.#changed()));
      this.#total = /** @type {any} */ (this.#deletion?.stats())?.total ?? 0;
      if (this.#stopped) this.#deletion?.stop();
    }
    return prepared;
  }

  #changed() {
    for (const wake of this.#waiting.splice(0)) wake();
    this.#progress(false);
  }

  /** @param {boolean} last */
  #progress(last) {
    if (this.#onProgress === undefined || (this.#finished && !last)) return;
    const wait = last ? 0 : this.#lastProgress + PROGRESS_INTERVAL_MS - performance.now();
    clearTimeout(this.#nextProgress);
    if (wait > 0) {
      this.#nextProgress = setTimeout(() => this.#progress(false), wait);
      return;
    }
    this.#lastProgress = performance.now();
    const [tell, stats] = [this.#onProgress, this.stats];
    ignore(() => tell(/** @type {object} */ (stats)));
  }

  /**
   * @param {any} said
   * @param {string} groupId
   * @param {{ facts: Facts, faceCountAfter: number | undefined }} more for the receipt
   */
  #reportOf(said, groupId, more) {
    const { answer, ended, failure, besides, retryAfterMs, clockBehind, startedAt, endedAt } = said;
    const { counts, requests, retries, faceCount } = statsOf(answer);
    const isSound = said.addsUp && this.#listed() === counts.total;
    const error = failure && sendingError({ ...failure.error, cause: failure.cause, attempts: requests });
    const report = {
      groupId,
      counts,
      complete: said.complete && isSound,
      allGone: said.allGone && isSound,
      ended,
      ...(error && { error }),
      ...(retryAfterMs !== undefined && { retryAt: new Date(Math.min(Date.now() + retryAfterMs, LAST_DATE)) }),
      requests,
      retries,
      faceCount,
      ...(startedAt !== undefined && { startedAt: new Date(startedAt * 1000) }),
      endedAt: new Date(endedAt * 1000),
      elapsedMs: answer.activeMs,
      warnings: warningsOf(clockBehind, isSound, besides, error),
    };
    return Object.defineProperties(report, {
      outcomes: { value: () => this.#all() },
      unresolved: { value: () => this.#unresolved() },
      retryUnresolved: { value: (/** @type {unknown} */ options) => this.#retryUnresolved(options) },
      csv: { value: () => csv(this.#all()) },
      jsonLines: { value: () => jsonLines(this.#all()) },
      receipt: { value: async () => this.#receipt(report, { ...more, endedAt }) },
    });
  }

  /**
   * @param {any} report
   * @param {{ facts: Facts, faceCountAfter: number | undefined, endedAt: number }} more
   */
  async #receipt(report, more) {
    const rust = await load();
    const held = this.#held();
    if (held === undefined) throw internalError(undefined, { message: "The run was lost with its instance" });
    return makeReceipt(rust, { report, ...more, ...held.origin(), outcomes: this.#all() });
  }

  /** @param {unknown} options */
  #retryUnresolved(options) {
    const retry = async () => {
      const { retry } = await this.#prepared;
      return retry(options, /** @type {Deletion} */ (this.#held()));
    };
    // What has nothing to say is not kept, however often somebody tries again.
    const isHeld = this.#deletion !== undefined && this.#instance === generation();
    const isOfUse = this.#before === undefined || !isHeld || !this.#deletion?.hasSettledNothing();
    return new DeletionRun(retry(), isOfUse ? this : this.#before);
  }

  /** How many entries {@link DeletionRun.#all} lists: each of the list, or this package has lost some. */
  #listed() {
    return this.#runs().reduce((sum, run) => sum + (run.#held()?.listed(run === this) ?? 0), 0);
  }

  /** @returns {Generator<TokenOutcome>} */
  *#all() {
    for (const run of this.#runs()) yield* run === this ? run.#own() : run.#settled();
  }

  /** What this run settled for good. @returns {Generator<TokenOutcome>} */
  *#settled() {
    for (const settled of this.#own()) if (!isUnresolved(settled)) yield settled;
  }

  /** What this run knows, without those before. @returns {Generator<TokenOutcome>} */
  *#own() {
    yield* this.#unsent();
    for (let [range, offset] = [0, 0]; ; ) {
      const part = /** @type {any} */ (this.#held()?.settled(range, offset) ?? {});
      if (part.indexes === undefined) return;
      [range, offset] = part.next;
      yield* this.#outcomesOf(part);
    }
  }

  *#unresolved() {
    for (const settled of this.#all()) if (isUnresolved(settled)) yield settled;
  }

  /** @returns {Generator<TokenOutcome>} */
  *#unsent() {
    const held = this.#held();
    if (held !== undefined) yield* exceptionsOf(held);
  }

  /**
   * @param {{ indexes: Uint32Array, findings: Uint16Array, tokens: string }} part
   * @returns {Generator<TokenOutcome>}
   */
  *#outcomesOf({ indexes, findings, tokens }) {
    const texts = tokens.split(",");
    for (const [at, index] of indexes.entries()) {
      const number = /** @type {number} */ (findings[at]) - 1;
      if (number >= this.#findings.length)
        this.#findings.push(...(this.#held()?.findings(this.#findings.length) ?? []));
      yield { token: texts[at], index, .../** @type {any} */ (this.#findings[number]) };
    }
  }
}

/** @param {any} stats */
function statsOf({ counts: numbers, total, activeMs: _, ...stats }) {
  const counts = Object.fromEntries(OUTCOMES.map((outcome, at) => [outcome, numbers[at]]));
  const settled = numbers.reduce((/** @type {number} */ sum, /** @type {number} */ count) => sum + count, 0);
  return Object.freeze({ counts: Object.freeze({ total, ...counts }), settled, ...stats });
}

/**
 * @param {number | undefined} clockBehind
 * @param {boolean} isSound
 * @param {string | undefined} besides what went wrong besides the error that ended the run
 * @param {Error & { code: string } | undefined} error that one
 */
function warningsOf(clockBehind, isSound, besides, error) {
  const warnings = [];
  if (error?.code === CERTIFICATE_REJECTED) {
    const why = certificateTrouble(error);
    warnings.push(`The server's certificate was rejected${why ? `: ${why}` : ""}.`);
  }
  if (besides) warnings.push(`${besides}.`);
  if (clockBehind) {
    const [seconds, way] = [Math.abs(clockBehind), clockBehind > 0 ? "behind" : "ahead of"];
    warnings.push(
      `This machine's clock is ${seconds} seconds ${way} the server's; signatures were made by the server's.`,
    );
  }
  if (!isSound) warnings.push("The outcomes do not add up. This is a mistake of finauth-facesearch: please report it.");
  return warnings;
}
