// @ts-check
// Checks receipts, and makes the proof for one token. index.d.ts documents it.
//
// Nothing here is shared with what builds the tree, but the layout: hashes are Web Crypto's.

import { ValidationError } from "../errors.js";
import { Reader } from "../options.js";
import { OUTCOMES } from "../outcomes.js";
import { BLOCK, canonical, fromHex, HASH, MAGIC, PROOF, RECEIPT, toHex, VERSION } from "./format.js";

const SALT = 16;
/** The outcomes of tokens that have a leaf. */
const SENT = OUTCOMES.filter((outcome) => outcome !== "duplicate" && outcome !== "invalid");
const HEAD = MAGIC.length + 4 + 2 * HASH;

/** @typedef {{ index: number, outcome: string, salt: Uint8Array, path: Uint8Array[] }} Proof */

/**
 * @param {unknown} receipt
 * @param {unknown} proof
 * @param {unknown} options
 */
export async function verifyReceipt(receipt, proof, options) {
  const token = new Reader(options, "options").requiredText("token");
  const { document, root, size } = readReceipt(receipt);
  const { index, outcome, salt, path } = readProof(proof);
  const tree = await rootOver(await leafOf(salt, outcome, token), index, size, path.slice(0, -1));
  const said = await saidBy(document);
  const isSame = path.length > 0 && toHex(/** @type {Uint8Array} */ (path.at(-1))) === toHex(said);
  if (tree === undefined || !isSame || toHex(await node(said, tree)) !== toHex(root)) {
    throw wrong("PROOF_INVALID", "proof", "does not hold: the receipt does not say this of this token");
  }
  const { groupId, runId, endedAt } = document;
  return { outcome, groupId, runId, endedAt };
}

/**
 * @param {unknown} leaves
 * @param {unknown} options
 */
export async function proveOutcome(leaves, options) {
  const token = new Reader(options, "options").requiredText("token");
  const { size, key, said, leaf, blocks } = readLeaves(leaves);
  const salt = (await keyed(key, token)).subarray(0, SALT);
  for (const outcome of SENT) {
    const index = leaf.indexOf(await leafOf(salt, outcome, token));
    if (index === undefined) continue;
    const start = index - (index % BLOCK);
    const block = Array.from({ length: Math.min(BLOCK, size - start) }, (_, at) => leaf.at(start + at));
    const path = [...(await pathTo(block, index - start)), ...(await pathTo(blocks, start / BLOCK)), said];
    return {
      format: PROOF,
      version: VERSION,
      index,
      outcome,
      salt: toHex(salt),
      path: path.map(toHex),
    };
  }
  return undefined;
}

/**
 * @param {unknown} receipt
 * @param {unknown} leaves
 */
export async function verifyLeaves(receipt, leaves) {
  const { document, root, key, size } = readReceipt(receipt);
  const file = readLeaves(leaves);
  const unlike = () => wrong("LEAVES_OF_ANOTHER_RECEIPT", "leaves", "are not those of this receipt, or are damaged");
  if (file.size !== size || toHex(await hashOf([3], file.key)) !== toHex(key)) throw unlike();
  for (const [at, claimed] of file.blocks.entries()) {
    const start = at * BLOCK;
    const block = Array.from({ length: Math.min(BLOCK, size - start) }, (_, within) => file.leaf.at(start + within));
    if (toHex(await rootOf(block)) !== toHex(claimed)) throw unlike();
  }
  const said = await saidBy(document);
  if (toHex(file.said) !== toHex(said)) throw unlike();
  if (toHex(await node(said, await rootOf(file.blocks))) !== toHex(root)) throw unlike();
}

/** The hash of all that a receipt says but for the root. @param {any} document */
function saidBy({ tree: { root, ...tree }, ...document }) {
  return hashOf([2], new TextEncoder().encode(canonical({ ...document, tree })));
}

/** @param {unknown} receipt */
function readReceipt(receipt) {
  const document = parsed(receipt, "receipt", RECEIPT);
  const { leaves, root: text, key: keyText } = document.tree ?? {};
  const root = fromHex(text, HASH);
  const key = fromHex(keyText, HASH);
  if (root === undefined || key === undefined || !isCount(leaves)) {
    throw wrong("RECEIPT_UNREADABLE", "receipt", "is damaged: it has no root");
  }
  // Two receipts that say the same are written the same; one with a member twice, or in another order, is not ours.
  if (typeof receipt === "string" && receipt.trimEnd() !== canonical(document)) {
    throw wrong("RECEIPT_UNREADABLE", "receipt", "was changed: it is not written as receipts are");
  }
  const counted = SENT.reduce((sum, outcome) => sum + Number(document.counts?.[outcome]), 0);
  if (counted !== leaves) {
    throw wrong("RECEIPT_UNREADABLE", "receipt", "was changed: its counts are not those of its tree");
  }
  return { document, root, key, size: leaves };
}

/**
 * @param {unknown} proof
 * @returns {Proof}
 */
function readProof(proof) {
  const { index, outcome, salt: saltText, path: pathTexts } = parsed(proof, "proof", PROOF);
  const salt = fromHex(saltText, SALT);
  const texts = Array.isArray(pathTexts) && pathTexts.length <= 33 ? pathTexts : undefined;
  const path = texts?.map((text) => fromHex(text, HASH)).filter((hash) => hash !== undefined);
  const isWhole = path !== undefined && path.length === texts?.length;
  if (!isCount(index) || !SENT.includes(outcome) || salt === undefined || !isWhole) {
    throw wrong("PROOF_INVALID", "proof", "is damaged");
  }
  return { index, outcome, salt, path };
}

/**
 * @param {unknown} given
 * @param {string} path
 * @param {string} format
 */
function parsed(given, path, format) {
  const code = `${path.toUpperCase()}_UNREADABLE`;
  /** @type {any} */
  let document;
  try {
    document = typeof given === "string" ? JSON.parse(given) : given;
    // An object's members may throw, or be others when they are read again: what is checked is what is told.
    document = document?.format === format ? JSON.parse(JSON.stringify(document)) : undefined;
  } catch (cause) {
    throw wrong(code, path, "is not JSON", cause);
  }
  if (document?.format !== format) throw wrong(code, path, `is not a ${path} of this package`);
  if (document.version !== VERSION) {
    throw wrong(`${path.toUpperCase()}_NEWER`, path, "was made by a newer version; use that one to read it");
  }
  return document;
}

/** @param {unknown} value @returns {value is number} */
function isCount(value) {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
}

/** @param {unknown} given */
function readLeaves(given) {
  const unreadable = (/** @type {string} */ problem) => wrong("LEAVES_UNREADABLE", "leaves", problem);
  if (!ArrayBuffer.isView(given)) throw unreadable("must be bytes");
  const isNone = "are not a file of leaves of this package";
  // Nor are those that were handed on to somebody else, of which no array can be made any more.
  if (given.byteLength < HEAD) throw unreadable(isNone);
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  if (MAGIC.some((byte, at) => bytes[at] !== byte)) throw unreadable(isNone);
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(MAGIC.length);
  if (bytes.length !== HEAD + HASH * (size + Math.ceil(size / BLOCK))) throw unreadable("are cut off, or damaged");
  const hash = (/** @type {number} */ at) => bytes.subarray(HEAD + HASH * at, HEAD + HASH * (at + 1));
  return {
    size,
    key: bytes.subarray(MAGIC.length + 4, HEAD - HASH),
    said: bytes.subarray(HEAD - HASH, HEAD),
    leaf: {
      at: hash,
      /** @param {Uint8Array} sought */
      indexOf(sought) {
        const [first, second] = sought;
        for (let at = HEAD, index = 0; index < size; at += HASH, index += 1) {
          if (bytes[at] !== first || bytes[at + 1] !== second) continue;
          if (sought.every((byte, offset) => bytes[at + offset] === byte)) return index;
        }
        return undefined;
      },
    },
    blocks: Array.from({ length: Math.ceil(size / BLOCK) }, (_, at) => hash(size + at)),
  };
}

/**
 * @param {string} code
 * @param {string} path
 * @param {string} problem
 * @param {unknown} [cause]
 */
function wrong(code, path, problem, cause) {
  return new ValidationError({ code, path, message: `${path} ${problem}`, cause });
}

/**
 * @param {Uint8Array} key
 * @param {string} token
 */
async function keyed(key, token) {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", new Uint8Array(key), algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(token)));
}

/**
 * @param {Uint8Array} salt
 * @param {string} outcome
 * @param {string} token
 */
function leafOf(salt, outcome, token) {
  return hashOf([0], salt, [OUTCOMES.indexOf(outcome)], new TextEncoder().encode(token));
}

/**
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
function node(left, right) {
  return hashOf([1], left, right);
}

/** @param {...ArrayLike<number>} parts */
async function hashOf(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

/**
 * The level above: pairs are joined, and one that is left over goes up as it is.
 *
 * @param {Uint8Array[]} level
 */
function above(level) {
  const pairs = Array.from({ length: Math.ceil(level.length / 2) }, (_, at) => level.slice(2 * at, 2 * at + 2));
  return Promise.all(
    pairs.map(([left, right]) => (right === undefined ? left : node(/** @type {any} */ (left), right))),
  );
}

/** @param {Uint8Array[]} leaves @returns {Promise<Uint8Array>} */
async function rootOf(leaves) {
  let level = leaves;
  while (level.length > 1) level = /** @type {Uint8Array[]} */ (await above(level));
  return level[0] ?? hashOf();
}

/**
 * What stands beside the way from a leaf to the root.
 *
 * @param {Uint8Array[]} leaves
 * @param {number} index
 */
async function pathTo(leaves, index) {
  const path = [];
  let level = leaves;
  for (let at = index; level.length > 1; at >>>= 1) {
    const beside = level[at ^ 1];
    if (beside !== undefined) path.push(beside);
    level = /** @type {Uint8Array[]} */ (await above(level));
  }
  return path;
}

/**
 * The root that a path leads to: RFC 9162, section 2.1.3.2. Nothing if the path cannot belong to such a tree.
 *
 * @param {Uint8Array} leaf
 * @param {number} index
 * @param {number} size
 * @param {Uint8Array[]} path
 */
async function rootOver(leaf, index, size, path) {
  if (index >= size) return undefined;
  let [at, last, hash] = [index, size - 1, leaf];
  for (const beside of path) {
    if (last === 0) return undefined;
    if (at % 2 === 1 || at === last) {
      hash = await node(beside, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [at >>> 1, last >>> 1];
    } else {
      hash = await node(hash, beside);
    }
    [at, last] = [at >>> 1, last >>> 1];
  }
  return last === 0 ? hash : undefined;
}
