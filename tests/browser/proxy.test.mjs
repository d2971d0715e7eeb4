// @ts-check
// A page in Chromium with a proxy: what the browser silently sends again is recognised, and the page knows no secret.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { serveConsole } from "#package/cli/console-server.js";
import { launch, open } from "../support/browser.mjs";
import { createProxyHandler, toNodeListener } from "../support/package.mjs";
import { listen } from "../support/served.mjs";

const GROUP = "practice-staff";

/** @type {import("puppeteer-core").Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/**
 * A page of the console's origin, and a proxy on another one that drops the connection after it has made a call, as often
 * as it is told.
 *
 * @param {import("node:test").TestContext} t
 * @param {object} [settings]
 */
async function page(t, settings = {}) {
  const { emulator, url, close } = await serveConsole();
  t.after(close);
  const { apiKey, apiSecret } = emulator;
  const handler = createProxyHandler({
    apiKey,
    apiSecret,
    fetch: /** @type {any} */ (emulator.fetch),
    authorize: (request) => request.headers.get("x-session") === "of-an-administrator",
    allow: { groups: [GROUP], origins: [new URL(url).origin] },
    ...settings,
  });
  const proxy = { drops: 0, deletes: 0, sockets: /** @type {unknown[]} */ ([]) };
  const { url: proxyUrl } = await listen(t, async (request, response) => {
    proxy.sockets.push(request.socket);
    const isDelete = Number(request.headers["content-length"]) > 170;
    proxy.deletes += isDelete ? 1 : 0;
    if (isDelete && proxy.drops > 0) {
      proxy.drops -= 1;
      const { end } = response;
      response.writeHead = () => response;
      response.flushHeaders = () => {};
      response.write = () => true;
      response.end = () => {
        response.end = end;
        request.socket.destroy();
        return response;
      };
    }
    toNodeListener(handler)(request, response);
  });
  const { page, assertNoProblems } = await open(browser, url);
  t.after(() => page.close());
  // The page's own policy is about its own pages; this one asks another origin.
  await page.setBypassCSP(true);
  await page.reload({ waitUntil: "networkidle0" });
  emulator.beginAudit();
  const before = emulator.log.length;
  const call = (/** @type {string[]} */ faceTokens, calls = 1) =>
    page.evaluate(
      async (faceTokens, groupId, proxyUrl, calls) => {
        const { FaceSearchClient } = await import(`${location.origin}/pkg/browser.js`);
        const client = new FaceSearchClient({
          proxyUrl,
          fetch: (/** @type {string} */ url, /** @type {any} */ init) =>
            fetch(url, { ...init, headers: { ...init.headers, "x-session": "of-an-administrator" } }),
        });
        // So that there is a connection to use again.
        for (let at = 0; at < calls; at += 1) await client.getFaceCount({ groupId });
        const { outcomes, attempts } = await client.deleteFaces({ groupId, faceTokens });
        return { outcomes, attempts };
      },
      faceTokens,
      GROUP,
      proxyUrl,
      calls,
    );
  const deletes = () => emulator.log.slice(before).filter(({ api }) => api === "delete");
  return { emulator, proxy, call, deletes, assertNoProblems };
}

test("a browser's silent second try is recognised: one call, the exact answer", async (t) => {
  const { emulator, proxy, call, deletes } = await page(t);
  const faces = emulator.faces(GROUP);
  proxy.drops = 1;
  proxy.deletes = 0;
  const { outcomes, attempts } = await call([`${faces[0]}`, "zz"]);
  assert.equal(proxy.drops, 0, "the connection was dropped");
  assert.equal(proxy.deletes, 2, "Chromium sent the request twice");
  assert.equal(attempts, 1, "the page made one request, and knows of no other");
  assert.deepEqual(
    deletes().map(({ removed }) => removed),
    [1],
    "the server saw one",
  );
  assert.deepEqual(
    outcomes.map((/** @type {any} */ { outcome }) => outcome),
    ["deleted", "absent"],
  );
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes }), []);
});

test("where instances do not know of each other, nothing is called absent", async (t) => {
  const { emulator, call } = await page(t, { instances: "many" });
  const { outcomes } = await call(["zz"]);
  assert.deepEqual(
    outcomes.map((/** @type {any} */ { outcome, because }) => [outcome, because]),
    [["absent-after-uncertain", "transport-may-resend"]],
  );
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes }), []);
});

test("a page of another origin gets nothing, and nothing is called", async (t) => {
  const { call, deletes, proxy } = await page(t, { allow: { groups: [GROUP], origins: ["https://other.example"] } });
  const error = await call(["zz"], 0).catch((error) => String(error));
  assert.match(String(error), /could not be reached|connection/i);
  assert.deepEqual(deletes(), []);
  assert.ok(proxy.sockets.length > 0, "it was asked, by a preflight");
});
