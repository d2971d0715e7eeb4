// @ts-check
// The proxy on Node, and on runtimes that follow it.

import "../node.js";

export { toNodeListener } from "../node-listener.js";
export { createProxyHandler } from "./index.js";
