// @ts-check
// Is this `fetch` the runtime's own, with nothing in it that could send a request again? Only then does its error say what was
// sent. A wrapper, a test double and a dispatcher such as undici's RetryAgent report the failure of their last attempt only.
// Whatever is not recognised here is not the runtime's own.

// Taken when the module is loaded, so that nothing that replaces them later is asked.
const { apply, getPrototypeOf, ownKeys } = Reflect;
const { toString: functionText } = Function.prototype;

/** Where undici, of which Node's `fetch` is made, keeps the dispatcher of all requests. Node 24 has two. */
const DISPATCHERS = [1, 2].map((version) => Symbol.for(`undici.globalDispatcher.${version}`));

/** Names that only the bundler of Node gives: the same classes from npm have no such line. */
const NODES_DISPATCHER = /^class \w* ?extends [\s\S]*__name\(this, "(Agent|_?Dispatcher1Wrapper)"\)/;

/** What its `dispatch` ends with; one that was replaced in the prototype has it from elsewhere. */
const NODES_DISPATCH = /this(\[k\w*Dispatch\]|\.#dispatcher\.dispatch)\(/;

/**
 * The dispatchers of this moment. `fetch` takes one while it is called, not later.
 *
 * @returns {unknown[]}
 */
export function dispatchers() {
  return DISPATCHERS.map((symbol) => /** @type {any} */ (globalThis)[symbol]);
}

/**
 * @param {unknown} fetch
 * @param {unknown[]} taken the dispatchers when it had been called
 */
export function isOwnFetch(fetch, taken) {
  try {
    const { process, Bun } = /** @type {any} */ (globalThis);
    const source = sourceOf(fetch);
    if (typeof Bun?.version === "string") {
      const { name } = /** @type {Function} */ (fetch);
      // Bound functions, proxies and mocks look native, too; they lack the name, or the property.
      const isNative = /^function fetch\(\) \{\s*\[native code\]\s*\}$/.test(source);
      return isNative && name === "fetch" && ownKeys(/** @type {Function} */ (fetch)).includes("preconnect");
    }
    // The runtimes that remain, such as workerd, have no code in their errors.
    if (typeof process?.versions?.node !== "string" || !source.includes("internal/deps/undici/undici")) return false;
    const used = taken.filter((dispatcher) => dispatcher !== undefined);
    return used.length > 0 && used.every(isNodesDispatcher);
  } catch {
    return false;
  }
}

/** @param {any} dispatcher */
function isNodesDispatcher(dispatcher) {
  const prototype = /** @type {any} */ (getPrototypeOf(dispatcher));
  // `compose` makes a proxy with another `dispatch`.
  const isUsual = dispatcher.dispatch === prototype.dispatch && NODES_DISPATCH.test(sourceOf(prototype.dispatch));
  if (!isUsual || !NODES_DISPATCHER.test(sourceOf(prototype.constructor))) return false;
  // A dispatcher made with options may have interceptors among them, or make its connections in its own way.
  const options = ownKeys(dispatcher).find((key) => String(key) === "Symbol(options)");
  const values = options === undefined ? [] : Object.values(dispatcher[options]);
  return values.every((value) => value === undefined || value === Number.POSITIVE_INFINITY);
}

/** @param {any} code @returns {string} */
function sourceOf(code) {
  return apply(functionText, code, []);
}
