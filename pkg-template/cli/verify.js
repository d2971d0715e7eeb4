// @ts-check
// `verify`: what a receipt says of a token.

import { readFileSync, writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { isFaceSearchError } from "../errors.js";
import { proveOutcome, verifyLeaves, verifyReceipt } from "../receipt/index.js";
import { EXIT, orUsage, readArguments, UsageError } from "./command.js";
import { reason } from "./files.js";
import { asJson, print, printable, say } from "./terminal.js";

const OPTIONS = /** @type {const} */ ({
  token: { type: "string" },
  leaves: { type: "string" },
  proof: { type: "string" },
  "save-proof": { type: "string" },
  json: { type: "boolean" },
});

/** @param {string[]} args */
export async function verify(args) {
  const { values, positionals } = readArguments(args, OPTIONS, "verify");
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) throw new UsageError("Name the receipt, and nothing else.");
  const receipt = orUsage(() => readFileSync(path, "utf8"), path);
  const { leaves, proof } = values;
  if (leaves === undefined && proof === undefined) {
    throw new UsageError("Name the file of leaves (--leaves FILE), or a proof (--proof FILE).");
  }
  if (leaves !== undefined && proof !== undefined) {
    throw new UsageError("Name one of the two: the file of leaves (--leaves FILE), or a proof (--proof FILE).");
  }
  if (values.token === undefined && values["save-proof"] !== undefined) {
    throw new UsageError("--token is missing: the token that the proof is to be about.");
  }
  try {
    if (values.token === undefined) return await whole(receipt, leaves, values);
    const token = values.token === "-" ? (await text(process.stdin)).trim() : values.token;
    return await single(receipt, { ...values, token });
  } catch (error) {
    if (!isFaceSearchError(error)) throw error;
    const { message, code } = /** @type {any} */ (error);
    if (values.json) print(asJson({ valid: false, code, message }));
    say(printable(`${message} [${code}]`));
    return EXIT.undone;
  }
}

/**
 * @param {string} receipt
 * @param {string | undefined} leaves
 * @param {{ json?: boolean | undefined }} values
 */
async function whole(receipt, leaves, { json }) {
  if (leaves === undefined) throw new UsageError("--token is missing: the token that the proof is about.");
  await verifyLeaves(
    receipt,
    orUsage(() => readFileSync(leaves), leaves),
  );
  const { groupId, runId, endedAt, tree } = JSON.parse(receipt);
  print(
    json
      ? asJson({ valid: true, groupId, runId, endedAt, leaves: tree.leaves })
      : printable(`The leaves are those of the receipt, all ${tree.leaves}: ${groupId}, ended ${endedAt}.`),
  );
  return EXIT.done;
}

/**
 * @param {string} receipt
 * @param {{ token: string, leaves?: string | undefined, proof?: string | undefined, "save-proof"?: string | undefined, json?: boolean | undefined }} values
 */
async function single(receipt, { token, leaves, proof: proofPath, "save-proof": save, json }) {
  const { proof, said } =
    leaves === undefined ? await handedOn(receipt, String(proofPath), token) : await proven(receipt, leaves, token);
  if (said === undefined) {
    const message = "The token was not in the list.";
    if (json) print(asJson({ valid: false, message }));
    say(message);
    return EXIT.undone;
  }
  if (save !== undefined) {
    const text = typeof proof === "string" ? proof : JSON.stringify(proof);
    keep(save, text);
  }
  print(
    json
      ? asJson({ valid: true, ...said })
      : printable(`${said.outcome}: in ${said.groupId}, by a run that ended ${said.endedAt}. The receipt says so.`),
  );
  if (save !== undefined) say(`The proof is in ${printable(save)}: it tells of this token only.`);
  return EXIT.done;
}

/**
 * @param {string} receipt
 * @param {string} path of the proof
 * @param {string} token
 */
async function handedOn(receipt, path, token) {
  const proof = orUsage(() => readFileSync(path, "utf8"), path);
  return { proof, said: await verifyReceipt(receipt, proof, { token }) };
}

/**
 * What the leaves prove of a token; nothing if it was not in the list.
 *
 * @param {string} receipt
 * @param {string} path of the leaves
 * @param {string} token
 */
async function proven(receipt, path, token) {
  const leaves = orUsage(() => readFileSync(path), path);
  try {
    const proof = await proveOutcome(leaves, { token });
    if (proof !== undefined) return { proof, said: await verifyReceipt(receipt, proof, { token }) };
  } catch (error) {
    // If they are of another receipt, that is what is wrong.
    await verifyLeaves(receipt, leaves);
    throw error;
  }
  // Nor is a token in leaves that are damaged, or another receipt's.
  await verifyLeaves(receipt, leaves);
  return { proof: undefined, said: undefined };
}

/**
 * @param {string} path
 * @param {string} text
 */
function keep(path, text) {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new UsageError(`The proof, ${printable(path)}, cannot be written: ${reason(error)}.`);
  }
}
