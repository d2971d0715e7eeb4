// @ts-check
// Reading what callers pass: each property once, each type checked, before anything of ours is under way.

import { environmentVariable } from "./environment.js";
import { ConfigError, ValidationError } from "./errors.js";

/** The longest wait that timers can do. */
const LONGEST_MS = 2_147_483_647;

/** Longer than any text that is meant; it keeps a mistake from filling the module's memory, which never shrinks. */
const LONGEST_TEXT = 65_536;

/** What begins a journal holds it, and is read in one piece. */
const LONGEST_URL = 2_048;

/** Each token of at most 255 bytes has fewer characters; Rust checks the exact rule. */
export const LONGEST_TOKEN = 1_024;

/** Far beyond what one call can send, and the end of an endless iterable. */
const MOST_TOKENS = 10_000;

/** One for all: to make one takes longer than to sign. */
export const encoder = new TextEncoder();

let scratch = new Uint8Array(0);

/**
 * Text as bytes for Rust, which takes what it needs before anybody asks for the next: so one place does for all, and leaves no
 * garbage.
 *
 * @param {string} text
 */
export function utf8(text) {
  const most = text.length * 3;
  if (most > LARGEST_SCRATCH) return encoder.encode(text);
  if (most > scratch.length) scratch = new Uint8Array(most);
  return scratch.subarray(0, encoder.encodeInto(text, scratch).written);
}

const LARGEST_SCRATCH = 1 << 20;

/** What the constructor of plain objects looks like as text, in each realm of this engine. */
const OBJECT = Function.prototype.toString.call(Object);

/**
 * Whether this is the `Object.prototype` of any realm. Another object without a prototype is not: it may hold defaults.
 *
 * @param {object} prototype
 */
function isObjectPrototype(prototype) {
  if (prototype === Object.prototype) return true;
  const maker = Object.getPrototypeOf(prototype) === null ? prototype.constructor : undefined;
  if (typeof maker !== "function") return false;
  return Function.prototype.toString.call(maker) === OBJECT && maker.prototype === prototype;
}

/** @param {object} object */
function isPlain(object) {
  const prototype = Object.getPrototypeOf(object);
  return prototype === null || isObjectPrototype(prototype);
}

/**
 * A property of an object, its own or its class's. Additions to `Object.prototype` do not count:
 * any dependency can make them by mistake, and a client must not take a secret, an address or a limit from there.
 *
 * @param {object} object
 * @param {string} name
 */
export function propertyOf(object, name) {
  for (let at = object; at !== null; at = Object.getPrototypeOf(at)) {
    if (!Object.hasOwn(at, name)) continue;
    if (at !== object && isObjectPrototype(at)) return undefined;
    break;
  }
  // Also if nothing has it: a proxy may answer for names that it does not list.
  return /** @type {Record<string, unknown>} */ (object)[name];
}

/**
 * A copy of what an object has itself. A property that it lacks is lacking, whatever others add to `Object.prototype`.
 *
 * @template {object | undefined} T
 * @param {T} object
 * @returns {NonNullable<T>}
 */
function withoutPrototype(object) {
  return Object.assign(Object.create(null), object);
}

/** Reads the properties of one argument. */
export class Reader {
  #object;
  #name;
  #prefix;
  #ErrorClass;

  /**
   * Options are plain objects. An object that is used by its methods may be an instance of any class, or a function.
   *
   * @param {unknown} object
   * @param {string} name how messages call the object; `undefined` counts as an empty one
   * @param {{ prefix?: string, ErrorClass?: typeof ConfigError | typeof ValidationError, hasMethods?: boolean }} [options]
   */
  constructor(object, name, options) {
    const { prefix = "", ErrorClass = ValidationError, hasMethods = false } = withoutPrototype(options);
    this.#name = name;
    this.#prefix = prefix;
    this.#ErrorClass = ErrorClass;
    const isObject = (typeof object === "object" && object !== null) || (hasMethods && typeof object === "function");
    if (object !== undefined && !isObject) throw this.error(name, `must be an object, not ${kindOf(object)}`, name);
    this.#object = /** @type {Record<string, unknown>} */ (object ?? {});
    if (!hasMethods && !this.#isPlain()) {
      throw this.error(name, "must be a plain object: neither an array nor an instance of a class", name);
    }
  }

  #isPlain() {
    try {
      return isPlain(this.#object);
    } catch (cause) {
      throw this.error(this.#name, "cannot be read", this.#name, cause);
    }
  }

  /**
   * @param {string} path
   * @param {string} problem continues the sentence that starts with the path
   * @param {string} [shown]
   * @param {unknown} [cause]
   */
  error(path, problem, shown = this.#prefix + path, cause = undefined) {
    const code = this.#ErrorClass === ConfigError ? "INVALID_OPTION" : "INVALID_ARGUMENT";
    return new this.#ErrorClass({ code, message: `${shown} ${problem}`, path: shown, cause });
  }

  /**
   * A property, read once. What its getter throws becomes the cause of ours.
   *
   * @param {string} name
   */
  any(name) {
    try {
      return propertyOf(this.#object, name);
    } catch (cause) {
      throw this.error(name, "cannot be read: its getter threw", undefined, cause);
    }
  }

  /**
   * Refuses what it does not know: a limit whose name is misspelt would not hold.
   *
   * @param {string[]} names
   */
  only(names) {
    const other = this.#names().find((name) => !names.includes(name));
    if (other !== undefined) throw this.error(other, "is not an option");
  }

  #names() {
    try {
      return Object.keys(this.#object);
    } catch (cause) {
      throw this.error(this.#name, "cannot be read", this.#name, cause);
    }
  }

  /** @param {string} name */
  text(name) {
    const value = this.any(name);
    if (value === undefined) return undefined;
    if (typeof value !== "string") throw this.error(name, `must be a string, not ${kindOf(value)}`);
    return this.#ofSensibleLength(name, value);
  }

  /**
   * @template {string | Uint8Array} T
   * @param {string} name
   * @param {T} value
   */
  #ofSensibleLength(name, value) {
    if (value.length > LONGEST_TEXT) throw this.error(name, `must not be longer than ${LONGEST_TEXT}`);
    return value;
  }

  /** A URL, as text or as an object. @param {string} name */
  urlText(name) {
    const value = this.any(name);
    return value instanceof URL ? value.href : this.text(name);
  }

  /** @param {string} name */
  requiredText(name) {
    const value = this.text(name);
    if (value === undefined) throw this.error(name, "is missing");
    return value;
  }

  /**
   * @param {string} name
   * @param {{ least: number, most: number, unit: string }} range
   */
  wholeNumber(name, { least, most, unit }) {
    const value = this.any(name);
    if (value === undefined) return undefined;
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
      throw this.error(name, `must be a whole number of ${unit} from ${least} to ${most}, not ${numberOrKind(value)}`);
    }
    return value;
  }

  /**
   * @param {string} name
   * @param {string[]} words
   */
  oneOf(name, words) {
    const value = this.any(name);
    if (value === undefined) return undefined;
    if (typeof value !== "string" || !words.includes(value))
      throw this.error(name, `must be one of ${words.join(", ")}`);
    return value;
  }

  /** @param {string} name */
  ratio(name) {
    const value = this.any(name);
    if (value === undefined) return undefined;
    if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
      throw this.error(name, `must be a number from 0 to 1, not ${numberOrKind(value)}`);
    }
    return value;
  }

  /** @param {string} name */
  milliseconds(name) {
    return this.wholeNumber(name, { least: 1, most: LONGEST_MS, unit: "milliseconds" });
  }

  /** @param {string} name */
  unixSeconds(name) {
    return this.wholeNumber(name, { least: 0, most: 253_402_300_799, unit: "UNIX seconds" });
  }

  /**
   * @param {string} name
   * @returns {((...args: any[]) => unknown) | undefined}
   */
  callback(name) {
    const value = this.any(name);
    if (value === undefined) return undefined;
    if (typeof value !== "function") throw this.error(name, `must be a function, not ${kindOf(value)}`);
    return /** @type {any} */ (value);
  }

  /** @param {string} name */
  flag(name) {
    const value = this.any(name);
    if (value !== undefined && typeof value !== "boolean") {
      throw this.error(name, `must be true or false, not ${kindOf(value)}`);
    }
    return value ?? false;
  }

  apiKey() {
    const value = this.text("apiKey");
    if (value !== undefined) this.#checkEnds("apiKey", value);
    return value;
  }

  /**
   * A secret as text or bytes, as bytes of our own.
   *
   * @param {string} name
   */
  secretBytes(name) {
    const value = this.any(name);
    if (value === undefined) return undefined;
    // Asked first, since `instanceof` would run the traps of a proxy.
    if (ArrayBuffer.isView(value) && value instanceof Uint8Array) {
      // What is detached has none, and cannot be copied.
      if (value.length === 0) return new Uint8Array();
      const bytes = new Uint8Array(this.#ofSensibleLength(name, value));
      if (isWiped(bytes)) throw this.error(name, "holds nothing but zeros: it was wiped");
      this.#checkEnds(name, bytes);
      return bytes;
    }
    if (typeof value === "string") return encoder.encode(this.#secretText(name, value));
    throw this.error(name, `must be a string or a Uint8Array, not ${kindOf(value)}`);
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  #secretText(name, value) {
    this.#checkEnds(name, this.#ofSensibleLength(name, value));
    return value;
  }

  /**
   * A secret as text, as bytes of our own, or as a function that gives it.
   *
   * @param {string} name
   */
  secret(name) {
    const value = this.any(name);
    if (typeof value === "string") return this.#secretText(name, value);
    return typeof value === "function" ? /** @type {() => unknown} */ (value) : this.secretBytes(name);
  }

  /**
   * Rejects what came with the end of a file's line, or with its byte order mark: the server would say only that the
   * signature is wrong.
   *
   * @param {string} name
   * @param {string | Uint8Array} value
   */
  #checkEnds(name, value) {
    if (hasLooseEnds(value)) throw this.error(name, LOOSE_ENDS);
  }

  /**
   * @param {string} name
   * @returns {AbortSignal | undefined}
   */
  signal(name) {
    const value = /** @type {any} */ (this.any(name));
    if (value === undefined) return undefined;
    try {
      const usable = ["addEventListener", "removeEventListener"].every(
        (member) => typeof propertyOf(value, member) === "function",
      );
      if (usable && typeof propertyOf(value, "aborted") === "boolean") return value;
    } catch {
      // Not a signal, then.
    }
    throw this.error(name, "must be an AbortSignal");
  }
}

/**
 * Says what a value is without showing it: it might be a secret.
 *
 * @param {unknown} value
 */
export function kindOf(value) {
  if (value === null) return "null";
  return /** @type {Record<string, string>} */ ({
    bigint: "a bigint",
    boolean: "a boolean",
    function: "a function",
    number: "a number",
    object: "an object",
    string: "a string",
    symbol: "a symbol",
    undefined: "undefined",
  })[typeof value];
}

/** What is to be a number may be shown as one. @param {unknown} value */
function numberOrKind(value) {
  return typeof value === "number" ? String(value) : kindOf(value);
}

/** Continues the sentence that starts with the name of an option or of a variable. */
export const LOOSE_ENDS = "must not begin or end with white space, a control character or a byte order mark";

const LOOSE_END = /^[\s\p{Cc}\p{Cf}]|[\s\p{Cc}\p{Cf}]$/u;

/** What text files end with; other control characters may be bytes of a secret that is no text. */
const LOOSE_END_OF_BYTES = /^[\s\p{Cf}]|[\s\p{Cf}]$/u;

/** A byte order mark of UTF-16, which is what some shells write into files. */
const UTF_16_MARKS = ["255,254", "254,255"];

/** @param {string | Uint8Array} value a key or a secret */
export function hasLooseEnds(value) {
  if (typeof value === "string") return LOOSE_END.test(value);
  if (UTF_16_MARKS.includes(value.subarray(0, 2).join())) return true;
  // Only its first and last character become text, which cannot be wiped.
  return [0, value.length - 1].some((at) => LOOSE_END_OF_BYTES.test(characterAt(value, at)));
}

/**
 * The character of UTF-8 that has a byte at this place; nothing for bytes that are none.
 *
 * @param {Uint8Array} bytes
 * @param {number} at
 */
function characterAt(bytes, at) {
  const isWithin = (/** @type {number} */ place) => ((bytes[place] ?? 0) & 0xc0) === 0x80;
  let [start, end] = [at, at + 1];
  while (isWithin(start) && at - start < 3) start -= 1;
  while (isWithin(end) && end - start < 4) end += 1;
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(start, end));
  return text.includes("\ufffd") ? "" : text;
}

/** Whether a secret's bytes were wiped, by us or by its owner. @param {Uint8Array} secret */
function isWiped(secret) {
  return secret.length > 0 && secret.every((byte) => byte === 0);
}

/** The server's, where nobody says another. */
export const USUAL_BASE_URL = "https://api-sgp.yljz.com/finauth";

/**
 * The base URL without a slash at its end: https, or http to this machine. The environment's is for the environment's
 * credentials: it must not be told the signatures of others.
 *
 * @param {Reader} options
 * @param {boolean} isOfEnvironment whether the credentials are the environment's
 */
export function baseUrl(options, isOfEnvironment) {
  const given = options.text("baseUrl");
  const variable = "FINAUTH_BASE_URL";
  // A variable that is empty says nothing.
  const ofEnvironment = given === undefined && isOfEnvironment ? environmentVariable(variable) : undefined;
  const name = ofEnvironment ? variable : "baseUrl";
  const url = safeUrl(options, name, given ?? (ofEnvironment || USUAL_BASE_URL));
  if (url.search !== "") throw options.error(name, "must not contain credentials, a query or a fragment");
  return url.href.replace(/\/+$/, "");
}

/**
 * The proxy's URL, on pages relative to theirs: https, or http to this machine.
 *
 * @param {Reader} options
 */
export function proxyUrl(options) {
  const text = options.urlText("proxyUrl");
  return text === undefined ? undefined : safeUrl(options, "proxyUrl", text, globalThis.location?.href).href;
}

/**
 * @param {Reader} options
 * @param {string} name
 * @param {string} text
 * @param {string} [base]
 */
function safeUrl(options, name, text, base) {
  const url = URL.canParse(text, base) ? new URL(text, base) : undefined;
  if (url === undefined) throw options.error(name, "must be an absolute URL");
  if (url.href.length > LONGEST_URL) throw options.error(name, `must not be longer than ${LONGEST_URL}`);
  const isLoopback = /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback)) {
    throw options.error(name, "must be https; http is for this machine only (localhost, 127.0.0.1, [::1])");
  }
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    throw options.error(name, "must not contain credentials, a query or a fragment");
  }
  return url;
}

/**
 * The tokens of a call, copied.
 *
 * @param {Reader} request
 */
export function faceTokens(request) {
  const value = request.any("faceTokens");
  if (value === undefined) throw request.error("faceTokens", "is missing");
  if (typeof value !== "object" || value === null) {
    throw request.error("faceTokens", `must be an array of strings, not ${kindOf(value)}`);
  }
  /** @type {string[]} */
  const tokens = [];
  try {
    for (const token of /** @type {Iterable<unknown>} */ (value)) {
      if (typeof token !== "string") {
        throw request.error(`faceTokens[${tokens.length}]`, `must be a string, not ${kindOf(token)}`);
      }
      if (token.length > LONGEST_TOKEN)
        throw request.error(`faceTokens[${tokens.length}]`, "must not be longer than 255 bytes");
      if (tokens.push(token) > MOST_TOKENS) throw request.error("faceTokens", "must hold 1 to 1000 different tokens");
    }
  } catch (cause) {
    if (cause instanceof ValidationError) throw cause;
    throw request.error("faceTokens", "cannot be read as an array of strings", undefined, cause);
  }
  return tokens;
}
