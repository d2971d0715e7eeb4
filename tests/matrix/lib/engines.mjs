// @ts-check
// Pages in the three engines, each of which is started once.

import { launchEngine, open } from "../../support/browser.mjs";

/** @typedef {import("../../support/browser.mjs").Engine} Engine */

/** @type {Map<Engine, ReturnType<typeof launchEngine>>} */
const launched = new Map();

/** @param {Engine} engine */
async function started(engine) {
  const browser = launched.get(engine) ?? launchEngine(engine);
  launched.set(engine, browser);
  return (await browser).browser;
}

/** A page may call the proxy of another origin. */
const PROXY = /^request to elsewhere: http:\/\/127\.0\.0\.1:\d+\/faces$/;

/** @param {Engine} engine @param {string} url */
export async function openPage(engine, url) {
  const { page, assertNoProblems } = await open(await started(engine), url);
  return {
    /** What the page claims; fails if anything went wrong in it. */
    async claims() {
      try {
        await page.waitForFunction(() => "claims" in globalThis, { timeout: 60_000 });
      } finally {
        await assertNoProblems(PROXY);
      }
      return page.evaluate(() => String(/** @type {any} */ (globalThis).claims));
    },
    close: () => page.close(),
  };
}

/** A page to use by hand. @param {Engine} engine @param {string} url */
export async function page(engine, url) {
  return (await open(await started(engine), url)).page;
}

/** @param {Engine} engine */
export async function engineVersion(engine) {
  const browser = await started(engine);
  const [name, version] = (await browser.version()).split("/");
  return engine === "webkit" ? `${version} (${name})` : `${version}`;
}

export async function closeBrowsers() {
  for (const browser of launched.values()) await (await browser).close();
}
