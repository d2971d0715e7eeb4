// @ts-check
// Serves the console and the package from 127.0.0.1, with an emulator of the FaceSearch server behind /practice, and behind
// /proxy, if there are credentials, a proxy to a real one.

import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { createEmulator } from "../emulator/index.js";
import { toNodeListener } from "../node-listener.js";
import { consoleProxy } from "./console-proxy.js";
import { practiceFaces } from "./practice-faces.js";

/** The package, and in it the console's page. */
const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const PAGE = join(PACKAGE, "console");

const TYPES = /** @type {Record<string, string>} */ ({
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
});

/** @param {string} server the FaceSearch server that a page with a secret may ask */
const headers = (server) => ({
  "cache-control": "no-store",
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${server}`,
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types console-worker",
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
});

/** Where a page with a key and secret may ask, if nothing else is said. */
const USUAL = "https://api-sgp.yljz.com";

/**
 * @param {object} [options]
 * @param {number} [options.port] 0, the default, takes a free one
 * @param {import("./console-proxy.js").Credentials | undefined} [options.credentials] without them there is no proxy
 * @param {string | undefined} [options.baseUrl] of the server that a page with a key and secret may ask
 */
export async function serveConsole({ port = 0, credentials, baseUrl = credentials?.baseUrl } = {}) {
  const allowed = headers(baseUrl === undefined ? USUAL : new URL(baseUrl).origin);
  const emulator = createEmulator({ libraries: { "practice-staff": practiceFaces() } });
  const practice = toNodeListener(emulator.handle);
  // Whatever page of this machine asks: only the one whose address was printed knows this.
  const session = randomUUID();
  const proxy = credentials && consoleProxy(credentials, session);

  const server = createServer(async (request, response) => {
    // A page elsewhere whose name was made to point here (DNS rebinding) sends its own name.
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? "")) {
      response.writeHead(421, { "content-type": "text/plain" }).end("This server answers to 127.0.0.1 only.\n");
    } else if (request.url?.startsWith("/practice/")) {
      practice(request, response);
    } else if (proxy !== undefined && request.url === "/proxy") {
      proxy(request, response);
    } else {
      await sendFile(request.url ?? "/", response, allowed);
    }
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(undefined));
  });
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${address.port}/`,
    session,
    emulator,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * @param {string} url
 * @param {import("node:http").ServerResponse} response
 * @param {Record<string, string>} allowed
 */
async function sendFile(url, response, allowed) {
  try {
    const { pathname } = new URL(url, "http://localhost");
    const path = pathname === "/" ? "/index.html" : pathname;
    const [folder, name] = path.startsWith("/pkg/") ? [PACKAGE, path.slice("/pkg".length)] : [PAGE, path];
    const file = normalize(join(folder, name));
    const type = TYPES[extname(file)];
    if (type === undefined || !file.startsWith(folder.replace(/[\\/]$/, "") + sep)) throw new Error("not served");
    const content = await readFile(file);
    response.writeHead(200, { ...allowed, "content-type": type }).end(content);
  } catch {
    response.writeHead(404, { ...allowed, "content-type": "text/plain" }).end("Not found.\n");
  }
}
