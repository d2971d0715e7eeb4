// @ts-check
// The entry for Cloudflare's Workers and what follows them: the wasm file is a module, compiled beforehand.

import { provide } from "./instance.js";
import { compile } from "./load/workerd.js";

provide(compile);

export * from "./index.js";
