// @ts-check
// Writes a file to the standard output, as small as gzip can be. Run by itself, since the compressor takes over a process's
// errors:
//
//   node scripts/lib/zopfli.mjs FILE

import { readFileSync } from "node:fs";
import zopfli from "@gfx/zopfli";

zopfli.gzip(readFileSync(String(process.argv[2])), { numiterations: 15 }, (error, packed) => {
  if (error) throw error;
  process.stdout.write(packed);
});
