// @ts-check
// The proxy on other servers that follow browsers.

import "../browser.js";

export { createProxyHandler } from "./index.js";
