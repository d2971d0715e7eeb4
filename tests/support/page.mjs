// @ts-check
// Node as a page.

/**
 * Makes something as if this were a page, whose requests may go out twice.
 *
 * @template T
 * @param {() => T} make
 */
export async function inAPage(make) {
  const { process } = globalThis;
  try {
    Reflect.deleteProperty(globalThis, "process");
    return make();
  } finally {
    globalThis.process = process;
  }
}
