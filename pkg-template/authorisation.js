// @ts-check
// How requests are authorised: by a secret, by a signature made elsewhere, or by a proxy; and where a secret may be.

import { environmentVariable, isBrowser, isServer } from "./environment.js";
import { ConfigError } from "./errors.js";
import { hasLooseEnds, LOOSE_ENDS, proxyUrl, Reader } from "./options.js";

const VARIABLES = /** @type {const} */ ({ apiKey: "FINAUTH_API_KEY", apiSecret: "FINAUTH_API_SECRET" });

/**
 * @typedef {object} Way each of its properties is there, so that none is looked for in `Object.prototype`
 * @property {string | undefined} apiKey
 * @property {Uint8Array | string | (() => unknown) | undefined} apiSecret
 * @property {Function | undefined} sign
 * @property {string | undefined} proxyUrl
 * @property {boolean} isOfEnvironment whether key and secret are the environment's
 */

/**
 * Reads which way it is.
 *
 * @param {Reader} read
 * @returns {Way}
 */
export function readWay(read) {
  const sign = read.callback("sign");
  const url = proxyUrl(read);
  const given = { apiKey: read.apiKey(), apiSecret: read.secret("apiSecret") };
  refuseSecretInBrowser(given.apiSecret, read);
  const others = Object.entries({ ...given, sign }).filter(([, value]) => value !== undefined);
  const none = { apiKey: undefined, apiSecret: undefined, isOfEnvironment: false };
  if (url !== undefined) {
    if (others.length > 0) throw read.error("proxyUrl", `cannot go together with ${others[0]?.[0]}: the proxy has it`);
    if (read.any("baseUrl") !== undefined) throw read.error("proxyUrl", "cannot go together with baseUrl");
    return { ...none, sign: undefined, proxyUrl: url };
  }
  if (sign !== undefined) {
    if (others.length > 1) throw read.error("sign", "cannot go together with apiKey and apiSecret");
    return { ...none, sign, proxyUrl: undefined };
  }
  const isOfEnvironment = others.length === 0;
  const { apiKey, apiSecret } = isOfEnvironment ? environmentCredentials(read) : given;
  for (const [name, value] of Object.entries({ apiKey, apiSecret })) {
    if (value === undefined) throw read.error(name, missing(name, isOfEnvironment));
    if (typeof value !== "function" && value.length === 0) throw read.error(name, "must not be empty");
  }
  return { apiKey, apiSecret, sign: undefined, proxyUrl: undefined, isOfEnvironment };
}

/**
 * One half of the environment's credentials is never used with another half: it may be another account's.
 *
 * @param {string} name
 * @param {boolean} isOfEnvironment
 */
function missing(name, isOfEnvironment) {
  const variable = VARIABLES[/** @type {"apiKey"} */ (name)];
  if (!isOfEnvironment) {
    const other = name === "apiKey" ? "apiSecret" : "apiKey";
    return `is missing: ${other} was passed, so ${name} must be passed too; ${variable} is not used with it`;
  }
  return isServer() ? `is missing: pass it, or set ${variable}` : "is missing";
}

/** @param {Reader} read */
function environmentCredentials(read) {
  const [apiKey, apiSecret] = Object.values(VARIABLES).map((variable) => {
    const value = environmentVariable(variable);
    if (value !== undefined && hasLooseEnds(value)) throw read.error(variable, LOOSE_ENDS);
    return value;
  });
  return { apiKey, apiSecret };
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
  const bytes = read.secretBytes("apiSecret");
  if (!bytes?.length) throw unusable("The function given as apiSecret gave no secret");
  return bytes;
}
