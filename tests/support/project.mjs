// @ts-check
// An empty project with the packed package installed, as its users have it.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const QUIET = ["--ignore-scripts", "--no-audit", "--no-fund"];

const made = /** @type {string[]} */ ([]);
after(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** Makes one, for the length of a file of tests. @param {object} [manifest] its package.json */
export async function packedProject(manifest = {}) {
  const folder = mkdtempSync(join(tmpdir(), "finauth-facesearch-"));
  made.push(folder);
  const { stdout } = await run("npm", ["pack", join(root, "pkg"), "--json", "--pack-destination", folder]);
  const [packed] = Object.values(JSON.parse(stdout));
  const tarball = join(folder, packed.filename);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, ...manifest }));
  await run("npm", ["install", ...QUIET, tarball], { cwd: folder });
  return { folder, tarball, files: /** @type {{ path: string }[]} */ (packed.files) };
}
