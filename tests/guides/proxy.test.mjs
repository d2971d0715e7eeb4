// @ts-check
// The guide "Keep the secret off the page", step by step, in an empty project: its files are taken from the text as they
// stand, and a page in Chromium deletes through each of them.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { createRequire } from "node:module";
import { createServer as createTcpServer } from "node:net";
import { networkInterfaces } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { launch, open } from "../support/browser.mjs";
import { createEmulator, FaceSearchClient, serveEmulator } from "../support/package.mjs";
import { packedProject, run } from "../support/project.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const GROUP = "staff";
const SESSION = "of-an-administrator";

/** The files of the guide, by their names. */
const files = Object.fromEntries(
  [...readFileSync(join(root, "docs/proxy.md"), "utf8").matchAll(/```js\n\/\/ (\S+)\n([\s\S]*?)```/g)].map(
    ([, name, text]) => [`${name}`, `${text}`],
  ),
);

const emulator = createEmulator({ libraries: { [GROUP]: [] } });

/** @type {string} */
let project;
/** @type {Record<string, string>} */
let env;
/** @type {import("puppeteer-core").Browser} */
let browser;
/** @type {import("../../pkg-template/emulator/node.js").EmulatorServer} */
let server;

before(async () => {
  ({ folder: project } = await packedProject({ type: "module" }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), text);
  }
  server = await serveEmulator(emulator);
  const { apiKey, apiSecret } = emulator;
  env = {
    FINAUTH_API_KEY: apiKey,
    FINAUTH_API_SECRET: apiSecret,
    FINAUTH_BASE_URL: server.baseUrl,
    ADMIN_SESSION: SESSION,
  };
  browser = await launch();
});
after(async () => {
  await browser.close();
  await server.close();
});

test("the guide has all its files", () => {
  const expected = ["app/faces/route.js", "many.mjs", "page.js", "server.mjs", "session.js", "worker.js"];
  assert.deepEqual(Object.keys(files).sort(), expected);
});

/** A port that was free a moment ago. */
async function freePort() {
  const server = createTcpServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Starts a server, and waits until it answers.
 *
 * @param {import("node:test").TestContext} t
 * @param {number} port
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [settings]
 */
async function started(t, port, command, args, settings = env) {
  const options = { cwd: project, env: { ...process.env, ...settings, PORT: String(port) }, detached: true };
  const server = spawn(command, args, options);
  let said = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (text) => (said += text));
  t.after(() => process.kill(-(/** @type {number} */ (server.pid)), "SIGKILL"));
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answered = await fetch(`http://127.0.0.1:${port}/faces`).then(
      () => true,
      () => false,
    );
    if (answered) return `http://127.0.0.1:${port}`;
    assert.ok(Date.now() < deadline && server.exitCode === null, `it does not start:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * A page of the guide, in front of a proxy as any web server would be, deletes through it; strangers do not.
 *
 * @param {import("node:test").TestContext} t
 * @param {string} origin of the proxy
 * @param {string} missing what a token that is not there comes out as
 */
async function erases(t, origin, missing) {
  emulator.removeFaces(GROUP, emulator.faces(GROUP));
  emulator.addFaces(GROUP, ["a1", "b2"]);
  const bundled = await build({
    stdin: {
      contents: 'import { erase } from "./page.js"; globalThis.erase = erase;',
      resolveDir: project,
    },
    bundle: true,
    format: "esm",
    write: false,
    define: { "import.meta.url": "location.href" },
  });
  const script = `${bundled.outputFiles[0]?.text}`;
  const wasm = readFileSync(join(project, "node_modules/finauth-facesearch/wasm/finauth_facesearch_bg.wasm"));
  const site = createServer((request, response) => {
    const { url = "/", method, headers } = request;
    if (url === "/faces") {
      const forwarded = httpRequest(`${origin}/faces`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      });
      forwarded.on("error", () => response.destroy());
      request.pipe(forwarded);
    } else if (url.endsWith(".wasm")) {
      response.writeHead(200, { "content-type": "application/wasm" }).end(wasm);
    } else if (url === "/page.js") {
      response.writeHead(200, { "content-type": "text/javascript" }).end(script);
    } else {
      const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src data:";
      response.writeHead(200, {
        "content-type": "text/html",
        "content-security-policy": policy,
        // A site has other cookies, too, on either side of this one.
        "set-cookie": ["theme=dark", `session=${SESSION}; HttpOnly; SameSite=Strict`, "old-session=other"],
      });
      response.end('<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>');
    }
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", () => resolve(undefined)));
  t.after(() => {
    site.closeAllConnections();
    site.close();
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (site.address());
  const { page, assertNoProblems } = await open(browser, `http://127.0.0.1:${port}/`);
  t.after(() => page.close());
  const said = await page.evaluate(() => /** @type {any} */ (globalThis).erase(["a1", "zz"]));
  assert.deepEqual(said, ["a1: deleted", `zz: ${missing}`]);
  assert.deepEqual(emulator.faces(GROUP), ["b2"]);
  await assertNoProblems();

  await refuses(origin, "PROXY_UNAUTHORIZED", [
    undefined,
    "theme=dark",
    "session=",
    "session=undefined",
    `session=${SESSION}x`,
    `old-session=${SESSION}`,
    `theme="session=${SESSION}"`,
  ]);
}

/**
 * Whoever has these cookies is not let in.
 *
 * @param {string} origin of the proxy
 * @param {string} code that they hear
 * @param {(string | undefined)[]} cookies
 */
async function refuses(origin, code, cookies) {
  const calls = emulator.log.length;
  for (const cookie of cookies) {
    const stranger = new FaceSearchClient({
      proxyUrl: `${origin}/faces`,
      maxRetries: 0,
      fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...(cookie && { cookie }) } }),
    });
    const asked = stranger.deleteFaces({ groupId: GROUP, faceTokens: ["b2"] });
    await assert.rejects(asked, { code }, cookie ?? "none");
  }
  assert.equal(emulator.log.length, calls);
}

/** The settings of whoever forgot to say who is an administrator. */
function forgotten() {
  const { ADMIN_SESSION: _, ...others } = env;
  return others;
}
const OF_NOBODY = [undefined, "session=", "session=undefined", `session=${SESSION}`];

test("Node", async (t) => {
  const port = await freePort();
  await erases(t, await started(t, port, process.execPath, ["server.mjs"]), "absent");
  const elsewhere = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).filter(({ internal }) => !internal),
  );
  for (const { address, family } of elsewhere) {
    if (family === "IPv4") await assert.rejects(fetch(`http://${address}:${port}/faces`), address);
  }
});

test("Node does not start without a session", async () => {
  const { ADMIN_SESSION: _, ...inherited } = process.env;
  const starting = run(process.execPath, ["server.mjs"], {
    cwd: project,
    env: { ...inherited, ...forgotten(), PORT: "0" },
  });
  await assert.rejects(starting, /ADMIN_SESSION is not set/);
});

test("a Worker", async (t) => {
  const { outputFiles } = await build({
    entryPoints: [join(project, "worker.js")],
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker"],
    external: ["*.wasm"],
    write: false,
  });
  // As wrangler does: the wasm is a module of its own.
  const script = `${outputFiles[0]?.text}`.replace(/"[^"]*\/(finauth_facesearch_bg\.wasm)"/, '"./$1"');
  writeFileSync(join(project, "worker.bundled.js"), script);
  const wasm = "finauth_facesearch_bg.wasm";
  cpSync(join(project, "node_modules/finauth-facesearch/wasm", wasm), join(project, wasm));
  const { default: workerd } = createRequire(import.meta.url)("workerd");
  const serve = async (/** @type {NodeJS.ProcessEnv} */ settings) => {
    const port = await freePort();
    writeFileSync(join(project, `worker-${port}.capnp`), workerConfig(port, settings, wasm));
    return started(t, port, workerd, ["serve", `worker-${port}.capnp`]);
  };
  await erases(t, await serve(env), "absent-after-uncertain");
  await refuses(await serve(forgotten()), "PROXY_NOT_FOUND", OF_NOBODY);
});

/** @param {number} port @param {NodeJS.ProcessEnv} settings @param {string} wasm */
function workerConfig(port, settings, wasm) {
  const bindings = Object.entries(settings).map(([name, text]) => `(name = "${name}", text = "${text}")`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.bundled.js"),
    (name = "${wasm}", wasm = embed "${wasm}"),
  ],
  compatibilityDate = "2026-01-01",
  bindings = [${bindings.join(", ")}],
);
`;
}

test("Next", async (t) => {
  cpSync(join(root, "tests/guides/next"), project, { recursive: true });
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund"];
  await run("npm", ["install", ...quiet, "next@16.4.6", "react@19", "react-dom@19"], { cwd: project });
  const next = join(project, "node_modules/next/dist/bin/next");
  const options = { cwd: project, env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" } };
  await run(process.execPath, [next, "build"], options);
  const serve = async (/** @type {NodeJS.ProcessEnv} */ settings) => {
    const port = await freePort();
    return started(t, port, process.execPath, [next, "start", "--port", String(port)], settings);
  };
  await erases(t, await serve(env), "absent");
  await refuses(await serve({ ...forgotten(), ADMIN_SESSION: "" }), "PROXY_NOT_FOUND", OF_NOBODY);
});

test("several instances that share what they know", async () => {
  const script = `
    import { faces } from "./many.mjs";
    const post = async (message) => (await faces(new Request("https://a.example/faces", {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ v: 1, ...message }),
    }))).json();
    const { instance, recognisesRepeats } = await post({});
    const { refused } = await post({ instance, attemptId: "0".repeat(32), api: "getFaceCount", groupId: "staff" });
    console.log(instance, recognisesRepeats, refused);`;
  writeFileSync(join(project, "ask.mjs"), script);
  const { stdout } = await run(process.execPath, ["ask.mjs"], { cwd: project, env: { ...process.env, ...env } });
  assert.equal(stdout.trim(), "many-claimed true PROXY_UNAUTHORIZED");
});
