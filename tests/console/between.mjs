// @ts-check
// What goes from one deletion, tab or connection to the next, and what must not: in each engine alike.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tokens } from "../support/faults.mjs";
import {
  confirm,
  connect,
  enter,
  fill,
  isDone,
  isEnabled,
  isHidden,
  PRACTICE,
  REAL,
  reached,
  readable,
  sample,
  says,
  text,
  value,
} from "./console.mjs";

/**
 * Begins a real deletion on a page that is connected, and stops it when there is something left to do.
 *
 * @param {Parameters<typeof confirm>[0]} page
 * @param {import("../../pkg-template/emulator/index.js").Emulator} emulator
 */
async function leaveUnfinished(page, emulator) {
  emulator.inject({ fault: "slowHead", ms: 400, path: "delete", times: 100 });
  await enter(page, tokens(6000).join("\n"));
  await confirm(page);
  await isDone(page, 1);
  await page.click("#stop");
  await reached(page, "result");
  emulator.clearFaults();
}

/** @param {import("./console.mjs").ConsoleInBrowser} browser */
export function goBetween({ engine, visit, tab, real }) {
  test("only the newest attempt to connect counts: page and worker never differ on the server", async (t) => {
    const { emulator, address } = await real(t, tokens(3));
    const { page } = await tab(t, address);
    emulator.inject({ fault: "slowHead", ms: 1500 });
    await fill(page, "#library", REAL);
    await page.click("#connect-submit");
    await says(page, "#connect-status", /Asking/);
    assert.equal(await isEnabled(page, "#connect-submit"), false);
    await page.click("input[name=way][value=practice]");
    await connect(page);
    assert.match(await text(page, "#badge"), /nothing real/);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    assert.match(await text(page, "#choose-library"), /practice-staff holds 15/, "the late answer changes nothing");
    await enter(page, tokens(3).join("\n"));
    await confirm(page);
    await reached(page, "result");
    assert.equal(emulator.faces(REAL).length, 3, "nothing real happened");
  });

  test("tokens that are not there are no success", async (t) => {
    const { page } = await visit(t);
    await connect(page);
    await enter(page, "typo-1\ntypo-2");
    await confirm(page);
    await reached(page, "result");
    assert.match(await text(page, "#result-notice"), /None of the 2 faces is in the library\./);
    assert.equal(await page.$eval("#result-notice > *", (notice) => notice.className), "notice unsure");
  });

  test("what was finished is not offered again; what was not is neither lost nor written over", async (t) => {
    const { emulator, address } = await real(t, tokens(6000));
    const first = await tab(t, address);
    await connect(first.page, REAL);
    await enter(first.page, tokens(2).join("\n"));
    await confirm(first.page);
    await reached(first.page, "result");
    const second = await tab(t, address);
    assert.equal(await isHidden(second.page, "#pending"), true, "it is finished");
    await second.page.close();

    await first.page.click("#again");
    await reached(first.page, "choose");
    await leaveUnfinished(first.page, emulator);
    await first.page.click("#again");
    await reached(first.page, "connect");
    assert.equal(await isHidden(first.page, "#pending"), false, "it has to be decided what becomes of it");
    await first.page.click("#connect-submit");
    await says(first.page, "#trouble", /begun before, and not finished[\s\S]*forget it/);

    await first.page.click("#pending-resume");
    await fill(first.page, "#library", REAL);
    await first.page.click("#connect-submit");
    await reached(first.page, "choose");
    await first.page.type("#tokens", "another");
    await says(first.page, "#choose-summary", /not the list/);
    await first.page.click("#choose-back");
    await first.page.click("#pending-forget");
    await first.page.waitForSelector("#pending[hidden]");
    await connect(first.page, REAL);
    await readable(first.page);
  });

  test("a practice run leaves what is unfinished alone", async (t) => {
    const { emulator, address } = await real(t, tokens(6000));
    const first = await tab(t, address);
    await connect(first.page, REAL);
    await leaveUnfinished(first.page, emulator);
    await first.page.close();
    const { page } = await tab(t, address);
    await page.waitForSelector("#pending:not([hidden])");
    await page.click("input[name=way][value=practice]");
    await connect(page);
    await sample(page);
    await confirm(page);
    await reached(page, "result");
    await page.click("#again");
    await reached(page, "choose");
    await page.click("#choose-back");
    assert.equal(await isHidden(page, "#pending"), false);
  });

  test("a tab that was loaded again does not know the session: it says what to open, and goes on then", async (t) => {
    const { emulator, served, address } = await real(t, tokens(6000));
    const first = await tab(t, address);
    await connect(first.page, REAL);
    await leaveUnfinished(first.page, emulator);
    await first.page.close();
    // As after a reload: the session is in the address no more.
    const { page } = await tab(t, served.url);
    await says(page, "#pending", /open the address that was printed when the console was started/);
    await page.click("#pending-resume");
    await says(page, "#pending", /connect as before[\s\S]*open the address that was printed/);
    await page.click("#connect-submit");
    await says(page, "#trouble", /does not let you in/);
    await page.evaluate((hash) => {
      location.hash = hash;
    }, new URL(address).hash);
    await page.waitForSelector("#pending-printed[hidden]");
    await page.click("#connect-submit");
    await reached(page, "choose");
  });

  test("the printed address works in a tab that is here already, and is seen in no address", async (t) => {
    const { served, address } = await real(t, tokens(3));
    const { page } = await tab(t, served.url);
    await page.evaluate((hash) => {
      location.hash = hash;
    }, new URL(address).hash);
    await page.waitForFunction(() => location.hash === "");
    await connect(page, REAL);
    assert.match(await text(page, "#choose-library"), /staff holds 3 faces/);
  });

  test("a list for practice is none for a real library", async (t) => {
    const { address } = await real(t, tokens(3));
    const { page } = await tab(t, address);
    await page.click("input[name=way][value=practice]");
    await connect(page);
    await sample(page);
    await page.click("#choose-back");
    assert.equal(await isHidden(page, "#badge"), true, "nothing is connected while it is chosen to what");
    await page.click("input[name=way][value=proxy]");
    await connect(page, REAL);
    await says(page, "#choose-summary", /Nothing chosen/);
    assert.equal(await value(page, "#tokens"), "");
  });

  test("while a file is chosen nothing can be ticked, and columns are those of the list", async (t) => {
    const { page } = await visit(t);
    await connect(page);
    await page.click("#practice-faces summary");
    await sample(page);
    assert.equal(await isEnabled(page, "#faces tbody input"), false);
    assert.match(await text(page, "#faces-off"), /nothing to tick/);
    await page.click("#picked-clear");
    assert.equal(await isEnabled(page, "#faces tbody input"), true);
    const names = () =>
      page.$$eval("#column option", (options) => options.map((option) => /** @type {any} */ (option).text));
    await enter(page, '"name, first";"face ""token""";face_token\nAnn;1;a1\n');
    assert.deepEqual(await names(), ["name, first", 'face "token"', "face_token"]);
    assert.equal(await value(page, "#column"), "2");
    await page.select("#column", "1");
    await says(page, "#choose-summary", /1 face token/);
    await enter(page, "face_token,name\na1,Ann\nb2,Bob\n");
    assert.match(await text(page, "#choose-summary"), /2 different/);
    assert.equal(await value(page, "#column"), "0", "the column that was chosen before was another table's");
    await page.evaluate(() => {
      const field = /** @type {HTMLTextAreaElement} */ (document.getElementById("tokens"));
      field.value = `Ann,${"6d".repeat(16)}\nBob,${"7d".repeat(16)}\n`;
      field.dispatchEvent(new Event("input"));
    });
    await says(page, "#choose-summary", /Choose the column/);
    await page.select("#column", "1");
    await page.waitForSelector("#column-suspect:not([hidden])");
  });

  test("what has to be filled in is asked for, and a console without a proxy says so", async (t) => {
    const { page } = await visit(t);
    await page.click("input[name=way][value=secret]");
    await page.click("#secret-understood");
    await page.click("#connect-submit");
    assert.match(await text(page, "#connect-status"), /API key is missing/);
    await fill(page, "#api-key", "key");
    await page.click("#connect-submit");
    assert.match(await text(page, "#connect-status"), /API secret is missing/);
    await fill(page, "#api-secret", "secret");
    await fill(page, "#base-url", "nonsense");
    await page.click("#connect-submit");
    assert.match(await text(page, "#connect-status"), /no address/);
    assert.equal(await page.evaluate(() => document.activeElement?.id), "base-url");
    await page.select("#language", "zh-CN");
    assert.match(await text(page, "#connect-status"), /地址/, "it follows the language");
    await page.select("#language", "en");
    await page.click("input[name=way][value=proxy]");
    assert.equal(await value(page, "#api-secret"), "", "a secret is not kept for later");
    await fill(page, "#library", PRACTICE);
    await page.click("#connect-submit");
    await says(page, "#trouble", /started without credentials[\s\S]*FINAUTH_API_KEY/);
    await page.select("#language", "zh-CN");
    await says(page, "#trouble", /没有提供密钥/);
    await page.select("#language", "en");
  });

  // Only there can a test reach into the worker.
  if (engine !== "chromium") return;

  test("a worker that fails is said to have failed, and deletes no more", async (t) => {
    const { emulator, address } = await real(t, tokens(60_000));
    const { page } = await tab(t, address);
    await connect(page, REAL);
    emulator.inject({ fault: "slowHead", ms: 500, path: "delete", times: 200 });
    await enter(page, tokens(60_000).join("\n"));
    await confirm(page);
    await isDone(page, 2);
    await page.workers()[0]?.evaluate(() => {
      setTimeout(() => {
        throw new Error("something unforeseen");
      });
    });
    await says(page, "#trouble", /has failed[\s\S]*Load the page again/);
    assert.equal(await isHidden(page, "#run"), false, "what was under way stays in sight");
    const sent = () => emulator.log.filter(({ api }) => api === "delete").length;
    const before = sent();
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.ok(sent() <= before + 1, "but for what was on its way, nothing is sent any more");
    assert.ok(emulator.faces(REAL).length > 0);
  });
}
