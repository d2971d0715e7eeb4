// @ts-check
// `npm run bench`: measures the package beside its peers, prints tables, and writes docs/performance.md.
//
//   npm run bench -- signing overhead     only these, and nothing is written
//   npm run bench -- native               the core, natively
//
// The peers are installed here, for this alone. Nothing else should run on the machine meanwhile.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { build } from "../scripts/build.mjs";
import { root } from "../scripts/lib/places.mjs";
import { Failure, main, run, say } from "../scripts/lib/shell.mjs";
import { setUp } from "../scripts/setup.mjs";
import { plot } from "./lib/plot.mjs";

/** @typedef {import("./lib/compare.mjs").Row & { memory?: number }} Row */
/** @typedef {{ beside: string, least?: number, within?: number }} Goal how many times as long as ours it should take, or within how many milliseconds of it ours should be */

const HERE = import.meta.dirname;
const OURS = "finauth-facesearch";

/** @type {Record<string, { title: string, module: string, call?: string, goals: Goal[] }>} */
const TABLES = {
  signing: {
    title: "Signing, many in a row",
    module: "signing.mjs",
    goals: [
      { beside: "node:crypto", least: 3 },
      { beside: "WebCrypto", least: 20 },
    ],
  },
  overhead: {
    title: "A call of 1000 tokens, over a transport that answers at once",
    module: "overhead.mjs",
    goals: [
      { beside: "ofetch, FormData as this API wants it", least: 2 },
      { beside: "Rekognition DeleteFaces", least: 10 },
    ],
  },
  loopback: {
    title: "A call of 1000 tokens over loopback HTTP",
    module: "loopback.mjs",
    goals: [
      { beside: "fetch with FormData", least: 1.5 },
      { beside: "fetch with a body made beforehand (the floor)", least: 1 / 1.1 },
    ],
  },
  planning: {
    title: "Planning a million tokens from bytes",
    module: "planning.mjs",
    goals: [{ beside: "split, Set, join", least: 10 }],
  },
  "planning-5m": {
    title: "Planning five million tokens from bytes",
    module: "planning.mjs",
    call: "fiveMillion",
    goals: [{ beside: "split, Set, join", least: 10 }],
  },
  bulk: {
    title: "A run of a million tokens, eight requests at a time, over loopback HTTP",
    module: "bulk.mjs",
    goals: [
      { beside: "p-map, fetch and FormData, from the file", least: 1.5 },
      { beside: "a raw loop, each body made beforehand (the floor)", least: 1 / 1.15 },
    ],
  },
  startup: {
    title: "From import to the first signature, in Node",
    module: "startup.mjs",
    goals: [{ beside: "hand-written, node:crypto", within: 10 }],
  },
};

const ENGINES = /** @type {const} */ (["chromium", "firefox", "webkit"]);

/**
 * One module's measurements, in a process of its own.
 *
 * @param {string} module
 * @param {string} [call]
 * @param {string[]} [args]
 */
function measured(module, call = "default", args = []) {
  const source = `
    const { ${call}: measure } = await import(${JSON.stringify(`./${module}`)});
    process.stdout.write(JSON.stringify(await measure(...${JSON.stringify(args)})), () => process.exit());`;
  const options = [
    "--no-warnings",
    "--expose-gc",
    "--max-old-space-size=8192",
    "--input-type=module",
    "--eval",
    source,
  ];
  const stdout = execFileSync(process.execPath, options, {
    cwd: HERE,
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return JSON.parse(stdout.toString());
}

/** @param {number} milliseconds */
function time(milliseconds) {
  if (milliseconds < 1) return `${round(milliseconds * 1000)} µs`;
  return milliseconds < 1000 ? `${round(milliseconds)} ms` : `${round(milliseconds / 1000)} s`;
}

/** @param {number} value */
function round(value) {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${round(bytes / 1e6)} MB`;
}

/** @param {Row[]} rows @param {Goal[]} [goals] */
function table(rows, goals = []) {
  const hasMemory = rows.some(({ memory }) => memory);
  const lines = rows.map(({ name, time: taken, ratio, memory }, at) => {
    const goal = goals.find(({ beside }) => beside === name);
    const times = at === 0 ? "" : `${ratio.median.toFixed(2)} × (${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)})`;
    const cells = [
      name,
      `${time(taken.median)} (${time(taken.low)}–${time(taken.high)})`,
      times,
      goal ? said(goal, ratio.median, (rows[0]?.time.median ?? 0) - taken.median) : "",
    ];
    if (hasMemory) cells.push(memory ? megabytes(memory) : "");
    return `| ${cells.join(" | ")} |`;
  });
  const memory = hasMemory ? [" memory |", "---|"] : ["", ""];
  return [`| | time | beside ours | goal |${memory[0]}`, `|---|---|---|---|${memory[1]}`, ...lines].join("\n");
}

/** @param {Goal} goal @param {number} ratio @param {number} longer by how many milliseconds ours takes longer */
function said({ least, within }, ratio, longer) {
  if (within !== undefined) return `${longer <= within ? "met" : "missed"}: within ${within} ms (${longer.toFixed(1)})`;
  return `${ratio >= (least ?? 0) ? "met" : "missed"}: ≥ ${round(least ?? 0)} ×`;
}

/** @param {object[]} points */
function points(points) {
  const lines = /** @type {{ after: number, wasm: number, heap: number }[]} */ (points).map(
    ({ after, wasm, heap }) => `| ${after.toLocaleString("en")} | ${megabytes(wasm)} | ${megabytes(heap)} |`,
  );
  return ["| after | memory of the module | JavaScript's heap |", "|---|---|---|", ...lines].join("\n");
}

function machine() {
  const [cpu] = os.cpus();
  return (
    `${cpu?.model ?? "?"}, ${os.cpus().length} cores, ${round(os.totalmem() / 2 ** 30)} GB of memory, ` +
    `${os.type()} ${os.release()}, Node ${process.version}`
  );
}

async function installPeers() {
  const stamp = join(HERE, "node_modules", ".installed-from");
  const wanted = readFileSync(join(HERE, "package-lock.json"), "utf8");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  say("• installing what is measured beside");
  await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: HERE, quiet: true });
  writeFileSync(stamp, wanted);
}

/** @param {string[]} chosen */
function measureTables(chosen) {
  return Object.entries(TABLES)
    .filter(([name]) => chosen.includes(name))
    .map(([name, { title, module, call, goals }]) => {
      say(`• ${name}`);
      const text = `### ${title}\n\n${table(measured(module, call), goals)}`;
      process.stdout.write(`\n${text}\n\n`);
      return text;
    });
}

function measureBrowsers() {
  return ENGINES.map((engine) => {
    say(`• ${engine}`);
    const { signing, planning, startup } = measured("browsers.mjs", "inBrowser", [engine]);
    const parts = [
      `### ${{ chromium: "Chromium", firefox: "Firefox", webkit: "WebKit" }[engine]}`,
      `Signing:\n\n${table(signing)}`,
      `Planning a million tokens:\n\n${table(planning)}`,
      `From import to the first signature, on a new page:\n\n${table(startup, [{ beside: "hand-written, WebCrypto", within: 10 }])}`,
    ];
    process.stdout.write(`\n${parts.join("\n\n")}\n\n`);
    return parts.join("\n\n");
  });
}

function measureGrowth() {
  say("• growth");
  /** @type {{ count: number, measured: Row[] }[]} */
  const grown = measured("growth.mjs");
  const names = grown[0]?.measured.map(({ name }) => name) ?? [];
  const lines = (/** @type {(row: Row) => number} */ value) =>
    names.map((name) => ({
      name,
      points: grown.map(
        ({ count, measured }) =>
          /** @type {[number, number]} */ ([
            count,
            value(/** @type {Row} */ (measured.find((row) => row.name === name))),
          ]),
      ),
    }));
  const panels = [
    { title: "Time to plan", unit: time, lines: lines((row) => row.time.median) },
    { title: "Memory it takes", unit: megabytes, lines: lines((row) => Math.max(row.memory ?? 0, 1e4)) },
  ];
  return plot(panels, (count) =>
    count >= 1e6 ? `${count / 1e6} M` : count >= 1e3 ? `${count / 1e3} k` : String(count),
  );
}

/** What the page says besides numbers. */
const LIMITS = readFileSync(join(HERE, "limits.md"), "utf8").trim();

async function measureAll() {
  const tables = measureTables(Object.keys(TABLES));
  const browsers = measureBrowsers();
  const svg = measureGrowth();
  say("• memory over time");
  const { calls, runs } = measured("flat.mjs");
  const page = `# Performance

What the package costs, measured beside others that do the same. \`npm run bench\` makes this page: about a quarter of an hour on
a machine that does nothing else. What a browser downloads is \`npm run size\`'s to say, and in
[ARCHITECTURE.md](../ARCHITECTURE.md).

Measured on ${machine()}.

Times are medians, with the range of the middle four fifths. *Beside ours* is how many times as long the other takes as \`${OURS}\` in the same round of the same run: the contenders take turns, so that what disturbs one
disturbs all. Compare these, not times of different machines.

## In Node

${tables.join("\n\n")}

## In browsers

${browsers.join("\n\n")}

## How it grows

![Time and memory of planning, from a thousand tokens to five million](performance.svg)

## Whether it stays

A hundred thousand calls of ten tokens:

${points(calls)}

A hundred runs of 20,000 tokens:

${points(runs)}

## What the limits are

${LIMITS}
`;
  writeFileSync(join(root, "docs", "performance.svg"), svg);
  writeFileSync(join(root, "docs", "performance.md"), page);
}

/** The core, natively: criterion prints, and compares with its last run. */
function native() {
  return run("cargo", ["bench", "--locked"], { cwd: join(HERE, "native") });
}

await main(async () => {
  const chosen = process.argv.slice(2);
  if (chosen.includes("native")) return native();
  const unknown = chosen.find((name) => !(name in TABLES));
  if (unknown !== undefined) throw new Failure(`No '${unknown}'; there are ${Object.keys(TABLES).join(", ")}.`);
  await setUp({ test: true });
  await build();
  await installPeers();
  if (chosen.length > 0) measureTables(chosen);
  else await measureAll();
});
