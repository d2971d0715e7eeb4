// @ts-check
// No secret, signature or token shows in what a program would log.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { inspect } from "node:util";
import { CASES } from "../support/cases.mjs";
import { wasmMemory } from "../support/memory.mjs";
import {
  assertNoSecrets,
  ConfigError,
  createEmulator,
  createKeySigner,
  createProxyHandler,
  createSign,
  FaceSearchClient,
  serveEmulator,
} from "../support/package.mjs";
import { GROUP, rejection, served } from "../support/served.mjs";

const TOKENS = ["34dce3f2d1fc4736670b4bad58523ce8", "of-no-library-at-all"];
const SECRET = "correct horse battery staple";
const KEY = "key-of-an-administrator";

/** Everything that a client says of itself while it does everything it can, in each way of getting at the server. */
const WAYS = {
  secret: (/** @type {object} */ common) => new FaceSearchClient({ apiKey: KEY, apiSecret: SECRET, ...common }),
  bytes: (/** @type {object} */ common) =>
    new FaceSearchClient({ apiKey: KEY, apiSecret: new TextEncoder().encode(SECRET), ...common }),
  sign: (/** @type {object} */ common) =>
    new FaceSearchClient({ sign: () => createSign({ apiKey: KEY, apiSecret: SECRET }), ...common }),
  proxy: (/** @type {any} */ { baseUrl, fetch: send, hooks, logger, ...common }) => {
    const handler = createProxyHandler({
      apiKey: KEY,
      apiSecret: SECRET,
      baseUrl,
      fetch: send,
      timeout: common.timeout,
      authorize: () => true,
      allow: { groups: [GROUP] },
      onError: (error) => logger.error("proxy", error),
    });
    const door = (/** @type {string} */ url, /** @type {any} */ init) => handler(new Request(url, init));
    return new FaceSearchClient({ proxyUrl: "https://proxy.example/faces", fetch: door, hooks, logger, ...common });
  },
};

for (const [name, make] of Object.entries(WAYS)) {
  test(`by ${name}: whatever happens, nothing secret is in an error, a log, a hook or a URL`, async (t) => {
    const checks = CASES.map(async ([words, rule]) => {
      /** @type {string[]} */
      const signs = [];
      const emulator = createEmulator({ apiKey: KEY, apiSecret: SECRET, libraries: { [GROUP]: TOKENS.slice(0, 1) } });
      const server = await serveEmulator(emulator);
      t.after(server.close);
      /** @type {unknown[]} */
      const said = [];
      const note = (/** @type {unknown[]} */ ...args) => said.push(args);
      const send = async (/** @type {string} */ url, /** @type {any} */ init) => {
        const form = await new Request(url, init).formData();
        signs.push(String(form.get("sign")));
        note(url, { ...init, body: undefined });
        return fetch(url, init);
      };
      const client = make({
        baseUrl: server.baseUrl,
        fetch: send,
        timeout: 250,
        maxRetries: 1,
        hooks: { onAttempt: note },
        logger: { debug: note, info: note, warn: note, error: note },
      });
      emulator.inject({ ...rule, times: 3 });
      const failed = (/** @type {any} */ error) => note(error, inspect(error, { depth: 9, showHidden: true }));
      await client.getFaceCount({ groupId: GROUP }).then(note, failed);
      await client.deleteFaces({ groupId: GROUP, faceTokens: TOKENS }).then(() => {}, failed);
      const run = client.deleteMany(TOKENS, { groupId: GROUP, onProgress: note, totalTimeout: 2000 });
      note(run);
      await run.report.then((report) => note(report, report.error), failed);
      note(await client.plan(TOKENS, { groupId: GROUP }), client, inspect(client, { depth: 9, showHidden: true }));
      note(emulator.log);
      const text = JSON.stringify(said) + inspect(said, { depth: 20, showHidden: true, maxArrayLength: null });
      assertNoSecrets([said, text], [SECRET, KEY, ...TOKENS, ...signs].filter(Boolean));
      assert.ok(said.length > 8, words);
    });
    await Promise.all(checks);
  });
}

/** What a peer makes of a request that is here whole. @type {Record<string, (got: string) => string>} */
const ECHOES = {
  "as it is": (got) => got,
  "behind a header that is none": (got) => `HTTP/1.1 200 OK\r\nno header\r\n\r\n${got}`,
  "as a broken chunk": (got) => `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n${got}`,
};

for (const [how, echo] of Object.entries(ECHOES)) {
  test(`a peer that repeats the request ${how} puts nothing secret into an error`, async (t) => {
    const signs = new Set();
    const server = createServer((socket) => {
      let got = "";
      socket.on("error", () => {});
      socket.setEncoding("latin1").on("data", (text) => {
        got += text;
        if (!got.includes("--\r\n")) return;
        signs.add(/name="sign"\r\n\r\n([^\r]*)/.exec(got)?.[1]);
        socket.end(echo(got), "latin1");
      });
    });
    t.after(() => server.close());
    await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    const client = new FaceSearchClient({
      apiKey: KEY,
      apiSecret: SECRET,
      baseUrl: `http://127.0.0.1:${port}`,
      maxRetries: 0,
    });
    const error = await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: TOKENS }));
    assert.deepEqual([error.name, error.code], ["ConnectionError", "CONNECTION_LOST"]);
    const report = await client.deleteMany(TOKENS, { groupId: GROUP }).report;
    const said = [error, report.error];
    const text = inspect(said, { depth: 20, showHidden: true, maxArrayLength: null, maxStringLength: null });
    assert.ok(signs.size > 1);
    assertNoSecrets([...said, text], [SECRET, KEY, ...TOKENS, ...signs]);
    // What helps to find the mistake is there still.
    const { message, cause } = error.cause;
    assert.match(cause.code, /^HPE_/);
    assert.deepEqual(
      [message.length > 0, cause.name, inspect(error).includes(cause.code)],
      [true, "HTTPParserError", true],
    );
  });
}

test("of what fetch throws, its name, message, code and causes are told, and nothing else", async () => {
  const told = async (/** @type {unknown} */ thrown) => {
    const fetch = () => Promise.reject(thrown);
    const client = new FaceSearchClient({ apiKey: KEY, apiSecret: SECRET, fetch, maxRetries: 0 });
    return (await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: TOKENS }))).cause;
  };
  const many = new AggregateError([new Error("connect ::1"), new Error("connect 127.0.0.1")]);
  const cause = Object.assign(many, { code: "ECONNRESET", data: Buffer.from(SECRET) });
  const found = await told(Object.assign(new TypeError("fetch failed", { cause }), { body: SECRET }));
  assertNoSecrets([found], [SECRET]);
  assert.deepEqual([found.name, found.message, found.code], ["TypeError", "fetch failed", undefined]);
  assert.match(found.stack, /secrets\.test/);
  const deeper = found.cause;
  assert.deepEqual([deeper.name, deeper.message, deeper.code], ["AggregateError", "", "ECONNRESET"]);
  assert.equal(Object.keys(found).join(), "");
  const round = new Error("round");
  round.cause = round;
  const throwing = new Proxy({}, { get: () => assert.fail("a hostile error") });
  for (const thrown of [round, throwing, { message: 7, code: {}, cause: null }, () => SECRET]) {
    const hidden = await told(thrown);
    assert.ok(hidden instanceof Error);
    assertNoSecrets([hidden], [SECRET]);
  }
  for (const thrown of ["in words", undefined]) assert.equal(await told(thrown), thrown);
});

test("what would be a leak is found, in each form", () => {
  const secret = "correct horse battery";
  const hidden = new Error("x");
  Object.defineProperty(hidden, "hidden", { value: { deep: [new Map([["k", secret]])] } });
  for (const leak of [
    secret,
    { [secret]: 1 },
    new Error(`oh: ${secret}!`),
    new Error("x", { cause: new Error(secret) }),
    hidden,
    new Set([secret]),
    encodeURIComponent(secret),
    Buffer.from(`Basic user:${secret}`).toString("base64"),
    Buffer.from(`Basic us:${secret} and more`).toString("base64"),
    Buffer.from(`Basic u:${secret} and more`).toString("base64"),
    Buffer.from(secret).toString("hex"),
    new TextEncoder().encode(secret),
    { toJSON: () => ({ secret }) },
    { toString: () => secret },
    JSON.stringify({ nested: JSON.stringify(secret) }),
  ]) {
    assert.throws(() => assertNoSecrets({ leak }, ["another one", secret]), /secret 2/, inspect(leak));
  }
  assertNoSecrets({ fine: "correct horse" }, [secret]);
  for (const short of ["k3y!", "k3y!?", "k3y!?\u{fc}", "k3y ü>>>"]) {
    const inside = ["", "x", "xy"].map((before) => Buffer.from(`${before}${short}`));
    for (const leak of [
      ...inside.flatMap((bytes) => [bytes.toString("base64"), bytes.toString("base64url")]),
      ...inside.map((bytes) => Buffer.concat([bytes, Buffer.from("zz")]).toString("base64")),
      Buffer.from(short).toString("hex").toUpperCase(),
      new URLSearchParams({ key: `${short} and more` }).toString(),
      new TextEncoder().encode(short).buffer,
      new DataView(new TextEncoder().encode(short).buffer),
    ]) {
      assert.throws(() => assertNoSecrets({ leak }, [short]), /secret 1/, inspect(leak));
    }
  }
  assert.throws(() => assertNoSecrets({}, ["ab"]), TypeError);
  const token = "34dce3f2d1fc4736670b4bad58523ce8";
  for (const leak of [
    { n: 1n, [token]: { token } },
    { n: 1n, [`of ${token}`]: { [token.toUpperCase()]: [token] } },
  ]) {
    assert.throws(
      () => assertNoSecrets(leak, [token.slice(0, 8), token]),
      (error) => {
        const { message } = /** @type {Error} */ (error);
        return /holds secret \d/.test(message) && !message.includes(token.slice(8, 16));
      },
    );
  }
});

test("a secret or a token that is a number by mistake is not repeated", async () => {
  const number = 4_815_162_342;
  /** @type {any[]} */
  const wrong = [
    { apiKey: KEY, apiSecret: number },
    { apiKey: number, apiSecret: SECRET },
  ];
  const errors = await Promise.all([
    ...wrong.map((options) => rejection(Promise.resolve().then(() => new FaceSearchClient(options)))),
    ...wrong.map((options) => rejection(Promise.resolve().then(() => createSign(options)))),
    ...[{ apiKey: KEY, apiSecret: () => number }].map((/** @type {any} */ options) =>
      rejection(new FaceSearchClient(options).deleteFaces({ groupId: GROUP, faceTokens: ["a1"] })),
    ),
    ...[[number], number].map((/** @type {any} */ faceTokens) =>
      rejection(new FaceSearchClient({ apiKey: KEY, apiSecret: SECRET }).deleteFaces({ groupId: GROUP, faceTokens })),
    ),
  ]);
  for (const error of errors) {
    assert.match(`${error.message} ${error.cause?.message}`, /a number/);
    assertNoSecrets(error, [String(number)]);
  }
});

test("hooks and loggers hear of each attempt, in plain and frozen data; what they throw is of no consequence", async (t) => {
  /** @type {any[]} */
  const events = [];
  /** @type {any[]} */
  const lines = [];
  const options = {
    hooks: {
      onAttempt(/** @type {any} */ event) {
        events.push(event);
        throw new Error("a hook's own mistake");
      },
    },
    logger: {
      warn: async (/** @type {string} */ line) => {
        lines.push(line);
        throw new Error("a full disk");
      },
      debug: (/** @type {string} */ line) => lines.push(line),
    },
  };
  const { client, emulator } = await served(t, { options });
  emulator.inject({ fault: "throttle", status: 429, retryAfter: 0, path: "delete" });
  emulator.inject({ fault: "applyThenDrop", path: "delete" });
  await client.deleteFaces({ groupId: GROUP, faceTokens: ["a1", "zz"] });
  await client.getFaceCount({ groupId: GROUP });
  assert.deepEqual(
    events.map(({ durationMs, requestId, cause: _, ...event }) => [typeof durationMs, typeof requestId, event]),
    [
      [
        "number",
        "string",
        {
          api: "deleteFaces",
          tokens: 2,
          mayHaveLeft: true,
          status: 429,
          error: "CONCURRENCY_LIMIT_EXCEEDED",
          retryAfterMs: 0,
        },
      ],
      ["number", "undefined", { api: "deleteFaces", tokens: 2, mayHaveLeft: true, interrupted: "connection" }],
      ["number", "string", { api: "deleteFaces", tokens: 2, mayHaveLeft: true, status: 200 }],
      ["number", "string", { api: "getFaceCount", tokens: 0, mayHaveLeft: true, status: 200 }],
    ],
  );
  assert.ok(events.every((event) => Object.isFrozen(event) && Object.isFrozen(event.cause)));
  assert.deepEqual(
    events.map(({ cause }) => typeof cause?.code),
    ["undefined", "string", "undefined", "undefined"],
  );
  assert.match(lines[0], /^finauth-facesearch: deleteFaces ended with 429 CONCURRENCY_LIMIT_EXCEEDED after \d+ ms$/);
  assert.match(lines[1], /deleteFaces ended with connection [A-Z_]+ after/);
  assert.match(lines[3], /getFaceCount ended with 200/);
  for (const [given, path] of /** @type {[object, string][]} */ ([
    [{ hooks: 7 }, "hooks"],
    [{ hooks: { onAttempt: "x" } }, "hooks.onAttempt"],
    [{ logger: () => {} }, "logger"],
    [{ logger: { warn: 1 } }, "logger.warn"],
  ])) {
    assert.throws(
      () => new FaceSearchClient(/** @type {any} */ ({ apiKey: "k", apiSecret: "s", ...given })),
      (/** @type {any} */ error) => error.name === "ConfigError" && error.path === path,
    );
  }
});

test("whoever logs hears of an attempt that was cut off how much it carried, and of each useless answer as a warning", async (t) => {
  /** @type {any[]} */
  const said = [];
  const logger = {
    warn: (/** @type {string} */ _, /** @type {any} */ event) => said.push(["warn", event]),
    debug: (/** @type {string} */ _, /** @type {any} */ event) => said.push(["debug", event]),
  };
  const { client, emulator } = await served(t, { options: { logger } });
  const request = { groupId: GROUP, faceTokens: ["a1", "b2"] };
  emulator.inject({ fault: "slowHead", ms: 300, path: "delete" });
  await rejection(client.deleteFaces(request, { totalTimeout: 60 }));
  emulator.inject({ fault: "htmlGatewayError", path: "delete" });
  emulator.inject({ fault: "lieAboutCounts", path: "delete" });
  for (const _ of [1, 2]) await rejection(client.deleteFaces(request, { maxRetries: 0 }));
  await client.deleteFaces(request);
  assert.deepEqual(
    said.map(([level, { tokens, status, error, interrupted }]) => [level, tokens, status, error, interrupted]),
    [
      ["warn", 2, undefined, undefined, "abort"],
      ["warn", 2, 502, "HTTP_502", undefined],
      ["warn", 2, 200, "INCONSISTENT_RESPONSE", undefined],
      ["debug", 2, 200, undefined, undefined],
    ],
  );
});

test("a key of Web Crypto that cannot be taken out signs as the module does", async (t) => {
  const { emulator, server } = await served(t);
  const importKey = (/** @type {string} */ secret, hash = "SHA-1", usage = "sign") =>
    crypto.subtle.importKey("raw", new TextEncoder().encode(secret), { name: "HMAC", hash }, false, [
      /** @type {any} */ (usage),
    ]);
  const key = await importKey(emulator.apiSecret);
  const sign = createKeySigner({ apiKey: emulator.apiKey, key, signatureTtl: 60 });
  const client = new FaceSearchClient({ sign, baseUrl: server.baseUrl });
  assert.equal((await client.getFaceCount({ groupId: GROUP })).faceCount, 3);
  const made = await sign();
  const raw = Buffer.from(made, "base64").subarray(20).toString();
  const [, b, c, d] = /^a=practice-key&b=(\d+)&c=(\d+)&d=(\d{10})$/.exec(raw) ?? [];
  assert.equal(Number(b) - Number(c), 60);
  const { apiKey, apiSecret } = emulator;
  const same = await createSign({ apiKey, apiSecret, expireTime: Number(b), currentTime: Number(c), random: `${d}` });
  assert.equal(made, same);
  assert.notEqual(await sign(), made);
  for (const unfit of [undefined, 7, {}, await importKey("x", "SHA-256"), await importKey("x", "SHA-1", "verify")]) {
    assert.throws(
      () => createKeySigner({ apiKey: "k", key: /** @type {any} */ (unfit) }),
      (/** @type {any} */ error) => error.name === "ConfigError" && error.path === "key",
    );
  }
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
function inMemory(sought) {
  return Buffer.from(wasmMemory().buffer).indexOf(sought);
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
  for (const state of kept) assert.ok(inMemory(state) >= 0, "what is looked for would be found");
  for (const bytes of gone) assert.equal(inMemory(bytes), -1);
  const run = client.deleteMany(["a1"], { groupId: GROUP });
  client.dispose();
  client.dispose();
  for (const bytes of [...kept, ...gone]) assert.equal(inMemory(bytes), -1);
  assert.equal((await rejection(client.getFaceCount({ groupId: GROUP }))).code, "DISPOSED");
  for (const call of [
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
