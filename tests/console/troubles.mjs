// @ts-check
// What goes wrong, said in sentences with a next step: in each engine alike.

import assert from "node:assert/strict";
import { createServer, request as httpRequest } from "node:http";
import { test } from "node:test";
import { tokens } from "../support/faults.mjs";
import {
  confirm,
  connect,
  enter,
  fill,
  focused,
  isEnabled,
  PRACTICE,
  REAL,
  reached,
  says,
  stored,
  text,
  value,
} from "./console.mjs";

/** @param {import("./console.mjs").ConsoleInBrowser} browser */
export function meetTroubles({ visit, tab, real }) {
  test("a server that asks to wait: the page says for what, and when to come back", async (t) => {
    const { emulator, address } = await real(t, tokens(3));
    const { page } = await tab(t, address);
    await connect(page, REAL);
    emulator.inject({ fault: "throttle", path: "delete", times: 1, retryAfter: 2 });
    await enter(page, tokens(2).join("\n"));
    await confirm(page);
    await says(page, "#run-waiting", /asked to wait/);
    await reached(page, "result");
    assert.match(await text(page, "#result-notice"), /All 2 faces were deleted/);
    await page.click("#again");
    await reached(page, "choose");
    emulator.inject({ fault: "throttle", path: "delete", times: 1, retryAfter: 3600 });
    await enter(page, `${tokens(3)[2]}`);
    await confirm(page);
    await reached(page, "result");
    assert.match(await text(page, "#result-notice"), /The server asked to come back later\. .*Not before/s);
  });

  test("errors are sentences with a next step, and nothing is stuck", async (t) => {
    const { url, page } = await visit(t);
    const tryTo = async (/** @type {Record<string, string>} */ fields) => {
      for (const [selector, filled] of Object.entries(fields)) await fill(page, selector, filled);
      await page.click("#connect-submit");
      await page.waitForSelector("#trouble:not([hidden])");
      assert.equal(await focused(page), "connect-submit", "the keyboard is where it can be tried again");
      return text(page, "#trouble");
    };
    assert.match(await tryTo({ "#library": "no-such" }), /There is no such library\.[\s\S]*Check its name/);
    await page.click("input[name=way][value=secret]");
    assert.equal(await isEnabled(page, "#connect-submit"), false);
    await page.click("#secret-understood");
    const baseUrl = `${url}practice/finauth`;
    const secret = { "#api-key": "practice-key", "#base-url": baseUrl, "#library": PRACTICE };
    assert.match(
      await tryTo({ ...secret, "#api-secret": "wrong-secret" }),
      /does not accept the signature[\s\S]*clock/,
    );
    assert.match(
      await tryTo({ ...secret, "#api-secret": "practice-secret", "#base-url": "http://127.0.0.1:9/x" }),
      /can read[\s\S]*CORS/,
    );
    await page.click("input[name=way][value=proxy]");
    assert.match(await tryTo({ "#library": PRACTICE, "#proxy-url": "/nothing" }), /Check/);
    await page.click("input[name=way][value=secret]");
    await fill(page, "#base-url", baseUrl);
    await fill(page, "#library", PRACTICE);
    await fill(page, "#api-secret", "practice-secret");
    await connect(page);
    assert.match(await text(page, "#badge"), /Real/);
    assert.equal(await value(page, "#api-secret"), "", "the page lets go of it");
    assert.ok(!(await stored(page)).includes("practice-secret"));
  });

  test("a clock that is off, and a server that is asked too much, are told apart", async (t) => {
    const { emulator, address } = await real(t, ["a1"]);
    const { page } = await tab(t, address);
    await fill(page, "#library", REAL);
    for (const [fault, expected] of /** @type {[any, RegExp][]} */ ([
      [{ fault: "skew", seconds: 3 * 86_400 }, /signature has expired[\s\S]*clock is off/],
      [{ fault: "throttle" }, /asked too much[\s\S]*Wait a little/],
      [{ fault: "htmlGatewayError" }, /The server failed[\s\S]*Try again later/],
    ])) {
      emulator.inject({ ...fault, times: 20 });
      await page.click("#connect-submit");
      await says(page, "#trouble", expected);
      emulator.clearFaults();
    }
    await connect(page);
  });

  test("a page that may not run WebAssembly says what the server has to allow", async (t) => {
    const { url } = await visit(t);
    const strict = createServer((asked, answer) => {
      const headers = { ...asked.headers, host: new URL(url).host };
      asked.pipe(
        httpRequest(new URL(asked.url ?? "/", url), { method: asked.method, headers }, (found) => {
          const policy = String(found.headers["content-security-policy"]).replace(" 'wasm-unsafe-eval'", "");
          answer.writeHead(Number(found.statusCode), { ...found.headers, "content-security-policy": policy });
          found.pipe(answer);
        }),
      );
    });
    await new Promise((resolve) => strict.listen(0, "127.0.0.1", () => resolve(undefined)));
    t.after(() => strict.closeAllConnections());
    t.after(() => strict.close());
    const { port } = /** @type {import("node:net").AddressInfo} */ (strict.address());
    const { page } = await tab(t, `http://127.0.0.1:${port}/`);
    await page.click("#connect-submit");
    await says(page, "#trouble", /not allowed to run WebAssembly[\s\S]*wasm-unsafe-eval/);
  });
}
