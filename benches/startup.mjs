// @ts-check
// From nothing to the first signature: import, load, sign. In Node, in a process of its own each time.

import { inChild } from "./lib/child.mjs";
import { rows } from "./lib/compare.mjs";

const CONTENDERS = {
  "finauth-facesearch": `
    const { createSign } = await import("../../pkg/node.js");
    await createSign({ apiKey: "key", apiSecret: "secret" });`,
  "hand-written, node:crypto": `
    const { sign } = await import("./by-hand.mjs");
    sign("key", "secret");`,
};

export default async () => {
  /** @type {Map<string, number[]>} */
  const times = new Map(Object.keys(CONTENDERS).map((name) => [name, []]));
  for (let round = 0; round < 25; round += 1) {
    for (const [name, source] of Object.entries(CONTENDERS)) {
      const timed = `const started = performance.now(); ${source} console.log(performance.now() - started);`;
      times.get(name)?.push(await inChild(timed));
    }
  }
  return rows(times);
};
