// @ts-check
// A server that takes what comes and says that all was deleted: as fast as Node's can be. In a process of its own.

import { fork } from "node:child_process";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { answer } from "./tokens.mjs";

/** @returns {Promise<{ url: string, stop: () => void }>} */
export async function startServer() {
  const child = fork(fileURLToPath(import.meta.url), { execArgv: [] });
  const port = await new Promise((resolve) => child.once("message", resolve));
  return { url: `http://127.0.0.1:${port}`, stop: () => child.kill() };
}

if (process.send) {
  const body = answer(1000);
  const headers = { "content-type": "application/json", "content-length": String(body.length) };
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(200, headers).end(body));
  });
  server.listen(0, "127.0.0.1", () => process.send?.(/** @type {any} */ (server.address()).port));
}
