// @ts-check
// `npm run fuzz`: the fuzz targets of fuzz/, with an ordinary compiler: libFuzzer is linked in, and LLVM instruments.
//
//   npm run fuzz                          each target for ten seconds, as `npm test` does
//   npm run fuzz -- exchange --seconds 900

import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { root } from "./lib/places.mjs";
import { ask, Failure, main, run, say } from "./lib/shell.mjs";

const FOLDER = join(root, "fuzz");

/** Coverage as libFuzzer wants it, and the checks that a release leaves out. */
const FLAGS = [
  "--cfg=fuzzing",
  "-Cdebug-assertions",
  "-Coverflow-checks",
  "-Ccodegen-units=1",
  "-Cpasses=sancov-module",
  ...["level=4", "inline-8bit-counters", "pc-table", "trace-compares"].map(
    (option) => `-Cllvm-args=-sanitizer-coverage-${option}`,
  ),
];

/** @param {{ targets?: string[], seconds?: number, seed?: string }} [options] */
export async function fuzz({ targets = [], seconds = 10, seed = process.env.PROPERTY_SEED } = {}) {
  const all = readdirSync(join(FOLDER, "fuzz_targets")).map((name) => basename(name, ".rs"));
  const unknown = targets.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Failure(`No target '${unknown}'; there are ${all.join(", ")}.`);
  const target = join(FOLDER, "target", "npm-run-fuzz");
  // With a target named, the flags are for the fuzzed code alone, not for what runs while it is compiled.
  const host = /host: (.*)/.exec(ask("rustc", ["-vV"]) ?? "")?.[1] ?? "";
  const env = { ...process.env, CARGO_ENCODED_RUSTFLAGS: FLAGS.join("\x1f"), CARGO_TARGET_DIR: target };
  await run("cargo", ["build", "--release", "--locked", "--target", host], { cwd: FOLDER, env });
  for (const name of targets.length > 0 ? targets : all) {
    say(`• fuzzing ${name} for ${seconds} s`);
    const [corpus, seeds] = ["corpus", "seeds"].map((kind) => join(FOLDER, kind, name));
    for (const folder of [corpus, join(FOLDER, "artifacts")]) mkdirSync(String(folder), { recursive: true });
    const options = [
      `-max_total_time=${seconds}`,
      "-verbosity=0",
      "-print_final_stats=1",
      "-timeout=20",
      "-rss_limit_mb=2048",
    ];
    if (seed !== undefined) options.push(`-seed=${seed}`);
    const words = join(FOLDER, `${name}.dict`);
    if (existsSync(words)) options.push(`-dict=${words}`);
    const prefix = `-artifact_prefix=${join(FOLDER, "artifacts", name)}-`;
    await run(join(target, host, "release", name), [String(corpus), String(seeds), ...options, prefix], {
      cwd: FOLDER,
    });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(async () => {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { seconds: { type: "string", default: "10" } },
    });
    await fuzz({ targets: positionals, seconds: Number(values.seconds) });
  });
}
