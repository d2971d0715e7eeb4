// @ts-check
// The practice library, by the API's own calls: signed like any other, to the emulator behind this page.

import { createSign } from "/pkg/browser.js";

/** The emulator's; they open nothing else. */
export const PRACTICE = {
  apiKey: "practice-key",
  apiSecret: "practice-secret",
  baseUrl: new URL("/practice/finauth", location.href).href,
  dangerouslyAllowBrowser: true,
};

/** @typedef {{ face_token: string, user_id: string, user_data: string }} Face */

/**
 * All faces of a library.
 *
 * @param {string} groupId
 * @returns {Promise<Face[]>}
 */
export async function listFaces(groupId) {
  const { face_tokens: faces } = await call("list", { group_id: groupId, limit: "1000" });
  return faces;
}

/**
 * Puts faces back that are missing.
 *
 * @param {string} groupId
 * @param {Face[]} faces
 */
export async function restoreFaces(groupId, faces) {
  for (const face of faces) await call("add", { group_id: groupId, ...face });
}

/**
 * @param {string} api
 * @param {Record<string, string>} fields
 */
async function call(api, fields) {
  const { apiKey, apiSecret, dangerouslyAllowBrowser, baseUrl } = PRACTICE;
  const form = new FormData();
  form.set("sign", await createSign({ apiKey, apiSecret, dangerouslyAllowBrowser }));
  form.set("sign_version", "hmac_sha1");
  for (const [name, value] of Object.entries(fields)) form.set(name, String(value));
  const response = await fetch(`${baseUrl}/search/group/${api}`, { method: "POST", body: form });
  const answer = await response.json();
  if (answer.error !== undefined) throw new Error(`The practice server answered: ${answer.error}`);
  return answer;
}
