// @ts-check
// The same in pages: signing, planning, and from nothing to the first signature. What is served is what esbuild makes of the
// package, as a user's bundler would.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { build } from "esbuild";
import { launchEngine } from "../tests/support/browser.mjs";
import { rows } from "./lib/compare.mjs";
import { file } from "./lib/tokens.mjs";

const pkg = join(import.meta.dirname, "..", "pkg");
const PLANNED = 1_000_000;

/** What runs in the page; as text, since each page gets it anew. */
const BY_HAND = `
  const text = new TextEncoder();
  export async function sign(apiKey, apiSecret) {
    const key = await crypto.subtle.importKey("raw", text.encode(apiSecret), { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
    const now = Math.floor(Date.now() / 1000);
    const [random] = crypto.getRandomValues(new Uint32Array(1));
    const raw = text.encode(\`a=\${apiKey}&b=\${now + 100}&c=\${now}&d=\${String(random).padStart(10, "0")}\`);
    const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, raw));
    return btoa(String.fromCharCode(...mac, ...raw));
  }
  export function plan(bytes) {
    const distinct = new Set();
    for (const line of new TextDecoder().decode(bytes).split("\\n")) {
      const token = line.trim();
      if (token === "") continue;
      if (token.length > 255 || /[\\s,]/.test(token)) throw new Error("not a token");
      distinct.add(token);
    }
    const tokens = [...distinct];
    const batches = [];
    for (let at = 0; at < tokens.length; at += 1000) batches.push(tokens.slice(at, at + 1000).join(","));
    return batches;
  }`;

const MEASURE = `
  import { createSign, FaceSearchClient } from "./package.js";
  import * as byHand from "./by-hand.js";
  const [apiKey, apiSecret] = ["A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6", "z9Y8x7W6v5U4t3S2r1Q0p9O8n7M6l5K4"];

  async function turns(contenders, rounds, calls) {
    const times = contenders.map(() => []);
    for (let round = 0; round < rounds; round += 1) {
      for (const [at, call] of contenders.entries()) {
        const started = performance.now();
        for (let count = 0; count < calls; count += 1) await call();
        times[at].push((performance.now() - started) / calls);
      }
    }
    return times;
  }

  globalThis.signing = async () => {
    const contenders = [
      () => createSign({ apiKey, apiSecret, dangerouslyAllowBrowser: true }),
      () => byHand.sign(apiKey, apiSecret),
    ];
    await turns(contenders, 2, 1000);
    return turns(contenders, 30, 500);
  };

  globalThis.planning = async () => {
    const bytes = new Uint8Array(await (await fetch("/tokens.txt")).arrayBuffer());
    const client = new FaceSearchClient({ proxyUrl: "/faces" });
    const contenders = [
      async () => {
        const plan = await client.plan(bytes, { groupId: "staff" });
        if (plan.counts.distinct !== ${PLANNED}) throw new Error("not planned");
      },
      () => {
        if (byHand.plan(bytes).length !== ${PLANNED / 1000}) throw new Error("not planned");
      },
    ];
    return turns(contenders, 4, 1);
  };`;

async function serve() {
  const made = await build({
    entryPoints: [join(pkg, "browser.js")],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  const script = "text/javascript";
  /** @type {Record<string, [string, string | Uint8Array]>} */
  const files = {
    "/": ["text/html", "<!doctype html><title>benchmark</title>"],
    "/bench/package.js": [script, made.outputFiles[0]?.contents ?? ""],
    "/wasm/finauth_facesearch_bg.wasm": [
      "application/wasm",
      readFileSync(join(pkg, "wasm", "finauth_facesearch_bg.wasm")),
    ],
    "/bench/by-hand.js": [script, BY_HAND],
    "/bench/measure.js": [script, MEASURE],
    "/tokens.txt": ["text/plain", file(PLANNED)],
  };
  const server = createServer((request, response) => {
    const [type, content] = files[request.url ?? ""] ?? ["", ""];
    response.writeHead(type === "" ? 404 : 200, { "content-type": type, "cache-control": "no-store" }).end(content);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  return { url: `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`, stop: () => server.close() };
}

/** @param {[string, string]} names @param {number[][]} times */
function asRows([first, second], [ours = [], theirs = []]) {
  return rows(
    new Map([
      [first, ours],
      [second, theirs],
    ]),
  );
}

/** @param {"chromium" | "firefox" | "webkit"} engine */
export async function inBrowser(engine) {
  const server = await serve();
  const { browser, close } = await launchEngine(engine);
  try {
    /** @param {string} work */
    const page = async (work) => {
      const page = await browser.newPage();
      await page.goto(server.url);
      const result = await page.evaluate(work);
      await page.close();
      return result;
    };
    const measure = (/** @type {string} */ name) =>
      page(`import("/bench/measure.js").then(() => globalThis.${name}())`);
    const signing = asRows(["finauth-facesearch", "WebCrypto"], await measure("signing"));
    const planning = asRows(["finauth-facesearch", "split, Set, join"], await measure("planning"));
    /** @type {number[][]} */
    const started = [[], []];
    const first = [
      `import("/bench/package.js").then(({ createSign }) =>
        createSign({ apiKey: "key", apiSecret: "secret", dangerouslyAllowBrowser: true }))`,
      `import("/bench/by-hand.js").then(({ sign }) => sign("key", "secret"))`,
    ];
    for (let round = 0; round < 12; round += 1) {
      for (const [at, source] of first.entries()) {
        const timed = `(async () => { const from = performance.now(); await ${source}; return performance.now() - from; })()`;
        const took = await page(timed);
        // The first round finds the browser still cold.
        if (round > 1) started[at]?.push(took);
      }
    }
    return { signing, planning, startup: asRows(["finauth-facesearch", "hand-written, WebCrypto"], started) };
  } finally {
    await close();
    server.stop();
  }
}
