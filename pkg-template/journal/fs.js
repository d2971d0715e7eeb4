// @ts-check
// A journal in a file, on Node and what follows it. index.d.ts documents it.

import { lstat, open, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { unusable } from "./index.js";
import { LOOP, wrongKind } from "./kinds.js";
import { takeLock } from "./lock.js";

/** @param {string | URL} path */
export function fileJournal(path) {
  /** @type {Awaited<ReturnType<typeof takeLock>> | undefined} */
  let lock;
  /** @type {import("node:fs/promises").FileHandle | undefined} */
  let file;
  let [name, identity] = ["", ""];
  return {
    async open() {
      name = typeof path === "string" ? path : fileURLToPath(path);
      await checkKind(name);
      const target = await withoutLink(name);
      lock = await takeLock(target);
      try {
        // Everything is written behind what is there.
        file = await open(target, "a+", 0o600);
        // Something else may have taken its place in the meantime.
        const why = wrongKind(await file.stat());
        if (why !== undefined) throw unusable(why);
        identity = await identityOf(target);
        await syncFolder(target);
        return await file.readFile();
      } catch (error) {
        await this.close();
        throw error;
      }
    },

    /** @param {Uint8Array} bytes */
    async append(bytes) {
      if (file === undefined || lock === undefined) throw new Error("the journal is not open");
      // Another run may write it now, and send what this one would.
      if (!(await lock.isOurs())) throw new Error("its lock was removed, or is another run's");
      // Who goes on by this name would find another journal, or none.
      if ((await identityOf(name)) !== identity) throw new Error("another file has its name");
      for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
      await file.datasync();
    },

    async close() {
      const [opened, taken] = [file, lock];
      [file, lock] = [undefined, undefined];
      try {
        await opened?.close();
      } finally {
        await taken?.release();
      }
    },
  };
}

/**
 * Rejects what a journal cannot be in, before a lock is put beside it.
 *
 * @param {string} path
 */
async function checkKind(path) {
  try {
    const why = wrongKind(await stat(path));
    if (why !== undefined) throw unusable(why);
  } catch (error) {
    const { code } = /** @type {any} */ (error);
    if (code === "ELOOP") throw unusable(LOOP, error);
    if (code !== "ENOENT") throw error;
  }
}

/** A link's file, so that it has one lock, whatever it is called. @param {string} path */
async function withoutLink(path) {
  const isLink = await lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
  if (!isLink) return path;
  try {
    return await realpath(path);
  } catch {
    // It leads to what is not there yet.
    await (await open(path, "a", 0o600)).close();
    return await realpath(path);
  }
}

/** Which file has the name now. @param {string} path */
async function identityOf(path) {
  const { dev, ino } = await stat(path, { bigint: true });
  return `${dev} ${ino}`;
}

/** So that a new file's name is durable as well. @param {string} path */
async function syncFolder(path) {
  // Not everywhere can a folder be opened; where it cannot, there is nothing to do about it.
  const handle = await open(dirname(path)).catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
