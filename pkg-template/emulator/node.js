// @ts-check
// The emulator as a Node server. node.d.ts documents it.

import { createServer } from "node:http";
import { Readable } from "node:stream";

/**
 * A listener for Node's http server from a `Request → Response` handler. A handler or a body that fails ends the
 * connection without, or in the middle of, an answer.
 *
 * @param {(request: Request) => Promise<Response>} handle
 * @returns {import("node:http").RequestListener}
 */
export function toNodeListener(handle) {
  return async (incoming, outgoing) => {
    try {
      const response = await handle(await toRequest(incoming));
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      outgoing.flushHeaders();
      for await (const chunk of response.body ?? []) outgoing.write(chunk);
      outgoing.end();
    } catch {
      outgoing.destroy();
    }
  };
}

/** @param {import("node:http").IncomingMessage} incoming */
async function toRequest(incoming) {
  const { method, headers, url } = incoming;
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(new URL(url ?? "/", `http://${headers.host ?? "localhost"}`), {
    method,
    headers: Object.entries(headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
    ...(hasBody ? { body: /** @type {ReadableStream} */ (Readable.toWeb(incoming)), duplex: "half" } : {}),
  });
}

/**
 * @param {{ handle: (request: Request) => Promise<Response> }} emulator
 * @param {{ port?: number }} [options]
 */
export async function serveEmulator(emulator, { port = 0 } = {}) {
  const server = createServer(toNodeListener(emulator.handle));
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(undefined));
  });
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    baseUrl: `http://127.0.0.1:${address.port}/finauth`,
    server,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
