import type { Journal } from "../index.js";

/**
 * A journal in a file, for Node, Deno and Bun. Each entry is on disk (`fdatasync`) before the request that it is about leaves.
 * A lock file beside it, `<path>.lock`, keeps two processes from running one job; that of a process which is no more is taken
 * over. It must be on a disk of this machine: a process on another one is not seen.
 *
 * @param path the file; it is made if it is not there, readable by its owner only
 *
 * @example
 * ```js
 * import { openAsBlob } from "node:fs";
 * import { FaceSearchClient } from "finauth-facesearch";
 * import { fileJournal } from "finauth-facesearch/journal/fs";
 *
 * const client = new FaceSearchClient();
 * const list = await openAsBlob("export.csv");
 * // Run it again after a crash: it goes on where it ended.
 * const run = client.resume(list, { groupId: "staff", journal: fileJournal("export.csv.journal") });
 * console.log((await run.report).counts);
 * ```
 */
export function fileJournal(path: string | URL): Journal;
