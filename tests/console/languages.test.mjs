// @ts-check
// The languages: nothing on the page is said outside of its catalogue.

import assert from "node:assert/strict";
import { test } from "node:test";
import { confirm, connect, consoleIn, reached, results, review, sample, text } from "./console.mjs";

const { visit } = consoleIn("chromium");

test("no word is left out of the languages", async (t) => {
  const { page, assertNoProblems } = await visit(t, { query: "?language=pseudo" });
  const plain = () =>
    page.evaluate(() => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const found = [];
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const parent = /** @type {HTMLElement} */ (node.parentElement);
        const said = node.textContent?.trim() ?? "";
        if (!/\p{L}{2}/u.test(said) || /⟦/.test(parent.closest("p, li, dd, td, label, button")?.textContent ?? said))
          continue;
        if (parent.closest("[data-verbatim], [hidden], #language, noscript, script") === null) found.push(said);
      }
      for (const element of document.querySelectorAll("[aria-label]")) {
        const label = element.getAttribute("aria-label") ?? "";
        if (!/⟦/.test(label)) found.push(label);
      }
      return found;
    });
  const states = [
    async () => {},
    () => connect(page),
    () => sample(page),
    () => page.click("#invalid-list button").then(() => page.waitForSelector("#invalid-list .around")),
    () => page.click("#practice-faces summary"),
    () => review(page),
    () => page.focus("#phrase").then(() => page.keyboard.press("Enter")),
    async () => {
      await page.type("#phrase", await text(page, "#phrase-expected"));
      await page.click("#review-delete");
      await reached(page, "result");
      await results(page);
    },
  ];
  const allowed = /^(practice-staff|sample\.csv|ID)$|second|request/;
  for (const [at, state] of states.entries()) {
    await state();
    assert.deepEqual(
      (await plain()).filter((said) => !allowed.test(said)),
      [],
      `state ${at}`,
    );
  }
  await assertNoProblems();
});

test("it speaks Chinese, and changes its language at any time", async (t) => {
  const { page, assertNoProblems } = await visit(t, { query: "?language=zh-CN" });
  assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-CN");
  await connect(page);
  await sample(page);
  assert.match(await text(page, "#choose-summary"), /13 个不同的人脸 token/);
  await confirm(page);
  await reached(page, "result");
  assert.match(await text(page, "#result-notice"), /13 张人脸中已删除 12 张/);
  await page.select("#language", "en");
  assert.match(await page.evaluate(() => location.search), /language=en/, "it lasts");
  assert.match(await text(page, "#result-notice"), /12 of 13 faces were deleted/);
  assert.match(await text(page, "#rows tbody"), /The server confirmed it/);
  await assertNoProblems();
});
