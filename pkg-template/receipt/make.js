// @ts-check
// Makes a receipt from a report. index.d.ts documents it.

import { OUTCOMES } from "../outcomes.js";
import { BLOCK, canonical, HASH, MAGIC, RECEIPT, toHex, VERSION } from "./format.js";

const TOKENS_AT_ONCE = 4_096;
/** So long, in milliseconds, it may hold up whoever else has something to do, such as a page that is drawn. */
const MOST_AT_A_TIME = 25;

/**
 * @typedef {object} Origin
 * @property {any} report
 * @property {import("../run.js").Facts} facts
 * @property {{ runId: string, at: number, faceCount?: number }} [begun]
 * @property {number} endedAt in UNIX seconds
 * @property {number | undefined} faceCountAfter
 * @property {string[]} [requestIds]
 * @property {Iterable<import("../run.js").TokenOutcome>} outcomes
 */

/**
 * @param {typeof import("../wasm/finauth_facesearch.js")} rust
 * @param {Origin} origin
 */
export async function makeReceipt(rust, { report, facts, begun, endedAt, faceCountAfter, requestIds, outcomes }) {
  const key = crypto.getRandomValues(new Uint8Array(HASH));
  const tree = new rust.OutcomeTree(key);
  const { groupId, counts, ended, requests, retries, warnings } = report;
  const document = {
    format: RECEIPT,
    version: VERSION,
    groupId,
    list: { fingerprint: facts.fingerprint, total: facts.total, distinct: facts.distinct },
    runId: begun?.runId ?? null,
    startedAt: instant(begun?.at),
    // A clock that goes back tells nothing.
    endedAt: instant(endedAt < (begun?.at ?? 0) ? undefined : endedAt),
    ended,
    counts,
    faceCount: { before: begun?.faceCount ?? null, after: faceCountAfter ?? null },
    requests,
    retries,
    requestIds,
    warnings,
    tree: { key: toHex(tree.key()), leaves: facts.distinct },
  };
  const { root, leaves } = await grow(tree, key, facts.distinct, outcomes, canonical(document));
  const json = canonical({ ...document, tree: { ...document.tree, root: toHex(root) } });
  return { json, document: JSON.parse(json), leaves };
}

/**
 * Builds the tree, and the file of its leaves.
 *
 * @param {import("../wasm/finauth_facesearch.js").OutcomeTree} tree
 * @param {Uint8Array} key
 * @param {number} distinct
 * @param {Iterable<import("../run.js").TokenOutcome>} outcomes
 * @param {string} said what else the receipt says
 */
async function grow(tree, key, distinct, outcomes, said) {
  const head = MAGIC.length + 4 + 2 * HASH;
  const file = new Uint8Array(head + HASH * (distinct + Math.ceil(distinct / BLOCK)));
  file.set(MAGIC);
  new DataView(file.buffer).setUint32(MAGIC.length, distinct);
  file.set(key, MAGIC.length + 4);
  let end = head;
  /** @type {string[]} */
  let tokens = [];
  /** @type {number[]} */
  let codes = [];
  let last = performance.now();
  const push = () => {
    const leaves = tree.push(tokens.join(","), Uint8Array.from(codes));
    file.set(leaves, end);
    end += leaves.length;
    [tokens, codes] = [[], []];
  };
  for (const { token, outcome } of outcomes) {
    if (token === undefined || outcome === "duplicate") continue;
    tokens.push(token);
    codes.push(OUTCOMES.indexOf(outcome));
    if (tokens.length < TOKENS_AT_ONCE) continue;
    push();
    if (performance.now() - last < MOST_AT_A_TIME) continue;
    await new Promise((resolve) => setTimeout(resolve));
    last = performance.now();
  }
  if (tokens.length > 0) push();
  const { root, document, blocks } = /** @type {any} */ (tree.finish(said));
  file.set(document, MAGIC.length + 4 + HASH);
  file.set(blocks, end);
  return { root, leaves: file };
}

/** @param {number | undefined} seconds */
function instant(seconds) {
  return seconds === undefined ? null : new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
