// @ts-check
// Stands between the generated glue and the module's exports, and notices when one fails in a way that it never should: a
// trap, a panic, an overflow of the stack. The instance is not used again after that: nobody knows what its memory holds.

import { internalError } from "./errors.js";

/** @type {(cause: unknown) => void} */
let failed = () => {};

/** @param {(cause: unknown) => void} listener is told once for each instance that fails */
export function onFailure(listener) {
  failed = listener;
}

/** What a callback gives that did not run, in the form of every result that the glue looks into. */
const NOTHING = [0, 0, 0];

/**
 * The exports of one instance.
 *
 * @param {WebAssembly.Exports} exports
 */
export function guarded(exports) {
  let isAlive = true;
  const guard = (/** @type {string} */ name, /** @type {Function} */ call) => {
    // Promises and timers call these, and there is nobody to catch what they throw.
    const isCallback = /_invoke_|_free$|^__wbindgen_(destroy|free)/.test(name);
    return (/** @type {unknown[]} */ ...args) => {
      if (!isAlive && name !== "recover") {
        if (isCallback) return NOTHING;
        throw internalError(undefined, {
          message: "The WebAssembly module had failed a moment before; try again. Nothing was sent",
        });
      }
      try {
        return call(...args);
      } catch (cause) {
        isAlive = false;
        failed(cause);
        if (isCallback) return NOTHING;
        throw internalError(cause);
      }
    };
  };
  return Object.fromEntries(
    Object.entries(exports).map(([name, value]) => [name, typeof value === "function" ? guard(name, value) : value]),
  );
}
