// @ts-check
// The outcomes as people see them: never by colour alone.

import { make } from "./dom.js";
import { t } from "./language.js";

/** @typedef {keyof typeof t.outcomes} Outcome */

export const OUTCOMES = /** @type {Outcome[]} */ ([
  "deleted",
  "absent",
  "absent-after-uncertain",
  "failed",
  "unknown",
  "not-sent",
  "duplicate",
  "invalid",
]);

/**
 * A bar with a part for each outcome, as long as it is frequent.
 *
 * @param {HTMLElement} bar
 * @param {any} counts
 */
export function drawBar(bar, counts) {
  for (const outcome of OUTCOMES) {
    let part = /** @type {HTMLElement | null} */ (bar.querySelector(`.part.${outcome}`));
    if (part === null) {
      part = make("span", { class: `part ${outcome}` });
      bar.append(part);
    }
    part.style.width = `${counts.total === 0 ? 0 : (counts[outcome] / counts.total) * 100}%`;
  }
}

/**
 * @param {HTMLElement} list
 * @param {any} counts
 */
export function showCounts(list, counts) {
  const items = OUTCOMES.filter((outcome) => counts[outcome] > 0).map((outcome) => {
    const { name, what } = t.outcomes[outcome];
    return make(
      "li",
      { class: outcome },
      make("strong", {}, t.format.number(counts[outcome])),
      make("span", { class: "name" }, name),
      make("span", { class: "quiet what" }, what),
    );
  });
  list.replaceChildren(...items);
}

/** @param {{ outcome: string, reason?: string, of?: number, line?: number, problem?: string }} row */
export function evidence({ outcome, reason, of, line, problem }) {
  if (of !== undefined) return t.duplicateOf(of + 1);
  if (problem !== undefined) {
    const what = t.problems[problem] ?? problem;
    return line === undefined ? what : t.at(t.choose.line(line), what);
  }
  if (outcome === "failed" && reason !== undefined) return t.refused(reason);
  return t.outcomes[/** @type {Outcome} */ (outcome)].what;
}
