// @ts-check
// wasm-pack and wasm-bindgen's command line, at pinned versions, in the per-user cache.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { cache, lockedVersion } from "../lib/places.mjs";
import { say } from "../lib/shell.mjs";
import { installCrates } from "./crates.mjs";

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
  say("• wasm-pack and wasm-bindgen: compiling them (three to four minutes on two cores, once for this user)");
  await installCrates(folder(), "wasm-pack and wasm-bindgen", [
    // No --locked for this one: its lock file may name a crate that a mirror does not have yet.
    ["wasm-bindgen-cli", "--version", lockedVersion("wasm-bindgen")],
    ["--locked", "wasm-pack", "--version", WASM_PACK],
  ]);
}
