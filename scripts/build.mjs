// @ts-check
// Makes pkg/, ready for `npm pack`: wasm-pack's output, optimised, with what pkg-template/ packs around it, bundled. Each
// step has its folder in target/: wasm-built/, then package/, which has every module by itself.
//
// Does nothing, quickly, when nothing that goes into it has changed.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundle } from "./lib/bundle.mjs";
import { withoutPlaces, withPlaces } from "./lib/order-functions.mjs";
import { modules, pkg, root, wasmBuilt } from "./lib/places.mjs";
import { ask, Failure, main, run, say } from "./lib/shell.mjs";
import { buildSource } from "./lib/source.mjs";
import { wasmEnvironment } from "./setup/wasm-target.mjs";
import { setUp } from "./setup.mjs";

const NAME = "finauth_facesearch";

/** What Rust's compiler puts into wasm by default today; every supported runtime has it. */
const WASM_FEATURES = [
  "bulk-memory",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
];

/**
 * For the fewest bytes over the wire, which are not the fewest bytes: functions that are inlined less repeat themselves
 * more, and brotli knows them again. Each of these was measured.
 */
const WASM_OPT = [
  "-Oz",
  "--converge",
  "--always-inline-max-function-size=0",
  "--flexible-inline-max-function-size=0",
  "--one-caller-inline-max-function-size=20",
  // Rust puts nothing at the first kilobyte: there is the stack's end.
  "--low-memory-unused",
  // How well an address is aligned, no current engine asks; each instruction has one form instead of several.
  "--dealign",
  "--reorder-functions-by-name",
  // The names of functions, for who wants to know where the bytes go; they are taken out at last.
  "--debuginfo",
];

/** Makes pkg/. The tools must be there: see setup.mjs. */
export async function build() {
  await unlessMadeFrom(
    MODULE_INPUTS.map((name) => join(root, name)),
    wasmBuilt,
    "the WebAssembly module",
    () => buildWasm(wasmBuilt, join(root, "target")),
  );
  const source = buildSource();
  await unlessMadeFrom(
    [wasmBuilt, ...PACKAGE_INPUTS.map((name) => join(root, name))],
    modules,
    "the package's modules",
    () => assemble(source),
    JSON.stringify(source),
  );
  const bundlers = ["scripts/lib/bundle.mjs", "package-lock.json"].map((name) => join(root, name));
  await unlessMadeFrom([modules, ...bundlers], pkg, "pkg/", () => bundle(modules, pkg));
}

/**
 * Makes a folder anew, unless it was made from the very same.
 *
 * @param {string[]} inputs files and folders
 * @param {string} folder
 * @param {string} name
 * @param {() => unknown} make
 * @param {string} [text] what goes into it besides
 */
async function unlessMadeFrom(inputs, folder, name, make, text = "") {
  const stamp = join(root, "target", `${basename(folder)}-made-from`);
  const made = existsSync(folder) && existsSync(stamp) ? readFileSync(stamp, "utf8") : undefined;
  const from = fingerprint(inputs, text);
  if (made === from) return;
  const started = Date.now();
  say(`• building ${name}`);
  // If it fails, what there is was made from nothing in particular.
  for (const old of [folder, stamp]) rmSync(old, { recursive: true, force: true });
  await make();
  writeFileSync(stamp, from);
  say(`  built in ${Math.round((Date.now() - started) / 1000)} s`);
}

const MODULE_INPUTS = [
  "src",
  "Cargo.toml",
  "Cargo.lock",
  "scripts/build.mjs",
  "scripts/lib/order-functions.mjs",
  "scripts/lib/slim-wasm.mjs",
  "scripts/lib/wasm-file.mjs",
  "package-lock.json",
  "pkg-template/guard.js",
];
const PACKAGE_INPUTS = [
  "pkg-template",
  "www",
  "README.md",
  "CHANGELOG.md",
  "scripts/build.mjs",
  "scripts/lib/source.mjs",
  "scripts/lib/zopfli.mjs",
];

/**
 * Compiles and optimises the module with its glue.
 *
 * @param {string} out the folder to make
 * @param {string} target the folder for cargo's output
 */
export async function buildWasm(out, target) {
  const env = wasmEnvironment();
  const generated = join(target, "wasm-pack");
  rmSync(generated, { recursive: true, force: true });
  const options = ["--target", "web", "--profile", "wasm", "--no-pack", "--mode", "no-install"];
  const cargoOptions = ["--locked", "--no-default-features", "--features", "js"];
  await run("wasm-pack", ["build", ...options, "--out-name", NAME, "--out-dir", generated, root, ...cargoOptions], {
    quiet: true,
    env: { ...env, CARGO_TARGET_DIR: target, CARGO_ENCODED_RUSTFLAGS: withoutPaths(env, target) },
  });
  mkdirSync(out, { recursive: true });
  const wasm = `${NAME}_bg.wasm`;
  // It needs npm packages, which are there only now.
  const { withoutPanicMessages, withShortNames } = await import("./lib/slim-wasm.mjs");
  const optimised = join(generated, "optimised.wasm");
  writeFileSync(optimised, withoutPanicMessages(readFileSync(join(generated, wasm))));
  await optimise(optimised);
  // Which functions are alike shows when they are optimised; put in that order, they are optimised once more.
  writeFileSync(optimised, withPlaces(readFileSync(optimised)));
  await optimise(optimised);
  writeFileSync(optimised, withoutPlaces(readFileSync(optimised)));
  const glue = withGuard(readFileSync(join(generated, `${NAME}.js`), "utf8"));
  const short = withShortNames(readFileSync(optimised), glue);
  const declarations = readFileSync(join(generated, `${NAME}.d.ts`), "utf8");
  const [exports = ""] = declarations.split("export type SyncInitInput");
  writeFileSync(join(out, `${NAME}.d.ts`), `${exports}${DECLARED_LOAD}`);
  writeFileSync(join(out, `${NAME}.js`), short.glue);
  writeFileSync(join(out, wasm), short.bytes);
}

/** Has wasm-opt write a module anew. @param {string} file */
function optimise(file) {
  const features = WASM_FEATURES.map((feature) => `--enable-${feature}`);
  const wasmOpt = join(root, "node_modules", "binaryen", "bin", "wasm-opt");
  return run(process.execPath, [wasmOpt, file, "--output", file, ...WASM_OPT, ...features]);
}

/** Makes the instance; instance.js sees to it that it is called once. */
const LOAD = `async function __wbg_init(module) {
    if (wasm !== undefined) return wasm;
    return __wbg_finalize_init(await WebAssembly.instantiate(module, __wbg_get_imports()), module);
}

`;

const DECLARED_LOAD = "export default function __wbg_init(module: WebAssembly.Module): Promise<InitOutput>;\n";

/**
 * Puts `pkg-template/guard.js` between the glue and the module's exports. The glue cannot be told to, so its text is
 * changed; a version of wasm-bindgen that writes another text does not get past this.
 *
 * @param {string} glue
 */
function withGuard(glue) {
  const changes = [
    ["wasm = instance.exports;", "wasm = guarded(instance.exports);"],
    ["wasm = wasmInstance.exports;", "wasm = guarded(wasmInstance.exports);"],
    // A timer or a promise of the instance before: nobody is there to catch it, and nothing waits for it any more.
    ["throw new Error('Cannot invoke closure from previous WASM instance');", "return undefined;"],
    // The loaders give a compiled module, once. The glue's own ways to get at one would have Node load its whole fetch, to
    // know a `Request` or a `Response`, which takes longer than all else up to the first signature.
    [between(glue, "async function __wbg_load(", "export {"), LOAD],
    ["export { initSync, __wbg_init as default };", "export { __wbg_init as default };"],
    // Whatever runs the module has `encodeInto`, and Rust's own allocator is always there.
    [between(glue, "if (!('encodeInto' in cachedTextEncoder)) {", "let WASM_VECTOR_LEN"), ""],
    [between(glue, "    if (realloc === undefined) {", "    let len = arg.length;"), ""],
  ];
  for (const [from = "", to = ""] of changes) {
    if (!glue.includes(from)) throw new Failure(`wasm-bindgen's glue has changed: there is no '${from}' any more.`);
    glue = glue.replaceAll(from, to);
  }
  return `import { guarded } from "../guard.js";\n${glue}`;
}

/**
 * The piece of a text from one piece on, up to another.
 *
 * @param {string} text
 * @param {string} from
 * @param {string} to
 */
function between(text, from, to) {
  const start = text.indexOf(from);
  const end = text.indexOf(to, start);
  if (start < 0 || end < 0) throw new Failure(`wasm-bindgen's glue has changed: there is no '${from}' any more.`);
  return text.slice(start, end);
}

/** Compiler flags for the fewest bytes over the wire. Each was measured. */
const SMALL = [
  // SHA-256 without unrolled rounds: a tenth of the code, and it makes receipts only.
  '--cfg=sha2_backend_soft="compact"',
  // Loops count as they are written: a pointer for each thing that a loop looks at is more code, and no faster.
  "-Cllvm-args=-disable-lsr",
  // Nor is a value computed on one way for the sake of another, where it is there already.
  "-Cllvm-args=-enable-pre=false",
  "-Cllvm-args=-enable-load-pre=false",
  // An eighth of what Rust takes. What lies behind the stack has a lower address, which takes fewer bytes to name.
  "-Clink-arg=-zstack-size=131072",
];

/**
 * Compiler flags that keep this machine's paths out of the module, so that the same sources give the same bytes anywhere.
 * Encoded as cargo wants them where a path may hold a space.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {string} target
 */
function withoutPaths(env, target) {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  const sysroot = ask("rustc", ["--print", "sysroot"], { env }) ?? "";
  const names = { [sysroot]: "/rust", [cargoHome]: "/cargo", [target]: "/target", [root.replace(/\/$/, "")]: "/src" };
  const remaps = Object.entries(names).map(([from, to]) => `--remap-path-prefix=${from}=${to}`);
  const own = (process.env.RUSTFLAGS ?? "").split(" ").filter((flag) => flag !== "");
  return [...own, ...SMALL, ...remaps].join("\x1f");
}

/**
 * Puts the hand-written part around the wasm.
 *
 * @param {import("./lib/source.mjs").Source} source
 */
function assemble(source) {
  cpSync(wasmBuilt, join(modules, "wasm"), { recursive: true });
  cpSync(join(root, "pkg-template"), modules, {
    recursive: true,
    // What a folder is for is of no interest to the package's users.
    filter: (source) => !/load\/.*\.d\.ts$/.test(source) && basename(source) !== "README.md",
  });
  cpSync(join(root, "www"), join(modules, "console"), {
    recursive: true,
    filter: (source) => basename(source) !== "README.md",
  });
  for (const name of readdirSync(root)) {
    if (/^(README|CHANGELOG|LICENSE)/.test(name)) copyFileSync(join(root, name), join(modules, name));
  }
  const manifest = JSON.parse(readFileSync(join(modules, "package.json"), "utf8"));
  writeFileSync(join(modules, "package.json"), `${JSON.stringify({ ...manifest, ...source.links }, undefined, 2)}\n`);
  const buildInfo = JSON.stringify({ version: manifest.version, commit: source.commit });
  writeFileSync(join(modules, "build-info.js"), `export const buildInfo = Object.freeze(${buildInfo});\n`);
  const zopfli = [join(root, "scripts", "lib", "zopfli.mjs"), join(wasmBuilt, `${NAME}_bg.wasm`)];
  // Whoever downloads this cannot compress it any more.
  const packed = execFileSync(process.execPath, zopfli).toString("base64");
  writeFileSync(join(modules, "wasm", `${NAME}_packed.js`), `export default /** @type {string} */ ("${packed}");\n`);
  declareForRequire(modules);
}

/**
 * TypeScript wants declarations of their own for `require`. They hold the text, and those for `import` pass it on: it can
 * be done in this direction only.
 *
 * @param {string} folder
 */
function declareForRequire(folder) {
  for (const { name, parentPath } of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const [entry] = name.split(".d.ts");
    // Those in wasm/ are no entries.
    if (!name.endsWith(".d.ts") || basename(parentPath) === "wasm") continue;
    const path = join(parentPath, name);
    const declarations = readFileSync(path, "utf8").replace(/from "(\.[^"]*)\.js"/g, 'from "$1.cjs"');
    writeFileSync(join(parentPath, `${entry}.d.cts`), declarations);
    writeFileSync(path, `export * from "./${entry}.cjs";\n`);
  }
}

/**
 * A hash of the compiler's version, of all these files, and of a text.
 *
 * @param {string[]} inputs
 * @param {string} text
 */
function fingerprint(inputs, text) {
  const hash = createHash("sha256").update(text);
  hash.update(ask("rustc", ["-vV"], { env: wasmEnvironment() }) ?? "");
  const add = (/** @type {string} */ path) => {
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) add(join(path, name));
    } else {
      hash.update(`${basename(path)}\0`).update(readFileSync(path));
    }
  };
  for (const path of inputs) add(path);
  return hash.digest("hex");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(async () => {
    await setUp();
    await build();
  });
}
