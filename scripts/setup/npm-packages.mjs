// @ts-check
// The development tools from npm that a package-lock.json names.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/places.mjs";
import { run, say } from "../lib/shell.mjs";

/** @param {string} [folder] of the package-lock.json, from the project's own */
export async function setUpNpmPackages(folder = ".") {
  const place = join(root, folder);
  const stamp = join(place, "node_modules", ".installed-from");
  const wanted = createHash("sha256")
    .update(readFileSync(join(place, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  say(`• npm packages: installing the development tools${folder === "." ? "" : ` of ${folder}/`}`);
  await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: place,
    quiet: true,
    work: "Installing the npm packages",
    remedy: "Check that npm can reach its registry, then try again.",
  });
  writeFileSync(stamp, wanted);
}
