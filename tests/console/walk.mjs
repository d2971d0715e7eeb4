// @ts-check
// Every step of the console, and what becomes of a deletion that is stopped or cut off: in each engine alike.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { tokens } from "../support/faults.mjs";
import { proveOutcome, verifyReceipt } from "../support/package.mjs";
import {
  confirm,
  connect,
  enter,
  fill,
  focused,
  isDone,
  isEnabled,
  isHidden,
  pick,
  REAL,
  reached,
  readable,
  results,
  review,
  sample,
  says,
  stored,
  text,
  value,
} from "./console.mjs";

/** @param {import("./console.mjs").ConsoleInBrowser} browser */
export function walk({ engine, visit, tab, real, downloads }) {
  const folder = mkdtempSync(join(tmpdir(), "finauth-facesearch-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /**
   * A file that the page gives out at a button. By keyboard: at its first download a browser may open a bar, and what a
   * pointer was to hit has moved away.
   *
   * @param {import("puppeteer-core").Page} page
   * @param {string} button
   * @param {string} end of the file's name
   */
  async function saved(page, button, end) {
    await page.$eval(button, (element) => /** @type {HTMLElement} */ (element).focus());
    await page.keyboard.press("Enter");
    for (const started = Date.now(); Date.now() - started < 60_000; ) {
      const name = readdirSync(downloads()).find((file) => file.endsWith(end));
      // A file that is still being written has another name beside it, or nothing in it.
      const content = name && readFileSync(join(downloads(), name));
      if (content && content.length > 0) return content;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${button} gave no file *${end}, of ${readdirSync(downloads()).join(", ") || "none"}`);
  }

  test("twelve faces out of a table of fifteen lines: what became of all, and a receipt that verifies", async (t) => {
    const { page, assertNoProblems } = await visit(t);
    assert.equal(await page.evaluate(() => document.title), "FaceSearch console");
    await connect(page);
    assert.match(await text(page, "#badge"), /nothing real happens/);
    assert.match(await text(page, "#choose-library"), /practice-staff holds 15 faces/);
    assert.equal(await isEnabled(page, "#choose-next"), false);
    await sample(page);
    assert.match(
      await text(page, "#choose-summary"),
      /13 different face tokens\s*1 repeats an earlier one\s*1 is no token/,
    );
    const column = await page.$eval("#column", (list) => /** @type {any} */ (list).selectedOptions[0].text);
    assert.equal(column, "face_token");
    await review(page);
    assert.match(
      await text(page, "#review"),
      /13 face tokens will be sent for deletion from practice-staff[\s\S]*15 faces[\s\S]*sample\.csv/,
    );
    await page.type("#phrase", "delete 13 from practice-staff");
    await page.click("#review-delete");
    await reached(page, "result");
    assert.match(
      await text(page, "#result-notice"),
      /12 of 13 faces were deleted\.\s*1 is not in the library\. 1 entry is not a face token[^.]*\. The library now holds 3/,
    );
    assert.match(
      await text(page, "#result-counts"),
      /12\s*Deleted[\s\S]*1\s*Not there[\s\S]*1\s*Duplicate[\s\S]*1\s*Not a token/,
    );
    assert.equal((await results(page)).length, 15);

    const receipt = String(await saved(page, "#receipt", "receipt.json"));
    const leaves = await saved(page, "#leaves", "leaves");
    const [[token = ""] = []] = await results(page);
    const proof = await proveOutcome(leaves, { token });
    assert.equal((await verifyReceipt(receipt, proof, { token })).outcome, "deleted");
    assert.equal(String(await saved(page, "#csv", "outcomes.csv")).split("\r\n").length, 17);
    assert.equal(
      String(await saved(page, "#json-lines", "outcomes.jsonl"))
        .trim()
        .split("\n").length,
      15,
    );
    await assertNoProblems();
  });

  test("nothing is deleted without the phrase, and Cancel is always near", async (t) => {
    const { page, assertNoProblems } = await visit(t);
    await connect(page);
    await enter(page, "a1\nb2");
    await review(page);
    assert.equal(await focused(page), "review-heading", "it does not ask for the keyboard");
    const wrong = ["", "delete", "delete 2 from practice-staf", "delete 3 from practice-staff"];
    for (const phrase of [...wrong, "DELETE 2 from practice-staff"]) {
      await fill(page, "#phrase", phrase);
      assert.equal(await isEnabled(page, "#review-delete"), false, phrase);
      await page.click("#phrase");
      await page.keyboard.press("Enter");
      assert.match(await text(page, "#phrase-differs"), /differs from this phrase, and nothing was sent/, phrase);
      assert.equal(await focused(page), "phrase", phrase);
    }
    await page.select("#language", "zh-CN");
    assert.match(await text(page, "#phrase-differs"), /不一致/);
    await page.select("#language", "en");
    await page.type("#phrase", "x");
    assert.equal(await isHidden(page, "#phrase-differs"), true, "it is being mended");
    await page.keyboard.press("Enter");
    await page.click("#review-cancel");
    await reached(page, "choose");
    await review(page);
    assert.equal(await isHidden(page, "#phrase-differs"), true);
    await fill(page, "#phrase", "delete 2 from practice-staff");
    assert.equal(await isEnabled(page, "#review-delete"), true);
    await page.click("#review-cancel");
    await reached(page, "choose");
    await review(page);
    assert.equal(await value(page, "#phrase"), "", "it has to be typed again");
    await assertNoProblems();
  });

  test("faces are ticked, typed, pasted, dropped and picked; whatever is no token is shown where it stands", async (t) => {
    const { page, assertNoProblems } = await visit(t);
    await connect(page);
    await page.click("#practice-faces summary");
    await page.click("#faces tbody tr:nth-child(2) input");
    await says(page, "#choose-summary", /1 face token/);
    assert.match(await value(page, "#tokens"), /^[0-9a-f]{32}$/);
    await page.click("#faces tbody tr:nth-child(2) input");
    assert.equal(await value(page, "#tokens"), "");

    await enter(page, `a1\n${"x".repeat(300)}\nb2`);
    await page.click("#invalid-list button");
    const selected = await page.$eval("#tokens", (field) => {
      const { selectionStart, selectionEnd } = /** @type {HTMLTextAreaElement} */ (field);
      return [document.activeElement?.id, selectionStart, selectionEnd];
    });
    assert.deepEqual(selected, ["tokens", 3, 303]);

    // More than a text field can hold without making the page wait.
    await page.$eval(
      "#tokens",
      (field, count) => {
        const list = Array.from({ length: count }, (_, at) => at.toString(16).padStart(32, "0")).join("\n");
        const clipboardData = new DataTransfer();
        clipboardData.setData("text/plain", list);
        const paste = new Event("paste", { bubbles: true, cancelable: true });
        // Firefox lets no script fill the clipboard of a ClipboardEvent.
        field.dispatchEvent(Object.defineProperty(paste, "clipboardData", { value: clipboardData }));
      },
      100_000,
    );
    await says(page, "#choose-summary", /100,000 different face tokens/);
    assert.equal(await value(page, "#tokens"), `a1\n${"x".repeat(300)}\nb2`, "the field is as it was");

    await page.$eval("#drop", (place) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['{"face_token":"c3"}\n{"face_token":"two words"}\n'], "list.jsonl"));
      place.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    });
    await says(page, "#choose-summary", /1 face token\s*1 is no token/);
    assert.match(await text(page, "#picked-name"), /list\.jsonl/);
    await page.click("#invalid-list button");
    await says(page, "#invalid-list .around .here", /2\s*\{"face_token":"two words"\}/);

    const path = join(folder, "people.csv");
    writeFileSync(path, "name;number;picture\nAnn;7;a1\nBob;8;b2\nBob;8;b2\n");
    await pick(page, path);
    await page.waitForSelector("#column-field:not([hidden])");
    await says(page, "#choose-summary", /Choose the column/);
    await page.select("#column", "2");
    await readable(page);
    assert.match(await text(page, "#choose-summary"), /2 different face tokens/);
    await page.click("#picked-clear");
    await says(page, "#choose-summary", /2 different face tokens\s*1 is no token/);
    await assertNoProblems();
  });

  test("the whole way by keyboard alone", async (t) => {
    const { page, assertNoProblems } = await visit(t);
    const tabTo = async (/** @type {string} */ id) => {
      for (let presses = 0; presses < 40; presses += 1) {
        if ((await focused(page)) === id) return;
        await page.keyboard.press("Tab");
      }
      assert.fail(`Tab never reaches #${id}`);
    };
    await tabTo("library");
    await page.keyboard.press("Enter");
    await reached(page, "choose");
    assert.equal(await focused(page), "choose-heading");
    await tabTo("tokens");
    await page.keyboard.type("not there\nzz");
    await readable(page);
    await tabTo("choose-next");
    await page.keyboard.press("Enter");
    await reached(page, "review");
    assert.equal(await focused(page), "review-heading");
    await tabTo("phrase");
    await page.keyboard.type(await text(page, "#phrase-expected"));
    await page.keyboard.press("Enter");
    await reached(page, "result");
    assert.equal(await focused(page), "result-heading");
    await tabTo("again");
    await page.keyboard.press("Enter");
    await reached(page, "choose");
    assert.equal(await focused(page), "choose-heading");
    await assertNoProblems();
  });

  test("practice works when nothing can be reached any more", async (t) => {
    const { page, close } = await visit(t);
    await close();
    await connect(page);
    await sample(page);
    await confirm(page);
    await reached(page, "result");
    assert.match(await text(page, "#result-notice"), /12 of 13 faces were deleted/);
  });

  test("through the proxy it is real; the session is seen in no address, and a lost answer is unknown until it is settled", async (t) => {
    const { emulator, address } = await real(t, tokens(40));
    const { page, assertNoProblems } = await tab(t, address);
    assert.equal(await page.evaluate(() => location.hash), "");
    await connect(page, REAL);
    assert.match(await text(page, "#badge"), /Real/);
    emulator.inject({ fault: "applyThenDrop", path: "delete", times: 3 });
    await enter(page, tokens(30).join("\n"));
    await confirm(page);
    await reached(page, "result");
    assert.match(await text(page, "#result-notice"), /0 of 30 faces are known to be deleted\.\s*Of 30 it is not known/);
    assert.match(await text(page, "#result-counts"), /30\s*Unknown\s*It may have been deleted/);
    await page.click("#retry");
    await says(page, "#result-notice", /None of the 30 faces is in the library/);
    assert.match(await text(page, "#result-counts"), /30\s*Not there/);
    assert.equal(emulator.faces(REAL).length, 10);
    await page.click("#again");
    await reached(page, "choose");
    await says(page, "#choose-library", /staff holds 10 faces/);
    await assertNoProblems();
  });

  test("the review counts the library anew: others may have changed it", async (t) => {
    const { emulator, address } = await real(t, tokens(40));
    const { page } = await tab(t, address);
    await connect(page, REAL);
    await enter(page, tokens(2).join("\n"));
    emulator.addFaces(REAL, ["of-another"]);
    await review(page);
    await says(page, "#review-facts", /41 faces/);
  });

  test("a tab that dies in the middle: the next one goes on, and the outcomes are true", async (t) => {
    const list = tokens(60_000);
    const { emulator, address } = await real(t, list);
    const first = await tab(t, address);
    await connect(first.page, REAL);
    emulator.inject({ fault: "slowHead", ms: 1000, path: "delete", times: 100 });
    await enter(first.page, list.join("\n"));
    await confirm(first.page);
    await isDone(first.page, 3);
    const second = await tab(t, address);
    assert.match(await text(second.page, "#trouble"), /Another tab is at work/);
    await second.page.close();
    const kept = await stored(first.page);
    assert.match(kept, /finauth-facesearch-journal/);
    for (const secret of [...list.slice(0, 5), emulator.apiSecret]) assert.ok(!kept.includes(secret));
    await kill(first.page);
    emulator.clearFaults();

    const { page } = await tab(t, address);
    await page.waitForSelector("#pending:not([hidden])");
    assert.match(await text(page, "#pending-text"), /60,000 tokens from staff/);
    await page.click("#pending-resume");
    await page.click("#connect-submit");
    await reached(page, "choose");
    await page.type("#tokens", "another");
    await says(page, "#choose-summary", /not the list/);
    await enter(page, list.join("\n"));
    await confirm(page);
    await reached(page, "result");
    // What was under way when it died is there no more; the rest was deleted by what the page said.
    assert.match(await text(page, "#result-notice"), /(All|of) 60,000 faces were deleted/);
    assert.doesNotMatch(await text(page, "#result-counts"), /Unknown|Not sent|Not deleted/);
    assert.deepEqual(emulator.faces(REAL), []);
    await page.click("#again");
    await reached(page, "choose");
    const fresh = await tab(t, address);
    assert.equal(await fresh.page.$eval("#pending", (pending) => /** @type {HTMLElement} */ (pending).hidden), true);
  });

  test("stop, and go on", async (t) => {
    const { emulator, address } = await real(t, tokens(8000));
    const { page } = await tab(t, address);
    await connect(page, REAL);
    emulator.inject({ fault: "slowHead", ms: 400, path: "delete", times: 100 });
    await enter(page, tokens(8000).join("\n"));
    await confirm(page);
    await isDone(page, 1);
    await page.click("#stop");
    assert.match(await text(page, "#run-waiting"), /Stopping/);
    await reached(page, "result");
    assert.match(await text(page, "#result-notice"), /It was stopped/);
    assert.match(await text(page, "#result-counts"), /Not sent/);
    await page.select("#filter", "not-sent");
    await page.waitForFunction(() =>
      [...document.querySelectorAll("#rows .mark")].every((mark) => mark.textContent === "Not sent"),
    );
    emulator.clearFaults();
    await page.click("#retry");
    await says(page, "#result-notice", /All 8,000 faces were deleted/);
    assert.deepEqual(emulator.faces(REAL), []);
  });

  test("a million lines: the page answers all the time, and each page of the table at once", async (t) => {
    const path = join(folder, "million.txt");
    const line = (/** @type {number} */ at) => (at * 7919).toString(16).padStart(32, "0");
    writeFileSync(path, Array.from({ length: 1_000_000 }, (_, at) => line(at)).join("\n"));
    const { page, assertNoProblems } = await visit(t);
    await connect(page);
    await page.evaluate(() => {
      const long = /** @type {number[]} */ ([]);
      Object.assign(globalThis, { long });
      if (!PerformanceObserver.supportedEntryTypes.includes("longtask")) return;
      new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration))).observe({
        type: "longtask",
      });
    });
    await pick(page, path);
    await says(page, "#choose-summary", /1,000,000/);
    await readable(page);
    await confirm(page);
    await reached(page, "result", 300_000);
    assert.match(await text(page, "#result-counts"), /1,000,000\s*Not there/);
    await results(page);
    const [slowest, long] = await page.evaluate(async () => {
      let slowest = 0;
      for (let turn = 0; turn < 5; turn += 1) {
        const began = performance.now();
        document.getElementById("next")?.click();
        const expected = `${50 * (turn + 1) + 1} `;
        while (!document.getElementById("rows-page")?.textContent?.startsWith(expected))
          await new Promise((resolve) => setTimeout(resolve, 1));
        slowest = Math.max(slowest, performance.now() - began);
      }
      return [slowest, /** @type {any} */ (globalThis).long];
    });
    t.diagnostic(`the slowest page took ${Math.round(slowest)} ms; long tasks: ${JSON.stringify(long)}`);
    // Generous, since other tests run beside it; www/README.md says what a quiet machine shows.
    assert.deepEqual(
      long.filter((/** @type {number} */ duration) => duration > 250),
      [],
    );
    await page.click("#rows th[data-sort=token] button");
    await page.click("#rows th[data-sort=token] button");
    await says(page, "#rows tbody tr", new RegExp(line(999_999)));
    await page.type("#search", line(471_111));
    await says(page, "#rows-page", /1 to 1 of 1\b/);
    await assertNoProblems();
  });

  /** The tab ends without being asked. @param {import("./console.mjs").Page} page */
  async function kill(page) {
    if (engine === "chromium") {
      const cut = await page.createCDPSession();
      const crashed = new Promise((resolve) => page.once("error", resolve));
      // No answer comes from a page that has crashed.
      void cut.send("Page.crash").catch(() => {});
      await crashed;
    }
    await page.close().catch(() => {});
  }
}
