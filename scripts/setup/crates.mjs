// @ts-check
// Compiles programs from crates into a folder of the per-user cache.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { fillCache } from "../lib/places.mjs";
import { run, say } from "../lib/shell.mjs";

/**
 * @param {string} folder of the cache
 * @param {string} names what messages call them
 * @param {string[][]} crates what `cargo install` is told for each
 */
export async function installCrates(folder, names, crates) {
  const started = Date.now();
  await fillCache(folder, async (scratch) => {
    // Unoptimised: they compile in a third of the time, and what they work on is small.
    const shared = ["install", "--quiet", "--debug", "--root", scratch, "--target-dir", join(scratch, "target")];
    for (const crate of crates) {
      await run("cargo", [...shared, ...crate], {
        quiet: true,
        work: `Compiling ${names}`,
        remedy: "Check that cargo can reach its crate registry and that there is a C linker (cc), then try again.",
      });
    }
    rmSync(join(scratch, "target"), { recursive: true });
  });
  say(`  compiled in ${Math.round((Date.now() - started) / 1000)} s`);
}
