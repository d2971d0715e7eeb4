// @ts-check
// The entry without the wasm: its user has it compiled, or knows who has. slim.d.ts documents it.

import { ConfigError } from "./errors.js";
import { provide } from "./instance.js";

export * from "./index.js";

/** @param {unknown} source */
export function provideModule(source) {
  provide(async () => {
    const module = await (typeof source === "function" ? source() : source);
    if (isOurs(module)) return module;
    throw new ConfigError({
      code: "WASM_UNUSABLE",
      message:
        "What provideModule was given is not the WebAssembly.Module of this package; WebAssembly.compile makes it of the " +
        "bytes of finauth-facesearch/wasm",
    });
  });
}

/**
 * Before it is run: one that does not fit could not be exchanged any more.
 *
 * @param {unknown} module
 * @returns {module is WebAssembly.Module}
 */
function isOurs(module) {
  // Not by its class: it may come from another realm, such as a worker's parent.
  if (Object.prototype.toString.call(module) !== "[object WebAssembly.Module]") return false;
  const exports = WebAssembly.Module.exports(/** @type {WebAssembly.Module} */ (module));
  return exports.some(({ name }) => name === "createSign");
}
