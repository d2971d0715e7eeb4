// @ts-check
// The truth: which faces each library holds, and which of them a call removed.

export class Libraries {
  /** @type {Map<string, Library>} */
  #byId = new Map();

  /**
   * @param {string} groupId
   * @param {Iterable<Face>} [faces]
   */
  create(groupId, faces = []) {
    const library = new Library(groupId);
    library.addAll(faces);
    this.#byId.set(groupId, library);
    return library;
  }

  /** @param {string} groupId */
  find(groupId) {
    return this.#byId.get(groupId);
  }

  ids() {
    return [...this.#byId.keys()];
  }
}

/** @typedef {import("./index.js").EmulatedFace} Face */

class Library {
  /** @type {Map<string, { userId: string, userData: string, addTime: number }>} */
  faces = new Map();

  /** How often calls removed a token. Removals by hand, as by another writer, do not count. @type {Map<string, number>} */
  removals = new Map();

  /** What calls did not find. @type {Set<string>} */
  missed = new Set();

  /** @param {string} groupId */
  constructor(groupId) {
    this.groupId = groupId;
  }

  /** @param {Iterable<Face>} faces */
  addAll(faces) {
    for (const face of faces) {
      if (typeof face === "string") this.add(face);
      else this.add(face.faceToken, face);
    }
  }

  /**
   * @param {string} token
   * @param {{ userId?: string, userData?: string, addTime?: number }} [about]
   */
  add(token, { userId = "", userData = "", addTime = 0 } = {}) {
    this.faces.set(token, { userId, userData, addTime });
  }

  /** What was done so far is of no interest to the next audit. */
  forgetCalls() {
    this.removals.clear();
    this.missed.clear();
  }

  /**
   * Removes a token on behalf of a call; false if it is not there.
   *
   * @param {string} token
   */
  remove(token) {
    const removed = this.faces.delete(token);
    if (removed) this.removals.set(token, (this.removals.get(token) ?? 0) + 1);
    else this.missed.add(token);
    return removed;
  }
}
