// @ts-check
// The guide "Coming from curl, Python or FormData": its commands and its Python, as they stand, against an emulator. Its
// JavaScript is run with all other examples, by tests/package.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createEmulator, serveEmulator } from "../support/package.mjs";
import { packedProject } from "../support/project.mjs";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const blocks = [
  ...readFileSync(join(root, "docs/coming-from.md"), "utf8").matchAll(/```(sh|python)\n([\s\S]*?)```/g),
].map(([, language, text]) => ({ language: `${language}`, text: `${text}` }));

/** What each block deletes, and what it says of it. @type {[token: string, said: RegExp][]} */
const EXPECTED = [
  ["a1", /"face_removed": ?1,.*FACE_NOT_IN_GROUP/],
  ["b2", /"deleted": ?1,/],
  ["c3", /"face_removed": ?1,.*FACE_NOT_IN_GROUP/],
  ["d4", /^1 \[\{'face_token': 'ww', 'reason': 'FACE_NOT_IN_GROUP'\}\]$/m],
  ["e5", /'deleted': 1, 'absent': 1/],
];

const tokens = EXPECTED.map(([token]) => token);
const emulator = createEmulator({ libraries: { staff: tokens } });

/** @type {string} */
let project;
/** @type {Record<string, string | undefined>} */
let env;
/** @type {import("../../pkg-template/emulator/node.js").EmulatorServer} */
let server;

before(async () => {
  ({ folder: project } = await packedProject());
  server = await serveEmulator(emulator);
  // Not every machine has the library that Python's users have.
  cpSync(join(root, "tests/guides/requests.py"), join(project, "requests.py"));
  const { apiKey, apiSecret } = emulator;
  const credentials = { FINAUTH_API_KEY: apiKey, FINAUTH_API_SECRET: apiSecret, FINAUTH_BASE_URL: server.baseUrl };
  env = { ...process.env, ...credentials, PYTHONDONTWRITEBYTECODE: "1" };
});
after(() => server.close());

test("the guide has as many blocks as are expected", () => assert.equal(blocks.length, EXPECTED.length));

test("its Python says why nothing came of it", async () => {
  const file = join(project, "refused.py");
  writeFileSync(file, blocks.findLast(({ language }) => language === "python")?.text ?? "");
  const gone = await serveEmulator(emulator);
  await gone.close();
  for (const [more, why] of /** @type {[Record<string, string>, RegExp][]} */ ([
    [{ FINAUTH_API_SECRET: "wrong-secret" }, /RuntimeError: \{'name': 'AuthenticationError'.*'AUTHORIZATION_ERROR'/],
    [{ FINAUTH_BASE_URL: gone.baseUrl }, /RuntimeError: .*'code': 'NOT_CONNECTED'/],
  ])) {
    const refused = execute("python3", [file], { cwd: project, env: { ...env, ...more } });
    await assert.rejects(refused, ({ stderr }) => why.test(stderr));
  }
});

for (const [index, [token, said]] of EXPECTED.entries()) {
  test(`${blocks[index]?.language} no. ${index + 1}`, async () => {
    const { language = "", text = "" } = blocks[index] ?? {};
    const file = join(project, `block-${index}`);
    writeFileSync(file, text);
    // One of the two tokens is not there, which the command line's exit code does not hold against it.
    const { stdout } = await execute(language === "sh" ? "sh" : "python3", [file], { cwd: project, env });
    assert.match(stdout, said);
    assert.equal(emulator.faces("staff").includes(token), false);
  });
}
