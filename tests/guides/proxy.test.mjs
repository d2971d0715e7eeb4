// @ts-check
// The guide "Keep the secret off the page", step by step, in an empty project: its files are taken from the text as they
// stand, and a page in Chromium deletes through each of them.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { createRequire } from "node:module";
import { createServer as createTcpServer } from "node:net";
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
  assert.deepEqual(Object.keys(files).sort(), ["app/faces/route.js", "many.mjs", "page.js", "server.mjs", "worker.js"]);
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
 */
async function started(t, port, command, args) {
  const options = { cwd: project, env: { ...process.env, ...env, PORT: String(port) }, detached: true };
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
        "set-cookie": `session=${SESSION}; HttpOnly; SameSite=Strict`,
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

  const calls = emulator.log.length;
  const stranger = new FaceSearchClient({ proxyUrl: `${origin}/faces` });
  await assert.rejects(stranger.deleteFaces({ groupId: GROUP, faceTokens: ["b2"] }), { code: "PROXY_UNAUTHORIZED" });
  assert.equal(emulator.log.length, calls);
}

test("Node", async (t) => {
  const port = await freePort();
  await erases(t, await started(t, port, process.execPath, ["server.mjs"]), "absent");
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
  const port = await freePort();
  const bindings = Object.entries(env).map(([name, text]) => `(name = "${name}", text = "${text}")`);
  writeFileSync(
    join(project, "worker.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
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
`,
  );
  const { default: workerd } = createRequire(import.meta.url)("workerd");
  const origin = await started(t, port, workerd, ["serve", "worker.capnp"]);
  await erases(t, origin, "absent-after-uncertain");
});

test("Next", async (t) => {
  cpSync(join(root, "tests/guides/next"), project, { recursive: true });
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund"];
  await run("npm", ["install", ...quiet, "next@16.4.6", "react@19", "react-dom@19"], { cwd: project });
  const next = join(project, "node_modules/next/dist/bin/next");
  const options = { cwd: project, env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" } };
  await run(process.execPath, [next, "build"], options);
  const port = await freePort();
  await erases(t, await started(t, port, process.execPath, [next, "start", "--port", String(port)]), "absent");
});

test("several instances that share what they know", async () => {
  const script = `
    import { faces } from "./many.mjs";
    const post = async (message) => (await faces(new Request("https://a.example/faces", {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ v: 1, ...message }),
    }))).json();
    const { instance, recognisesRepeats } = await post({});
    console.log(instance, recognisesRepeats);`;
  writeFileSync(join(project, "ask.mjs"), script);
  const { stdout } = await run(process.execPath, ["ask.mjs"], { cwd: project, env: { ...process.env, ...env } });
  assert.equal(stdout.trim(), "many true");
});
