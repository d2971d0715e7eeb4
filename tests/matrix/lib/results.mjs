// @ts-check
// What a whole run saw: results.json holds it, the README shows it, and both have to be what is seen again.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { Failure, say } from "../../../scripts/lib/shell.mjs";

/** @typedef {{ environment: string, version: string, way: string }} Seen */

const results = new URL("../results.json", import.meta.url);
const readme = new URL("../../../README.md", import.meta.url);
const TABLE = /(?<=<!-- environments -->\n)[\s\S]*?(?=<!-- \/environments -->)/;

/** Browsers come from the machine, not from the lock file: another version is no other result. */
const FROM_THE_MACHINE = ["Chromium", "Firefox", "WebKit"];

/** @param {Seen[]} seen */
export function writeResults(seen) {
  writeFileSync(results, `${JSON.stringify(seen, undefined, 2)}\n`);
  const text = readFileSync(readme, "utf8");
  writeFileSync(readme, text.replace(TABLE, table(seen)));
  say("  written to tests/matrix/results.json and README.md");
}

/** @param {Seen[]} seen */
export function checkResults(seen) {
  const written = /** @type {Seen[]} */ (JSON.parse(readFileSync(results, "utf8")));
  const [shown] = readFileSync(readme, "utf8").match(TABLE) ?? [];
  try {
    assert.deepEqual(comparable(seen), comparable(written));
    assert.equal(shown, table(written));
  } catch {
    throw new Failure("results.json or the README's table say something else: run 'npm run test:matrix -- --write'.");
  }
}

/** @param {Seen[]} all */
function comparable(all) {
  return all.map(({ environment, version, way }) =>
    FROM_THE_MACHINE.includes(environment) ? `${environment}: ${way}` : `${environment} ${version}: ${way}`,
  );
}

/** How the table is sorted: runtimes, engines, bundlers, test runners. What is not here comes last. */
const ORDER = [
  ...["Node", "Deno", "Bun", "Workers (workerd)", "Chromium", "Firefox", "WebKit"],
  ...["Vite", "webpack", "Rollup", "esbuild", "Next", "Rspack", "Parcel", "Vitest", "Jest"],
];

/** @param {Seen} seen */
function place({ environment }) {
  const at = ORDER.indexOf(environment);
  return at < 0 ? ORDER.length : at;
}

/** @param {Seen[]} all */
function table(all) {
  /** @type {Map<string, Seen[]>} */
  const environments = new Map();
  for (const one of all
    .filter(({ environment }) => environment !== "examples")
    .sort((one, other) => place(one) - place(other)))
    environments.set(one.environment, [...(environments.get(one.environment) ?? []), one]);
  const unique = (/** @type {string[]} */ values) => [...new Set(values)].join(", ");
  const rows = [...environments].map(
    ([environment, seen]) =>
      `| ${environment} | ${unique(seen.map(({ version }) => version))} | ${unique(seen.map(({ way }) => way))} |`,
  );
  return `\n| environment | version | how |\n|---|---|---|\n${rows.join("\n")}\n\n`;
}
