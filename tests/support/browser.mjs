// @ts-check
// Headless browsers for the tests, and a page that fails the test when anything is wrong in it.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { chromium, firefox } from "../../scripts/setup/browser.mjs";
import { launchWebKit } from "./webkit.mjs";

/** @typedef {"chromium" | "firefox" | "webkit"} Engine */
/** @typedef {import("puppeteer-core").Browser} Browser */
/** @typedef {import("puppeteer-core").Page} Page */

/**
 * A browser with a folder of its own for downloads.
 *
 * @param {Engine} engine
 * @returns {Promise<{ browser: Browser, downloads: string, close: () => Promise<void> }>}
 */
export async function launchEngine(engine) {
  if (engine === "webkit") {
    const browser = await launchWebKit();
    // It does as much of what Puppeteer does as the tests need.
    return {
      browser: /** @type {Browser} */ (/** @type {unknown} */ (browser)),
      downloads: browser.downloads,
      close: () => browser.close(),
    };
  }
  const downloads = mkdtempSync(join(tmpdir(), "finauth-facesearch-downloads-"));
  const browser = await (engine === "firefox" ? launchFirefox(downloads) : launch());
  if (engine === "chromium") {
    const session = await browser.target().createCDPSession();
    await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: downloads });
  }
  const close = async () => {
    await browser.close();
    rmSync(downloads, { recursive: true, force: true });
  };
  return { browser, downloads, close };
}

/** Chromium. */
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

/** @param {string} downloads */
function launchFirefox(downloads) {
  return puppeteer.launch({
    browser: "firefox",
    executablePath: firefox().browser,
    extraPrefsFirefox: {
      "browser.download.folderList": 2,
      "browser.download.dir": downloads,
      "browser.download.useDownloadDir": true,
      "browser.download.alwaysOpenPanel": false,
      "dom.disable_beforeunload": true,
    },
  });
}

/**
 * A page whose console errors, failed scripts, policy violations and requests to elsewhere are collected.
 *
 * @param {Browser} browser
 * @param {string} url
 */
export async function open(browser, url) {
  const page = await browser.newPage();
  /** @type {string[]} */
  const problems = [];
  // WebKit's driver tells of nothing that a page does by itself; the page is asked at the end.
  const tells = typeof page.on === "function";
  if (tells) {
    page.on("console", (message) => {
      if (["error", "warn"].includes(message.type())) problems.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => problems.push(`script: ${error}`));
    page.on("request", (request) => {
      if (isElsewhere(request.url(), url)) problems.push(`request to elsewhere: ${request.url()}`);
    });
    await page.evaluateOnNewDocument(() => {
      addEventListener("securitypolicyviolation", ({ violatedDirective, sourceFile }) => {
        console.error(`policy violation: ${violatedDirective} in ${sourceFile}`);
      });
    });
  }
  await page.goto(url, tells ? { waitUntil: "networkidle0" } : undefined);
  if (!tells) await page.evaluate(collectProblems);
  return {
    page,
    /** @param {RegExp} [expected] problems that the test means to cause */
    async assertNoProblems(expected) {
      if (!tells)
        problems.push(.../** @type {any} */ (await page.evaluate(() => /** @type {any} */ (globalThis).problems)));
      assert.deepEqual(
        problems.filter((problem) => !expected?.test(problem)),
        [],
      );
    },
  };
}

/**
 * Whether somebody else would hear of it.
 *
 * @param {string} asked
 * @param {string} page
 */
function isElsewhere(asked, page) {
  const { protocol, origin } = new URL(asked);
  return !["data:", "blob:"].includes(protocol) && origin !== new URL(page).origin;
}

/** Runs in the page: keeps what goes wrong in it from now on, and what it asked of elsewhere until now. */
function collectProblems() {
  const problems = performance
    .getEntriesByType("resource")
    .filter(({ name }) => !name.startsWith(location.origin) && !name.startsWith("blob:"))
    .map(({ name }) => `request to elsewhere: ${name}`);
  Object.assign(globalThis, { problems });
  addEventListener("securitypolicyviolation", ({ violatedDirective }) => {
    problems.push(`policy violation: ${violatedDirective}`);
  });
  addEventListener("error", ({ message }) => problems.push(`script: ${message}`));
  addEventListener("unhandledrejection", ({ reason }) => problems.push(`script: ${reason}`));
  const { error } = console;
  console.error = (...said) => {
    problems.push(`console: ${said.join(" ")}`);
    error(...said);
  };
}
