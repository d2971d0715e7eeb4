/**
 * The package with the WebAssembly module inside its JavaScript: the same as `finauth-facesearch`, for bundlers that emit no
 * file for the module, and deployments that lose it. It takes a tenth more to download, and nothing has to be served beside it.
 *
 * @packageDocumentation
 */

export * from "./index.js";
