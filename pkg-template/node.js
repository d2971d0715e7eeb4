// @ts-check
// The entry for Node, and for runtimes that follow it: the wasm file is read from beside this one.

import { provide } from "./instance.js";
import { compile } from "./load/node.js";

provide(compile);

export * from "./index.js";
