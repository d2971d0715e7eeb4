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

/**
 * @param {string} code
 * @param {string} attemptId
 */
const rejected = (code, attemptId) => ({
  v: 1,
  refused: code,
  attemptId,
  transmitsOnce: true,
  recognisesRepeats: true,
});

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
  const { attemptId } = message;
  assert.deepEqual(other.reply, { ...rejected("PROXY_BAD_REQUEST", attemptId), delivery: "maybe-applied" });
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

const byUser = (/** @type {Request} */ request) => request.headers.get("x-user") ?? "";
const alice = { "x-user": "alice" };
const bob = { "x-user": "bob" };

/** @param {any} t */
function fakeClock(t) {
  const now = performance.now.bind(performance);
  t.after(() => {
    performance.now = now;
  });
  let ahead = 0;
  performance.now = () => now() + ahead;
  return (/** @type {number} */ ms) => {
    ahead += ms;
  };
}

test("proxy: a recorded message without a session gets 401, and no part of the stored reply", async (t) => {
  const { handler, emulator } = await proxied(t, { proxy: { authorize: byUser } });
  const message = await attempt(handler);
  const { attemptId } = message;
  const first = await post(handler, message, alice);
  assert.equal(first.reply.body.face_removed, 1);
  const replayed = await post(handler, message);
  assert.equal(replayed.status, 401);
  assert.deepEqual(replayed.reply, rejected("PROXY_UNAUTHORIZED", attemptId));
  // Nor does it show whether the id is known, or whether it belongs to another message.
  for (const other of [{ ...message, faceTokens: ["b2"] }, await attempt(handler)]) {
    const { status, reply } = await post(handler, other);
    assert.deepEqual([status, reply], [401, { ...replayed.reply, attemptId: other.attemptId }]);
  }
  assert.deepEqual((await post(handler, message, alice)).reply, first.reply, "the owner's copy still gets the reply");
  assert.equal(emulator.log.length, 1);
});

test("proxy: a session that ends between two copies leaves the delivery open", async (t) => {
  let isSignedIn = true;
  const { handler, emulator } = await proxied(t, { proxy: { authorize: () => isSignedIn } });
  emulator.inject({ fault: "slowHead", ms: 100, path: "delete", times: 1 });
  const message = await attempt(handler);
  const first = post(handler, message);
  while (emulator.log.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  isSignedIn = false;
  const copy = await post(handler, message);
  assert.deepEqual([copy.status, copy.reply.delivery], [401, undefined], "the copy in flight may be applied");
  assert.equal((await first).reply.body.face_removed, 1);
});

test("proxy: a session that begins between two copies makes no earlier reply false", async (t) => {
  let isSignedIn = false;
  const { handler, emulator } = await proxied(t, { proxy: { authorize: () => isSignedIn } });
  const message = await attempt(handler);
  const first = await post(handler, message);
  assert.deepEqual([first.status, first.reply.refused, first.reply.delivery], [401, "PROXY_UNAUTHORIZED", undefined]);
  isSignedIn = true;
  assert.equal((await post(handler, message)).reply.body.face_removed, 1);
  assert.equal(emulator.log.length, 1);
});

test("client: a 401 in place of the reply to an attempt that was made leaves its entries unknown", async (t) => {
  const { handler } = await proxied(t, { proxy: { authorize: byUser } });
  // The connection drops after the first copy, and the session is gone when the second arrives.
  const { toNodeListener } = await import("../support/package.mjs");
  const { url } = await listen(
    t,
    toNodeListener(async (request) => {
      const body = await request.text();
      const { headers } = request;
      const send = (/** @type {Record<string, string>} */ more) =>
        handler(
          new Request(request.url, { method: "POST", body, headers: { ...Object.fromEntries(headers), ...more } }),
        );
      await send(alice);
      return send({});
    }),
  );
  const error = await rejection(new FaceSearchClient({ proxyUrl: url }).deleteFaces(REQUEST));
  assert.deepEqual([error.code, error.delivery], ["PROXY_UNAUTHORIZED", "maybe-applied"]);
  assert.deepEqual(
    error.outcomes.map((/** @type {any} */ { outcome }) => outcome),
    ["unknown", "unknown"],
  );
});

for (const claims of [false, true]) {
  test(`proxy: a caller can neither read, probe nor block the ids of another${claims ? ", with claims" : ""}`, async (t) => {
    const claimed = new Set();
    const claimAttempt = (/** @type {string} */ id) => !claimed.has(id) && claimed.add(id) !== undefined;
    const shared = claims ? { instances: "many", claimAttempt } : {};
    const { handler, emulator } = await proxied(t, { proxy: { authorize: byUser, ...shared } });
    const message = await attempt(handler);
    const first = await post(handler, message, alice);
    assert.equal(first.reply.body.face_removed, 1);
    const theirs = await post(handler, message, bob);
    assert.equal(theirs.reply.body.face_removed, 0, "it is an attempt of bob's own");
    // Bob is first with an id that alice is about to use.
    const next = await attempt(handler, { faceTokens: ["b2"] });
    await post(handler, { ...next, faceTokens: ["c3"] }, bob);
    await post(handler, next, {});
    assert.equal((await post(handler, next, alice)).reply.body.face_removed, 1);
    assert.equal(emulator.log.length, 4);
    for (const id of claimed) assert.match(id, /^[0-9a-f]{64}$/, "a claim names no caller");
  });
}

test("proxy: rejected attempts without number cost no other caller anything", async (t) => {
  const { settings, emulator } = await proxied(t);
  // The limits that ship are tested in proxy-attempts.test.mjs.
  const limits = { made: { perCaller: 20, total: 100 }, rejected: { perCaller: 20, total: 100 }, callers: 50 };
  const make = /** @type {(...given: any[]) => (request: Request) => Promise<Response>} */ (createProxyHandler);
  const allow = { groups: [GROUP], callsPerMinute: 1 };
  const handler = make({ ...settings, authorize: byUser, allow }, { ...limits, replyBytes: 10_000 });
  const burst = async (/** @type {Record<string, string>} */ headers, changes = {}) => {
    const replies = [];
    for (let at = 0; at < 200; at += 1) {
      const { reply } = await post(handler, await attempt(handler, changes), headers);
      replies.push([reply.refused ?? "made", reply.delivery]);
    }
    return replies;
  };
  const all = (/** @type {unknown} */ reply, length = 200) => Array(length).fill(reply);
  assert.deepEqual(await burst({}), all(["PROXY_UNAUTHORIZED", undefined]));
  assert.deepEqual(await burst(alice, { groupId: "other" }), all(["PROXY_FORBIDDEN_GROUP", "not-sent"]));
  // What is not kept is not certain: a copy that arrives later may be made.
  assert.deepEqual(await burst(alice), [
    ["made", undefined],
    ...all(["PROXY_THROTTLED", "not-sent"], 20),
    ...all(["PROXY_THROTTLED", undefined], 179),
  ]);
  assert.equal(emulator.log.length, 1);
  const other = await post(handler, await attempt(handler, { faceTokens: ["b2"] }), bob);
  assert.deepEqual([other.status, other.reply.body?.face_removed], [200, 1]);
  const throttled = await post(handler, await attempt(handler), bob);
  assert.deepEqual([throttled.status, throttled.reply.delivery], [429, "not-sent"], "bob's rejections have room, too");
});

test("proxy: a throttled attempt stays throttled, so that its not-sent stays true", async (t) => {
  const advance = fakeClock(t);
  const proxy = { authorize: byUser, allow: { groups: [GROUP], callsPerMinute: 1 } };
  const { handler, emulator } = await proxied(t, { proxy });
  await post(handler, await attempt(handler), alice);
  const message = await attempt(handler, { faceTokens: ["b2"] });
  const first = await post(handler, message, alice);
  assert.deepEqual([first.status, first.reply.delivery], [429, "not-sent"]);
  advance(120_000);
  assert.deepEqual((await post(handler, message, alice)).reply, first.reply);
  assert.equal(emulator.log.length, 1);
});

test("proxy: only a reply about the attempt, given to a caller, says not-sent", async (t) => {
  const { handler } = await proxied(t, { proxy: { authorize: byUser, allow: { groups: [GROUP], tokensPerCall: 2 } } });
  const message = await attempt(handler);
  for (const [body, headers, method] of /** @type {[any, Record<string, string>, string?][]} */ ([
    [message, {}],
    [{ ...message, v: 2 }, alice],
    [{ ...message, attemptId: "x" }, alice],
    [{ ...message, faceTokens: "a1" }, alice],
    [{ ...message, api: "list" }, alice],
    [{ ...message, instance: "another" }, alice],
    [JSON.stringify(message).slice(0, -3), alice],
    [message, { ...alice, "content-type": "text/plain" }],
    [message, { ...alice, origin: "https://evil.example" }],
    [" ".repeat(2 << 20), alice],
    ["", alice, "GET"],
  ])) {
    const { reply } = await post(handler, body, headers, method);
    assert.deepEqual([typeof reply.refused, reply.delivery], ["string", undefined], reply.refused);
    assert.deepEqual([reply.transmitsOnce, reply.recognisesRepeats], [true, true]);
  }
  for (const changes of [{ groupId: "other" }, { faceTokens: ["a1", "b2", "c3"] }, { faceTokens: [] }]) {
    const other = await attempt(handler, changes);
    const { reply } = await post(handler, other, alice);
    assert.deepEqual([reply.delivery, reply.attemptId], ["not-sent", other.attemptId]);
  }
});

test("client: a mixed roll-out yields no false absent, whichever instances answer", async (t) => {
  const { toNodeListener } = await import("../support/package.mjs");
  const claimed = new Set();
  const claimAttempt = (/** @type {string} */ id) => !claimed.has(id) && claimed.add(id) !== undefined;
  /** @type {Record<string, (settings: any) => (request: Request) => Promise<Response>>} */
  const kinds = {
    one: (settings) => createProxyHandler({ ...settings, instances: "one" }),
    many: (settings) => createProxyHandler({ ...settings, instances: "many" }),
    claiming: (settings) => createProxyHandler({ ...settings, instances: "many", claimAttempt }),
    // Another implementation, whose replies to attempts state nothing.
    silent: (settings) => {
      const handler = createProxyHandler({ ...settings, instances: "many" });
      return async (request) => {
        const { transmitsOnce: _, recognisesRepeats: __, ...reply } = await (await handler(request)).json();
        return Response.json(reply);
      };
    },
  };
  const seen = new Set();
  for (const greets of Object.keys(kinds)) {
    for (const hidden of [undefined, ...Object.keys(kinds)]) {
      for (const shown of Object.keys(kinds)) {
        const { settings, emulator } = await proxied(t);
        const made = Object.fromEntries(Object.entries(kinds).map(([kind, make]) => [kind, make(settings)]));
        const { url } = await listen(
          t,
          toNodeListener(async (request) => {
            const body = await request.text();
            const send = (/** @type {string} */ kind) =>
              made[kind]?.(new Request(request.url, { method: "POST", body, headers: request.headers }));
            if (!body.includes("attemptId")) return /** @type {Response} */ (await send(greets));
            // The connection of the first copy drops, so that only the reply to the second one is shown.
            if (hidden !== undefined) await send(hidden);
            return /** @type {Response} */ (await send(shown));
          }),
        );
        emulator.beginAudit();
        const client = await inAPage(() => new FaceSearchClient({ proxyUrl: url }));
        const { outcomes } = await client.deleteFaces(REQUEST, { maxRetries: 0 }).catch((error) => error);
        const words = outcomes.map((/** @type {any} */ { outcome }) => outcome);
        const label = `${greets} greets, ${hidden} hidden, ${shown} shown: ${words}`;
        assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes }), [], label);
        assert.ok(words[0] !== "absent" && words[0] !== "not-sent", label);
        if (words[1] === "absent") assert.ok(greets === shown && ["one", "claiming"].includes(shown), label);
        seen.add(`${greets} ${shown} ${words[1]}`);
      }
    }
  }
  for (const certain of ["one one absent", "claiming claiming absent"]) assert.ok(seen.has(certain), certain);
  // An instance that claims ids works for those that do not, and states that it proves less.
  assert.ok(seen.has("many claiming absent-after-uncertain"));
});

test("client: a reply about another attempt proves nothing", async (t) => {
  const { toNodeListener } = await import("../support/package.mjs");
  for (const refuses of [false, true]) {
    const { handler, emulator } = await proxied(t, refuses ? { proxy: { allow: { groups: ["other"] } } } : {});
    /** @type {string | undefined} */
    let stale;
    const { url } = await listen(
      t,
      toNodeListener(async (request) => {
        const isHello = !(await request.clone().text()).includes("attemptId");
        const response = await handler(request);
        if (isHello) return response;
        const { status } = response;
        const text = await response.text();
        stale ??= text;
        return new Response(stale, { status });
      }),
    );
    const client = new FaceSearchClient({ proxyUrl: url });
    await client.deleteFaces(REQUEST, { maxRetries: 0 }).catch(() => undefined);
    emulator.addFaces(GROUP, ["a1"]);
    emulator.inject({ fault: "applyThenDrop", path: "delete" });
    const error = await rejection(client.deleteFaces(REQUEST, { maxRetries: 0 }));
    assert.equal(error.delivery, "maybe-applied");
    assert.ok(error.outcomes.every((/** @type {any} */ { outcome }) => outcome === "unknown"));
  }
});

test("proxy: no log holds the tokens of a call or what else an owner's error quotes", async (t) => {
  const token = "34dce3f2d1fc4736670b4bad58523ce8";
  const lines = /** @type {string[]} */ ([]);
  const { error } = console;
  t.after(() => {
    console.error = error;
  });
  console.error = (...words) => lines.push(words.map(String).join(" "));
  const quoting = (/** @type {unknown[]} */ ...given) => {
    throw Object.assign(new TypeError(`${token} s3cret ${JSON.stringify(given)}`), { code: "ECONNREFUSED" });
  };
  for (const proxy of [
    { authorize: quoting },
    { authorize: async (/** @type {Request} */ request, /** @type {any} */ call) => quoting(request, call) },
    { instances: "many", claimAttempt: quoting },
    { apiSecret: quoting },
    { apiKey: undefined, apiSecret: undefined, sign: quoting },
  ]) {
    const { handler } = await proxied(t, { proxy });
    const { reply } = await post(handler, await attempt(handler, { faceTokens: [token] }));
    assert.match(reply.refused, /^PROXY_(UNAUTHORIZED|FAILED)$/);
  }
  assert.equal(lines.length, 5);
  for (const line of lines)
    assert.ok(!line.includes(token) && !line.includes("s3cret") && line.includes("failed"), line);
  assert.match(lines[0] ?? "", /authorize failed \(TypeError, ECONNREFUSED\)/);
  const errors = /** @type {Error[]} */ ([]);
  const onError = (/** @type {Error} */ error) => errors.push(error);
  const { handler } = await proxied(t, { proxy: { authorize: quoting, onError } });
  await post(handler, await attempt(handler));
  assert.ok(String(errors[0]?.cause).includes("s3cret"), "the owner's own error is there for the owner's own listener");
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
    assert.deepEqual([said.reply.transmitsOnce, said.reply.recognisesRepeats], [true, true]);
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
    const { attemptId } = message;
    assert.deepEqual(again.reply, { ...rejected("PROXY_REPEATED", attemptId), delivery: "maybe-applied" });
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
