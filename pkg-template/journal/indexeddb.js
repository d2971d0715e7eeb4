// @ts-check
// A journal in IndexedDB, for pages and their workers. indexeddb.d.ts documents it.

import { journalLocked } from "./index.js";

const STORE = "notes";

/** @param {string} name */
export function indexedDBJournal(name) {
  const database = `finauth-facesearch-journal:${name}`;
  /** @type {IDBDatabase | undefined} */
  let open;
  let release = () => {};
  return {
    async open() {
      release = await takeLock(database);
      try {
        open = await openDatabase(database);
        return joined(await done(open.transaction(STORE).objectStore(STORE).getAll()));
      } catch (error) {
        this.close();
        throw error;
      }
    },

    /** @param {Uint8Array} bytes */
    async append(bytes) {
      if (open === undefined) throw new Error("the journal is not open");
      // Not before it is on disk: the default is as soon as the operating system has it.
      const transaction = open.transaction(STORE, "readwrite", { durability: "strict" });
      transaction.objectStore(STORE).add(bytes);
      await new Promise((resolve, reject) => {
        transaction.oncomplete = () => resolve(undefined);
        transaction.onabort = () => reject(transaction.error);
      });
    },

    close() {
      open?.close();
      open = undefined;
      release();
      release = () => {};
    },

    async remove() {
      const release = await takeLock(database);
      try {
        await done(indexedDB.deleteDatabase(database));
      } finally {
        release();
      }
    },
  };
}

/**
 * Takes the Web Lock of this name, which the browser lets go of when the tab dies.
 *
 * @param {string} name
 * @returns {Promise<() => void>} to let go of it
 */
function takeLock(name) {
  return new Promise((resolve, reject) => {
    const held = (/** @type {Lock | null} */ lock) => {
      if (lock === null) return reject(journalLocked());
      return new Promise((release) => resolve(() => release(undefined)));
    };
    navigator.locks.request(name, { ifAvailable: true }, held).catch(reject);
  });
}

/** @param {string} name */
function openDatabase(name) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { autoIncrement: true });
  return done(request);
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {Uint8Array[]} parts */
function joined(parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
