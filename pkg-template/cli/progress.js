// @ts-check
// The line that says how it gets on: live on a terminal, one now and then elsewhere.

import { duration, number } from "./summary.js";

const BAR = 12;
const BETWEEN_LINES_MS = 10_000;
const BETWEEN_DRAWS_MS = 100;

/** On a terminal one line is drawn over and over; elsewhere a line is written every ten seconds. */
export class Progress {
  #out;
  #last = 0;
  #drawn = false;

  /** @param {NodeJS.WriteStream} [out] */
  constructor(out = process.stderr) {
    this.#out = out;
  }

  /** @param {import("../index.js").ReadProgress} progress */
  read({ bytes, total }) {
    this.#show(`Reading: ${number(total)} entries, ${number(Math.round(bytes / 1e6))} MB`);
  }

  /** @param {import("../index.js").RunStats} stats */
  run(stats) {
    const { counts } = stats;
    // What the run's end left unsent is no progress.
    const settled = stats.settled - counts["not-sent"];
    const share = counts.total === 0 ? 1 : settled / counts.total;
    const pause = stats.waitingFor === "server-pause" ? `the server asked to wait ${duration(stats.waitMs ?? 0)}` : "";
    const rate = stats.perSecond > 0 ? `${number(Math.round(stats.perSecond))}/s` : "";
    const left = stats.remainingMs === undefined ? "" : `about ${duration(stats.remainingMs)} left`;
    const head = [
      this.#out.isTTY ? bar(share) : "",
      `${Math.floor(share * 100)} %`,
      `${number(settled)} of ${number(counts.total)}`,
    ];
    const ends = [
      [...outcomes(counts), rate, pause || left],
      [...outcomes(counts), pause || left],
      [pause || left],
      [],
    ];
    // One line, however narrow the window is: what matters less goes first.
    const lines = ends.map((end) => [...head, ...end].filter((part) => part !== "").join("  "));
    this.#show(lines.find((line) => line.length <= this.#width()) ?? "");
  }

  #width() {
    return this.#out.isTTY ? (this.#out.columns || 80) - 1 : Number.POSITIVE_INFINITY;
  }

  /** Takes the line away, or lets it stand. @param {{ keep?: boolean }} [options] */
  end({ keep = false } = {}) {
    if (this.#drawn) this.#out.write(keep ? "\n" : "\r\x1b[K");
    this.#drawn = false;
    this.#last = 0;
  }

  /** @param {string} text */
  #show(text) {
    const now = performance.now();
    if (!this.#out.isTTY) {
      this.#last ||= now;
      if (now - this.#last < BETWEEN_LINES_MS) return;
      this.#out.write(`${text}\n`);
    } else {
      if (now - this.#last < BETWEEN_DRAWS_MS) return;
      this.#out.write(`\r${text.slice(0, this.#width())}\x1b[K`);
      this.#drawn = true;
    }
    this.#last = now;
  }
}

/** @param {number} share */
function bar(share) {
  const full = Math.round(share * BAR);
  return `${"█".repeat(full)}${"░".repeat(BAR - full)}`;
}

/** @param {import("../index.js").OutcomeCounts} counts */
function outcomes(counts) {
  const gone = counts.absent + counts["absent-after-uncertain"];
  const shown = { deleted: counts.deleted, absent: gone, failed: counts.failed, unknown: counts.unknown };
  return Object.entries(shown)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${number(count)}`);
}
