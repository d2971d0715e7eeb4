// @ts-check
// Compiles the wasm out of a module that holds it, packed, as base64: there is no file to find, to serve or to deploy.

import packed from "../wasm/finauth_facesearch_packed.js";
import { explained } from "./explain.js";

export async function compile() {
  try {
    const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
    const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return await WebAssembly.compile(await new Response(unpacked).arrayBuffer());
  } catch (cause) {
    throw explained(cause);
  }
}
