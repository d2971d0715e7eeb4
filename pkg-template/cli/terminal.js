// @ts-check
// All that the commands write passes here: a terminal obeys what is in a file's name, an argument or an answer as it obeys
// any program, unless that is taken out.

import { escaped } from "../exports.js";

/** Controls of C0 and C1, bidirectional and zero-width characters, and those that end a line in some programs. */
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const EACH_OBEYED = new RegExp(OBEYED, "gu");
const ALL_BUT_LINE_FEEDS = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Others' text within a sentence of ours: a path, an argument, a name, an error of the system. It stays on its line.
 *
 * @param {string} text
 */
export function printable(text) {
  return text.replace(EACH_OBEYED, "�");
}

/** Says something to whoever watches. @param {string} text */
export function say(text) {
  process.stderr.write(`${lines(text)}\n`);
}

/** Gives a result. @param {string} text */
export function print(text) {
  process.stdout.write(`${lines(text)}\n`);
}

/** Whatever was forgotten before: of what a terminal obeys, only the ends of our own lines are left. @param {string} text */
function lines(text) {
  return text.replace(ALL_BUT_LINE_FEEDS, "�");
}

/** A value as JSON, with what a terminal obeys as escapes, which mean the same. @param {unknown} value */
export function asJson(value) {
  return escaped(JSON.stringify(value));
}

/**
 * As a shell takes it for one word. What a terminal obeys is written in octal digits, which bash, zsh and ksh understand.
 *
 * @param {string} text
 */
export function quoted(text) {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (!OBEYED.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const inOctal = (/** @type {string} */ one) =>
    [...Buffer.from(one)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  return `$'${text.replaceAll(/[\\']/g, "\\$&").replace(EACH_OBEYED, inOctal)}'`;
}
