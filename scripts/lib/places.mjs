// @ts-check
// Where things are: the project's folders, and the per-user cache for what takes minutes to build.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "./shell.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The folder of the built package, ready for `npm pack`. */
export const pkg = join(root, "pkg");

/** The compiled module with its glue, which goes into the package. */
export const wasmBuilt = join(root, "target", "wasm-built");

/** The package with each of its modules, before they are bundled. */
export const modules = join(root, "target", "package");

/** The cache that all clones of this user share; XDG rules. */
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "finauth-facesearch");

/**
 * Makes a cache entry all at once: `fill` works in a scratch folder, which takes its final name only when it is done.
 *
 * @param {string} folder the entry's final place
 * @param {(scratch: string) => Promise<void>} fill
 */
export async function fillCache(folder, fill) {
  mkdirSync(dirname(folder), { recursive: true });
  for (const name of readdirSync(dirname(folder))) {
    // What an interrupted run left behind. A run that is still under way is younger than this.
    const path = join(dirname(folder), name);
    const isStale = name.includes(".partial-") && Date.now() - statSync(path).mtimeMs > 3_600_000;
    if (isStale) rmSync(path, { recursive: true, force: true });
  }
  const scratch = mkdtempSync(`${folder}.partial-`);
  try {
    await fill(scratch);
    rmSync(folder, { recursive: true, force: true });
    renameSync(scratch, folder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * The version that Cargo.lock holds for a crate, so that a tool that must match it cannot drift.
 *
 * @param {string} crate
 */
export function lockedVersion(crate) {
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
  const version = lock.match(new RegExp(`name = "${crate}"\\r?\\nversion = "([^"]+)"`))?.[1];
  if (version === undefined) throw new Failure(`Cargo.lock has no entry for ${crate}; run 'cargo update --workspace'.`);
  return version;
}
