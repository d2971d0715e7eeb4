// @ts-check
// The entry with the wasm inside: for bundlers that emit no file for it, and for deployments that lose it.

import { provide } from "./instance.js";
import { compile } from "./load/inline.js";

provide(compile);

export * from "./index.js";
