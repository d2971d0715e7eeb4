// @ts-check
// Workers may not compile: they import what was compiled when they were deployed.

// @ts-expect-error: to TypeScript it is no module.
import module from "../wasm/finauth_facesearch_bg.wasm";

export async function compile() {
  return /** @type {WebAssembly.Module} */ (/** @type {unknown} */ (module));
}
