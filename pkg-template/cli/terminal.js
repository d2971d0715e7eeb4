// @ts-check
// Every command writes through this module. A terminal obeys control sequences in a file name, an argument or a response as
// it obeys those of a program, so they are replaced here.

import { escaped, INVISIBLE } from "../exports.js";

const OBEYED = new RegExp(INVISIBLE, "u");
const ALL_BUT_LINE_FEEDS = new RegExp(`(?!\\n)${INVISIBLE.source}`, "gu");

/**
 * Text from outside within one of our sentences: a path, an argument, a name, an error of the system. It cannot start a line.
 *
 * @param {string} text
 */
export function printable(text) {
  return text.replace(INVISIBLE, "�");
}

/** Writes a message to standard error. @param {string} text */
export function say(text) {
  process.stderr.write(`${lines(text)}\n`);
}

/** Writes a result to standard output. @param {string} text */
export function print(text) {
  process.stdout.write(`${lines(text)}\n`);
}

/** The last line of defence: keeps only our own line feeds. @param {string} text */
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
  return `$'${text.replaceAll(/[\\']/g, "\\$&").replace(INVISIBLE, inOctal)}'`;
}
