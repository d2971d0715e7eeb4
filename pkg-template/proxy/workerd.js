// @ts-check
// The proxy on Workers.

import "../workerd.js";

export { createProxyHandler } from "./index.js";
