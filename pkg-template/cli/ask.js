// @ts-check
// `count` and `sign`: one call each.

import { createSign } from "../node.js";
import { CONNECTION, clientOf, credentialsOf, EXIT, readArguments, required, wholeNumber } from "./command.js";
import { asJson, print } from "./terminal.js";

/** @param {string[]} args */
export async function count(args) {
  const options = { ...CONNECTION, group: { type: /** @type {const} */ ("string"), short: "g" }, json: JSON_FLAG };
  const { values } = readArguments(args, options, "count");
  const groupId = required(values.group, "--group", "the library");
  const result = await clientOf(values).getFaceCount({ groupId });
  print(values.json ? asJson(result) : String(result.faceCount));
  return EXIT.done;
}

const JSON_FLAG = /** @type {const} */ ({ type: "boolean" });

/** @param {string[]} args */
export async function sign(args) {
  const text = /** @type {const} */ ({ type: "string" });
  const { values } = readArguments(args, { credentials: text, valid: text, once: JSON_FLAG }, "sign");
  const { apiKey, apiSecret } = credentialsOf(values.credentials);
  const currentTime = Math.floor(Date.now() / 1000);
  const valid = wholeNumber(values.valid, "valid", { least: 1, most: 86_400 }) ?? 100;
  const expireTime = values.once ? 0 : currentTime + valid;
  print(await createSign({ apiKey, apiSecret, currentTime, expireTime }));
  return EXIT.done;
}
