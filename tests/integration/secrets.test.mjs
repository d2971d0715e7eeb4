// @ts-check
// No secret, signature or token shows in what a program would log.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import initialise from "../../pkg/wasm/finauth_facesearch.js";
import { ConfigError, FaceSearchClient } from "../support/package.mjs";
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

test("a secret may come from a function, which is asked once, and again only if it failed", async (t) => {
  const { emulator, server } = await served(t);
  let asked = 0;
  const apiSecret = async () => {
    asked += 1;
    if (asked === 1) throw new Error("the vault is closed");
    return asked === 2 ? "" : new TextEncoder().encode(emulator.apiSecret);
  };
  const client = new FaceSearchClient({ apiKey: emulator.apiKey, apiSecret, baseUrl: server.baseUrl });
  const count = () => client.getFaceCount({ groupId: GROUP });
  const failed = await rejection(count());
  assert.ok(failed instanceof ConfigError);
  assert.deepEqual(
    [failed.code, failed.path, /** @type {any} */ (failed.cause).message],
    ["SECRET_UNAVAILABLE", "apiSecret", "the vault is closed"],
  );
  assert.equal((await rejection(count())).code, "SECRET_UNAVAILABLE");
  const sizes = await Promise.all([count(), count(), count()]);
  assert.deepEqual([sizes.map(({ faceCount }) => faceCount), asked], [[3, 3, 3], 3]);
  await count();
  assert.equal(asked, 3);
  assert.equal(
    (await rejection(client.getFaceCount({ groupId: GROUP }, { signal: AbortSignal.abort() }))).code,
    "ABORTED",
  );
  const never = new FaceSearchClient({ apiKey: "k", apiSecret: () => new Promise(() => {}), timeout: 20 });
  assert.equal((await rejection(never.getFaceCount({ groupId: GROUP }))).code, "TIMEOUT");
});

/** Where bytes stand in the module's memory. @param {Uint8Array} sought */
async function inMemory(sought) {
  const { memory } = await initialise(/** @type {any} */ (undefined));
  return Buffer.from(memory.buffer).indexOf(sought);
}

/**
 * HMAC's inner states, as SHA-1 leaves them after the padded key.
 *
 * @param {string} secret of 64 bytes at the most
 */
function padStates(secret) {
  return [0x36, 0x5c].map((pad) => {
    const block = Buffer.alloc(64, pad);
    for (const [at, byte] of Buffer.from(secret).entries()) block[at] = byte ^ pad;
    return { block, state: sha1State(block) };
  });
}

/** SHA-1 of one block, without the length (FIPS 180-4), in the words of the module. @param {Buffer} block */
function sha1State(block) {
  const words = Array.from({ length: 16 }, (_, at) => block.readUInt32BE(4 * at));
  const turn = (/** @type {number} */ word, /** @type {number} */ by) => (word << by) | (word >>> (32 - by));
  for (let at = 16; at < 80; at += 1) {
    const [a = 0, b = 0, c = 0, d = 0] = [words[at - 3], words[at - 8], words[at - 14], words[at - 16]];
    words.push(turn(a ^ b ^ c ^ d, 1));
  }
  const start = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  let [a = 0, b = 0, c = 0, d = 0, e = 0] = start;
  for (const [at, word] of words.entries()) {
    const [f, k] = /** @type {[number, number][]} */ ([
      [(b & c) | (~b & d), 0x5a827999],
      [b ^ c ^ d, 0x6ed9eba1],
      [(b & c) | (b & d) | (c & d), 0x8f1bbcdc],
      [b ^ c ^ d, 0xca62c1d6],
    ])[Math.floor(at / 20)] ?? [0, 0];
    [a, b, c, d, e] = [(turn(a, 5) + f + e + k + word) | 0, a, turn(b, 30), c, d];
  }
  return Buffer.from(Uint32Array.from([a, b, c, d, e], (word, at) => word + /** @type {number} */ (start[at])).buffer);
}

test("after dispose nothing of the secret is left in the module's memory, and nothing is signed", async (t) => {
  const secret = "an-uncommon-secret-that-is-nowhere-else";
  const { server } = await served(t);
  const client = new FaceSearchClient({ apiKey: "practice-key", apiSecret: secret, baseUrl: server.baseUrl });
  assert.equal((await rejection(client.getFaceCount({ groupId: GROUP }))).detail, undefined);
  const [inner, outer] = padStates(secret);
  const kept = [inner?.state, outer?.state].map((state) => /** @type {Buffer} */ (state));
  const gone = [Buffer.from(secret), inner?.block, outer?.block].map((bytes) => /** @type {Buffer} */ (bytes));
  for (const state of kept) assert.ok((await inMemory(state)) >= 0, "what is looked for would be found");
  for (const bytes of gone) assert.equal(await inMemory(bytes), -1);
  const run = client.deleteMany(["a1"], { groupId: GROUP });
  client.dispose();
  client.dispose();
  for (const bytes of [...kept, ...gone]) assert.equal(await inMemory(bytes), -1);
  for (const call of [
    client.getFaceCount({ groupId: GROUP }),
    client.deleteFaces({ groupId: GROUP, faceTokens: ["a1"] }),
    client.deleteMany(["a1"], { groupId: GROUP }).report,
    run.report,
  ]) {
    const error = await rejection(call);
    assert.deepEqual([error.name, error.code, error.delivery], ["ConfigError", "DISPOSED", "not-sent"]);
  }
});

test("a client that was never used can be disposed of, too", async () => {
  const client = new FaceSearchClient({ apiKey: "k", apiSecret: "s" });
  client.dispose();
  assert.equal((await rejection(client.getFaceCount({ groupId: GROUP }))).code, "DISPOSED");
});
