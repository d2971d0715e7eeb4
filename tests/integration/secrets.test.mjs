// @ts-check
// No secret, signature or token shows in what a program would log.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { createSign } from "../support/package.mjs";
import { GROUP, rejection, served } from "../support/served.mjs";

const TOKEN = "34dce3f2d1fc4736670b4bad58523ce8";

/** @param {unknown} value */
function shown(value) {
  return inspect(value, { depth: 20, showHidden: true, getters: false }) + JSON.stringify(value) + String(value);
}

test("not in the client, nor in any error", async (t) => {
  const { client, emulator } = await served(t, { faces: [TOKEN], options: { timeout: 100 } });
  const sign = await createSign({
    apiKey: emulator.apiKey,
    apiSecret: emulator.apiSecret,
    currentTime: 1,
    expireTime: 2,
  });
  const secrets = [emulator.apiKey, emulator.apiSecret, TOKEN, sign.slice(28, 60)];
  const said = [client];
  for (const fault of [
    "applyThenDrop",
    "truncateBody",
    "slowBody",
    "htmlGatewayError",
    "throttle",
    "skew",
    "lieAboutCounts",
    "error",
  ]) {
    emulator.inject(/** @type {any} */ ({ fault, path: "delete" }));
    emulator.addFaces(GROUP, [TOKEN]);
    const error = await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: [TOKEN] }));
    assert.ok(error.outcomes?.length === 1, "the tokens are there for who asks");
    said.push(error, error.stack);
  }
  said.push(await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: [`${TOKEN},`] })));
  for (const value of said) {
    for (const secret of secrets) assert.ok(!shown(value).includes(secret), shown(value));
  }
});
