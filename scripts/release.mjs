// @ts-check
// `npm run release`: makes what is published of a version, in target/release-of/, and publishes it. CI runs it on a tag.
//
//   npm run release -- --dry-run     all but publishing; also before there is a tag
//
// Beside the tarball lie the module with the names of its functions, for debugging, and the checksums of both.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "./build.mjs";
import { pkg, root } from "./lib/places.mjs";
import { ask, Failure, main, run, say } from "./lib/shell.mjs";
import { setUp } from "./setup.mjs";

const WASM = "finauth_facesearch_bg.wasm";
const artefacts = join(root, "target", "release-of");

/**
 * What stands in the way of a release: nothing, in the end.
 *
 * @param {string} version
 */
function obstacles(version) {
  const read = (/** @type {string} */ name) => readFileSync(join(root, name), "utf8");
  const git = (/** @type {string[]} */ ...args) => ask("git", ["-C", root, ...args]) ?? "";
  const found = [];
  if (!read("Cargo.toml").includes(`\nversion = "${version}"\n`)) found.push(`Cargo.toml has another version`);
  if (!read("CHANGELOG.md").includes(`\n## ${version}`)) found.push(`CHANGELOG.md has no heading '## ${version}'`);
  if (git("status", "--porcelain", "--untracked-files=no") !== "")
    found.push("there are changes that are not committed");
  if (!git("tag", "--points-at", "HEAD").split("\n").includes(`v${version}`)) found.push(`no tag v${version} is here`);
  const { repository } = JSON.parse(readFileSync(join(pkg, "package.json"), "utf8"));
  if (repository === undefined) found.push("this clone's origin is no public address, which provenance needs");
  return found;
}

/** Fills the folder of artefacts; gives the tarball. @param {string} version */
export async function makeArtefacts(version) {
  rmSync(artefacts, { recursive: true, force: true });
  mkdirSync(artefacts, { recursive: true });
  await run("npm", ["pack", pkg, "--silent", "--pack-destination", artefacts], { quiet: true });
  const [tarball = ""] = readdirSync(artefacts);
  // It needs npm packages, which are there only after the set-up.
  const { withFunctionNames } = await import("./lib/slim-wasm.mjs");
  const shipped = readFileSync(join(pkg, "wasm", WASM));
  const named = readFileSync(join(root, "target", "wasm-pack", "optimised.wasm"));
  const debug = `finauth-facesearch-${version}.debug.wasm`;
  writeFileSync(join(artefacts, debug), withFunctionNames(shipped, named));
  const sums = [tarball, debug].map((name) => {
    const sum = createHash("sha256").update(readFileSync(join(artefacts, name)));
    return `${sum.digest("hex")}  ${name}\n`;
  });
  writeFileSync(join(artefacts, "SHA256SUMS"), sums.join(""));
  return { tarball: join(artefacts, tarball), debug: join(artefacts, debug) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(async () => {
    const dry = process.argv.includes("--dry-run");
    await setUp();
    await build();
    const { version } = JSON.parse(readFileSync(join(pkg, "package.json"), "utf8"));
    const found = obstacles(version);
    if (found.length > 0 && !dry) throw new Failure(`This is no release yet:\n  ${found.join("\n  ")}`);
    const { tarball } = await makeArtefacts(version);
    const provenance = process.env.GITHUB_ACTIONS === undefined ? [] : ["--provenance"];
    const how = dry ? ["--dry-run"] : provenance;
    await run("npm", ["publish", tarball, "--access", "public", ...how], { quiet: dry });
    say(
      `${dry ? "would have published" : "published"} ${version}; in target/release-of/: ${readdirSync(artefacts).join(", ")}`,
    );
    for (const obstacle of found) say(`  – before it can be: ${obstacle}`);
  });
}
