// @ts-check
// Any argument of any type, at every exported function: a typed error or a correct result, never a trap.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ConfigError,
  createEmulator,
  createSign,
  FaceSearchClient,
  isFaceSearchError,
  proveOutcome,
  ValidationError,
  verifyLeaves,
  verifyReceipt,
} from "../support/package.mjs";

const emulator = createEmulator({ libraries: { staff: ["a1"] } });
const { apiKey, apiSecret, fetch } = emulator;
const client = new FaceSearchClient({ apiKey, apiSecret, fetch });

const throwing = () => {
  throw new RangeError("a hostile getter");
};

/** Calls back into the client while its arguments are being read. */
const reentrant = () => {
  client.deleteFaces({ groupId: "staff", faceTokens: ["zz"] }).catch(() => {});
  return "staff";
};

/** @type {[string, unknown][]} */
const HOSTILE = [
  ["undefined", undefined],
  ["null", null],
  ["a number", 7],
  ["NaN", Number.NaN],
  ["a bigint", 10n ** 30n],
  ["a symbol", Symbol("s")],
  ["a boolean", true],
  ["an empty string", ""],
  ["a long string", "x".repeat(1 << 20)],
  ["a very long string", "面".repeat(2 ** 22)],
  ["many long tokens", Array.from({ length: 600 }, () => "x".repeat(1 << 20))],
  ["a lone surrogate", "\ud800"],
  ["detached bytes", detached()],
  ["a NUL", "a\0b"],
  ["an array", ["a"]],
  ["an array with holes", [, "a", ,]],
  ["an array of arrays", [["a"], [["b"]]]],
  ["an empty array", []],
  ["a function", () => {}],
  ["a class", class {}],
  ["a date", new Date()],
  ["a map", new Map([["a", "b"]])],
  ["a promise", Promise.resolve("a")],
  ["bytes", new Uint8Array([1, 2, 3])],
  ["an ArrayBuffer", new ArrayBuffer(8)],
  ["an object without prototype", Object.create(null)],
  ["a string object", new String("staff")],
  ["an object that throws when made text", { toString: throwing, valueOf: throwing, [Symbol.toPrimitive]: throwing }],
  ["a proxy that throws", new Proxy({}, { get: throwing, has: throwing, ownKeys: throwing, getPrototypeOf: throwing })],
  ["a revoked proxy", revoked()],
  ["an iterator that throws", { [Symbol.iterator]: () => ({ next: throwing }) }],
  ["an endless iterable", { [Symbol.iterator]: () => ({ next: () => ({ done: false, value: "a" }) }) }],
  [
    "an array that lies about its length",
    new Proxy(["a"], { get: (target, name) => (name === "length" ? 2 ** 40 : Reflect.get(target, name)) }),
  ],
];

function detached() {
  const bytes = new Uint8Array([1, 2, 3]);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

function revoked() {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/**
 * Runs a call and checks that it ends as promised.
 *
 * @param {string} what
 * @param {() => unknown} call
 */
async function endsWell(what, call) {
  try {
    await call();
  } catch (error) {
    assert.ok(isFaceSearchError(error), `${what}: ${error instanceof Error ? error.stack : String(error)}`);
    assert.ok(error instanceof ValidationError || error instanceof ConfigError, `${what}: ${error.name}`);
    assert.equal(error.delivery, what.startsWith("getFaceCount") ? undefined : "not-sent", what);
    assert.ok(error.message.length < 400, what);
  }
}

/**
 * An object with a property that is the value, or that a getter gives.
 *
 * @param {object} base
 * @param {string} name
 * @param {unknown} value
 */
function* withProperty(base, name, value) {
  yield { ...base, [name]: value };
  yield Object.defineProperty({ ...base }, name, { get: throwing, enumerable: true });
  yield Object.defineProperty({ ...base }, name, { get: reentrant, enumerable: true });
}

/** Reading one to its end is what `deleteMany` does. @param {unknown} value */
const endless = (value) =>
  HOSTILE.some(([what, hostile]) => /endless|lies about its length/.test(what) && hostile === value);

const REQUEST = { groupId: "staff", faceTokens: ["zz"] };

test("every function takes any argument", async () => {
  for (const [what, value] of HOSTILE) {
    const any = /** @type {any} */ (value);
    await endsWell(`deleteFaces(${what})`, () => client.deleteFaces(any));
    await endsWell(`deleteFaces(…, ${what})`, () => client.deleteFaces(REQUEST, any));
    await endsWell(`getFaceCount(${what})`, () => client.getFaceCount(any));
    await endsWell(`getFaceCount(…, ${what})`, () => client.getFaceCount({ groupId: "staff" }, any));
    await endsWell(`deleteMany(${what})`, () => endless(value) || client.deleteMany(any, { groupId: "staff" }).report);
    await endsWell(`deleteMany(…, ${what})`, () => client.deleteMany(["zz"], any).report);
    await endsWell(`createSign(${what})`, () => createSign(any));
    await endsWell(`new FaceSearchClient(${what})`, () => new FaceSearchClient(any));
    assert.equal(isFaceSearchError(value), false, what);
  }
});

test("every property of every argument takes any value", async () => {
  for (const [what, value] of HOSTILE) {
    for (const name of ["groupId", "faceTokens"]) {
      for (const request of withProperty(REQUEST, name, value)) {
        await endsWell(`deleteFaces ${name}: ${what}`, () => client.deleteFaces(/** @type {any} */ (request)));
      }
    }
    for (const name of ["signal", "timeout"]) {
      for (const options of withProperty({}, name, value)) {
        await endsWell(`options.${name}: ${what}`, () => client.deleteFaces(REQUEST, /** @type {any} */ (options)));
      }
    }
    for (const name of ["apiKey", "apiSecret", "expireTime", "currentTime", "random", "dangerouslyAllowBrowser"]) {
      for (const options of withProperty({ apiKey, apiSecret }, name, value)) {
        await endsWell(`createSign ${name}: ${what}`, () => createSign(/** @type {any} */ (options)));
      }
    }
    const names = [
      "apiKey",
      "apiSecret",
      "sign",
      "baseUrl",
      "timeout",
      "signatureTtl",
      "clock",
      "dangerouslyAllowBrowser",
    ];
    for (const name of names) {
      for (const options of withProperty({ apiKey, apiSecret, fetch }, name, value)) {
        await endsWell(`new FaceSearchClient ${name}: ${what}`, async () => {
          const made = new FaceSearchClient(/** @type {any} */ (options));
          // One that was made has to work, or to say why not.
          await made.getFaceCount({ groupId: "staff" }).catch((error) => {
            assert.ok(isFaceSearchError(error), `${name}: ${what}: ${error}`);
          });
        });
      }
    }
    await endsWell(`a token: ${what}`, () =>
      client.deleteFaces({ groupId: "staff", faceTokens: [/** @type {any} */ (value)] }),
    );
  }
});

test("a deadline may be anything", async () => {
  for (const [what, value] of HOSTILE) {
    for (const options of withProperty({ groupId: "staff" }, "deadline", value)) {
      const call = () => client.deleteMany(["zz"], /** @type {any} */ (options)).report;
      await endsWell(`deadline: ${what}`, call);
    }
  }
});

test("what is no receipt, no proof or no file of leaves is refused by name", async () => {
  const report = await client.deleteMany(["zz"], { groupId: "staff" }).report;
  const { json, leaves } = await report.receipt();
  const whole = JSON.parse(json);
  const proof = await proveOutcome(leaves, { token: "zz" });
  await verifyReceipt(whole, /** @type {any} */ (proof), { token: "zz" });
  await verifyLeaves(whole, leaves);
  // Who hands over what has no end, or nearly none, waits for it.
  for (const [what, value] of HOSTILE.filter(([name]) => !/long|endless|lies/.test(name))) {
    const any = /** @type {any} */ (value);
    await endsWell(`a receipt: ${what}`, () => verifyLeaves(any, leaves));
    await endsWell(`leaves: ${what}`, () => verifyLeaves(whole, any));
    await endsWell(`a receipt, for a proof: ${what}`, () =>
      verifyReceipt(any, /** @type {any} */ (proof), { token: "zz" }),
    );
    await endsWell(`a proof: ${what}`, () => verifyReceipt(whole, any, { token: "zz" }));
    for (const name of ["version", "groupId", "counts", "tree"]) {
      for (const receipt of withProperty(whole, name, value))
        await endsWell(`a receipt's ${name}: ${what}`, () => verifyLeaves(/** @type {any} */ (receipt), leaves));
    }
    for (const name of ["index", "outcome", "salt", "path"]) {
      for (const other of withProperty(/** @type {any} */ (proof), name, value))
        await endsWell(`a proof's ${name}: ${what}`, () =>
          verifyReceipt(whole, /** @type {any} */ (other), { token: "zz" }),
        );
    }
  }
});

for (const member of ["aborted", "addEventListener", "removeEventListener"]) {
  test(`a signal whose ${member} throws makes no other error than ours`, async () => {
    for (const from of [2, 3, 4]) {
      for (const call of [
        (/** @type {any} */ signal) => client.deleteFaces(REQUEST, { signal }),
        (/** @type {any} */ signal) => client.plan(["zz"], { groupId: "staff", signal }),
        (/** @type {any} */ signal) => client.plan(later(["zz"]), { groupId: "staff", signal }),
        (/** @type {any} */ signal) => client.deleteMany(later(["zz"]), { groupId: "staff", signal }).report,
      ]) {
        let reads = 0;
        const target = new AbortController().signal;
        const signal = new Proxy(target, {
          get(_, name) {
            const value = Reflect.get(target, name, target);
            if (name === member) reads += 1;
            if (name === member && reads >= from) {
              if (member === "aborted") throwing();
              return throwing;
            }
            return typeof value === "function" ? value.bind(target) : value;
          },
        });
        try {
          await call(signal);
        } catch (error) {
          assert.ok(isFaceSearchError(error), `${from}, ${error instanceof Error ? error.stack : error}`);
        }
      }
    }
  });
}

/** @param {string[]} items */
async function* later(items) {
  yield* items;
}

test("an abort stays one, whatever a source throws when it is let go", async () => {
  const never = () => new Promise(() => {});
  for (const source of [
    { [Symbol.asyncIterator]: () => ({ next: never, return: throwing }) },
    { [Symbol.asyncIterator]: () => ({ next: never, return: () => ({ then: throwing }) }) },
    { getReader: () => ({ read: never, cancel: throwing }) },
    { getReader: () => ({ read: never, cancel: () => 7 }) },
  ]) {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    const options = { groupId: "staff", signal: controller.signal };
    await assert.rejects(client.plan(/** @type {any} */ (source), options), { name: "AbortError" });
  }
});

test("what a source or a journal throws may be anything", async () => {
  for (const [what, thrown] of HOSTILE) {
    const fail = () => {
      throw thrown;
    };
    const source = { [Symbol.iterator]: () => ({ next: fail }) };
    await endsWell(`a source throws ${what}`, () => client.plan(/** @type {any} */ (source), { groupId: "staff" }));
    const journal = { open: fail, append: () => {} };
    await endsWell(`a journal throws ${what}`, () => client.deleteMany(["zz"], { groupId: "staff", journal }).report);
  }
});

test("whatever fetch gives, the error is typed and nothing is claimed", async () => {
  const response = (/** @type {object} */ members) => ({ status: 200, headers: new Headers(), body: null, ...members });
  /** @type {[string, () => unknown][]} */
  const fetches = [
    ...HOSTILE.map(([what, value]) => /** @type {[string, () => unknown]} */ ([what, () => value])),
    ["throws", throwing],
    ["rejects with undefined", () => Promise.reject(undefined)],
    [
      "a promise with a hostile constructor",
      () => Object.defineProperty(Promise.resolve(), "constructor", { get: throwing }),
    ],
    ["a promise with a hostile then", () => Object.defineProperty(Promise.resolve(), "then", { get: throwing })],
    ["a thenable that never settles", () => ({ then: () => {} })],
    ["no status", () => response({ status: undefined })],
    ["a status of the wrong type", () => response({ status: "200" })],
    ["a status out of range", () => response({ status: 1e9 })],
    ["no body", () => response({})],
    ["a body that is no stream", () => response({ body: 7 })],
    ["a reader that throws", () => response({ body: { getReader: throwing } })],
    ["a reader without read", () => response({ body: { getReader: () => ({}) } })],
    ["a read that gives junk", () => response({ body: { getReader: () => ({ read: () => 7, cancel: throwing }) } })],
    [
      "chunks of text",
      () => response({ body: { getReader: () => ({ read: () => ({ done: false, value: "x" }), cancel: throwing }) } }),
    ],
    [
      "chunks of a size that is a symbol",
      () => response({ body: { getReader: () => ({ read: () => ({ value: { byteLength: Symbol("s") } }) }) } }),
    ],
    [
      "a done that is a symbol",
      () => response({ body: { getReader: () => ({ read: () => ({ done: Symbol("s") }) }) } }),
    ],
    [
      "a cancel that rejects",
      () =>
        response({ body: { getReader: () => ({ read: throwing, cancel: () => Promise.reject(new Error("no")) }) } }),
    ],
    ["headers that throw", () => response({ headers: { get: throwing } })],
    ["headers that lie", () => response({ headers: { get: () => ({}) } })],
    ["an arrayBuffer that throws", () => response({ arrayBuffer: throwing })],
    ["an arrayBuffer that gives junk", () => response({ arrayBuffer: async () => Symbol("s") })],
  ];
  for (const [what, fetchOnce] of fetches) {
    const made = new FaceSearchClient({
      apiKey,
      apiSecret,
      fetch: /** @type {any} */ (fetchOnce),
      timeout: 200,
      maxRetries: 0,
    });
    await assert.rejects(made.deleteFaces(REQUEST), (error) => {
      assert.ok(isFaceSearchError(error), `${what}: ${error}`);
      assert.equal(error.delivery, "maybe-applied", what);
      assert.deepEqual(
        error.outcomes?.map(({ outcome }) => outcome),
        ["unknown"],
        what,
      );
      return true;
    });
  }
});

test("nothing that is thrown while an answer is read passes for an answer", async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  // To look at it throws as well.
  const answer = { status: 400, members: { error_message: "BAD_ARGUMENTS" } };
  const pretender = new Proxy(
    {},
    {
      getPrototypeOf: () => {
        throw answer;
      },
    },
  );
  for (const thrown of [proxy, pretender]) {
    const own = createEmulator({ libraries: { staff: ["a1", "b2"] } });
    let calls = 0;
    const lossy = async (/** @type {any} */ url, /** @type {any} */ init) => {
      const response = await own.fetch(url, init);
      calls += 1;
      if (calls > 1) return response;
      const read = async () => {
        throw thrown;
      };
      return { status: 200, body: { getReader: () => ({ read, cancel: async () => {} }) } };
    };
    const options = { apiKey: own.apiKey, apiSecret: own.apiSecret, fetch: /** @type {any} */ (lossy) };
    const report = await new FaceSearchClient(options).deleteMany(["a1", "b2"], { groupId: "staff" }).report;
    assert.deepEqual([report.ended, report.counts["absent-after-uncertain"], report.requests], ["complete", 2, 2]);
    calls = 0;
    const once = new FaceSearchClient({ ...options, maxRetries: 0 });
    const error = await once.deleteFaces({ groupId: "staff", faceTokens: ["zz"] }).catch((cause) => cause);
    assert.deepEqual([error.code, error.delivery], ["CONNECTION_LOST", "maybe-applied"]);
  }
});

test("afterwards everything still works", async () => {
  assert.equal((await client.deleteFaces({ groupId: "staff", faceTokens: ["a1"] })).faceRemoved, 1);
});

test("a bad argument is named, and nothing is sent", async () => {
  const before = emulator.log.length;
  /** @type {[any, string][]} */
  const cases = [
    [{ ...REQUEST, groupId: "a b" }, "groupId"],
    [{ ...REQUEST, groupId: "x".repeat(49) }, "groupId"],
    [{ faceTokens: ["a"] }, "groupId"],
    [{ groupId: "staff" }, "faceTokens"],
    [{ ...REQUEST, faceTokens: [] }, "faceTokens"],
    [{ ...REQUEST, faceTokens: "abc" }, "faceTokens"],
    [{ ...REQUEST, faceTokens: Array.from({ length: 1001 }, (_, index) => `${index}`) }, "faceTokens"],
    [{ ...REQUEST, faceTokens: ["a", "b", 7] }, "faceTokens[2]"],
    [{ ...REQUEST, faceTokens: ["a", ""] }, "faceTokens[1]"],
    [{ ...REQUEST, faceTokens: ["a", "b,c"] }, "faceTokens[1]"],
    [{ ...REQUEST, faceTokens: ["a", "b", "c\nd"] }, "faceTokens[2]"],
    [{ ...REQUEST, faceTokens: ["\ud800"] }, "faceTokens[0]"],
    [{ ...REQUEST, faceTokens: ["a", "removeallfacetokens"] }, "faceTokens[1]"],
    [{ ...REQUEST, faceTokens: ["x".repeat(256)] }, "faceTokens[0]"],
    [{ ...REQUEST, faceTokens: ["a", "x".repeat(2000)] }, "faceTokens[1]"],
  ];
  for (const [request, path] of cases) {
    await assert.rejects(client.deleteFaces(request), (error) => {
      assert.ok(error instanceof ValidationError, `${error}`);
      assert.equal(error.path, path);
      assert.ok(error.message.startsWith(path), error.message);
      return true;
    });
  }
  assert.equal(emulator.log.length, before);
});

test("a bad option is named when the client is made", () => {
  const good = { apiKey, apiSecret };
  /** @type {[any, string][]} */
  const cases = [
    [{ apiSecret }, "apiKey"],
    [{ apiKey }, "apiSecret"],
    [{ ...good, apiKey: "" }, "apiKey"],
    [{ ...good, sign: () => "" }, "sign"],
    [{ ...good, baseUrl: "http://example.com" }, "baseUrl"],
    [{ ...good, baseUrl: "https://user@example.com" }, "baseUrl"],
    [{ ...good, baseUrl: "https://example.com/?a=1" }, "baseUrl"],
    [{ ...good, baseUrl: "/relative" }, "baseUrl"],
    [{ ...good, timeout: 0 }, "timeout"],
    [{ ...good, timeout: 2 ** 31 }, "timeout"],
    [{ ...good, signatureTtl: 1.5 }, "signatureTtl"],
    [{ ...good, fetch: "fetch" }, "fetch"],
    [{ ...good, clock: {} }, "clock"],
    [{ ...good, clock: { now: 5 } }, "clock.now"],
    ["options", "options"],
  ];
  for (const [options, path] of cases) {
    assert.throws(
      () => new FaceSearchClient(options),
      (error) => {
        assert.ok(error instanceof ConfigError, `${error}`);
        assert.equal(error.path, path);
        return true;
      },
    );
  }
});
