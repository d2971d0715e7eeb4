// @ts-check
// One POST through `fetch`, and its answer, read to the end. Nothing is judged here, and nothing rejects: what came of it is
// for Rust to say. An injected `fetch` may give anything; so members may be missing, and may throw.

/** The largest answer is a thousand failures of a few hundred bytes each. */
const LARGEST_ANSWER = 4 * 1024 * 1024;

/** Enough of a text to recognise it by. */
const START = 64;

/**
 * @typedef {object} Answer what came back
 * @property {number} status
 * @property {object} [members] of the answer's JSON object
 * @property {string} [start] of an answer that is no JSON object
 * @property {number | undefined} retryAfterMs from now; for an answer that is no success
 * @property {number | undefined} date the server's time, in UNIX milliseconds, where it can be read; for an answer that is no success
 */

/**
 * @typedef {object} Lost there is no complete answer
 * @property {"fetch" | "reading" | "not-a-response" | "answer-too-large"} lost where it was lost
 * @property {unknown} [cause] what JavaScript said
 */

export class Http {
  #fetch;

  /** @param {Function | undefined} fetch the caller's; else the host's */
  constructor(fetch) {
    this.#fetch = fetch;
  }

  /** The host's is looked up at each call, so that instrumentation and test doubles take effect whenever they were installed. */
  #fetchOfNow() {
    return this.#fetch ?? globalThis.fetch;
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
    let reply;
    try {
      reply = await this.#fetchOfNow().call(globalThis, url, request(contentType, view.slice(), signal));
    } catch (cause) {
      return { lost: "fetch", cause };
    }
    const status = memberOf(reply, "status");
    if (typeof status !== "number" || !(status >= 0 && status <= 999)) return { lost: "not-a-response" };
    try {
      // Most answers are a success, and nobody wants to know its headers.
      const headers = status >= 200 && status < 300 ? undefined : memberOf(reply, "headers");
      const [retryAfterMs, date] = headers === undefined ? [] : [retryAfter(headers), dateOf(headers)];
      return { status, retryAfterMs, date, ...parsed(await textOf(reply, signal)) };
    } catch (cause) {
      return cause instanceof Unreadable ? { lost: cause.lost } : { lost: "reading", cause };
    }
  }
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

/** The answer is not one, or has no end. */
class Unreadable {
  /** @param {"not-a-response" | "answer-too-large"} lost */
  constructor(lost) {
    this.lost = lost;
  }
}

/**
 * @param {any} reply
 * @param {AbortSignal} signal
 */
async function textOf(reply, signal) {
  const text = new Text();
  const { body } = reply;
  if (body === null || body === undefined) {
    // Some test doubles have only the readers of a whole body.
    text.append(await reply.arrayBuffer());
    return text.end();
  }
  const reader = body.getReader();
  // Nobody waits for it; but a rejection of it must not surface as an unhandled one.
  const cancel = async () => {
    try {
      await reader.cancel();
    } catch {
      // It is as good as cancelled.
    }
  };
  // Who made the stream may take no notice of the signal.
  signal.addEventListener("abort", cancel);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text.end();
      text.append(value);
    }
  } catch (error) {
    cancel();
    throw error;
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

/** Decoded piece by piece. */
class Text {
  #decoder = new TextDecoder();
  #decoded = "";
  #bytes = 0;

  /** @param {any} bytes perhaps those of another realm, where `instanceof` would not know them */
  append(bytes) {
    const more = memberOf(bytes, "byteLength");
    if (typeof more !== "number") throw new Unreadable("not-a-response");
    this.#bytes += more;
    if (this.#bytes > LARGEST_ANSWER) throw new Unreadable("answer-too-large");
    this.#decoded += this.#decoder.decode(bytes, { stream: true });
  }

  end() {
    return this.#decoded + this.#decoder.decode();
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    const members = JSON.parse(text);
    if (typeof members === "object" && members !== null && !Array.isArray(members)) return { members };
  } catch {
    // Some gateway's page.
  }
  return { start: text.slice(0, START) };
}

/** Seconds, or an HTTP date by the host's clock. @param {unknown} headers */
function retryAfter(headers) {
  const text = header(headers, "retry-after");
  if (/^[0-9]+$/.test(text)) return Number(text) * 1000;
  const at = httpDate(text);
  return at && Math.max(at - Date.now(), 0);
}

/** When the server answered; nothing if the answer comes out of a cache, and its date is of old. @param {unknown} headers */
function dateOf(headers) {
  return header(headers, "age") === "" ? httpDate(header(headers, "date")) : undefined;
}

/**
 * @param {any} headers
 * @param {string} name
 * @returns {string} nothing, if there is none
 */
function header(headers, name) {
  try {
    return headers.get(name).trim();
  } catch {
    return "";
  }
}

/** `Sun, 06 Nov 1994 08:49:37 GMT`. Engines take almost anything for a date, so its form is looked at first. @param {string} text */
function httpDate(text) {
  const at = /^...,.{21} GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/**
 * @param {any} value
 * @param {string} name
 */
function memberOf(value, name) {
  try {
    return value[name];
  } catch {
    return undefined;
  }
}
