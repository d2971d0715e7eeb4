// @ts-check
// The emulator against the documentation, with requests made without the client: FormData and node:crypto.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createEmulator } from "#package/emulator/index.js";
import { serveEmulator } from "#package/emulator/node.js";
import { CASES } from "../support/cases.mjs";

const NOW = 1_769_740_387;
const GROUP = "staff";

const libraries = () => ({ [GROUP]: ["a1", "b2", "c3"] });

function emulatorAt(now = NOW) {
  const clock = { time: now, now: () => clock.time * 1000 };
  const emulator = createEmulator({ clock, libraries: libraries() });
  return { emulator, clock };
}

/** @param {{ key?: string, secret?: string, expire?: number, current?: number, random?: string }} [parts] */
function sign({ key = "practice-key", secret = "practice-secret", expire, current = NOW, random = "0799687066" } = {}) {
  const raw = `a=${key}&b=${expire ?? current + 100}&c=${current}&d=${random}`;
  const digest = createHmac("sha1", secret).update(raw).digest();
  return Buffer.concat([digest, Buffer.from(raw)]).toString("base64");
}

/**
 * @param {ReturnType<typeof createEmulator>} emulator
 * @param {string} api
 * @param {Record<string, string>} fields
 */
async function call(emulator, api, fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ sign: sign(), sign_version: "hmac_sha1", ...fields }))
    form.set(name, value);
  return answer(await emulator.fetch(`https://x.example/finauth/search/group/${api}`, { method: "POST", body: form }));
}

/** @param {Response} response */
async function answer(response) {
  const text = await response.text();
  return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text, headers: response.headers };
}

test("it accepts the published signature", async () => {
  const { vectors } = JSON.parse(readFileSync(new URL("../vectors/sign.json", import.meta.url), "utf8"));
  for (const { api_key: apiKey, api_secret: apiSecret, current_time: current, sign } of vectors) {
    const emulator = createEmulator({ apiKey, apiSecret, clock: { now: () => current * 1000 }, libraries: { g: [] } });
    assert.equal((await call(emulator, "get_size", { sign, group_id: "g" })).status, 200);
  }
});

test("it deletes what is there and says what is not", async () => {
  const { emulator } = emulatorAt();
  const { status, body } = await call(emulator, "delete", { group_id: GROUP, face_tokens: "a1,zz,c3" });
  assert.equal(status, 200);
  assert.match(body.request_id, new RegExp(`^${NOW},[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$`));
  assert.equal(typeof body.time_used, "number");
  const { group_id, face_removed, face_count, failure_detail } = body;
  assert.deepEqual(
    { group_id, face_removed, face_count, failure_detail },
    {
      group_id: GROUP,
      face_removed: 2,
      face_count: 1,
      failure_detail: [{ face_token: "zz", reason: "FACE_NOT_IN_GROUP" }],
    },
  );
  assert.deepEqual(emulator.faces(GROUP), ["b2"]);
});

test("it answers each wrong call with the documented error", async () => {
  const many = Array.from({ length: 1001 }, (_, index) => `t${index}`).join(",");
  const { emulator } = emulatorAt();
  /** @type {[string, Record<string, string>, number, string][]} */
  const cases = [
    ["delete", { group_id: "nope", face_tokens: "a1" }, 400, "INVALID_OUTER_ID"],
    ["get_size", { group_id: "nope" }, 400, "INVALID_GROUP_ID"],
    ["delete", { group_id: GROUP, face_tokens: many }, 400, "INVALID_FACE_TOKENS_SIZE"],
    ["delete", { group_id: GROUP, face_tokens: "" }, 400, "INVALID_FACE_TOKENS_SIZE"],
    ["delete", { group_id: GROUP, face_tokens: "a1,a1" }, 400, "BAD_ARGUMENTS:face_tokens"],
    ["delete", { group_id: GROUP, face_tokens: "a1, b2" }, 400, "BAD_ARGUMENTS:face_tokens"],
    ["delete", { group_id: GROUP, face_tokens: "a1,,b2" }, 400, "BAD_ARGUMENTS:face_tokens"],
    ["delete", { group_id: GROUP }, 400, "MISSING_ARGUMENTS:face_tokens"],
    ["delete", { face_tokens: "a1" }, 400, "MISSING_ARGUMENTS:group_id"],
    ["delete", { sign: "", group_id: GROUP, face_tokens: "a1" }, 400, "MISSING_ARGUMENTS:sign"],
    ["delete", { sign_version: "md5", group_id: GROUP, face_tokens: "a1" }, 400, "BAD_ARGUMENTS:sign_version"],
    ["delete", { sign: sign({ key: "other" }), group_id: GROUP, face_tokens: "a1" }, 401, "AUTHENTICATION_ERROR"],
    [
      "delete",
      { sign: sign({ secret: "x" }), group_id: GROUP, face_tokens: "a1" },
      403,
      "AUTHORIZATION_ERROR:INVALID_SIGN",
    ],
    ["delete", { sign: "!!!!", group_id: GROUP, face_tokens: "a1" }, 403, "AUTHORIZATION_ERROR:INVALID_SIGN"],
    [
      "delete",
      { sign: sign({ current: NOW - 101 }), group_id: GROUP, face_tokens: "a1" },
      403,
      "AUTHORIZATION_ERROR:EXPIRED_SIGN",
    ],
    [
      "delete",
      { sign: sign({ current: NOW + 301 }), group_id: GROUP, face_tokens: "a1" },
      403,
      "AUTHORIZATION_ERROR:EXPIRED_SIGN",
    ],
    ["face_info", { group_id: GROUP, face_token: "zz" }, 400, "INVALID_FACE_TOKEN"],
    ["nothing", {}, 404, "API_NOT_FOUND"],
    ["constructor", {}, 404, "API_NOT_FOUND"],
  ];
  for (const [api, fields, status, error] of cases) {
    const said = await call(emulator, api, fields);
    assert.deepEqual([said.status, said.body.error], [status, error]);
    const anonymous = /^(API_NOT_FOUND|AUTHORIZATION_ERROR)/.test(error);
    assert.equal("request_id" in said.body, !anonymous, error);
    assert.equal("time_used" in said.body, !anonymous, error);
  }
  assert.deepEqual(emulator.faces(GROUP), ["a1", "b2", "c3"]);
});

test("it takes multipart POSTs of a reasonable size, each field once", async () => {
  const { emulator } = emulatorAt();
  const url = "https://x.example/finauth/search/group/delete";
  const tooLarge = await call(emulator, "delete", { group_id: GROUP, face_tokens: "x".repeat(3 << 20) });
  assert.deepEqual([tooLarge.status, tooLarge.body], [413, "Request Entity Too Large"]);
  const encoded = await answer(
    await emulator.fetch(url, { method: "POST", body: new URLSearchParams({ sign: sign() }) }),
  );
  assert.equal(encoded.body.error, "MISSING_ARGUMENTS:sign");
  assert.equal((await answer(await emulator.fetch(url))).body.error, "API_NOT_FOUND");
  const form = new FormData();
  for (const value of ["a", "b"]) form.append("group_id", value);
  assert.equal(
    (await answer(await emulator.fetch(url, { method: "POST", body: form }))).body.error,
    "BAD_ARGUMENTS:group_id",
  );
});

test("a single-use signature works once", async () => {
  const { emulator } = emulatorAt();
  const once = sign({ expire: 0 });
  assert.equal((await call(emulator, "get_size", { sign: once, group_id: GROUP })).status, 200);
  const again = await call(emulator, "get_size", { sign: once, group_id: GROUP });
  assert.equal(again.body.error, "AUTHORIZATION_ERROR:INVALID_SIGN");
});

test("RemoveAllFaceTokens is as dangerous as in the sibling API", async () => {
  const { emulator } = emulatorAt();
  await call(emulator, "delete", { group_id: GROUP, face_tokens: "RemoveAllFaceTokens" });
  assert.deepEqual(emulator.faces(GROUP), []);
});

test("libraries can be made, filled and listed", async () => {
  const { emulator } = emulatorAt();
  assert.equal((await call(emulator, "create", { group_id: "new", group_name: "New" })).status, 200);
  assert.equal(
    (await call(emulator, "create", { group_id: "new", group_name: "New" })).body.error,
    "BAD_ARGUMENTS:group_id",
  );
  for (const token of ["x", "y", "z"]) {
    await call(emulator, "add", { group_id: "new", face_token: token, user_id: `u-${token}` });
  }
  const first = await call(emulator, "list", { group_id: "new", limit: "2" });
  assert.deepEqual(
    first.body.face_tokens.map((/** @type {any} */ face) => face.face_token),
    ["x", "y"],
  );
  const rest = await call(emulator, "list", { group_id: "new", start: String(first.body.next) });
  assert.deepEqual(
    rest.body.face_tokens.map((/** @type {any} */ face) => face.user_id),
    ["u-z"],
  );
  assert.equal("next" in rest.body, false);
  const { body } = await call(emulator, "face_info", { group_id: "new", face_token: "y" });
  assert.deepEqual(body.info, { face_token: "y", user_id: "u-y", user_data: "", add_time: NOW * 1000 });
  assert.equal((await call(emulator, "get_size", { group_id: "new" })).body.face_count, 3);
});

test("the same seed and calls give the same answers", async () => {
  const answers = [];
  for (let round = 0; round < 2; round += 1) {
    const { emulator } = emulatorAt();
    emulator.inject({ fault: "partial", count: 2 });
    answers.push((await call(emulator, "delete", { group_id: GROUP, face_tokens: "a1,b2,c3" })).body);
  }
  assert.deepEqual(answers[0], answers[1]);
});

test("faults strike in their order, and do what they say", async () => {
  const { emulator } = emulatorAt();
  const remove = (/** @type {string} */ token) => call(emulator, "delete", { group_id: GROUP, face_tokens: token });
  emulator.inject({ fault: "throttle", path: "delete", skip: 1, retryAfter: 7 });
  emulator.inject({ fault: "applyThenDrop", path: "delete" });
  await assert.rejects(remove("a1"), TypeError);
  assert.deepEqual(emulator.faces(GROUP), ["b2", "c3"]);
  const throttled = await remove("b2");
  assert.deepEqual([throttled.status, throttled.headers.get("retry-after")], [403, "7"]);
  emulator.inject({ fault: "dropBeforeApply" });
  await assert.rejects(remove("b2"), TypeError);
  emulator.inject({ fault: "htmlGatewayError" });
  assert.deepEqual((await remove("b2")).status, 502);
  assert.deepEqual(emulator.faces(GROUP), ["c3"]);
  emulator.inject({ fault: "lieAboutCounts" });
  assert.equal((await remove("zz")).body.face_removed, 1);
  emulator.inject({ fault: "skew" });
  assert.equal((await remove("c3")).body.error, "AUTHORIZATION_ERROR:EXPIRED_SIGN");
  emulator.inject({ fault: "truncateBody", bytes: 5 });
  await assert.rejects(remove("c3"));
  assert.deepEqual(emulator.faces(GROUP), []);
  assert.throws(() => emulator.inject(/** @type {any} */ ({ fault: "gremlins" })), /there is no fault "gremlins"/);
});

test("its log shows what happened, and nothing secret", async () => {
  const { emulator } = emulatorAt();
  emulator.inject({ fault: "applyThenDrop" });
  await assert.rejects(call(emulator, "delete", { group_id: GROUP, face_tokens: "a1" }));
  await call(emulator, "delete", { group_id: GROUP, face_tokens: "b2,zz", sign: sign({ secret: "wrong" }) });
  const [dropped, refused] = emulator.log;
  assert.deepEqual([dropped?.fault, dropped?.removed, dropped?.status], ["applyThenDrop", 1, undefined]);
  assert.deepEqual([refused?.error, refused?.removed], ["AUTHORIZATION_ERROR:INVALID_SIGN", undefined]);
  const shown = JSON.stringify(emulator.log);
  for (const secret of ["a1", "b2", "zz", "practice-key", "practice-secret", sign()])
    assert.ok(!shown.includes(secret));
});

test("the audit finds each kind of false claim", async () => {
  const { emulator } = emulatorAt();
  await call(emulator, "delete", { group_id: GROUP, face_tokens: "a1,zz" });
  const claims = (/** @type {[string, string][]} */ ...pairs) =>
    emulator.audit({ groupId: GROUP, outcomes: pairs.map(([token, outcome], index) => ({ token, index, outcome })) });
  assert.deepEqual(claims(["a1", "deleted"], ["b2", "failed"], ["zz", "absent"], ["zz", "duplicate"]), []);
  assert.deepEqual(claims(["a1", "unknown"], ["zz", "absent-after-uncertain"]), []);
  for (const [token, outcome] of /** @type {[string, string][]} */ ([
    ["b2", "deleted"],
    ["a1", "absent"],
    ["b2", "absent"],
    ["a1", "failed"],
    ["a1", "not-sent"],
    ["b2", "absent-after-uncertain"],
    ["a1", "vanished"],
  ])) {
    const rest = /** @type {[string, string][]} */ (token === "a1" ? [] : [["a1", "deleted"]]);
    assert.equal(claims(...rest, [token, outcome]).length, 1, `${token} ${outcome}`);
  }
  assert.equal(claims(["b2", "failed"])[0]?.truth, "a call removed it");
  emulator.beginAudit();
  assert.deepEqual(claims(["b2", "failed"]), []);
  await call(emulator, "delete", { group_id: GROUP, face_tokens: "a1" });
  assert.deepEqual(claims(["a1", "absent"]), []);
});

test("of several calls with one token each claim may be true", async () => {
  const { emulator } = emulatorAt();
  const claims = (/** @type {string[]} */ ...outcomes) =>
    emulator.audit({ groupId: GROUP, outcomes: outcomes.map((outcome) => ({ token: "a1", index: 0, outcome })) });
  for (const _ of [1, 2]) await call(emulator, "delete", { group_id: GROUP, face_tokens: "a1" });
  assert.deepEqual(claims("deleted", "absent"), []);
  assert.deepEqual(claims("not-sent", "unknown", "absent", "failed"), []);
  assert.equal(claims("absent", "absent").length, 2, "a call removed it, and none says so");
  emulator.addFaces(GROUP, ["a1"]);
  await call(emulator, "delete", { group_id: GROUP, face_tokens: "a1" });
  assert.equal(claims("deleted", "absent", "absent").length, 2, "two calls removed it, and one says so");
  assert.deepEqual(claims("deleted", "absent", "deleted"), []);
});

/**
 * Deletes tokens of the emulator's library.
 *
 * @param {ReturnType<typeof createEmulator>} emulator
 * @param {string} tokens
 */
const remove = (emulator, tokens) => call(emulator, "delete", { group_id: GROUP, face_tokens: tokens });

test("reshape: fields of a success are missing, null, empty, text or a fraction, and others are set", async () => {
  /** @type {[any, any][]} */
  const cases = [
    [{ as: "missing" }, { face_removed: 0 }],
    [
      { as: "null", fields: ["failure_detail", "error"] },
      { failure_detail: null, error: null, face_removed: 0 },
    ],
    [{ as: "empty", fields: ["error_message"] }, { error_message: "" }],
    [
      { as: "text", fields: ["face_removed", "face_count", "group_id"] },
      { face_removed: "0", face_count: "3" },
    ],
    [{ as: "fraction", fields: ["face_removed"] }, { face_removed: 0.5 }],
    [{ set: { face_count: -1, more: [{}] } }, { face_count: -1, more: [{}], face_removed: 0 }],
  ];
  for (const [rule, expected] of cases) {
    const { emulator } = emulatorAt();
    emulator.inject({ fault: "reshape", ...rule });
    const { status, body } = await remove(emulator, "zz");
    assert.equal(status, 200);
    assert.deepEqual({ ...body, ...expected }, body);
    assert.equal("request_id" in body, rule.as !== "missing");
  }
});

test("changeHead: a success comes with another status and other headers, and is done", async () => {
  for (const status of [201, 202, 204, 206, 404, 500]) {
    const { emulator } = emulatorAt();
    emulator.inject({ fault: "changeHead", status, headers: { age: "30" } });
    const said = await remove(emulator, "a1");
    assert.deepEqual([said.status, said.headers.get("age")], [status, "30"]);
    assert.equal(said.body.face_removed, status === 204 ? undefined : 1);
    assert.deepEqual(emulator.faces(GROUP), ["b2", "c3"]);
    assert.equal(emulator.log[0]?.status, status);
  }
});

test("replay: repeats the last response of the same API, whether or not it acts", async () => {
  const { emulator, clock } = emulatorAt();
  emulator.inject({ fault: "replay", times: 2 });
  emulator.inject({ fault: "replay", apply: false, age: 7 });
  const first = await remove(emulator, "a1");
  assert.equal(first.body.face_removed, 1, "there is nothing to repeat");
  await call(emulator, "get_size", { group_id: GROUP });
  clock.time += 5;
  for (const rest of [["c3"], ["c3"]]) {
    const again = await remove(emulator, "b2");
    assert.deepEqual(again.body, first.body);
    assert.equal(again.headers.get("date"), first.headers.get("date"));
    assert.deepEqual([again.headers.get("age"), emulator.faces(GROUP)], [null, rest]);
  }
  const cached = await remove(emulator, "c3");
  assert.deepEqual([cached.body, cached.headers.get("age")], [first.body, "7"]);
  assert.deepEqual(emulator.faces(GROUP), ["c3"]);
  assert.deepEqual(
    emulator.log.map(({ removed }) => removed),
    [1, undefined, 1, 0, undefined],
  );
  assert.equal((await remove(emulator, "c3")).body.face_removed, 1);
});

test("replay: repeats an error as well, and the replay of a bad request does nothing", async () => {
  const { emulator } = emulatorAt();
  emulator.inject({ fault: "error", status: 400, error: "INVALID_OUTER_ID", headers: { age: "3" } });
  emulator.inject({ fault: "replay", times: 2 });
  const first = await remove(emulator, "a1");
  assert.deepEqual([first.status, first.body.error, first.headers.get("age")], [400, "INVALID_OUTER_ID", "3"]);
  for (const tokens of ["a1,a1", "a1"]) {
    const again = await remove(emulator, tokens);
    assert.deepEqual([again.status, again.body, again.headers.get("age")], [400, first.body, null]);
  }
  assert.deepEqual(emulator.faces(GROUP), ["b2", "c3"]);
});

test("replay: a response that did not arrive whole is not repeated", async () => {
  const { emulator } = emulatorAt();
  emulator.inject({ fault: "truncateBody" });
  emulator.inject({ fault: "replay" });
  await assert.rejects(remove(emulator, "a1"));
  assert.equal((await remove(emulator, "zz")).body.failure_detail.length, 1);
});

test("bad tokens: the batch is rejected, and what was deleted is what `acts` says", async () => {
  /** @type {[any, string, string[]][]} */
  const cases = [
    [{ tokens: ["b2"] }, "INVALID_FACE_TOKEN", ["b2", "c3"]],
    [{ tokens: ["b2"], acts: "nothing" }, "INVALID_FACE_TOKEN", ["a1", "b2", "c3"]],
    [{ tokens: ["b2"], acts: "others", error: "BAD_ARGUMENTS:face_tokens" }, "BAD_ARGUMENTS:face_tokens", ["b2"]],
  ];
  for (const [bad, error, left] of cases) {
    const option = createEmulator({ clock: { now: () => NOW * 1000 }, libraries: libraries(), badTokens: bad });
    const { emulator: scripted } = emulatorAt();
    scripted.inject({ fault: "rejectToken", ...bad, times: Number.POSITIVE_INFINITY });
    for (const emulator of [option, scripted]) {
      const said = await remove(emulator, "a1,b2,c3");
      assert.deepEqual([said.status, said.body.error, emulator.faces(GROUP)], [400, error, left]);
      assert.equal(emulator.log[0]?.removed, 3 - left.length);
      const lone = await remove(emulator, "b2");
      assert.deepEqual([lone.body.error, emulator.faces(GROUP)], [error, left]);
      assert.equal((await remove(emulator, "a1,c3")).status, 200);
      assert.deepEqual(emulator.faces(GROUP), ["b2"]);
    }
    assert.deepEqual(
      scripted.log.map(({ fault }) => fault),
      ["rejectToken", "rejectToken", undefined],
    );
  }
});

test("limits: more tokens are rejected before anything is done, by code or as plain text", async () => {
  for (const as of /** @type {const} */ (["code", "413"])) {
    const limits = { tokens: 2, as };
    const option = createEmulator({ clock: { now: () => NOW * 1000 }, libraries: libraries(), limits });
    const { emulator: scripted } = emulatorAt();
    scripted.inject({ fault: "limitTokens", limit: 2, as, times: 9 });
    for (const emulator of [option, scripted]) {
      const said = await remove(emulator, "a1,b2,c3");
      const rejected = as === "code" ? [400, "INVALID_FACE_TOKENS_SIZE"] : [413, "Request Entity Too Large"];
      assert.deepEqual([said.status, said.body.error ?? said.body], rejected);
      assert.equal(emulator.faces(GROUP).length, 3);
      assert.equal((await remove(emulator, "a1,b2")).body.face_removed, 2);
    }
  }
});

test("partial: each token is rejected with its own reason", async () => {
  const { emulator } = emulatorAt();
  const reasons = { a1: "INVALID_FACE_TOKEN", zz: "\u001b[31mred\0" };
  emulator.inject({ fault: "partial", reasons });
  const { body } = await remove(emulator, "a1,b2,zz");
  assert.deepEqual(
    body.failure_detail.map((/** @type {any} */ { face_token: token, reason }) => [token, reason]),
    Object.entries(reasons),
  );
  assert.deepEqual(emulator.faces(GROUP), ["a1", "c3"]);
});

test("a gateway answers without a code, before or after the server acts", async () => {
  /** @type {[any, number, RegExp][]} */
  const cases = [
    [{}, 502, /^<html>/],
    [{ status: 404, body: "text" }, 404, /^Bad Gateway$/],
    [{ status: 409, body: "json" }, 409, /object/],
    [{ status: 425, body: "empty" }, 425, /^$/],
  ];
  for (const [rule, status, text] of cases) {
    for (const apply of [true, false]) {
      const { emulator } = emulatorAt();
      emulator.inject({ fault: "htmlGatewayError", ...rule, apply });
      const said = await remove(emulator, "a1");
      assert.equal(said.status, status);
      assert.match(String(said.body), text);
      assert.equal(emulator.faces(GROUP).length, apply ? 2 : 3);
      assert.deepEqual([emulator.log[0]?.removed, emulator.log[0]?.status], [apply ? 1 : undefined, status]);
    }
  }
});

test("an error with `apply` comes after the server has acted", async () => {
  const { emulator } = emulatorAt();
  emulator.inject({ fault: "error", status: 409, error: "CONFLICTING_WRITE", apply: true });
  const said = await remove(emulator, "a1");
  assert.deepEqual([said.status, said.body.error], [409, "CONFLICTING_WRITE"]);
  assert.deepEqual([emulator.log[0]?.error, emulator.log[0]?.removed], ["CONFLICTING_WRITE", 1]);
});

test("Retry-After comes in each form of RFC 9110", async () => {
  const forms = {
    seconds: "9",
    "imf-fixdate": "Sun, 06 Nov 1994 08:49:37 GMT",
    rfc850: "Sunday, 06-Nov-94 08:49:37 GMT",
    asctime: "Sun Nov  6 08:49:37 1994",
  };
  const now = Date.UTC(1994, 10, 6, 8, 49, 28) / 1000;
  for (const [form, expected] of Object.entries(forms)) {
    for (const fault of /** @type {const} */ (["throttle", "htmlGatewayError", "error"])) {
      const { emulator } = emulatorAt(now);
      emulator.inject({ fault, retryAfter: 9, retryAfterForm: /** @type {any} */ (form) });
      const fields = { sign: sign({ current: now }), group_id: GROUP, face_tokens: "zz" };
      assert.equal((await call(emulator, "delete", fields)).headers.get("retry-after"), expected);
    }
  }
});

test("echo: a success repeats the request in each place and encoding", async () => {
  const encodings = /** @type {Record<string, (text: string) => string>} */ ({
    text: (text) => text,
    base64: (text) => Buffer.from(text).toString("base64"),
    base64url: (text) => Buffer.from(text).toString("base64url"),
    hex: (text) => Buffer.from(text).toString("hex"),
    url: encodeURIComponent,
  });
  for (const [as, encode] of Object.entries(encodings)) {
    const { emulator } = emulatorAt();
    emulator.inject({ fault: "echo", of: "sign", as: /** @type {any} */ (as) });
    const { status, body } = await remove(emulator, "a1,b2");
    const expected = encode(sign());
    assert.deepEqual([status, body.request_id, body[expected]], [200, expected, expected]);
    assert.deepEqual(body.failure_detail, [{ face_token: "b2", reason: expected }]);
    assert.deepEqual([body.face_removed, emulator.faces(GROUP)], [1, ["b2", "c3"]]);
  }
  const { emulator } = emulatorAt();
  emulator.inject({ fault: "echo", into: "request_id" });
  emulator.inject({ fault: "echo", of: "face_tokens", into: "error" });
  const { body } = await remove(emulator, "a1");
  assert.ok(body.request_id.includes(sign()) && body.request_id.includes("form-data"));
  assert.deepEqual([body.failure_detail, Object.keys(body).length], [[], 6]);
  const rejected = await remove(emulator, "b2");
  assert.deepEqual([rejected.status, rejected.body.error], [400, "BAD_ARGUMENTS:b2"]);
  assert.equal(emulator.log[1]?.error, "BAD_ARGUMENTS", "the log has no echo");
  assert.deepEqual(emulator.faces(GROUP), ["b2", "c3"]);
});

test("audit: a replayed success makes `deleted` a false claim, and so does one removal that is claimed twice", async () => {
  const { emulator } = emulatorAt();
  const claims = (/** @type {string[]} */ ...pairs) =>
    emulator.audit({
      groupId: GROUP,
      outcomes: pairs.map((pair, index) => {
        const [token = "", outcome = ""] = pair.split(" ");
        return { token, index, outcome };
      }),
    });
  await remove(emulator, "a1");
  emulator.inject({ fault: "replay", apply: false });
  assert.equal((await remove(emulator, "b2")).body.face_removed, 1);
  assert.deepEqual(
    claims("a1 deleted", "b2 deleted").map(({ token, truth }) => [token, truth]),
    [["b2", "no call removed it"]],
  );
  assert.deepEqual(claims("a1 deleted", "b2 unknown"), []);
  assert.deepEqual(
    claims("a1 deleted", "a1 deleted").map(({ truth }) => truth),
    ["fewer calls removed it", "fewer calls removed it"],
  );
});

test("audit: with counts, the list of entries has to be whole", async () => {
  const { emulator } = emulatorAt();
  await remove(emulator, "a1,zz");
  const outcomes = [
    { token: "a1", index: 0, outcome: "deleted" },
    { token: "zz", index: 1, outcome: "absent" },
    { token: "zz", index: 2, outcome: "duplicate" },
    { index: 3, outcome: "invalid" },
  ];
  const counts = { total: 4, deleted: 1, absent: 1, duplicate: 1, invalid: 1, failed: 0 };
  const truths = (/** @type {any[]} */ listed, /** @type {any} */ claimed = counts) =>
    emulator.audit({ groupId: GROUP, outcomes: listed, counts: claimed }).map(({ truth }) => truth);
  assert.deepEqual(truths(outcomes), []);
  assert.deepEqual(truths(outcomes.slice(0, 2)), [
    "2 entries are listed",
    "0 entries have this outcome",
    "0 entries have this outcome",
  ]);
  assert.deepEqual(truths([...outcomes.slice(0, 3), outcomes[2]]), [
    "another entry has this index",
    "2 entries have this outcome",
    "0 entries have this outcome",
  ]);
  assert.deepEqual(truths([...outcomes.slice(0, 3), { index: 4, outcome: "invalid" }]), [
    "there are 4 entries, from index 0",
  ]);
  assert.deepEqual(truths(outcomes, { ...counts, total: 6 }), ["4 entries are listed"]);
});

test("every fault can be played over HTTP", async (t) => {
  const { emulator } = emulatorAt();
  const { baseUrl, close } = await serveEmulator(emulator);
  t.after(close);
  const send = async (/** @type {any} */ rule) => {
    emulator.inject(rule);
    const form = new FormData();
    const fields = { sign: sign(), sign_version: "hmac_sha1", group_id: GROUP, face_tokens: "zz,yy" };
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    const response = await fetch(`${baseUrl}/search/group/delete`, { method: "POST", body: form });
    return answer(response);
  };
  await send({ fault: "reshape", as: "missing" });
  for (const [, rule] of CASES) {
    emulator.clearFaults();
    const before = emulator.log.length;
    const heard = await send({ ...rule, ms: 10 }).catch((/** @type {Error} */ error) => error);
    const { status } = /** @type {any} */ (emulator.log[before]);
    if (heard instanceof Error) assert.match(rule.fault, /Drop|^dropBefore|truncate/);
    else assert.equal(heard.status, status, JSON.stringify(rule));
  }
});
