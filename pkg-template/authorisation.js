// @ts-check
// How requests are authorised: by a secret, by a signature made elsewhere, or by a proxy; and where a secret may be.

import { environmentVariable, isBrowser, isServer } from "./environment.js";
import { ConfigError } from "./errors.js";
import { proxyUrl, Reader } from "./options.js";

/** @param {string} name */
function missing(name) {
  if (!isServer()) return "is missing";
  return `is missing: pass it, or set ${name === "apiKey" ? "FINAUTH_API_KEY" : "FINAUTH_API_SECRET"}`;
}

/**
 * Reads which way it is.
 *
 * @param {Reader} read
 * @returns {{ apiKey?: string | undefined, apiSecret?: Uint8Array | string | (() => unknown) | undefined, sign?: Function | undefined, proxyUrl?: string | undefined }}
 */
export function readWay(read) {
  const sign = read.callback("sign");
  const url = proxyUrl(read);
  const given = { apiKey: read.text("apiKey"), apiSecret: read.secret("apiSecret") };
  refuseSecretInBrowser(given.apiSecret, read);
  const others = Object.entries({ ...given, sign }).filter(([, value]) => value !== undefined);
  if (url !== undefined) {
    if (others.length > 0) throw read.error("proxyUrl", `cannot go together with ${others[0]?.[0]}: the proxy has it`);
    if (read.any("baseUrl") !== undefined) throw read.error("proxyUrl", "cannot go together with baseUrl");
    return { proxyUrl: url };
  }
  if (sign !== undefined) {
    if (others.length > 1) throw read.error("sign", "cannot go together with apiKey and apiSecret");
    return { sign };
  }
  const way = {
    apiKey: given.apiKey ?? environmentVariable("FINAUTH_API_KEY"),
    apiSecret: given.apiSecret ?? environmentVariable("FINAUTH_API_SECRET"),
  };
  for (const [name, value] of Object.entries(way)) {
    if (typeof value !== "function" && !value?.length)
      throw read.error(name, value === undefined ? missing(name) : "must not be empty");
  }
  return way;
}

/**
 * @param {unknown} apiSecret
 * @param {Reader} read
 */
export function refuseSecretInBrowser(apiSecret, read) {
  const allowed = read.flag("dangerouslyAllowBrowser");
  if (apiSecret === undefined || allowed || !isBrowser()) return;
  throw new ConfigError({
    code: "SECRET_IN_BROWSER",
    path: "apiSecret",
    message:
      "apiSecret does not belong in a browser: every visitor of the page could read it and delete any face. " +
      "Keep it on a server, and pass proxyUrl; only for a tool that its users run with their own secret, set " +
      "dangerouslyAllowBrowser",
  });
}

/** The secret's bytes, from a function of the caller's. @param {() => unknown} ask */
export async function askForSecret(ask) {
  const unusable = (/** @type {string} */ message, /** @type {unknown} */ cause = undefined) =>
    new ConfigError({ code: "SECRET_UNAVAILABLE", path: "apiSecret", message: `${message}. Nothing was sent`, cause });
  let given;
  try {
    given = await ask();
  } catch (cause) {
    throw unusable("The function given as apiSecret failed", cause);
  }
  const read = new Reader({ apiSecret: given }, "options", { ErrorClass: ConfigError });
  const bytes = read.bytes("apiSecret");
  if (!bytes?.length) throw unusable("The function given as apiSecret gave no secret");
  return bytes;
}
