// @ts-check
// Deno imports what it has compiled itself, for which no permission is asked. Versions that cannot do that read the file.

import { compile as compileFile } from "./node.js";

export async function compile() {
  try {
    return (await import("./source-phase.js")).default;
  } catch {
    return compileFile();
  }
}
