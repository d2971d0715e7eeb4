// @ts-check
// One class per kind of failure. index.d.ts documents them; Rust says which one, with what code and what delivery.

/** Shared by all copies of the package, so that errors are recognised across them. */
const BRAND = Symbol.for("finauth-facesearch.error");

/**
 * @typedef {object} Description
 * @property {string} code
 * @property {string} message
 * @property {"not-sent" | "rejected" | "maybe-applied" | "applied"} [delivery] `not-sent` unless said
 * @property {boolean} [isReading] whether the call only reads: then there is no delivery
 * @property {number} [attempts] 0 unless said
 * @property {number} [status]
 * @property {string} [requestId]
 * @property {number} [retryAfterMs]
 * @property {string} [path]
 * @property {unknown} [cause]
 * @property {readonly object[]} [outcomes]
 */

export class FaceSearchError extends Error {
  static {
    named(this, "FaceSearchError");
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }

  // Face tokens identify people: they are there for who asks, and in no log, `inspect` or JSON.
  #outcomes;

  /** @param {Description} description */
  constructor({ code, message, delivery = "not-sent", isReading, attempts = 0, cause, outcomes, ...evidence }) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    if (!isReading) this.delivery = delivery;
    this.attempts = attempts;
    for (const [key, value] of Object.entries(evidence)) {
      if (value !== undefined) Object.defineProperty(this, key, { value, enumerable: true });
    }
    this.#outcomes = outcomes;
  }

  get outcomes() {
    return this.#outcomes;
  }

  toJSON() {
    // The cause stays out: it is somebody else's object, and nobody knows what is in it.
    return { name: this.name, message: this.message, ...Object.fromEntries(Object.entries(this)) };
  }
}

export class ValidationError extends FaceSearchError {
  static {
    named(this, "ValidationError");
  }
}

export class ConfigError extends FaceSearchError {
  static {
    named(this, "ConfigError");
  }
}

export class ApiError extends FaceSearchError {
  static {
    named(this, "ApiError");
  }
}

export class AuthenticationError extends ApiError {
  static {
    named(this, "AuthenticationError");
  }
}

export class PermissionError extends ApiError {
  static {
    named(this, "PermissionError");
  }
}

export class GroupNotFoundError extends ApiError {
  static {
    named(this, "GroupNotFoundError");
  }
}

export class BadRequestError extends ApiError {
  static {
    named(this, "BadRequestError");
  }
}

export class ThrottledError extends ApiError {
  static {
    named(this, "ThrottledError");
  }
}

export class ServerError extends ApiError {
  static {
    named(this, "ServerError");
  }
}

export class ConnectionError extends FaceSearchError {
  static {
    named(this, "ConnectionError");
  }
}

export class TimeoutError extends FaceSearchError {
  static {
    named(this, "TimeoutError");
  }
}

export class AbortError extends FaceSearchError {
  static {
    named(this, "AbortError");
  }
}

export class ProtocolError extends FaceSearchError {
  static {
    named(this, "ProtocolError");
  }
}

export class SafetyError extends FaceSearchError {
  static {
    named(this, "SafetyError");
  }
}

export class InternalError extends FaceSearchError {
  static {
    named(this, "InternalError");
  }
}

/** Begins the message of each error that has no other cause. */
export const MODULE_FAILED =
  "The WebAssembly module failed, which is a mistake of finauth-facesearch: please report it.";

/**
 * The module failed. Unless more is known, what was under way may have taken effect.
 *
 * @param {unknown} cause
 * @param {object} [evidence]
 */
export function internalError(cause, evidence = { delivery: "maybe-applied", attempts: 1 }) {
  return new InternalError({
    code: "INSTANCE_FAILED",
    message: `${MODULE_FAILED} What was sent before may have taken effect; the next call starts afresh`,
    cause,
    ...evidence,
  });
}

/** @type {Record<string, typeof FaceSearchError>} */
const BY_NAME = {
  ValidationError,
  ConfigError,
  ApiError,
  AuthenticationError,
  PermissionError,
  GroupNotFoundError,
  BadRequestError,
  ThrottledError,
  ServerError,
  ConnectionError,
  TimeoutError,
  AbortError,
  ProtocolError,
  SafetyError,
  InternalError,
};

/**
 * The error of a call that only reads: it has no delivery.
 *
 * @param {unknown} error
 */
export function errorOfReading(error) {
  if (!isFaceSearchError(error)) return error;
  const { name, message, cause } = error;
  return errorOf({ ...error, name, message, cause, isReading: true });
}

/**
 * The error that Rust describes.
 *
 * @param {Description & { name: string }} description
 */
export function errorOf({ name, ...description }) {
  return new (BY_NAME[name] ?? FaceSearchError)(description);
}

/**
 * Calls Rust; what it describes is thrown as the error that it is.
 *
 * @template T
 * @param {() => T} call
 */
export function orThrow(call) {
  try {
    return call();
  } catch (said) {
    const { error, cause } = /** @type {any} */ (said) ?? {};
    throw error === undefined ? said : errorOf({ ...error, cause });
  }
}

/**
 * @param {unknown} value
 * @returns {value is FaceSearchError}
 */
export function isFaceSearchError(value) {
  try {
    return /** @type {any} */ (value)?.[BRAND] === true;
  } catch {
    // A proxy that throws is not one of ours.
    return false;
  }
}

/**
 * Gives a class its name in a way that minifiers leave alone, and that does not show as a property of each error.
 *
 * @param {Function} errorClass
 * @param {string} name
 */
function named(errorClass, name) {
  Object.defineProperty(errorClass.prototype, "name", { value: name, configurable: true, writable: true });
}
