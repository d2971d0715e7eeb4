// @ts-check
// createSign, against the published vectors and against node:crypto.

import assert from "node:assert/strict";
import { createHmac, randomBytes, randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createSign, ValidationError } from "../support/package.mjs";
import { rejection } from "../support/served.mjs";

test("every published vector comes out", async () => {
  const { vectors } = JSON.parse(readFileSync(new URL("../vectors/sign.json", import.meta.url), "utf8"));
  assert.equal(vectors.length, 3);
  for (const vector of vectors) {
    const sign = await createSign({
      apiKey: vector.api_key,
      apiSecret: vector.api_secret,
      expireTime: vector.expire_time,
      currentTime: vector.current_time,
      random: vector.random,
    });
    assert.equal(sign, vector.sign, vector.note);
  }
});

test("it agrees with node:crypto for any key, secret, time and nonce", async () => {
  const texts = ["k", "ключ", "鍵🔑", "a&b=c", "x".repeat(300)];
  for (let round = 0; round < 500; round += 1) {
    const apiKey = texts[randomInt(texts.length)] ?? "k";
    const bytes = new Uint8Array(randomBytes(randomInt(1, 200)));
    // White space at an end is rejected.
    bytes.fill(0x73, 0, 1).fill(0x73, -1);
    const apiSecret = round % 2 ? bytes : Buffer.from(bytes).toString("base64");
    const currentTime = randomInt(0, 2 ** 33);
    const expireTime = round % 5 ? currentTime + randomInt(1, 1e6) : 0;
    const random = String(randomInt(0, 1e10)).padStart(randomInt(1, 11), "0");
    const raw = `a=${apiKey}&b=${expireTime}&c=${currentTime}&d=${random}`;
    const digest = createHmac("sha1", apiSecret).update(raw).digest();
    const expected = Buffer.concat([digest, Buffer.from(raw)]).toString("base64");
    assert.equal(await createSign({ apiKey, apiSecret, currentTime, expireTime, random }), expected);
  }
});

test("by default it is made now, for 100 seconds, with ten random digits", async () => {
  const nonces = new Set();
  for (let round = 0; round < 50; round += 1) {
    const sign = await createSign({ apiKey: "k", apiSecret: "s" });
    const raw = Buffer.from(sign, "base64").subarray(20).toString();
    const [, expire, current, random] = /^a=k&b=(\d+)&c=(\d+)&d=(\d{10})$/.exec(raw) ?? [];
    assert.equal(Number(expire) - Number(current), 100);
    assert.ok(Math.abs(Number(current) - Date.now() / 1000) < 3);
    nonces.add(random);
  }
  assert.equal(nonces.size, 50);
});

test("what cannot be signed is refused by name", async () => {
  const good = { apiKey: "k", apiSecret: "s" };
  /** @type {[any, string][]} */
  const cases = [
    [{ apiSecret: "s" }, "apiKey"],
    [{ apiKey: "k" }, "apiSecret"],
    [{ ...good, apiKey: "" }, "apiKey"],
    [{ ...good, apiSecret: "" }, "apiSecret"],
    [{ ...good, apiSecret: new Uint8Array() }, "apiSecret"],
    [{ ...good, currentTime: 1.5 }, "currentTime"],
    [{ ...good, currentTime: Date.now() * 1000 }, "currentTime"],
    [{ ...good, currentTime: 100, expireTime: 100 }, "expireTime"],
    [{ ...good, expireTime: -1 }, "expireTime"],
    [{ ...good, random: "12345678901" }, "random"],
    [{ ...good, random: "١٢" }, "random"],
    [{ ...good, random: 5 }, "random"],
    [null, "options"],
    ["secret", "options"],
  ];
  for (const [options, path] of cases) {
    const error = await rejection(createSign(options));
    assert.ok(error instanceof ValidationError, `${error}`);
    assert.equal(error.path, path);
  }
});
