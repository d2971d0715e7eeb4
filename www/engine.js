// @ts-check
// The page's side of the worker: questions and their answers. When the worker fails, that is said at once, and nothing is
// asked of it any more.

/** What the worker could not do, in plain data. */
export class Trouble extends Error {
  /** @param {{ name?: string, code?: string, message: string, delivery?: string, requestId?: string }} said */
  constructor(said) {
    super(said.message);
    this.said = said;
  }
}

/** The worker runs no more, whatever it was at. */
export const WORKER_FAILED = "WORKER_FAILED";

const BETWEEN_BEATS_MS = 10_000;
/** So many times it may miss a beat: a page in the background, or a machine that slept, counts strangely. */
const MOST_MISSED = 3;

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
let missed = 0;
/** @type {Trouble | undefined} */
let failure;

worker.addEventListener("message", ({ data: { id, answer, error, event, what } }) => {
  missed = 0;
  if (event !== undefined) {
    listeners[event]?.(what);
    return;
  }
  const { resolve, reject } = waiting.get(id) ?? {};
  waiting.delete(id);
  if (error === undefined) resolve?.(answer);
  else reject?.(new Trouble(error));
});
worker.addEventListener("error", ({ message }) => fail(message ?? "The worker could not be loaded"));
worker.addEventListener("messageerror", () => fail("A message of the worker could not be read"));

setInterval(() => {
  // Only while something is asked of it: a worker that is not needed may be put to sleep.
  if (waiting.size === 0) missed = 0;
  else if (missed >= MOST_MISSED) fail("The worker does not answer");
  else {
    missed += 1;
    worker.postMessage({ what: "beat" });
  }
}, BETWEEN_BEATS_MS);

/** @param {string} message */
function fail(message) {
  if (failure !== undefined) return;
  // What is left of it must not go on deleting when nobody sees it.
  worker.terminate();
  failure = new Trouble({ code: WORKER_FAILED, message });
  for (const { reject } of waiting.values()) reject(failure);
  waiting.clear();
}

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
    if (failure !== undefined) {
      reject(failure);
      return;
    }
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
