// @ts-check
// Shows who is on the same kernel, in whatever container, that this process lives: a socket, which refuses once it does not.

import { open, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";

/** What is longer is cut off without a word, and the socket is another one. */
const LONGEST_PATH = 100;
const PATIENCE_MS = 1_000;

/**
 * Makes the socket, unless that fails for whatever reason.
 *
 * @param {string} path
 * @returns {Promise<(() => Promise<void>) | undefined>} to remove it
 */
export async function light(path) {
  try {
    const { createServer } = await import("node:net");
    const server = createServer((connection) => connection.destroy());
    await within(path, (short) => {
      return new Promise((resolve, reject) => {
        // `exclusive`: in a cluster's worker it would be the primary that listens.
        server.on("error", reject).listen({ path: short, exclusive: true }, () => resolve(undefined));
      });
    });
    server.unref();
    return async () => {
      await new Promise((resolve) => server.close(resolve));
      await rm(path, { force: true }).catch(() => {});
    };
  } catch {
    return undefined;
  }
}

/**
 * Whether somebody listens, or may do so. Only a refusal says that nobody does; a socket that is gone may have been swept up.
 *
 * @param {string} path
 * @returns {Promise<boolean>}
 */
export async function isLit(path) {
  try {
    const { connect } = await import("node:net");
    return await within(path, (short) => {
      return new Promise((resolve) => {
        const socket = connect({ path: short });
        const told = (/** @type {boolean} */ lit) => {
          socket.destroy();
          resolve(lit);
        };
        socket.setTimeout(PATIENCE_MS, () => told(true));
        socket.on("connect", () => told(true));
        socket.on("error", (error) => told(/** @type {any} */ (error).code !== "ECONNREFUSED"));
      });
    });
  } catch {
    return true;
  }
}

/**
 * Names a file by its folder's descriptor: so the folder may be as deep as it likes. Nor does Node find it again to remove it
 * when the process ends with the lock in place, whose holder could not be asked for then.
 *
 * @template T
 * @param {string} path
 * @param {(short: string) => Promise<T>} use
 */
async function within(path, use) {
  const folder = await open(dirname(path));
  try {
    const short = `/proc/self/fd/${folder.fd}/${basename(path)}`;
    if (Buffer.byteLength(short) > LONGEST_PATH) throw new Error("the name is too long for a socket");
    return await use(short);
  } finally {
    await folder.close();
  }
}
