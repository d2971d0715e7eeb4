// @ts-check
// Where fixtures run: in projects of a monorepo whose root holds the pinned tools, which all runs share; between the two lies
// the folder of this run, with the packed tarball installed.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cache, fillCache, pkg } from "../../../scripts/lib/places.mjs";
import { Failure, run, say } from "../../../scripts/lib/shell.mjs";

/** @typedef {Awaited<ReturnType<typeof makePlace>>} Place */

const execute = promisify(execFile);
const here = fileURLToPath(new URL("..", import.meta.url));
const QUIET = ["--ignore-scripts", "--no-audit", "--no-fund"];

export async function makePlace() {
  const shared = await installTools();
  for (const name of readdirSync(shared).filter((name) => name.startsWith("run-"))) {
    // What an interrupted run left behind.
    const left = join(shared, name);
    if (Date.now() - statSync(left).mtimeMs > 3 * 3_600_000) rmSync(left, { recursive: true, force: true });
  }
  const folder = mkdtempSync(join(shared, "run-"));
  const tarball =
    `${await run("npm", ["pack", pkg, "--silent", "--pack-destination", folder], { quiet: true })}`.trim();
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  const options = ["install", ...QUIET, "--no-package-lock", "--engine-strict", "--loglevel=notice"];
  const { stdout, stderr } = await execute("npm", [...options, join(folder, tarball)], { cwd: folder });
  if (!/^added 1 package in/m.test(stdout) || stderr !== "")
    throw new Failure(`Installing it said:\n${stdout}${stderr}`);
  const tools = join(shared, "node_modules");
  return {
    folder,
    tools,
    installed: join(folder, "node_modules", "finauth-facesearch"),
    /** A file of the tools. @param {string} path */
    tool(path) {
      const file = join(tools, path);
      if (!existsSync(file))
        throw new Failure(`There is no ${path} for this machine (${process.platform}, ${process.arch}).`);
      return file;
    },
    /** Node of a major version. @param {number} major */
    node(major) {
      return this.tool(`node-${major}-${process.platform}-${process.arch}/bin/node`);
    },
    /** The version of a package. @param {string} name */
    version(name) {
      return /** @type {string} */ (JSON.parse(readFileSync(this.tool(`${name}/package.json`), "utf8")).version);
    },
    remove() {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Installs what package-lock.json pins, once for this user. */
async function installTools() {
  const lock = readFileSync(join(here, "package-lock.json"));
  const folder = join(cache, `matrix-${createHash("sha256").update(lock).digest("hex").slice(0, 16)}`);
  if (!existsSync(folder)) {
    say(
      "• the matrix: installing its runtimes, bundlers and test runners (a minute or two, 1.7 GB, once for this user)",
    );
    await fillCache(folder, async (scratch) => {
      for (const name of ["package.json", "package-lock.json"]) copyFileSync(join(here, name), join(scratch, name));
      await run("npm", ["ci", ...QUIET], {
        cwd: scratch,
        quiet: true,
        work: "Installing the tools of the matrix",
        remedy: "Check that npm can reach its registry, then try again.",
      });
      // Each of the Nodes would like to be the one of `npm start`.
      rmSync(join(scratch, "node_modules/.bin/node"), { force: true });
    });
  }
  return folder;
}
