// @ts-check
// `emulator` and `console`: servers on this machine, until Ctrl-C.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createEmulator } from "../emulator/index.js";
import * as emulatorServer from "../emulator/node.js";
import { CONNECTION, credentialsOf, EXIT, orUsage, readArguments, say, UsageError, wholeNumber } from "./command.js";
import * as consoleServer from "./console-server.js";
import { practiceFaces } from "./practice-faces.js";

const PRACTICE = "practice-staff";
const PORTS = { most: 65_535 };

/** @param {string[]} args */
export async function serveEmulator(args) {
  const options = /** @type {const} */ ({ port: { type: "string" }, library: { type: "string", multiple: true } });
  const { values } = readArguments(args, options, "emulator");
  const port = wholeNumber(values.port, "port", PORTS) ?? 8787;
  const libraries = Object.fromEntries((values.library ?? []).map(libraryOf));
  const emulator = createEmulator({ libraries: { [PRACTICE]: practiceFaces(), ...libraries } });
  const { baseUrl, close } = await listening(port, () => emulatorServer.serveEmulator(emulator, { port }));
  for (const name of [PRACTICE, ...Object.keys(libraries)]) say(`${name}: ${emulator.faces(name).length} faces`);
  say("An emulator, on this machine only; nothing real happens. Ctrl-C ends it. In another terminal:");
  const { apiKey, apiSecret } = emulator;
  const settings = { FINAUTH_API_KEY: apiKey, FINAUTH_API_SECRET: apiSecret, FINAUTH_BASE_URL: baseUrl };
  process.stdout.write(
    `export ${Object.entries(settings)
      .map((pair) => pair.join("="))
      .join(" ")}\n`,
  );
  await untilInterrupted();
  await close();
  return EXIT.done;
}

/** @param {string} text as in `staff=faces.txt` */
function libraryOf(text) {
  const [, name, path] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || path === undefined) {
    throw new UsageError(`--library takes a name and a file with its tokens, as in staff=faces.txt, not '${text}'.`);
  }
  return [
    name,
    orUsage(() => readFileSync(path, "utf8"), path)
      .split(/[\s,]+/)
      .filter((token) => token !== ""),
  ];
}

/** @param {string[]} args */
export async function serveConsole(args) {
  const options = /** @type {const} */ ({ port: { type: "string" }, credentials: CONNECTION.credentials });
  const { values } = readArguments(args, options, "console");
  const port = wholeNumber(values.port ?? process.env.PORT, values.port ? "port" : "PORT", PORTS) ?? 4173;
  const credentials = consoleCredentials(values.credentials);
  const baseUrl = credentials?.baseUrl ?? process.env.FINAUTH_BASE_URL;
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
