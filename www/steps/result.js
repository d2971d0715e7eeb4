// @ts-check
// What became of each entry.

import { byId, enable, input, make, on, say, show } from "../dom.js";
import { ask } from "../engine.js";
import { t } from "../language.js";
import { drawBar, evidence, OUTCOMES, showCounts } from "../outcomes.js";
import { explain } from "../trouble.js";

const PAGE = 50;
const TYPING_PAUSE_MS = 200;

export class Result {
  /** @type {(error: unknown) => void} */
  onTrouble = () => {};
  /** @type {any} */
  #report;
  /** @type {"index" | "token" | "outcome"} */
  #sort = "index";
  #isDescending = false;
  #from = 0;
  #asked = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typing;

  /** @param {(count: number) => void} retry */
  constructor(retry) {
    on("retry", "click", () => retry(this.#report.counts.total));
    on("filter", "change", () => this.#showFrom(0));
    on("search", "input", () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.#showFrom(0), TYPING_PAUSE_MS);
    });
    on("previous", "click", () => this.#showFrom(this.#from - PAGE));
    on("next", "click", () => this.#showFrom(this.#from + PAGE));
    for (const head of document.querySelectorAll("#rows th")) {
      head.addEventListener("click", () => this.#sortBy(/** @type {any} */ (head).dataset.sort));
    }
    on("receipt", "click", () => this.#download("receipt", "receipt.json", ({ receipt }) => receipt));
    on("leaves", "click", () => this.#download("receipt", "leaves", ({ leaves }) => leaves));
    on("csv", "click", () => this.#download("csv", "outcomes.csv"));
    on("json-lines", "click", () => this.#download("jsonLines", "outcomes.jsonl"));
    on("print", "click", () => print());
  }

  /** Whether something of it was taken out of the page. */
  isKept = false;

  /** @param {any} report */
  begin(report) {
    this.#report = report;
    this.isKept = false;
    this.#receipt = undefined;
    this.#sort = "index";
    this.#isDescending = false;
    input("search").value = "";
    const options = OUTCOMES.filter((outcome) => report.counts[outcome] > 0);
    byId("filter").replaceChildren(make("option", { value: "" }), ...options.map((value) => make("option", { value })));
    this.showWords();
    this.#showFrom(0);
  }

  showWords() {
    if (this.#report === undefined) return;
    const { groupId, counts, requests, elapsedMs, unresolved, runId, at } = this.#report;
    byId("result-notice").replaceChildren(this.#notice());
    drawBar(byId("result-bar"), counts);
    showCounts(byId("result-counts"), counts);
    show("retry", unresolved > 0);
    say("retry", t.result.retry(unresolved));
    for (const option of document.querySelectorAll("#filter option")) {
      const { value } = /** @type {HTMLOptionElement} */ (option);
      option.textContent =
        value === "" ? t.result.everything : t.outcomes[/** @type {keyof typeof t.outcomes} */ (value)].name;
    }
    byId("result-facts").replaceChildren(
      make("dt", {}, t.connect.library),
      make("dd", { "data-verbatim": "" }, groupId),
      make("dt", {}, t.result.when),
      make("dd", { "data-verbatim": "" }, t.format.date(at)),
      make("dt", {}, t.review.requests),
      make("dd", {}, t.result.requests(requests, t.format.duration(elapsedMs))),
      make("dt", {}, "ID"),
      make("dd", {}, make("code", { "data-verbatim": "" }, runId ?? "")),
    );
    this.#showFrom(this.#from);
  }

  #notice() {
    const { counts, allGone, ended, faceCount, error, retryAt, warnings, unresolved } = this.#report;
    const { deleted, failed, unknown } = counts;
    const notThere = counts.absent + counts["absent-after-uncertain"];
    const asked = counts.total - counts.duplicate - counts.invalid;
    const areTokensGone = deleted + notThere === asked;
    // That nothing was there is no success: it may be the wrong list, or the wrong library. Nor is a list with entries that are
    // no tokens.
    const isUnsure = unknown > 0 || (areTokensGone && (deleted === 0 || !allGone));
    const tone = isUnsure ? "unsure" : allGone ? "good" : "bad";
    const some = unknown > 0 ? t.result.someKnown : t.result.some;
    const summary =
      deleted === asked ? t.result.all(asked) : notThere === asked ? t.result.noneThere(asked) : some(deleted, asked);
    const lines = [
      ...(notThere > 0 && notThere < asked ? [t.result.notThere(notThere)] : []),
      ...(unknown > 0 ? [t.result.unknown(unknown)] : []),
      ...(failed > 0 ? [t.result.failed(failed)] : []),
      ...(counts["not-sent"] > 0 ? [t.result.notSent(counts["not-sent"])] : []),
      ...(counts.invalid > 0 ? [t.result.invalid(counts.invalid)] : []),
      // Whoever stopped it when nothing was left to do has stopped nothing.
      ...(unresolved > 0 ? [t.ended[/** @type {keyof typeof t.ended} */ (ended)]] : []),
      ...(faceCount === undefined ? [] : [t.result.holds(faceCount)]),
      ...(retryAt === undefined ? [] : [t.retryAt(retryAt)]),
    ];
    return make(
      "div",
      { class: `notice ${tone}` },
      make("p", { class: "outcome" }, summary),
      make("p", {}, t.sentences(lines)),
      ...warnings.map((/** @type {string} */ warning) => make("p", {}, warningOf(warning))),
      ...(error === undefined ? [] : explain({ ...error, delivery: undefined })),
    );
  }

  /** @param {"index" | "token" | "outcome"} column */
  #sortBy(column) {
    this.#isDescending = this.#sort === column && !this.#isDescending;
    this.#sort = column;
    this.#showFrom(0);
  }

  /** @param {number} from */
  async #showFrom(from) {
    this.#from = Math.max(0, from);
    this.#asked += 1;
    const asked = this.#asked;
    const { rows, total } = await ask("page", {
      outcome: /** @type {HTMLSelectElement} */ (byId("filter")).value,
      search: input("search").value.trim(),
      sort: this.#sort,
      descending: this.#isDescending,
      from: this.#from,
      size: PAGE,
    });
    // A later question is under way, whose answer is the one that counts.
    if (asked !== this.#asked) return;
    for (const head of document.querySelectorAll("#rows th")) {
      const isSorted = /** @type {HTMLElement} */ (head).dataset.sort === this.#sort;
      head.setAttribute("aria-sort", isSorted ? (this.#isDescending ? "descending" : "ascending") : "none");
    }
    const body = /** @type {HTMLElement} */ (document.querySelector("#rows tbody"));
    body.replaceChildren(...rows.map(rowOf));
    show("rows-none", total === 0);
    say("rows-page", total === 0 ? "" : t.result.page(this.#from + 1, this.#from + rows.length, total));
    enable("previous", this.#from > 0, "next");
    enable("next", this.#from + rows.length < total, "previous");
  }

  /** Receipt and leaves belong together: both are of the same making. @type {Promise<any> | undefined} */
  #receipt;

  /**
   * @param {"receipt" | "csv" | "jsonLines"} what
   * @param {string} ending
   * @param {(made: any) => Blob} [part]
   */
  async #download(what, ending, part = (made) => made) {
    say("download-status", t.result.preparing);
    try {
      if (what === "receipt") this.#receipt ??= ask("receipt");
      const made = await (what === "receipt" ? this.#receipt : ask(what));
      const url = URL.createObjectURL(part(made));
      const link = make("a", {
        href: url,
        download: `${this.#report.groupId}-${this.#report.runId?.slice(0, 8)}.${ending}`,
      });
      link.click();
      this.isKept = true;
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (error) {
      this.onTrouble(error);
    } finally {
      say("download-status", "");
    }
  }
}

/** The package's warnings are sentences of its own. @param {string} warning */
function warningOf(warning) {
  const [, seconds, way] = /clock is (\d+) seconds (behind|ahead)/.exec(warning) ?? [];
  return seconds === undefined ? warning : t.clockIsOff(Number(seconds), way === "behind");
}

/** @param {any} row */
function rowOf(row) {
  const { name } = t.outcomes[/** @type {keyof typeof t.outcomes} */ (row.outcome)];
  return make(
    "tr",
    { class: row.outcome },
    make("td", { class: "number" }, t.format.number(row.index + 1)),
    make("td", { class: "token", "data-verbatim": "" }, row.token ?? "–"),
    make("td", {}, make("span", { class: "mark" }, name), make("div", { class: "quiet" }, evidence(row))),
  );
}
