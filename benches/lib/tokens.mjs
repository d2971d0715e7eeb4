// @ts-check
// Face tokens as the service gives them: 32 hex digits, no two alike, the same in each run.

import { createHash } from "node:crypto";

/** @param {number} at */
export function token(at) {
  return createHash("md5").update(String(at)).digest("hex");
}

/** @param {number} count */
export function tokens(count) {
  return Array.from({ length: count }, (_, at) => token(at));
}

/** A file of so many lines. @param {number} count */
export function file(count) {
  const bytes = Buffer.alloc(count * 33, 10);
  for (let at = 0; at < count; at += 1) bytes.write(token(at), at * 33, "latin1");
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The answer of the service to a deletion of so many. @param {number} count */
export function answer(count, group = "staff") {
  return JSON.stringify({
    request_id: "1769740387,0b1e6f4a-9c9e-4a5e-8a35-0d5d1f6f5a10",
    time_used: 12,
    group_id: group,
    face_removed: count,
    face_count: 0,
    failure_detail: [],
  });
}
