// @ts-check
// The dates and the age in the head of a response.

import assert from "node:assert/strict";
import { test } from "node:test";
import { httpDate } from "#modules/http-date.js";
import { Http } from "#modules/post.js";
import { FaceSearchClient } from "../support/package.mjs";
import { GROUP, rejection } from "../support/served.mjs";

const AT = Date.UTC(1994, 10, 6, 8, 49, 37);
const NOW = Date.UTC(2026, 5, 15);

test("http date: reads each form of RFC 9110", () => {
  for (const text of [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "Sun Nov 06 08:49:37 1994",
  ]) {
    assert.equal(httpDate(text, NOW), AT, text);
  }
  assert.equal(httpDate("Tue Nov 16 08:49:37 1999", NOW), Date.UTC(1999, 10, 16, 8, 49, 37));
  assert.equal(httpDate("Thu, 01 Jan 1970 00:00:00 GMT", NOW), 0);
  assert.equal(httpDate("Thu, 29 Feb 2024 23:59:60 GMT", NOW), Date.UTC(2024, 2, 1));
  assert.equal(httpDate("Mon, 01 Jan 0001 00:00:00 GMT", NOW), Date.parse("0001-01-01T00:00:00Z"));
});

test("http date: a year of two digits is at most 50 years ahead", () => {
  for (const [text, year] of /** @type {const} */ ([
    ["Monday, 15-Jun-76 00:00:00 GMT", 2076],
    ["Monday, 15-Jun-76 00:00:01 GMT", 1976],
    ["Monday, 14-Jun-76 00:00:00 GMT", 2076],
    ["Monday, 01-Jan-77 00:00:00 GMT", 1977],
    ["Monday, 01-Jan-00 00:00:00 GMT", 2000],
    ["Monday, 01-Jan-26 00:00:00 GMT", 2026],
    ["Monday, 01-Jan-99 00:00:00 GMT", 1999],
    ["Monday, 29-Feb-28 00:00:00 GMT", 2028],
  ])) {
    assert.equal(new Date(Number(httpDate(text, NOW))).getUTCFullYear(), year, text);
  }
  const late = Date.UTC(2099, 11, 31);
  assert.equal(httpDate("Friday, 01-Jan-00 00:00:00 GMT", late), Date.UTC(2100, 0, 1));
});

test("http date: takes nothing else for a date", () => {
  for (const text of [
    "",
    "1994-11-06T08:49:37Z",
    "1994",
    "0",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 94 08:49:37 GMT",
    "Sun, 06 Nov 1994 8:49:37 GMT",
    "Sun, 06 Nov 1994 08:49 GMT",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 +0000",
    "Sun, 06 Nov 1994 08:49:37 GMT+1",
    "sun, 06 nov 1994 08:49:37 gmt",
    "Xyz, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Xyz 1994 08:49:37 GMT",
    "Sun, 06-Nov-1994 08:49:37 GMT",
    "Sun, 06-Nov-94 08:49:37 GMT",
    "Sunday, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-1994 08:49:37 GMT",
    "Sun Nov 6 08:49:37 1994",
    "Sun Nov  6 08:49:37 1994 GMT",
    "Sun Nov   6 08:49:37 1994",
    "Sun Nov  6 08:49:37 94",
    "Sun, 31 Feb 2024 00:00:00 GMT",
    "Thu, 29 Feb 2023 00:00:00 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "Sun, 32 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 08:60:00 GMT",
    "Sun, 06 Nov 1994 08:49:61 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
    " Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT\n",
  ]) {
    assert.equal(httpDate(text, NOW), undefined, JSON.stringify(text));
  }
});

/** @param {number} at */
function forms(at) {
  const text = new Date(at).toUTCString();
  const [, , day = "", month = "", year = "", time = ""] = /^(...), (..) (...) (....) (.{8}) GMT$/.exec(text) ?? [];
  const long = new Date(at).toLocaleDateString("en", { weekday: "long", timeZone: "UTC" });
  return [
    text,
    `${long}, ${day}-${month}-${year.slice(2)} ${time} GMT`,
    `${text.slice(0, 3)} ${month} ${day.replace(/^0/, " ")} ${time} ${year}`,
  ];
}

test("Retry-After: may be a date in each form, by the clock of a Date in each form", async () => {
  const now = Math.floor(Date.now() / 1000) * 1000;
  for (const retryAfter of forms(now + 3_600_000 + 30_000)) {
    for (const date of forms(now + 3_600_000)) {
      const fetch = async () =>
        Response.json(
          { error: "CONCURRENCY_LIMIT_EXCEEDED" },
          { status: 403, headers: { date, "retry-after": retryAfter } },
        );
      const client = new FaceSearchClient({ apiKey: "k", apiSecret: "s", fetch, maxRetries: 0 });
      const error = await rejection(client.getFaceCount({ groupId: GROUP }));
      assert.equal(error.retryAfterMs, 30_000, `${retryAfter} · ${date}`);
    }
  }
});

test("answer: is aged if Age is greater than 0, also if it is a success", async () => {
  for (const [age, aged] of /** @type {[string | undefined, boolean][]} */ ([
    [undefined, false],
    ["0", false],
    ["00", false],
    ["1", true],
    ["007", true],
    ["86400", true],
    ["99999999999999999999999999", true],
    [" 5 ", true],
    ["5, 0", true],
    ["5,x", true],
    ["0, 5", false],
    ["", false],
    [",5", false],
    ["-1", false],
    ["+1", false],
    ["1.5", false],
    ["1e3", false],
    ["5 s", false],
    ["soon", false],
  ])) {
    for (const [status, body] of /** @type {const} */ ([
      [200, {}],
      [403, { error: "X" }],
      [502, "<html>"],
    ])) {
      const headers = /** @type {any} */ (age === undefined ? {} : { age });
      const http = new Http(async () => Response.json(body, { status, headers }));
      const answer = await http.post(
        "https://x.example/",
        "text/plain",
        new Uint8Array(1),
        new AbortController().signal,
      );
      assert.deepEqual(
        [/** @type {any} */ (answer).status, /** @type {any} */ (answer).aged],
        [status, aged],
        `${age}`,
      );
    }
  }
  const http = new Http(async () => ({ status: 200, body: null, arrayBuffer: async () => new ArrayBuffer(0) }));
  const bare = await http.post("https://x.example/", "text/plain", new Uint8Array(1), new AbortController().signal);
  assert.equal(/** @type {any} */ (bare).aged, false);
});
