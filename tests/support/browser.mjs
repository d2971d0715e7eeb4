// @ts-check
// A headless Chromium for a test, and a page that fails the test when anything is wrong in it.

import assert from "node:assert/strict";
import puppeteer from "puppeteer-core";
import { chromium } from "../../scripts/setup/browser.mjs";

export function launch() {
  return puppeteer.launch({
    executablePath: chromium().browser,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/**
 * A page whose console errors, failed scripts, policy violations and requests to elsewhere are collected.
 *
 * @param {import("puppeteer-core").Browser} browser
 * @param {string} url
 */
export async function open(browser, url) {
  const page = await browser.newPage();
  /** @type {string[]} */
  const problems = [];
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`script: ${error}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(new URL(url).origin)) problems.push(`request to elsewhere: ${request.url()}`);
  });
  await page.evaluateOnNewDocument(() => {
    addEventListener("securitypolicyviolation", ({ violatedDirective, sourceFile }) => {
      console.error(`policy violation: ${violatedDirective} in ${sourceFile}`);
    });
  });
  await page.goto(url, { waitUntil: "networkidle0" });
  return {
    page,
    /** @param {RegExp} [expected] problems that the test means to cause */
    assertNoProblems(expected) {
      assert.deepEqual(
        problems.filter((problem) => !expected?.test(problem)),
        [],
      );
    },
  };
}
