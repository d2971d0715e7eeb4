// @ts-check
// What is published beside the tarball: the module with the names of its functions, and checksums.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { makeArtefacts } from "../../scripts/release.mjs";
import { packedProject, run } from "../support/project.mjs";

/** @type {string} */
let project;
/** @type {{ tarball: string, debug: string }} */
let artefacts;

before(async () => {
  ({ folder: project } = await packedProject({ type: "module" }));
  artefacts = await makeArtefacts("0.0.0");
});

/** The stack within the module, as JavaScript sees it when the module asks for random bytes. @param {string} wasm */
async function stackWith(wasm) {
  const script = `
    import { readFile } from "node:fs/promises";
    import { createSign, provideModule } from "finauth-facesearch/slim";
    provideModule(WebAssembly.compile(await readFile(${JSON.stringify(wasm)})));
    crypto.getRandomValues = (bytes) => {
      console.log(new Error().stack);
      return bytes;
    };
    await createSign({ apiKey: "k", apiSecret: "s" });`;
  writeFileSync(join(project, "stack.mjs"), script);
  const { stdout } = await run(process.execPath, ["--stack-trace-limit=30", "stack.mjs"], { cwd: project });
  return stdout;
}

test("stack traces have names with the debug module, and would have none without", async () => {
  const shipped = join(project, "node_modules/finauth-facesearch/wasm/finauth_facesearch_bg.wasm");
  assert.match(await stackWith(artefacts.debug), /at \S*finauth_facesearch\S* \(wasm:/);
  const stack = await stackWith(shipped);
  assert.match(stack, /wasm-function\[\d+\]|wasm:/);
  assert.doesNotMatch(stack, /at \S*finauth_facesearch\S* \(wasm:/);
});

test("the checksums are right", () => {
  const folder = dirname(artefacts.tarball);
  const lines = readFileSync(join(folder, "SHA256SUMS"), "utf8").trim().split("\n");
  assert.equal(lines.length, 2);
  for (const line of lines) {
    const [sum, name = ""] = line.split("  ");
    assert.equal(
      sum,
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
    );
  }
});
