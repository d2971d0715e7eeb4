// @ts-check
// The console's way to a real server: a proxy with this machine's credentials, for whoever has the address that was printed.

import { createHash, timingSafeEqual } from "node:crypto";
import { createProxyHandler, toNodeListener } from "../proxy/node.js";

/** @typedef {{ apiKey: string, apiSecret: string, baseUrl?: string | undefined, groups?: string[] | "*" }} Credentials */

/**
 * @param {Credentials} credentials
 * @param {string} session what a request has to know
 */
export function consoleProxy({ groups = "*", ...credentials }, session) {
  const handler = createProxyHandler({
    ...credentials,
    authorize: (request) => same(request.headers.get("x-console-session") ?? "", session),
    allow: { groups },
  });
  return toNodeListener(handler);
}

/**
 * Compares without telling by the time that it takes how much is right.
 *
 * @param {string} one
 * @param {string} other
 */
function same(one, other) {
  const [a, b] = [one, other].map((text) => createHash("sha256").update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
