// @ts-check
// WebAssembly as bytes: its sections, and what stands in those that the build looks into.

import { Failure } from "./shell.mjs";

/**
 * The module with other names of functions; nothing else is named in it.
 *
 * @param {Uint8Array} bytes
 * @param {(name: string, at: number) => string} rename
 */
export function withFunctionsNamed(bytes, rename) {
  const renamed = sections(bytes).map(({ id, content }) => {
    if (!holdsNames({ id, content })) return section(id, content);
    const reader = new Reader(content, NAME.length);
    while (!reader.isAtEnd() && reader.number() !== FUNCTION_NAMES) reader.bytes(reader.number());
    reader.number();
    const count = reader.number();
    const names = Array.from({ length: count }, () => {
      const at = reader.number();
      const name = Buffer.from(rename(reader.bytes(reader.number()).toString(), at));
      return Buffer.concat([number(at), number(name.length), name]);
    });
    const map = Buffer.concat([number(count), ...names]);
    return section(CUSTOM, Buffer.concat([NAME, section(FUNCTION_NAMES, map)]));
  });
  return Buffer.concat([bytes.subarray(0, 8), ...renamed]);
}

/** @param {{ id: number, content: Buffer }} section */
export function holdsNames({ id, content }) {
  return id === CUSTOM && content.subarray(0, NAME.length).equals(NAME);
}

/** How a custom section with names begins, and the number of its part about functions. */
const NAME = Buffer.from("\u0004name");
const FUNCTION_NAMES = 1;

/** The numbers of sections. Names of functions are in a custom one. */
export const [CUSTOM, IMPORTS, EXPORTS, CODE, DATA] = [0, 2, 7, 10, 11];

/** @param {Uint8Array} bytes */
export function sections(bytes) {
  const found = [];
  const reader = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), 8);
  while (!reader.isAtEnd()) {
    const id = reader.number();
    found.push({ id, content: reader.bytes(reader.number()) });
  }
  return found;
}

/** The functions' code. @param {Uint8Array} bytes */
export function bodiesOf(bytes) {
  const code = sections(bytes).find(({ id }) => id === CODE)?.content ?? Buffer.alloc(1);
  const reader = new Reader(code);
  return Array.from({ length: reader.number() }, () => reader.bytes(reader.number()));
}

/** The initialised memory: pieces that share their bytes with what they are read from. @param {Buffer} bytes */
export function dataOf(bytes) {
  const content = sections(bytes).find(({ id }) => id === DATA)?.content;
  if (content === undefined) return [];
  const reader = new Reader(content);
  return Array.from({ length: reader.number() }, () => {
    const [kind, constant] = [reader.number(), reader.number()];
    // An active segment: `i32.const start, end`.
    if (kind !== 0 || constant !== 0x41) throw new Failure("A data segment is of a kind that is not expected.");
    const start = reader.number();
    reader.number();
    return { start, data: reader.bytes(reader.number()) };
  });
}

/**
 * @param {number} id
 * @param {Buffer} content
 */
export function section(id, content) {
  return Buffer.concat([Buffer.from([id]), number(content.length), content]);
}

/** LEB128. @param {number} value */
export function number(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Buffer.from([...bytes, value]);
}

class Reader {
  /**
   * @param {Buffer} buffer
   * @param {number} [at]
   */
  constructor(buffer, at = 0) {
    this.buffer = buffer;
    this.at = at;
  }

  isAtEnd() {
    return this.at >= this.buffer.length;
  }

  number() {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.buffer.readUInt8(this.at);
      this.at += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** @param {number} length */
  bytes(length) {
    this.at += length;
    return this.buffer.subarray(this.at - length, this.at);
  }
}
