// @ts-check
// Ctrl-C, and being told to end.

import { removeUnfinished } from "./files.js";
import { say } from "./terminal.js";

/** Ctrl-C: once stops, and waits for what is under way; twice cuts it off. What is known then is still written. */
export class Interrupt {
  #controller = new AbortController();
  #isWriting = false;
  /** @type {(() => void) | undefined} */
  #stop;
  #listener = (/** @type {any} */ signal) => this.#interrupted(signal);

  constructor() {
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.on(signal, this.#listener);
  }

  get signal() {
    return this.#controller.signal;
  }

  /**
   * @param {import("../index.js").DeletionRun} deletion
   * @param {import("./progress.js").Progress} progress
   */
  stops(deletion, progress) {
    this.#stop = () => {
      progress.end({ keep: true });
      const underWay = deletion.stats?.inFlight ?? 0;
      const answers = underWay === 1 ? "the answer to 1 request" : `the answers to ${underWay} requests`;
      say(`Stopping: waiting for ${answers}. Ctrl-C again cuts ${underWay === 1 ? "it" : "them"} off.`);
      deletion.stop();
    };
  }

  /** The deletion is over. */
  writes() {
    this.#isWriting = true;
    this.#stop = () =>
      say("The deletion is over; its receipt and tables are being written. Ctrl-C again ends without them.");
  }

  /** @param {"SIGINT" | "SIGTERM"} signal */
  #interrupted(signal) {
    const stop = this.#stop;
    this.#stop = undefined;
    if (stop !== undefined) stop();
    else if (this.#isWriting) this.#die(signal);
    else this.#controller.abort();
  }

  /** As if nobody had listened: to exit would wait for a pipe from which nobody reads. @param {"SIGINT" | "SIGTERM"} signal */
  #die(signal) {
    removeUnfinished();
    this.end();
    process.kill(process.pid, signal);
  }

  end() {
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.off(signal, this.#listener);
  }
}
