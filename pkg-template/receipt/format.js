// @ts-check
// What makers and readers of receipts have to agree on. docs/receipt.md describes it.

export const RECEIPT = "finauth-facesearch-receipt";
export const PROOF = "finauth-facesearch-proof";
export const VERSION = 1;

/** The length of a hash and of the key, in bytes. */
export const HASH = 32;
/** So many leaves have a root of their own in the file of leaves. */
export const BLOCK = 256;

/** The first bytes of a file of leaves: a name and the version. */
export const MAGIC = new TextEncoder().encode("FFSLEAF1");

/**
 * JSON with one way to write it, as in RFC 8785, for the plain values of ours.
 *
 * @param {unknown} value
 */
export function canonical(value) {
  return JSON.stringify(value, (_, member) => {
    if (typeof member !== "object" || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {unknown} text
 * @param {number} length in bytes
 */
export function fromHex(text, length) {
  if (typeof text !== "string" || text.length !== 2 * length || !/^[0-9a-f]*$/.test(text)) return undefined;
  return Uint8Array.from({ length }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}
