// @ts-check
// The page's steps, one after the other, and what goes from one to the next.

import { byId, make, on, say, show } from "./dom.js";
import { ask, Trouble, WORKER_FAILED } from "./engine.js";
import { LANGUAGES, preferred, speak, t } from "./language.js";
import { Choose } from "./steps/choose.js";
import { Connect } from "./steps/connect.js";
import { Result } from "./steps/result.js";
import { Review } from "./steps/review.js";
import { Run } from "./steps/run.js";
import { explain } from "./trouble.js";

/** @typedef {{ way: "practice" | "proxy" | "secret", groupId: string, faceCount: number }} Connection */
/** @typedef {{ groupId: string, fingerprint: string, distinct: number }} Pending */

const STEPS = /** @type {const} */ (["connect", "choose", "review", "run", "result"]);

/** @type {typeof STEPS[number]} */
let step = "connect";
/** A real deletion that was not finished. @type {Pending | undefined} */
let pending;
/** Whether it is to be gone on with. */
let isResuming = false;
/** @type {unknown} what is shown at the top */
let trouble;

const connect = new Connect((connection) => {
  const isReal = connection.way !== "practice";
  if (isReal && pending !== undefined && !isResuming) {
    // There is one journal: what is begun now would be written over what somebody may still want to finish.
    showTrouble(new Trouble({ code: "JOURNAL_NOT_EMPTY", message: "A deletion was begun before" }));
    byId("pending-heading").focus();
    return;
  }
  if (isReal && pending !== undefined && connection.groupId !== pending.groupId) {
    showTrouble(new Trouble({ code: "JOURNAL_OF_ANOTHER_GROUP", message: pending.groupId }));
    byId("library").focus({ preventScroll: true });
    return;
  }
  showBadge(connection.way);
  choose.begin(connection, isReal && isResuming ? pending : undefined);
  go("choose");
});
const choose = new Choose((chosen) => {
  review.begin(chosen);
  go("review");
});
const review = new Review((chosen) => {
  run.begin(chosen);
  go("run");
});
const run = new Run(
  (report) => {
    result.begin(report);
    go("result");
  },
  (error) => {
    // A deletion whose worker failed stays in sight: it may have deleted faces.
    if (!(error instanceof Trouble && error.said.code === WORKER_FAILED)) go("choose");
    showTrouble(error);
  },
);
const result = new Result((count) => {
  run.again(count);
  go("run");
});

on("choose-back", "click", () => go("connect"));
on("review-cancel", "click", () => go("choose"));
on("again", "click", () =>
  orShow(async () => {
    if (choose.isReal) {
      isResuming = false;
      pending = await ask("pending");
    }
    await choose.reset();
    // What is unresolved is not forgotten without a word: first it is decided what becomes of it.
    go(choose.isReal && pending !== undefined ? "connect" : "choose");
  }),
);
on("pending-resume", "click", () => {
  isResuming = true;
  connect.prefill(/** @type {Pending} */ (pending).groupId);
  showPending();
  hideTrouble();
  byId("connect-heading").focus();
});
on("pending-forget", "click", () =>
  orShow(async () => {
    await ask("forget");
    pending = undefined;
    isResuming = false;
    choose.expectNothing();
    showPending();
    byId("connect-heading").focus();
  }),
);
on("language", "change", ({ target }) => {
  speak(target.value);
  // So that it lasts when the page is loaded again.
  history.replaceState(null, "", `?language=${target.value}`);
  showWords();
});
// A deletion under way, and a result of which nothing was kept, would be lost without a word.
addEventListener("beforeunload", (event) => {
  if (step === "run" || (step === "result" && choose.isReal && !result.isKept)) event.preventDefault();
});
// A file that misses its place must not take the place of the page.
for (const event of ["dragover", "drop"]) addEventListener(event, (drag) => drag.preventDefault());

/** @param {typeof STEPS[number]} next */
function go(next) {
  step = next;
  hideTrouble();
  for (const name of STEPS) show(name, name === step);
  showSteps();
  showPending();
  // While it is chosen where the faces are, nothing is connected that the badge could speak of.
  if (step === "connect") show("badge", false);
  byId(`${step}-heading`).focus();
  scrollTo({ top: 0 });
}

function showSteps() {
  const at = STEPS.indexOf(step);
  const items = STEPS.map((name, place) => {
    const item = make("li", { class: place < at ? "done" : "" }, t.steps[name]);
    if (place === at) item.setAttribute("aria-current", "step");
    return item;
  });
  byId("steps").replaceChildren(...items);
}

function showPending() {
  show("pending", step === "connect" && pending !== undefined);
  if (pending === undefined) return;
  say("pending-text", t.pending[isResuming ? "resuming" : "text"](pending.groupId, pending.distinct));
  show("pending-resume", !isResuming);
  // The session goes from the address at once, so that a tab that was loaded again has none.
  show("pending-printed", !connect.hasSession);
}

/** @param {Connection["way"]} way */
function showBadge(way) {
  const badge = byId("badge");
  badge.hidden = false;
  badge.className = `badge ${way}`;
  badge.textContent = { practice: t.practiceBadge, proxy: t.proxyBadge, secret: t.keyBadge }[way];
}

/** @param {unknown} error */
function showTrouble(error) {
  trouble = error;
  byId("trouble").replaceChildren(...explain(error instanceof Trouble ? error.said : { message: String(error) }));
  show("trouble");
  byId("trouble").scrollIntoView({ block: "nearest" });
}

function hideTrouble() {
  trouble = undefined;
  show("trouble", false);
}

/** @param {() => Promise<void>} work */
async function orShow(work) {
  hideTrouble();
  try {
    await work();
  } catch (error) {
    showTrouble(error);
  }
}

/** All that is not in the markup, in the language of the moment. */
function showWords() {
  showSteps();
  showPending();
  if (trouble !== undefined) showTrouble(trouble);
  if (step !== "connect" && choose.connection !== undefined) showBadge(choose.connection.way);
  for (const each of [connect, choose, review, run, result]) each.showWords();
}

for (const [code, name] of Object.entries(LANGUAGES)) byId("language").append(make("option", { value: code }, name));
const language = preferred();
speak(language);
/** @type {HTMLSelectElement} */ (byId("language")).value = language;
connect.onSession = showPending;
for (const each of [connect, choose]) {
  each.onTrouble = showTrouble;
  each.onClear = hideTrouble;
}
result.onTrouble = showTrouble;
connect.start();
show("connect");
showSteps();
try {
  pending = await ask("pending");
  showPending();
} catch (error) {
  // Another tab is at it, or this browser keeps nothing: practice works all the same.
  if (error instanceof Trouble && ["JOURNAL_IN_USE", WORKER_FAILED].includes(error.said.code ?? "")) showTrouble(error);
}
byId("connect-form").dataset.ready = "";
