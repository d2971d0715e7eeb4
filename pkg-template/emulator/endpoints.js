// @ts-check
// What each API does to a library, and answers.

import { ApiFault } from "./faults.js";

/** @typedef {import("./libraries.js").Libraries} Libraries */
/** @typedef {{ libraries: Libraries, rule: import("./faults.js").Rule | undefined, random: () => number, now: number }} Context */

const MOST_TOKENS = 1000;
const GROUP_ID = /^[A-Za-z0-9\-%@#&_]{1,48}$/;

/** @type {Record<string, (fields: Map<string, string>, context: Context) => Record<string, unknown>>} */
export const ENDPOINTS = {
  delete(fields, { libraries, rule, random }) {
    const library = libraries.find(required(fields, "group_id"));
    const tokens = required(fields, "face_tokens").split(",");
    if (library === undefined) throw new ApiFault(400, "INVALID_OUTER_ID");
    if (tokens.length > MOST_TOKENS) throw new ApiFault(400, "INVALID_FACE_TOKENS_SIZE");
    if (tokens.some((token) => token === "" || /\s/.test(token)) || new Set(tokens).size !== tokens.length) {
      throw new ApiFault(400, "BAD_ARGUMENTS:face_tokens");
    }
    if (tokens.includes("RemoveAllFaceTokens")) tokens.splice(0, tokens.length, ...library.faces.keys());
    const refused = rule?.fault === "partial" ? pick(tokens, rule.count ?? 1, random) : new Set();
    /** @type {{ face_token: string, reason: string }[]} */
    const failureDetail = [];
    let removed = 0;
    for (const token of tokens) {
      if (refused.has(token)) failureDetail.push({ face_token: token, reason: rule?.reason ?? "FACE_LOCKED" });
      else if (library.remove(token)) removed += 1;
      else failureDetail.push({ face_token: token, reason: "FACE_NOT_IN_GROUP" });
    }
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
      addTime: context.now * 1000,
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
 * @param {string[]} tokens
 * @param {number} count
 * @param {() => number} random
 */
function pick(tokens, count, random) {
  const left = [...tokens];
  const picked = new Set();
  while (picked.size < count && left.length > 0) picked.add(left.splice(Math.floor(random() * left.length), 1)[0]);
  return picked;
}
