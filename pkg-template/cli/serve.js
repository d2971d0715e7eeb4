// @ts-check
// `emulator` and `console`: servers on this machine, until Ctrl-C.

import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createEmulator } from "../emulator/index.js";
import * as emulatorServer from "../emulator/node.js";
import { FaceSearchClient, isFaceSearchError } from "../node.js";
import { CONNECTION, credentialsOf, EXIT, readArguments, UsageError, wholeNumber } from "./command.js";
import * as consoleServer from "./console-server.js";
import { read } from "./erase.js";
import { reason } from "./files.js";
import { guideFaces, practiceFaces, practiceList } from "./practice-faces.js";
import { counted } from "./summary.js";
import { print, printable, say } from "./terminal.js";

/** The libraries that the console and the guides name. */
const PRACTICE = { "practice-staff": practiceFaces(), staff: guideFaces(), "staff-emea": guideFaces() };
const PORTS = { most: 65_535 };

/** @param {string[]} args */
export async function serveEmulator(args) {
  const text = /** @type {const} */ ({ type: "string" });
  const options = /** @type {const} */ ({ port: text, "save-list": text, library: { ...text, multiple: true } });
  const { values } = readArguments(args, options, "emulator");
  const port = wholeNumber(values.port, "port", PORTS) ?? 8787;
  /** @type {Record<string, Iterable<import("../emulator/index.js").EmulatedFace>>} */
  const libraries = { ...PRACTICE };
  for (const library of values.library ?? []) {
    const { name, tokens } = await libraryOf(library);
    libraries[name] = tokens;
  }
  const emulator = createEmulator({ libraries });
  const list = values["save-list"];
  if (list !== undefined) saveList(list);
  const { baseUrl, close } = await listening(port, () => emulatorServer.serveEmulator(emulator, { port }));
  for (const name of Object.keys(libraries))
    say(`${printable(name)}: ${counted(emulator.faces(name).length, "face", "faces")}`);
  say(
    list === undefined
      ? "For a list of tokens to practise with: --save-list FILE"
      : `A list of the invented people is in ${printable(list)}.`,
  );
  say("An emulator, on this machine only; nothing real happens. Ctrl-C ends it. In another terminal:");
  const { apiKey, apiSecret } = emulator;
  const settings = { FINAUTH_API_KEY: apiKey, FINAUTH_API_SECRET: apiSecret, FINAUTH_BASE_URL: baseUrl };
  const pairs = Object.entries(settings).map((pair) => pair.join("="));
  print(`export ${pairs.join(" ")}`);
  await untilInterrupted();
  await close();
  return EXIT.done;
}

/**
 * A library with the tokens that `delete` would find in a file.
 *
 * @param {string} text as in `staff=faces.txt`
 */
async function libraryOf(text) {
  const [, name, path] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || path === undefined) {
    throw new UsageError(
      `--library takes a name and a file with its tokens, as in staff=faces.txt, not '${printable(text)}'.`,
    );
  }
  const client = new FaceSearchClient({ sign: () => "" });
  try {
    const plan = await read(client, path, name, {});
    const { invalid } = plan.counts;
    if (invalid > 0) say(`${printable(path)}: ${counted(invalid, "entry is", "entries are")} no token, and left out`);
    // A run that ends before it begins sends nothing, and names all that it would have sent.
    const { report } = client.deleteMany(plan, { signal: AbortSignal.abort() });
    const tokens = new Set();
    for (const settled of (await report).outcomes()) if (settled.outcome === "not-sent") tokens.add(settled.token);
    return { name, tokens };
  } catch (error) {
    if (!isFaceSearchError(error)) throw error;
    throw new UsageError(printable(`--library ${text}: ${/** @type {Error} */ (error).message}`));
  } finally {
    client.dispose();
  }
}

/** Writes the list to practise with, over nothing but itself. @param {string} path */
function saveList(path) {
  const list = practiceList();
  try {
    writeFileSync(path, list, { flag: "wx" });
  } catch (error) {
    if (/** @type {any} */ (error).code !== "EEXIST") {
      throw new UsageError(`The list, ${printable(path)}, cannot be written: ${reason(error)}.`);
    }
    if (!isText(path, list))
      throw new UsageError(`${printable(path)} is there already, and something else: name another file.`);
  }
}

/**
 * @param {string} path
 * @param {string} text
 */
function isText(path, text) {
  try {
    // To read a pipe would wait for who writes into it.
    return statSync(path).isFile() && readFileSync(path, "utf8") === text;
  } catch {
    return false;
  }
}

/** @param {string[]} args */
export async function serveConsole(args) {
  const options = /** @type {const} */ ({ port: { type: "string" }, credentials: CONNECTION.credentials });
  const { values } = readArguments(args, options, "console");
  const port = wholeNumber(values.port ?? process.env.PORT, values.port ? "port" : "PORT", PORTS) ?? 4173;
  const credentials = consoleCredentials(values.credentials);
  const baseUrl = credentials === undefined ? process.env.FINAUTH_BASE_URL || undefined : credentials.baseUrl;
  const { url, session, close } = await listening(port, () =>
    consoleServer.serveConsole({ port, credentials, baseUrl }),
  );
  say(
    credentials === undefined
      ? `\nThe console is at ${url} (it begins in practice mode: nothing real happens). Ctrl-C ends it.`
      : `\nThe console is at ${url}#session=${session}\nKeep this address to yourself: it can use your credentials. ` +
          "Ctrl-C ends it.",
  );
  await untilInterrupted();
  await close();
  return EXIT.done;
}

/** @param {string | undefined} path */
function consoleCredentials(path) {
  const { FINAUTH_API_KEY, FINAUTH_API_SECRET, FINAUTH_GROUPS } = process.env;
  if (path === undefined && (!FINAUTH_API_KEY || !FINAUTH_API_SECRET)) return undefined;
  return { ...credentialsOf(path), groups: FINAUTH_GROUPS?.split(",") ?? /** @type {const} */ ("*") };
}

/**
 * @template T
 * @param {number} port
 * @param {() => Promise<T>} serve
 */
async function listening(port, serve) {
  try {
    return await serve();
  } catch (error) {
    const why = /** @type {any} */ (error).code;
    if (why === "EADDRINUSE")
      throw new UsageError(`Port ${port} is taken: choose another one, as in --port ${port + 1}.`);
    if (why === "EACCES") throw new UsageError(`Port ${port} is not for everyone: choose one above 1023.`);
    throw error;
  }
}

async function untilInterrupted() {
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
}
