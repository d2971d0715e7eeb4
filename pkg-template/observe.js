// @ts-check
// Who wants to know of each attempt: hooks and a logger. They hear of ids, sizes, codes and times; never of a token, a
// signature or a key.

import { ConfigError } from "./errors.js";
import { Reader } from "./options.js";

const LEVELS = ["debug", "info", "warn", "error"];

/**
 * One function that tells all of them, or nothing if there are none.
 *
 * @param {Reader} options
 * @returns {((event: any) => void) | undefined}
 */
export function observer(options) {
  const hooks = new Reader(options.any("hooks"), "hooks", { prefix: "hooks.", ErrorClass: ConfigError });
  hooks.only(["onAttempt"]);
  const onAttempt = hooks.callback("onAttempt");
  const given = options.any("logger");
  const logger = given === undefined ? undefined : levels(given);
  if (onAttempt === undefined && logger === undefined) return undefined;
  return (event) => {
    Object.freeze(event);
    Object.freeze(event.cause);
    // What they throw is their own affair: it does not stop a deletion.
    ignore(() => onAttempt?.(event));
    ignore(() => logger?.[levelOf(event)]?.(sentence(event), event));
  };
}

/** @param {unknown} given */
function levels(given) {
  const read = new Reader(given, "logger", { prefix: "logger.", ErrorClass: ConfigError, hasMethods: true });
  const entries = LEVELS.map((level) => {
    const log = read.callback(level);
    return [level, log && ((/** @type {unknown[]} */ ...args) => log.apply(given, args))];
  });
  // A function may have levels; one that is to be called itself would never be.
  if (typeof given === "function" && entries.every(([, log]) => log === undefined)) {
    throw read.error("logger", "must be an object, not a function", "logger");
  }
  return /** @type {Record<string, ((...args: unknown[]) => unknown) | undefined>} */ (Object.fromEntries(entries));
}

/** @param {any} event */
function levelOf({ status, error, interrupted }) {
  return error === undefined && interrupted === undefined && status >= 200 && status < 300 ? "debug" : "warn";
}

/** @param {any} event */
function sentence({ api, status, error, interrupted, cause, durationMs }) {
  const end = interrupted
    ? [interrupted, cause?.code].filter(Boolean).join(" ")
    : [status, error].filter((part) => part !== undefined).join(" ");
  return `finauth-facesearch: ${api} ended with ${end} after ${Math.round(durationMs)} ms`;
}

/** Calls what a caller gave; whatever that throws, now or later, is ignored. @param {() => unknown} call */
export function ignore(call) {
  try {
    const said = /** @type {any} */ (call());
    // An asynchronous one may fail later.
    if (typeof said?.then === "function") said.then(undefined, () => {});
  } catch {
    // See above.
  }
}
