// @ts-check
// Which faces: typed, pasted, dropped, picked from a file, or ticked in the practice library.

import { byId, enable, make, on, show } from "../dom.js";
import { ask, listen } from "../engine.js";
import { t } from "../language.js";

/** @typedef {{ counts: { total: number, distinct: number, duplicates: number, invalid: number }, requests: number, confirmation: string, fingerprint: string, source: string, isResumed: boolean, connection: import("../app.js").Connection }} Chosen */

/** Longer texts are kept as a file: a text field with a million lines makes any page stand still. */
const MOST_TYPED = 100_000;
const TYPING_PAUSE_MS = 250;

export class Choose {
  /** @type {(error: unknown) => void} */
  onTrouble = () => {};
  onClear = () => {};
  /** @type {import("../app.js").Connection | undefined} */
  connection;
  #done;
  /** @type {import("../app.js").Pending | undefined} */
  #expected;
  /** @type {Blob | undefined} in place of what is typed */
  #file;
  #name = "";
  /** @type {any} what was read */
  #read;
  #readings = 0;
  /** The first line of what is typed. @type {string | undefined} */
  #heading;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typing;
  /** @type {any[]} */
  #faces = [];

  /** @param {(chosen: Chosen) => void} done */
  constructor(done) {
    this.#done = done;
    this.#field.addEventListener("input", () => {
      clearTimeout(this.#typing);
      // What was read before is not what is in the field.
      this.#forgetRead();
      this.#typing = setTimeout(() => this.#readAgain(), TYPING_PAUSE_MS);
      this.#showFaces();
    });
    this.#field.addEventListener("paste", (event) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (text.length < MOST_TYPED) return;
      event.preventDefault();
      this.#take(new Blob([text]), undefined);
    });
    on("pick", "click", () => byId("file").click());
    on("file", "change", ({ target }) => {
      const [file] = target.files;
      if (file !== undefined) this.#take(file, file.name);
      target.value = "";
    });
    for (const event of ["dragover", "dragleave", "drop"]) {
      on("drop", event, (drag) => {
        const hasFile = drag.dataTransfer?.types.includes("Files");
        // Text goes into the field as it would anywhere.
        if (!hasFile) drag.stopPropagation();
        byId("drop").classList.toggle("over", hasFile && event === "dragover");
        const [file] = drag.dataTransfer?.files ?? [];
        if (event === "drop" && file !== undefined) this.#take(file, file.name);
      });
    }
    on("picked-clear", "click", () => {
      this.#file = undefined;
      byId("column").replaceChildren();
      this.#showSource();
      this.#readAgain();
      this.#field.focus();
    });
    on("column", "change", () => this.#readAgain());
    on("sample", "click", () => this.#sample());
    on("restore", "click", () =>
      this.#orTrouble(async () => {
        await ask("restore");
        await this.#countAgain();
      }),
    );
    on("faces", "change", ({ target }) => this.#tick(target.value, target.checked));
    on("choose-next", "click", () => this.#next());
    listen("reading", (entries) => {
      if (this.#read === undefined) byId("choose-summary").replaceChildren(t.choose.reading(entries));
    });
  }

  get isReal() {
    return this.connection !== undefined && this.connection.way !== "practice";
  }

  get #field() {
    return /** @type {HTMLTextAreaElement} */ (byId("tokens"));
  }

  /**
   * @param {import("../app.js").Connection} connection
   * @param {import("../app.js").Pending | undefined} expected the list that has to be chosen
   */
  begin(connection, expected) {
    const before = this.connection;
    // A list for one library is not one for another; least of all one for practice.
    if (before !== undefined && (before.way === "practice") !== (connection.way === "practice")) this.#forgetList();
    if (before !== undefined && before.groupId !== connection.groupId) this.#forgetList();
    this.connection = connection;
    this.#expected = expected;
    for (const id of ["sample", "practice-faces"]) show(id, connection.way === "practice");
    this.showWords();
    this.#readAgain();
    if (connection.way === "practice") this.#orTrouble(() => this.#loadFaces());
  }

  /** @param {() => Promise<void>} work */
  async #orTrouble(work) {
    try {
      await work();
    } catch (error) {
      this.onTrouble(error);
    }
  }

  async reset() {
    this.#expected = undefined;
    this.#forgetList();
    await this.#readAgain();
    await this.#countAgain();
  }

  /** The deletion that was to be gone on with is forgotten. */
  expectNothing() {
    this.#expected = undefined;
    this.#showRead();
  }

  #forgetList() {
    this.#file = undefined;
    this.#field.value = "";
    byId("column").replaceChildren();
    this.#showSource();
  }

  showWords() {
    if (this.connection === undefined) return;
    const { groupId, faceCount } = this.connection;
    byId("choose-library").textContent = t.choose.connected(groupId, faceCount);
    this.#showSource();
    this.#showRead();
    this.#showFaces();
  }

  async #countAgain() {
    if (this.connection === undefined) return;
    const { groupId } = this.connection;
    this.connection = { ...this.connection, faceCount: await ask("count", { groupId }) };
    if (!this.isReal) await this.#loadFaces();
    this.showWords();
  }

  /**
   * @param {Blob} file
   * @param {string | undefined} name
   */
  #take(file, name) {
    this.#file = file;
    this.#name = name ?? "";
    this.#showSource();
    byId("column").replaceChildren();
    this.#readAgain();
    byId("picked-clear").focus();
  }

  #showSource() {
    show("typed", this.#file === undefined);
    show("picked", this.#file !== undefined);
    byId("picked-name").textContent = this.#sourceName();
    show("faces-off", this.#file !== undefined);
    this.#showFaces();
  }

  #sourceName() {
    if (this.#file === undefined) return t.choose.typed;
    return t.choose.file(this.#name || t.choose.pasted, this.#file.size);
  }

  #forgetRead() {
    this.#readings += 1;
    this.#read = undefined;
    enable("choose-next", false, "choose-heading");
  }

  async #readAgain() {
    clearTimeout(this.#typing);
    this.#forgetRead();
    const reading = this.#readings;
    // A column was chosen by these headings, and by no others.
    const heading = this.#file === undefined ? this.#field.value.split("\n", 1)[0] : undefined;
    if (heading !== this.#heading) byId("column").replaceChildren();
    this.#heading = heading;
    this.onClear();
    const column = /** @type {HTMLSelectElement} */ (byId("column")).value;
    try {
      const read = await ask("read", {
        source: this.#file ?? this.#field.value,
        groupId: this.connection?.groupId,
        column: column === "" ? undefined : Number(column),
      });
      if (reading !== this.#readings) return;
      this.#read = read;
      this.#showColumns(read, column);
      this.#showRead();
    } catch (error) {
      if (reading !== this.#readings) return;
      byId("choose-summary").replaceChildren();
      this.#read = undefined;
      show("invalid", false);
      this.onTrouble(error);
    }
  }

  /**
   * @param {any} read
   * @param {string} chosen
   */
  #showColumns({ columns, column }, chosen) {
    const isTable = columns.length > 1;
    show("column-field", isTable);
    if (!isTable) {
      byId("column").replaceChildren();
      show("column-suspect", false);
      return;
    }
    const at = chosen !== "" && Number(chosen) < columns.length ? Number(chosen) : columns.indexOf(column);
    const none = make("option", { value: "" }, t.choose.columnNone);
    const options = columns.map((/** @type {string} */ name, /** @type {number} */ index) =>
      make(
        "option",
        { value: String(index), selected: index === at, "data-verbatim": "" },
        name || t.choose.columnUnnamed(index + 1),
      ),
    );
    byId("column").replaceChildren(...(at < 0 ? [none] : []), ...options);
    show("column-suspect", /^[0-9a-f]{16,}$/i.test(columns[at] ?? ""));
  }

  #showRead() {
    if (this.#read === undefined) return;
    const { counts, error, invalid = [], fingerprint } = this.#read;
    const isAnother = this.#expected !== undefined && counts?.total > 0 && fingerprint !== this.#expected.fingerprint;
    enable("choose-next", error === undefined && counts.distinct > 0 && !isAnother);
    byId("choose-summary").replaceChildren(
      ...(error === undefined
        ? this.#summary(counts)
        : [t.errors[error.code]?.title ?? error.message, " ", t.errors[error.code]?.next ?? ""]),
      ...(isAnother ? [make("p", { class: "notice bad" }, t.choose.another)] : []),
    );
    show("invalid", invalid.length > 0);
    const items = invalid.map((/** @type {any} */ entry) => this.#invalidEntry(entry));
    const rest = (counts?.invalid ?? 0) - invalid.length;
    byId("invalid-list").replaceChildren(...items, ...(rest > 0 ? [make("li", {}, t.choose.more(rest))] : []));
  }

  /** @param {Chosen["counts"]} counts */
  #summary({ total, distinct, duplicates, invalid }) {
    if (total === 0) return [t.choose.nothing];
    return [
      make("strong", {}, t.choose.distinct(distinct)),
      ...(duplicates > 0 ? [make("span", {}, t.choose.duplicates(duplicates))] : []),
      ...(invalid > 0 ? [make("span", { class: "unsure" }, t.choose.invalid(invalid))] : []),
    ];
  }

  /** @param {{ index: number, line?: number, problem: string }} entry */
  #invalidEntry({ index, line, problem }) {
    const place = line === undefined ? t.choose.entry(index + 1) : t.choose.line(line);
    const what = t.problems[problem] ?? problem;
    if (line === undefined) return make("li", {}, t.at(place, what));
    const jump = make("button", { type: "button", class: "link" }, place);
    const item = make("li", {}, jump, t.at("", what));
    jump.addEventListener("click", () =>
      this.#file === undefined ? this.#jumpTo(line) : this.#showAround(line, item),
    );
    return item;
  }

  /**
   * A file is not on the page: what stands around the line is fetched from it.
   *
   * @param {number} line
   * @param {HTMLElement} item
   */
  async #showAround(line, item) {
    const shown = item.querySelector("table");
    if (shown !== null) {
      shown.remove();
      return;
    }
    const lines = await ask("around", { source: this.#file, line });
    const rows = lines.map((/** @type {{ line: number, text: string }} */ one) =>
      make(
        "tr",
        { class: one.line === line ? "here" : "" },
        make("th", { scope: "row" }, t.format.number(one.line)),
        make("td", { "data-verbatim": "" }, one.text),
      ),
    );
    item.append(make("table", { class: "around", "aria-label": t.choose.around(line) }, make("tbody", {}, ...rows)));
  }

  /** @param {number} line */
  #jumpTo(line) {
    const lines = this.#field.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    this.#field.focus();
    this.#field.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
    const height = this.#field.scrollHeight / Math.max(lines.length, 1);
    this.#field.scrollTop = Math.max(0, (line - 3) * height);
  }

  async #loadFaces() {
    this.#faces = await ask("faces");
    this.#showFaces();
  }

  #showFaces() {
    const typed = new Set(this.#field.value.split(/[\s,;]+/));
    const focused = /** @type {any} */ (document.activeElement)?.value;
    const rows = this.#faces
      .filter(({ isThere }) => isThere)
      .map(({ faceToken, userData }) => {
        const box = /** @type {HTMLInputElement} */ (make("input", { type: "checkbox", value: faceToken }));
        box.checked = typed.has(faceToken);
        box.disabled = this.#file !== undefined;
        box.setAttribute("aria-label", t.choose.tick(userData));
        return make(
          "tr",
          {},
          make("td", { class: "tick" }, box),
          make("td", { "data-verbatim": "" }, userData),
          make("td", { class: "token", "data-verbatim": "" }, faceToken),
        );
      });
    const body = /** @type {HTMLElement} */ (document.querySelector("#faces tbody"));
    const hadFocus = body.contains(document.activeElement);
    body.replaceChildren(...rows);
    // The rows were made anew; the keyboard stays where it was.
    if (hadFocus) for (const box of body.querySelectorAll("input")) if (box.value === focused) box.focus();
  }

  /**
   * @param {string} token
   * @param {boolean} isTicked
   */
  #tick(token, isTicked) {
    const lines = this.#field.value.split("\n").filter((line) => line.trim() !== "" && line.trim() !== token);
    this.#field.value = [...lines, ...(isTicked ? [token] : [])].join("\n");
    this.#readAgain();
  }

  /** A table of fifteen people, with what such tables have: twelve that are there, and three entries that are not. */
  #sample() {
    const people = this.#faces.slice(0, 12);
    const rows = [
      ...people.map(({ userData, faceToken }) => `${userData},${faceToken}`),
      `Priya Nair,${"0".repeat(32)}`,
      `${people[0]?.userData},${people[0]?.faceToken}`,
      "Tomás Ruiz,not known yet",
    ];
    this.#take(new Blob([["name,face_token", ...rows].join("\n")]), "sample.csv");
  }

  #next() {
    const connection = /** @type {import("../app.js").Connection} */ (this.connection);
    const isResumed = this.#expected !== undefined;
    this.#done({ ...this.#read, source: this.#sourceName(), isResumed, connection });
  }
}
