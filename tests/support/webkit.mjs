// @ts-check
// WebKit for the tests: WebKitGTK's small browser on a screen of its own, driven by W3C WebDriver, with as much of
// Puppeteer's `Browser` and `Page` as the tests use, so that one test runs in each engine.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { webkit } from "../../scripts/setup/browser.mjs";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
const KEYS = /** @type {Record<string, string>} */ ({
  Enter: "\uE007",
  Tab: "\uE004",
  Escape: "\uE00C",
  Space: " ",
  ArrowDown: "\uE015",
});

export async function launchWebKit() {
  const { browser, driver, screen } = webkit();
  const home = mkdtempSync(join(tmpdir(), "finauth-facesearch-webkit-"));
  const downloads = join(home, "downloads");
  mkdirSync(join(home, "config"));
  mkdirSync(downloads);
  writeFileSync(join(home, "config", "user-dirs.dirs"), `XDG_DOWNLOAD_DIR="${downloads}"\n`);
  const xvfb = spawn(`${screen}`, ["-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const display = await firstLine(/** @type {import("node:stream").Readable} */ (xvfb.stdio[3]), "Xvfb", xvfb);
  const port = await freePort();
  const service = spawn(`${driver}`, [`--port=${port}`], {
    // A group of its own, so that the browser ends with it, whatever state it is in.
    detached: true,
    stdio: "ignore",
    env: {
      ...process.env,
      DISPLAY: `:${display}`,
      HOME: home,
      XDG_CONFIG_HOME: join(home, "config"),
      XDG_CACHE_HOME: join(home, "cache"),
      XDG_DATA_HOME: join(home, "data"),
      NO_AT_BRIDGE: "1",
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
    },
  });
  const end = () => {
    for (const kill of [() => process.kill(-Number(service.pid), "SIGKILL"), () => xvfb.kill("SIGKILL")]) {
      try {
        kill();
      } catch {
        // It has ended already.
      }
    }
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  process.once("exit", end);
  try {
    const driven = new Driver(`http://127.0.0.1:${port}`);
    await driven.begin(`${browser}`);
    return new WebKitBrowser(driven, downloads, () => {
      process.off("exit", end);
      end();
    });
  } catch (error) {
    end();
    throw error;
  }
}

/**
 * @param {import("node:stream").Readable} stream
 * @param {string} name
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<string>}
 */
function firstLine(stream, name, child) {
  return new Promise((resolve, reject) => {
    let text = "";
    stream.setEncoding("utf8").on("data", (part) => {
      text += part;
      if (text.includes("\n")) resolve(text.trim());
    });
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`${name} ended before it was ready`)));
  });
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/** The protocol: one session, whose commands go one after the other. */
class Driver {
  #base;
  #session = "";
  version = "";
  /** The window that is there from the beginning, and stays: others are opened from it. */
  #home = "";
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /** @param {string} base */
  constructor(base) {
    this.#base = base;
  }

  /** @param {string} binary */
  async begin(binary) {
    const started = Date.now();
    for (;;) {
      try {
        if ((await this.#send("GET", "/status")).ready) break;
      } catch (error) {
        if (Date.now() - started > 20_000) throw error;
      }
      await pause(50);
    }
    const { sessionId, capabilities } = await this.#send("POST", "/session", {
      capabilities: {
        alwaysMatch: {
          "webkitgtk:browserOptions": { binary, args: ["--automation"] },
          timeouts: { script: 300_000, pageLoad: 60_000, implicit: 0 },
          unhandledPromptBehavior: "accept",
        },
      },
    });
    this.#session = sessionId;
    this.version = `WebKitGTK/${capabilities.browserVersion}`;
    this.#home = await this.#send("GET", `/session/${sessionId}/window`);
  }

  /**
   * Commands to one window, with none to another between them.
   *
   * @template T
   * @param {string} window
   * @param {(ask: (method: string, path: string, body?: object) => Promise<any>) => Promise<T>} work
   * @returns {Promise<T>}
   */
  inWindow(window, work) {
    return this.#alone(async (ask) => {
      await ask("POST", "/window", { handle: window });
      return work(ask);
    });
  }

  newWindow() {
    return this.inWindow(this.#home, async (ask) => (await ask("POST", "/window/new", { type: "tab" })).handle);
  }

  end() {
    return this.#send("DELETE", `/session/${this.#session}`);
  }

  /**
   * @template T
   * @param {(ask: (method: string, path: string, body?: object) => Promise<any>) => Promise<T>} work
   * @returns {Promise<T>}
   */
  #alone(work) {
    const done = this.#last.then(() =>
      work((method, path, body) => this.#send(method, `/session/${this.#session}${path}`, body)),
    );
    this.#last = done.catch(() => {});
    return done;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  async #send(method, path, body) {
    const answer = await fetch(this.#base + path, {
      method,
      ...(method === "POST" && { body: JSON.stringify(body ?? {}) }),
    });
    const { value } = /** @type {any} */ (await answer.json());
    if (!answer.ok) throw new Error(`WebKit: ${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  }
}

class WebKitBrowser {
  #driver;
  #end;

  /**
   * @param {Driver} driver
   * @param {string} downloads
   * @param {() => void} end
   */
  constructor(driver, downloads, end) {
    this.#driver = driver;
    this.downloads = downloads;
    this.#end = end;
  }

  async version() {
    return this.#driver.version;
  }

  async newPage() {
    return new WebKitPage(this.#driver, await this.#driver.newWindow());
  }

  async close() {
    await this.#driver.end().catch(() => {});
    this.#end();
  }
}

class WebKitPage {
  #driver;
  #window;
  isClosed = false;

  keyboard = {
    press: (/** @type {string} */ key) => this.#keys(KEYS[key] ?? key),
    type: (/** @type {string} */ text) => this.#keys(text),
  };

  /**
   * @param {Driver} driver
   * @param {string} window
   */
  constructor(driver, window) {
    this.#driver = driver;
    this.#window = window;
  }

  /** @param {string} url */
  async goto(url) {
    await this.#in((ask) => ask("POST", "/url", { url }));
  }

  url() {
    return this.#in((ask) => ask("GET", "/url"));
  }

  /**
   * @param {string | ((...args: any[]) => unknown)} work
   * @param {...unknown} args
   */
  async evaluate(work, ...args) {
    const made = typeof work === "string" ? `(async () => eval(${JSON.stringify(work)}))` : work;
    const script =
      "const done = arguments[arguments.length - 1]; const args = [...arguments].slice(0, -1);" +
      `Promise.resolve().then(() => (${made})(...args)).then((value) => done({ value }), ` +
      "(error) => done({ error: String(error?.stack ?? error) }));";
    const { value, error } = await this.#in((ask) => ask("POST", "/execute/async", { script, args }));
    if (error !== undefined && error !== null) throw new Error(`WebKit: ${error}`);
    return value;
  }

  /** @param {string} selector @param {Function} work @param {...unknown} args */
  $eval(selector, work, ...args) {
    const script = `(selector, ...rest) => {
      const element = document.querySelector(selector);
      if (element === null) throw new Error("nothing is " + selector);
      return (${work})(element, ...rest);
    }`;
    return this.evaluate(/** @type {any} */ (script_(script)), selector, ...args);
  }

  /** @param {string} selector @param {Function} work @param {...unknown} args */
  $$eval(selector, work, ...args) {
    const script = `(selector, ...rest) => (${work})([...document.querySelectorAll(selector)], ...rest)`;
    return this.evaluate(/** @type {any} */ (script_(script)), selector, ...args);
  }

  /** @param {string} selector @param {{ timeout?: number }} [options] */
  waitForSelector(selector, options) {
    return this.waitForFunction((/** @type {string} */ one) => document.querySelector(one) !== null, options, selector);
  }

  /**
   * @param {Function} condition
   * @param {{ timeout?: number }} [options]
   * @param {...unknown} args
   */
  async waitForFunction(condition, { timeout = 30_000 } = {}, ...args) {
    const started = Date.now();
    while (!(await this.evaluate(/** @type {any} */ (condition), ...args))) {
      if (Date.now() - started > timeout) throw new Error(`WebKit: ${timeout} ms are over: ${condition} (${args})`);
      await pause(30);
    }
  }

  /** @param {string} selector */
  async click(selector) {
    // The driver scrolls by as little as it can, which is too little once the window shows its bar of downloads.
    await this.$eval(selector, (/** @type {Element} */ element) => element.scrollIntoView({ block: "center" }));
    await this.#element(selector, (ask, element) => ask("POST", `/element/${element}/click`));
  }

  /** @param {string} selector @param {string} text */
  async type(selector, text) {
    await this.#element(selector, (ask, element) => ask("POST", `/element/${element}/value`, { text }));
  }

  /** @param {string} selector @param {string} value */
  async select(selector, value) {
    await this.$eval(
      selector,
      (/** @type {HTMLSelectElement} */ field, /** @type {string} */ chosen) => {
        field.value = chosen;
        for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
      },
      value,
    );
  }

  /** @param {string} selector */
  async $(selector) {
    return { uploadFile: (/** @type {string} */ path) => this.type(selector, path) };
  }

  async close() {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.#in((ask) => ask("DELETE", "/window"));
  }

  /** @param {string} keys */
  async #keys(keys) {
    const actions = [...keys].flatMap((value) => [
      { type: "keyDown", value },
      { type: "keyUp", value },
    ]);
    await this.#in((ask) => ask("POST", "/actions", { actions: [{ type: "key", id: "keyboard", actions }] }));
  }

  /**
   * @param {string} selector
   * @param {(ask: (method: string, path: string, body?: object) => Promise<any>, element: string) => Promise<unknown>} work
   */
  #element(selector, work) {
    return this.#in(async (ask) => {
      const found = await ask("POST", "/element", { using: "css selector", value: selector });
      try {
        return await work(ask, found[ELEMENT]);
      } catch (cause) {
        throw new Error(`WebKit: ${selector}`, { cause });
      }
    });
  }

  /**
   * @template T
   * @param {(ask: (method: string, path: string, body?: object) => Promise<any>) => Promise<T>} work
   */
  #in(work) {
    return this.#driver.inWindow(this.#window, work);
  }
}

/** A function whose text stands for it. @param {string} text */
function script_(text) {
  return { toString: () => text };
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
