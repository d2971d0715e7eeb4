// @ts-check
// Face tokens as the service gives them: 32 hex digits, no two alike, the same in each run.

const DIGITS = Buffer.from("0123456789abcdef");

/** Well mixed, and no two alike. @param {number} at @param {number} seed */
function word(at, seed) {
  let mixed = Math.imul(at ^ seed, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca77);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae3d);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** @param {Uint8Array} bytes @param {number} start @param {number} at */
function write(bytes, start, at) {
  for (let part = 0; part < 4; part += 1) {
    const bits = word(at, (part + 1) * 0x3779b9e5);
    for (let digit = 0; digit < 8; digit += 1)
      bytes[start + part * 8 + digit] = DIGITS[(bits >>> (28 - digit * 4)) & 15] ?? 0;
  }
}

/** A file of so many lines. @param {number} count */
export function file(count) {
  const bytes = new Uint8Array(count * 33).fill(10);
  for (let at = 0; at < count; at += 1) write(bytes, at * 33, at);
  return bytes;
}

/** @param {number} count */
export function tokens(count) {
  return new TextDecoder().decode(file(count)).trim().split("\n");
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
