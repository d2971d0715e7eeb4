// @ts-check
// How the module is loaded: once, at the first call, anew after a failure, and the same for `import` and `require`.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { test } from "node:test";
import { promisify } from "node:util";
import * as imported from "../support/package.mjs";

/**
 * Runs a module in a fresh process and gives what it prints as JSON.
 *
 * @param {string} source
 */
async function fresh(source) {
  const prelude = `const at = (file) => new URL(file, ${JSON.stringify(new URL("../../pkg/", import.meta.url).href)}).href;`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", prelude + source]);
  return JSON.parse(stdout);
}

test("require gives the very same classes as import", () => {
  const required = createRequire(import.meta.url)("../../pkg/node.cjs");
  assert.equal(required.FaceSearchError, imported.FaceSearchError);
  assert.equal(required.FaceSearchClient, imported.FaceSearchClient);
});

test("importing and making a client compile nothing; first calls at the same time compile once", async () => {
  const counts = await fresh(`
    let compiled = 0;
    const compile = WebAssembly.compile;
    WebAssembly.compile = async (bytes) => {
      const module = await compile(bytes);
      // Node compiles a module of its own for fetch.
      if (WebAssembly.Module.exports(module).some(({ name }) => name === "createSign")) compiled += 1;
      return module;
    };
    const { createSign, FaceSearchClient } = await import(at("node.js"));
    const client = new FaceSearchClient({ apiKey: "k", apiSecret: "s", fetch: async () => new Response() });
    const before = compiled;
    const calls = Array.from({ length: 20 }, () => createSign({ apiKey: "k", apiSecret: "s" }));
    await Promise.allSettled([...calls, client.getFaceCount({ groupId: "g" }), client.getFaceCount({ groupId: "g" })]);
    console.log(JSON.stringify({ before, after: compiled }));
  `);
  assert.deepEqual(counts, { before: 0, after: 1 });
});

test("an engine without WebAssembly is told so", async () => {
  const told = await fresh(`
    delete globalThis.WebAssembly;
    const { createSign } = await import(at("inline.js"));
    console.log(JSON.stringify(await createSign({ apiKey: "k", apiSecret: "s" }).catch(({ code }) => code)));
  `);
  assert.equal(told, "WASM_UNUSABLE");
});

test("a module of one's own is used, and what is none is refused, until it is one", async () => {
  const told = await fresh(`
    import { readFile } from "node:fs/promises";
    const { createSign, provideModule } = await import(at("slim.js"));
    const attempt = () => createSign({ apiKey: "k", apiSecret: "s" }).then(() => "ok", ({ code, message }) => code + ": " + message);
    const told = [await attempt()];
    const other = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    const own = await WebAssembly.compile(await readFile(new URL(at("wasm/finauth_facesearch_bg.wasm"))));
    const given = [() => "text", async () => { throw new TypeError("gone"); }, () => other, () => own];
    provideModule(() => given.shift()());
    for (let left = 4; left > 0; left -= 1) told.push(await attempt().catch(String));
    provideModule(other);
    told.push(await attempt());
    console.log(JSON.stringify(told));
  `);
  assert.match(told[0], /^WASM_NOT_PROVIDED: .*provideModule/);
  assert.match(told[1], /^WASM_UNUSABLE: .*not the WebAssembly.Module/);
  assert.match(told[2], /^WASM_UNUSABLE/);
  assert.match(told[3], /^WASM_UNUSABLE: .*not the WebAssembly.Module/);
  assert.deepEqual(told.slice(4), ["ok", "ok"]);
});

/** A page's way to load, in Node: `fetch` answers as told. */
const BROWSER = `
  import { readFile } from "node:fs/promises";
  const answers = [];
  globalThis.fetch = async (url) => answers.shift()(await readFile(new URL(url)));
  const wasm = (type, status = 200) => (bytes) => new Response(bytes, { status, headers: { "content-type": type } });
  const { createSign } = await import(at("browser.js"));
  const attempt = () => createSign({ apiKey: "k", apiSecret: "s" }).then(() => "ok", (error) => [error.name, error.code, error.message]);
`;

test("a failed load says what to do, and the next call tries again", async () => {
  const told = await fresh(`${BROWSER}
    const blocked = (bytes) => { throw new TypeError("Failed to fetch"); };
    const page = () => new Response("<!doctype html>", { headers: { "content-type": "text/html" } });
    answers.push(blocked, wasm("application/wasm", 404), page);
    const told = [await attempt(), await attempt(), await attempt()];
    const compileStreaming = WebAssembly.compileStreaming;
    WebAssembly.compileStreaming = async () => { throw new WebAssembly.CompileError("violates the following Content Security Policy directive"); };
    answers.push(wasm("application/wasm"));
    told.push(await attempt());
    WebAssembly.compileStreaming = compileStreaming;
    answers.push(wasm("application/wasm"));
    told.push(await attempt());
    console.log(JSON.stringify(told));
  `);
  const [offline, missing, page, blocked, works] = told;
  assert.deepEqual([offline[0], offline[1]], ["ConfigError", "WASM_NOT_FOUND"]);
  assert.match(missing[2], /HTTP 404/);
  assert.equal(page[1], "WASM_WRONG_TYPE");
  assert.match(page[2], /text\/html/);
  assert.equal(blocked[1], "WASM_BLOCKED");
  assert.match(blocked[2], /'wasm-unsafe-eval'/);
  assert.equal(works, "ok");
});

test("a download that never ends holds no call longer than it may wait", async () => {
  const told = await fresh(`${BROWSER}
    answers.push(() => new Promise(() => {}));
    const { FaceSearchClient } = await import(at("browser.js"));
    const client = new FaceSearchClient({ apiKey: "k", apiSecret: "s" });
    const error = (promise) => promise.catch(({ name, delivery, attempts }) => [name, delivery, attempts]);
    const told = [
      await error(client.deleteFaces({ groupId: "g", faceTokens: ["a1"] }, { timeout: 50 })),
      await error(client.deleteFaces({ groupId: "g", faceTokens: ["a1"] }, { signal: AbortSignal.timeout(50) })),
    ];
    console.log(JSON.stringify(told));
  `);
  assert.deepEqual(told, [
    ["TimeoutError", "not-sent", 0],
    ["AbortError", "not-sent", 0],
  ]);
});

test("a server that does not know the type of wasm is no obstacle", async () => {
  const told = await fresh(`${BROWSER}
    answers.push(wasm("application/octet-stream"));
    console.log(JSON.stringify(await attempt()));
  `);
  assert.equal(told, "ok");
});

test("credentials come from the environment where none are given", async () => {
  const names = await fresh(`
    const { FaceSearchClient } = await import(at("node.js"));
    const name = () => { try { new FaceSearchClient(); return "made"; } catch (error) { return error.path; } };
    const names = [name()];
    process.env.FINAUTH_API_KEY = "k";
    names.push(name());
    process.env.FINAUTH_API_SECRET = "s";
    names.push(name());
    console.log(JSON.stringify(names));
  `);
  assert.deepEqual(names, ["apiKey", "apiSecret", "made"]);
});

test("a secret is refused in a page and in a worker", async () => {
  const told = await fresh(`
    const { FaceSearchClient, createSign } = await import(at("node.js"));
    // What a page's globals look like from here.
    Object.defineProperty(globalThis, "process", { value: undefined });
    const made = (options) => { try { new FaceSearchClient(options); return "made"; } catch (error) { return error.code; } };
    const secret = { apiKey: "k", apiSecret: "s" };
    const told = [];
    // An element with such an id is a global of its page.
    globalThis.Bun = globalThis.Deno = {};
    for (const name of ["document", "WorkerGlobalScope"]) {
      globalThis[name] = {};
      told.push(made(secret), made({ ...secret, dangerouslyAllowBrowser: true }), made({ sign: () => "" }));
      told.push(await createSign(secret).catch((error) => error.code));
      delete globalThis[name];
    }
    console.log(JSON.stringify(told));
  `);
  const each = ["SECRET_IN_BROWSER", "made", "made", "SECRET_IN_BROWSER"];
  assert.deepEqual(told, [...each, ...each]);
});

for (const [runtime, where] of /** @type {const} */ ([
  ["Deno", "Deno = { version: { deno: '2.9.6' } }"],
  ["Bun 1.3.3", "Bun = { version: '1.3.3' }"],
  ["Bun 1.4.5", "Bun = { version: '1.4.5' }"],
  ["Bun 2.0.0-canary.1", "Bun = { version: '2.0.0-canary.1' }"],
  ["Electron's main process", "process.type = 'browser'"],
  ["Electron's utility process", "process.type = 'utility'"],
  ["a page of Electron", "process.type = 'renderer'"],
  ["a worker of Electron", "process.type = 'worker'"],
  ["a service worker of Electron", "process.type = 'service-worker'"],
  [
    "a page of NW.js",
    "process = Object.create(process, { versions: { value: { ...process.versions, nw: '0.94.0' } } })",
  ],
])) {
  const once = /1\.4|2\.0|process/.test(runtime);
  test(`in ${runtime} ${once ? "what is not there is absent" : "a request may go out twice, and nothing is absent"}`, async () => {
    const told = await fresh(`
    globalThis.${where};
    const { FaceSearchClient } = await import(at("node.js"));
    const { createEmulator } = await import(at("emulator/index.js"));
    const { apiKey, apiSecret, fetch } = createEmulator({ libraries: { staff: [] } });
    const client = new FaceSearchClient({ apiKey, apiSecret, fetch });
    const { outcomes } = await client.deleteFaces({ groupId: "staff", faceTokens: ["zz"] });
    console.log(JSON.stringify(outcomes.map(({ outcome, because }) => [outcome, because])));
  `);
    assert.deepEqual(told, [once ? ["absent", null] : ["absent-after-uncertain", "transport-may-resend"]]);
  });
}

test("a page or worker with Node in it is refused a secret all the same", async () => {
  const told = await fresh(`
    const { FaceSearchClient } = await import(at("node.js"));
    globalThis.WorkerGlobalScope = {};
    const made = () => { try { new FaceSearchClient({ apiKey: "k", apiSecret: "s" }); return "made"; } catch (error) { return error.code; } };
    const told = [];
    for (process.type of [undefined, "browser", "utility", "renderer", "worker", "service-worker"]) told.push(made());
    console.log(JSON.stringify(told));
  `);
  assert.deepEqual(told, [...Array(3).fill("made"), ...Array(3).fill("SECRET_IN_BROWSER")]);
});
