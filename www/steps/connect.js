// @ts-check
// Where the faces are, and who may delete them.

import { byId, enable, input, on, say, show } from "../dom.js";
import { ask, Trouble } from "../engine.js";
import { t } from "../language.js";

/** @typedef {import("../app.js").Connection} Connection */

export class Connect {
  /** @type {(error: unknown) => void} */
  onTrouble = () => {};
  onClear = () => {};
  onSession = () => {};
  #done;
  #session = "";
  #library = { practice: "practice-staff", real: "" };
  /** Counts attempts: only the newest may succeed. */
  #attempts = 0;
  #isConnecting = false;
  /** What the status says, whatever the language. @type {() => string} */
  #status = () => "";

  /** @param {(connection: Connection) => void} done */
  constructor(done) {
    this.#done = done;
    on("connect-form", "change", ({ target }) => {
      if (target.name === "way") this.#abandon();
      this.#showWay();
    });
    on("connect-form", "submit", (event) => {
      event.preventDefault();
      this.#connect();
    });
    // An address with a session in it may be pasted into a tab that is here already.
    addEventListener("hashchange", () => this.#takeSession());
  }

  start() {
    this.#takeSession();
    this.#showWay();
  }

  showWords() {
    say("connect-status", this.#status());
  }

  /** @param {string} groupId */
  prefill(groupId) {
    if (this.#way === "practice") this.#choose("proxy");
    this.#showWay();
    input("library").value = groupId;
  }

  /** Whether the console's own proxy will let this tab in. */
  get hasSession() {
    return this.#session !== "";
  }

  /** Whoever started the console was given an address with this in it. It is to be seen no longer than necessary. */
  #takeSession() {
    const session = /^#session=([\w-]+)$/.exec(location.hash)?.[1];
    if (session === undefined) return;
    this.#session = session;
    history.replaceState(null, "", location.pathname + location.search);
    this.#choose("proxy");
    this.#showWay();
    this.onSession();
  }

  get #way() {
    const chosen = /** @type {HTMLInputElement} */ (document.querySelector("input[name=way]:checked"));
    return /** @type {Connection["way"]} */ (chosen.value);
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
    if (way !== "secret") input("api-secret").value = "";
    this.#shown = way;
    show("proxy-fields", way === "proxy");
    show("secret-fields", way === "secret");
    const isAllowed = way !== "secret" || input("secret-understood").checked;
    enable("connect-submit", isAllowed && !this.#isConnecting, "connect-heading");
  }

  /** An attempt that is under way is of no interest any more. */
  #abandon() {
    this.onClear();
    if (!this.#isConnecting) return;
    this.#attempts += 1;
    this.#isConnecting = false;
    this.#say(() => "");
    ask("abandon").catch(() => {});
  }

  async #connect() {
    if (this.#isConnecting) return;
    this.onClear();
    const way = this.#way;
    const wrong = FIELDS.find(({ ways, id, isRight }) => ways.includes(way) && !isRight(input(id).value.trim()));
    for (const { id } of FIELDS) input(id).toggleAttribute("aria-invalid", false);
    if (wrong !== undefined) {
      input(wrong.id).setAttribute("aria-invalid", "true");
      this.#say(wrong.says);
      input(wrong.id).focus();
      return;
    }
    this.#attempts += 1;
    const attempt = this.#attempts;
    this.#isConnecting = true;
    this.#showWay();
    this.#say(() => t.connect.connecting);
    try {
      const groupId = input("library").value.trim();
      const faceCount = await ask("connect", {
        way,
        groupId,
        proxyUrl: way === "proxy" ? proxyUrl() : undefined,
        session: this.#session,
        apiKey: input("api-key").value.trim(),
        apiSecret: input("api-secret").value,
        baseUrl: input("base-url").value.trim(),
      });
      if (attempt !== this.#attempts) return;
      // The worker has it; nothing on the page needs it any more.
      input("api-secret").value = "";
      this.#ended();
      this.#done({ way, groupId, faceCount });
    } catch (error) {
      if (attempt !== this.#attempts) return;
      this.#ended();
      this.onTrouble(isNoProxy(error, way) ? new Trouble({ ...error.said, code: "NO_PROXY_HERE" }) : error);
      // The message is at the top, and is read out; the keyboard is where it can be tried again.
      byId("connect-submit").focus({ preventScroll: true });
    }
  }

  #ended() {
    this.#isConnecting = false;
    this.#say(() => "");
    this.#showWay();
  }

  /** @param {() => string} status */
  #say(status) {
    this.#status = status;
    this.showWords();
  }
}

/** What has to be filled in, and how. @type {{ id: string, ways: Connection["way"][], isRight: (value: string) => boolean, says: () => string }[]} */
const FIELDS = [
  {
    id: "proxy-url",
    ways: ["proxy"],
    isRight: (value) => value !== "" && URL.canParse(value, location.href),
    says: () => t.connect.addressWrong,
  },
  { id: "api-key", ways: ["secret"], isRight: (value) => value !== "", says: () => t.connect.keyMissing },
  { id: "api-secret", ways: ["secret"], isRight: (value) => value !== "", says: () => t.connect.secretMissing },
  {
    id: "base-url",
    ways: ["secret"],
    isRight: (value) => /^https?:/.test(value) && URL.canParse(value),
    says: () => t.connect.addressWrong,
  },
  {
    id: "library",
    ways: ["practice", "proxy", "secret"],
    isRight: (value) => value !== "",
    says: () => t.connect.libraryMissing,
  },
];

/**
 * The console's own server has a proxy only if it was given credentials.
 *
 * @param {unknown} error
 * @param {Connection["way"]} way
 * @returns {error is Trouble}
 */
function isNoProxy(error, way) {
  return (
    way === "proxy" &&
    error instanceof Trouble &&
    error.said.code === "PROXY_NOT_FOUND" &&
    proxyUrl() === new URL("/proxy", location.href).href
  );
}

function proxyUrl() {
  return new URL(input("proxy-url").value.trim(), location.href).href;
}
