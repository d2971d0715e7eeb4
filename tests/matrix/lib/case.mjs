// @ts-check
// One way to run the package in one environment: what a fixture's few lines are made of.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createEmulator, createProxyHandler, serveEmulator, toNodeListener } from "../../support/package.mjs";
import { AUTHORITY, unreachable } from "../../support/unreachable.mjs";
import { assertTrue, assertTrueInSpiteOfBreaks, BREAKS, LIBRARIES } from "./claims.mjs";
import { openPage } from "./engines.mjs";

const common = fileURLToPath(new URL("../common", import.meta.url));

/** What a tool says that has something to complain about. */
const COMPLAINT = /warn|deprecat/i;
const NEVER = /(?!)/;

const TYPES = /** @type {Record<string, string>} */ ({
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
});

export class Case {
  /** What to undo at the end, the last first. @type {(() => unknown)[]} */
  #undo = [];
  #checked = false;
  #breaks = false;

  /**
   * @param {import("./place.mjs").Place} place
   * @param {URL} fixture its folder
   */
  constructor(place, fixture) {
    this.place = place;
    /** The project: a copy of the fixture, and of what all have in common. */
    this.folder = mkdtempSync(join(place.folder, "project-"));
    cpSync(common, this.folder, { recursive: true });
    cpSync(fixture, this.folder, { recursive: true, filter: (source) => !source.endsWith("fixture.mjs") });
    this.emulator = createEmulator({ libraries: LIBRARIES });
  }

  /** The full path of something in the project. @param {string} name */
  path(name) {
    return join(this.folder, name);
  }

  /**
   * Runs a program in the project to its end, and gives what it prints. It fails if it fails, or complains.
   *
   * @param {string} command
   * @param {string[]} args
   * @param {{ env?: Record<string, string>, known?: RegExp }} [options] lines that are known, and no fault of the package
   */
  async run(command, args, { env = {}, known = NEVER } = {}) {
    const child = this.#spawn(command, args, env);
    let stdout = "";
    let all = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      all += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      all += text;
    });
    const status = await new Promise((resolve) => {
      child.on("error", (error) => resolve(error.message));
      child.on("close", (code, signal) => resolve(code ?? signal));
    });
    assert.equal(status, 0, `${[command, ...args].join(" ")} ended with ${status}:\n${all}`);
    assertNoComplaint(all, known);
    return stdout;
  }

  /**
   * A program that deletes and prints what it claims, as JSON in its last line. It finds the emulator in its environment.
   *
   * @param {string} command
   * @param {string[]} args
   * @param {{ env?: Record<string, string>, known?: RegExp, notThere?: Parameters<typeof assertTrue>[2] }} [options]
   */
  async prints(command, args, { notThere, ...options } = {}) {
    const env = { ...(await this.environment()), ...options.env };
    const stdout = await this.run(command, args, { ...options, env });
    this.check(stdout.trim().split("\n").at(-1), notThere);
  }

  /**
   * A program that prints, as JSON in its last line, what is claimed of servers that cannot be reached, or break off.
   *
   * @param {string} command
   * @param {string[]} args
   * @param {{ env?: Record<string, string>, knows?: boolean, connectTimeout?: boolean }} [options]
   */
  async reaches(command, args, { env = {}, knows, connectTimeout = false } = {}) {
    await this.claims({ knows, connectTimeout }, async (places) => {
      const all = { PLACES: JSON.stringify(places), NODE_EXTRA_CA_CERTS: AUTHORITY, ...env };
      return `${(await this.run(command, args, { env: all })).trim().split("\n").at(-1)}`;
    });
  }

  /**
   * @param {{ knows?: boolean | undefined, connectTimeout?: boolean }} options
   * @param {(places: object) => Promise<string>} reach gives what is claimed of the places, as JSON
   */
  async claims({ knows, connectTimeout = false }, reach) {
    const servers = await unreachable({ connectTimeout });
    this.#undo.push(() => servers.end());
    servers.assertClaims(JSON.parse(await reach(servers.places)), { knows });
    this.#checked = true;
  }

  /** Where the emulator is, and what it accepts, as the package reads it from the environment. */
  async environment() {
    const server = await serveEmulator(this.emulator);
    this.#undo.push(() => server.close());
    const { apiKey, apiSecret } = this.emulator;
    return { FINAUTH_API_KEY: apiKey, FINAUTH_API_SECRET: apiSecret, FINAUTH_BASE_URL: server.baseUrl };
  }

  /**
   * Starts a server in the project and waits until it answers; gives its address.
   *
   * @param {string} command
   * @param {(port: string) => string[]} args
   * @param {{ env?: Record<string, string>, known?: RegExp }} [options]
   */
  async starts(command, args, { env = {}, known = NEVER } = {}) {
    const port = await freePort();
    const child = this.#spawn(command, args(String(port)), { ...env, PORT: String(port) });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
    this.#undo.push(() => assertNoComplaint(said, known));
    const origin = `http://127.0.0.1:${port}`;
    for (let waited = 0; ; waited += 100) {
      const answers = await fetch(origin, { signal: AbortSignal.timeout(20_000) }).then(
        () => true,
        () => false,
      );
      if (answers) return origin;
      assert.ok(waited < 30_000 && child.exitCode === null, `it does not start:\n${said}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** From here on connections to the server break, after it has deleted. */
  breaks() {
    this.emulator.inject(BREAKS);
    this.#breaks = true;
    return this;
  }

  /** Has the page use the sub-paths for pages as well. */
  usesEach() {
    renameSync(this.path("on-each.mjs"), this.path("on-page.mjs"));
  }

  /**
   * Runs a bundler in the project; what it makes is one wasm file, or none.
   *
   * @param {string} tool the file to run with Node, in the tools
   * @param {string[]} args
   * @param {{ to?: string, assets?: number, env?: Record<string, string> }} [options] the folder that it makes
   */
  async bundles(tool, args, { to = "dist", assets = 1, env = {} } = {}) {
    await this.run(this.place.node(24), [this.place.tool(tool), ...args], { env: { NODE_ENV: "production", ...env } });
    const made = readdirSync(this.path(to), { recursive: true }).filter((name) => extname(`${name}`) === ".wasm");
    assert.equal(made.length, assets, `wasm files: ${made.join(", ") || "none"}`);
  }

  /**
   * Serves a folder of the project, as any web server would, with a proxy for the page at `/faces`.
   *
   * @param {string} folder
   * @param {Record<string, string>} [others] folders elsewhere, by the paths under which they are served
   */
  async site(folder, others = {}) {
    const { emulator } = this;
    const { apiKey, apiSecret } = emulator;
    const upstream = await serveEmulator(emulator);
    this.#undo.push(() => upstream.close());
    /** @type {string[]} */
    const origins = [];
    const faces = () =>
      createProxyHandler({
        ...{ apiKey, apiSecret, baseUrl: upstream.baseUrl },
        authorize: () => true,
        allow: { groups: Object.keys(LIBRARIES), origins },
      });
    let proxy = toNodeListener(faces());
    const server = createServer((request, response) => {
      const path = decodeURIComponent(new URL(`${request.url}`, "http://localhost").pathname);
      if (path === "/faces") return proxy(request, response);
      const prefix = Object.keys(others).find((prefix) => path.startsWith(prefix));
      const file =
        prefix === undefined ? join(this.path(folder), path) : join(`${others[prefix]}`, path.slice(prefix.length));
      try {
        const content = readFileSync(path.endsWith("/") ? join(file, "index.html") : file);
        response.writeHead(200, { "content-type": TYPES[extname(path)] ?? TYPES[".html"] }).end(content);
      } catch {
        response.writeHead(404, { "content-type": "text/plain" }).end();
      }
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
    this.#undo.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    const origin = `http://127.0.0.1:${port}`;
    return {
      origin,
      /** Lets pages of another origin call the proxy; gives its address for them. @param {string} other */
      proxyFor(other) {
        origins.push(other);
        proxy = toNodeListener(faces());
        return `${origin}/faces`;
      },
    };
  }

  /**
   * Opens a page that deletes, and sets `claims`; checks that, and that nothing in it went wrong.
   *
   * @param {string} url
   * @param {"chromium" | "firefox" | "webkit"} [engine]
   */
  async opens(url, engine = "chromium") {
    const page = await openPage(engine, url);
    this.#undo.push(() => page.close());
    this.check(await page.claims());
  }

  /**
   * Checks what was claimed against what happened.
   *
   * @param {string | undefined} claims JSON
   * @param {Parameters<typeof assertTrue>[2]} [notThere]
   */
  check(claims, notThere) {
    const assertClaims = this.#breaks ? assertTrueInSpiteOfBreaks : assertTrue;
    assertClaims(this.emulator, claims, notThere);
    this.#checked = true;
  }

  /**
   * The same for a fixture with a library of its own.
   *
   * @param {string} groupId
   * @param {{ token: string, index: number, outcome: string }[]} outcomes
   * @param {string[]} left what is still there
   */
  checkOutcomes(groupId, outcomes, left) {
    assert.deepEqual(this.emulator.audit({ groupId, outcomes }), []);
    assert.deepEqual(this.emulator.faces(groupId), left);
    this.#checked = true;
  }

  assertChecked() {
    assert.ok(this.#checked, "the fixture claims nothing");
  }

  /** @param {number} ms @returns {Promise<never>} */
  tooLate(ms) {
    return new Promise((_, reject) => {
      const timer = setTimeout(() => reject(new Error(`not done after ${ms / 1000} s`)), ms);
      this.#undo.push(() => clearTimeout(timer));
    });
  }

  /** Ends what was begun; fails if one of the servers complained. */
  async close() {
    /** @type {unknown[]} */
    const problems = [];
    for (const undo of this.#undo.splice(0).reverse()) {
      try {
        await undo();
      } catch (error) {
        problems.push(error);
      }
    }
    if (problems.length > 0) throw problems[0];
  }

  /** @param {string} command @param {string[]} args @param {Record<string, string>} env */
  #spawn(command, args, env) {
    // Of the environment of whoever runs the matrix only what programs need: nothing that makes one environment special.
    const { PATH, HOME, TMPDIR, LANG } = process.env;
    const child = spawn(command, args, {
      cwd: this.folder,
      env: { PATH, HOME, TMPDIR, LANG, NO_COLOR: "1", NEXT_TELEMETRY_DISABLED: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const end = () => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      // Its own children with it.
      process.kill(-child.pid, "SIGKILL");
    };
    // Also if the matrix itself is ended.
    process.once("exit", end);
    this.#undo.push(async () => {
      process.off("exit", end);
      const isOver = child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
      const gone = isOver ? undefined : new Promise((resolve) => child.once("close", resolve));
      end();
      await gone;
    });
    return child;
  }
}

/** @param {string} said @param {RegExp} known */
function assertNoComplaint(said, known) {
  const complaints = said.split("\n").filter((line) => COMPLAINT.test(line) && !known.test(line));
  assert.equal(complaints.length, 0, `it complains:\n${said}`);
}

/** A port that was free a moment ago. */
async function freePort() {
  const server = createTcpServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}
