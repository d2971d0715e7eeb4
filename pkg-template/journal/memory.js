// @ts-check
// A journal in memory. memory.d.ts documents it.

import { journalLocked } from "./index.js";

export class MemoryJournal {
  #bytes = new Uint8Array();
  #isOpen = false;

  open() {
    if (this.#isOpen) throw journalLocked();
    this.#isOpen = true;
    return this.#bytes;
  }

  /** @param {Uint8Array} bytes */
  append(bytes) {
    const whole = new Uint8Array(this.#bytes.length + bytes.length);
    whole.set(this.#bytes);
    whole.set(bytes, this.#bytes.length);
    this.#bytes = whole;
  }

  close() {
    this.#isOpen = false;
  }
}
