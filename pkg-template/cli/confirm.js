// @ts-check
// Asks a person for the phrase that names what will be deleted.

import { createInterface } from "node:readline";
import { UsageError } from "./command.js";

/**
 * @param {string} phrase
 * @param {string | undefined} given with `--confirm`
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} whether it was confirmed
 */
export async function confirmed(phrase, given, signal) {
  if (given !== undefined) {
    if (given === phrase) return true;
    throw new UsageError(`This would ${phrase}; --confirm says '${given}'. Nothing was sent.`);
  }
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new UsageError(`Nobody is here to confirm. Nothing was sent. In a script: --confirm '${phrase}'`);
  }
  const answer = await ask(`Type "${phrase}" to go on, or press Enter to leave it: `, signal);
  return answer.trim() === phrase;
}

/**
 * @param {string} question
 * @param {AbortSignal} signal
 * @returns {Promise<string>} nothing if the input ends, or Ctrl-C is pressed
 */
function ask(question, signal) {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    const end = (/** @type {string} */ answer) => {
      resolve(answer);
      lines.close();
    };
    lines.question(question, end);
    for (const event of ["SIGINT", "close"]) lines.once(event, () => end(""));
    signal.addEventListener("abort", () => end(""), { once: true });
  });
}
