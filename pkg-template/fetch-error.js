// @ts-check
// What is kept of an error of `fetch`: a copy for `cause`, and a code with a message that may be logged.

import { errorOf } from "./errors.js";

/** As `src/exchange.rs` names it: each further request would meet the same certificate. */
export const CERTIFICATE_REJECTED = "CERTIFICATE_REJECTED";

/** Node has an error, its cause, and the cause of that one. */
const MAX_CAUSES = 4;
/** Node has one error for each address of a host. */
const MAX_ERRORS = 16;
const MAX_MESSAGE = 200;

/**
 * An error without what else it holds: that of Node's parser has the raw answer, and who repeats a request in it, such as a
 * gateway for debugging, repeats the signature and the tokens.
 *
 * @param {any} error
 * @returns {any}
 */
export function sanitizeError(error, depth = 0) {
  if (Object(error) !== error) return error;
  const cause = depth === MAX_CAUSES ? undefined : memberOf(error, "cause");
  const copy = cause === undefined ? new Error() : new Error("", { cause: sanitizeError(cause, depth + 1) });
  for (const name of ["name", "message", "code", "syscall", "stack"]) {
    const value = memberOf(error, name);
    const enumerable = name === "code" || name === "syscall";
    if (typeof value === "string") Object.defineProperty(copy, name, { value, enumerable, writable: true });
  }
  const errors = errorsOf(error, depth);
  if (errors !== undefined) Object.defineProperty(copy, "errors", { value: errors, writable: true });
  return copy;
}

/**
 * Of an AggregateError. If they are too many or too deep, what remains is not known, which `undefined` stands for.
 *
 * @param {any} error
 * @param {number} depth
 */
function errorsOf(error, depth) {
  const errors = memberOf(error, "errors");
  if (!Array.isArray(errors)) return undefined;
  const length = Number(memberOf(errors, "length"));
  if (depth === MAX_CAUSES || !(length <= MAX_ERRORS)) return [undefined];
  return Array.from({ length }, (_, at) => sanitizeError(memberOf(errors, at), depth + 1));
}

/**
 * What hooks, loggers and warnings hear of an error that has a code. The message of a caller's `fetch` may repeat the request;
 * that of the runtime's own repeats its URL at most, in which a proxy's query may be a secret.
 *
 * @param {any} copy made by {@link sanitizeError}
 * @param {boolean} isOwn whether it is an error of the runtime's own `fetch`
 * @returns {{ code: string, message: string } | undefined}
 */
export function shown(copy, isOwn) {
  for (let error = copy; Object(error) === error; error = error.cause) {
    const { code, message, errors } = error;
    if (typeof code !== "string" || !/^[A-Z][A-Z0-9_/-]{0,63}$/.test(code)) continue;
    const text = message || errors?.[0]?.message || "";
    return { code, message: isOwn ? printable(text) : "" };
  }
  return undefined;
}

/**
 * The error that Rust describes, of a call or run that sends. What is wrong with a certificate, only the runtime knows.
 *
 * @param {Parameters<typeof errorOf>[0]} description
 */
export function sendingError(description) {
  const { code, message } = description;
  const why = certificateTrouble(description);
  if (why === undefined) return errorOf(description);
  return errorOf({ ...description, message: message.replace(` (${code})`, () => `: ${why} (${code})`) });
}

/** Why the certificate was rejected, if that is the error and its cause says so. @param {{ code: string, cause?: unknown }} error */
export function certificateTrouble({ code, cause }) {
  // Only the runtime's own `fetch` makes it this error.
  const of = code === CERTIFICATE_REJECTED ? shown(cause, true) : undefined;
  return of && [of.code, of.message].filter(Boolean).join(": ");
}

/** @param {string} message */
function printable(message) {
  return message
    .replace(/\w+:\/\/[^\s"'<>]+/g, "(URL)")
    .replace(/[\p{C}\s]+/gu, " ")
    .slice(0, MAX_MESSAGE)
    .trim();
}

/**
 * @param {any} value
 * @param {string | number} name
 */
export function memberOf(value, name) {
  try {
    return value[name];
  } catch {
    return undefined;
  }
}
