// @ts-check
// The emulator as a Node server. node.d.ts documents it.

import { createServer } from "node:http";
import { toNodeListener } from "../node-listener.js";
import { ownOptions } from "./options.js";

export { toNodeListener };

/**
 * @param {{ handle: (request: Request) => Promise<Response> }} emulator
 * @param {{ port?: number }} [options]
 */
export async function serveEmulator(emulator, options) {
  const { port = 0 } = ownOptions(options, ["port"], "serveEmulator");
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
