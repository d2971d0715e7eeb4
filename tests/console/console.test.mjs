// @ts-check
// The console in Chromium, clicked as a person would, against the server that `npm start` runs.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { serveConsole } from "../../scripts/lib/console-server.mjs";
import { launch, open } from "../support/browser.mjs";

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
  const { request } = await import("node:http");
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
