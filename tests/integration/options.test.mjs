// @ts-check
// What counts as an option, and which credentials go together.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createContext, runInContext } from "node:vm";
import {
  ConfigError,
  createEmulator,
  createKeySigner,
  createProxyHandler,
  createSign,
  FaceSearchClient,
  MemoryJournal,
  serveEmulator,
  ValidationError,
} from "../support/package.mjs";
import { GROUP, rejection } from "../support/served.mjs";

/** What a call did not get from its caller. */
const heard = (/** @type {string} */ name) => () => {
  throw new Error(`${name} of Object.prototype was called`);
};

/** Each name that is read of an argument somewhere, with a value that would do harm. @type {Record<string, unknown>} */
const POLLUTED = {
  apiKey: "another-key",
  apiSecret: "another-secret",
  sign: heard("sign"),
  proxyUrl: "https://elsewhere.example/faces",
  baseUrl: "https://elsewhere.example",
  fetch: heard("fetch"),
  clock: { now: heard("clock.now") },
  now: heard("now"),
  hooks: { onAttempt: heard("hooks.onAttempt") },
  onAttempt: heard("onAttempt"),
  logger: { debug: heard("logger.debug") },
  debug: heard("debug"),
  info: heard("info"),
  warn: heard("warn"),
  timeout: 1,
  totalTimeout: 1,
  maxRetries: 0,
  signatureTtl: 7,
  dangerouslyAllowBrowser: "yes",
  signal: AbortSignal.abort(),
  groupId: "elsewhere",
  faceTokens: ["zz"],
  journal: new MemoryJournal(),
  open: heard("open"),
  append: heard("append"),
  close: heard("close"),
  countFaces: "yes",
  onProgress: heard("onProgress"),
  onRead: heard("onRead"),
  batchSize: 1,
  maxAbsentRatio: 0,
  deadline: 0,
  concurrency: { min: 64, max: 1 },
  min: 64,
  max: 1,
  maxDelete: 0,
  expect: { count: 0 },
  count: 0,
  format: "json",
  column: 3,
  size: 5,
  stream: heard("stream"),
  getReader: heard("getReader"),
  readableEncoding: "utf8",
  readableObjectMode: false,
  authorize: () => true,
  allow: { groups: "*" },
  groups: "*",
  apis: [],
  origins: ["https://elsewhere.example"],
  tokensPerCall: 1,
  callsPerMinute: 1,
  claimAttempt: () => false,
  instances: "many",
  onError: heard("onError"),
  attemptId: "0".repeat(32),
  instance: "another",
  libraries: { elsewhere: ["zz"] },
  seed: "none",
  token: "zz",
  random: "9",
  expireTime: 9,
  currentTime: 9,
  key: {},
  prefix: "other.",
  ErrorClass: class {},
  hasMethods: true,
  error: "INTERNAL_ERROR",
  error_message: "INTERNAL_ERROR",
  failure_detail: [{ face_token: "a1", reason: "FACE_NOT_IN_GROUP" }],
  times: 0,
  skip: 9,
};

/** All that takes options, with each of them that has another default than the polluted value left out. */
async function everything() {
  const now = 1_700_000_000_000;
  /** @type {string[]} */
  const urls = [];
  const emulator = createEmulator({ libraries: { [GROUP]: ["a1", "b2", "c3", "d4"] }, clock: { now: () => now } });
  const { apiKey, apiSecret } = emulator;
  const fetch = (/** @type {string} */ url, /** @type {any} */ init) => {
    urls.push(url);
    return emulator.fetch(url, init);
  };
  const client = new FaceSearchClient({ apiKey, apiSecret, fetch, clock: { now: () => now }, hooks: {}, logger: {} });
  emulator.inject({ fault: "error", status: 400, error: "BAD_ARGUMENTS:group_id", path: "get_size" });
  const struck = await rejection(client.getFaceCount({ groupId: GROUP }));
  const single = await client.deleteFaces({ groupId: GROUP, faceTokens: ["a1", "zz"] });
  const { faceCount } = await client.getFaceCount({ groupId: GROUP });
  const run = client.deleteMany(["b2", "yy"], { groupId: GROUP, expect: {}, concurrency: {} });
  const report = await run.report;
  const handler = createProxyHandler({
    apiKey,
    apiSecret,
    fetch,
    clock: { now: () => now },
    authorize: () => true,
    allow: { groups: [GROUP] },
  });
  const door = (/** @type {string} */ url, /** @type {any} */ init) => handler(new Request(url, init));
  const near = new FaceSearchClient({ proxyUrl: "https://proxy.example/faces", fetch: door });
  const proxied = await near.deleteFaces({ groupId: GROUP, faceTokens: ["c3"] });
  const missing = { allow: {}, authorize: () => true, apiKey, apiSecret };
  const refused = [
    struck,
    await rejection(client.deleteFaces(/** @type {any} */ ({ groupId: GROUP }))),
    await rejection(client.deleteFaces(/** @type {any} */ ({ faceTokens: ["a1"] }))),
    await rejection(client.deleteMany(["a1"], /** @type {any} */ ({ groupId: GROUP, journal: {} })).report),
    await rejection(client.getFaceCount({ groupId: GROUP }, /** @type {any} */ ({ signal: {} }))),
    await rejection((async () => createProxyHandler(/** @type {any} */ (missing)))()),
    await rejection((async () => new FaceSearchClient({ apiKey, apiSecret, clock: /** @type {any} */ ({}) }))()),
    await rejection(createSign(/** @type {any} */ ({ apiKey }))),
    await rejection((async () => createKeySigner(/** @type {any} */ ({ apiKey })))()),
  ].map(({ name, message }) => `${name}: ${message}`);
  const sign = Buffer.from(await createSign({ apiKey, apiSecret }), "base64")
    .subarray(20)
    .toString();
  return {
    urls: new Set(urls),
    outcomes: [single, report, proxied].map((one) =>
      [...(typeof one.outcomes === "function" ? one.outcomes() : one.outcomes)].map(({ outcome }) => outcome),
    ),
    csv: [...report.csv()].join(""),
    faceCount,
    requests: report.requests,
    refused,
    sign: sign.replaceAll(/\d+/g, (digits) => String(digits.length)),
    left: emulator.faces(GROUP),
  };
}

test("options: ignore what is inherited from Object.prototype, whatever the name", async () => {
  const expected = await everything();
  assert.deepEqual(expected.left, ["d4"]);
  assert.deepEqual(expected.outcomes, [["deleted", "absent"], ["deleted", "absent"], ["deleted"]]);
  const prototype = /** @type {any} */ (Object.prototype);
  for (const [name, value] of Object.entries(POLLUTED)) {
    let polluted;
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true, enumerable: false });
    try {
      polluted = await everything();
    } catch (error) {
      polluted = error;
    } finally {
      delete prototype[name];
    }
    assert.deepEqual(polluted, expected, name);
  }
});

class Settings {
  groupId = GROUP;
}

/** Objects that hold settings somewhere else than in themselves, or are something else. @type {[string, object][]} */
const NOT_PLAIN = [
  ["an instance of a class", new Settings()],
  ["an object with defaults", Object.create({ groupId: GROUP })],
  ["an object with defaults that have no prototype", Object.create(Object.create(null))],
  ["an object whose prototype only looks like the usual one", Object.create({ __proto__: null, constructor: Object })],
  ["an array", []],
  ["a map", new Map()],
  ["a date", new Date()],
  ["an error", new Error("none")],
  ["an array of another realm", runInContext("[]", createContext())],
];

test("options: reject an object that is not plain, and name the argument", async () => {
  const emulator = createEmulator({ libraries: { [GROUP]: ["a1"] } });
  const { apiKey, apiSecret, fetch } = emulator;
  const good = { apiKey, apiSecret, fetch };
  const client = new FaceSearchClient(good);
  const proxy = { ...good, authorize: () => true };
  for (const [what, value] of NOT_PLAIN) {
    const any = /** @type {any} */ (value);
    /** @type {[string, () => unknown][]} */
    const cases = [
      ["options", () => new FaceSearchClient(any)],
      ["hooks", () => new FaceSearchClient({ ...good, hooks: any })],
      ["request", () => client.deleteFaces(any)],
      ["request", () => client.getFaceCount(any)],
      ["options", () => client.getFaceCount({ groupId: GROUP }, any)],
      ["options", () => client.deleteMany(["a1"], any).report],
      ["options", () => client.plan(["a1"], any)],
      ["options", () => client.resume(["a1"], any).report],
      ["expect", () => client.plan(["a1"], { groupId: GROUP, expect: any })],
      ["concurrency", () => client.deleteMany(["a1"], { groupId: GROUP, concurrency: any }).report],
      ["options", () => createSign(any)],
      ["options", () => createKeySigner(any)],
      ["options", () => createProxyHandler(any)],
      ["allow", () => createProxyHandler({ ...proxy, allow: any })],
    ];
    for (const call of [() => createEmulator(any), () => serveEmulator(emulator, any)]) {
      await assert.rejects(async () => call(), {
        name: "TypeError",
        message: /^options of \w+ must be a plain object$/,
      });
    }
    for (const [path, call] of cases) {
      const error = await rejection((async () => call())());
      assert.ok(error instanceof ValidationError || error instanceof ConfigError, `${what}: ${error}`);
      const isReading = /getFaceCount/.test(String(call));
      assert.deepEqual([error.path, error.delivery], [path, isReading ? undefined : "not-sent"], what);
      assert.equal(error.message, `${path} must be a plain object: neither an array nor an instance of a class`);
    }
  }
  assert.deepEqual(emulator.log, [], "nothing was sent");
});

test("options: may come from another realm, have no prototype, or be a module", async () => {
  const emulator = createEmulator({ libraries: { [GROUP]: ["a1", "b2", "c3"] } });
  const elsewhere = createContext({ emulator });
  const { apiKey, apiSecret, fetch } = emulator;
  const clients = [
    new FaceSearchClient(
      runInContext("({ ...emulator, handle: undefined })", elsewhere).apiKey && { apiKey, apiSecret, fetch },
    ),
    new FaceSearchClient(
      runInContext(
        "({ apiKey: emulator.apiKey, apiSecret: emulator.apiSecret, fetch: emulator.fetch, hooks: {} })",
        elsewhere,
      ),
    ),
    new FaceSearchClient(Object.assign(Object.create(null), { apiKey, apiSecret, fetch })),
  ];
  for (const client of clients) {
    const request = runInContext(`({ groupId: "${GROUP}", faceTokens: ["a1"] })`, elsewhere);
    assert.equal((await client.deleteFaces(request)).outcomes.length, 1);
  }
  const module = await import(
    String(new URL("data:text/javascript,export const groupId = 'staff', faceTokens = ['b2'];"))
  );
  const [outcome] = (await /** @type {FaceSearchClient} */ (clients[0]).deleteFaces(module)).outcomes;
  assert.equal(outcome?.outcome, "deleted");
});

test("options: what is used by its methods may be an instance of any class", async () => {
  const emulator = createEmulator({ libraries: { [GROUP]: ["a1"] } });
  const { apiKey, apiSecret, fetch } = emulator;
  /** @type {string[]} */
  const lines = [];
  class Base {
    prefix = "> ";
    debug(/** @type {string} */ message) {
      lines.push(this.prefix + message);
    }
  }
  class Logger extends Base {}
  class Clock {
    #offset = 0;
    now() {
      return Date.now() + this.#offset;
    }
  }
  class Journal extends MemoryJournal {}
  for (const [logger, clock] of [
    [new Logger(), new Clock()],
    [console, Date],
    [Object.assign(() => {}, { debug() {} }), Object.create(new Clock(), { now: { value: () => Date.now() } })],
  ]) {
    const debug = console.debug;
    console.debug = () => {};
    const client = new FaceSearchClient({ apiKey, apiSecret, fetch, logger: /** @type {any} */ (logger), clock });
    const { signal } = new AbortController();
    const report = await client.deleteMany(["a1"], { groupId: GROUP, journal: new Journal(), signal }).report;
    console.debug = debug;
    assert.equal(report.counts.total, 1);
  }
  assert.match(String(lines[0]), /^> finauth-facesearch: deleteFaces ended with 200/);
});

test("options: reject unknown names in requests, hooks and signers, too", async () => {
  const emulator = createEmulator({ libraries: { [GROUP]: ["a1"] } });
  const { apiKey, apiSecret, fetch } = emulator;
  const client = new FaceSearchClient({ apiKey, apiSecret, fetch });
  /** @type {[string, () => unknown][]} */
  const cases = [
    ["timeout", () => client.deleteFaces(/** @type {any} */ ({ groupId: GROUP, faceTokens: ["a1"], timeout: 5 }))],
    ["faceTokens", () => client.getFaceCount(/** @type {any} */ ({ groupId: GROUP, faceTokens: ["a1"] }))],
    ["hooks.onRetry", () => new FaceSearchClient({ apiKey, apiSecret, hooks: /** @type {any} */ ({ onRetry() {} }) })],
    ["ttl", () => createSign(/** @type {any} */ ({ apiKey, apiSecret, ttl: 5 }))],
    ["ttl", () => createKeySigner(/** @type {any} */ ({ apiKey, key: {}, ttl: 5 }))],
  ];
  assert.throws(
    () => createEmulator(/** @type {any} */ ({ library: {} })),
    /library is not an option of createEmulator/,
  );
  for (const [path, call] of cases) {
    const error = await rejection((async () => call())());
    assert.deepEqual([error.path, error.message], [path, `${path} is not an option`]);
  }
  assert.deepEqual(emulator.log, []);
});

const VARIABLES = ["FINAUTH_API_KEY", "FINAUTH_API_SECRET", "FINAUTH_BASE_URL"];

/**
 * Makes a client with these variables in the environment, and says where it would send, and with which key; or its error.
 *
 * @param {Record<string, string>} variables
 * @param {object} options
 * @returns {Promise<any>}
 */
async function made(variables, options) {
  const before = VARIABLES.map((name) => process.env[name]);
  for (const name of VARIABLES) delete process.env[name];
  Object.assign(process.env, variables);
  /** @type {string[]} */
  const sent = [];
  try {
    const fetch = async (/** @type {string} */ url, /** @type {any} */ init) => {
      const sign = String((await new Request(url, init).formData()).get("sign"));
      sent.push(`${new URL(url).host} ${/a=([^&]*)/.exec(Buffer.from(sign, "base64").toString("latin1"))?.[1]}`);
      throw new Error("no network");
    };
    await rejection(new FaceSearchClient({ ...options, fetch, maxRetries: 0 }).getFaceCount({ groupId: GROUP }));
    return sent[0];
  } catch (error) {
    return error;
  } finally {
    for (const [at, name] of VARIABLES.entries()) {
      if (before[at] === undefined) delete process.env[name];
      else process.env[name] = before[at];
    }
  }
}

const ENVIRONMENT = {
  FINAUTH_API_KEY: "key-of-environment",
  FINAUTH_API_SECRET: "secret-of-environment",
  FINAUTH_BASE_URL: "https://environment.example",
};
const USUAL = "api-sgp.yljz.com";

test("credentials: those that are passed never mix with those of the environment", async () => {
  const passed = { apiKey: "passed-key", apiSecret: "passed-secret" };
  assert.equal(await made(ENVIRONMENT, {}), "environment.example key-of-environment");
  assert.equal(await made(ENVIRONMENT, { baseUrl: "https://passed.example" }), "passed.example key-of-environment");
  assert.equal(await made(ENVIRONMENT, passed), `${USUAL} passed-key`);
  assert.equal(await made(ENVIRONMENT, { ...passed, apiSecret: () => "s" }), `${USUAL} passed-key`);
  assert.equal(await made(ENVIRONMENT, { ...passed, baseUrl: "https://passed.example" }), "passed.example passed-key");
  const sign = () => createSign(passed);
  assert.equal(await made(ENVIRONMENT, { sign }), `${USUAL} passed-key`, "a signature is a credential as well");
  for (const [name, other, variable] of [
    ["apiKey", "apiSecret", "FINAUTH_API_SECRET"],
    ["apiSecret", "apiKey", "FINAUTH_API_KEY"],
  ]) {
    for (const value of ["passed", ""]) {
      const error = await made(ENVIRONMENT, { [String(name)]: value });
      assert.deepEqual(
        [error.code, error.path],
        ["INVALID_OPTION", value === "" && name === "apiKey" ? "apiKey" : other],
      );
      if (value !== "")
        assert.match(error.message, new RegExp(`^${other} is missing: ${name} was passed, .*${variable}`));
    }
  }
  const bytes = await made(ENVIRONMENT, { apiSecret: new TextEncoder().encode("s") });
  assert.equal(bytes.path, "apiKey");
  const proxy = await made({ ...ENVIRONMENT, FINAUTH_BASE_URL: "no url" }, { proxyUrl: "https://proxy.example" });
  assert.equal(proxy, undefined, "a proxy's client reads none of it");
});

test("credentials: an address of the environment that cannot be used is rejected by its variable's name", async () => {
  const { FINAUTH_BASE_URL: _, ...others } = ENVIRONMENT;
  for (const text of [
    "no url",
    "http://elsewhere.example",
    "https://user@elsewhere.example",
    "https://x.example/?a=b",
  ]) {
    const error = await made({ ...others, FINAUTH_BASE_URL: text }, {});
    assert.deepEqual([error.name, error.path], ["ConfigError", "FINAUTH_BASE_URL"], text);
    assert.match(error.message, /^FINAUTH_BASE_URL must/);
  }
});

const SPACES = [" ", "\n", "\r\n", "\t", "\0", "\u00a0", "\u2003", "\u200b", "\u2028", "\ufeff", "\u0085", "\u202e"];

test("credentials: reject white space around a key or a secret, and name where it is", async () => {
  const good = { apiKey: "k", apiSecret: "s" };
  const problem = "must not begin or end with white space, a control character or a byte order mark";
  const encode = (/** @type {string} */ text) => new TextEncoder().encode(text);
  const utf16 = (/** @type {string} */ text) => new Uint8Array(Buffer.from(`\ufeff${text}`, "utf16le"));
  for (const space of SPACES) {
    for (const text of [`${space}se cret`, `se cret${space}`, `密${space}`, space]) {
      /** @type {[string, object, Record<string, string>?][]} */
      const cases = [
        ["apiKey", { ...good, apiKey: text }],
        ["apiSecret", { ...good, apiSecret: text }],
      ];
      const isText = /\s|\p{Cf}/u.test(space);
      if (isText) cases.push(["apiSecret", { ...good, apiSecret: encode(text) }]);
      if (isText) cases.push(["apiSecret", { ...good, apiSecret: Buffer.from(text) }]);
      if (space !== "\0") {
        cases.push(["FINAUTH_API_KEY", {}, { ...ENVIRONMENT, FINAUTH_API_KEY: text }]);
        cases.push(["FINAUTH_API_SECRET", {}, { ...ENVIRONMENT, FINAUTH_API_SECRET: text }]);
      }
      for (const [path, options, variables = {}] of cases) {
        const error = await made(variables, options);
        assert.deepEqual([error?.name, error?.path], ["ConfigError", path], JSON.stringify(text));
        assert.equal(error.message, `${path} ${problem}`);
      }
      for (const given of isText ? [text, encode(text)] : [text]) {
        const emulator = createEmulator();
        const asked = new FaceSearchClient({ apiKey: "k", apiSecret: async () => given, fetch: emulator.fetch });
        const error = await rejection(asked.getFaceCount({ groupId: GROUP }));
        assert.deepEqual([error.name, error.path, emulator.log.length], ["ConfigError", "apiSecret", 0]);
        assert.equal((await rejection(createSign({ apiKey: "k", apiSecret: given }))).path, "apiSecret");
      }
      assert.equal((await rejection(createSign({ apiKey: text, apiSecret: "s" }))).path, "apiKey");
      const key = /** @type {any} */ ({});
      assert.equal((await rejection((async () => createKeySigner({ apiKey: text, key }))())).path, "apiKey");
    }
  }
  assert.equal((await made({}, { apiKey: "k", apiSecret: utf16("secret") })).path, "apiSecret");
  // What is within, or is no text at all, is the owner's affair.
  for (const apiSecret of [
    "a b",
    encode("a\nb"),
    "ключ",
    encode("密钥"),
    new Uint8Array([0x80, 0xff, 0xc3]),
    encode("🔑"),
    // Bytes that need not be text may begin and end with any that text files do not.
    encode("\0a\x7f"),
    encode("\x85"),
  ]) {
    assert.equal(await made({}, { apiKey: "k y", apiSecret }), `${USUAL} k y`);
  }
});

test("credentials: a secret that was wiped is never signed with", async () => {
  const emulator = createEmulator({ libraries: { [GROUP]: ["a1"] } });
  const { apiKey, fetch } = emulator;
  for (const apiSecret of [new Uint8Array(16), Buffer.alloc(1), new Uint8Array(new SharedArrayBuffer(8))]) {
    const error = await rejection((async () => new FaceSearchClient({ apiKey, apiSecret, fetch }))());
    assert.deepEqual([error.name, error.path], ["ConfigError", "apiSecret"]);
    assert.equal(error.message, "apiSecret holds nothing but zeros: it was wiped");
    assert.equal((await rejection(createSign({ apiKey, apiSecret }))).path, "apiSecret");
    const asked = new FaceSearchClient({ apiKey, apiSecret: () => apiSecret, fetch });
    assert.match((await rejection(asked.getFaceCount({ groupId: GROUP }))).message, /holds nothing but zeros/);
  }
  const bytes = new TextEncoder().encode(emulator.apiSecret);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  const detached = await rejection((async () => new FaceSearchClient({ apiKey, apiSecret: bytes, fetch }))());
  assert.match(detached.message, /^apiSecret must not be empty/);
  assert.deepEqual(emulator.log, [], "nothing was sent");

  // The owner's wiping comes too late to matter, and a client that was disposed of has none.
  const own = new TextEncoder().encode(emulator.apiSecret);
  const client = new FaceSearchClient({ apiKey, apiSecret: own, fetch });
  own.fill(0);
  assert.equal((await client.getFaceCount({ groupId: GROUP })).faceCount, 1);
  const disposed = new FaceSearchClient({ apiKey, apiSecret: new TextEncoder().encode(emulator.apiSecret), fetch });
  const call = rejection(disposed.getFaceCount({ groupId: GROUP }));
  disposed.dispose();
  assert.equal((await call).code, "DISPOSED");
  assert.equal(emulator.log.length, 1);
});
