// @ts-check
// The emulator against the documentation, with requests made without the client: FormData and node:crypto.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createEmulator } from "#package/emulator/index.js";

const NOW = 1_769_740_387;
const GROUP = "staff";

function emulatorAt(now = NOW) {
  const clock = { time: now, now: () => clock.time * 1000 };
  const emulator = createEmulator({ clock, libraries: { [GROUP]: ["a1", "b2", "c3"] } });
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
