// @ts-check
// The fast way to sort the table's rows, against the plain one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { orderByText } from "../../www/order.js";
import { fc, runs } from "../support/properties.mjs";

const character = fc.constantFrom("0", "1", "a", "Z", "\0", "\x7e", "\x7f", "\x80", "é", "\uffff", "\u{1f600}");
const text = fc.oneof(
  fc.string({ unit: character, maxLength: 12 }),
  fc.string({ unit: character, maxLength: 3 }).map((end) => `the same beginning of them all ${end}`),
);

test("rows come in the order of their texts, and of their places where the texts are the same", () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 200 }), (texts) => {
      const order = Uint32Array.from(texts.keys());
      orderByText(order, (row) => texts[row] ?? "");
      const plain = [...texts.entries()].sort(([one, first], [other, second]) =>
        first < second ? -1 : first > second ? 1 : one - other,
      );
      assert.deepEqual(
        [...order],
        plain.map(([row]) => row),
      );
    }),
    { numRuns: runs(500) },
  );
});
