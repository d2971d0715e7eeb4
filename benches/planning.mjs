// @ts-check
// Planning from bytes: read a file of tokens, validate, remove duplicates, cut into batches. Each in a process of its own, of
// which the time and the memory are those of its second plan: the first, of a thousand tokens, warms it up.

import { inChild } from "./lib/child.mjs";
import { rows } from "./lib/compare.mjs";

const CONTENDERS = {
  "finauth-facesearch": `
    import { FaceSearchClient } from "../../pkg/node.js";
    const client = new FaceSearchClient({ apiKey: "key", apiSecret: "secret" });
    const plan = async (bytes) => (await client.plan(bytes, { groupId: "staff" })).counts.distinct;`,
  "split, Set, join": `
    import { plan as byHand } from "./by-hand.mjs";
    const plan = (bytes) => byHand(bytes).length * 1000;`,
  "csv-parse, Set": `
    import { parse } from "csv-parse/sync";
    import { batches } from "./by-hand.mjs";
    const plan = (bytes) => batches([...new Set(parse(bytes, { relax_column_count: true }).map(([token]) => token))]).length * 1000;`,
};

/** @param {string} contender @param {number} count */
function planIt(contender, count) {
  return inChild(
    `
    let memory;
    const { instantiate } = WebAssembly;
    WebAssembly.instantiate = async (...args) => {
      const made = await instantiate(...args);
      const { exports } = made.instance ?? made;
      // Node's fetch has a module, too.
      if (exports.client_new) memory = exports.memory;
      return made;
    };
    import { file } from "./tokens.mjs";
    ${contender}
    await plan(file(1000));
    const bytes = file(${count});
    gc();
    const before = process.memoryUsage();
    const started = performance.now();
    const planned = await plan(bytes);
    const milliseconds = performance.now() - started;
    const after = process.memoryUsage();
    if (planned !== ${count}) throw new Error("planned " + planned);
    const wasm = memory?.buffer.byteLength ?? 0;
    console.log(JSON.stringify({ milliseconds, wasm, memory: wasm || after.heapUsed - before.heapUsed }));`,
    ["--expose-gc"],
  );
}

/** @param {number} count @param {number} rounds */
export async function planning(count, rounds, contenders = Object.keys(CONTENDERS)) {
  /** @type {Map<string, number[]>} */
  const times = new Map(contenders.map((name) => [name, []]));
  /** @type {Record<string, number>} */
  const memory = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const name of contenders) {
      const measured = await planIt(/** @type {any} */ (CONTENDERS)[name], count);
      times.get(name)?.push(measured.milliseconds);
      memory[name] = Math.max(memory[name] ?? 0, measured.memory);
    }
  }
  return rows(times).map((row) => ({ ...row, memory: memory[row.name] ?? 0 }));
}

export const oneMillion = () => planning(1_000_000, 7);
export const fiveMillion = () => planning(5_000_000, 3);
export default oneMillion;
