// @ts-check
// The declarations of the packed tarball, in the oldest TypeScript that takes them and in newer ones, with all that a
// project may have switched on or left out. Library files are checked, too, but where nothing else is there to check them by.

import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { packedProject, run } from "../support/project.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const modules = join(root, "tests/types/node_modules");

const COMPILERS = {
  4.8: join(modules, "typescript-4.8/lib/tsc.js"),
  "5.0": join(modules, "typescript-5.0/lib/tsc.js"),
  "6.0": join(modules, "typescript/lib/tsc.js"),
  "7.0": join(root, "node_modules/typescript/lib/tsc.js"),
};

const NODENEXT = { module: "nodenext", moduleResolution: "nodenext" };
const DOM = ["es2022", "dom", "dom.iterable"];

/** Names say what is there. @type {Record<string, { files: string[], options: object, since?: number, until?: number }>} */
const PROJECTS = {
  "a page, with the DOM and without Node": { files: ["page.mts"], options: { ...NODENEXT, lib: DOM, types: [] } },
  "a worker of a page": { files: ["page.mts"], options: { ...NODENEXT, lib: ["es2022", "webworker"], types: [] } },
  "a server, with Node and without the DOM": {
    files: ["server.mts", "required.cts"],
    options: { ...NODENEXT, lib: ["es2022"], types: ["node"] },
  },
  "both, with library files left unchecked": {
    files: ["page.mts", "server.mts", "required.cts"],
    options: { ...NODENEXT, lib: DOM, types: ["node"], skipLibCheck: true },
  },
  "neither, with library files left unchecked": {
    files: ["bare.mts"],
    options: { ...NODENEXT, lib: ["es2022"], types: [], skipLibCheck: true },
  },
  "a bundler's resolution": {
    files: ["page.mts"],
    options: { module: "esnext", moduleResolution: "bundler", lib: DOM, types: [] },
    since: 5,
  },
  "the resolution of old": {
    files: ["bare.mts"],
    options: { module: "commonjs", moduleResolution: "node", lib: DOM, types: [] },
    until: 5,
  },
};

/** @type {string} */
let project;
before(async () => {
  ({ folder: project } = await packedProject({ type: "module" }));
  cpSync(join(root, "tests/types/consumers"), project, { recursive: true });
  writeFileSync(
    join(project, "bare.mts"),
    `import { FaceSearchClient } from "finauth-facesearch";
     export const count = new FaceSearchClient().getFaceCount({ groupId: "g" }).then(({ faceCount }) => faceCount.toFixed());`,
  );
  symlinkSync(join(root, "node_modules/@types"), join(project, "node_modules/@types"));
});

for (const [version, compiler] of Object.entries(COMPILERS)) {
  for (const [name, { files, options, since = 0, until = Infinity }] of Object.entries(PROJECTS)) {
    if (Number(version) < since || Number(version) > until) continue;
    test(`TypeScript ${version}: ${name}`, async () => {
      const compilerOptions = {
        ...{ strict: true, noEmit: true, target: "es2022", skipLibCheck: false },
        ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noImplicitOverride: true },
        ...options,
      };
      const config = `tsconfig.${version}.${name.replace(/\W+/g, "-")}.json`;
      writeFileSync(join(project, config), JSON.stringify({ compilerOptions, files }));
      await run(process.execPath, [compiler, "--project", config], { cwd: project }).catch(({ stdout }) =>
        assert.fail(stdout),
      );
    });
  }
}

test("what is public is what was reviewed", () => {
  const pkg = join(root, "pkg-template");
  const sources = readdirSync(pkg, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".d.ts") && !/^(wasm|load)\b/.test(name))
    .sort();
  const now = sources.map((name) => `// ${name}\n${withoutComments(readFileSync(join(pkg, name), "utf8"))}`).join("\n");
  const file = join(root, "tests/types/public.txt");
  if (process.env.WRITE_PUBLIC) writeFileSync(file, now);
  assert.equal(
    now,
    readFileSync(file, "utf8"),
    "write it with 'npm run types:public', and say in the CHANGELOG what changes",
  );
});

/** @param {string} declarations */
function withoutComments(declarations) {
  return declarations
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/^\s*\/\/.*$/gm, "")
    .replace(/^\s*\n/gm, "");
}
