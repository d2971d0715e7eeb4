// @ts-check
// Rust's standard library for wasm32-unknown-unknown.
//
// Where rustup can download, it does. Where it cannot, the library is built from Debian's copy of the Rust sources,
// with Debian's compiler, into a sysroot in the per-user cache; only the wasm build uses that sysroot.

import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { installDebianPackages } from "../lib/debian.mjs";
import { cache, fillCache } from "../lib/places.mjs";
import { ask, Failure, run, say, which } from "../lib/shell.mjs";
import { wasmToolsBin } from "./wasm-tools.mjs";

const TARGET = "wasm32-unknown-unknown";
const DEBIAN_RUSTC = "/usr/bin/rustc";
const DEBIAN_CARGO = "/usr/bin/cargo";

/** The folder to put first on PATH so that cargo builds for wasm; undefined where the user's own toolchain does. */
export function wasmToolchainBin() {
  if (hasTarget("rustc")) return undefined;
  const bin = join(debianSysroot(), "bin");
  return existsSync(bin) ? bin : undefined;
}

export async function setUpWasmTarget() {
  if (hasTarget("rustc") || wasmToolchainBin() !== undefined) return;
  if (which("rustup") !== undefined) {
    say(`• Rust's ${TARGET} target: asking rustup`);
    const answer = ask("rustup", ["target", "add", TARGET], { timeout: 180_000 });
    if (answer !== undefined && hasTarget("rustc")) return;
    say("  rustup cannot download it here; building it from Debian's sources instead");
  }
  await buildFromDebian();
}

/** @param {string} rustc */
function hasTarget(rustc) {
  const folder = ask(rustc, ["--print", "target-libdir", "--target", TARGET]);
  return folder !== undefined && existsSync(folder) && readdirSync(folder).some((name) => name.startsWith("libstd-"));
}

function debianSysroot() {
  const version = ask(DEBIAN_RUSTC, ["--version"])?.match(/^rustc (\S+) \((\w+)/);
  return join(cache, `sysroot-${version?.[1] ?? "none"}-${version?.[2] ?? "none"}`);
}

async function buildFromDebian() {
  await installDebianPackages(["rustc-web", "cargo-web", "rust-web-src"], `for Rust's ${TARGET} target`);
  const linker = rustupLinker();
  const started = Date.now();
  say(`• Rust's ${TARGET} target: building the standard library (about a minute, once for this user)`);
  await fillCache(debianSysroot(), async (sysroot) => {
    const library = join(sysroot, "std");
    mkdirSync(join(library, "src"), { recursive: true });
    writeFileSync(join(library, "src", "lib.rs"), "#![no_std]\n");
    writeFileSync(
      join(library, "Cargo.toml"),
      '[package]\nname = "std-for-wasm"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n',
    );
    await run(DEBIAN_CARGO, ["build", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort,test,proc_macro"], {
      cwd: library,
      quiet: true,
      env: {
        ...process.env,
        RUSTC: DEBIAN_RUSTC,
        RUSTC_BOOTSTRAP: "1",
        // Without bitcode in the library, link-time optimisation of the wasm would stop at its border.
        RUSTFLAGS: `-Cembed-bitcode=yes --remap-path-prefix=${library}=/std`,
        CARGO_TARGET_DIR: join(library, "target"),
      },
    });
    const built = join(library, "target", TARGET, "release", "deps");
    const libdir = join(sysroot, "lib", "rustlib", TARGET, "lib");
    mkdirSync(libdir, { recursive: true });
    for (const name of readdirSync(built)) {
      if (name.endsWith(".rlib") && !name.startsWith("libstd_for_wasm"))
        copyFileSync(join(built, name), join(libdir, name));
    }
    addHostLibraries(sysroot, linker);
    addPrograms(sysroot, debianSysroot());
    rmSync(library, { recursive: true });
  });
  say(`  built in ${Math.round((Date.now() - started) / 1000)} s`);
}

/** Debian ships no linker for wasm that knows this compiler's format; every rustup toolchain does. */
function rustupLinker() {
  const host = hostTriple("rustc");
  const sysroot = ask("rustc", ["--print", "sysroot"]);
  const linker = join(sysroot ?? "", "lib", "rustlib", host, "bin", "rust-lld");
  if (!existsSync(linker)) {
    throw new Failure(
      `No rust-lld in ${sysroot ?? "the Rust toolchain"}: install Rust with rustup (its toolchains have it), then try again.`,
    );
  }
  return linker;
}

/** @param {string} rustc */
function hostTriple(rustc) {
  return ask(rustc, ["-vV"])?.match(/^host: (.+)$/m)?.[1] ?? "unknown-host";
}

/**
 * Build scripts and procedural macros run on the host: its libraries are Debian's own.
 *
 * @param {string} sysroot
 * @param {string} linker
 */
function addHostLibraries(sysroot, linker) {
  const host = hostTriple(DEBIAN_RUSTC);
  const own = join(sysroot, "lib", "rustlib", host);
  mkdirSync(join(own, "bin"), { recursive: true });
  symlinkSync(join("/usr/lib/rustlib", host, "lib"), join(own, "lib"));
  symlinkSync(linker, join(own, "bin", "rust-lld"));
}

/**
 * @param {string} sysroot where to write
 * @param {string} finalPlace where the sysroot will be once it is done
 */
function addPrograms(sysroot, finalPlace) {
  const bin = join(sysroot, "bin");
  mkdirSync(bin);
  const programs = {
    rustc: `exec ${DEBIAN_RUSTC} --sysroot '${finalPlace}' "$@"`,
    // rustup's cargo would go back to rustup's rustc.
    cargo: `RUSTC='${join(finalPlace, "bin", "rustc")}' exec ${DEBIAN_CARGO} "$@"`,
  };
  for (const [name, command] of Object.entries(programs)) {
    const file = join(bin, name);
    writeFileSync(file, `#!/bin/sh\n${command}\n`);
    chmodSync(file, 0o755);
  }
}

/**
 * The environment for building and testing wasm: the toolchain above and the tools of wasm-tools.mjs on PATH.
 *
 * @returns {NodeJS.ProcessEnv}
 */
export function wasmEnvironment() {
  const first = [wasmToolchainBin(), wasmToolsBin()].filter((folder) => folder !== undefined);
  return { ...process.env, PATH: [...first, process.env.PATH].join(delimiter) };
}
