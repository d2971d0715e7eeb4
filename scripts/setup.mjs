// @ts-check
// Installs what the project needs and this machine lacks; does nothing, quickly, when all is there.
//
//   node scripts/setup.mjs            what building takes
//   node scripts/setup.mjs --test     and what testing takes: browsers, cargo-deny

import { pathToFileURL } from "node:url";
import { ask, Failure, main, which } from "./lib/shell.mjs";
import { setUpBrowsers } from "./setup/browser.mjs";
import { setUpCargoDeny } from "./setup/cargo-deny.mjs";
import { setUpNpmPackages } from "./setup/npm-packages.mjs";
import { setUpWasmTarget } from "./setup/wasm-target.mjs";
import { setUpWasmTools } from "./setup/wasm-tools.mjs";

/** @param {{ test?: boolean }} [options] */
export async function setUp({ test = false } = {}) {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Failure(`Node ${process.versions.node} is too old: install Node 20.19 or newer, then try again.`);
  }
  for (const program of ["cargo", "rustc"]) {
    if (which(program) === undefined) {
      throw new Failure(`${program} is missing: install Rust 1.88 or newer with rustup (rustup.rs), then try again.`);
    }
  }
  const rust = ask("rustc", ["--version"])?.match(/^rustc (\d+)\.(\d+)/);
  if (rust && (Number(rust[1]) < 1 || (Number(rust[1]) === 1 && Number(rust[2]) < 88))) {
    throw new Failure(
      `Rust ${rust[1]}.${rust[2]} is too old: install 1.88 or newer ('rustup update'), then try again.`,
    );
  }
  await setUpNpmPackages();
  await setUpWasmTarget();
  await setUpWasmTools();
  if (test) {
    await setUpBrowsers();
    await setUpCargoDeny();
    await setUpNpmPackages("tests/types");
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(() => setUp({ test: process.argv.includes("--test") }));
}
