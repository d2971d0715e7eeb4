// @ts-check
// How planning grows from a thousand tokens to five million, in time and memory.

import { planning } from "./planning.mjs";

const COUNTS = [1_000, 10_000, 100_000, 1_000_000, 2_000_000, 5_000_000];

export default async () => {
  const points = [];
  for (const count of COUNTS) {
    const measured = await planning(count, 3, ["finauth-facesearch", "split, Set, join"]);
    points.push({ count, measured });
  }
  return points;
};
