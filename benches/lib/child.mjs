// @ts-check
// What wants a process of its own: a heap that nobody used before, a module that nobody loaded.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Runs a program, and gives what it prints last, as JSON.
 *
 * @param {string} source
 * @param {string[]} [options] Node's
 */
export async function inChild(source, options = []) {
  const args = ["--no-warnings", "--max-old-space-size=8192", ...options, "--input-type=module", "--eval", source];
  const { stdout } = await run(process.execPath, args, { cwd: import.meta.dirname, maxBuffer: 1 << 28 });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}
