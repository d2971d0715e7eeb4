// @ts-check
// Running other programs, and ending with one clear sentence when one of them cannot do its work.

import { spawn, spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** An expected failure: its message is the whole story and names the remedy. */
export class Failure extends Error {}

/** @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Runs a program, passing its output on, and fails when it fails.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, quiet?: boolean, work?: string, remedy?: string }} [options]
 *   `quiet` keeps the output and shows it only on failure; `work` is what the failure's sentence says of it, in place of
 *   the command line, and `remedy` is added to the sentence.
 * @returns {Promise<string>} what it printed on standard output, when quiet
 */
export async function run(command, args, options = {}) {
  const { quiet = false, work = `'${[command, ...args].join(" ")}'`, remedy = "", ...spawnOptions } = options;
  const child = spawn(command, args, {
    ...spawnOptions,
    stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
  });
  let stdout = "";
  let everything = "";
  child.stdout?.setEncoding("utf8").on("data", (text) => {
    stdout += text;
    everything += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    everything += text;
  });
  /** @type {number | string} */
  const status = await new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(code ?? `killed by ${signal}`));
  });
  if (status !== 0) {
    if (quiet) say(everything.trimEnd());
    throw new Failure(`${work} failed (${status}). ${remedy}`.trimEnd());
  }
  return stdout;
}

/**
 * What a program prints on standard output, or undefined when it is missing or fails.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, timeout?: number }} [options]
 */
export function ask(command, args, options = {}) {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8", ...options });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * The full path of a program on PATH, or undefined.
 *
 * @param {string} name
 * @param {string} [path]
 */
export function which(name, path = process.env.PATH ?? "") {
  const names = process.platform === "win32" ? [`${name}.exe`, `${name}.cmd`] : [name];
  for (const folder of path.split(delimiter)) {
    for (const candidate of names) {
      const full = join(folder, candidate);
      try {
        accessSync(full, constants.X_OK);
        return full;
      } catch {
        // Not here; look further.
      }
    }
  }
  return undefined;
}

/**
 * Runs a script's main function: a failure becomes one sentence and exit code 1.
 *
 * @param {() => Promise<void>} work
 */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    say(`\n✗ ${error.message}`);
    process.exitCode = 1;
  }
}
