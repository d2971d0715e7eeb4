// @ts-check
// Writes a run's notes into a journal, in their order, several at a time when they come faster than the disk takes them.

import { openJournal } from "./index.js";

/** @typedef {import("./index.js").Journal} Journal */

export class Writer {
  #journal;
  #text = "";
  /** @type {Promise<void>} what is being written */
  #writing = Promise.resolve();
  /** @type {Promise<void> | undefined} what will be written after it */
  #next;

  /** @param {Journal} journal */
  constructor(journal) {
    this.#journal = journal;
  }

  /**
   * Resolves when this, and all that was given before, is durable.
   *
   * @param {string} text
   */
  write(text) {
    this.#text += text;
    this.#next ??= this.#writing.then(() => {
      this.#next = undefined;
      this.#writing = this.#flush();
      return this.#writing;
    });
    return this.#next;
  }

  async #flush() {
    const text = this.#text;
    this.#text = "";
    if (text !== "") await this.#journal.append(new TextEncoder().encode(text));
  }

  open() {
    return openJournal(this.#journal);
  }

  async close() {
    await this.#journal.close?.();
  }
}
