// @ts-check
// Looks for secrets in what a program says of itself. index.d.ts documents it.

/**
 * @param {unknown} said
 * @param {Iterable<string | Uint8Array>} secrets
 */
export function assertNoSecrets(said, secrets) {
  const needles = [...secrets].flatMap(forms);
  for (const [path, text] of texts(said)) {
    const found = needles.find(({ form }) => text.includes(form));
    if (found !== undefined) {
      throw new Error(`${without(needles, path)} holds secret ${found.number + 1} as ${found.encoding}`);
    }
  }
}

/** @typedef {{ number: number, encoding: string, form: string }} Needle */

/**
 * A path without the secrets in it, which are names of properties: the longest first, since they may hold others.
 *
 * @param {Needle[]} needles
 * @param {string} path
 */
function without(needles, path) {
  const longestFirst = [...needles].sort((one, other) => other.form.length - one.form.length);
  return longestFirst.reduce((text, { form, number }) => text.replaceAll(form, `(secret ${number + 1})`), path);
}

/**
 * A secret in the forms in which it is written into logs and URLs.
 *
 * @param {string | Uint8Array} secret
 * @param {number} number
 * @returns {Needle[]}
 */
function forms(secret, number) {
  const bytes = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
  if (bytes.length < 4) throw new TypeError(`secret ${number + 1} is too short to be told from anything else`);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const text = typeof secret === "string" ? secret : new TextDecoder().decode(bytes);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  // Base64 of something longer that holds it: what it is at each of three places, as far as it depends on nothing else.
  const base64 = [0, 1, 2].map((shift) => {
    const whole = btoa("\0".repeat(shift) + binary);
    return whole.slice(Math.ceil((8 * shift) / 6), Math.floor((8 * (shift + bytes.length)) / 6));
  });
  const all = /** @type {[string, string][]} */ ([
    ["text", text],
    ["text in a URL", encodeURIComponent(text)],
    ["text in a form", new URLSearchParams([["", text]]).toString().slice(1)],
    ["text in JSON", JSON.stringify(text).slice(1, -1)],
    ["hex", hex],
    ["hex", hex.toUpperCase()],
    ["numbers of bytes", bytes.join(",")],
    ...base64.map((form) => ["base64", form]),
    ...base64.map((form) => ["base64url", form.replaceAll("+", "-").replaceAll("/", "_")]),
  ]);
  return all.map(([encoding, form]) => ({ number, encoding, form }));
}

/**
 * All text in a value that a program could show: names and values of all properties, hidden ones too, but not what only a
 * getter gives; messages and stacks; JSON and clones.
 *
 * @param {unknown} root
 * @returns {Generator<[path: string, text: string]>}
 */
function* texts(root) {
  const seen = new Set();
  /** @type {[string, unknown][]} */
  const open = [["it", root]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [path, value] = next;
    if (typeof value === "string") yield [path, value];
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) continue;
    seen.add(value);
    for (const [way, text] of Object.entries(shown(value))) if (text !== undefined) yield [`${path}, ${way},`, text];
    if (value instanceof Map)
      for (const [key, item] of value) open.push([`${path}'s key`, key], [`${path}'s entry`, item]);
    if (value instanceof Set) for (const item of value) open.push([`${path}'s entry`, item]);
    for (const key of Reflect.ownKeys(value)) {
      const property = Object.getOwnPropertyDescriptor(value, key);
      open.push([`a name in ${path}`, String(key)], [`${path}.${String(key)}`, property?.value]);
    }
  }
}

/** @param {object} value */
function shown(value) {
  const attempt = (/** @type {() => unknown} */ show) => {
    try {
      const text = show();
      return typeof text === "string" ? text : undefined;
    } catch {
      // Then nobody else can show it this way either.
      return undefined;
    }
  };
  return {
    "as text": attempt(() => String(value)),
    "as JSON": attempt(() => JSON.stringify(value)),
    "cloned and as JSON": attempt(() => JSON.stringify(structuredClone(value))),
    "its stack": attempt(() => (value instanceof Error ? value.stack : undefined)),
    "its bytes": attempt(() => {
      const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
      return isBuffer(buffer) ? new Uint8Array(buffer).join(",") : undefined;
    }),
  };
}

/** Also one that came from another page or worker. @param {object} value @returns {value is ArrayBufferLike} */
function isBuffer(value) {
  return /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(value));
}
