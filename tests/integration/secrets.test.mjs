// @ts-check
// No secret, signature or token shows in what a program would log.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { GROUP, rejection, served } from "../support/served.mjs";

const TOKEN = "34dce3f2d1fc4736670b4bad58523ce8";

const FAULTS = [
  "applyThenDrop",
  "truncateBody",
  "slowBody",
  "htmlGatewayError",
  "throttle",
  "skew",
  "lieAboutCounts",
  "error",
];

/** @param {unknown} value */
function shown(value) {
  return inspect(value, { depth: 20, showHidden: true, getters: false }) + JSON.stringify(value) + String(value);
}

test("not in the client, nor in any error", async (t) => {
  /** What went out in the field `sign`. @type {string[]} */
  const signs = [];
  /** @type {typeof fetch} */
  const listening = async (input, init) => {
    const form = await new Request(input, init).formData();
    signs.push(String(form.get("sign")));
    return fetch(input, init);
  };
  const options = { timeout: 100, maxRetries: 0, fetch: listening };
  const { client, emulator } = await served(t, { faces: [TOKEN], options });
  const said = [client];
  for (const fault of FAULTS) {
    emulator.inject(/** @type {any} */ ({ fault, path: "delete" }));
    emulator.addFaces(GROUP, [TOKEN]);
    const error = await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: [TOKEN] }));
    assert.ok(error.outcomes?.length === 1, "the tokens are there for who asks");
    said.push(error, error.stack);
  }
  said.push(await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: [`${TOKEN},`] })));
  assert.equal(signs.length, FAULTS.length);
  // The digest's part and the part that holds the key, of each.
  const pieces = signs.flatMap((sign) => [sign.slice(0, 24), sign.slice(28, 44)]);
  for (const value of said) {
    for (const secret of [emulator.apiKey, emulator.apiSecret, TOKEN, ...pieces]) {
      assert.ok(!shown(value).includes(secret), shown(value));
    }
  }
  assert.ok(shown({ sign: signs[0] }).includes(/** @type {string} */ (pieces[0])), "what is looked for would be found");
});
