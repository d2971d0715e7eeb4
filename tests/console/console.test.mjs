// @ts-check
// The console in Chromium, clicked as a person would, against the server that `npm start` runs.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { serveConsole } from "../../pkg/cli/console-server.js";
import { launch, open } from "../support/browser.mjs";
import { createEmulator, FaceSearchClient, serveEmulator } from "../support/package.mjs";

const GROUP = "practice-staff";
const SHOTS = process.env.SCREENSHOTS;

/** @type {import("puppeteer-core").Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** @param {import("node:test").TestContext} t */
async function visit(t) {
  const served = await serveConsole();
  t.after(served.close);
  const opened = await open(browser, served.url);
  t.after(() => opened.page.close());
  await opened.page.waitForSelector("#faces tbody tr");
  return { ...served, ...opened };
}

/**
 * @param {import("puppeteer-core").Page} page
 * @param {string} name
 */
async function shot(page, name) {
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
}

/**
 * @param {import("puppeteer-core").Page} page
 * @param {string} selector
 */
function text(page, selector) {
  return page.$eval(selector, (element) => /** @type {HTMLElement} */ (element).innerText);
}

/** @param {import("puppeteer-core").Page} page */
async function confirmDelete(page) {
  await page.click("#delete");
  await page.waitForSelector("#confirm[open]");
  await page.click("#confirm-delete");
  await page.waitForSelector("#result:not([hidden])");
}

/** What the result's table says, row by row. @param {import("puppeteer-core").Page} page */
function results(page) {
  return page.$$eval("#result tbody tr", (rows) =>
    rows.map((row) => ({ token: row.cells[1]?.innerText, what: row.querySelector(".outcome")?.textContent })),
  );
}

test("ticking two faces and pasting one that is not there deletes two and says so of the third", async (t) => {
  const { page, emulator, assertNoProblems } = await visit(t);
  assert.equal(await text(page, "#library-count"), "15 faces");
  await shot(page, "1-choose");
  const [first, second] = emulator.faces(GROUP);
  for (const token of [first, second]) await page.click(`#faces input[value="${token}"]`);
  await page.click("#insert-unknown");
  assert.equal(await text(page, "#choice"), `3 faces chosen from ${GROUP}.`);
  await page.click("#delete");
  await page.waitForSelector("#confirm[open]");
  assert.equal(await text(page, "#confirm-title"), `Delete 3 faces from ${GROUP}?`);
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Cancel");
  await shot(page, "2-confirm");
  await page.click("#confirm-delete");
  await page.waitForSelector("#result:not([hidden])");
  assert.match(await text(page, "#result"), /2 of 3 faces deleted\.[\s\S]*The library now holds 13 faces\./);
  assert.deepEqual(await results(page), [
    { token: first, what: "Deleted" },
    { token: second, what: "Deleted" },
    { token: "0".repeat(32), what: "Not there" },
  ]);
  await page.waitForFunction(() => document.getElementById("library-count")?.textContent === "13 faces");
  await shot(page, "3-result");
  assert.equal(emulator.faces(GROUP).length, 13);
  assert.ok(!emulator.faces(GROUP).includes(/** @type {string} */ (first)));
  assertNoProblems();
});

test("cancelling deletes nothing", async (t) => {
  const { page, emulator, assertNoProblems } = await visit(t);
  await page.click("#tick-all");
  assert.equal(await text(page, "#delete"), "Delete 15 faces…");
  await page.click("#delete");
  await page.waitForSelector("#confirm[open]");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#confirm:not([open])");
  await page.click("#delete");
  await page.waitForSelector("#confirm[open]");
  await page.keyboard.press("Escape");
  await page.waitForSelector("#confirm:not([open])");
  assert.equal(emulator.faces(GROUP).length, 15);
  assert.equal(emulator.log.filter(({ api }) => api === "delete").length, 0);
  assertNoProblems();
});

test("all faces can be deleted, and put back", async (t) => {
  const { page, emulator, assertNoProblems } = await visit(t);
  const faces = emulator.faces(GROUP);
  await page.click("#tick-all");
  await confirmDelete(page);
  await page.waitForSelector("#faces-empty:not([hidden])");
  assert.deepEqual(emulator.faces(GROUP), []);
  await page.click("#restore");
  await page.waitForFunction(() => document.getElementById("library-count")?.textContent === "15 faces");
  assert.deepEqual(emulator.faces(GROUP), faces);
  assertNoProblems();
});

test("a bad token is named, and nothing is sent", async (t) => {
  const { page, emulator, assertNoProblems } = await visit(t);
  await page.type("#pasted", `${emulator.faces(GROUP)[0]}\nRemoveAllFaceTokens`);
  await confirmDelete(page);
  assert.match(await text(page, "#result"), /faceTokens\[1\] must not be RemoveAllFaceTokens[\s\S]*Nothing was sent\./);
  assert.equal(emulator.faces(GROUP).length, 15);
  assertNoProblems();
});

test("a lost answer is shown as unknown, neither as done nor as failed", async (t) => {
  const { page, emulator, assertNoProblems } = await visit(t);
  // Often, since Chromium sends a POST again each time that a reused connection drops.
  emulator.inject({ fault: "applyThenDrop", path: "delete", times: 20 });
  await page.click("#faces tbody input");
  await confirmDelete(page);
  assert.deepEqual(
    (await results(page)).map(({ what }) => what),
    ["Unknown"],
  );
  await shot(page, "4-unknown");
  assertNoProblems(/ERR_EMPTY_RESPONSE|ERR_CONNECTION/);
});

test("what the browser's own second try did not find is gone either way, and not called absent", async (t) => {
  const { page, emulator, assertNoProblems } = await visit(t);
  emulator.inject({ fault: "applyThenDrop", path: "delete" });
  await page.click("#faces tbody input");
  await confirmDelete(page);
  const deletes = emulator.log.filter(({ api }) => api === "delete");
  assert.deepEqual(
    deletes.map(({ removed }) => removed),
    [1, 0],
    "Chromium sent it twice, and the page saw one answer",
  );
  assert.deepEqual(
    (await results(page)).map(({ what }) => what),
    ["Not there"],
  );
  assert.match(await text(page, "#result"), /Gone either way/);
  assertNoProblems();
});

test("a refused call says what to do", async (t) => {
  const { page, emulator, assertNoProblems } = await visit(t);
  emulator.inject({ fault: "error", status: 400, error: "INVALID_OUTER_ID", path: "delete" });
  await page.click("#faces tbody input");
  await confirmDelete(page);
  assert.match(await text(page, "#result"), /There is no such face library[\s\S]*Check the library's name\./);
  assertNoProblems(/status of 400/);
});

test("when the server has gone the page says so, and nothing is stuck", async (t) => {
  const { page, close } = await visit(t);
  await page.click("#faces tbody input");
  await close();
  await confirmDelete(page);
  assert.match(await text(page, "#result"), /connection failed[\s\S]*may have been deleted/);
  await page.waitForSelector("#delete:not([disabled])");
  await page.click("#restore");
});

test("the server answers to its own name only", async (t) => {
  const { url } = await serveConsole().then((served) => {
    t.after(served.close);
    return served;
  });
  const status = await new Promise((resolve) => {
    const { port } = new URL(url);
    request({ port, host: "127.0.0.1", headers: { host: "evil.example" } }, (response) =>
      resolve(response.statusCode),
    ).end();
  });
  assert.equal(status, 421);
  for (const path of ["/../package.json", "/pkg/../Cargo.toml", "/%2e%2e/Cargo.toml", "/README.md", "/nothing"]) {
    assert.equal((await fetch(new URL(path, url))).status, 404, path);
  }
});

test("the proxy with this machine's credentials serves the page whose address was printed, and nobody else", async (t) => {
  const upstream = createEmulator({ libraries: { staff: ["a1", "b2"] } });
  const { apiKey, apiSecret } = upstream;
  const real = await serveEmulator(upstream);
  t.after(real.close);
  const credentials = { apiKey, apiSecret, baseUrl: real.baseUrl, groups: ["staff"] };
  const { url, session, close } = await serveConsole({ credentials });
  t.after(close);
  const { port } = new URL(url);

  /**
   * Node's own client can send any header, as a page of a name that was made to point here would.
   *
   * @param {Record<string, string>} headers
   */
  const counted = async (headers) => {
    const client = new FaceSearchClient({
      proxyUrl: `${url}proxy`,
      fetch: (_, { body, signal, headers: own }) =>
        new Promise((resolve, reject) => {
          const options = { method: "POST", host: "127.0.0.1", port, path: "/proxy", signal };
          const asked = request({ ...options, headers: { ...own, ...headers } }, async (response) => {
            const text = Buffer.concat(await response.toArray());
            resolve(new Response(text, { status: response.statusCode ?? 0 }));
          });
          asked.on("error", reject).end(body);
        }),
    });
    return client.getFaceCount({ groupId: "staff" }, { maxRetries: 0 }).then(
      ({ faceCount }) => faceCount,
      (/** @type {any} */ error) => error.code,
    );
  };
  const mine = { "x-console-session": session, origin: url.slice(0, -1), "sec-fetch-site": "same-origin" };
  assert.equal(await counted(mine), 2);
  assert.equal(await counted({ ...mine, "x-console-session": "" }), "PROXY_UNAUTHORIZED");
  assert.equal(await counted({ ...mine, "x-console-session": session.replace(/.$/, "x") }), "PROXY_UNAUTHORIZED");
  const elsewhere = { ...mine, origin: "http://127.0.0.1:1", "sec-fetch-site": "same-site" };
  assert.equal(await counted(elsewhere), "PROXY_FORBIDDEN_ORIGIN");
  // The name of a page elsewhere, made to point at this machine.
  const rebound = { ...mine, host: `evil.example:${port}`, origin: `http://evil.example:${port}` };
  assert.equal(await counted(rebound), "PROXY_NOT_FOUND");
  assert.equal(upstream.log.length, 1, "one call was let through");
  const page = await fetch(url);
  assert.ok(!(await page.text()).includes(session), "no page can read it from here");
  const without = await serveConsole();
  t.after(without.close);
  assert.equal((await fetch(`${without.url}proxy`, { method: "POST" })).status, 404);
});

test("the page fits a phone and a dark room", async (t) => {
  const { page } = await visit(t);
  await page.setViewport({ width: 320, height: 640, isMobile: true });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.equal(sideways, 0);
  await shot(page, "5-phone-dark");
});
