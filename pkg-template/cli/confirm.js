// @ts-check
// Asks a person for the phrase that names what will be deleted.

import { createInterface } from "node:readline";
import { UsageError } from "./command.js";
import { printable } from "./terminal.js";

/**
 * @param {string} phrase
 * @param {string | undefined} given with `--confirm`
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} false if it was stopped before there was an answer
 * @throws {UsageError} if it is not confirmed
 */
export async function confirmed(phrase, given, signal) {
  if (given !== undefined) {
    if (given === phrase) return true;
    throw unconfirmed(`This would ${phrase}; --confirm says '${printable(given)}'. Nothing was sent.`);
  }
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw unconfirmed(`Nobody is here to confirm. Nothing was sent. In a script: --confirm '${phrase}'`);
  }
  const answer = (await ask(`Type "${phrase}" to go on, or press Enter to leave it: `, signal))?.trim();
  if (answer === undefined) return false;
  if (answer === "") throw unconfirmed("It was not confirmed. Nothing was sent.");
  if (answer !== phrase) throw unconfirmed(`That was "${printable(answer)}", not "${phrase}". Nothing was sent.`);
  return true;
}

/** @param {string} message */
function unconfirmed(message) {
  return new UsageError(message, "NOT_CONFIRMED");
}

/**
 * @param {string} question
 * @param {AbortSignal} signal
 * @returns {Promise<string | undefined>} empty if the input ends; nothing if Ctrl-C is pressed
 */
function ask(question, signal) {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    const end = (/** @type {string | undefined} */ answer) => {
      resolve(answer);
      lines.close();
    };
    lines.question(question, end);
    lines.once("close", () => end(""));
    lines.once("SIGINT", () => end(undefined));
    signal.addEventListener("abort", () => end(undefined), { once: true });
  });
}
