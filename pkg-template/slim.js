// @ts-check
// The entry without the wasm: its user has it compiled, or knows who has. slim.d.ts documents it.

import { ConfigError } from "./errors.js";
import { provide } from "./instance.js";

export * from "./index.js";

/** @param {unknown} source */
export function provideModule(source) {
  provide(async () => {
    const module = await (typeof source === "function" ? source() : source);
    // Not by its class: it may come from another realm, such as a worker's parent.
    if (Object.prototype.toString.call(module) === "[object WebAssembly.Module]") return module;
    throw new ConfigError({
      code: "WASM_UNUSABLE",
      message:
        "What provideModule was given is no WebAssembly.Module; WebAssembly.compile makes one of the bytes of " +
        "finauth-facesearch/wasm",
    });
  });
}
