// @ts-check
// Deleting through a proxy that holds the secret: the same truth as without one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CALLS, CASES, warmUp } from "../support/cases.mjs";
import { injectMix, nineInTen, tokens } from "../support/faults.mjs";
import { createProxyHandler, FaceSearchClient } from "../support/package.mjs";
import { inAPage } from "../support/page.mjs";
import { assertTrue } from "../support/reports.mjs";
import { GROUP, listen, proxied, rejection, served } from "../support/served.mjs";

const REQUEST = { groupId: GROUP, faceTokens: ["a1", "zz"] };

test("deletes, counts, and says what happened", async (t) => {
  const { client, emulator } = await proxied(t);
  const { outcomes, faceRemoved, faceCount, failureDetail } = await client.deleteFaces(REQUEST);
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ["deleted", "absent"],
  );
  assert.deepEqual([faceRemoved, faceCount, failureDetail], [1, 2, [{ faceToken: "zz", reason: "FACE_NOT_IN_GROUP" }]]);
  assert.equal((await client.getFaceCount({ groupId: GROUP })).faceCount, 2);
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes }), []);
});

for (const [words, rule] of CASES) {
  test(`the server ${words}: the same outcomes as without a proxy`, async (t) => {
    for (const [name, call] of Object.entries(CALLS)) {
      const said = [];
      for (const make of [served, proxied]) {
        const fixture = await make(t, {
          options: { timeout: 400 },
          ...(make === proxied && { proxy: { timeout: 250 } }),
        });
        await warmUp(fixture);
        fixture.emulator.inject({ ...rule, path: "delete" });
        const outcomes = await call(fixture.client);
        assert.deepEqual(fixture.emulator.audit({ groupId: GROUP, outcomes }), [], name);
        said.push(outcomes);
      }
      // Where a run ends early, the random waits before retries decide which of its batches were sent.
      const endsEarly = name === "`deleteMany`" && /** @type {any} */ (rule.times ?? 1) >= 3;
      if (!endsEarly) assert.deepEqual(said[1], said[0], name);
    }
  });
}

test("twenty thousand tokens under a mix of faults are true to the token", async (t) => {
  const input = tokens(20_000);
  const { client, emulator } = await proxied(t, { faces: nineInTen(input), proxy: { timeout: 400 } });
  injectMix(emulator);
  const report = await client.deleteMany(input, { groupId: GROUP, batchSize: 100 }).report;
  assert.equal(report.ended, "complete");
  assertTrue(report, emulator, 20_000);
  assert.ok(report.counts.deleted > 14_000);
});

test("a client with more tokens than the proxy takes sends smaller batches", async (t) => {
  const input = tokens(500);
  const allow = { groups: [GROUP], tokensPerCall: 100 };
  const { client, emulator } = await proxied(t, { faces: input, proxy: { allow } });
  const report = await client.deleteMany(input, { groupId: GROUP }).report;
  assert.equal(report.counts.deleted, 500);
  const error = await rejection(client.deleteFaces({ groupId: GROUP, faceTokens: input }));
  assert.deepEqual([error.name, error.code, error.delivery], ["BadRequestError", "PROXY_TOO_MANY_TOKENS", "not-sent"]);
  assertTrue(report, emulator, 500);
});

test("a proxy that starts anew in the middle of a run costs no truth", async (t) => {
  const input = tokens(3000);
  const { settings, emulator, url: _, handler: first } = await proxied(t, { faces: nineInTen(input) });
  let handler = first;
  let calls = 0;
  const { toNodeListener } = await import("../support/package.mjs");
  const { url } = await listen(
    t,
    toNodeListener((request) => {
      calls += 1;
      if (calls === 5) handler = createProxyHandler(settings);
      return handler(request);
    }),
  );
  for (const transmitsOnce of [true, false]) {
    calls = 0;
    emulator.addFaces(GROUP, nineInTen(input));
    emulator.beginAudit();
    const client = transmitsOnce
      ? new FaceSearchClient({ proxyUrl: url })
      : await inAPage(() => new FaceSearchClient({ proxyUrl: url }));
    const report = await client.deleteMany(input, { groupId: GROUP, batchSize: 100 }).report;
    assertTrue(report, emulator, 3000);
    assert.equal(report.counts.deleted, 2700);
    assert.equal(report.counts.absent + report.counts["absent-after-uncertain"], 300);
    assert.ok(report.counts["absent-after-uncertain"] > 0, "what met another instance is uncertain");
    assert.ok(report.counts.absent > 0, "the rest is not");
  }
});

test("what stands at the proxy's place and is none sends nothing, and is named", async (t) => {
  for (const [status, body, name, code] of /** @type {const} */ ([
    [404, "Not Found", "ApiError", "PROXY_NOT_FOUND"],
    [200, "<html>", "ApiError", "PROXY_NOT_FOUND"],
    [200, '{"v":2,"instance":"x"}', "ApiError", "PROXY_NOT_FOUND"],
    [401, "Sign in", "AuthenticationError", "PROXY_UNAUTHORIZED"],
    [502, "Bad Gateway", "ConnectionError", "PROXY_UNREACHABLE"],
    [400, '{"v":1,"refused":"PROXY_UNSUPPORTED_VERSION"}', "ApiError", "PROXY_UNSUPPORTED_VERSION"],
  ])) {
    const { url } = await listen(t, (_, response) => response.writeHead(status).end(body));
    const client = new FaceSearchClient({ proxyUrl: url });
    const error = await rejection(client.deleteFaces(REQUEST, { maxRetries: 1 }));
    assert.deepEqual([error.name, error.code, error.delivery, error.status], [name, code, "not-sent", status]);
  }
});

test("what answers in the proxy's place later proves nothing", async (t) => {
  for (const [status, body] of /** @type {const} */ ([
    [502, "<html>Bad Gateway</html>"],
    [200, '{"status":200,"body":{"group_id":"staff","face_removed":2}}'],
    [200, "{}"],
    [200, '{"v":1}'],
    [403, "{}"],
    [504, '{"refused":"upstream request timeout"}'],
    [401, '{"refused":"PROXY_UNAUTHORIZED"}'],
    [504, '{"interrupted":"upstream timeout"}'],
    [500, '{"v":1,"refused":"PROXY_FAILED","delivery":null}'],
  ])) {
    let calls = 0;
    const { url } = await listen(t, (_, response) => {
      calls += 1;
      if (calls === 1) response.end('{"v":1,"instance":"x","transmitsOnce":true,"recognisesRepeats":true}');
      else response.writeHead(status).end(body);
    });
    const error = await rejection(new FaceSearchClient({ proxyUrl: url }).deleteFaces(REQUEST, { maxRetries: 0 }));
    assert.equal(error.delivery, "maybe-applied", body);
    assert.ok(error.outcomes.every((/** @type {any} */ { outcome }) => outcome === "unknown"));
  }
});
