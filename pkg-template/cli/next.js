// @ts-check
// The command that goes on from here, as a shell takes it.

import { isStdin, PROGRAM } from "./command.js";
import { quoted } from "./terminal.js";

/** @typedef {import("./erase.js").Values} Values */

/** What is needed to read the same list again, and to reach the same server. */
const CARRIED = /** @type {const} */ ([
  ...["group", "format", "column", "batch-size", "concurrency", "max-absent", "credentials", "proxy", "base-url"],
  ...["journal", "receipt", "csv", "jsonl"],
]);

/** What is to hold before the first request as well. */
const PLANNED = /** @type {const} */ (["max-delete", "expect"]);

/**
 * @param {string} input
 * @param {Values} values
 */
export function resumeCommand(input, values) {
  return command("resume", input, CARRIED, values);
}

/**
 * To do what was planned.
 *
 * @param {string} input
 * @param {Values} values
 */
export function deleteCommand(input, values) {
  return command("delete", input, [...PLANNED, ...CARRIED], values);
}

/**
 * A command as a shell takes it.
 *
 * @param {string} name
 * @param {string} input
 * @param {readonly string[]} carried
 * @param {Values} values
 */
function command(name, input, carried, values) {
  const options = carried.flatMap((option) => {
    const value = values[option];
    if (value === undefined) return [];
    // What begins with a dash would be taken for an option.
    return value.startsWith("-") ? [`--${option}=${quoted(value)}`] : [`--${option}`, quoted(value)];
  });
  for (const flag of ["no-receipt", ...(name === "delete" ? ["no-journal"] : [])]) {
    if (values[flag]) options.push(`--${flag}`);
  }
  const pipe = isStdin(input) ? "… | " : "";
  const file = input.startsWith("-") && !isStdin(input) ? `./${input}` : input;
  return [`${pipe}${PROGRAM}`, name, quoted(file), ...options].join(" ");
}
