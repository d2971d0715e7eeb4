// @ts-check
// Checks `sign` as a server would: base64( hmac_sha1(api_secret, raw) ++ raw ), raw = a=<key>&b=<expire>&c=<current>&d=<random>.

import { ApiFault } from "./faults.js";

/** How far a signature's own time may be from the server's, in seconds. */
const MOST_SKEW = 300;

const RAW = /^a=(?<apiKey>.+)&b=(?<expire>\d+)&c=(?<current>\d+)&d=(?<random>\d{1,10})$/s;

/**
 * @param {Map<string, string>} secrets by API key
 */
export function createSignatureCheck(secrets) {
  /** @type {Set<string>} the single-use signatures seen so far */
  const used = new Set();

  /**
   * Fails unless the signature is good now.
   *
   * @param {string} sign
   * @param {number} now UNIX seconds
   */
  return async function check(sign, now) {
    const bytes = decode(sign);
    const raw = bytes?.subarray(20);
    const parts = raw && RAW.exec(new TextDecoder().decode(raw))?.groups;
    if (bytes === undefined || raw === undefined || !parts) throw new ApiFault(403, "AUTHORIZATION_ERROR:INVALID_SIGN");
    const secret = secrets.get(parts.apiKey ?? "");
    if (secret === undefined) throw new ApiFault(401, "AUTHENTICATION_ERROR");
    const key = await crypto.subtle.importKey(
      "raw",
      new TextEncoder().encode(secret),
      { name: "HMAC", hash: "SHA-1" },
      false,
      ["verify"],
    );
    // Web Crypto compares in constant time.
    if (!(await crypto.subtle.verify("HMAC", key, bytes.subarray(0, 20), raw))) {
      throw new ApiFault(403, "AUTHORIZATION_ERROR:INVALID_SIGN");
    }
    const [expire, current] = [Number(parts.expire), Number(parts.current)];
    if (expire !== 0 && expire <= current) throw new ApiFault(403, "AUTHORIZATION_ERROR:INVALID_SIGN");
    if ((expire !== 0 && expire < now) || Math.abs(current - now) > MOST_SKEW) {
      throw new ApiFault(403, "AUTHORIZATION_ERROR:EXPIRED_SIGN");
    }
    if (expire === 0) {
      if (used.has(sign)) throw new ApiFault(403, "AUTHORIZATION_ERROR:INVALID_SIGN");
      used.add(sign);
    }
  };
}

/** @param {string} sign */
function decode(sign) {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(sign) || sign.length % 4 !== 0) return undefined;
  return Uint8Array.from(atob(sign), (character) => character.charCodeAt(0));
}
