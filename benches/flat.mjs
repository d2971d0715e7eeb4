// @ts-check
// Whether memory stays where it is: over a hundred thousand calls, and over a hundred runs.

import { inChild } from "./lib/child.mjs";

const SETUP = `
  let memory;
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...args) => {
    const made = await instantiate(...args);
    const { exports } = made.instance ?? made;
    // Node's fetch has a module, too.
    if (exports.client_new) memory = exports.memory;
    return made;
  };
  import { FaceSearchClient } from "../../pkg/node.js";
  import { answer, file, tokens } from "./tokens.mjs";
  const now = () => {
    gc();
    return { wasm: memory.buffer.byteLength, heap: process.memoryUsage().heapUsed };
  };
  const settled = () => new Promise((resolve) => setTimeout(resolve, 50));
  const client = (count) =>
    new FaceSearchClient({ apiKey: "key", apiSecret: "secret", fetch: async () => new Response(answer(count)) });`;

/** @returns {Promise<{ calls: object[], runs: object[] }>} */
export default async () => ({
  calls: await inChild(
    `${SETUP}
    const faceTokens = tokens(10);
    const ours = client(10);
    const seen = [];
    for (let at = 0; at <= 100_000; at += 1) {
      await ours.deleteFaces({ groupId: "staff", faceTokens });
      if (at === 1_000 || (at > 0 && at % 25_000 === 0)) {
        await settled();
        seen.push({ after: at, ...now() });
      }
    }
    console.log(JSON.stringify(seen));`,
    ["--expose-gc"],
  ),
  runs: await inChild(
    `${SETUP}
    const bytes = file(20_000);
    const ours = client(1000);
    const seen = [];
    for (let at = 1; at <= 100; at += 1) {
      const { counts } = await ours.deleteMany(bytes, { groupId: "staff", concurrency: 8 }).report;
      if (counts.deleted !== 20_000) throw new Error("not deleted");
      if (at === 5 || at % 25 === 0) {
        // Finalizers run when the event loop has nothing else to do.
        for (let turn = 0; turn < 5; turn += 1) {
          await settled();
          gc();
        }
        seen.push({ after: at, ...now() });
      }
    }
    console.log(JSON.stringify(seen));`,
    ["--expose-gc"],
  ),
});
