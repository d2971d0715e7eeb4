// @ts-check
// The page's steps, one after the other, and what goes from one to the next.

import { byId, make, on, say, show } from "./dom.js";
import { ask, Trouble } from "./engine.js";
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
/** @type {Pending | undefined} a deletion that was not finished */
let pending;
/** Whether it is to be gone on with. */
let isResuming = false;

const connect = new Connect(async (connection) => {
  showBadge(connection.way);
  choose.begin(connection, isResuming ? pending : undefined);
  go("choose");
});
const choose = new Choose((plan) => {
  review.begin(plan, isResuming);
  go("review");
});
const review = new Review((connection, plan) => {
  run.begin(connection, plan, isResuming);
  go("run");
});
const run = new Run(
  (report) => {
    result.begin(report);
    go("result");
  },
  (trouble) => {
    go("choose");
    showTrouble(trouble);
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
    if (choose.isReal) await ask("forget");
    isResuming = false;
    pending = undefined;
    await choose.reset();
    go("choose");
  }),
);
on("pending-resume", "click", () => {
  isResuming = true;
  connect.prefill(/** @type {Pending} */ (pending).groupId);
  show("pending", false);
  byId("connect-heading").focus();
});
on("pending-forget", "click", () =>
  orShow(async () => {
    await ask("forget");
    pending = undefined;
    show("pending", false);
    byId("connect-heading").focus();
  }),
);
on("language", "change", ({ target }) => {
  speak(target.value);
  showWords();
});
// What is chosen but not yet run would be lost without a word.
addEventListener("beforeunload", (event) => {
  if (step === "run") event.preventDefault();
});

/** @param {typeof STEPS[number]} next */
function go(next) {
  step = next;
  hideTrouble();
  for (const name of STEPS) show(name, name === step);
  showSteps();
  show("pending", step === "connect" && pending !== undefined && !isResuming);
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

/** @param {Connection["way"]} way */
function showBadge(way) {
  const badge = byId("badge");
  badge.hidden = false;
  badge.className = `badge ${way}`;
  badge.textContent = { practice: t.practiceBadge, proxy: t.proxyBadge, secret: t.keyBadge }[way];
}

/** @param {any} error */
function showTrouble(error) {
  byId("trouble").replaceChildren(...explain(error instanceof Trouble ? error.said : { message: String(error) }));
  show("trouble");
  byId("trouble").scrollIntoView({ block: "nearest" });
}

function hideTrouble() {
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
  if (choose.connection !== undefined) showBadge(choose.connection.way);
  if (pending !== undefined) say("pending-text", t.pending.text(pending.groupId, pending.distinct));
  for (const each of [choose, review, run, result]) each.showWords();
}

for (const [code, name] of Object.entries(LANGUAGES)) byId("language").append(make("option", { value: code }, name));
const language = preferred();
speak(language);
/** @type {HTMLSelectElement} */ (byId("language")).value = language;
for (const each of [connect, choose]) each.onTrouble = showTrouble;
for (const each of [connect, choose]) each.onClear = hideTrouble;
result.onTrouble = showTrouble;
connect.start();
show("connect");
showSteps();
try {
  pending = await ask("pending");
  if (pending !== undefined) {
    say("pending-text", t.pending.text(pending.groupId, pending.distinct));
    show("pending");
  }
} catch (error) {
  // Another tab is at it, or this browser keeps nothing: practice works all the same.
  if (error instanceof Trouble && error.said.code === "JOURNAL_IN_USE") showTrouble(error);
}
byId("connect-form").dataset.ready = "";
