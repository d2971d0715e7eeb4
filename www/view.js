// @ts-check
// What the page shows. Everything goes in as text, never as markup.

import { errorInWords, faces, outcomeInWords } from "./words.js";

/** @typedef {import("../pkg-template/index.js").SettledToken} SettledToken */
/** @typedef {import("../pkg-template/index.js").DeleteFacesResult} DeleteFacesResult */
/** @typedef {import("../pkg-template/index.js").FaceSearchError} FaceSearchError */

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no #${id}`);
  return /** @type {T} */ (element);
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {...(string | Node)} children
 */
function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  made.append(...children);
  return made;
}

/**
 * The library's faces, with a box to tick each.
 *
 * @param {import("./practice.js").Face[]} library
 * @param {ReadonlySet<string>} ticked
 */
export function showLibrary(library, ticked) {
  byId("library-count").textContent = faces(library.length);
  byId("faces-empty").hidden = library.length > 0;
  byId("faces").hidden = library.length === 0;
  const rows = library.map(({ face_token: token, user_data: person }) => {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.value = token;
    box.checked = ticked.has(token);
    box.setAttribute("aria-label", `Tick ${person}`);
    return element("tr", "", element("td", "tick", box), element("td", "", person), element("td", "token", token));
  });
  byId("faces")
    .querySelector("tbody")
    ?.replaceChildren(...rows);
}

/**
 * @param {number} count
 * @param {string} library
 */
export function showChoice(count, library) {
  byId("choice").textContent = count === 0 ? "Nothing chosen yet." : `${faces(count)} chosen from ${library}.`;
  const button = byId("delete");
  button.textContent = count === 0 ? "Delete…" : `Delete ${faces(count)}…`;
  button.toggleAttribute("disabled", count === 0);
}

/** @param {DeleteFacesResult} result */
export function showResult(result) {
  const { faceRemoved, faceCount, requestId, timeUsed, outcomes } = result;
  const others = outcomes.length - faceRemoved;
  const summary =
    others === 0 ? `${faces(faceRemoved)} deleted.` : `${faceRemoved} of ${faces(outcomes.length)} deleted.`;
  const look = others === 0 ? "" : " The table says what became of the others.";
  const tones = outcomes.map((settled) => outcomeInWords(settled).tone);
  const worst = tones.find((tone) => tone === "bad") ?? tones.find((tone) => tone === "unsure") ?? "good";
  show(
    notice(worst, summary, `The library now holds ${faces(faceCount)}.${look}`),
    outcomeTable(outcomes),
    facts({ "Request id": requestId, "Server time": `${timeUsed} ms` }),
  );
}

/** @param {FaceSearchError} error */
export function showError(error) {
  const { tone, title, detail } = errorInWords(error);
  const parts = [notice(tone, title, detail)];
  if (error.outcomes !== undefined) parts.push(outcomeTable(error.outcomes));
  parts.push(facts({ Code: error.code, "Request id": error.requestId }));
  show(...parts);
}

/**
 * Something that has nothing to do with a deletion went wrong.
 *
 * @param {string} title
 * @param {string} detail
 */
export function showTrouble(title, detail) {
  // What became of a deletion is worth more than this.
  if (byId("result").hidden) show(notice("bad", title, detail));
}

/** @param {...Node} parts */
function show(...parts) {
  byId("result-body").replaceChildren(...parts);
  byId("result").hidden = false;
  byId("result").focus();
}

/**
 * @param {"good" | "unsure" | "bad"} tone
 * @param {string} title
 * @param {string} detail
 */
function notice(tone, title, detail) {
  return element("div", `notice ${tone}`, element("p", "outcome", title), element("p", "quiet", detail));
}

/** @param {SettledToken[]} outcomes */
function outcomeTable(outcomes) {
  const rows = outcomes.map((settled) => {
    const { tone, title, detail } = outcomeInWords(settled);
    const what = element("td", "", element("span", `outcome ${tone}`, title), element("div", "quiet", detail));
    return element("tr", "", element("td", "", String(settled.index + 1)), element("td", "token", settled.token), what);
  });
  const heads = ["No.", "Face token", "What happened"].map((text) => {
    const head = element("th", "", text);
    head.setAttribute("scope", "col");
    return head;
  });
  const table = element("table", "", element("thead", "", element("tr", "", ...heads)), element("tbody", "", ...rows));
  const scroll = element("div", "scroll", table);
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "group");
  scroll.setAttribute("aria-label", "What happened to each token");
  return scroll;
}

/** @param {Record<string, string | undefined>} entries */
function facts(entries) {
  const list = document.createElement("dl");
  for (const [name, value] of Object.entries(entries)) {
    if (value !== undefined) list.append(element("dt", "", name), element("dd", "", element("code", "", value)));
  }
  return list;
}
