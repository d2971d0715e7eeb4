// @ts-check
// The proxy on Deno.

import "../deno.js";

export { toNodeListener } from "../node-listener.js";
export { createProxyHandler } from "./index.js";
