// @ts-check

import { AbortError, TimeoutError } from "./errors.js";

/** What a signal gives as the reason of its abort. @param {AbortSignal | undefined} signal not always the platform's own */
export function reasonOf(signal) {
  try {
    return signal?.reason;
  } catch {
    return undefined;
  }
}

/**
 * Hears of an abort. What a signal that is not the platform's own throws is no matter here: Rust says so, if nobody can be told.
 *
 * @param {AbortSignal | undefined} signal
 * @param {() => void} abort
 */
export function onAbort(signal, abort) {
  const call = (/** @type {"addEventListener" | "removeEventListener"} */ name) => {
    try {
      signal?.[name]("abort", abort);
    } catch {
      // Then it does without.
    }
  };
  call("addEventListener");
  return () => call("removeEventListener");
}

/**
 * Waits for the module, or for the secret, but no longer than a call may wait.
 *
 * @template T
 * @param {{ signal: AbortSignal | undefined, timeout: number }} limits
 * @param {Promise<T>} loading
 * @returns {Promise<T>}
 */
export async function within({ signal, timeout }, loading) {
  /** @type {(() => void)[]} */
  const release = [];
  const cut = new Promise((_, reject) => {
    const abort = () =>
      reject(new AbortError({ code: "ABORTED", message: "Aborted before anything was sent", cause: reasonOf(signal) }));
    const message = "The WebAssembly module or the secret did not come in time; nothing was sent";
    const timer = setTimeout(() => reject(new TimeoutError({ code: "TIMEOUT", message })), timeout);
    release.push(() => clearTimeout(timer), onAbort(signal, abort));
  });
  try {
    return /** @type {T} */ (await Promise.race([loading, cut]));
  } finally {
    for (const step of release) step();
  }
}
