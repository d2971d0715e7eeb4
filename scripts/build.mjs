// @ts-check
// Makes pkg/, ready for `npm pack`: wasm-pack's output, optimised, with what pkg-template/ packs around it.
//
// Does nothing when nothing that goes into it has changed.

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { pkg, root } from "./lib/places.mjs";
import { ask, main, run, say } from "./lib/shell.mjs";
import { wasmEnvironment } from "./setup/wasm-target.mjs";
import { wasmToolsBin } from "./setup/wasm-tools.mjs";
import { setUp } from "./setup.mjs";

const NAME = "finauth_facesearch";

/** What Rust's compiler puts into today's wasm by default, and every supported runtime has. */
const FEATURES = [
  "bulk-memory",
  "bulk-memory-opt",
  "call-indirect-overlong",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
];

/**
 * @param {{ target?: string }} [options] the folder for cargo's output
 */
export async function build({ target = join(root, "target") } = {}) {
  const env = { ...wasmEnvironment(wasmToolsBin()), CARGO_TARGET_DIR: target };
  const stamp = join(target, "pkg-made-from");
  const inputs = fingerprint(env);
  if (existsSync(join(pkg, "package.json")) && existsSync(stamp) && readFileSync(stamp, "utf8") === inputs) return;

  const started = Date.now();
  say("• building pkg/");
  const generated = join(target, "wasm-pack");
  await compile(generated, env);
  rmSync(pkg, { recursive: true, force: true });
  assemble(generated);
  await optimise(join(generated, `${NAME}_bg.wasm`), join(pkg, "wasm", `${NAME}_bg.wasm`));
  mkdirSync(target, { recursive: true });
  writeFileSync(stamp, inputs);
  say(`  built in ${Math.round((Date.now() - started) / 1000)} s`);
}

/**
 * @param {string} out
 * @param {NodeJS.ProcessEnv} env
 */
async function compile(out, env) {
  rmSync(out, { recursive: true, force: true });
  const home = ask("cargo", ["--version", "--verbose"], { env })?.match(/^host: (.+)$/m)?.[1] ?? "";
  await run(
    "wasm-pack",
    ["build", "--target", "web", "--profile", "wasm", "--no-pack", "--no-opt", "--mode", "no-install"]
      .concat(["--out-name", NAME, "--out-dir", out, ".", "--features", "js", "--locked"]),
    {
      cwd: root,
      quiet: true,
      env: {
        ...env,
        // No path of the machine that built it, so that the same sources give the same bytes anywhere.
        RUSTFLAGS: remappings(env).join(" "),
        HOST_TRIPLE: home,
      },
    },
  );
}
