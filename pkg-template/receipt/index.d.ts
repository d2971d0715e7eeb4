import type { Outcome, ReceiptDocument } from "../index.js";

/** The proof that a receipt says this of one token. It tells nothing of the others. Plain data, to be kept as JSON. */
export interface OutcomeProof {
  /** What it is. */
  readonly format: "finauth-facesearch-proof";
  /** Of the format. */
  readonly version: 1;
  /** Which leaf of the tree it is. */
  readonly index: number;
  /** What happened to the token. */
  readonly outcome: Exclude<Outcome, "duplicate" | "invalid">;
  /** What keeps those who do not have the token from trying it out: 16 bytes in hex. */
  readonly salt: string;
  /** The hashes beside the way to the root, in hex; the last is that of what else the receipt says. */
  readonly path: readonly string[];
}

/** What a receipt says of a token. */
export interface VerifiedOutcome {
  /** What the receipt says of the token. */
  readonly outcome: Exclude<Outcome, "duplicate" | "invalid">;
  /** The library. */
  readonly groupId: string;
  /** Which run it was. */
  readonly runId: string | null;
  /** When it ended: a date as in ISO 8601, in UTC. */
  readonly endedAt: string | null;
}

/**
 * Checks that a receipt says this of a token: with the receipt, a proof, and the token alone. Needs Web Crypto
 * (`crypto.subtle`), nothing else of this package, and no network.
 *
 * It proves that whoever made the receipt had settled on this outcome, and on everything else that the receipt says, when it
 * was made. It does not prove who made it (sign the text of the receipt, if that matters), nor that the server said the truth,
 * nor that the tree holds this token only once: who made the receipt can have put two outcomes of it in, at two places
 * ({@link OutcomeProof.index}).
 *
 * @param receipt its text, or what `JSON.parse` made of it
 * @param proof the same of a proof
 * @throws `ValidationError`: `PROOF_INVALID`, it does not hold, or is damaged · `RECEIPT_UNREADABLE`, `PROOF_UNREADABLE`,
 * it is none · `RECEIPT_NEWER`, `PROOF_NEWER`, a newer version made it
 *
 * @example
 * ```js
 * import { FaceSearchClient } from "finauth-facesearch";
 * import { proveOutcome, verifyReceipt } from "finauth-facesearch/receipt";
 *
 * const client = new FaceSearchClient();
 * const report = await client.deleteMany(["a1", "b2"], { groupId: "staff" }).report;
 * const { json, leaves } = await report.receipt();
 * const proof = await proveOutcome(leaves, { token: "a1" });
 * const { outcome } = await verifyReceipt(json, proof, { token: "a1" });
 * console.log(outcome);
 * ```
 */
export function verifyReceipt(
  receipt: string | ReceiptDocument,
  proof: string | OutcomeProof | undefined,
  options: { token: string },
): Promise<VerifiedOutcome>;

/**
 * Makes the proof for a token, from the file of leaves that was made with the receipt; `undefined` if the token was not in
 * the list.
 *
 * @throws `ValidationError`: `LEAVES_UNREADABLE`
 */
export function proveOutcome(leaves: Uint8Array, options: { token: string }): Promise<OutcomeProof | undefined>;

/**
 * Checks that a file of leaves belongs to a receipt, and is whole. It hashes all of it: some ten seconds for a million.
 *
 * @throws `ValidationError`: `LEAVES_OF_ANOTHER_RECEIPT` · `LEAVES_UNREADABLE` · `RECEIPT_UNREADABLE`
 */
export function verifyLeaves(receipt: string | ReceiptDocument, leaves: Uint8Array): Promise<void>;
