// @ts-check
// An emulator behind real HTTP, with a client for it, for the length of a test.

import { createEmulator, FaceSearchClient, serveEmulator } from "./package.mjs";

/** The library of the tests. */
export const GROUP = "staff";

/**
 * @param {import("node:test").TestContext} t
 * @param {{ faces?: string[], options?: object }} [settings]
 */
export async function served(t, { faces = ["a1", "b2", "c3"], options = {} } = {}) {
  const emulator = createEmulator({ libraries: { [GROUP]: faces } });
  const server = await serveEmulator(emulator);
  t.after(server.close);
  const { apiKey, apiSecret } = emulator;
  const client = new FaceSearchClient({ apiKey, apiSecret, baseUrl: server.baseUrl, ...options });
  return { emulator, server, client };
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
