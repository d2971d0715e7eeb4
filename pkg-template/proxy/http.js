// @ts-check
// A proxy's side of HTTP: who may ask from where, how much, and what the reply looks like.

import { Refusal, within } from "./refusal.js";

/** @typedef {{ v?: unknown, instance?: unknown, attemptId?: unknown, api?: unknown, groupId?: unknown, faceTokens?: unknown }} Message */

/** A thousand tokens of the greatest length, each character escaped. */
const MOST_BYTES = 1 << 20;

const HEADERS = {
  "cache-control": "no-store",
  "content-type": "application/json",
  "x-content-type-options": "nosniff",
  vary: "origin",
};

/**
 * Refuses what another site makes a visitor's browser send. Callers that are no browsers name no origin.
 *
 * @param {Request} request
 * @param {Set<string>} listed
 */
export function checkOrigin(request, listed) {
  if (request.method !== "POST") throw new Refusal(405, "PROXY_BAD_REQUEST");
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site");
  const isOurs = site === "same-origin" || (site === null && sameHost(request, origin));
  const isNoBrowser = origin === null && site === null;
  if (!isOurs && !isNoBrowser && !(origin !== null && listed.has(origin))) {
    throw new Refusal(403, "PROXY_FORBIDDEN_ORIGIN");
  }
  // No form can send it, and no page elsewhere can without being asked first.
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "")) {
    throw new Refusal(415, "PROXY_BAD_REQUEST");
  }
}

/**
 * For browsers that do not say which site a request comes from. Behind a gateway the scheme may be another one.
 *
 * @param {Request} request
 * @param {string | null} origin
 */
function sameHost(request, origin) {
  return origin !== null && URL.canParse(origin) && new URL(origin).host === new URL(request.url).host;
}

/**
 * A browser asks whether it may send a request from another origin.
 *
 * @param {Request} request
 * @param {string | undefined} readableBy
 */
export function preflight(request, readableBy) {
  if (readableBy === undefined) return new Response(null, { status: 403, headers: { vary: "origin" } });
  return new Response(null, {
    status: 204,
    headers: {
      ...cors(readableBy),
      vary: "origin, access-control-request-headers",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "content-type",
      "access-control-max-age": "600",
    },
  });
}

/** @param {string} origin */
function cors(origin) {
  return { "access-control-allow-origin": origin, "access-control-allow-credentials": "true" };
}

/**
 * @param {number} status
 * @param {object} reply
 * @param {string | undefined} readableBy
 */
export function respond(status, reply, readableBy) {
  const headers = {
    ...HEADERS,
    ...(readableBy && cors(readableBy)),
    ...(status === 405 && { allow: "POST, OPTIONS" }),
  };
  return new Response(JSON.stringify(reply), { status, headers });
}

/**
 * The message, and a digest of it by which a repeat is told from something else.
 *
 * @param {Request} request
 * @param {number} timeout
 * @returns {Promise<{ message: Message, digest: string }>}
 */
export async function readCall(request, timeout) {
  const bytes = await within(timeout, read(request)).catch((error) => {
    throw error instanceof Refusal ? error : new Refusal(408, "PROXY_BAD_REQUEST");
  });
  const digest = await sha256(bytes);
  /** @type {unknown} */
  let message;
  try {
    message = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // Not JSON: refused below.
  }
  if (typeof message !== "object" || message === null) throw new Refusal(400, "PROXY_BAD_REQUEST");
  // What others add to `Object.prototype` is no part of a message.
  Object.setPrototypeOf(message, null);
  return { message: /** @type {Message} */ (message), digest };
}

/** A digest as a string of bytes. @param {BufferSource} bytes */
export async function sha256(bytes) {
  return String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/** @param {Request} request */
async function read(request) {
  const tooLarge = () => new Refusal(413, "PROXY_BAD_REQUEST");
  if (Number(request.headers.get("content-length")) > MOST_BYTES) throw tooLarge();
  /** @type {Uint8Array[]} */
  const chunks = [];
  let length = 0;
  const reader = request.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) break;
    length += value.length;
    if (length > MOST_BYTES) {
      reader?.cancel().catch(() => {});
      throw tooLarge();
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
