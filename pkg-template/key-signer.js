// @ts-check
// Signatures by a key of Web Crypto, which may be one that cannot be taken out of it. index.d.ts documents it.

import { ConfigError } from "./errors.js";
import { Reader } from "./options.js";

/** @param {unknown} options */
export function createKeySigner(options) {
  const read = new Reader(options, "options", { ErrorClass: ConfigError });
  read.only(["apiKey", "key", "signatureTtl"]);
  const apiKey = read.apiKey();
  if (apiKey === undefined) throw read.error("apiKey", "is missing");
  const key = /** @type {CryptoKey} */ (read.any("key"));
  const algorithm = /** @type {any} */ (key)?.algorithm;
  if (algorithm?.name !== "HMAC" || algorithm.hash?.name !== "SHA-1" || !key.usages?.includes("sign")) {
    throw read.error("key", 'must be a CryptoKey for HMAC with SHA-1 that may "sign"');
  }
  const ttl = read.wholeNumber("signatureTtl", { least: 1, most: 86_400, unit: "seconds" }) ?? 100;
  return async () => {
    const now = Math.floor(Date.now() / 1000);
    const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
    const raw = new TextEncoder().encode(`a=${apiKey}&b=${now + ttl}&c=${now}&d=${String(random).padStart(10, "0")}`);
    const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, raw));
    return btoa(Array.from([...mac, ...raw], (byte) => String.fromCharCode(byte)).join(""));
  };
}
