// @ts-check
// The entry for browsers: the wasm file is fetched from beside this one, at the first call.

import { provide } from "./instance.js";
import { compile } from "./load/browser.js";

provide(compile);

export * from "./index.js";
