// @ts-check
// The entry for Deno: the wasm file is imported, since reading it would take a permission.

import { provide } from "./instance.js";
import { compile } from "./load/deno.js";

provide(compile);

export * from "./index.js";
