// @ts-check
// Reads the emulator's options. It has code of its own for this, as for all else: it shares none with the client.

/**
 * The properties of a plain object, without what others add to `Object.prototype`. Fails at a name that is not known.
 *
 * @template {object} T
 * @param {T | undefined} given
 * @param {string[]} names
 * @param {string} what takes it
 * @returns {T}
 */
export function ownOptions(given, names, what) {
  const options = given ?? /** @type {T} */ ({});
  const prototype = typeof options === "object" ? Object.getPrototypeOf(options) : undefined;
  // Another realm has an `Object.prototype` of its own.
  const isPlain = prototype === null || (prototype !== undefined && Object.hasOwn(prototype, "isPrototypeOf"));
  if (!isPlain) throw new TypeError(`options of ${what} must be a plain object`);
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`${unknown} is not an option of ${what}; there are ${names.join(", ")}`);
  return Object.assign(Object.create(null), options);
}
