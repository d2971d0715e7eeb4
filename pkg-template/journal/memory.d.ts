import type { Journal } from "../index.js";

/**
 * A journal in memory: it outlives a run, but no process. For tests, and as the smallest example of a {@link Journal}.
 *
 * @example
 * ```js
 * import { FaceSearchClient } from "finauth-facesearch";
 * import { MemoryJournal } from "finauth-facesearch/journal/memory";
 *
 * const client = new FaceSearchClient();
 * const options = { groupId: "staff", journal: new MemoryJournal() };
 * const run = client.deleteMany(["a1", "b2"], options);
 * run.stop();
 * await run.report;
 * const report = await client.resume(["a1", "b2"], options).report;
 * console.log(report.complete);
 * ```
 */
export class MemoryJournal implements Journal {
  open(): Uint8Array;
  append(bytes: Uint8Array): void;
  close(): void;
}
