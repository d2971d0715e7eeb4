// @ts-check
// Every fault of the emulator, over real HTTP on a connection that was used before: every claim is true, and the table in
// docs/outcomes.md is what was seen here. `npm run docs:faults` writes it.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { root } from "../../scripts/lib/places.mjs";
import { CALLS, CASES, warmUp } from "../support/cases.mjs";
import { GROUP, served } from "../support/served.mjs";

/** What was seen, by case. @type {Map<string, string[]>} */
const seen = new Map();

for (const [words, rule] of CASES) {
  test(`the server ${words}`, async (t) => {
    const cells = [];
    for (const call of Object.values(CALLS)) {
      const { client, emulator, server } = await served(t, { options: { timeout: 250 } });
      /** @type {import("node:net").Socket[]} */
      const sockets = [];
      server.server.on("request", ({ socket }) => sockets.push(socket));
      await warmUp({ client, emulator });
      // Until Node has put the connection back.
      await setTimeout(20);
      emulator.inject({ ...rule, path: "delete" });
      const outcomes = await call(client);
      assert.ok(sockets[1] === sockets[0], "the fault strikes a connection that is used again");
      assert.equal(emulator.log[1]?.fault, rule.fault);
      assert.deepEqual(emulator.audit({ groupId: GROUP, outcomes }), []);
      cells.push(cell(outcomes[0], outcomes[1]));
    }
    seen.set(words, cells);
  });
}

/**
 * What is told of a token that was there, and of one that was not.
 *
 * @param {any} present
 * @param {any} missing
 */
function cell(present, missing) {
  const end = (/** @type {any} */ { outcome, retryable }) => {
    if (outcome === "failed" && retryable) return ", retryable";
    return outcome === "unknown" && !retryable ? ", for good" : "";
  };
  const word = (/** @type {any} */ settled) => `\`${settled.outcome}\`${end(settled)}`;
  return word(present) === word(missing) ? word(present) : `${word(present)} / ${word(missing)}`;
}

test("there is a case for each fault", () => {
  const declared = readFileSync(join(root, "pkg-template", "emulator", "index.d.ts"), "utf8");
  const kinds = new Set([...declared.matchAll(/\{\s+fault: "(\w+)"/g)].map(([, kind]) => kind));
  assert.ok(kinds.size >= 17);
  assert.deepEqual(new Set(CASES.map(([, rule]) => rule.fault)), kinds);
});

after(() => {
  const path = join(root, "docs", "outcomes.md");
  const [start, end] = ["<!-- faults -->\n\n", "\n<!-- /faults -->"];
  const text = readFileSync(path, "utf8");
  const row = (/** @type {string[]} */ cells) => `| ${cells.join(" | ")} |\n`;
  const heads = ["the server …", ...Object.keys(CALLS)];
  const rows = CASES.map(([words]) => row([words, ...(seen.get(words) ?? ["it failed"])]));
  const table = row(heads) + row(heads.map(() => "---")) + rows.join("");
  const [before = "", rest = ""] = text.split(start);
  const written = `${before}${start}${table}${end}${rest.split(end)[1] ?? ""}`;
  if (process.env.WRITE_FAULTS === "1") writeFileSync(path, written);
  else assert.equal(text, written, "docs/outcomes.md is not what was seen: npm run docs:faults");
});
