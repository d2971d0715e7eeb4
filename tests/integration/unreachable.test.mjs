// @ts-check
// What is claimed of requests that failed on the way: against real sockets and real TLS. The matrix repeats the first test in
// each runtime.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { sanitizeError, shown } from "#modules/fetch-error.js";
import { createProxyHandler, FaceSearchClient } from "../support/package.mjs";
import { inAPage } from "../support/page.mjs";
import { GROUP, rejection } from "../support/served.mjs";
import { AUTHORITY, unreachable } from "../support/unreachable.mjs";

/** @type {Awaited<ReturnType<typeof unreachable>>} */
let servers;
before(async () => {
  servers = await unreachable();
});
after(() => servers.end());

const CREDENTIALS = { apiKey: "k", apiSecret: "s" };
const REQUEST = { groupId: GROUP, faceTokens: ["a1"] };
const urlOf = (/** @type {string} */ name) => `${servers.places[name]?.url}`;

/** @param {string} name @param {object} [options] */
const errorAt = (name, options) => {
  const client = new FaceSearchClient({ ...CREDENTIALS, baseUrl: urlOf(name), maxRetries: 0, ...options });
  return rejection(client.deleteFaces(REQUEST));
};

test("delivery: is not-sent only if no byte of the request was written", async () => {
  const child = fileURLToPath(new URL("../support/reach-child.mjs", import.meta.url));
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: AUTHORITY, PLACES: JSON.stringify(servers.places) };
  const { stdout } = await promisify(execFile)(process.execPath, [child], { env });
  const said = JSON.parse(stdout);
  servers.assertClaims(said);
  assert.equal(said["expired certificate"].cause.code, "CERT_HAS_EXPIRED");
  assert.equal(said["certificate for another host"].cause.code, "ERR_TLS_CERT_ALTNAME_INVALID");
  assert.deepEqual(
    [said["reset after the request"].cause.code, said["reset after the request"].interrupted],
    ["ECONNRESET", "connection"],
  );
});

test("certificate error: ends the run without a retry, and is named in the error, a warning and the event", async () => {
  /** @type {any[]} */
  const events = [];
  const hooks = { onAttempt: (/** @type {any} */ event) => events.push(event) };
  const options = { ...CREDENTIALS, baseUrl: urlOf("self-signed certificate"), hooks };
  const client = new FaceSearchClient(options);
  const error = await rejection(client.deleteFaces(REQUEST));
  assert.deepEqual([error.name, error.code, error.delivery], ["ConnectionError", "CERTIFICATE_REJECTED", "not-sent"]);
  assert.match(error.message, /DEPTH_ZERO_SELF_SIGNED_CERT: self-signed certificate.* \(CERTIFICATE_REJECTED\)$/);
  assert.equal(error.cause.cause.code, "DEPTH_ZERO_SELF_SIGNED_CERT");
  assert.deepEqual(error.outcomes, [{ token: "a1", index: 0, outcome: "not-sent", because: "connection" }]);
  assert.equal(events.length, 1);
  const [{ interrupted, mayHaveLeft, cause }] = events;
  assert.deepEqual([interrupted, mayHaveLeft, cause.code], ["certificate", false, "DEPTH_ZERO_SELF_SIGNED_CERT"]);
  assert.match(cause.message, /^self-signed certificate/);
  assert.throws(() => {
    cause.code = "";
  }, TypeError);

  const tokens = Array.from({ length: 100 }, (_, index) => `a${index}`);
  const report = await client.deleteMany(tokens, { groupId: GROUP, batchSize: 2, concurrency: 2 }).report;
  assert.deepEqual([report.ended, report.requests, report.counts["not-sent"]], ["failed", 0, 100]);
  assert.match(`${report.error?.message}`, /DEPTH_ZERO_SELF_SIGNED_CERT: self-signed certificate/);
  assert.match(
    report.warnings.join(),
    /certificate was rejected: DEPTH_ZERO_SELF_SIGNED_CERT: self-signed certificate/,
  );
  assert.ok(events.length <= 3, `${events.length} attempts`);
});

test("certificate error: a proxy passes it on", async () => {
  const handler = createProxyHandler({
    ...CREDENTIALS,
    baseUrl: urlOf("self-signed certificate"),
    authorize: () => true,
    allow: { groups: [GROUP] },
  });
  let calls = 0;
  const fetch = (/** @type {string} */ url, /** @type {any} */ init) => {
    calls += 1;
    return handler(new Request(url, init));
  };
  const client = new FaceSearchClient({ proxyUrl: "https://proxy.example/", fetch });
  const error = await rejection(client.deleteFaces(REQUEST));
  assert.deepEqual([error.code, error.delivery, calls], ["CERTIFICATE_REJECTED", "not-sent", 2]);
});

test("not-sent: is not claimed of a fetch that may have sent before", async (t) => {
  const refused = "connection refused";
  const own = globalThis.fetch;
  t.after(() => {
    globalThis.fetch = own;
  });
  const claimed = async (/** @type {object} */ options = {}) => {
    const { code, delivery } = await errorAt(refused, options);
    return `${code} ${delivery}`;
  };
  assert.equal(await claimed(), "NOT_CONNECTED not-sent");
  // The caller's.
  assert.equal(await claimed({ fetch: own }), "CONNECTION_LOST maybe-applied");
  // Replaced.
  for (const replaced of [
    (/** @type {any} */ ...args) => own(.../** @type {[any]} */ (args)),
    own.bind(globalThis),
    new Proxy(own, {}),
    Object.defineProperty(
      async () => Promise.reject(Object.assign(new Error("x"), { code: "ECONNREFUSED" })),
      "toString",
      {
        value: () => own.toString(),
      },
    ),
  ]) {
    globalThis.fetch = /** @type {any} */ (replaced);
    assert.equal(await claimed(), "CONNECTION_LOST maybe-applied", String(replaced));
  }
  globalThis.fetch = own;
  assert.equal(await claimed(), "NOT_CONNECTED not-sent");
  // A page's request may go out twice.
  const page = await inAPage(
    () => new FaceSearchClient({ sign: () => "x".repeat(64), baseUrl: urlOf(refused), maxRetries: 0 }),
  );
  assert.equal((await rejection(page.deleteFaces(REQUEST))).delivery, "maybe-applied");
});

test("not-sent: is not claimed of another dispatcher", async () => {
  const at = /** @type {any} */ (globalThis);
  await errorAt("connection refused");
  const symbols = [1, 2]
    .map((version) => Symbol.for(`undici.globalDispatcher.${version}`))
    .filter((symbol) => at[symbol]);
  assert.ok(symbols.length > 0);
  for (const symbol of symbols) {
    const usual = at[symbol];
    const { constructor: DispatcherClass, dispatch } = Object.getPrototypeOf(usual);
    /** @type {[string, any][]} */
    const others = [
      // As `compose` makes it.
      ["composed", new Proxy(usual, { get: (of, name) => (name === "dispatch" ? of.dispatch.bind(of) : of[name]) })],
      [
        "inherited",
        Object.assign(Object.create(usual), { dispatch: (/** @type {any[]} */ ...args) => usual.dispatch(...args) }),
      ],
      ["another class", Object.assign(new (class Agent {})(), { dispatch: usual.dispatch.bind(usual) })],
    ];
    if (DispatcherClass.name === "Agent")
      others.push(["with options", new DispatcherClass({ connect: { timeout: 500 } })]);
    for (const [name, other] of others) {
      at[symbol] = other;
      try {
        assert.equal((await errorAt("connection refused")).delivery, "maybe-applied", `${String(symbol)} ${name}`);
      } finally {
        at[symbol] = usual;
      }
    }
    usual.dispatch = (/** @type {any[]} */ ...args) => Reflect.apply(dispatch, usual, args);
    try {
      assert.equal((await errorAt("connection refused")).delivery, "maybe-applied", `${String(symbol)} patched`);
    } finally {
      delete usual.dispatch;
    }
    assert.equal((await errorAt("connection refused")).delivery, "not-sent");
  }
});

test("attempt event: its cause has a code, and a message only of the runtime's own fetch", async () => {
  const secret = "34dce3f2d1fc4736670b4bad58523ce8";
  for (const [thrown, cause] of /** @type {[any, any][]} */ ([
    [Object.assign(new Error(secret), { code: "ECONNREFUSED" }), { code: "ECONNREFUSED", message: "" }],
    [new Error("x", { cause: Object.assign(new Error(secret), { code: "E_X" }) }), { code: "E_X", message: "" }],
    [Object.assign(new Error(secret), { code: secret }), undefined],
    [Object.assign(new Error(secret), { code: 23 }), undefined],
    [new Error(secret), undefined],
    ["thrown text", undefined],
  ])) {
    /** @type {any[]} */
    const events = [];
    /** @type {unknown[]} */
    const logged = [];
    const client = new FaceSearchClient({
      ...CREDENTIALS,
      fetch: () => Promise.reject(thrown),
      maxRetries: 0,
      hooks: { onAttempt: (event) => events.push(event) },
      logger: { warn: (...args) => logged.push(args) },
    });
    await rejection(client.deleteFaces(REQUEST));
    assert.deepEqual(events[0].cause, cause);
    assert.ok(!JSON.stringify([events, logged]).includes(secret));
  }
});

test("error copy: keeps each address's error of an AggregateError, and no more of an error than it needs", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED ::1:1"), {
    ...{ code: "ECONNREFUSED", syscall: "connect", address: "::1" },
  });
  const both = Object.assign(new AggregateError([refused, refused]), { code: "ECONNREFUSED", data: "raw" });
  const copy = sanitizeError(new TypeError("fetch failed", { cause: both }));
  assert.equal(copy.cause.errors.length, 2);
  assert.deepEqual({ ...copy.cause.errors[0] }, { code: "ECONNREFUSED", syscall: "connect" });
  assert.equal(copy.cause.data, undefined);
  assert.deepEqual(shown(copy, true), { code: "ECONNREFUSED", message: "connect ECONNREFUSED ::1:1" });
  // Many, endless or hostile ones are not known to be all alike.
  const endless = /** @type {any} */ (Object.assign(new Error("x"), { code: "X" }));
  endless.errors = [endless];
  endless.cause = endless;
  assert.ok(sanitizeError(endless));
  assert.deepEqual(sanitizeError({ errors: Array(1000).fill(refused) }).errors, [undefined]);
  const hostile = {
    get errors() {
      throw new Error("x");
    },
    get code() {
      throw new Error("x");
    },
  };
  assert.equal(sanitizeError(hostile).errors, undefined);
});

test("shown cause: has no URL and no control character, and is short", () => {
  const error = sanitizeError(
    Object.assign(new Error(`at "https://u:p@proxy.example/x?key=1": \u001b[1m\nno ${"x".repeat(500)}`), { code: "E" }),
  );
  const { message } = /** @type {any} */ (shown(error, true));
  assert.match(message, /^at "\(URL\)": \[1m no x+$/);
  assert.ok(message.length <= 200);
});
