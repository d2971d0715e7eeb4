// @ts-check
// `npm run test:matrix`: installs the packed tarball beside every runtime, bundler and test runner that we support, and has
// each delete faces, for real, from an emulator that knows what became of them. What could not run has failed.
//
//   npm run test:matrix vite node      only these fixtures
//   npm run test:matrix -- --write     all, and write down what was seen, in results.json and in the README's table

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "../../scripts/build.mjs";
import { Failure, main, say } from "../../scripts/lib/shell.mjs";
import { setUp } from "../../scripts/setup.mjs";
import { makePlace } from "./lib/place.mjs";
import { checkResults, writeResults } from "./lib/results.mjs";

/** @typedef {import("./lib/results.mjs").Seen} Seen */
/** @typedef {import("./lib/case.mjs").Case} Case */
/** @typedef {{ environment: string, version: (place: import("./lib/place.mjs").Place) => string | Promise<string>, ways: Record<string, (it: Case) => Promise<unknown>> }} Fixture */

const fixtures = new URL("fixtures/", import.meta.url);
const TIME_LIMIT_MS = 240_000;

// So that what was started ends as well.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

await main(async () => {
  const args = process.argv.slice(2);
  const names = readdirSync(fixtures).sort();
  const chosen = args.filter((name) => name !== "--write");
  const unknown = chosen.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Failure(`No fixture '${unknown}'; there are ${names.join(", ")}.`);
  await setUp({ test: true });
  await build();
  // These need npm packages and the built package, which are there only now.
  const { Case } = await import("./lib/case.mjs");
  const { closeBrowsers } = await import("./lib/engines.mjs");
  const place = await makePlace();
  process.once("exit", () => place.remove());
  /** @type {Seen[]} */
  const seen = [];
  /** @type {string[]} */
  const problems = [];
  try {
    for (const name of chosen.length > 0 ? chosen : names) await runFixture(name);
  } finally {
    await closeBrowsers();
  }
  say(`\nmatrix: ${seen.length} passed, ${problems.length} failed`);
  for (const problem of problems) say(`  ✗ ${problem}`);
  if (problems.length > 0) {
    process.exitCode = 1;
  } else if (chosen.length === 0) {
    if (args.includes("--write")) writeResults(seen);
    else checkResults(seen);
  }

  /** @param {string} name */
  async function runFixture(name) {
    const folder = new URL(`${name}/`, fixtures);
    if (!existsSync(new URL("README.md", folder))) throw new Failure(`The fixture ${name} has no README.md.`);
    /** @type {{ default: Fixture[] }} */
    const { default: parts } = await import(pathToFileURL(join(folder.pathname, "fixture.mjs")).href);
    let ran = 0;
    for (const { environment, version: versionOf, ways } of parts) {
      const version = await versionOf(place);
      for (const [way, work] of Object.entries(ways)) {
        const started = Date.now();
        const title = `${environment} ${version}: ${way}`;
        const it = new Case(place, folder);
        ran += 1;
        try {
          await Promise.race([work(it), it.tooLate(TIME_LIMIT_MS)]).finally(() => it.close());
          it.assertChecked();
          seen.push({ environment, version, way });
          say(`  ✓ ${title} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
        } catch (error) {
          problems.push(title);
          say(`  ✗ ${title}\n${String(/** @type {Error} */ (error).stack).replace(/^/gm, "      ")}`);
        }
      }
    }
    if (ran === 0) throw new Failure(`The fixture ${name} does nothing.`);
  }
});
