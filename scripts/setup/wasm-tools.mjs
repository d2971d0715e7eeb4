// @ts-check
// wasm-pack and wasm-bindgen's command line, at pinned versions, in the per-user cache.

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cache, fillCache, lockedVersion } from "../lib/places.mjs";
import { run, say } from "../lib/shell.mjs";

const WASM_PACK = "0.15.1";

function folder() {
  // The command line must be of exactly the crate's version: they share an unstable format.
  return join(cache, `tools-wasm-pack-${WASM_PACK}-wasm-bindgen-${lockedVersion("wasm-bindgen")}`);
}

/** The folder with the programs, to put on PATH. */
export function wasmToolsBin() {
  return join(folder(), "bin");
}

export async function setUpWasmTools() {
  if (existsSync(wasmToolsBin())) return;
  const started = Date.now();
  say("• wasm-pack and wasm-bindgen: compiling them (three to four minutes on two cores, once for this user)");
  await fillCache(folder(), async (scratch) => {
    // Unoptimised: they compile in a third of the time, and our module is small.
    const shared = ["install", "--quiet", "--debug", "--root", scratch, "--target-dir", join(scratch, "target")];
    const install = (/** @type {string[]} */ ...crate) =>
      run("cargo", [...shared, ...crate], {
        quiet: true,
        work: "Compiling wasm-pack and wasm-bindgen",
        remedy: "Check that cargo can reach its crate registry and that there is a C linker (cc), then try again.",
      });
    // No --locked for this one: its lock file may name a crate that a mirror does not have yet.
    await install("wasm-bindgen-cli", "--version", lockedVersion("wasm-bindgen"));
    await install("--locked", "wasm-pack", "--version", WASM_PACK);
    rmSync(join(scratch, "target"), { recursive: true });
  });
  say(`  compiled in ${Math.round((Date.now() - started) / 1000)} s`);
}
