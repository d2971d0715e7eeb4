// @ts-check
// What is about to happen, and the phrase that lets it.

import { byId, enable, input, make, on, say, show } from "../dom.js";
import { ask } from "../engine.js";
import { t } from "../language.js";

/** A cautious guess for the first time: a request takes some two seconds, and a handful go at a time. */
const MS_A_REQUEST = 500;

export class Review {
  #start;
  /** @type {import("./choose.js").Chosen | undefined} */
  #chosen;

  /** @param {(chosen: import("./choose.js").Chosen) => void} start */
  constructor(start) {
    this.#start = start;
    on("phrase", "input", () => {
      this.#showDiffers(false);
      this.#check();
    });
    // While the button cannot be pressed, Enter submits nothing, and no event tells of it.
    on("phrase", "keydown", ({ key, isComposing }) => {
      if (key === "Enter" && !isComposing) this.#showDiffers(!this.#check());
    });
    on("confirm", "submit", (event) => {
      event.preventDefault();
      if (this.#chosen === undefined || !this.#check()) return;
      this.#start(this.#chosen);
    });
  }

  /** @param {import("./choose.js").Chosen} chosen */
  begin(chosen) {
    this.#chosen = chosen;
    input("phrase").value = "";
    this.#showDiffers(false);
    this.#check();
    this.showWords();
    this.#countAgain(chosen);
  }

  /** Others may have changed the library since it was connected. @param {import("./choose.js").Chosen} chosen */
  async #countAgain(chosen) {
    const { connection } = chosen;
    try {
      const faceCount = await ask("count", { groupId: connection.groupId });
      if (this.#chosen !== chosen) return;
      this.#chosen = { ...chosen, connection: { ...connection, faceCount } };
      this.showWords();
    } catch {
      // The count of a moment ago stands; what is wrong with the server shows as soon as something depends on it.
    }
  }

  showWords() {
    if (this.#chosen === undefined) return;
    const { counts, requests, confirmation, source, connection, isResumed } = this.#chosen;
    const what = isResumed ? t.review.whatResumed : t.review.what;
    say("review-what", what(counts.distinct, connection.groupId));
    show("review-nothing-sent", !isResumed);
    show("review-more", !isResumed && counts.distinct > connection.faceCount);
    say("phrase-expected", confirmation);
    const left = [
      ...(counts.duplicates > 0 ? [t.choose.duplicates(counts.duplicates)] : []),
      ...(counts.invalid > 0 ? [t.choose.invalid(counts.invalid)] : []),
    ];
    const facts = [
      [t.review.library, t.review.faces(connection.faceCount)],
      [t.review.source, source],
      [t.review.left, left.length > 0 ? left.join(" · ") : t.review.leftNothing],
      // How much of it is done already is known to the journal only.
      [t.review.requests, (isResumed ? t.review.requestsAtMost : t.review.requestsValue)(requests)],
      ...(isResumed ? [] : [[t.review.duration, t.format.duration(requests * MS_A_REQUEST)]]),
    ];
    const parts = facts.flatMap(([name = "", value = ""]) => [make("dt", {}, name), make("dd", {}, value)]);
    byId("review-facts").replaceChildren(...parts);
  }

  /** @param {boolean} differs */
  #showDiffers(differs) {
    input("phrase").setAttribute("aria-invalid", String(differs));
    show("phrase-differs", differs);
  }

  #check() {
    const fits = input("phrase").value.trim() === this.#chosen?.confirmation;
    enable("review-delete", fits, "phrase");
    return fits;
  }
}
