// @ts-check
// The three browser engines of the tests, and what drives them.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { installDebianPackages } from "../lib/debian.mjs";
import { Failure, which } from "../lib/shell.mjs";

/** The full paths of Chromium and ChromeDriver; CHROMIUM and CHROMEDRIVER in the environment come first. */
export function chromium() {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  return {
    browser: process.env.CHROMIUM ?? names.map((name) => which(name)).find(Boolean),
    driver: process.env.CHROMEDRIVER ?? which("chromedriver"),
  };
}

/** The full path of Firefox, which needs no driver; FIREFOX in the environment comes first. */
export function firefox() {
  return { browser: process.env.FIREFOX ?? which("firefox-esr") ?? which("firefox") };
}

/** The full paths of WebKitGTK's small browser, its driver, and the screen that it needs; each can be named in the environment. */
export function webkit() {
  return {
    browser: process.env.MINIBROWSER ?? miniBrowser(),
    driver: process.env.WEBKITWEBDRIVER ?? which("WebKitWebDriver"),
    screen: process.env.XVFB ?? which("Xvfb"),
  };
}

/** It is not on PATH, and its folder has the machine's architecture and the library's version in its name. */
function miniBrowser() {
  for (const folder of ["/usr/lib", "/usr/libexec", ...foldersOf("/usr/lib")]) {
    for (const inside of foldersOf(folder).filter((path) => /\/webkit2?gtk-[\d.]+$/.test(path))) {
      const program = join(inside, "MiniBrowser");
      if (existsSync(program)) return program;
    }
  }
  return undefined;
}

/** @param {string} path */
function foldersOf(path) {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(path, name));
}

export async function setUpBrowsers() {
  const isComplete = () => [chromium(), firefox(), webkit()].every((engine) => Object.values(engine).every(Boolean));
  if (isComplete()) return;
  if (which("apt-get") !== undefined) {
    const packages = ["chromium", "chromium-driver", "firefox-esr", "webkit2gtk-driver", "xvfb"];
    await installDebianPackages(packages, "to test in three browser engines");
  }
  if (isComplete()) return;
  throw new Failure(
    "The tests need Chromium with its chromedriver, Firefox, and WebKitGTK's MiniBrowser with WebKitWebDriver and Xvfb: " +
      "install them, or name them in the environment (CHROMIUM, CHROMEDRIVER, FIREFOX, MINIBROWSER, WEBKITWEBDRIVER, " +
      "XVFB), then try again.",
  );
}
