// @ts-check
// Where the faces are, and who may delete them.

import { byId, enable, input, on, say, show } from "../dom.js";
import { ask } from "../engine.js";
import { t } from "../language.js";

export class Connect {
  /** @type {(error: unknown) => void} */
  onTrouble = () => {};
  onClear = () => {};
  #done;
  #session = "";
  #library = { practice: "practice-staff", real: "" };

  /** @param {(connection: import("../app.js").Connection) => void} done */
  constructor(done) {
    this.#done = done;
    on("connect-form", "change", ({ target }) => target.name === "way" && this.#showWay());
    on("secret-understood", "change", () => this.#showWay());
    on("connect-form", "submit", (event) => {
      event.preventDefault();
      this.#connect();
    });
  }

  start() {
    // Whoever started the console was given an address with this in it. It is to be seen no longer than necessary.
    const session = /^#session=([\w-]+)$/.exec(location.hash)?.[1];
    if (session !== undefined) {
      this.#session = session;
      history.replaceState(null, "", location.pathname + location.search);
      this.#choose("proxy");
    }
    this.#showWay();
  }

  /** @param {string} groupId */
  prefill(groupId) {
    if (this.#way === "practice") this.#choose("proxy");
    this.#showWay();
    input("library").value = groupId;
  }

  get #way() {
    const chosen = /** @type {HTMLInputElement} */ (document.querySelector("input[name=way]:checked"));
    return /** @type {"practice" | "proxy" | "secret"} */ (chosen.value);
  }

  /** @param {string} way */
  #choose(way) {
    /** @type {HTMLInputElement} */ (document.querySelector(`input[name=way][value=${way}]`)).checked = true;
  }

  #shown = "practice";

  #showWay() {
    const way = this.#way;
    const kind = (/** @type {string} */ one) => (one === "practice" ? "practice" : "real");
    if (kind(this.#shown) !== kind(way)) {
      this.#library[kind(this.#shown)] = input("library").value;
      input("library").value = this.#library[kind(way)];
    }
    this.#shown = way;
    show("proxy-fields", way === "proxy");
    show("secret-fields", way === "secret");
    enable("connect-submit", way !== "secret" || input("secret-understood").checked);
  }

  async #connect() {
    const way = this.#way;
    const groupId = input("library").value.trim();
    this.onClear();
    if (groupId === "") {
      say("connect-status", t.connect.libraryMissing);
      input("library").focus();
      return;
    }
    enable("connect-submit", false, "connect-heading");
    say("connect-status", t.connect.connecting);
    try {
      const faceCount = await ask("connect", {
        way,
        groupId,
        proxyUrl: new URL(input("proxy-url").value, location.href).href,
        session: this.#session,
        apiKey: input("api-key").value.trim(),
        apiSecret: input("api-secret").value,
        baseUrl: input("base-url").value.trim(),
      });
      // The worker has it; nothing on the page needs it any more.
      input("api-secret").value = "";
      this.#done({ way, groupId, faceCount });
    } catch (error) {
      this.onTrouble(error);
      this.#showWay();
      // The message is at the top, and is read out; the keyboard is where it can be tried again.
      byId("connect-submit").focus({ preventScroll: true });
    } finally {
      say("connect-status", "");
      this.#showWay();
    }
  }
}
