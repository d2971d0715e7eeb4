// @ts-check
// `npm test`: sets up what testing needs, then runs every layer and says how each ended. A layer that cannot run fails.
//
//   npm test -- native console     only these layers

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, buildWasm } from "./build.mjs";
import { fuzz } from "./fuzz.mjs";
import { root, wasmBuilt } from "./lib/places.mjs";
import { ask, Failure, main, run, say } from "./lib/shell.mjs";
import { chromium } from "./setup/browser.mjs";
import { cargoDeny } from "./setup/cargo-deny.mjs";
import { wasmEnvironment } from "./setup/wasm-target.mjs";
import { setUp } from "./setup.mjs";

/** Each layer with what it does; `tests/README.md` says what it shows. @type {Record<string, () => Promise<unknown>>} */
const LAYERS = {
  async lint() {
    for (const folder of [root, join(root, "fuzz")]) await run("cargo", ["fmt", "--check"], { cwd: folder });
    await run("cargo", ["clippy", "--locked", "--all-targets", "--all-features", "--", "-D", "warnings"], {
      cwd: root,
    });
    await tool("biome", "check", "--error-on-warnings");
  },
  async docs() {
    const env = { ...process.env, RUSTDOCFLAGS: "-D warnings" };
    await run("cargo", ["doc", "--locked", "--no-deps", "--all-features"], { cwd: root, env });
    await run(join(root, "tests/types/node_modules/.bin/typedoc"), [], { cwd: root });
  },
  native: () => run("cargo", ["test", "--locked"], { cwd: root }),
  async simulation() {
    await run("cargo", ["run", "--locked", "--profile", "simulation", "--bin", "simulate", "--", "--seeds", "200000"], {
      cwd: root,
    });
    await run(process.execPath, ["tests/simulation/mutants.mjs", "--fit"], { cwd: root });
  },
  "wasm-node": () => wasmTests(["--node"], {}),
  "wasm-chromium": () =>
    wasmTests(["--headless", "--chrome", "--chromedriver", chromium().driver ?? "chromedriver"], {
      WASM_BINDGEN_USE_BROWSER: "1",
    }),
  async types() {
    await tool("tsc", "--project", ".");
    await tool("tsc", "--project", "tests/types");
    await nodeTests("types");
  },
  emulator: () => nodeTests("emulator"),
  integration: () => nodeTests("integration"),
  cli: () => nodeTests("cli"),
  browser: () => nodeTests("browser"),
  console: () => nodeTests("console"),
  package: () => nodeTests("package"),
  guides: () => nodeTests("guides"),
  // What it imports is not there before it is set up.
  size: async () => (await import("./size.mjs")).checkSize(),
  fuzz: () => fuzz(),
  supply,
  reproducible,
};

/**
 * @param {string} name
 * @param {...string} args
 */
function tool(name, ...args) {
  return run(join(root, "node_modules", ".bin", name), args, { cwd: root });
}

/** @param {string} folder */
function nodeTests(folder) {
  // What hangs fails, long before whoever waits for all of this gives up; the longest takes far less.
  const limit = "--test-timeout=600000";
  return run(process.execPath, ["--test", "--test-reporter=spec", limit, `tests/${folder}/`], { cwd: root });
}

/** What others' code comes in: its licences, its duplicates, its origin; nothing that runs when it is installed. */
async function supply() {
  // What is known against a crate is asked for where the advisories can be reached: in the release workflow.
  const checks = ["licenses", "bans", "sources"];
  await run(cargoDeny, ["--locked", "--all-features", "check", ...checks], { cwd: root });
}

/**
 * @param {string[]} where
 * @param {NodeJS.ProcessEnv} env
 */
function wasmTests(where, env) {
  const args = ["test", ...where, "--mode", "no-install", ".", "--locked", "--features", "js", "--test", "wasm"];
  return run("wasm-pack", args, { cwd: root, env: { ...wasmEnvironment(), ...env } });
}

/** Compiles the module once more, from nothing and in another place: it has to be the same, byte for byte. */
async function reproducible() {
  const scratch = mkdtempSync(join(tmpdir(), "finauth-facesearch-"));
  try {
    await buildWasm(join(scratch, "wasm"), join(scratch, "target"));
    for (const name of ["finauth_facesearch_bg.wasm", "finauth_facesearch.js"]) {
      const [first, second] = [wasmBuilt, join(scratch, "wasm")].map((folder) => readFileSync(join(folder, name)));
      if (!first?.equals(/** @type {Buffer} */ (second))) throw new Failure(`Two builds differ in ${name}.`);
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/**
 * What random input is drawn from: of one commit always the same, so that a failure is met again wherever the commit is
 * tested; of each commit another, so that more is tried as the work goes on.
 */
function drawFromCommit() {
  const commit = ask("git", ["-C", root, "rev-parse", "HEAD"]) ?? "0";
  const seed = process.env.PROPERTY_SEED ?? String(Number.parseInt(commit.slice(0, 7), 16));
  Object.assign(process.env, { PROPERTY_SEED: seed, PROPTEST_RNG_SEED: seed });
  say(`• random input is drawn from PROPERTY_SEED=${seed}`);
}

await main(async () => {
  const chosen = process.argv.slice(2);
  const unknown = chosen.find((name) => !(name in LAYERS));
  if (unknown !== undefined) throw new Failure(`No layer '${unknown}'; there are ${Object.keys(LAYERS).join(", ")}.`);
  await setUp({ test: true });
  await build();
  drawFromCommit();
  /** @type {string[]} */
  const ends = [];
  let failed = 0;
  for (const [name, runLayer] of Object.entries(LAYERS)) {
    if (chosen.length > 0 && !chosen.includes(name)) {
      ends.push(`  – ${name}: not asked for`);
      continue;
    }
    say(`\n━━ ${name}`);
    const started = Date.now();
    let problem = "";
    try {
      await runLayer();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      problem = `: ${error.message}`;
      failed += 1;
    }
    ends.push(`  ${problem === "" ? "✓" : "✗"} ${name} (${Math.round((Date.now() - started) / 1000)} s)${problem}`);
  }
  process.stdout.write(`\n${ends.join("\n")}\n\n`);
  const passed = ends.filter((end) => end.startsWith("  ✓")).length;
  process.stdout.write(`layers: ${passed} passed, ${failed} failed\n`);
  if (failed > 0) process.exitCode = 1;
});
