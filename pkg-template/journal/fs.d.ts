import type { Journal } from "../index.js";

/**
 * A journal in a file, for Node, Deno and Bun. Each entry is on disk (`fdatasync`) before the request that it is about leaves.
 * A lock file beside it, `<path>.lock`, keeps two processes from running one job; that of a process which is no more is taken
 * over, also when its number was given to another one since, after a start of the machine or of a container. On Linux a socket
 * beside the lock shows other containers that its process is running. It should be on a disk of this machine: of a process
 * that has it over a network it cannot be told whether it is running, and its lock stands until somebody removes it.
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
