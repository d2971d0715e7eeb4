// @ts-check
// Deleting many from a page in Chromium, which sends a POST again when a reused connection drops.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { serveConsole } from "../../scripts/lib/console-server.mjs";
import { launch, open } from "../support/browser.mjs";

const GROUP = "practice-many";
const TOTAL = 200_000;

/** @type {import("puppeteer-core").Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test("two hundred thousand tokens under a mix of faults are accounted for, to the token", async (t) => {
  const { emulator, url, close } = await serveConsole();
  t.after(close);
  const { page } = await open(browser, url);
  t.after(() => page.close());
  const token = (/** @type {number} */ index) => index.toString(16).padStart(32, "0");
  emulator.addFaces(
    GROUP,
    Array.from({ length: TOTAL }, (_, index) => token(index)).filter((_, index) => index % 10 !== 0),
  );
  for (const [skip, rule] of /** @type {[number, any][]} */ ([
    [3, { fault: "applyThenDrop", times: 8 }],
    [5, { fault: "throttle", times: 8 }],
    [2, { fault: "htmlGatewayError", times: 3 }],
    [2, { fault: "truncateBody", times: 3 }],
    [4, { fault: "dropBeforeApply", times: 3 }],
    [1, { fault: "lieAboutCounts", times: 2 }],
    [9, { fault: "partial", count: 7, times: 4 }],
  ])) {
    emulator.inject({ ...rule, skip, path: "delete" });
  }
  const said = await page.evaluate(
    async (total, groupId) => {
      const { FaceSearchClient } = await import(`${location.origin}/pkg/browser.js`);
      const client = new FaceSearchClient({
        apiKey: "practice-key",
        apiSecret: "practice-secret",
        baseUrl: `${location.origin}/practice/finauth`,
        dangerouslyAllowBrowser: true,
        timeout: 2000,
      });
      const tokens = Array.from({ length: total }, (_, index) => index.toString(16).padStart(32, "0"));
      const report = await client.deleteMany(tokens, { groupId }).report;
      const outcomes = [...report.outcomes()].map(({ index, outcome }) => [index, outcome]);
      return { outcomes, counts: report.counts, ended: report.ended, warnings: report.warnings };
    },
    TOTAL,
    GROUP,
  );
  assert.deepEqual([said.ended, said.warnings], ["complete", []]);
  assert.equal(said.outcomes.length, TOTAL);
  const outcomes = said.outcomes.map(([index, outcome]) => ({ token: token(index), index, outcome }));
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes }), []);
  const deletes = emulator.log.filter(({ api }) => api === "delete");
  assert.ok(deletes.length > TOTAL / 1000, "some went out again");
  assert.equal(said.counts.absent, 0, "in a page nothing is certainly absent");
  assert.ok(said.counts.deleted > 0.7 * TOTAL, JSON.stringify(said.counts));
});
