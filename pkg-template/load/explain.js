// @ts-check
// What keeps the module from running here, in words that say what to do.

import { ConfigError } from "../errors.js";

/**
 * Where the module's file is. A bundler that makes something else than an ES module leaves no `import.meta.url`.
 *
 * @param {() => URL} place
 */
export function placed(place) {
  try {
    return place();
  } catch (cause) {
    throw new ConfigError({
      code: "WASM_NOT_FOUND",
      message:
        "A bundle that is no ES module does not know where finauth_facesearch_bg.wasm is; " +
        "import finauth-facesearch/inline instead, which has it inside",
      cause,
    });
  }
}

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
