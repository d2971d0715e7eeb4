// @ts-check
// What is wrong with a file that a journal or a receipt was to be in, in words.

/**
 * What it is, if it is no regular file: to open a pipe may wait for ever, and what was written to a device cannot be read.
 *
 * @param {{ isFile(): boolean, isDirectory(): boolean, isFIFO(): boolean, isSocket(): boolean }} facts
 * @returns {string | undefined}
 */
export function wrongKind(facts) {
  if (facts.isFile()) return undefined;
  if (facts.isDirectory()) return "it is a folder";
  if (facts.isFIFO()) return "it is a pipe, not a regular file";
  return facts.isSocket() ? "it is a socket, not a regular file" : "it is a device, not a regular file";
}

/** What the system says of links that lead to one another. */
export const LOOP = "it is a loop of symbolic links";
