// @ts-check
// What is about to be deleted, read and counted, before anything is sent. index.d.ts documents it.

import { errorOf, InternalError, orThrow, SafetyError, ValidationError } from "./errors.js";
import { generation } from "./instance.js";
import { ignore } from "./observe.js";
import { utf8 } from "./options.js";
import { exceptionsOf } from "./outcomes.js";
import { readSource, sizeOf } from "./source.js";

/** @typedef {import("./wasm/finauth_facesearch.js").Reading} Reading */
/** @typedef {import("./call-options.js").PlanOptions} PlanOptions */

export class DeletionPlan {
  #reading;
  #options;
  #wasRun = false;
  #instance = generation();

  /**
   * @param {Reading} reading
   * @param {PlanOptions} options
   */
  constructor(reading, options) {
    const { groupId, batchSize } = options;
    const { format, column, fingerprint, ...counts } = /** @type {any} */ (reading.facts());
    this.#reading = reading;
    this.#options = options;
    this.groupId = groupId;
    this.counts = Object.freeze(counts);
    this.batchSize = batchSize;
    this.requests = Math.ceil(counts.distinct / batchSize);
    this.format = format;
    this.column = column;
    this.fingerprint = fingerprint;
    this.confirmation = `delete ${counts.distinct} from ${groupId}`;
    Object.freeze(this);
  }

  *invalid() {
    for (const exception of exceptionsOf(this.#held())) if (exception.outcome === "invalid") yield exception;
  }

  /** What Rust has of it, which is gone if the instance has failed since. */
  #held() {
    if (this.#instance === generation()) return this.#reading;
    throw new InternalError({
      code: "INSTANCE_FAILED",
      path: "source",
      message: "source is a plan that was lost when the WebAssembly module failed; make it again. Nothing was sent",
    });
  }

  *duplicates() {
    for (const exception of exceptionsOf(this.#held())) if (exception.outcome === "duplicate") yield exception;
  }

  /**
   * What its one run needs; `giveBack` is for one that is refused before it has sent anything.
   *
   * @param {DeletionPlan} plan
   */
  static take(plan) {
    if (plan.#wasRun) {
      throw new ValidationError({
        code: "PLAN_WAS_RUN",
        path: "source",
        message:
          "source is a plan that was run already; a plan runs once. Use report.retryUnresolved() for what is left",
      });
    }
    const reading = plan.#held();
    plan.#wasRun = true;
    const giveBack = () => {
      plan.#wasRun = false;
    };
    return { reading, options: plan.#options, giveBack };
  }

  /** @param {unknown} value */
  static is(value) {
    return typeof value === "object" && value !== null && #reading in value;
  }
}

/**
 * Reads a source to its end, and counts what is in it.
 *
 * @param {unknown} source
 * @param {PlanOptions} options
 * @param {typeof import("./wasm/finauth_facesearch.js")} rust
 */
export async function readPlan(source, options, rust) {
  const { groupId, format, column, signal, onRead } = options;
  const reading = orThrow(() => new rust.Reading(groupId, format, column));
  try {
    const sink = {
      bytes: (/** @type {Uint8Array} */ bytes) => fail(reading.push(bytes)),
      tokens: (/** @type {string} */ joined) => fail(reading.pushTokens(utf8(joined))),
    };
    reading.expect(sizeOf(source));
    await readSource(source, sink, { signal, onRead: onRead && (() => tell(onRead, reading)) });
    fail(reading.finish());
    const plan = new DeletionPlan(reading, options);
    checkLimits(plan.counts, options);
    if (onRead !== undefined) tell(onRead, reading);
    return plan;
  } catch (error) {
    reading.free();
    throw error;
  }
}

/** @param {any} said */
function fail(said) {
  if (said !== undefined) throw errorOf({ ...said.error, cause: said.cause });
}

/**
 * @param {(progress: object) => unknown} onRead
 * @param {Reading} reading
 */
function tell(onRead, reading) {
  const { bytes, total, distinct, duplicates, invalid } = /** @type {any} */ (reading.facts());
  ignore(() => onRead(Object.freeze({ bytes, total, distinct, duplicates, invalid })));
}

/**
 * What its caller says of a plan has to be true of it.
 *
 * @param {DeletionPlan} plan
 * @param {{ groupId: string | undefined, maxDelete: number | undefined, expectedCount: number | undefined }} limits
 */
export function checkPlan(plan, limits) {
  const { groupId } = limits;
  if (groupId !== undefined && groupId !== plan.groupId) {
    throw new ValidationError({
      code: "INVALID_ARGUMENT",
      path: "options.groupId",
      message: `options.groupId is not the library that the plan is for (${plan.groupId}). Nothing was sent`,
    });
  }
  checkLimits(plan.counts, limits);
}

/**
 * @param {{ distinct: number }} counts
 * @param {{ maxDelete: number | undefined, expectedCount: number | undefined }} limits
 */
function checkLimits({ distinct }, { maxDelete, expectedCount }) {
  const unsafe = (/** @type {string} */ code, /** @type {string} */ path, /** @type {string} */ message) =>
    new SafetyError({ code, path, message: `${message}. Nothing was sent` });
  if (maxDelete !== undefined && distinct > maxDelete) {
    throw unsafe(
      "TOO_MANY",
      "maxDelete",
      `The source holds ${distinct} different tokens, more than maxDelete (${maxDelete})`,
    );
  }
  if (expectedCount !== undefined && distinct !== expectedCount) {
    throw unsafe(
      "UNEXPECTED_COUNT",
      "expect.count",
      `The source holds ${distinct} different tokens, not ${expectedCount}`,
    );
  }
}
