// @ts-check
// The languages: one catalogue each, in words/, and what the browser knows of numbers, plurals and times.

import { words as english } from "./words/en.js";
import { words as chinese } from "./words/zh-CN.js";

/** @typedef {ReturnType<typeof english>} Words */

/**
 * @typedef {object} Format
 * @property {(value: number) => string} number
 * @property {(count: number, forms: { one: string, other: string }) => string} plural
 * @property {(at: Date) => string} date
 */

/** By their codes, each with its own name. */
export const LANGUAGES = { en: "English", "zh-CN": "简体中文" };

/** @type {Record<string, (format: Format) => Words>} */
const CATALOGUES = {
  en: english,
  "zh-CN": chinese,
  // For translators and tests: what stays plain is in no catalogue.
  pseudo: (format) => /** @type {Words} */ (pseudo(english(format))),
};

/** The words of the page, and the formats of its language. @type {Words & { format: Format & { duration: (ms: number) => string } }} */
export let t = spoken("en");

/** The language to begin with. */
export function preferred() {
  const asked = new URLSearchParams(location.search).get("language");
  if (asked !== null && asked in CATALOGUES) return asked;
  return navigator.languages.some((one) => /^zh\b(?!.*(hant|tw|hk))/i.test(one)) &&
    !/^en/i.test(navigator.languages[0] ?? "")
    ? "zh-CN"
    : "en";
}

/** @param {string} code */
export function speak(code) {
  t = spoken(code);
  document.documentElement.lang = code === "pseudo" ? "en" : code;
  document.title = t.title;
  for (const element of document.querySelectorAll("[data-words]")) {
    element.textContent = wordsAt(element.getAttribute("data-words") ?? "");
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", wordsAt(element.getAttribute("data-label") ?? ""));
  }
}

/** @param {string} path such as `connect.heading` */
function wordsAt(path) {
  const found = path.split(".").reduce((/** @type {any} */ at, name) => at?.[name], t);
  if (typeof found !== "string") throw new Error(`There are no words for ${path}`);
  return found;
}

/** @param {string} code */
function spoken(code) {
  const tag = code === "pseudo" ? "en" : code;
  const numbers = new Intl.NumberFormat(tag);
  const plurals = new Intl.PluralRules(tag);
  const dates = new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeStyle: "short" });
  const unit = (/** @type {string} */ name, /** @type {number} */ value) =>
    new Intl.NumberFormat(tag, { style: "unit", unit: name, unitDisplay: "long" }).format(value);
  const format = {
    number: (/** @type {number} */ value) => numbers.format(value),
    plural: (/** @type {number} */ count, /** @type {{ one: string, other: string }} */ forms) =>
      plurals.select(count) === "one" ? forms.one : forms.other,
    date: (/** @type {Date} */ at) => dates.format(at),
    duration: (/** @type {number} */ ms) => {
      const seconds = Math.max(1, Math.ceil(ms / 1000));
      if (seconds < 60) return unit("second", seconds);
      return seconds < 3600 ? unit("minute", Math.ceil(seconds / 60)) : unit("hour", Math.ceil(seconds / 360) / 10);
    },
  };
  const catalogue = CATALOGUES[code] ?? english;
  return { ...catalogue(format), format };
}

/** @param {any} value @returns {any} */
function pseudo(value) {
  if (typeof value === "string") return value === "" ? "" : `⟦${value}⟧`;
  if (typeof value === "function") return (/** @type {any[]} */ ...given) => pseudo(value(...given));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, pseudo(member)]));
}
