// @ts-check
// What keeps the module from running here, in words that say what to do.

import { ConfigError } from "../errors.js";

/** @param {unknown} cause */
export function explained(cause) {
  if (cause instanceof ConfigError) return cause;
  // WebKit compiles in spite of a policy that forbids it, and refuses to instantiate; others refuse to compile.
  if (/content security policy|csp|unsafe-eval/i.test(String(cause))) {
    return new ConfigError({
      code: "WASM_BLOCKED",
      message: "The page's Content-Security-Policy forbids WebAssembly; add 'wasm-unsafe-eval' to its script-src",
      cause,
    });
  }
  return new ConfigError({ code: "WASM_UNUSABLE", message: "The WebAssembly module does not compile here", cause });
}
