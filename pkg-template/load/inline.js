// @ts-check
// Compiles the wasm out of a module that holds it, as base64: there is no file to find, to serve or to deploy.

import base64 from "../wasm/finauth_facesearch_base64.js";
import { explained } from "./explain.js";

export async function compile() {
  try {
    return await WebAssembly.compile(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  } catch (cause) {
    throw explained(cause);
  }
}
