// @ts-check
// The console as a person uses it, in a browser: opening it, and going from step to step.

import { after, before } from "node:test";
import { serveConsole } from "#package/cli/console-server.js";
import { launchEngine, open } from "../support/browser.mjs";
import { createEmulator, serveEmulator } from "../support/package.mjs";

export const PRACTICE = "practice-staff";
export const REAL = "staff";

/** @typedef {import("puppeteer-core").Page} Page */
/** @typedef {Awaited<ReturnType<typeof launchEngine>>} Launched */
/** @typedef {ReturnType<typeof consoleIn>} ConsoleInBrowser */

/**
 * A browser for all tests of a file.
 *
 * @param {import("../support/browser.mjs").Engine} engine
 */
export function consoleIn(engine) {
  /** @type {Launched} */
  let launched;
  before(async () => {
    launched = await launchEngine(engine);
  });
  after(() => launched.close());

  /**
   * A page of the console in a tab of its own.
   *
   * @param {import("node:test").TestContext} t
   * @param {string} url
   */
  async function tab(t, url) {
    const opened = await open(launched.browser, url);
    t.after(() => opened.page.close().catch(() => {}));
    await opened.page.waitForSelector("#connect-form[data-ready]");
    return opened;
  }

  return {
    engine,
    tab,
    downloads: () => launched.downloads,

    /**
     * The console with its practice library.
     *
     * @param {import("node:test").TestContext} t
     * @param {{ query?: string }} [settings]
     */
    async visit(t, { query = "" } = {}) {
      const served = await serveConsole();
      t.after(served.close);
      return { ...served, ...(await tab(t, served.url + query)) };
    },

    /**
     * The console with a proxy to a real server, which is an emulator.
     *
     * @param {import("node:test").TestContext} t
     * @param {Iterable<string>} faces
     */
    async real(t, faces) {
      const emulator = createEmulator({ libraries: { [REAL]: faces } });
      const upstream = await serveEmulator(emulator);
      t.after(upstream.close);
      const { apiKey, apiSecret } = emulator;
      const credentials = { apiKey, apiSecret, baseUrl: upstream.baseUrl };
      const served = await serveConsole({ credentials });
      t.after(served.close);
      return { emulator, upstream, served, address: `${served.url}#session=${served.session}` };
    },
  };
}

/** @param {Page} page @param {string} step @param {number} [timeout] */
export function reached(page, step, timeout = 60_000) {
  return page.waitForSelector(`#${step}:not([hidden])`, { timeout });
}

/** @param {Page} page @param {string} [library] */
export async function connect(page, library) {
  if (library !== undefined) await fill(page, "#library", library);
  await page.click("#connect-submit");
  await reached(page, "choose");
}

/** @param {Page} page @param {string} selector @param {string} value */
export async function fill(page, selector, value) {
  await page.$eval(selector, (field) => {
    /** @type {HTMLInputElement} */ (field).value = "";
  });
  if (value !== "") await page.type(selector, value);
}

/** As by hand, but for the time that it takes. @param {Page} page @param {string} list */
export async function enter(page, list) {
  await page.$eval(
    "#tokens",
    (field, value) => {
      /** @type {HTMLTextAreaElement} */ (field).value = value;
      field.dispatchEvent(new Event("input"));
    },
    list,
  );
  await readable(page);
}

/** Waits until the list is read, and has something to delete. @param {Page} page */
export function readable(page) {
  return page.waitForSelector("#choose-next:not([disabled])", { timeout: 60_000 });
}

/** @param {Page} page */
export async function sample(page) {
  await page.click("#sample");
  await readable(page);
}

/** @param {Page} page @param {string} path */
export async function pick(page, path) {
  const file = /** @type {import("puppeteer-core").ElementHandle<HTMLInputElement>} */ (await page.$("#file"));
  await file.uploadFile(path);
}

/** @param {Page} page */
export async function review(page) {
  await page.click("#choose-next");
  await reached(page, "review");
}

/** @param {Page} page */
export async function confirm(page) {
  await review(page);
  await page.type("#phrase", await text(page, "#phrase-expected"));
  await page.click("#review-delete");
}

/** Waits until a text of the page is so. @param {Page} page @param {string} selector @param {RegExp} expected @param {number} [timeout] */
export async function says(page, selector, expected, timeout = 30_000) {
  const saying = page.waitForFunction(
    (one, pattern) =>
      new RegExp(pattern).test(/** @type {HTMLElement | null} */ (document.querySelector(one))?.innerText ?? ""),
    { timeout },
    selector,
    expected.source,
  );
  await saying.catch(async (cause) => {
    throw new Error(`${selector} does not say ${expected}: ${await text(page, selector)}`, { cause });
  });
}

/** Waits until so many percent are done. @param {Page} page @param {number} percent */
export function isDone(page, percent) {
  return page.waitForFunction(
    (least) => Number(document.getElementById("bar")?.getAttribute("aria-valuenow")) >= least,
    { timeout: 60_000 },
    percent,
  );
}

/** @param {Page} page @param {string} selector */
export function text(page, selector) {
  return page.$eval(selector, (element) => /** @type {HTMLElement} */ (element).innerText.trim());
}

/** @param {Page} page @param {string} selector */
export function value(page, selector) {
  return page.$eval(selector, (field) => /** @type {HTMLInputElement} */ (field).value);
}

/** @param {Page} page @param {string} selector */
export function isEnabled(page, selector) {
  return page.$eval(selector, (button) => !(/** @type {HTMLButtonElement} */ (button).disabled));
}

/** @param {Page} page @param {string} selector */
export function isHidden(page, selector) {
  return page.$eval(selector, (element) => /** @type {HTMLElement} */ (element).hidden);
}

/** The id of what has the keyboard. @param {Page} page */
export function focused(page) {
  return page.evaluate(() => document.activeElement?.id ?? "");
}

/** What the table says, row by row: token and outcome. @param {Page} page @returns {Promise<string[][]>} */
export async function results(page) {
  await page.waitForSelector("#rows tbody tr");
  return page.$$eval("#rows tbody tr", (rows) =>
    rows.map((row) => [row.cells[1]?.innerText ?? "", row.querySelector(".mark")?.textContent ?? ""]),
  );
}

/**
 * All that the page has written anywhere: storage, databases, address, title, cookies.
 *
 * @param {Page} page
 * @returns {Promise<string>}
 */
export function stored(page) {
  return page.evaluate(async () => {
    const found = [
      JSON.stringify({ ...localStorage, ...sessionStorage }),
      location.href,
      document.title,
      document.cookie,
    ];
    for (const { name = "" } of await indexedDB.databases()) {
      const database = /** @type {IDBDatabase} */ (await settled(indexedDB.open(name)));
      for (const store of database.objectStoreNames) {
        for (const value of await settled(database.transaction(store).objectStore(store).getAll())) {
          found.push(ArrayBuffer.isView(value) ? new TextDecoder().decode(value) : JSON.stringify(value));
        }
      }
      database.close();
    }
    return found.join("\n");

    /** @param {IDBRequest} request @returns {Promise<any>} */
    function settled(request) {
      return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    }
  });
}
