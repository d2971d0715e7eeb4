// @ts-check
// The one instance of the wasm module: loaded at the first call, shared by all, and loaded anew if that failed.

import { ConfigError } from "./errors.js";
import initialise, * as rust from "./wasm/finauth_facesearch.js";

/** @type {(() => Promise<WebAssembly.Module>) | undefined} */
let compile;

/** @type {Promise<typeof rust> | undefined} */
let loading;

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

async function start() {
  if (compile === undefined) {
    throw new ConfigError({
      code: "WASM_NOT_PROVIDED",
      message: 'Import "finauth-facesearch" itself, not a file inside the package',
    });
  }
  await initialise({ module_or_path: await compile() });
  return rust;
}
