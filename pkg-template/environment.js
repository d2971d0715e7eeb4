// @ts-check
// Where the code runs, as far as it matters: may a secret be here, and does a request go out once only?

/** A runtime on a machine of its user's own: a secret may be here. */
export function isServer() {
  const { process, Deno, Bun } = /** @type {any} */ (globalThis);
  // Pages of Electron and NW.js, and their workers, may have a process. They are pages all the same, with Chromium's `fetch`.
  const isPage = process?.versions?.nw !== undefined || ![undefined, "browser", "utility"].includes(process?.type);
  const isNode = typeof process?.versions?.node === "string" && !isPage;
  // Their versions are asked for, since a page's element with such an id is a global, too.
  const isOther = typeof Deno?.version?.deno === "string" || typeof Bun?.version === "string";
  return isNode || isOther || isWorker();
}

/** The first version of Bun that was seen not to send a request again; 1.3.3 was seen to do so. */
const BUN_SENDS_ONCE = [1, 4, 5];

/**
 * Whether `fetch` sends a request once. Browsers send a POST again when a reused connection drops; so does Deno, since 2026
 * (seen with 2.9.6), and so did Bun.
 */
export function transmitsOnce() {
  const { Deno, Bun } = /** @type {any} */ (globalThis);
  if (typeof Deno?.version?.deno === "string") return false;
  return isServer() && (typeof Bun?.version !== "string" || isAtLeast(Bun.version, BUN_SENDS_ONCE));
}

/**
 * @param {string} version
 * @param {number[]} least
 */
function isAtLeast(version, least) {
  const parts = version.split(/[.-]/).map(Number);
  const other = least.findIndex((number, at) => parts[at] !== number);
  return other === -1 || Number(parts[other]) > Number(least[other]);
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
