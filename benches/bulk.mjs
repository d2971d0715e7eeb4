// @ts-check
// A run of a million tokens, eight requests at a time, against a server on the same machine that is as fast as it can be.

import pMap from "p-map";
import { FaceSearchClient } from "../pkg/node.js";
import * as byHand from "./lib/by-hand.mjs";
import { rows } from "./lib/compare.mjs";
import { startServer } from "./lib/server.mjs";
import { file, tokens } from "./lib/tokens.mjs";

const [COUNT, CONCURRENCY, ROUNDS] = [1_000_000, 8, 5];

export default async () => {
  const server = await startServer();
  const url = `${server.url}/search/group/delete`;
  const client = new FaceSearchClient({ apiKey: "key", apiSecret: "secret", baseUrl: server.url });
  const bytes = file(COUNT);
  const ready = await byHand.readyBody(byHand.sign("key", "secret"), tokens(1000));
  const post = async (/** @type {RequestInit} */ init) => {
    const response = await fetch(url, { method: "POST", ...init });
    return /** @type {any} */ (await response.json()).face_removed;
  };
  const options = { groupId: "staff", concurrency: CONCURRENCY };
  /** @type {Record<string, () => Promise<() => Promise<number>>>} what prepares, and gives what is measured */
  const contenders = {
    "finauth-facesearch, from the file": async () => async () =>
      (await client.deleteMany(bytes, options).report).counts.deleted,
    "p-map, fetch and FormData, from the file": async () => async () => {
      const removed = await pMap(
        byHand.plan(bytes),
        (joined) => post({ body: byHand.form(byHand.sign("key", "secret"), joined.split(",")) }),
        { concurrency: CONCURRENCY },
      );
      return removed.reduce((sum, count) => sum + count, 0);
    },
    "finauth-facesearch, from a plan": async () => {
      const plan = await client.plan(bytes, { groupId: "staff" });
      return async () => (await client.deleteMany(plan, { concurrency: CONCURRENCY }).report).counts.deleted;
    },
    "a raw loop, each body made beforehand (the floor)": async () => async () => {
      let [left, removed] = [COUNT / 1000, 0];
      const worker = async () => {
        while (left > 0) {
          left -= 1;
          const count = await post(ready);
          removed += count;
        }
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, worker));
      return removed;
    },
  };
  /** @type {Map<string, number[]>} */
  const times = new Map(Object.keys(contenders).map((name) => [name, []]));
  try {
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const [name, prepare] of Object.entries(contenders)) {
        const run = await prepare();
        const started = performance.now();
        if ((await run()) !== COUNT) throw new Error(`${name} did not delete all`);
        // The first round warms up.
        if (round > 0) times.get(name)?.push(performance.now() - started);
      }
    }
  } finally {
    server.stop();
  }
  return rows(times);
};
