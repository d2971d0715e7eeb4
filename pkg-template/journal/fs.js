// @ts-check
// A journal in a file, on Node and what follows it. index.d.ts documents it.

import { open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { takeLock } from "./lock.js";

/** @param {string | URL} path */
export function fileJournal(path) {
  /** @type {Awaited<ReturnType<typeof takeLock>> | undefined} */
  let lock;
  /** @type {import("node:fs/promises").FileHandle | undefined} */
  let file;
  let identity = "";
  return {
    async open() {
      lock = await takeLock(path);
      try {
        // Everything is written behind what is there.
        file = await open(path, "a+", 0o600);
        // What is none may never end.
        if (!(await file.stat()).isFile()) throw new Error("it is not a regular file");
        identity = await identityOf(path);
        await syncFolder(path);
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
      if ((await identityOf(path)) !== identity) throw new Error("another file has its name");
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

/** Which file has the name now. @param {string | URL} path */
async function identityOf(path) {
  const { dev, ino } = await stat(path, { bigint: true });
  return `${dev} ${ino}`;
}

/** So that a new file's name is durable as well. @param {string | URL} path */
async function syncFolder(path) {
  const folder = typeof path === "string" ? dirname(path) : new URL(".", path);
  // Not everywhere can a folder be opened; where it cannot, there is nothing to do about it.
  const handle = await open(folder).catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
