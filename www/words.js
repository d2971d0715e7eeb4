// @ts-check
// Outcomes and errors in plain words.

/** @typedef {import("../pkg-template/index.js").SettledToken} SettledToken */
/** @typedef {import("../pkg-template/index.js").FaceSearchError} FaceSearchError */
/** @typedef {{ tone: "good" | "unsure" | "bad", title: string, detail: string }} Words */

/**
 * @param {SettledToken} outcome
 * @returns {Words}
 */
export function outcomeInWords({ outcome, reason, because, of }) {
  switch (outcome) {
    case "deleted":
      return { tone: "good", title: "Deleted", detail: "The server confirmed it." };
    case "absent":
      return { tone: "good", title: "Was not there", detail: "The library did not hold this token." };
    case "absent-after-uncertain":
      return {
        tone: "good",
        title: "Not there",
        detail:
          because === "transport-may-resend"
            ? "Gone either way: it was not there, or this browser sent the request twice and the first one deleted it."
            : "Gone either way: most likely an earlier try deleted it.",
      };
    case "failed":
      return { tone: "bad", title: "Not deleted", detail: `The server refused it${reason ? ` (${reason})` : ""}.` };
    case "unknown":
      return { tone: "unsure", title: "Unknown", detail: "It may have been deleted. Deleting it again is safe." };
    case "not-sent":
      return { tone: "bad", title: "Not sent", detail: "The request never went out." };
    case "duplicate":
      return {
        tone: "good",
        title: "Duplicate",
        detail: `The same token as number ${(of ?? 0) + 1}; it was sent once.`,
      };
  }
}

/** What can be done about an error. @type {Record<string, string>} */
const NEXT_STEPS = {
  AuthenticationError: "Check the API key, the secret and this machine's clock.",
  PermissionError: "Ask whoever manages the account whether this key may delete faces from here.",
  GroupNotFoundError: "Check the library's name.",
  ThrottledError: "Wait a little, then try again.",
  ConnectionError: "Check the connection, then try again.",
  TimeoutError: "Try again; deleting a token twice is safe.",
  ServerError: "Try again later; deleting a token twice is safe.",
};

/** @type {Record<FaceSearchError["delivery"], string>} */
const DELIVERIES = {
  "not-sent": "Nothing was sent.",
  rejected: "The server refused the request before doing anything.",
  "maybe-applied": "Some or all of the faces may have been deleted.",
  applied: "The request took effect.",
};

/**
 * @param {FaceSearchError} error
 * @returns {Words}
 */
export function errorInWords(error) {
  const detail = [DELIVERIES[error.delivery], NEXT_STEPS[error.name]].filter(Boolean).join(" ");
  return { tone: error.delivery === "maybe-applied" ? "unsure" : "bad", title: `${error.message}.`, detail };
}

/** @param {number} count */
export function faces(count) {
  const number = new Intl.NumberFormat("en").format(count);
  return count === 1 ? "1 face" : `${number} faces`;
}
