// @ts-check
// Compiles the wasm in Node. The URL is written out so that tools that trace files for deployment see it.

import { readFile } from "node:fs/promises";
import { ConfigError } from "../errors.js";
import { placed } from "./explain.js";

export async function compile() {
  const file = placed(() => new URL("../wasm/finauth_facesearch_bg.wasm", import.meta.url));
  /** @type {Uint8Array<ArrayBuffer>} */
  let bytes;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new ConfigError({
      code: "WASM_NOT_FOUND",
      message:
        "The file finauth_facesearch_bg.wasm of the package cannot be read; " +
        "check that the deployment includes it and that the process may read it",
      cause,
    });
  }
  return WebAssembly.compile(bytes);
}
