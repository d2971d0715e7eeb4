// @ts-check
// A signature, without a client.

import { refuseSecretInBrowser } from "./authorisation.js";
import { orThrow } from "./errors.js";
import { load } from "./instance.js";
import { Reader } from "./options.js";

/** @param {unknown} options */
export async function createSign(options) {
  const read = new Reader(options, "options");
  read.only(["apiKey", "apiSecret", "expireTime", "currentTime", "random", "dangerouslyAllowBrowser"]);
  const apiKey = read.apiKey();
  if (apiKey === undefined) throw read.error("apiKey", "is missing");
  const apiSecret = read.secretBytes("apiSecret");
  if (apiSecret === undefined) throw read.error("apiSecret", "is missing");
  refuseSecretInBrowser(apiSecret, read);
  const expireTime = read.unixSeconds("expireTime");
  const currentTime = read.unixSeconds("currentTime");
  const random = read.text("random");
  const rust = await load();
  try {
    return orThrow(() => rust.createSign(apiKey, apiSecret, expireTime, currentTime, random));
  } finally {
    apiSecret.fill(0);
  }
}
