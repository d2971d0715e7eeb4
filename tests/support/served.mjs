// @ts-check
// An emulator behind real HTTP, with a client for it, for the length of a test.

import { createServer } from "node:http";
import { createEmulator, createProxyHandler, FaceSearchClient, serveEmulator, toNodeListener } from "./package.mjs";

/** The library of the tests. */
export const GROUP = "staff";

/**
 * @param {import("node:test").TestContext} t
 * @param {{ faces?: string[], emulation?: import("../../pkg-template/emulator/index.js").EmulatorOptions, options?: object }} [settings]
 */
export async function served(t, { faces = ["a1", "b2", "c3"], emulation = {}, options = {} } = {}) {
  const emulator = createEmulator({ libraries: { [GROUP]: faces }, ...emulation });
  const server = await serveEmulator(emulator);
  t.after(server.close);
  const { apiKey, apiSecret } = emulator;
  const client = new FaceSearchClient({ apiKey, apiSecret, baseUrl: server.baseUrl, ...options });
  return { emulator, server, client };
}

/**
 * A proxy in front of an emulator, each behind real HTTP, with a client that knows the proxy only.
 *
 * @param {import("node:test").TestContext} t
 * @param {{ faces?: string[], emulation?: import("../../pkg-template/emulator/index.js").EmulatorOptions, proxy?: object, options?: object }} [settings]
 */
export async function proxied(t, { faces = ["a1", "b2", "c3"], emulation = {}, proxy = {}, options = {} } = {}) {
  const emulator = createEmulator({ libraries: { [GROUP]: faces }, ...emulation });
  const upstream = await serveEmulator(emulator);
  t.after(upstream.close);
  const { apiKey, apiSecret } = emulator;
  const settings = {
    apiKey,
    apiSecret,
    baseUrl: upstream.baseUrl,
    authorize: () => true,
    allow: { groups: [GROUP] },
    ...proxy,
  };
  const handler = createProxyHandler(settings);
  const { url, server } = await listen(t, toNodeListener(handler));
  const client = new FaceSearchClient({ proxyUrl: url, ...options });
  return { emulator, upstream, settings, handler, server, url, client };
}

/**
 * @param {import("node:test").TestContext} t
 * @param {import("node:http").RequestListener} listener
 */
export async function listen(t, listener) {
  const server = createServer(listener);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}/faces`, server };
}

/**
 * What a promise rejects with; a test fails if it does not.
 *
 * @param {Promise<unknown>} promise
 * @returns {Promise<any>}
 */
export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}
