// @ts-check
// Compiles the wasm in browsers. Bundlers recognise `new URL(…, import.meta.url)` and emit the file; it stands nowhere
// else, so that none of them emits it twice.

import { ConfigError } from "../errors.js";
import { explained, placed } from "./explain.js";

export async function compile() {
  const url = placed(() => new URL("../wasm/finauth_facesearch_bg.wasm", import.meta.url));
  const response = await download(url);
  try {
    const type = response.headers.get("content-type") ?? "";
    // Streaming compilation insists on the right type; a server that does not know it is no reason to fail.
    if (/^application\/wasm\b/i.test(type)) return await WebAssembly.compileStreaming(response);
    return await WebAssembly.compile(await wasmBytes(response, type));
  } catch (cause) {
    throw explained(cause);
  }
}

/** @param {URL} url */
async function download(url) {
  const hint =
    "serve it beside the package's other files, or use a bundler that understands new URL(…, import.meta.url)";
  /** @type {Response} */
  let response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw new ConfigError({
      code: "WASM_NOT_FOUND",
      message: `The file ${name(url)} cannot be downloaded; ${hint}, and check the connection and the page's connect-src`,
      cause,
    });
  }
  if (!response.ok) {
    throw new ConfigError({
      code: "WASM_NOT_FOUND",
      message: `The file ${name(url)} cannot be downloaded (HTTP ${response.status}); ${hint}`,
    });
  }
  return response;
}

/**
 * @param {Response} response
 * @param {string} type
 */
async function wasmBytes(response, type) {
  const bytes = await response.arrayBuffer();
  const magic = new Uint8Array(bytes.slice(0, 4));
  if (String.fromCharCode(...magic) !== "\0asm") {
    throw new ConfigError({
      code: "WASM_WRONG_TYPE",
      message:
        `Instead of finauth_facesearch_bg.wasm the server sent something of type "${type}"; ` +
        "it must serve the file itself, as application/wasm",
    });
  }
  return bytes;
}

/** @param {URL} url */
function name(url) {
  return url.pathname.slice(url.pathname.lastIndexOf("/") + 1);
}
