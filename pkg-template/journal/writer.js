// @ts-check
// Writes a run's notes into a journal, in their order, several at a time when they come faster than the disk takes them.

import { inTime, isUnbegun, journalChanged, opened, openJournal } from "./index.js";

/** @typedef {import("./index.js").Journal} Journal */

const NONE = new Uint8Array();
/** Of FNV-1a. */
const START = 0x811c9dc5;

export class Writer {
  #journal;
  #timeout;
  /** What is to be written next: bytes that could not be written before, and then this. */
  #rest = NONE;
  #text = "";
  /** What the journal holds, as far as it is known: how many bytes, and their checksum. */
  #length = 0;
  #sum = START;
  /** @type {Promise<void>} what is being written */
  #writing = Promise.resolve();
  /** @type {Promise<void> | undefined} what will be written after it */
  #next;
  /** @type {Promise<void> | undefined} what failed, as long as it may come to something yet */
  #late;

  /**
   * @param {Journal} journal
   * @param {number} timeout for each thing that is asked of it, in milliseconds
   */
  constructor(journal, timeout) {
    this.#journal = journal;
    this.#timeout = timeout;
  }

  /**
   * Resolves when this, and all that was given before, is durable. Once that has failed, nothing more is written: what came of
   * it is not known, and it may come to something yet.
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
    const bytes = this.#take();
    if (bytes.length === 0) return;
    // A copy: it may be handed on to a worker, and is gone here then.
    const append = async () => this.#journal.append(bytes.slice());
    const appending = append();
    try {
      await inTime(this.#timeout, () => appending);
    } catch (error) {
      // Who goes on in this process begins with it; how much of it is there is seen then.
      this.#rest = bytes;
      const over = () => {
        this.#late = undefined;
      };
      this.#late = appending.then(over, over);
      throw error;
    }
    this.#knows(bytes);
  }

  #take() {
    const bytes = joined(this.#rest, new TextEncoder().encode(this.#text));
    [this.#rest, this.#text] = [NONE, ""];
    return bytes;
  }

  /** @param {Uint8Array} bytes */
  #knows(bytes) {
    this.#length += bytes.length;
    this.#sum = checksum(this.#sum, bytes);
  }

  /** Gives what is in it: nothing as well if it was cut off within its first line, behind which nothing was ever sent. */
  async open() {
    const bytes = await openJournal(this.#journal, this.#timeout);
    this.#knows(bytes);
    if (bytes.length === 0 || !isUnbegun(bytes)) return bytes;
    this.#text = "\n";
    return NONE;
  }

  /**
   * Opens the journal again for another run of this process, which writes to its end what could not be written before.
   *
   * @param {Journal} journal
   * @param {number} timeout
   */
  async again(journal, timeout) {
    const next = new Writer(journal, timeout);
    // What comes late would stand behind what the next run writes.
    if (this.#late !== undefined) await opened(inTime(timeout, async () => this.#late));
    const bytes = await openJournal(journal, timeout);
    const unwritten = this.#take();
    this.#rest = unwritten;
    const more = bytes.subarray(this.#length);
    const isOurs =
      bytes.length >= this.#length &&
      checksum(START, bytes.subarray(0, this.#length)) === this.#sum &&
      more.length <= unwritten.length &&
      more.every((byte, at) => byte === unwritten[at]);
    if (!isOurs) {
      await next.close();
      throw journalChanged();
    }
    next.#knows(bytes);
    next.#rest = unwritten.slice(more.length);
    return next;
  }

  async close() {
    const close = async () => this.#journal.close?.();
    const closing = close();
    // A journal that does not answer is not waited for twice.
    if (this.#late !== undefined) closing.catch(() => {});
    else await inTime(this.#timeout, () => closing);
  }
}

/**
 * @param {number} sum
 * @param {Uint8Array} bytes
 */
function checksum(sum, bytes) {
  let next = sum;
  for (const byte of bytes) next = Math.imul(next ^ byte, 0x01000193);
  return next;
}

/**
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 */
function joined(one, other) {
  const whole = new Uint8Array(one.length + other.length);
  whole.set(one);
  whole.set(other, one.length);
  return whole;
}
