// @ts-check
// A deletion in a page in Chromium that outlives its tab.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { serveConsole } from "#package/cli/console-server.js";
import { launch, open } from "../support/browser.mjs";
import { nineInTen, tokens } from "../support/faults.mjs";

const GROUP = "practice-many";
const TOTAL = 5000;

/** @type {import("puppeteer-core").Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** In the page: begins, or goes on. @param {import("puppeteer-core").Page} page */
function resume(page) {
  return page.evaluate(
    async (total, groupId) => {
      const { FaceSearchClient } = await import(`${location.origin}/pkg/browser.js`);
      const { indexedDBJournal } = await import(`${location.origin}/pkg/journal/indexeddb.js`);
      const client = new FaceSearchClient({
        apiKey: "practice-key",
        apiSecret: "practice-secret",
        baseUrl: `${location.origin}/practice/finauth`,
        dangerouslyAllowBrowser: true,
      });
      const list = Array.from({ length: total }, (_, at) => at.toString(16).padStart(32, "0"));
      const journal = indexedDBJournal("the-job");
      try {
        const report = await client.resume(list, { groupId, batchSize: 50, concurrency: 2, journal }).report;
        const outcomes = [...report.outcomes()].map(({ index, outcome }) => [index, outcome]);
        return { complete: report.complete, requests: report.requests, counts: report.counts, outcomes };
      } catch (error) {
        return { code: /** @type {any} */ (error).code };
      }
    },
    TOTAL,
    GROUP,
  );
}

test("a tab that is killed again and again comes to the end that it would have come to", async (t) => {
  const { emulator, url, close } = await serveConsole();
  t.after(close);
  const input = tokens(TOTAL);
  emulator.addFaces(GROUP, nineInTen(input));
  // So that there is time to kill it.
  emulator.inject({ fault: "slowHead", ms: 40, path: "delete", times: 10_000 });
  let killed = 0;
  for (const after of [20, 40, 50, 80]) {
    const { page } = await open(browser, url);
    const running = resume(page).catch(() => undefined);
    while (emulator.log.filter(({ api }) => api === "delete").length < after)
      await new Promise((resolve) => setTimeout(resolve, 5));
    if (killed === 0) {
      // Meanwhile another tab may not.
      const other = await open(browser, url);
      assert.deepEqual(await resume(other.page), { code: "JOURNAL_IN_USE" });
      await other.page.close();
    }
    const session = await page.createCDPSession();
    const crashed = new Promise((resolve) => page.once("error", resolve));
    // Nobody is left to answer it.
    session.send("Page.crash").catch(() => {});
    await crashed;
    killed += 1;
    page.close().catch(() => {});
    void running;
  }
  const { page } = await open(browser, url);
  const said = /** @type {any} */ (await resume(page));
  assert.equal(said.complete, true);
  const outcomes = said.outcomes.map((/** @type {[number, string]} */ [index, outcome]) => ({
    token: `${input[index]}`,
    index,
    outcome,
  }));
  assert.equal(new Set(outcomes.map((/** @type {any} */ { index }) => index)).size, TOTAL);
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes }), []);
  assert.deepEqual(emulator.faces(GROUP), []);
  const requests = emulator.log.filter(({ api }) => api === "delete").length;
  // Each death costs what was under way, and no more.
  assert.ok(requests <= TOTAL / 50 + 2 * killed + 2, `${requests} requests`);
  const settled = /** @type {any} */ (await resume(page));
  assert.deepEqual(settled.counts, said.counts);
  await page.close();
});
