// @ts-check
// What wasm-opt cannot know to be superfluous, taken out of the module before and after it runs.
//
// A panic ends in a trap. Before that, Rust writes a message and says in which line of the source it happened; on this
// target nobody gets to see either, and together they are a tenth of the module. Whatever goes wrong in here, the module
// traps where it would have trapped, or traps where it should not: it never says anything else than before.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import binaryen from "binaryen";
import { root } from "./places.mjs";
import { Failure, say } from "./shell.mjs";
import {
  bodiesOf,
  CODE,
  CUSTOM,
  dataOf,
  EXPORTS,
  holdsNames,
  IMPORTS,
  number,
  section,
  sections,
} from "./wasm-file.mjs";

/** Functions that never return: the ways into a panic. Their bodies become the trap that they end in. */
const PANICS = [
  /^core::panicking::/,
  /^core::(option|result)::(unwrap|expect)_failed/,
  /^core::slice::index::slice_\w*_fail/,
  /^core::slice::\w+::len_mismatch_fail/,
  /^core::str::slice_error_fail/,
  /^core::cell::panic_already/,
  /^alloc::raw_vec::(handle_error|capacity_overflow)/,
  /^alloc::alloc::handle_alloc_error/,
  /^<?alloc::vec::Vec<.*>::swap_remove::assert_failed/,
  /^std::thread::local::panic_access_error/,
  /^std::alloc::(rust_oom|default_alloc_error_hook)/,
  /^std::panicking::/,
  // The glue's: it throws where an object is used that is gone. guard.js takes either for the failure that it is.
  /^wasm_bindgen::throw_str/,
  /^__rustc::(rust_begin_unwind|rust_panic|__rust_alloc_error_handler)/,
];

/** What formats text, for messages of panics only: that nothing else does is checked below. */
const FORMATTING = [
  /^<?core::fmt::/,
  / as core::fmt::\w+>::/,
  /^<std::panicking::.* as /,
  /^<[su]\d+>::_fmt$|^<[iu](8|16|32|64|128|size)>::_fmt/,
];

/**
 * What only panics say. The standard library's own texts are in the module wherever something may panic; between their
 * pieces stand bytes that say where a value goes.
 */
const MESSAGES = [
  /slice index starts at .{1,4} but ends at /,
  /index out of bounds: the len is .{1,4} but the index is /,
  /range (start|end) index .{1,4} out of range for slice of length /,
  /assertion `left .{1,4} right` failed(: )?.{1,4} {2}left: .{1,4} right: /,
  /cannot access a Thread Local Storage value during or after destruction: /,
  /copy_from_slice: source slice length \(.{1,4} does not match destination slice length \(/,
  /swap_remove index \(is .{1,4} should be < len \(is /,
  /encode_utf8: need .{1,4} bytes to encode U\+.{1,4} but buffer has just /,
  /mid > len|destination and source slices have different lengths/,
  /internal error: entered unreachable code|attempt to divide by zero|capacity overflow/,
  /Tried to shrink to a larger capacity|LazyCell instance has previously been poisoned/,
  /called `(Option::unwrap\(\)` on a `None|Result::unwrap\(\)` on an `Err)` value/,
  /RefCell already (mutably )?borrowed|`async fn` resumed after completion/,
  /AccessError|LayoutError|finish: (callbacks should be Some|result should be None)/,
  /==!=matches|0x0123456789ABCDEF|00010203[0-9]+96979899/,
];

/**
 * The module without the machinery of panics. Where another compiler formats text elsewhere, what does that stays; the
 * module is larger then, and its budget says so.
 *
 * @param {Uint8Array} bytes with the names of functions
 */
export function withoutPanicMessages(bytes) {
  const slim = without([...PANICS, ...FORMATTING], bytes);
  if (slim.caller === undefined) return withoutMessages(withoutLocations(slim.bytes));
  say(`  ${slim.caller} formats text, so that what does it stays in the module; src/text.rs does it with less`);
  return without(PANICS, bytes).bytes;
}

/**
 * @param {RegExp[]} patterns of functions
 * @param {Uint8Array} bytes
 * @returns {{ bytes: Uint8Array, caller: string | undefined }} also one that calls for formatted text where there is none
 *   any more
 */
function without(patterns, bytes) {
  binaryen.setDebugInfo(true);
  const module = binaryen.readBinary(bytes);
  const doomed = [];
  for (let at = 0; at < module.getNumFunctions(); at += 1) {
    const info = binaryen.getFunctionInfo(module.getFunctionByIndex(at));
    if (!info.module && patterns.some((pattern) => pattern.test(inWords(info.name)))) doomed.push(info);
  }
  for (const { name, params, results } of doomed) {
    module.removeFunction(name);
    module.addFunction(name, params, results, [], module.unreachable());
  }
  // With no body left, who still calls is seen in the text; no tool of binaryen's JavaScript lists calls.
  let [at, caller] = ["", /** @type {string | undefined} */ (undefined)];
  for (const line of module.emitText().split("\n")) {
    at = line.match(/^ \(func \$("[^"]*"|\S+)/)?.[1] ?? at;
    const callee = inWords(line.match(/\(call \$("[^"]*"|[^\s)]+)/)?.[1] ?? "");
    if (FORMATTING.some((pattern) => pattern.test(callee))) caller ??= inWords(at);
  }
  const slim = module.emitBinary();
  module.dispose();
  return { bytes: slim, caller };
}

/** @param {string} name as binaryen has it */
function inWords(name) {
  return name
    .replace(/^"|"$/g, "")
    .replace(/\\([0-9a-f]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/\[[0-9a-f]{16}\]/g, "")
    .replace(/::h[0-9a-f]{16}$/, "");
}

/**
 * The module without the places in the source that panics name: file, line and column. What is left of them are zeros.
 *
 * @param {Uint8Array} bytes
 */
function withoutLocations(bytes) {
  const slim = Buffer.from(bytes);
  const segments = dataOf(slim);
  const at = (/** @type {number} */ address) => {
    const segment = segments.find(({ start, data }) => address >= start && address < start + data.length);
    return segment && { data: segment.data, offset: address - segment.start };
  };
  /** @type {Buffer[]} */
  const found = [];
  for (const { start, data } of segments) {
    // Four words, aligned: where the name of the file is, its length, the line, the column.
    for (let offset = (4 - (start % 4)) % 4; offset + 16 <= data.length; offset += 4) {
      const [name = 0, length = 0] = [data.readUInt32LE(offset), data.readUInt32LE(offset + 4)];
      const file = length > 3 && length < 256 ? at(name) : undefined;
      const text = file?.data.subarray(file.offset, file.offset + length);
      if (!text || !/^[ -~]+\.rs$/.test(text.toString("latin1"))) continue;
      found.push(text, data.subarray(offset, offset + 16));
    }
  }
  for (const piece of found) piece.fill(0);
  return slim;
}

/** The module with zeros for the messages of panics. @param {Uint8Array} bytes */
function withoutMessages(bytes) {
  const ours = readdirSync(join(root, "src"), { recursive: true }).filter((name) => `${name}`.endsWith(".rs"));
  for (const name of ours) {
    const source = readFileSync(join(root, "src", `${name}`), "utf8");
    const message = MESSAGES.find((one) => one.test(source));
    if (message !== undefined)
      throw new Failure(`src/${name} says itself what is taken for a panic's message: ${message}`);
  }
  const slim = Buffer.from(bytes);
  for (const { data } of dataOf(slim)) {
    for (const message of MESSAGES) {
      for (const { 0: text, index } of data.toString("latin1").matchAll(new RegExp(message, "gs")))
        data.fill(0, index, index + text.length);
    }
  }
  return slim;
}

/**
 * Gives the imports, and the exports with the longest names, short ones, in the module and in the glue; names of functions
 * go altogether.
 *
 * @param {Uint8Array} bytes
 * @param {string} glue
 */
export function withShortNames(bytes, glue) {
  const module = new WebAssembly.Module(/** @type {Uint8Array<ArrayBuffer>} */ (bytes));
  /** @type {Map<string, string>} */
  const names = new Map();
  for (const { name } of WebAssembly.Module.imports(module)) names.set(name, `_${names.size.toString(36)}`);
  for (const { name } of WebAssembly.Module.exports(module)) {
    // guard.js tells callbacks by this part of their names.
    if (name.length > 40) names.set(name, `_invoke_${names.size.toString(36)}`);
  }
  const short = glue.replace(/\b[A-Za-z_$][\w$]*\b/g, (word) => names.get(word) ?? word);
  const renamed = sections(bytes)
    .filter(({ id }) => id !== CUSTOM)
    .map(({ id, content }) => section(id, id === IMPORTS || id === EXPORTS ? withNames(content, names) : content));
  return { bytes: Buffer.concat([bytes.subarray(0, 8), ...renamed]), glue: short };
}

/**
 * The module as it ships, with the names of its functions: stack traces and profiles show them.
 *
 * @param {Uint8Array} shipped
 * @param {Uint8Array} named the same before its names went
 */
export function withFunctionNames(shipped, named) {
  const code = (/** @type {Uint8Array} */ bytes) => sections(bytes).find(({ id }) => id === CODE)?.content;
  if (!code(shipped)?.equals(code(named) ?? Buffer.alloc(0)))
    throw new Failure("The names are those of another module.");
  const names = sections(named).filter(holdsNames);
  return Buffer.concat([shipped, ...names.map(({ content }) => section(CUSTOM, content))]);
}

/**
 * Names stand in these sections as their length and their text.
 *
 * @param {Buffer} content
 * @param {Map<string, string>} names
 */
function withNames(content, names) {
  let result = content;
  for (const [from, to] of names) {
    const [before, after] = [from, to].map((name) => Buffer.concat([number(name.length), Buffer.from(name)]));
    const at = result.indexOf(/** @type {Buffer} */ (before));
    if (at < 0) continue;
    const rest = result.subarray(at + Number(before?.length));
    result = Buffer.concat([result.subarray(0, at), /** @type {Buffer} */ (after), rest]);
  }
  return result;
}

/**
 * The functions of a module with names, and the bytes that each takes.
 *
 * @param {Uint8Array} bytes
 */
export function functionsOf(bytes) {
  const module = binaryen.readBinary(bytes);
  /** @type {string[]} */
  const names = [];
  for (let at = 0; at < module.getNumFunctions(); at += 1) {
    const { name, module: importedFrom } = binaryen.getFunctionInfo(module.getFunctionByIndex(at));
    if (!importedFrom) names.push(inWords(name));
  }
  module.dispose();
  return bodiesOf(bytes).map(({ length }, at) => ({ name: names[at] ?? "", size: length }));
}
