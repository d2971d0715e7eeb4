// @ts-check
// cargo-deny, at a pinned version, in the per-user cache: it checks licences, duplicates and origins of crates.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { cache } from "../lib/places.mjs";
import { say } from "../lib/shell.mjs";
import { installCrates } from "./crates.mjs";

const VERSION = "0.20.2";
const folder = join(cache, `tools-cargo-deny-${VERSION}`);

/** The program's path. */
export const cargoDeny = join(folder, "bin", "cargo-deny");

export async function setUpCargoDeny() {
  if (existsSync(cargoDeny)) return;
  say("• cargo-deny: compiling it (two minutes on two cores, once for this user)");
  await installCrates(folder, "cargo-deny", [["--locked", "cargo-deny", "--version", VERSION]]);
}
