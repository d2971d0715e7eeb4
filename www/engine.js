// @ts-check
// The page's side of the worker: questions and their answers.

/** What the worker could not do, in plain data. */
export class Trouble extends Error {
  /** @param {{ name?: string, code?: string, message: string, delivery?: string, requestId?: string }} said */
  constructor(said) {
    super(said.message);
    this.said = said;
  }
}

// The one script that may be made out of text, and exactly that.
const url = new URL("worker.js", import.meta.url).href;
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("console-worker", {
  createScriptURL: (/** @type {string} */ asked) => {
    if (asked === url) return asked;
    throw new TypeError("Only the worker's own address is a script here");
  },
});

const worker = new Worker(policy === undefined ? url : policy.createScriptURL(url), { type: "module" });

/** @type {Map<number, { resolve: (answer: any) => void, reject: (error: Error) => void }>} */
const waiting = new Map();
/** @type {Record<string, (what: any) => void>} */
const listeners = {};
let asked = 0;

worker.addEventListener("message", ({ data: { id, answer, error, event, what } }) => {
  if (event !== undefined) {
    listeners[event]?.(what);
    return;
  }
  const { resolve, reject } = waiting.get(id) ?? {};
  waiting.delete(id);
  if (error === undefined) resolve?.(answer);
  else reject?.(new Trouble(error));
});

worker.addEventListener("error", (event) => {
  for (const { reject } of waiting.values()) reject(new Trouble({ message: event.message ?? "The worker failed" }));
  waiting.clear();
});

/**
 * Asks the worker to do something.
 *
 * @param {string} what
 * @param {object} [more]
 * @returns {Promise<any>}
 */
export function ask(what, more = {}) {
  asked += 1;
  const id = asked;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, what, ...more });
  });
}

/**
 * What the worker says unasked: `reading`, `progress`.
 *
 * @param {string} event
 * @param {(what: any) => void} listener
 */
export function listen(event, listener) {
  listeners[event] = listener;
}
