#!/usr/bin/env node
// @ts-check
// The command line. docs/command-line.md describes it.

import { readFileSync } from "node:fs";
import { isFaceSearchError } from "../errors.js";
import { count, sign } from "./ask.js";
import { EXIT, PROGRAM, UsageError } from "./command.js";
import { erase, plan, resume } from "./erase.js";
import { help, helpFor } from "./help.js";
import { serveConsole, serveEmulator } from "./serve.js";
import { told } from "./summary.js";
import { asJson, print, printable, say } from "./terminal.js";
import { verify } from "./verify.js";

/** @type {Record<string, (args: string[]) => Promise<number>>} */
const COMMANDS = { plan, delete: erase, resume, verify, count, sign, emulator: serveEmulator, console: serveConsole };

/** Those that have `--json`. */
const WITH_JSON = ["plan", "delete", "resume", "verify", "count"];

let isLost = false;
process.stdout.on("error", (error) => {
  // Who reads the output may leave early, as `head` does: what was done stays what it was.
  if (/** @type {any} */ (error).code === "EPIPE") return;
  if (!isLost) say(`The result cannot be written: ${printable(error.message)}`);
  isLost = true;
  if (!process.exitCode) process.exitCode = EXIT.undone;
});
// Nobody may be left to hear how it gets on. That is no reason to end a deletion in the middle.
process.stderr.on("error", () => {});

const code = await run(process.argv.slice(2));
process.exitCode = isLost && code === EXIT.done ? EXIT.undone : code;

/** @param {string[]} args */
async function run([name = "", ...args]) {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (name === "--version" || name === "-v") return shown(versionOf());
  try {
    if (name === "--help" || name === "-h" || name === "help") return shown(helpOf(args[0]));
    if (name === "") throw new UsageError(help());
    if (command === undefined) {
      const what = name.startsWith("-") ? "begins with a command" : `has no command '${printable(name)}'`;
      throw new UsageError(`finauth-facesearch ${what}; see ${PROGRAM} --help`);
    }
    if (args.includes("--help") || args.includes("-h")) return shown(String(helpFor(name)));
    return await command(args);
  } catch (error) {
    // Who asked for JSON reads JSON, whatever comes: without a result, why there is none.
    if (WITH_JSON.includes(name) && isFlagged(args, "--json")) print(asJson({ error: described(error) }));
    say(sentence(error));
    return error instanceof UsageError || isWrongUse(error) ? EXIT.usage : EXIT.undone;
  }
}

/** @param {string | undefined} command */
function helpOf(command) {
  if (command === undefined || command.startsWith("-")) return help();
  const text = helpFor(command);
  if (text === undefined) {
    throw new UsageError(`finauth-facesearch has no command '${printable(command)}'; see ${PROGRAM} --help`);
  }
  return text;
}

/** @param {string} text */
function shown(text) {
  print(text);
  return EXIT.done;
}

function versionOf() {
  return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
}

/** What the package refuses before it sends anything: it is for the caller to change. @param {any} error */
function isWrongUse(error) {
  const names = ["ValidationError", "ConfigError", "SafetyError"];
  return isFaceSearchError(error) && names.includes(error.name);
}

/**
 * Whether it was said as an option; what follows `--` are names.
 *
 * @param {string[]} args
 * @param {string} flag
 */
function isFlagged(args, flag) {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).includes(flag);
}

/** What of an error may be shown: a cause is somebody else's, and a stack has paths. @param {any} error */
function described(error) {
  if (error instanceof UsageError || isFaceSearchError(error)) return error;
  return { name: error?.name, message: error?.message ?? String(error), code: error?.code };
}

/** @param {any} error */
function sentence(error) {
  if (error instanceof UsageError) return error.message;
  if (!isFaceSearchError(error)) return error?.stack ?? String(error);
  return told(error);
}
