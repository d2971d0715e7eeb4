// @ts-check
// The same with what JavaScript has, written as one would.

import { createHmac, randomInt } from "node:crypto";

/** @param {string} apiKey @param {string} apiSecret */
export function sign(apiKey, apiSecret) {
  const now = Math.floor(Date.now() / 1000);
  const raw = `a=${apiKey}&b=${now + 100}&c=${now}&d=${randomInt(1e9, 1e10)}`;
  const digest = createHmac("sha1", apiSecret).update(raw).digest();
  return Buffer.concat([digest, Buffer.from(raw)]).toString("base64");
}

/** @param {string} signature @param {string[]} tokens */
export function form(signature, tokens) {
  const form = new FormData();
  form.set("sign", signature);
  form.set("sign_version", "hmac_sha1");
  form.set("group_id", "staff");
  form.set("face_tokens", tokens.join(","));
  return form;
}

/** A body made beforehand. @param {string} signature @param {string[]} tokens */
export async function readyBody(signature, tokens) {
  const request = new Request("http://localhost", { method: "POST", body: form(signature, tokens) });
  const type = request.headers.get("content-type") ?? "";
  return { body: new Uint8Array(await request.arrayBuffer()), headers: { "content-type": type } };
}

/** Read, validate, remove duplicates, cut into batches. @param {Uint8Array} bytes */
export function plan(bytes) {
  const distinct = new Set();
  for (const line of new TextDecoder().decode(bytes).split("\n")) {
    const token = line.trim();
    if (token === "") continue;
    if (token.length > 255 || /[\s,]/.test(token)) throw new Error(`not a token: ${token}`);
    distinct.add(token);
  }
  return batches([...distinct]);
}

/** @param {string[]} tokens */
export function batches(tokens) {
  const cut = [];
  for (let at = 0; at < tokens.length; at += 1000) cut.push(tokens.slice(at, at + 1000).join(","));
  return cut;
}
