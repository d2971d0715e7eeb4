import type { Journal } from "../index.js";

/** A journal in IndexedDB. */
export interface IndexedDBJournal extends Journal {
  /** Deletes it. Rejects if a run has it. */
  remove(): Promise<void>;
}

/**
 * A journal in IndexedDB, for pages and their workers: a deletion outlives a reload, a crash of the tab, a reboot. Each entry
 * is on disk (`durability: "strict"`) before the request that it is about leaves. A Web Lock keeps two tabs from running one
 * job. Both need a secure context (https, or this machine), and are gone when the user clears the site's data.
 *
 * @param name of the job; on one origin each has its own
 *
 * @example
 * ```ts
 * import { indexedDBJournal } from "finauth-facesearch/journal/indexeddb";
 *
 * const journal = indexedDBJournal("erasure-2026-11");
 * const report = await client.resume(file, { groupId: "staff", journal }).report;
 * if (report.complete) await journal.remove();
 * ```
 */
export function indexedDBJournal(name: string): IndexedDBJournal;
