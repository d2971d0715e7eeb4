// @ts-check
// What is exported is data: no spreadsheet runs it, no terminal and no editor is changed by it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { csv, jsonLines } from "#modules/exports.js";

const SIGNS = ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"];

/** What importers trim, or take for the end of a cell. */
const BEFORE = [
  "",
  "\t",
  "\n",
  "\r",
  "\r\n",
  " ",
  "\u00a0",
  "\u3000",
  "\0",
  "\x1b",
  "\u0085",
  "\u2028",
  "\u200b",
  "\ufeff",
  "\u202e",
  " \n\t ",
];

/** Controls of C0 and C1, bidirectional and zero-width ones, those of a line, and those beyond the first plane. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** @param {Record<string, unknown>} outcome @returns {any} */
function settled(outcome) {
  return { index: 0, token: "a1", outcome: "failed", ...outcome };
}

/** The cells of the one row below the header. @param {any} outcome */
function cellsOf(outcome) {
  const [, row = "", ...rest] = [...csv([outcome])].join("").split("\r\n");
  assert.deepEqual(rest, [""], "a row is a line");
  const cells = row.match(/("([^"]|"")*"|[^,"]*)(,|$)/g)?.map((cell) => cell.replace(/,$/, "")) ?? [];
  return cells.slice(0, 9).map((cell) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell));
}

test("csv: neutralises a formula, whatever white space or control characters are in front of it", () => {
  for (const before of BEFORE) {
    for (const sign of SIGNS) {
      for (const column of ["token", "reason", "problem", "because"]) {
        const cells = cellsOf(settled({ [column]: `${before}${sign}HYPERLINK("https://elsewhere.example",1)` }));
        const cell = cells.find((one) => one.includes("HYPERLINK")) ?? "";
        assert.ok(cell.startsWith("'"), JSON.stringify([before, sign, cell]));
        assert.doesNotMatch(cell, INVISIBLE);
      }
    }
  }
  for (const before of ["\t", "\n", "\r"]) assert.ok(cellsOf(settled({ reason: `${before}text` }))[4]?.startsWith("'"));
  for (const text of ["a=1", "1-2", "user@elsewhere", " text", "'=1"])
    assert.equal(cellsOf(settled({ reason: text }))[4], text);
  assert.equal(cellsOf(settled({ reason: -5 }))[4], "-5", "a number is none");
});

test("csv, json lines: show control, bidirectional and zero-width characters as escapes", () => {
  const ends = [0x20, 0xa1, 0x600, 0x200b, 0x2028, 0x2060, 0xfeff, 0xe0001];
  const all = [
    ...Array(0xa0).keys(),
    0xad,
    0x61c,
    0x180e,
    0x200f,
    0x2029,
    0x202a,
    0x202e,
    0x2064,
    0x2066,
    0x2069,
    0x206f,
    0xfff9,
    ...ends,
  ];
  for (const code of all) {
    const text = `before${String.fromCodePoint(code)}after`;
    const [cell = ""] = cellsOf(settled({ reason: text })).filter((one) => one.includes("before"));
    assert.doesNotMatch(cell, INVISIBLE, code.toString(16));
    const line = [...jsonLines([settled({ reason: text })])].join("");
    assert.doesNotMatch(line.slice(0, -1), INVISIBLE, code.toString(16));
    assert.equal(JSON.parse(line).reason, text, "JSON loses nothing");
    if (!INVISIBLE.test(text)) assert.equal(cell, text);
  }
  assert.equal(cellsOf(settled({ reason: "a\nb\u202ec\u{e0001}" }))[4], "a\\u000ab\\u202ec\\udb40\\udc01");
});

test("csv: takes nothing from Object.prototype", () => {
  const prototype = /** @type {any} */ (Object.prototype);
  Object.defineProperty(prototype, "reason", { value: "none of ours", configurable: true });
  try {
    assert.equal(cellsOf({ index: 0, token: "a1", outcome: "deleted" })[4], "");
  } finally {
    delete prototype.reason;
  }
});
