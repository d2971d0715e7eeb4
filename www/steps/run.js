// @ts-check
// The deletion while it runs.

import { byId, enable, on, say, show } from "../dom.js";
import { ask, listen } from "../engine.js";
import { t } from "../language.js";
import { drawBar, OUTCOMES, showCounts } from "../outcomes.js";

/** So often it is said aloud how far it is. */
const BETWEEN_WORDS_MS = 5_000;
const MOST_POINTS = 300;
const [WIDTH, HEIGHT] = [600, 120];

export class Run {
  #done;
  #failed;
  /** @type {any} */
  #stats;
  /** @type {{ rate: number, concurrency: number }[]} */
  #points = [];
  #lastSaid = 0;
  #isStopping = false;

  /**
   * @param {(report: any) => void} done
   * @param {(trouble: unknown) => void} failed nothing was sent
   */
  constructor(done, failed) {
    this.#done = done;
    this.#failed = failed;
    listen("progress", (stats) => this.#progress(stats));
    on("stop", "click", () => {
      this.#isStopping = true;
      enable("stop", false, "run-heading");
      this.#draw();
      say("run-said", t.run.stopping);
      // Whether it stops, the end of the run will tell.
      ask("stop").catch(() => {});
    });
  }

  /**
   * @param {import("./choose.js").Chosen} chosen
   */
  begin({ connection, counts, fingerprint, isResumed }) {
    show("run-keep", connection.way !== "practice");
    this.#start(counts.distinct, ask("run", { resumed: isResumed, groupId: connection.groupId, fingerprint }));
  }

  /** @param {number} count */
  again(count) {
    this.#start(count, ask("retry"));
  }

  showWords() {
    if (this.#stats !== undefined) this.#draw();
  }

  /**
   * @param {number} total
   * @param {Promise<any>} running
   */
  async #start(total, running) {
    this.#points = [];
    this.#isStopping = false;
    this.#lastSaid = performance.now();
    enable("stop", true);
    const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0]));
    this.#stats = { counts: { ...counts, total }, settled: 0, perSecond: 0, concurrency: 1, waitingFor: undefined };
    this.#draw();
    try {
      this.#done(await running);
    } catch (error) {
      enable("stop", false, "run-heading");
      this.#failed(error);
    }
  }

  /** @param {any} stats */
  #progress(stats) {
    this.#stats = stats;
    this.#points.push({ rate: stats.perSecond, concurrency: stats.concurrency });
    // Twice as coarse when there are too many: the whole run stays in the picture.
    if (this.#points.length > MOST_POINTS) this.#points = this.#points.filter((_, at) => at % 2 === 0);
    this.#draw();
    const now = performance.now();
    if (now - this.#lastSaid < BETWEEN_WORDS_MS || this.#isStopping) return;
    this.#lastSaid = now;
    say("run-said", t.run.progress(stats.settled, stats.counts.total));
  }

  #draw() {
    const { counts, settled, perSecond, concurrency, waitingFor, waitMs, remainingMs } = this.#stats;
    const bar = byId("bar");
    bar.setAttribute("aria-valuenow", String(counts.total === 0 ? 100 : Math.floor((settled / counts.total) * 100)));
    bar.setAttribute("aria-valuetext", t.run.progress(settled, counts.total));
    drawBar(bar, counts);
    showCounts(byId("run-counts"), counts);
    say("run-progress", t.run.progress(settled, counts.total));
    say("run-remaining", remainingMs === undefined ? "" : t.run.remaining(t.format.duration(remainingMs)));
    say("run-rate", t.format.number(Math.round(perSecond)));
    say("run-concurrency", t.format.number(concurrency));
    say("run-waiting", this.#isStopping ? t.run.stopping : waiting(waitingFor, waitMs));
    this.#drawChart();
  }

  #drawChart() {
    const most = (/** @type {"rate" | "concurrency"} */ what) =>
      Math.max(1, ...this.#points.map((point) => point[what]));
    const line = (/** @type {"rate" | "concurrency"} */ what, /** @type {number} */ top) =>
      this.#points.map((point, at) => {
        const x = (at / Math.max(1, this.#points.length - 1)) * WIDTH;
        return `${x.toFixed(1)},${(HEIGHT - 4 - (point[what] / top) * (HEIGHT - 12)).toFixed(1)}`;
      });
    const rate = line("rate", most("rate"));
    byId("chart-rate").setAttribute("points", [`0,${HEIGHT}`, ...rate, `${WIDTH},${HEIGHT}`].join(" "));
    byId("chart-concurrency").setAttribute("points", line("concurrency", most("concurrency")).join(" "));
  }
}

/**
 * @param {string | undefined} why
 * @param {number} [ms]
 */
function waiting(why, ms = 0) {
  const said = t.run.waiting[/** @type {keyof typeof t.run.waiting} */ (why ?? "none")];
  return typeof said === "function" ? said(t.format.duration(ms)) : said;
}
