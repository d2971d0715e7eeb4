// @ts-check
// Where the code runs, as far as it matters: may a secret be here, and does a request go out once only?

/** A runtime on a machine of its user's own: a secret may be here. */
export function isServer() {
  const { process, Deno, Bun } = /** @type {any} */ (globalThis);
  // Electron's pages have a process, and are pages all the same.
  const isNode = typeof process?.versions?.node === "string" && process.type !== "renderer";
  // Their versions are asked for, since a page's element with such an id is a global, too.
  const isOther = typeof Deno?.version?.deno === "string" || typeof Bun?.version === "string";
  return isNode || isOther || isWorker();
}

/**
 * Whether `fetch` sends a request once. Browsers send a POST again when a reused connection drops, and so does Deno, since
 * 2026: seen with 2.9.6.
 */
export function transmitsOnce() {
  return isServer() && typeof (/** @type {any} */ (globalThis).Deno?.version?.deno) !== "string";
}

/** Cloudflare's Workers and what follows them: many isolates, each with a memory of its own. */
export function isWorker() {
  return /** @type {any} */ (globalThis).navigator?.userAgent === "Cloudflare-Workers";
}

/** A page or one of its workers: whatever is here, its visitor can read. */
export function isBrowser() {
  const { document, WorkerGlobalScope } = /** @type {any} */ (globalThis);
  return !isServer() && (document !== undefined || WorkerGlobalScope !== undefined);
}

/**
 * An environment variable, on servers.
 *
 * @param {string} name
 * @returns {string | undefined}
 */
export function environmentVariable(name) {
  if (!isServer()) return undefined;
  try {
    return /** @type {any} */ (globalThis).process?.env?.[name];
  } catch {
    // Deno without --allow-env.
    return undefined;
  }
}
