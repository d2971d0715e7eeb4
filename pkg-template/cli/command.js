// @ts-check
// What commands have in common: arguments, credentials, input, exit codes.

import { createReadStream, readFileSync, statSync } from "node:fs";
import { parseArgs, parseEnv } from "node:util";
import { FaceSearchClient } from "../node.js";
import { hasLooseEnds, LOOSE_ENDS, USUAL_BASE_URL } from "../options.js";
import { printable, quoted, say } from "./terminal.js";

/** What a command ends with. */
export const EXIT = Object.freeze({
  /** All is deleted or absent. */
  done: 0,
  /** Some is not. */
  undone: 1,
  /** Nothing was sent: the command was wrong, or not confirmed. */
  usage: 2,
  /** It was stopped before its end. */
  stopped: 3,
});

/** The command was used wrongly. Its message says what to do instead. */
export class UsageError extends Error {
  /**
   * @param {string} message
   * @param {string} [code]
   */
  constructor(message, code = "WRONG_USE") {
    super(message);
    this.name = "UsageError";
    this.code = code;
  }

  /** As the package's own errors say it, for `--json`. */
  toJSON() {
    return { name: this.name, message: this.message, code: this.code, delivery: "not-sent" };
  }
}

/** What is printed to be pasted begins with it. npm's scripts and npx find the command where a shell does not. */
export const PROGRAM = process.env.npm_command === undefined ? "finauth-facesearch" : "npx finauth-facesearch";

/** Where the server is, and who asks it. */
export const CONNECTION = /** @type {const} */ ({
  credentials: { type: "string" },
  proxy: { type: "string" },
  "base-url": { type: "string" },
});

/**
 * @template {NonNullable<import("node:util").ParseArgsConfig["options"]>} T
 * @param {string[]} args
 * @param {T} options
 * @param {string} command
 */
export function readArguments(args, options, command) {
  // Whoever can list this machine's processes reads their arguments.
  const secret = args.find((arg) => /^--?(api-?)?(secret|key-secret|password)(=|$)/i.test(arg));
  if (secret !== undefined) {
    throw new UsageError(
      "A secret does not belong on a command line, where others can read it, and where it stays in the history.\n" +
        "Put it into the environment (FINAUTH_API_KEY, FINAUTH_API_SECRET), or into a file: --credentials FILE. " +
        "Change it, if it was the real one.",
    );
  }
  const parsed = parsedBy(args, options, command);
  // Such as `--journal "$FILE"` where the shell has no such variable.
  const empty = FILES.find((name) => /** @type {Record<string, unknown>} */ (parsed.values)[name] === "");
  if (empty !== undefined) throw new UsageError(`--${empty} names no file: it is empty.`);
  const [extra] = parsed.positionals;
  if (extra !== undefined && !NAMING.includes(command)) {
    throw new UsageError(`What is ${quoted(extra)}? See ${PROGRAM} ${command} --help`);
  }
  return parsed;
}

/** The options that name files. */
const FILES = ["journal", "receipt", "csv", "jsonl", "leaves", "proof", "credentials"];

/** The commands that take the name of a file. */
const NAMING = ["plan", "delete", "resume", "verify"];

/**
 * @template {NonNullable<import("node:util").ParseArgsConfig["options"]>} T
 * @param {string[]} args
 * @param {T} options
 * @param {string} command
 */
function parsedBy(args, options, command) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    // Node says this in three lines.
    const [, option] = /'(--[\w-]+)=-XYZ'/.exec(message) ?? [];
    const what =
      option === undefined
        ? message.split(". ")[0]
        : `Option '${option}' takes a value; one that begins with a dash follows a '=', as in ${option}=-x`;
    throw new UsageError(`${printable(String(what))}; see ${PROGRAM} ${command} --help`);
  }
}

/**
 * @param {string | undefined} value
 * @param {string} name
 * @param {{ least?: number, most?: number }} [range]
 */
export function wholeNumber(value, name, { least = 0, most = Number.MAX_SAFE_INTEGER } = {}) {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < least || number > most) {
    throw new UsageError(`--${name} must be a whole number from ${least} to ${most}, not '${printable(value)}'`);
  }
  return number;
}

/**
 * @param {string | undefined} value
 * @param {string} name
 * @param {string} what
 * @returns {string}
 */
export function required(value, name, what) {
  if (value === undefined || value === "") throw new UsageError(`${name} is missing: ${what}`);
  return value;
}

/**
 * A client with the credentials of a file or of the environment.
 *
 * @param {{ credentials?: string | undefined, proxy?: string | undefined, "base-url"?: string | undefined }} values
 * @param {object} [more]
 */
export function clientOf({ credentials, proxy, "base-url": baseUrl }, more = {}) {
  if (proxy !== undefined && baseUrl !== undefined) {
    throw new UsageError("--base-url is the proxy's to know: leave it out, or leave out --proxy");
  }
  if (proxy !== undefined) return new FaceSearchClient({ ...more, proxyUrl: proxy });
  const { apiKey, apiSecret, ...given } = credentialsOf(credentials);
  return new FaceSearchClient({ ...more, apiKey, apiSecret, baseUrl: baseUrl ?? given.baseUrl });
}

/**
 * Credentials, and the server that they are for: out of a file all of them, since its key is not for the environment's server.
 *
 * @param {string | undefined} path of a file, in place of the environment
 */
export function credentialsOf(path) {
  const settings = path === undefined ? process.env : parseEnv(readCredentials(path));
  const { FINAUTH_API_KEY: apiKey, FINAUTH_API_SECRET: apiSecret, FINAUTH_BASE_URL: baseUrl } = settings;
  if (!apiKey || !apiSecret) {
    throw new UsageError(
      path === undefined
        ? "There are no credentials. Put FINAUTH_API_KEY and FINAUTH_API_SECRET into the environment, or name a file that " +
            "has them (--credentials FILE), or a proxy (--proxy URL)."
        : `${printable(path)} has no FINAUTH_API_KEY and FINAUTH_API_SECRET; write each on a line of its own, as in FINAUTH_API_KEY=…`,
    );
  }
  for (const [name, value] of Object.entries({ FINAUTH_API_KEY: apiKey, FINAUTH_API_SECRET: apiSecret })) {
    if (hasLooseEnds(value))
      throw new UsageError(`${name} ${LOOSE_ENDS}${path === undefined ? "" : `: see ${printable(path)}`}.`);
  }
  return { apiKey, apiSecret, baseUrl: baseUrl || (path === undefined ? undefined : USUAL_BASE_URL) };
}

/** @param {string} path */
function readCredentials(path) {
  const text = orUsage(() => readFileSync(path, "utf8"), path);
  if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) {
    say(`Others on this machine can read ${printable(path)}, and the secret in it: chmod 600 ${quoted(path)}`);
  }
  return text;
}

/** Whether it is what comes in by the pipe. @param {string} path */
export function isStdin(path) {
  return path === "-";
}

/** @param {string} path of a file, or `-` */
export function readInput(path) {
  if (isStdin(path)) {
    if (process.stdin.isTTY) throw new UsageError("There is nothing to read: '-' stands for what is piped in.");
    return process.stdin;
  }
  const facts = orUsage(() => statSync(path), path);
  if (facts.isDirectory()) throw new UsageError(`${printable(path)} is a folder; name a file.`);
  return createReadStream(path, { highWaterMark: 1 << 20 });
}

/**
 * @template T
 * @param {() => T} read
 * @param {string} path
 */
export function orUsage(read, path) {
  try {
    return read();
  } catch (error) {
    const { code, message } = /** @type {any} */ (error);
    /** @type {Record<string, string>} */
    const words = {
      ENOENT: "is not there",
      EACCES: "may not be read or written",
      EISDIR: "is a folder; name a file",
      ELOOP: "is a loop of symbolic links; name a file",
    };
    const why = Object.hasOwn(words, String(code)) ? words[code] : undefined;
    throw new UsageError(printable(why === undefined ? message : `${path} ${why}.`));
  }
}
