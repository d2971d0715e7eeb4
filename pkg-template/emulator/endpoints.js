// @ts-check
// What each API does to a library, and answers.

import { ApiFault, DEFAULT_LIMIT, echoed, echoesInto } from "./faults.js";

/** @typedef {import("./libraries.js").Libraries} Libraries */
/** @typedef {import("./faults.js").Rule} Rule */
/** @typedef {{ tokens: Iterable<string>, error?: string, acts?: "nothing" | "before" | "others" }} BadTokens */
/** @typedef {{ tokens: number, as?: "code" | "413" }} Limits */

/**
 * @typedef {object} Context
 * @property {Libraries} libraries
 * @property {Rule | undefined} rule
 * @property {() => number} random
 * @property {import("./faults.js").Call} call
 * @property {Limits | undefined} limits
 * @property {BadTokens | undefined} badTokens
 * @property {(removed: number) => void} onRemoved told how many faces a call removed, also if it then fails
 */

const MOST_TOKENS = 1000;
const GROUP_ID = /^[A-Za-z0-9\-%@#&_]{1,48}$/;

/** @type {Record<string, (fields: Map<string, string>, context: Context) => Record<string, unknown>>} */
export const ENDPOINTS = {
  delete(fields, context) {
    const { libraries, rule } = context;
    const library = libraries.find(required(fields, "group_id"));
    const tokens = required(fields, "face_tokens").split(",");
    const limits =
      rule?.fault === "limitTokens" ? { tokens: rule.limit ?? DEFAULT_LIMIT, as: rule.as } : context.limits;
    if (limits?.as === "413" && tokens.length > limits.tokens) throw new ApiFault(413, "Request Entity Too Large");
    if (library === undefined) throw new ApiFault(400, "INVALID_OUTER_ID");
    if (tokens.length > Math.min(limits?.tokens ?? MOST_TOKENS, MOST_TOKENS))
      throw new ApiFault(400, "INVALID_FACE_TOKENS_SIZE");
    if (tokens.some((token) => token === "" || /\s/.test(token)) || new Set(tokens).size !== tokens.length) {
      throw new ApiFault(400, "BAD_ARGUMENTS:face_tokens");
    }
    if (tokens.includes("RemoveAllFaceTokens")) tokens.splice(0, tokens.length, ...library.faces.keys());
    const { error, allowed } = rejection(tokens, rule?.fault === "rejectToken" ? rule : context.badTokens);
    const reasons = refusals(allowed, context);
    /** @type {{ face_token: string, reason: string }[]} */
    const failureDetail = [];
    let removed = 0;
    for (const token of allowed) {
      const reason = reasons.get(token);
      if (reason !== undefined) failureDetail.push({ face_token: token, reason });
      else if (library.remove(token)) removed += 1;
      else failureDetail.push({ face_token: token, reason: "FACE_NOT_IN_GROUP" });
    }
    context.onRemoved(removed);
    if (error !== undefined) throw error;
    return {
      group_id: library.groupId,
      face_removed: removed,
      face_count: library.faces.size,
      failure_detail: failureDetail,
    };
  },

  get_size(fields, context) {
    const library = known(fields, context);
    return { group_id: library.groupId, face_count: library.faces.size };
  },

  create(fields, { libraries }) {
    const groupId = required(fields, "group_id");
    const name = required(fields, "group_name");
    if (!GROUP_ID.test(groupId) || libraries.find(groupId) !== undefined)
      throw new ApiFault(400, "BAD_ARGUMENTS:group_id");
    libraries.create(groupId);
    return { group_id: groupId, group_name: name };
  },

  /** The real one takes an image and makes the token; this one takes the token as `face_token`. */
  add(fields, context) {
    const library = known(fields, context);
    const token = required(fields, "face_token");
    library.add(token, {
      userId: fields.get("user_id"),
      userData: fields.get("user_data"),
      addTime: context.call.now * 1000,
    });
    return { group_id: library.groupId, face_token: token, face_count: library.faces.size };
  },

  list(fields, context) {
    const library = known(fields, context);
    const start = wholeNumber(fields, "start", 1, Number.MAX_SAFE_INTEGER);
    const limit = wholeNumber(fields, "limit", 100, 1000);
    const all = [...library.faces].slice(start - 1, start - 1 + limit);
    const next = start + all.length;
    return {
      group_id: library.groupId,
      face_tokens: all.map(([token, face]) => described(token, face)),
      ...(next <= library.faces.size ? { next } : {}),
    };
  },

  face_info(fields, context) {
    const library = known(fields, context);
    const token = required(fields, "face_token");
    const face = library.faces.get(token);
    if (face === undefined) throw new ApiFault(400, "INVALID_FACE_TOKEN");
    return { info: described(token, face) };
  },
};

/**
 * @param {string} token
 * @param {{ userId: string, userData: string, addTime: number }} face
 */
function described(token, { userId, userData, addTime }) {
  return { face_token: token, user_id: userId, user_data: userData, add_time: addTime };
}

/**
 * @param {Map<string, string>} fields
 * @param {Context} context
 */
function known(fields, { libraries }) {
  const library = libraries.find(required(fields, "group_id"));
  if (library === undefined) throw new ApiFault(400, "INVALID_GROUP_ID");
  return library;
}

/**
 * @param {Map<string, string>} fields
 * @param {string} name
 */
export function required(fields, name) {
  const value = fields.get(name);
  if (value === undefined || value === "") {
    throw new ApiFault(
      400,
      name === "face_tokens" && value === "" ? "INVALID_FACE_TOKENS_SIZE" : `MISSING_ARGUMENTS:${name}`,
    );
  }
  return value;
}

/**
 * @param {Map<string, string>} fields
 * @param {string} name
 * @param {number} fallback
 * @param {number} most
 */
function wholeNumber(fields, name, fallback, most) {
  const text = fields.get(name) ?? String(fallback);
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > most) throw new ApiFault(400, `BAD_ARGUMENTS:${name}`);
  return number;
}

/**
 * The error for a batch that holds a bad token, and the tokens that the server acts on before it says so. A bad token is never
 * acted on.
 *
 * @param {string[]} tokens
 * @param {{ tokens?: Iterable<string>, error?: string, acts?: string } | undefined} bad
 */
function rejection(tokens, bad) {
  const isBad = new Set(bad?.tokens ?? []);
  const first = tokens.findIndex((token) => isBad.has(token));
  if (bad === undefined || first === -1) return { error: undefined, allowed: tokens };
  const error = new ApiFault(400, bad.error ?? "INVALID_FACE_TOKEN");
  if (bad.acts === "nothing") return { error, allowed: [] };
  return {
    error,
    allowed: bad.acts === "others" ? tokens.filter((token) => !isBad.has(token)) : tokens.slice(0, first),
  };
}

/**
 * The tokens that the server does not act on, each with its reason.
 *
 * @param {string[]} tokens
 * @param {Context} context
 * @returns {Map<string, string>}
 */
function refusals(tokens, { rule, random, call }) {
  if (rule?.fault === "partial") {
    if (rule.reasons !== undefined) return new Map(Object.entries(rule.reasons));
    const picked = pick(tokens, rule.count ?? 1, random);
    return new Map([...picked].map((token) => [token, rule.reason ?? "FACE_LOCKED"]));
  }
  const last = tokens.at(-1);
  if (rule === undefined || !echoesInto(rule, "reason") || last === undefined) return new Map();
  return new Map([[last, echoed(rule, call)]]);
}

/**
 * @param {string[]} tokens
 * @param {number} count
 * @param {() => number} random
 * @returns {Set<string>}
 */
function pick(tokens, count, random) {
  const left = [...tokens];
  /** @type {Set<string>} */
  const picked = new Set();
  while (picked.size < count && left.length > 0)
    for (const token of left.splice(Math.floor(random() * left.length), 1)) picked.add(token);
  return picked;
}
