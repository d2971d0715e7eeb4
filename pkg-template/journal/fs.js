// @ts-check
// A journal in a file, on Node and what follows it. index.d.ts documents it.

import { open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { journalLocked } from "./index.js";

/** @param {string | URL} path */
export function fileJournal(path) {
  const lock = typeof path === "string" ? `${path}.lock` : new URL(`${path.href}.lock`);
  /** @type {import("node:fs/promises").FileHandle | undefined} */
  let file;
  return {
    async open() {
      await takeLock(lock);
      try {
        // Everything is written behind what is there.
        file = await open(path, "a+", 0o600);
        // What is none may never end.
        if (!(await file.stat()).isFile()) throw new Error("it is not a regular file");
        await syncFolder(path);
        return await file.readFile();
      } catch (error) {
        await this.close();
        throw error;
      }
    },

    /** @param {Uint8Array} bytes */
    async append(bytes) {
      if (file === undefined) throw new Error("the journal is not open");
      for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
      await file.datasync();
    },

    async close() {
      await file?.close();
      file = undefined;
      await rm(lock, { force: true });
    },
  };
}

/**
 * Makes the lock, which names its process; that of a process which is no more is taken over.
 *
 * @param {string | URL} lock
 */
async function takeLock(lock) {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const file = await open(lock, "wx", 0o600);
      await file.writeFile(`${process.pid}\n`);
      await file.close();
      return;
    } catch (error) {
      if (/** @type {any} */ (error).code !== "EEXIST") throw error;
      if (await isHeld(lock)) throw journalLocked(error);
      await rm(lock, { force: true });
    }
  }
  throw journalLocked();
}

/** @param {string | URL} lock */
async function isHeld(lock) {
  const holder = Number.parseInt(await readFile(lock, "utf8").catch(() => ""), 10);
  if (!Number.isInteger(holder)) {
    // Another process may be about to write its number.
    const made = await stat(lock).catch(() => undefined);
    return made !== undefined && Date.now() - made.mtimeMs < 10_000;
  }
  try {
    process.kill(holder, 0);
    return true;
  } catch (error) {
    return /** @type {any} */ (error).code === "EPERM";
  }
}

/** So that a new file's name is durable as well. @param {string | URL} path */
async function syncFolder(path) {
  const folder = typeof path === "string" ? dirname(path) : new URL(".", path);
  // Not everywhere can a folder be opened; where it cannot, there is nothing to do about it.
  const handle = await open(folder).catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
