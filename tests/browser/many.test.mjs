// @ts-check
// Deleting many from a page in Chromium, which sends a POST again when a reused connection drops.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { serveConsole } from "#package/cli/console-server.js";
import { launch, open } from "../support/browser.mjs";
import { injectMix, nineInTen, tokens } from "../support/faults.mjs";

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
  const input = tokens(TOTAL);
  emulator.addFaces(GROUP, nineInTen(input));
  injectMix(emulator);
  const said = await page.evaluate(
    async (input, groupId) => {
      const { FaceSearchClient } = await import(`${location.origin}/pkg/browser.js`);
      const client = new FaceSearchClient({
        apiKey: "practice-key",
        apiSecret: "practice-secret",
        baseUrl: `${location.origin}/practice/finauth`,
        dangerouslyAllowBrowser: true,
        timeout: 500,
      });
      const report = await client.deleteMany(input, { groupId }).report;
      const outcomes = [...report.outcomes()].map(({ index, outcome }) => [index, outcome]);
      return { outcomes, counts: report.counts, ended: report.ended, warnings: report.warnings };
    },
    input,
    GROUP,
  );
  assert.deepEqual([said.ended, said.warnings], ["complete", []]);
  assert.equal(said.outcomes.length, TOTAL);
  const outcomes = said.outcomes.map(([index, outcome]) => ({ token: String(input[index]), index, outcome }));
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes }), []);
  const deletes = emulator.log.filter(({ api }) => api === "delete");
  assert.ok(deletes.length > TOTAL / 1000, "some went out again");
  assert.equal(said.counts.absent, 0, "in a page nothing is certainly absent");
  assert.ok(said.counts.deleted > 0.7 * TOTAL, JSON.stringify(said.counts));
});

test("a file of a million lines is read and accounted for, in bounded memory", async (t) => {
  const total = 1_000_000;
  const { emulator, url, close } = await serveConsole();
  t.after(close);
  const { page, assertNoProblems } = await open(browser, url);
  t.after(() => page.close());
  const input = tokens(total);
  emulator.addFaces(GROUP, nineInTen(input));
  const said = await page.evaluate(
    async (total, groupId) => {
      const { FaceSearchClient } = await import(`${location.origin}/pkg/browser.js`);
      /** @type {WebAssembly.Memory | undefined} */
      let memory;
      const { instantiate } = WebAssembly;
      /** @type {any} */ (WebAssembly).instantiate = async (/** @type {[any, any]} */ ...args) => {
        const instance = /** @type {any} */ (await instantiate(...args));
        memory = instance.exports.memory;
        return instance;
      };
      const client = new FaceSearchClient({
        apiKey: "practice-key",
        apiSecret: "practice-secret",
        baseUrl: `${location.origin}/practice/finauth`,
        dangerouslyAllowBrowser: true,
      });
      const lines = Array.from({ length: total }, (_, at) => `${at},${at.toString(16).padStart(32, "0")},"Doe, J."`);
      const file = new File([`\uFEFFid,Face Token,name\r\n${lines.join("\r\n")}\r\n`], "export.csv");
      const run = client.deleteMany(file, { groupId, maxDelete: total, expect: { count: total } });
      // What happened to each, as one digit.
      const digits = new Uint8Array(total);
      const words = ["deleted", "absent-after-uncertain"];
      for await (const { index, outcome } of run) digits[index] = 1 + words.indexOf(outcome);
      const { counts, ended } = await run.report;
      return { digits: digits.join(""), words, counts, ended, bytes: memory?.buffer.byteLength ?? Number.NaN };
    },
    total,
    GROUP,
  );
  assert.deepEqual([said.ended, said.counts.total, said.digits.length], ["complete", total, total]);
  assert.deepEqual([said.counts.deleted, said.counts["absent-after-uncertain"]], [900_000, 100_000]);
  const outcomes = input.map((token, index) => ({
    token,
    index,
    outcome: `${said.words[Number(said.digits[index]) - 1]}`,
  }));
  assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes }), []);
  assert.ok(said.bytes < 48 << 20, `${said.bytes} bytes of wasm memory`);
  await assertNoProblems();
});
