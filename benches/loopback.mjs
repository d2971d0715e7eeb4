// @ts-check
// One call of 1000 tokens over HTTP to a server on the same machine.

import { FaceSearchClient } from "../pkg/node.js";
import * as byHand from "./lib/by-hand.mjs";
import { compare } from "./lib/compare.mjs";
import { startServer } from "./lib/server.mjs";
import { tokens } from "./lib/tokens.mjs";

/** Keeps the processor busy, as any caller does between its requests. @param {number} ms */
function work(ms) {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

export default async () => {
  const server = await startServer();
  const faceTokens = tokens(1000);
  const url = `${server.url}/search/group/delete`;
  const ours = new FaceSearchClient({ apiKey: "key", apiSecret: "secret", baseUrl: server.url });
  const ready = await byHand.readyBody(byHand.sign("key", "secret"), faceTokens);
  const post = async (/** @type {RequestInit} */ init) => (await fetch(url, { method: "POST", ...init })).json();
  try {
    return await compare(
      {
        "finauth-facesearch": () => ours.deleteFaces({ groupId: "staff", faceTokens }),
        "fetch with FormData": () => post({ body: byHand.form(byHand.sign("key", "secret"), faceTokens) }),
        "fetch with a body made beforehand (the floor)": () => post(ready),
        "the floor, with 0.1 ms of work before and after": async () => {
          work(0.1);
          await post(ready);
          work(0.1);
        },
      },
      { rounds: 80, calls: 20, warmUp: 400 },
    );
  } finally {
    server.stop();
  }
};
