// @ts-check
// The one instance of the wasm module: loaded at the first call, shared by all, and made anew if that failed, or if the
// instance ever does.

import { ConfigError, internalError } from "./errors.js";
import { onFailure } from "./guard.js";
import { explained } from "./load/explain.js";
import initialise, * as rust from "./wasm/finauth_facesearch.js";

/** @type {(() => Promise<WebAssembly.Module>) | undefined} */
let compile;

/** @type {Promise<typeof rust> | undefined} */
let loading;

/** Counts instances: what Rust made in one is of no use in another. */
let current = 1;
let hasFailed = false;

/** Those that wait for something from the instance. @type {Set<(cause: unknown) => void>} */
const waiting = new Set();

onFailure((cause) => {
  current += 1;
  hasFailed = true;
  loading = undefined;
  for (const tell of waiting) tell(cause);
  waiting.clear();
});

/**
 * Says how this environment gets at the module. The first entry that is imported decides.
 *
 * @param {() => Promise<WebAssembly.Module>} compileModule
 */
export function provide(compileModule) {
  compile ??= compileModule;
}

/** The module's exports. Callers at the same time wait for the same load; after a failure the next call tries again. */
export function load() {
  loading ??= start().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** Which instance it is that `load` gives. */
export function generation() {
  return current;
}

async function start() {
  if (compile === undefined) {
    throw new ConfigError({
      code: "WASM_NOT_PROVIDED",
      message:
        'Import "finauth-facesearch" itself, not a file inside the package; with finauth-facesearch/slim, call provideModule first',
    });
  }
  try {
    await initialise(await compile());
  } catch (cause) {
    throw explained(cause);
  }
  if (hasFailed) {
    hasFailed = false;
    rust.recover();
    // Takes nothing and does nothing: before it runs, the glue makes the new instance.
    rust.ready();
  }
  return rust;
}

/**
 * What Rust promises, unless the instance fails in the meantime: nothing would ever come of it then.
 *
 * @template T
 * @param {() => Promise<T>} call
 * @param {() => object} [evidence] what the error is to say, by default that anything may have happened
 * @returns {Promise<T>}
 */
export function unlessItFails(call, evidence) {
  return new Promise((resolve, reject) => {
    const tell = (/** @type {unknown} */ cause) => reject(internalError(cause, evidence?.()));
    waiting.add(tell);
    const done = () => waiting.delete(tell);
    try {
      // Without a prototype: what others add to `Object.prototype` is no part of what Rust says.
      const own = (/** @type {T} */ said) => Object.setPrototypeOf(said, null);
      call().then(own).then(resolve, reject).finally(done);
    } catch (error) {
      // A failure within the call was told already; this one is of an instance that had failed before.
      done();
      reject(error);
    }
  });
}
