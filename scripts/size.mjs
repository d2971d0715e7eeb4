// @ts-check
// `npm run size`: what a browser downloads for the main entry, and where each kilobyte goes.
//
//   npm run size -- --write     makes what was measured the new budget, tests/size/budget.json
//
// The bundle is made by esbuild, minified; bytes over the wire are those of brotli 11. A part of a file cannot be
// compressed alone, so that parts are given in bytes before compression.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "./build.mjs";
import { modules, pkg, root } from "./lib/places.mjs";
import { Failure, main } from "./lib/shell.mjs";
import { setUp } from "./setup.mjs";

/**
 * @typedef {object} Size
 * @property {Record<string, number>} download bytes after brotli 11, by file
 * @property {Record<string, Record<string, number>>} parts bytes before it, by file and part
 */

const BUDGET = join(root, "tests", "size", "budget.json");
const WASM = "finauth_facesearch_bg.wasm";
const SCRIPT = "JavaScript, bundled and minified";

/** @returns {Promise<Size>} */
async function measure() {
  // It needs npm packages, which are there only after the set-up.
  const { functionsOf } = await import("./lib/slim-wasm.mjs");
  const wasm = readFileSync(join(pkg, "wasm", WASM));
  const functions = functionsOf(readFileSync(join(root, "target", "wasm-pack", "optimised.wasm")));
  const { script } = await bundled(pkg);
  // What ships is bundled already: its modules are here still.
  const { parts } = await bundled(modules);
  return {
    download: { [WASM]: compressed(wasm), [SCRIPT]: compressed(script) },
    parts: { [WASM]: sorted(wasmParts(functions, wasm.length)), [SCRIPT]: sorted(parts) },
  };
}

/**
 * The main entry as an application's bundler makes it.
 *
 * @param {string} folder of the package
 */
async function bundled(folder) {
  const { build: bundle } = await import("esbuild");
  const { outputFiles, metafile } = await bundle({
    entryPoints: [join(folder, "browser.js")],
    absWorkingDir: folder,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    outfile: "bundle.js",
    metafile: true,
  });
  const inputs = Object.entries(Object.values(metafile.outputs)[0]?.inputs ?? {});
  return {
    script: outputFiles[0]?.contents ?? new Uint8Array(),
    parts: Object.fromEntries(inputs.map(([name, { bytesInOutput }]) => [name, bytesInOutput])),
  };
}

/** @param {Uint8Array} bytes */
function compressed(bytes) {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
}

/**
 * The module's functions by where they come from.
 *
 * @param {{ name: string, size: number }[]} functions
 * @param {number} whole
 */
function wasmParts(functions, whole) {
  /** @type {Record<string, number>} */
  const parts = {};
  let code = 0;
  for (const { name, size } of functions) {
    const part = origin(name);
    parts[part] = (parts[part] ?? 0) + size;
    code += size;
  }
  return { ...parts, "texts, tables, imports and exports": whole - code };
}

/** @param {string} name a function's */
function origin(name) {
  const own = name.match(/finauth_facesearch::((?:js|deletion|token_reader)::\w+|\w+)/)?.[1];
  if (own !== undefined) {
    const module = `src/${own.replace("::", "/").replace(/\/[A-Z]\w*$/, "/mod")}`;
    return existsSync(join(root, module)) ? `${module}/` : `${module}.rs`;
  }
  if (
    /^(client|deletion|outcometree|reading)_|createSign|maybe_catch_unwind|wasm_bindgen|js_sys|externref|__wb/.test(
      name,
    )
  ) {
    return "wasm-bindgen, js-sys: the border, futures";
  }
  if (/^<?(sha1|sha2|hmac|digest|base64|block_buffer|hybrid_array|zeroize|crypto)|as (digest|zeroize)::/.test(name)) {
    return "sha1, sha2, hmac, base64, zeroize";
  }
  if (/talc|__rust|__rdl|__rg/.test(name)) return "talc: the allocator";
  return "core, alloc: collections, iterators, drops";
}

/** @param {Record<string, number>} parts */
function sorted(parts) {
  return Object.fromEntries(Object.entries(parts).sort(([, one], [, other]) => other - one));
}

/** Fails if a file is larger than its budget allows, and says which of its parts grew. */
export async function checkSize() {
  /** @type {Size} */
  const budget = JSON.parse(readFileSync(BUDGET, "utf8"));
  const size = await measure();
  const grown = Object.entries(size.download).flatMap(([file, bytes]) => {
    const allowed = budget.download[file] ?? 0;
    if (bytes <= allowed) return [];
    const before = budget.parts[file] ?? {};
    const parts = Object.entries(size.parts[file] ?? {})
      .map(([part, now]) => ({ part, more: now - (before[part] ?? 0) }))
      .filter(({ more }) => more > 0)
      .sort((one, other) => other.more - one.more)
      .map(({ part, more }) => `    ${more} bytes more (before compression) in ${part}`);
    return [`${file} takes ${bytes} bytes, and may take ${allowed}.`, ...parts];
  });
  process.stdout.write(`${inTotal(size)} bytes to download\n`);
  if (grown.length > 0) {
    throw new Failure(`${grown.join("\n")}\nIf they are worth it: npm run size -- --write, and say why in the commit.`);
  }
}

/** @param {Size} size */
function inTotal({ download }) {
  return Object.values(download).reduce((sum, bytes) => sum + bytes, 0);
}

/** So much more than measured is allowed, in bytes: compilers and compressors differ a little. */
const HEADROOM = 256;

/** @param {Size} size */
function writeBudget({ download, parts }) {
  const allowed = Object.fromEntries(Object.entries(download).map(([file, bytes]) => [file, bytes + HEADROOM]));
  writeFileSync(BUDGET, `${JSON.stringify({ download: allowed, parts }, undefined, 2)}\n`);
}

/** @param {Size} size */
function show(size) {
  for (const [file, bytes] of Object.entries(size.download)) {
    process.stdout.write(`\n${file}: ${bytes} bytes after brotli; of these, before it:\n`);
    for (const [part, raw] of Object.entries(size.parts[file] ?? {})) {
      process.stdout.write(`${String(raw).padStart(8)}  ${part}\n`);
    }
  }
  process.stdout.write(`\n${inTotal(size)} bytes to download\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(async () => {
    await setUp();
    await build();
    const size = await measure();
    show(size);
    if (process.argv.includes("--write")) writeBudget(size);
  });
}
