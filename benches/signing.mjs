// @ts-check
// Signing from JavaScript, many in a row: each from key and secret, with the time and a fresh nonce.

import { hmac } from "@noble/hashes/hmac.js";
import { sha1 } from "@noble/hashes/legacy.js";
import CryptoJS from "crypto-js";
import { createSign } from "../pkg/node.js";
import * as byHand from "./lib/by-hand.mjs";
import { compare } from "./lib/compare.mjs";

const [apiKey, apiSecret] = ["A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6", "z9Y8x7W6v5U4t3S2r1Q0p9O8n7M6l5K4"];
const text = new TextEncoder();

function raw() {
  const now = Math.floor(Date.now() / 1000);
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return `a=${apiKey}&b=${now + 100}&c=${now}&d=${String(random).padStart(10, "0")}`;
}

/** @param {Uint8Array} digest @param {Uint8Array} signed */
function encoded(digest, signed) {
  return Buffer.concat([digest, signed]).toString("base64");
}

async function webCrypto() {
  const key = await crypto.subtle.importKey("raw", text.encode(apiSecret), { name: "HMAC", hash: "SHA-1" }, false, [
    "sign",
  ]);
  const bytes = text.encode(raw());
  return encoded(new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes)), bytes);
}

function noble() {
  const bytes = text.encode(raw());
  return encoded(hmac(sha1, text.encode(apiSecret), bytes), bytes);
}

function cryptoJs() {
  const bytes = raw();
  return CryptoJS.HmacSHA1(bytes, apiSecret).concat(CryptoJS.enc.Latin1.parse(bytes)).toString(CryptoJS.enc.Base64);
}

export default () =>
  compare(
    {
      "finauth-facesearch": () => createSign({ apiKey, apiSecret }),
      "node:crypto": async () => byHand.sign(apiKey, apiSecret),
      WebCrypto: webCrypto,
      "@noble/hashes": async () => noble(),
      "crypto-js": async () => cryptoJs(),
    },
    { rounds: 100, calls: 200, warmUp: 5000 },
  );
