// @ts-check
// The commands in the README and the guides, as they stand there, typed on a terminal (`script` of util-linux lends it) in a
// project with the package, against an emulator.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createEmulator, serveEmulator } from "../support/package.mjs";
import { packedProject, run } from "../support/project.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const KNOWN = "34dce3f2d1fc4736670b4bad58523ce8";

/** The blocks of a page that call the command line. @param {string} page */
function blocks(page) {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)]
    .map(([, block]) => `${block}`)
    .filter((block) => /^(npx )?finauth-facesearch /m.test(block));
}

/** @type {string} */
let project;
before(async () => {
  ({ folder: project } = await packedProject());
});

/**
 * A folder in the project with a list, and what types commands there.
 *
 * @param {import("node:test").TestContext} t
 * @param {string} groupId
 * @param {string[]} tokens
 */
async function workplace(t, groupId, tokens) {
  const folder = join(project, `work-${groupId}-${tokens.length}`);
  mkdirSync(folder);
  writeFileSync(join(folder, "export.csv"), `face_token\n${tokens.join("\n")}\n`);
  const emulator = createEmulator({ libraries: { [groupId]: [...tokens, "bystander"] } });
  const server = await serveEmulator(emulator);
  t.after(server.close);
  const env = {
    ...process.env,
    FINAUTH_API_KEY: emulator.apiKey,
    FINAUTH_API_SECRET: emulator.apiSecret,
    FINAUTH_BASE_URL: server.baseUrl,
    PATH: [join(project, "node_modules/.bin"), process.env.PATH].join(delimiter),
  };
  return {
    emulator,
    /** Types a block; what it is asked for is typed as well, and a server is ended. @param {string} block */
    async type(block) {
      // The page's credentials are an ellipsis.
      writeFileSync(join(folder, "block.sh"), block.replace(/^export FINAUTH.*….*\n/gm, ""));
      const child = spawn("script", ["-qefc", "sh block.sh", "/dev/null"], { cwd: folder, env });
      let said = "";
      let answered = 0;
      let isStopped = false;
      child.stdout.setEncoding("utf8").on("data", (text) => {
        said += text;
        const phrases = [...said.matchAll(/Type "([^"]+)"/g)];
        for (const [, phrase] of phrases.slice(answered)) child.stdin.write(`${phrase}\r`);
        answered = phrases.length;
        if (!isStopped && /FINAUTH_BASE_URL=http\S+finauth/.test(said)) {
          isStopped = true;
          child.stdin.write("\x03");
        }
      });
      const [code] = await once(child, "close");
      return { code, said };
    },
  };
}

test("the README: delete, resume, and a server to practise with", async (t) => {
  const { emulator, type } = await workplace(t, "staff", ["a1", "b2"]);
  const [block = "", ...more] = blocks("README.md");
  assert.equal(more.length, 0);
  const { said } = await type(block);
  assert.deepEqual(emulator.faces("staff"), ["bystander"]);
  assert.equal([...said.matchAll(/deleted/g)].length >= 2, true, said);
  assert.match(said, /FINAUTH_BASE_URL/);
});

test("Erase at scale: delete, resume, verify", async (t) => {
  const { emulator, type } = await workplace(t, "staff-emea", ["a1", KNOWN, "c3"]);
  const all = blocks("docs/scale.md");
  assert.equal(all.length, 3);
  for (const block of all) {
    const { code, said } = await type(block);
    assert.equal(code, 0, said);
    if (/verify/.test(block)) assert.equal([...said.matchAll(/deleted: in staff-emea/g)].length, 2, said);
  }
  assert.deepEqual(emulator.faces("staff-emea"), ["bystander"]);
});

test("practice: the emulator that the guides name has what they delete", async (t) => {
  const folder = join(project, "practice");
  mkdirSync(folder);
  const read = (/** @type {string} */ page) => readFileSync(join(root, page), "utf8");
  const [, command = ""] =
    /`npx (finauth-facesearch emulator --save-list export\.csv)`/.exec(read("docs/scale.md")) ?? [];
  assert.match(read("docs/delete.md"), /`npx finauth-facesearch emulator`/);
  const [, ...args] = command.split(" ");
  const bin = join(project, "node_modules/.bin/finauth-facesearch");
  const server = spawn(bin, [...args, "--port", "0"], { cwd: folder });
  t.after(() => server.kill());
  const [said] = await once(server.stdout, "data");
  const settings = [...`${said}`.matchAll(/(FINAUTH_\w+)=(\S+)/g)].map(([, name, value]) => [name, value]);
  const PATH = [join(project, "node_modules/.bin"), process.env.PATH].join(delimiter);
  const env = { ...process.env, ...Object.fromEntries(settings), PATH };
  const options = { cwd: folder, env };

  const scripts = [...read("docs/delete.md").matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => `${code}`);
  const printed = [];
  for (const [index, code] of scripts.slice(0, 2).entries()) {
    writeFileSync(join(folder, `delete-${index}.mjs`), code);
    printed.push((await run(process.execPath, [`delete-${index}.mjs`], options)).stdout);
  }
  assert.deepEqual(printed, ["deleted\n", "true\n"]);

  const [first = "", ...others] = blocks("docs/scale.md").map((block) => block.replace(/^export FINAUTH.*….*\n/gm, ""));
  const phrase = '--confirm "delete 16 from staff-emea"';
  const { stdout } = await run("sh", ["-c", first.replace(/^(npx .*)$/m, `$1 ${phrase}`)], options);
  assert.match(stdout, /^deleted +16 /);
  for (const block of others) await run("sh", ["-c", block], options);
});

test("The command line: in a script", async (t) => {
  const tokens = Array.from({ length: 12 }, (_, index) => `t${index}`);
  const { emulator, type } = await workplace(t, "staff", tokens);
  const [block = "", ...more] = blocks("docs/command-line.md");
  assert.equal(more.length, 0);
  const { code, said } = await type(block);
  assert.equal(code, 0, said);
  assert.match(said, /"deleted": ?12/);
  assert.deepEqual(emulator.faces("staff"), ["bystander"]);
});
