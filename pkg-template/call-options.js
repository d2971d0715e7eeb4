// @ts-check
// The options of one call and of one run, read once.

import { isServer } from "./environment.js";
import { Reader } from "./options.js";

/** @typedef {{ timeout: number, totalTimeout: number | undefined, maxRetries: number }} Limits those of the client */

/**
 * @typedef {object} PlanOptions
 * @property {string} groupId
 * @property {number} timeout for the loading of the module
 * @property {AbortSignal | undefined} signal
 * @property {string | undefined} format
 * @property {string | number | undefined} column
 * @property {number} batchSize
 * @property {number | undefined} maxDelete
 * @property {number | undefined} expectedCount
 * @property {((progress: object) => unknown) | undefined} onRead
 */

/**
 * @typedef {object} RunOptions
 * @property {AbortSignal | undefined} signal
 * @property {import("./journal/index.js").Journal | undefined} journal
 * @property {boolean} countFaces
 * @property {((stats: object) => unknown) | undefined} onProgress
 * @property {number} timeout
 * @property {number} maxRetries
 * @property {number} batchSize
 * @property {number | undefined} maxAbsentRatio
 * @property {number | undefined} deadline in milliseconds from now
 * @property {number} minConcurrency
 * @property {number} startConcurrency
 * @property {number} maxConcurrency
 */

/**
 * @param {unknown} options
 * @param {Limits} limits
 */
export function callOptions(options, limits) {
  const read = new Reader(options, "options", { prefix: "options." });
  read.only(["signal", "timeout", "totalTimeout", "maxRetries"]);
  const total = read.milliseconds("totalTimeout") ?? limits.totalTimeout;
  const end = fromNow(total);
  return {
    signal: read.signal("signal"),
    timeout: read.milliseconds("timeout") ?? limits.timeout,
    maxRetries: maxRetries(read) ?? limits.maxRetries,
    /** How much of the time for the call is left. */
    left: () => (end === undefined ? undefined : Math.max(0, end - performance.now())),
  };
}

/** Those of reading and of running in one: whoever has one object for both passes it to each. */
const OPTIONS = [
  ...["groupId", "format", "column", "batchSize", "maxDelete", "expect", "onRead"],
  ...["signal", "timeout", "journal", "countFaces", "onProgress", "maxRetries", "maxAbsentRatio"],
  ...["deadline", "totalTimeout", "concurrency"],
];

/** @param {unknown} options */
function ofARun(options) {
  const read = new Reader(options, "options", { prefix: "options." });
  read.only(OPTIONS);
  return read;
}

const FORMATS = ["text", "csv", "json", "json-lines"];

/**
 * The options of a plan.
 *
 * @param {unknown} options
 * @param {Limits} limits
 * @returns {PlanOptions}
 */
export function planOptions(options, limits) {
  const read = ofARun(options);
  return {
    ...limitsOf(read),
    groupId: read.requiredText("groupId"),
    timeout: read.milliseconds("timeout") ?? limits.timeout,
    signal: read.signal("signal"),
    format: read.oneOf("format", FORMATS),
    column: column(read),
    batchSize: batchSize(read) ?? MOST_TOKENS_IN_A_REQUEST,
    onRead: /** @type {((progress: object) => unknown) | undefined} */ (read.callback("onRead")),
  };
}

/** What holds for a plan that was made before as well. @param {unknown} options */
export function planLimits(options) {
  const read = ofARun(options);
  return { ...limitsOf(read), groupId: read.text("groupId") };
}

/** @param {Reader} read */
function limitsOf(read) {
  const expect = new Reader(read.any("expect"), "expect", { prefix: "options.expect." });
  expect.only(["count"]);
  const faces = { least: 0, most: 4_294_967_295, unit: "faces" };
  return {
    maxDelete: read.wholeNumber("maxDelete", faces),
    expectedCount: expect.wholeNumber("count", faces),
  };
}

const MOST_TOKENS_IN_A_REQUEST = 1000;

/** @param {Reader} read */
function batchSize(read) {
  return read.wholeNumber("batchSize", { least: 1, most: MOST_TOKENS_IN_A_REQUEST, unit: "tokens" });
}

/**
 * The column of a CSV file, by its name or its number.
 *
 * @param {Reader} read
 */
function column(read) {
  if (typeof read.any("column") !== "number") return read.text("column");
  return read.wholeNumber("column", { least: 0, most: 65_535, unit: "columns" });
}

/**
 * The options of a run; what is not given is as in the run before, if there was one. A signal and an end belong to one run.
 *
 * @param {unknown} options
 * @param {Limits} limits
 * @param {RunOptions} [before]
 * @returns {RunOptions}
 */
export function runOptions(options, limits, before) {
  const read = ofARun(options);
  const given = concurrency(read);
  return {
    signal: read.signal("signal"),
    journal: journal(read) ?? before?.journal,
    countFaces: read.any("countFaces") === undefined ? (before?.countFaces ?? false) : read.flag("countFaces"),
    onProgress: /** @type {((stats: object) => unknown) | undefined} */ (
      read.callback("onProgress") ?? before?.onProgress
    ),
    timeout: read.milliseconds("timeout") ?? before?.timeout ?? limits.timeout,
    maxRetries: maxRetries(read) ?? before?.maxRetries ?? limits.maxRetries,
    batchSize: batchSize(read) ?? before?.batchSize ?? MOST_TOKENS_IN_A_REQUEST,
    maxAbsentRatio: read.ratio("maxAbsentRatio") ?? before?.maxAbsentRatio,
    deadline: fromNow(soonest(deadline(read), read.milliseconds("totalTimeout"))),
    minConcurrency: given?.min ?? before?.minConcurrency ?? 1,
    startConcurrency: given?.start ?? before?.startConcurrency ?? DEFAULT_START,
    maxConcurrency: given?.max ?? before?.maxConcurrency ?? defaultMost(),
  };
}

/**
 * Where a run writes down what it does.
 *
 * @param {Reader} read
 * @returns {import("./journal/index.js").Journal | undefined}
 */
function journal(read) {
  const given = read.any("journal");
  if (given === undefined) return undefined;
  const members = new Reader(given, "journal", { prefix: "options.journal.", hasMethods: true });
  const [open, append, close] = ["open", "append", "close"].map((name) => members.callback(name));
  if (open === undefined || append === undefined) throw read.error("journal", "must have functions open and append");
  return {
    open: () => /** @type {any} */ (open.call(given)),
    append: (bytes) => /** @type {any} */ (append.call(given, bytes)),
    close: () => /** @type {any} */ (close?.call(given)),
  };
}

const DEFAULT_START = 2;

/** Browsers open six connections to a server at the most. */
function defaultMost() {
  return isServer() ? 8 : 6;
}

/**
 * The bounds of concurrency: a number for a fixed one, `{ min, max }` for one that adapts.
 *
 * @param {Reader} read
 */
function concurrency(read) {
  const most = 64;
  const given = read.any("concurrency");
  if (given === undefined) return undefined;
  if (typeof given === "number") {
    const fixed = read.wholeNumber("concurrency", { least: 1, most, unit: "requests" });
    return { min: fixed, start: fixed, max: fixed };
  }
  const bounds = new Reader(given, "concurrency", { prefix: "options.concurrency." });
  bounds.only(["min", "max"]);
  const min = bounds.wholeNumber("min", { least: 1, most, unit: "requests" }) ?? 1;
  const max = bounds.wholeNumber("max", { least: min, most, unit: "requests" }) ?? Math.max(min, defaultMost());
  return { min, start: Math.min(Math.max(DEFAULT_START, min), max), max };
}

/**
 * The deadline in milliseconds from now.
 *
 * @param {Reader} read
 */
function deadline(read) {
  const given = read.any("deadline");
  if (given === undefined) return undefined;
  let at = given;
  try {
    // `instanceof` would run the traps of a proxy.
    at = Date.prototype.getTime.call(given);
  } catch {
    // No date.
  }
  if (typeof at !== "number" || !Number.isFinite(at))
    throw read.error("deadline", "must be a date, or milliseconds since 1970");
  return Math.max(0, at - Date.now());
}

/**
 * The same on the monotonic clock, which reading a source does not hold up.
 *
 * @param {number | undefined} wait
 */
function fromNow(wait) {
  return wait === undefined ? undefined : performance.now() + wait;
}

/**
 * @param {number | undefined} one
 * @param {number | undefined} other
 */
function soonest(one, other) {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

/** @param {Reader} read */
export function maxRetries(read) {
  return read.wholeNumber("maxRetries", { least: 0, most: 100, unit: "retries" });
}
