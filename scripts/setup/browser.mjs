// @ts-check
// Chromium and its WebDriver, for the tests.

import { installDebianPackages } from "../lib/debian.mjs";
import { Failure, which } from "../lib/shell.mjs";

const CHROMIUM = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The full paths of Chromium and ChromeDriver; CHROMIUM and CHROMEDRIVER in the environment come first. */
export function chromium() {
  const browser = process.env.CHROMIUM ?? CHROMIUM.map((name) => which(name)).find(Boolean);
  const driver = process.env.CHROMEDRIVER ?? which("chromedriver");
  return { browser, driver };
}

export async function setUpChromium() {
  const complete = () => Object.values(chromium()).every((path) => path !== undefined);
  if (complete()) return;
  if (which("apt-get") !== undefined)
    await installDebianPackages(["chromium", "chromium-driver"], "to test in a browser");
  if (!complete()) {
    throw new Failure(
      "The tests need Chromium and its chromedriver: install both, or name them in CHROMIUM and CHROMEDRIVER, then try again.",
    );
  }
}
