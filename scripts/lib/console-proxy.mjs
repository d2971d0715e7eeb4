// @ts-check
// The console's way to a real server: a proxy with this machine's credentials, for whoever has the address that was printed.

import { createHash, timingSafeEqual } from "node:crypto";

/** @typedef {{ apiKey: string, apiSecret: string, baseUrl?: string | undefined, groups?: string[] | "*" }} Credentials */

/**
 * Those in the environment, if there are any: FINAUTH_API_KEY, FINAUTH_API_SECRET, and perhaps FINAUTH_BASE_URL and
 * FINAUTH_GROUPS, the libraries that may be reached, with commas between them.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {Credentials | undefined}
 */
export function credentialsOf(env) {
  const { FINAUTH_API_KEY: apiKey, FINAUTH_API_SECRET: apiSecret, FINAUTH_BASE_URL: baseUrl } = env;
  if (!apiKey || !apiSecret) return undefined;
  return { apiKey, apiSecret, baseUrl, groups: env.FINAUTH_GROUPS?.split(",") ?? "*" };
}

/**
 * @param {Credentials} credentials
 * @param {string} session what a request has to know
 */
export async function consoleProxy({ groups = "*", ...credentials }, session) {
  // Not before it is built.
  const { createProxyHandler, toNodeListener } = await import("../../pkg/proxy/node.js");
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
