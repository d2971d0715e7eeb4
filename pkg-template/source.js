// @ts-check
// Reads what people really have, piece by piece, into the module: text, bytes, files, streams, iterables and cursors.
// What the bytes mean is Rust's to say.

import { AbortError, isFaceSearchError, ValidationError } from "./errors.js";
import { encoder, kindOf, LONGEST_TOKEN, propertyOf } from "./options.js";
import { onAbort, reasonOf } from "./within.js";

/** So much goes to the module at a time, in bytes or UTF-16 units. */
const PIECE = 1 << 16;

/** So many tokens of an iterable go to the module at a time. */
const TOKENS_AT_ONCE = 2048;

/** After so long without a pause the event loop gets its turn, so that an abort is heard and a page stays alive. */
const LONGEST_STRETCH_MS = 25;

const PROGRESS_INTERVAL_MS = 100;

/**
 * @typedef {object} Sink
 * @property {(bytes: Uint8Array) => void} bytes takes a piece of a file
 * @property {(joined: string) => void} tokens takes tokens with a line feed between each two
 */

/**
 * Reads a source to its end.
 *
 * @param {unknown} source
 * @param {Sink} sink
 * @param {{ signal?: AbortSignal | undefined, onRead?: (() => void) | undefined }} options
 */
export async function readSource(source, sink, { signal, onRead }) {
  const pace = createPace(signal, onRead);
  try {
    pace.check();
    if (typeof source === "string") {
      if (FILE_NAME.test(source))
        throw wrong("is the name of a file, not what is in it: pass its content, or a Blob of it");
      return await readText([source], sink, pace);
    }
    if (typeof source !== "object" || source === null) throw wrong(`cannot be ${kindOf(source)}: ${TAKEN}`);
    if (source instanceof ArrayBuffer) return await readBytes([new Uint8Array(source)], sink, pace);
    if (ArrayBuffer.isView(source)) return await readBytes([bytesOf(source)], sink, pace);
    const given = /** @type {any} */ (source);
    const has = (/** @type {string} */ name, /** @type {string} */ type) => typeof propertyOf(given, name) === type;
    if (has("stream", "function") && has("size", "number")) {
      return await readBytes(chunksOf(given.stream(), pace), sink, pace);
    }
    if (has("getReader", "function")) return await readBytes(chunksOf(given, pace), sink, pace);
    if (has("readableEncoding", "string") && propertyOf(given, "readableObjectMode") === false) {
      // A stream of Node that decodes: its pieces are text, not tokens.
      return await readText(given, sink, pace);
    }
    if (typeof given[Symbol.asyncIterator] === "function" || typeof given[Symbol.iterator] === "function") {
      return await readItems(given, sink, pace);
    }
    throw wrong(`cannot be read: ${TAKEN}`);
  } catch (cause) {
    if (isFaceSearchError(cause) && (cause instanceof ValidationError || cause instanceof AbortError)) throw cause;
    throw wrong("cannot be read to its end", cause);
  }
}

/** The size of a source in bytes, as far as it is known before it is read, which is not to be relied on. @param {unknown} source */
export function sizeOf(source) {
  if (typeof source === "string") return source.length;
  try {
    const given = /** @type {object} */ (source);
    const known = propertyOf(given, "byteLength") ?? propertyOf(given, "size");
    return typeof known === "number" ? known : 0;
  } catch {
    return 0;
  }
}

/** No token looks like that, and whoever passes it means the file. */
const FILE_NAME = /^[^\n]{1,1024}\.(csv|tsv|txt|json|jsonl|ndjson|xlsx?)\s*$/i;

const TAKEN = "it must be text, bytes, a Blob, a ReadableStream of bytes, or an iterable of face tokens or bytes";

/**
 * @param {string} problem
 * @param {unknown} [cause]
 * @param {string} [path]
 */
function wrong(problem, cause, path = "source") {
  return new ValidationError({ code: "INVALID_ARGUMENT", path, message: `${path} ${problem}`, cause });
}

/** @typedef {ReturnType<typeof createPace>} Pace */

/**
 * @param {AbortSignal | undefined} signal
 * @param {(() => void) | undefined} onRead
 */
function createPace(signal, onRead) {
  let [paused, told] = [performance.now(), 0];
  const check = () => {
    if (!signal?.aborted) return;
    throw new AbortError({ code: "ABORTED", message: "Aborted before anything was sent", cause: reasonOf(signal) });
  };
  return {
    check,
    signal,
    /** Called after each piece. */
    async breathe() {
      check();
      const now = performance.now();
      if (now - told >= PROGRESS_INTERVAL_MS) {
        told = now;
        onRead?.();
      }
      if (now - paused < LONGEST_STRETCH_MS) return;
      await turn();
      paused = performance.now();
      check();
    },
    /**
     * Waits for a piece, but not beyond an abort.
     *
     * @template T
     * @param {PromiseLike<T>} piece
     * @returns {Promise<T>}
     */
    async within(piece) {
      if (signal === undefined) return piece;
      /** @type {(() => void) | undefined} */
      let release;
      const cut = new Promise((_, reject) => {
        const abort = () => {
          try {
            check();
          } catch (error) {
            reject(error);
          }
        };
        release = onAbort(signal, abort);
        abort();
      });
      try {
        return /** @type {T} */ (await Promise.race([piece, cut]));
      } finally {
        release?.();
      }
    },
  };
}

/** Lets everything else have its turn. In a page, timers are late by a second when nobody looks; messages are not. */
function turn() {
  const { setImmediate } = /** @type {any} */ (globalThis);
  if (typeof setImmediate === "function") return new Promise((resolve) => setImmediate(resolve));
  if (typeof document === "undefined") return new Promise((resolve) => setTimeout(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve(undefined);
    };
    port2.postMessage(undefined);
  });
}

/**
 * @param {Iterable<Uint8Array> | AsyncIterable<Uint8Array>} chunks
 * @param {Sink} sink
 * @param {Pace} pace
 */
async function readBytes(chunks, sink, pace) {
  for await (const chunk of chunks) await takeBytes(chunk, sink, pace);
}

/**
 * @param {Uint8Array} bytes
 * @param {Sink} sink
 * @param {Pace} pace
 */
async function takeBytes(bytes, sink, pace) {
  // What gives nothing but empty pieces would never pause.
  if (bytes.length === 0) await pace.breathe();
  for (let at = 0; at < bytes.length; at += PIECE) {
    sink.bytes(bytes.subarray(at, at + PIECE));
    await pace.breathe();
  }
}

/**
 * Takes each item, as long as nobody aborts. Who gives them is let go then.
 *
 * @param {Iterable<unknown> | AsyncIterable<unknown>} items
 * @param {Pace} pace
 * @param {(item: unknown) => Promise<void> | undefined} take
 */
async function forEach(items, pace, take) {
  if (typeof (/** @type {any} */ (items)[Symbol.asyncIterator]) === "function") {
    const iterator = /** @type {AsyncIterable<unknown>} */ (items)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await pace.within(iterator.next());
        if (done) break;
        await take(value);
      }
    } catch (error) {
      letGo(() => iterator.return?.());
      throw error;
    }
  } else {
    for (const item of /** @type {Iterable<unknown>} */ (items)) {
      const pause = take(item);
      if (pause !== undefined) await pause;
    }
  }
}

/** A cursor is closed; but nobody waits for one that does not answer, or asks what it throws. @param {() => unknown} close */
async function letGo(close) {
  try {
    await close();
  } catch {
    // It is as good as closed.
  }
}

/**
 * @param {Iterable<string> | AsyncIterable<string>} texts
 * @param {Sink} sink
 * @param {Pace} pace
 */
async function readText(texts, sink, pace) {
  let held = "";
  await forEach(texts, pace, async (part) => {
    const text = held + part;
    let at = 0;
    while (at < text.length) {
      let end = Math.min(at + PIECE, text.length);
      // Half of a surrogate pair waits for the other.
      if (/[\uD800-\uDBFF]/.test(text.charAt(end - 1))) end -= 1;
      if (end === at) break;
      await takeBytes(encoder.encode(text.slice(at, end)), sink, pace);
      at = end;
    }
    held = text.slice(at);
    await pace.breathe();
  });
  await takeBytes(encoder.encode(held), sink, pace);
}

/**
 * The pieces of a stream of bytes. A source that is not read to its end is let go.
 *
 * @param {ReadableStream<unknown>} stream
 * @param {Pace} pace
 */
async function* chunksOf(stream, pace) {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await pace.within(reader.read());
      if (done) return;
      if (!ArrayBuffer.isView(value)) throw wrong(`must be a stream of bytes, not of ${kindOf(value)}`);
      yield bytesOf(value);
    }
  } finally {
    letGo(() => reader.cancel());
  }
}

/**
 * Tokens, or the pieces of a file: the first item decides.
 *
 * @param {Iterable<unknown> | AsyncIterable<unknown>} items
 * @param {Sink} sink
 * @param {Pace} pace
 */
async function readItems(items, sink, pace) {
  const isBytes = { first: /** @type {boolean | undefined} */ (undefined) };
  /** @type {string[]} */
  let tokens = [];
  let index = 0;
  const flush = () => {
    if (tokens.length > 0) sink.tokens(tokens.join("\n"));
    tokens = [];
  };
  await forEach(items, pace, (item) => {
    isBytes.first ??= ArrayBuffer.isView(item);
    if (isBytes.first) {
      if (!ArrayBuffer.isView(item))
        throw wrong(`must be bytes like the ones before, not ${kindOf(item)}`, undefined, `source[${index}]`);
      index += 1;
      return takeBytes(bytesOf(item), sink, pace);
    }
    if (typeof item !== "string") throw wrong(`must be a string, not ${kindOf(item)}`, undefined, `source[${index}]`);
    index += 1;
    tokens.push(fit(item));
    if (tokens.length < TOKENS_AT_ONCE) return undefined;
    flush();
    return pace.breathe();
  });
  flush();
}

/**
 * A token that holds a line feed would become two, and a huge one would fill the memory: something takes its place that is
 * invalid for the same reason.
 *
 * @param {string} token
 */
function fit(token) {
  if (token.length > LONGEST_TOKEN) return TOO_LONG;
  return token.includes("\n") ? "\r" : token;
}

const TOO_LONG = "x".repeat(256);

/** @param {ArrayBufferView} view */
function bytesOf(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
