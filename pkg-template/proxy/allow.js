// @ts-check
// What a proxy allows.

import { ConfigError } from "../errors.js";
import { Reader } from "../options.js";

const APIS = ["deleteFaces", "getFaceCount"];

/** @param {Reader} options */
export function readAllow(options) {
  const given = options.any("allow");
  if (given === undefined) throw options.error("allow", "is missing: say at least which groups");
  const read = new Reader(given, "allow", { prefix: "allow.", ErrorClass: ConfigError });
  read.only(["groups", "apis", "origins", "tokensPerCall", "callsPerMinute"]);
  const groups = read.any("groups");
  const names = groups === "*" ? undefined : new Set(texts(read, "groups", groups));
  if (names?.size === 0) throw read.error("groups", 'must name at least one library, or be "*"');
  const apis = texts(read, "apis", read.any("apis") ?? APIS);
  const unknown = apis.find((api) => !APIS.includes(api));
  if (unknown !== undefined) throw read.error("apis", `must be among ${APIS.join(", ")}`);
  return {
    /** @param {string} groupId */
    group: (groupId) => names === undefined || names.has(groupId),
    apis: new Set(apis),
    origins: new Set(texts(read, "origins", read.any("origins") ?? []).map((text) => origin(read, text))),
    tokensPerCall: read.wholeNumber("tokensPerCall", { least: 1, most: 1000, unit: "tokens" }) ?? 1000,
    callsPerMinute: read.wholeNumber("callsPerMinute", { least: 1, most: 1_000_000, unit: "calls" }) ?? 600,
  };
}

/**
 * @param {Reader} read
 * @param {string} name
 * @param {unknown} value
 * @returns {string[]}
 */
function texts(read, name, value) {
  if (!Array.isArray(value) || !value.every((text) => typeof text === "string"))
    throw read.error(name, "must be an array of strings");
  return [...value];
}

/**
 * @param {Reader} read
 * @param {string} text
 */
function origin(read, text) {
  // A pattern would be an invitation; "null" is what any sandboxed page calls itself.
  if (!URL.canParse(text) || new URL(text).origin !== text)
    throw read.error("origins", 'must hold origins, such as "https://admin.example.com"');
  return text;
}
