// @ts-check
// One POST through `fetch`, and its answer, read to the end. Nothing is judged here, and nothing rejects: what came of it is
// for Rust to say. An injected `fetch` may give anything; so members may be missing, and may throw.

import { memberOf, sanitizeError, shown } from "./fetch-error.js";
import { httpDate } from "./http-date.js";
import { dispatchers, isOwnFetch } from "./own-fetch.js";

/** The largest answer is a thousand failures of a few hundred bytes each. */
const LARGEST_ANSWER = 4 * 1024 * 1024;

/**
 * @typedef {object} Answer what came back
 * @property {undefined} lost
 * @property {number} status
 * @property {object | undefined} members of the answer's JSON object
 * @property {boolean} aged whether a cache says that the answer has an age
 * @property {number | undefined} retryAfterMs from now; for an answer that is no success
 * @property {number | undefined} date the server's time, in UNIX milliseconds, where it can be read; for an answer that is no success
 */

/**
 * @typedef {object} Lost there is no complete answer
 * @property {"no-fetch" | "fetch" | "reading" | "not-a-response" | "answer-too-large"} lost where it was lost
 * @property {unknown} cause what JavaScript said
 * @property {boolean} isOwn whether the runtime's own `fetch` said it, which sends once what it sends
 * @property {{ code: string, message: string } | undefined} shown of the cause, for logs
 */

export class Http {
  #fetch;

  /** @param {Function | undefined} fetch the caller's; else the host's */
  constructor(fetch) {
    this.#fetch = fetch;
  }

  /** The host's is looked up at each call, so that instrumentation and test doubles take effect whenever they were installed. */
  #fetchOfNow() {
    return this.#fetch ?? memberOf(globalThis, "fetch");
  }

  /** Whether there is anything to send by. */
  isThere() {
    return typeof this.#fetchOfNow() === "function";
  }

  /**
   * From here on the request counts as gone out, unless `fetch` proves otherwise.
   *
   * @param {string} url
   * @param {string} contentType
   * @param {Uint8Array} view of the body in the module's memory, which may move
   * @param {AbortSignal} signal
   * @returns {Promise<Answer | Lost>}
   */
  async post(url, contentType, view, signal) {
    const init = request(contentType, view.slice(), signal);
    const fetch = this.#fetchOfNow();
    if (typeof fetch !== "function") return lost("no-fetch");
    let reply;
    /** @type {unknown[]} */
    let taken = [];
    const isOwn = () => this.#fetch === undefined && isOwnFetch(fetch, taken);
    try {
      const sending = Reflect.apply(fetch, globalThis, [url, init]);
      taken = dispatchers();
      reply = await sending;
    } catch (cause) {
      return lost("fetch", cause, isOwn());
    }
    const status = memberOf(reply, "status");
    if (typeof status !== "number" || !(status >= 0 && status <= 999)) return lost("not-a-response");
    try {
      const text = await textOf(reply, signal);
      if (typeof text !== "string") return text;
      const members = parsed(text);
      const headers = memberOf(reply, "headers");
      // Most answers are a success, and nobody wants to know its times.
      const isSuccess =
        status >= 200 && status < 300 && members?.error === undefined && members?.error_message === undefined;
      const { retryAfterMs, date } = isSuccess ? UNASKED : timesOf(headers);
      // Each member is there, so that none is looked for in what others may have put into `Object.prototype`.
      return { lost: undefined, status, members, aged: isAged(headers), retryAfterMs, date };
    } catch (cause) {
      return lost("reading", cause, isOwn());
    }
  }
}

const UNASKED = { retryAfterMs: undefined, date: undefined };

/**
 * @param {Lost["lost"]} where
 * @param {unknown} [error]
 * @param {boolean} [isOwn]
 * @returns {Lost}
 */
function lost(where, error, isOwn = false) {
  const cause = sanitizeError(error);
  return { lost: where, cause, isOwn, shown: shown(cause, isOwn) };
}

/**
 * Only what is needed: some runtimes refuse fields that they do not know. A multipart POST without other headers needs no
 * preflight in browsers.
 *
 * @param {string} contentType
 * @param {Uint8Array} body
 * @param {AbortSignal} signal
 */
function request(contentType, body, signal) {
  // A redirect would carry the signature and the tokens to another host.
  return { method: "POST", headers: { "content-type": contentType }, body, redirect: "manual", signal };
}

/**
 * The body as text, as long as somebody waits for it.
 *
 * @param {any} reply
 * @param {AbortSignal} signal
 * @returns {Promise<string | Lost>}
 */
async function textOf(reply, signal) {
  const { body } = reply;
  if (signal.aborted) {
    cancel(body);
    return lost("reading");
  }
  const text = new Text();
  if (body === null || body === undefined) {
    // Some test doubles have only the readers of a whole body.
    return text.append(await reply.arrayBuffer()) ?? text.end();
  }
  const reader = body.getReader();
  // Who made the stream may take no notice of the signal.
  const stop = () => cancel(reader);
  signal.addEventListener("abort", stop);
  let isOver = false;
  try {
    while (!signal.aborted) {
      const chunk = await reader.read();
      isOver = Boolean(chunk.done);
      if (isOver) return text.end();
      const wrong = text.append(chunk.value);
      if (wrong !== undefined) return wrong;
    }
    return lost("reading");
  } finally {
    signal.removeEventListener("abort", stop);
    if (!isOver) cancel(reader);
  }
}

/** Nobody waits for it; but a rejection of it must not surface as an unhandled one. @param {any} stream or its reader */
async function cancel(stream) {
  try {
    await stream.cancel();
  } catch {
    // It is as good as cancelled.
  }
}

/** Decoded piece by piece. */
class Text {
  #decoder = new TextDecoder();
  #decoded = "";
  #bytes = 0;

  /**
   * @param {any} bytes perhaps those of another realm, where `instanceof` would not know them
   * @returns {Lost | undefined} what is wrong
   */
  append(bytes) {
    const more = memberOf(bytes, "byteLength");
    if (typeof more !== "number") return lost("not-a-response");
    this.#bytes += more;
    if (this.#bytes > LARGEST_ANSWER) return lost("answer-too-large");
    this.#decoded += this.#decoder.decode(bytes, { stream: true });
    return undefined;
  }

  end() {
    return this.#decoded + this.#decoder.decode();
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    const members = JSON.parse(text);
    if (typeof members === "object" && members !== null && !Array.isArray(members)) {
      detach(members);
      return members;
    }
  } catch {
    // Some gateway's page.
  }
  return undefined;
}

/** Objects within the objects of a list, in what a proxy passes on; beyond it nothing is read. */
const DEEPEST = 4;

/**
 * Takes the prototypes away: what others add to `Object.prototype` is no part of an answer.
 *
 * @param {unknown} value
 */
function detach(value, depth = 0) {
  if (typeof value !== "object" || value === null || depth > DEEPEST) return;
  for (const member of Object.values(value)) detach(member, depth + 1);
  if (!Array.isArray(value)) Object.setPrototypeOf(value, null);
}

/** @param {unknown} headers */
function timesOf(headers) {
  return { retryAfterMs: retryAfter(headers), date: dateOf(headers) };
}

/** Seconds, of several the most; or an HTTP date, by the clock of who sent it if that is known. @param {unknown} headers */
function retryAfter(headers) {
  const text = header(headers, "retry-after") ?? "";
  // Two gateways in a row may have set it each, and some give fractions.
  if (/^\d+(\.\d+)?(\s*,\s*\d+(\.\d+)?)*$/.test(text))
    return text.split(",").reduce((most, seconds) => Math.max(most, Math.ceil(Number(seconds))), 0) * 1000;
  const at = httpDate(text);
  return at && Math.max(at - (dateOf(headers) ?? Date.now()), 0);
}

/** When the server answered; nothing if the answer comes out of a cache, and its date is of old. @param {unknown} headers */
function dateOf(headers) {
  return header(headers, "age") === undefined ? httpDate(header(headers, "date") ?? "") : undefined;
}

/** Whether it comes out of a cache: `Age` is greater than 0, of several the first. @param {unknown} headers */
function isAged(headers) {
  return /^0*[1-9]\d*\s*(,|$)/.test(header(headers, "age") ?? "");
}

/**
 * @param {any} headers
 * @param {string} name
 * @returns {string | undefined}
 */
function header(headers, name) {
  try {
    const text = headers.get(name);
    return typeof text === "string" ? text.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, "") : undefined;
  } catch {
    return undefined;
  }
}
