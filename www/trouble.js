// @ts-check
// Errors as sentences with a next step.

import { make } from "./dom.js";
import { t } from "./language.js";

/** @typedef {{ name?: string, code?: string, message: string, delivery?: string, requestId?: string }} Said */

/** @param {Said} said */
export function explain({ name = "", code = "", message, delivery, requestId }) {
  // The server's own reason stands in the message only, as in (AUTHORIZATION_ERROR: EXPIRED_SIGN).
  const [, reason = ""] = /\([A-Z_]+: ([A-Z_]+)\)/.exec(message) ?? [];
  const known = t.errors[reason] ?? t.errors[code] ?? (code.startsWith("PROXY_") ? t.errors.PROXY : t.errors[name]);
  const { title, next } = known ?? /** @type {any} */ (t.errors.unexpected);
  const sure = delivery === undefined ? "" : t.deliveries[/** @type {keyof typeof t.deliveries} */ (delivery)];
  const facts = [message, code, requestId].filter(Boolean).join(" · ");
  return [
    make("p", { class: "outcome" }, title),
    make("p", {}, t.sentences([sure, next])),
    make(
      "details",
      {},
      make("summary", {}, t.result.details),
      make("p", { class: "technical", "data-verbatim": "" }, facts),
    ),
  ];
}
