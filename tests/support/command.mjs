// @ts-check
// The command line as its users run it: in a folder of its own, through pipes or on a terminal, against an emulator.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createEmulator, serveEmulator } from "./package.mjs";
import { GROUP } from "./served.mjs";

const MAIN = fileURLToPath(new URL("../../pkg/cli/main.js", import.meta.url));

/**
 * A folder with files in it, an emulator, and what runs commands there.
 *
 * @param {import("node:test").TestContext} t
 * @param {{ faces?: Iterable<string>, files?: Record<string, string>, env?: Record<string, string> }} [settings]
 */
export async function workplace(t, { faces = ["a1", "b2", "c3"], files = {}, env = {} } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "finauth-facesearch-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const emulator = createEmulator({ libraries: { [GROUP]: faces } });
  const server = await serveEmulator(emulator);
  t.after(server.close);
  const credentials = {
    FINAUTH_API_KEY: emulator.apiKey,
    FINAUTH_API_SECRET: emulator.apiSecret,
    FINAUTH_BASE_URL: server.baseUrl,
  };
  // The tests may have been started by npm, but the command was not.
  const { npm_command: _, ...own } = process.env;
  const options = { cwd: folder, env: { ...own, ...credentials, ...env } };
  return {
    folder,
    emulator,
    server,
    path: (/** @type {string} */ name) => join(folder, name),
    /** @param {string[]} args @param {{ env?: Record<string, string> }} [more] */
    start: (args, more = {}) =>
      running(spawn(process.execPath, [MAIN, ...args], { ...options, env: { ...options.env, ...more.env } })),
    /**
     * On a terminal: what is written to it is typed. The command takes its shell's place: Ctrl-C reaches all that a
     * terminal has in front, and a shell that waits there may die of it, with a code of its own.
     *
     * @param {string[]} args
     */
    terminal: (args) => {
      const words = [process.execPath, MAIN, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
      return running(spawn("script", ["-qefc", `exec ${words.join(" ")}`, "/dev/null"], options));
    },
  };
}

/** @param {import("node:child_process").ChildProcessWithoutNullStreams} child */
function running(child) {
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    said.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said.stderr += text;
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, ...said }));
  return {
    child,
    said,
    ended,
    /** Ends the input, after this. @param {string} [text] */
    input(text = "") {
      child.stdin.end(text);
      return this;
    },
    /** Waits until it has said this, on either way. @param {RegExp} expected */
    async says(expected) {
      const has = () => expected.test(said.stdout) || expected.test(said.stderr);
      const over = ended.then(() => "over");
      while (!has()) {
        const next = await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 10, "later"))]);
        if (next === "over" && !has()) {
          throw new Error(`it ended without ${expected}: ${said.stdout}${said.stderr}`);
        }
      }
    },
  };
}
