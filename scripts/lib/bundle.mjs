// @ts-check
// Makes few files of the package's many, so that an import finds its way at once and a download is small. Each entry stays
// one file where it always was, and imports what it shares with others. What only the sources' readers need stays behind;
// the names of functions and classes do only in the console's page: stack traces of what others build on have them.

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { Failure } from "./shell.mjs";

/** What is imported from outside: by the manifest's `exports` and `bin`, by the console's page, and the loaders. */
const ENTRIES = [
  ...["browser", "deno", "inline", "node", "slim", "workerd"],
  ...["load/browser", "load/deno", "load/inline", "load/node", "load/workerd"],
  ...["proxy/browser", "proxy/deno", "proxy/node", "proxy/workerd"],
  ...["emulator/index", "emulator/node", "journal/fs", "journal/indexeddb", "journal/memory", "receipt/index"],
  ...["cli/main", "cli/console-server", "cli/practice-faces"],
];

/** The console's page, and its worker. */
const CONSOLE_ENTRIES = ["app", "worker"];

/** What several entries share, by the file that it goes into. The first that fits counts. */
const SHARED = /** @type {const} */ ([
  // A journal, or a receipt that is verified, needs these and no client.
  ["shared", /^(environment|errors|options|outcomes|load\/explain|journal\/index|receipt\/format)\.js$/],
  ["node-listener", /^node-listener\.js$/],
  ["proxy/handler", /^proxy\//],
  ["client", /^([^/]*|wasm\/.*|receipt\/make|journal\/writer)\.js$/],
]);

/** Imported as they stand: for what they hold, or by who alone understands them. */
const AS_THEY_STAND = /source-phase\.js$|_packed\.js$|\.wasm$|^\/pkg\/|^node:/;

/**
 * @param {string} from the package, with each of its modules
 * @param {string} to the folder to make
 */
export async function bundle(from, to) {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith(".js") || AS_THEY_STAND.test(path) });
  const page = join(from, "console");
  await write(from, to, ENTRIES, { shared: (name) => SHARED.find(([, files]) => files.test(name))?.[0] });
  await write(page, join(to, "console"), CONSOLE_ENTRIES, { anonymous: true });
  const { transform } = await import("esbuild");
  const style = await transform(readFileSync(join(page, "style.css"), "utf8"), { loader: "css", minify: true });
  writeFileSync(join(to, "console", "style.css"), style.code);
}

/**
 * @param {string} from
 * @param {string} to
 * @param {string[]} entries
 * @param {object} how
 * @param {(name: string) => string | undefined} [how.shared] the file of a module that is no entry, if it is shared
 * @param {boolean} [how.anonymous] without the names of functions
 */
async function write(from, to, entries, { shared = () => undefined, anonymous = false }) {
  // They need npm packages, which are there only after the set-up.
  const [{ rollup }, { minify }] = await Promise.all([import("rollup"), import("terser")]);
  const nameOf = (/** @type {string} */ path) => relative(from, path).split(sep).join("/");
  const bundled = await rollup({
    input: Object.fromEntries(entries.map((entry) => [entry, join(from, `${entry}.js`)])),
    external: AS_THEY_STAND,
    onLog: (_level, { message }) => {
      throw new Failure(`Rollup is not pleased with the package: ${message}`);
    },
  });
  const { output } = await bundled.generate({
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    hoistTransitiveImports: false,
    manualChunks: (id, { getModuleInfo }) => (getModuleInfo(id)?.isEntry ? undefined : shared(nameOf(id))),
  });
  for (const file of output) {
    if (file.type !== "chunk") throw new Failure(`Rollup wrote ${file.fileName}, which is no module`);
    const names = { keep_fnames: !anonymous, keep_classnames: !anonymous };
    // Each pass writes into its options.
    const passes = { mangle: { ...names }, compress: { ...names } };
    // An engine that reports an error nobody caught shows the whole line.
    const format = { semicolons: false, max_line_len: 160 };
    const { code = "" } = await minify(file.code, { module: true, ecma: 2020, ...passes, format });
    const path = join(to, file.fileName);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, code);
  }
  await bundled.close();
}
