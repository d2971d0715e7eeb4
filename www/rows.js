// @ts-check
// The outcomes as a table that is looked at page by page: filtered, searched and sorted where they are, in the worker.

import { orderByText } from "./order.js";

/** @typedef {{ index: number, token?: string, outcome: string, reason?: string, because?: string, retryable?: boolean, of?: number, line?: number, problem?: string }} Row */

export class Rows {
  /** @type {Row[]} by their places in the list */
  #rows = [];
  /** Which rows are shown, in which order; made anew when something else is asked for. */
  #shown = { asked: "", order: new Uint32Array() };

  /** @param {Iterable<Row>} outcomes */
  constructor(outcomes) {
    for (const row of outcomes) this.#rows[row.index] = row;
  }

  /** @param {{ outcome: string, search: string, sort: "index" | "token" | "outcome", descending: boolean, from: number, size: number }} asked */
  page({ from, size, ...asked }) {
    const order = this.#ordered(asked);
    const rows = [...order.subarray(from, from + size)].map((at) => this.#rows[at]);
    return { rows, total: order.length };
  }

  /** @param {{ outcome: string, search: string, sort: "index" | "token" | "outcome", descending: boolean }} asked */
  #ordered({ outcome, search, sort, descending }) {
    const key = JSON.stringify([outcome, search, sort, descending]);
    if (this.#shown.asked === key) return this.#shown.order;
    const fits = (/** @type {Row} */ row) =>
      (outcome === "" || row.outcome === outcome) && (search === "" || (row.token ?? "").includes(search));
    const order = new Uint32Array(this.#rows.length);
    let count = 0;
    for (const [at, row] of this.#rows.entries()) if (fits(row)) order[count++] = at;
    const shown = order.subarray(0, count);
    if (sort !== "index") orderByText(shown, (at) => this.#rows[at]?.[sort] ?? "");
    if (descending) shown.reverse();
    this.#shown = { asked: key, order: shown };
    return shown;
  }
}
