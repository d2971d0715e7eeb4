// @ts-check
// Each state of the console for everybody: what axe can find, a narrow window, 400 % zoom, forced colours, a screen reader's
// view of what changes. SCREENSHOTS=folder keeps a picture of each state, which `npm run screenshots` asks for.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tokens } from "../support/faults.mjs";
import {
  confirm,
  connect,
  consoleIn,
  enter,
  isDone,
  REAL,
  reached,
  results,
  review,
  sample,
  says,
  text,
} from "./console.mjs";

/** @typedef {import("./console.mjs").Page} Page */

const SHOTS = process.env.SCREENSHOTS;
const AXE = readFileSync(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const { visit, tab, real } = consoleIn("chromium");

/** The windows in which each state is looked at. 320 by 256 is one of 1280 by 1024 at 400 % zoom. */
const WINDOWS = { desktop: [1100, 800], phone: [320, 640], zoomed: [320, 256] };

/**
 * Looks at a state in each window: nothing that axe can find, no scrolling sideways, nothing with the keyboard out of sight.
 *
 * @param {Page} page
 * @param {string} state
 * @param {{ still?: boolean }} [settings] whether it stands still, or goes on meanwhile
 */
async function assertAccessible(page, state, { still = true } = {}) {
  // Through the debugger, as a person with its console would: the page itself lets no script in.
  await page.evaluate(AXE);
  for (const [name, [width = 0, height = 0]] of Object.entries(WINDOWS)) {
    await page.setViewport({ width, height });
    const { violations } = await page.evaluate(() =>
      /** @type {any} */ (globalThis).axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      }),
    );
    const said = violations.map((/** @type {any} */ { id, nodes }) => [
      id,
      nodes.map((/** @type {any} */ n) => n.html),
    ]);
    assert.deepEqual(said, [], `${state}, ${name}`);
    const sideways = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(sideways, 0, `${state}, ${name}: it scrolls sideways`);
    if (still)
      assert.deepEqual(await page.evaluate(hiddenWhenFocused), [], `${state}, ${name}: hidden with the keyboard`);
  }
  await page.setViewport({ width: 1100, height: 800 });
  for (const scheme of ["dark", "light"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    const { violations } = await page.evaluate(contrast, "body");
    assert.deepEqual(violations, [], `${state}, ${scheme}: hard to read`);
    if (still) assert.deepEqual(await faintInHand(page), [], `${state}, ${scheme}: hard to read`);
  }
  await page.emulateMediaFeatures([]);
  await keepPictures(page, state);
}

/**
 * What is hard to read of a button under the mouse, and of one that is pressed: these axe does not see by itself.
 *
 * @param {Page} page
 */
async function faintInHand(page) {
  const before = await page.evaluateHandle(() => document.activeElement);
  const found = [];
  for (const button of await page.$$("button:enabled")) {
    if (!(await button.evaluate((one) => one.checkVisibility()))) continue;
    await button.evaluate((one) => one.setAttribute("data-in-hand", ""));
    await button.hover();
    const over = await page.evaluate(contrast, "[data-in-hand]");
    await page.mouse.down();
    const pressed = await page.evaluate(contrast, "[data-in-hand]");
    // Let go beside it, so that it does nothing.
    await page.mouse.move(0, 0);
    await page.mouse.up();
    await button.evaluate((one) => one.removeAttribute("data-in-hand"));
    for (const [how, { violations, incomplete }] of Object.entries({ over, pressed }))
      found.push(...[...violations, ...incomplete].map((said) => `${how}: ${said}`));
  }
  await page.evaluate((element) => /** @type {HTMLElement} */ (element).focus({ preventScroll: true }), before);
  return found;
}

/** Runs in the page: the text with too little contrast, and the text of which axe cannot tell. @param {string} where */
async function contrast(where) {
  const said = await /** @type {any} */ (globalThis).axe.run(where, { runOnly: ["color-contrast"] });
  const [violations = [], incomplete = []] = [said.violations, said.incomplete].map((rules) =>
    rules.flatMap((/** @type {any} */ { nodes }) =>
      nodes.map((/** @type {any} */ { html, any }) => `${html}: ${any[0]?.message}`),
    ),
  );
  return { violations, incomplete };
}

/** Runs in the page: what cannot be seen while it has the keyboard, since something lies over it. */
function hiddenWhenFocused() {
  const before = document.activeElement;
  const hidden = [];
  for (const element of document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")) {
    const { width, height } = element.getBoundingClientRect();
    if (width <= 1 || height <= 1 || element.matches(":disabled") || !element.checkVisibility()) continue;
    /** @type {HTMLElement} */ (element).focus();
    const { left, top, bottom } = element.getBoundingClientRect();
    const at = document.elementFromPoint(
      left + width / 2,
      Math.max(top, Math.min((top + bottom) / 2, innerHeight - 2)),
    );
    const label = element.closest("label");
    if (at === null || !(element.contains(at) || at.contains(element) || label?.contains(at)))
      hidden.push(element.id || element.outerHTML);
  }
  /** @type {HTMLElement | null} */ (before)?.focus();
  return hidden;
}

/** @param {Page} page @param {string} state */
async function keepPictures(page, state) {
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.evaluate(() => scrollTo(0, 0));
  const session = await page.createCDPSession();
  const looks = {
    light: ["prefers-color-scheme", "light"],
    dark: ["prefers-color-scheme", "dark"],
    forced: ["forced-colors", "active"],
  };
  for (const device of /** @type {const} */ (["desktop", "phone"])) {
    const [width = 0, height = 0] = WINDOWS[device];
    await page.setViewport({ width, height });
    for (const [look, [name = "", value = ""]] of Object.entries(looks)) {
      await session.send("Emulation.setEmulatedMedia", { features: [{ name, value }] });
      await page.screenshot({ path: join(SHOTS, `${state}-${device}-${look}.png`), fullPage: true });
    }
  }
  await session.send("Emulation.setEmulatedMedia", { media: "print", features: [] });
  await page.setViewport({ width: 800, height: 1000 });
  await page.screenshot({ path: join(SHOTS, `${state}-print.png`), fullPage: true });
  await session.send("Emulation.setEmulatedMedia", { media: "", features: [] });
  await session.detach();
  await page.setViewport({ width: 1100, height: 800 });
}

test("every step of a practice deletion", async (t) => {
  const { page, assertNoProblems } = await visit(t);
  await assertAccessible(page, "01-connect");
  await page.click("input[name=way][value=proxy]");
  await assertAccessible(page, "02-connect-proxy");
  await page.click("input[name=way][value=secret]");
  await page.click("#secret-understood");
  await assertAccessible(page, "03-connect-secret");
  await page.click("input[name=way][value=practice]");
  await connect(page);
  await assertAccessible(page, "04-choose-nothing");
  await page.click("#practice-faces summary");
  await page.click("#faces tbody tr:nth-child(2) input");
  await says(page, "#choose-summary", /1 face token/);
  await assertAccessible(page, "05-choose-ticked");
  await sample(page);
  await page.click("#invalid-list button");
  await page.waitForSelector("#invalid-list .around");
  await assertAccessible(page, "06-choose-table");
  await review(page);
  await assertAccessible(page, "07-review");
  await page.focus("#phrase");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#phrase-differs:not([hidden])");
  await assertAccessible(page, "07-review-differs");
  await page.type("#phrase", await text(page, "#phrase-expected"));
  await assertAccessible(page, "08-confirm");
  await page.click("#review-delete");
  await reached(page, "result");
  await results(page);
  await assertAccessible(page, "09-result");
  await page.type("#search", "no such token");
  await page.waitForSelector("#rows-none:not([hidden])");
  await assertAccessible(page, "10-result-none");
  await page.select("#language", "zh-CN");
  await assertAccessible(page, "11-result-chinese");
  await assertNoProblems();
});

test("trouble, a deletion under way, one that was stopped, unknown outcomes, and what was left unfinished", async (t) => {
  const { emulator, address } = await real(t, tokens(60_000));
  const { page } = await tab(t, address);
  await page.type("#library", "no-such");
  await page.click("#connect-submit");
  await page.waitForSelector("#trouble:not([hidden])");
  await assertAccessible(page, "12-trouble");
  await page.$eval("#library", (field) => {
    /** @type {HTMLInputElement} */ (field).value = "";
  });
  await connect(page, REAL);
  emulator.inject({ fault: "slowHead", ms: 1500, path: "delete", times: 100 });
  await enter(page, tokens(60_000).join("\n"));
  await confirm(page);
  await isDone(page, 3);
  await assertAccessible(page, "13-run", { still: false });
  const other = await tab(t, address);
  await assertAccessible(other.page, "14-another-tab");
  await other.page.close();
  await page.click("#stop");
  await reached(page, "result");
  await results(page);
  await assertAccessible(page, "15-result-stopped");
  await page.close();
  emulator.clearFaults();
  const next = await tab(t, address);
  await next.page.waitForSelector("#pending:not([hidden])");
  await assertAccessible(next.page, "16-pending");
  await next.page.click("#pending-forget");
  await next.page.waitForSelector("#pending[hidden]");
  await connect(next.page, REAL);
  emulator.inject({ fault: "applyThenDrop", path: "delete", times: 3 });
  await enter(next.page, tokens(60_000).slice(-30).join("\n"));
  await confirm(next.page);
  await reached(next.page, "result");
  await results(next.page);
  await assertAccessible(next.page, "17-result-unknown");
});

test("a screen reader hears how far it is now and then, never all the time, and errors at once", async (t) => {
  const { emulator, address } = await real(t, tokens(60_000));
  const { page } = await tab(t, address);
  const live = async () => {
    const session = await page.createCDPSession();
    const { nodes } = /** @type {any} */ (await session.send("Accessibility.getFullAXTree"));
    await session.detach();
    return nodes.flatMap((/** @type {any} */ { ignored, role, properties = [] }) => {
      const how = properties.find((/** @type {any} */ { name }) => name === "live")?.value.value;
      return !ignored && how !== undefined && how !== "off" ? [`${role.value} ${how}`] : [];
    });
  };
  await page.type("#library", "no-such");
  await page.click("#connect-submit");
  await page.waitForSelector("#trouble:not([hidden])");
  assert.ok((await live()).includes("alert assertive"));
  await page.$eval("#library", (field) => {
    /** @type {HTMLInputElement} */ (field).value = "";
  });
  await connect(page, REAL);
  emulator.inject({ fault: "slowHead", ms: 800, path: "delete", times: 100 });
  await enter(page, tokens(60_000).join("\n"));
  assert.ok((await live()).includes("status polite"), "what was read is said");
  await page.evaluate(() => {
    const heard = /** @type {{ at: number, said: string }[]} */ ([]);
    const drawn = { count: 0 };
    Object.assign(globalThis, { heard, drawn });
    const said = /** @type {HTMLElement} */ (document.getElementById("run-said"));
    const shown = /** @type {HTMLElement} */ (document.getElementById("run-progress"));
    const options = { childList: true, characterData: true, subtree: true };
    new MutationObserver(() => heard.push({ at: performance.now(), said: said.textContent ?? "" })).observe(
      said,
      options,
    );
    new MutationObserver(() => (drawn.count += 1)).observe(shown, options);
  });
  await confirm(page);
  await isDone(page, 10);
  assert.ok((await live()).includes("status polite"), "the deletion is told of");
  await reached(page, "result");
  const { heard, drawn } = await page.evaluate(() => {
    const { heard, drawn } = /** @type {any} */ (globalThis);
    return { heard, drawn };
  });
  assert.ok(heard.length >= 1, "something was said");
  assert.ok(heard.length * 3 < drawn.count, `${heard.length} times, of ${drawn.count} changes`);
  for (const [at, { at: when }] of heard.entries()) {
    const before = heard[at - 1];
    if (before !== undefined) assert.ok(when - before.at >= 4900, JSON.stringify(heard));
  }
  assert.match(heard[0].said, /of 60,000/);
});

test("whoever wants no motion sees none", async (t) => {
  const { page } = await visit(t);
  const transitions = () =>
    page.evaluate(() => {
      const part = document.createElement("span");
      part.className = "part";
      document.getElementById("bar")?.append(part);
      return getComputedStyle(part).transitionDuration;
    });
  assert.notEqual(await transitions(), "0s");
  await page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
  assert.equal(await transitions(), "0s");
});
