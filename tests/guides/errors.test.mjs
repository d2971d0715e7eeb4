// @ts-check
// The guide "Errors by code" names each code that there is, once, and none that there is not.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (/** @type {string} */ path) => readFileSync(join(root, path), "utf8");

/** The codes of a union in the declarations. @param {string} name */
function union(name) {
  const [, members = ""] = read("pkg-template/index.d.ts").match(new RegExp(`type ${name} =([^;]*);`)) ?? [];
  return [...members.matchAll(/"([A-Z_0-9]+)"/g)].map(([, code]) => `${code}`);
}

/** Those of files are Rust's. */
function ofFiles() {
  const all = [...read("src/token_reader/mod.rs").matchAll(/Unreadable::\w+ => "([A-Z_0-9]+)"/g)];
  return all.map(([, code]) => `${code}`);
}

/** Those of receipts. */
function ofReceipts() {
  const folder = "pkg-template/receipt";
  const codes = readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".js"))
    .flatMap((name) => [...read(`${folder}/${name}`).matchAll(/\b((?:RECEIPT|PROOF|LEAVES)_[A-Z_]+)\b/g)])
    .map(([, code]) => `${code}`);
  return [...new Set(codes)];
}

test("it has all codes, once", () => {
  const rows = read("docs/errors.md").match(/^\| `.*$/gm) ?? [];
  const named = rows
    .map((row) => `${row.split("|")[1]}`)
    .flatMap((cell) => [...cell.matchAll(/`([A-Z_0-9]+)`/g)].map(([, code]) => `${code}`))
    .filter((code) => !code.startsWith("HTTP_"));
  assert.ok(ofFiles().length >= 10);
  for (const code of [...ofFiles(), ...ofReceipts()]) assert.ok(union("ClientErrorCode").includes(code), code);
  const all = [...union("ServerErrorCode"), ...union("ClientErrorCode")];
  assert.deepEqual(named.sort(), all.sort());
});
