// @ts-check
// The proxy itself: it makes each attempt once, and nothing but what is allowed.

import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { test } from "node:test";
import { createProxyHandler, FaceSearchClient } from "../support/package.mjs";
import { inAPage } from "../support/page.mjs";
import { GROUP, listen, proxied, rejection } from "../support/served.mjs";

const ORIGIN = "https://admin.example.com";
const REQUEST = { groupId: GROUP, faceTokens: ["a1", "zz"] };

/**
 * Posts to a handler as a page would, and gives the reply.
 *
 * @param {(request: Request) => Promise<Response>} handler
 * @param {unknown} message
 * @param {Record<string, string>} [headers]
 * @param {string} [method]
 */
async function post(handler, message, headers = {}, method = "POST") {
  const body = typeof message === "string" ? message : JSON.stringify(message);
  const init = { method, headers: { "content-type": "application/json", ...headers } };
  const response = await handler(new Request("https://app.example.com/faces", { ...init, ...(body && { body }) }));
  const text = await response.text();
  return { status: response.status, headers: response.headers, reply: text === "" ? undefined : JSON.parse(text) };
}

let ids = 0;

/** @param {(request: Request) => Promise<Response>} handler */
async function attempt(handler, changes = {}) {
  const { reply } = await post(handler, { v: 1 });
  ids += 1;
  const attemptId = ids.toString(16).padStart(32, "0");
  return { v: 1, instance: reply.instance, attemptId, api: "deleteFaces", ...REQUEST, ...changes };
}

test("an attempt that arrives twice is made once, and both hear the same", async (t) => {
  const { handler, emulator } = await proxied(t);
  emulator.inject({ fault: "slowHead", ms: 50, path: "delete" });
  const message = await attempt(handler);
  const [first, second] = await Promise.all([post(handler, message), post(handler, message)]);
  const third = await post(handler, message);
  assert.equal(first.reply.body.face_removed, 1);
  for (const again of [second, third]) assert.deepEqual(again.reply, first.reply);
  assert.equal(emulator.log.filter(({ api }) => api === "delete").length, 1);
  const other = await post(handler, { ...message, faceTokens: ["b2"] });
  assert.deepEqual(other.reply, { v: 1, refused: "PROXY_BAD_REQUEST", delivery: "maybe-applied" });
  assert.deepEqual(emulator.faces(GROUP), ["b2", "c3"]);
});

test("a clock that is set forward does not make an attempt twice", async (t) => {
  const { handler, emulator } = await proxied(t);
  const message = await attempt(handler);
  const first = await post(handler, message);
  const now = Date.now;
  t.after(() => {
    Date.now = now;
  });
  Date.now = () => now() + 3_600_000;
  // What comes next is when the old ones are forgotten.
  await post(handler, await attempt(handler, { faceTokens: ["b2"] }));
  assert.deepEqual((await post(handler, message)).reply, first.reply);
  assert.equal(emulator.log.filter(({ api }) => api === "delete").length, 2);
});

test("an attempt that is under way is not forgotten, however long it takes", async (t) => {
  const { handler, emulator } = await proxied(t);
  emulator.inject({ fault: "slowHead", ms: 200, path: "delete", times: 1 });
  const message = await attempt(handler);
  const first = post(handler, message);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const now = performance.now.bind(performance);
  t.after(() => {
    performance.now = now;
  });
  performance.now = () => now() + 3_600_000;
  await post(handler, await attempt(handler, { faceTokens: ["b2"] }));
  const copy = await post(handler, message);
  assert.deepEqual(copy.reply, (await first).reply);
  assert.equal(emulator.log.filter(({ api }) => api === "delete").length, 2);
});

test("what was refused stays refused, and a copy of it cannot slip through later", async (t) => {
  let mayPass = false;
  const { handler, emulator } = await proxied(t, { proxy: { authorize: () => mayPass } });
  const message = await attempt(handler);
  const first = await post(handler, message);
  assert.deepEqual([first.status, first.reply.refused, first.reply.delivery], [401, "PROXY_UNAUTHORIZED", "not-sent"]);
  mayPass = true;
  assert.deepEqual((await post(handler, message)).reply, first.reply);
  assert.equal(emulator.log.length, 0);
});

test("nothing is called that is not allowed", async (t) => {
  const seen = /** @type {any[]} */ ([]);
  const proxy = {
    authorize: (/** @type {Request} */ request, /** @type {any} */ call) => {
      seen.push([request.headers.get("x-user"), call]);
      return request.headers.get("x-user") ?? "";
    },
    allow: { groups: [GROUP], tokensPerCall: 2, apis: ["deleteFaces"], origins: [ORIGIN], callsPerMinute: 2 },
  };
  const { handler, emulator } = await proxied(t, { proxy });
  const user = { "x-user": "alice" };
  /** @type {[object | string, Record<string, string>, number, string][]} */
  const refused = [
    [await attempt(handler), {}, 401, "PROXY_UNAUTHORIZED"],
    [await attempt(handler, { groupId: "other" }), user, 403, "PROXY_FORBIDDEN_GROUP"],
    [await attempt(handler, { api: "getFaceCount", faceTokens: undefined }), user, 403, "PROXY_FORBIDDEN_API"],
    [await attempt(handler, { faceTokens: ["a1", "b2", "c3"] }), user, 413, "PROXY_TOO_MANY_TOKENS"],
    [await attempt(handler, { instance: "another" }), user, 409, "PROXY_OTHER_INSTANCE"],
    [await attempt(handler, { v: 2 }), user, 400, "PROXY_UNSUPPORTED_VERSION"],
    [await attempt(handler, { api: "list" }), user, 400, "PROXY_BAD_REQUEST"],
    [await attempt(handler, { api: "__proto__" }), user, 400, "PROXY_BAD_REQUEST"],
    [await attempt(handler, { attemptId: "x" }), user, 400, "PROXY_BAD_REQUEST"],
    [await attempt(handler, { faceTokens: "a1" }), user, 400, "PROXY_BAD_REQUEST"],
    [await attempt(handler, { faceTokens: [["a1"]] }), user, 400, "PROXY_BAD_REQUEST"],
    [await attempt(handler, { faceTokens: ["RemoveAllFaceTokens"] }), user, 400, "PROXY_BAD_REQUEST"],
    [await attempt(handler, { faceTokens: [] }), user, 400, "PROXY_BAD_REQUEST"],
    ["not JSON", user, 400, "PROXY_BAD_REQUEST"],
    ["[1]", user, 400, "PROXY_UNSUPPORTED_VERSION"],
    ["null", user, 400, "PROXY_BAD_REQUEST"],
    [" ".repeat(2 << 20), user, 413, "PROXY_BAD_REQUEST"],
    [await attempt(handler), { ...user, "content-type": "text/plain" }, 415, "PROXY_BAD_REQUEST"],
    [await attempt(handler), { ...user, "content-type": "application/jsonp" }, 415, "PROXY_BAD_REQUEST"],
    [await attempt(handler), { ...user, origin: "https://evil.example" }, 403, "PROXY_FORBIDDEN_ORIGIN"],
    [await attempt(handler), { ...user, origin: "null" }, 403, "PROXY_FORBIDDEN_ORIGIN"],
    [await attempt(handler), { ...user, origin: `${ORIGIN}.evil.example` }, 403, "PROXY_FORBIDDEN_ORIGIN"],
    [await attempt(handler), { ...user, "sec-fetch-site": "cross-site" }, 403, "PROXY_FORBIDDEN_ORIGIN"],
    [
      await attempt(handler),
      { ...user, origin: "https://app.example.com", "sec-fetch-site": "same-site" },
      403,
      "PROXY_FORBIDDEN_ORIGIN",
    ],
  ];
  for (const [message, headers, status, code] of refused) {
    const said = await post(handler, message, headers);
    assert.deepEqual([said.status, said.reply.refused], [status, code]);
    assert.equal(said.headers.get("access-control-allow-origin"), null);
    assert.equal(said.headers.get("cache-control"), "no-store");
  }
  assert.equal((await post(handler, "", user, "GET")).status, 405);
  assert.equal(emulator.log.length, 0, "not one call was made");
  // Bad arguments of the two kinds that the client would refuse took two calls of the minute.
  const bob = { "x-user": "bob", "sec-fetch-site": "same-origin", origin: "https://app.example.com" };
  for (const faceTokens of [["a1"], ["b2"]]) {
    assert.equal((await post(handler, await attempt(handler, { faceTokens }), bob)).reply.body.face_removed, 1);
  }
  const throttled = await post(handler, await attempt(handler), bob);
  assert.deepEqual([throttled.status, throttled.reply.refused], [429, "PROXY_THROTTLED"]);
  assert.ok(throttled.reply.retryAfterMs > 20_000 && throttled.reply.retryAfterMs <= 30_000);
  const carol = await post(handler, await attempt(handler, { faceTokens: ["c3"] }), { "x-user": "carol" });
  assert.equal(carol.reply.body.face_removed, 1, "each caller has calls of their own");
  assert.deepEqual(seen.at(-1), ["carol", { api: "deleteFaces", groupId: GROUP, faceTokens: ["c3"] }]);
});

test("pages of other origins are let in if they are listed, and their browsers are told so", async (t) => {
  const { handler } = await proxied(t, { proxy: { allow: { groups: "*", origins: [ORIGIN] } } });
  const asks = { origin: ORIGIN, "access-control-request-headers": "content-type,x-token" };
  const preflight = await post(handler, "", asks, "OPTIONS");
  assert.deepEqual([preflight.status, preflight.headers.get("access-control-allow-origin")], [204, ORIGIN]);
  assert.equal(preflight.headers.get("access-control-allow-headers"), "content-type,x-token");
  const said = await post(handler, await attempt(handler), { origin: ORIGIN, "sec-fetch-site": "cross-site" });
  assert.deepEqual([said.status, said.headers.get("access-control-allow-origin")], [200, ORIGIN]);
  assert.equal(said.headers.get("access-control-allow-credentials"), "true");
  const stranger = await post(handler, "", { ...asks, origin: "https://evil.example" }, "OPTIONS");
  assert.deepEqual([stranger.status, stranger.headers.get("access-control-allow-origin")], [403, null]);
});

test("nothing of the secret comes through, even if the server repeats the request", async (t) => {
  const echo = async (/** @type {string} */ _url, /** @type {any} */ { body }) => {
    const form = new TextDecoder().decode(body);
    const [, sign = ""] = /name="sign"\r\n\r\n([^\r]+)/.exec(form) ?? [];
    echoes.push(sign);
    const shape = echoes.length;
    if (shape === 1) return new Response(`<pre>${form}</pre>`, { status: 502 });
    if (shape === 2)
      return Response.json({ error: `BAD_ARGUMENTS:${sign}`, request_id: sign, group_id: sign }, { status: 400 });
    if (shape === 3) return Response.json({ error: sign, other: form }, { status: 500, headers: { "x-echo": sign } });
    const answer = { request_id: "r", time_used: 1, group_id: sign, face_removed: 1, face_count: 0 };
    return Response.json({
      ...answer,
      failure_detail: [{ face_token: shape === 4 ? sign : "zz", reason: sign }],
      form,
    });
  };
  /** @type {string[]} */
  const echoes = [];
  const errors = /** @type {Error[]} */ ([]);
  const onError = (/** @type {Error} */ error) => errors.push(error);
  const { handler } = await proxied(t, { proxy: { fetch: echo, apiSecret: "s3cret-of-the-proxy", onError } });
  for (let at = 0; at < 5; at += 1) {
    const { reply, headers } = await post(handler, await attempt(handler));
    const said = JSON.stringify([reply, ...headers]);
    const sign = /** @type {string} */ (echoes[at]);
    assert.ok(sign.length > 60);
    for (const secret of [sign, sign.slice(0, 26), "s3cret-of-the-proxy", "practice-key"]) {
      assert.ok(!said.includes(secret), said);
    }
  }
  assert.deepEqual(errors, []);
});

test("a proxy without a secret says nothing of it to its callers, and all to its owner", async (t) => {
  const errors = /** @type {Error[]} */ ([]);
  const proxy = {
    apiSecret: async () => {
      throw new Error("the vault is closed");
    },
    onError: (/** @type {Error} */ error) => errors.push(error),
  };
  const { client, emulator } = await proxied(t, { proxy });
  const error = await rejection(client.deleteFaces(REQUEST, { maxRetries: 0 }));
  assert.deepEqual([error.name, error.code, error.delivery], ["ServerError", "PROXY_FAILED", "not-sent"]);
  assert.ok(error.outcomes.every((/** @type {any} */ { outcome }) => outcome === "not-sent"));
  assert.match(String(errors[0]), /apiSecret failed/);
  assert.equal(emulator.log.length, 0);
});

test("a function that fails or never answers lets nobody in", async (t) => {
  for (const authorize of [
    () => {
      throw new Error("no session store");
    },
    () => new Promise(() => {}),
    () => "",
    () => 1,
    () => ({}),
  ]) {
    const { client, emulator } = await proxied(t, { proxy: { authorize, timeout: 30, onError() {} } });
    const error = await rejection(client.getFaceCount({ groupId: GROUP }));
    assert.deepEqual([error.name, error.code], ["AuthenticationError", "PROXY_UNAUTHORIZED"]);
    assert.equal(emulator.log.length, 0);
  }
});

test("with many instances nothing is called absent, unless they share what they know", async (t) => {
  const claimed = new Set();
  const claimAttempt = (/** @type {string} */ id) => !claimed.has(id) && claimed.add(id) !== undefined;
  for (const [proxy, expected] of /** @type {const} */ ([
    [{ instances: "one" }, "absent"],
    [{ instances: "many" }, "absent-after-uncertain"],
    [{ instances: "many", claimAttempt }, "absent"],
  ])) {
    const { url, settings, emulator } = await proxied(t, { proxy });
    const page = await inAPage(() => new FaceSearchClient({ proxyUrl: url }));
    assert.equal((await page.deleteFaces(REQUEST)).outcomes[1]?.outcome, expected);
    const server = new FaceSearchClient({ proxyUrl: url });
    assert.equal((await server.deleteFaces(REQUEST)).outcomes[1]?.outcome, expected);
    const [one, other] = [createProxyHandler(settings), createProxyHandler(settings)];
    if (!("claimAttempt" in proxy)) continue;
    const message = await attempt(one, { faceTokens: ["c3"] });
    assert.equal((await post(one, message)).reply.body.face_removed, 1);
    const again = await post(other, message);
    assert.deepEqual(again.reply, { v: 1, refused: "PROXY_REPEATED", delivery: "maybe-applied" });
    assert.deepEqual(emulator.faces(GROUP), ["b2"]);
  }
});

test("one of many does not know what the others did, and says so", async (t) => {
  const allow = { groups: [GROUP], tokensPerCall: 1 };
  const nowhere = { baseUrl: "http://127.0.0.1:60999" };
  for (const [proxy, status, delivery] of /** @type {const} */ ([
    [{ instances: "one", allow }, 413, "not-sent"],
    [{ instances: "many", allow }, 413, undefined],
    // Another one may have made the attempt, and have claimed it, which this one has not asked for yet.
    [{ instances: "many", claimAttempt: () => true, allow }, 413, undefined],
    [{ instances: "many", authorize: () => false }, 401, undefined],
    [{ instances: "many", claimAttempt: () => Promise.reject(new Error("no store")), onError() {} }, 500, undefined],
    [{ instances: "one", ...nowhere }, 200, "not-sent"],
    [{ instances: "many", ...nowhere }, 200, undefined],
    [{ instances: "many", claimAttempt: () => true, ...nowhere }, 200, "not-sent"],
  ])) {
    const { handler, url } = await proxied(t, { proxy });
    const said = await post(handler, await attempt(handler));
    assert.deepEqual([said.status, said.reply.delivery], [status, delivery], JSON.stringify(proxy));
    for (const client of [
      new FaceSearchClient({ proxyUrl: url }),
      await inAPage(() => new FaceSearchClient({ proxyUrl: url })),
    ]) {
      const error = await rejection(client.deleteFaces(REQUEST, { maxRetries: 0 }));
      // Whatever hands the calls out among many may have handed one out twice.
      assert.equal(error.delivery, delivery === undefined ? "maybe-applied" : "not-sent");
    }
  }
});

test("a body that comes too slowly is not waited for", async (t) => {
  const { url, emulator } = await proxied(t, { proxy: { timeout: 50 } });
  const slow = httpRequest(url, {
    method: "POST",
    headers: { "content-type": "application/json", "content-length": 100 },
  });
  slow.write('{"v":1');
  const [response] = await once(slow, "response");
  assert.equal(response.statusCode, 408);
  const { delivery } = JSON.parse(Buffer.concat(await response.toArray()).toString());
  assert.equal(delivery, undefined, "a copy of it may have come through");
  slow.destroy();
  assert.equal(emulator.log.length, 0);
});

test("a body that Express has parsed already is taken from there", async (t) => {
  const { handler } = await proxied(t);
  const { toNodeListener } = await import("../support/package.mjs");
  const listener = toNodeListener(handler);
  const { url } = await listen(t, async (request, response) => {
    const chunks = await request.toArray();
    Object.assign(request, { body: JSON.parse(Buffer.concat(chunks).toString()), originalUrl: "/faces" });
    listener(request, response);
  });
  const { outcomes } = await new FaceSearchClient({ proxyUrl: url }).deleteFaces(REQUEST);
  assert.equal(outcomes[0]?.outcome, "deleted");
});

test("a path cannot pass for the name of the host", async (t) => {
  const { url, emulator } = await proxied(t);
  const { host, port, origin } = new URL(url);
  const asked = async (/** @type {string} */ from, path = "/faces", name = host) => {
    const headers = { host: name, origin: from, "content-type": "application/json" };
    const request = httpRequest({ port, path, method: "POST", headers }).end('{"v":1}');
    const [response] = await once(request, "response");
    response.resume();
    return response.statusCode;
  };
  assert.equal(await asked(origin), 200);
  assert.equal(await asked(origin, "//evil.example/faces"), 200);
  for (const path of ["//evil.example/faces", "//evil.example", "///evil.example/", "/\\evil.example/", "//[::1]/"]) {
    for (const name of [host, ""]) {
      for (const from of ["https://evil.example", "http://[::1]"])
        assert.equal(await asked(from, path, name), 403, `${from}${path}`);
    }
  }
  assert.equal(emulator.log.length, 0);
});

test("what a proxy is made with is checked at once", () => {
  const good = { apiKey: "k", apiSecret: "s", authorize: () => true, allow: { groups: ["g"] } };
  for (const [options, path] of /** @type {[object | undefined, string][]} */ ([
    [undefined, "authorize"],
    [{ ...good, authorize: undefined }, "authorize"],
    [{ ...good, authorize: true }, "authorize"],
    [{ ...good, allow: undefined }, "allow"],
    [{ ...good, allow: {} }, "allow.groups"],
    [{ ...good, allow: { groups: [] } }, "allow.groups"],
    [{ ...good, allow: { groups: "g" } }, "allow.groups"],
    [{ ...good, allow: { groups: ["g"], apis: ["list"] } }, "allow.apis"],
    [{ ...good, allow: { groups: ["g"], origins: ["*"] } }, "allow.origins"],
    [{ ...good, allow: { groups: ["g"], origins: ["null"] } }, "allow.origins"],
    [{ ...good, allow: { groups: ["g"], origins: ["https://a.example/"] } }, "allow.origins"],
    [{ ...good, allow: { groups: ["g"], tokensPerCall: 1001 } }, "allow.tokensPerCall"],
    [{ ...good, allow: { groups: ["g"], callsPerMinute: 0 } }, "allow.callsPerMinute"],
    [{ ...good, instances: 2 }, "instances"],
    [{ ...good, apiKey: undefined }, "apiKey"],
    [{ ...good, baseUrl: "http://example.com" }, "baseUrl"],
    [{ ...good, timeout: 0 }, "timeout"],
  ])) {
    assert.throws(
      () => createProxyHandler(/** @type {any} */ (options)),
      (/** @type {any} */ error) => error.name === "ConfigError" && error.path === path,
      path,
    );
  }
  for (const [options, path] of /** @type {[object, string][]} */ ([
    [{ proxyUrl: "/faces" }, "proxyUrl"],
    [{ proxyUrl: "http://example.com/faces" }, "proxyUrl"],
    [{ proxyUrl: "https://user:secret@example.com/" }, "proxyUrl"],
    [{ proxyUrl: "https://example.com/", apiKey: "k" }, "proxyUrl"],
    [{ proxyUrl: "https://example.com/", sign: () => "" }, "proxyUrl"],
    [{ proxyUrl: "https://example.com/", baseUrl: "https://example.com" }, "proxyUrl"],
  ])) {
    assert.throws(
      () => new FaceSearchClient(/** @type {any} */ (options)),
      (/** @type {any} */ error) => error.path === path && !error.message.includes("secret@"),
    );
  }
});
