// @ts-check
// The package as its users get it: packed, installed in an empty project, imported, required, opened in a browser.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build as bundle } from "esbuild";
import { launch, open } from "../support/browser.mjs";
import { createEmulator, serveEmulator } from "../support/package.mjs";
import { packedProject, run } from "../support/project.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { vectors } = JSON.parse(readFileSync(join(root, "tests/vectors/sign.json"), "utf8"));
const [published] = vectors;

/** @type {string} */
let project;

/** @type {string} */
let tarball;

/** @type {{ path: string }[]} */
let files;

before(async () => {
  ({ folder: project, tarball, files } = await packedProject());
});

/**
 * Runs a file of the project and gives what it prints.
 *
 * @param {string} name
 * @param {string} source
 * @param {string[]} [options]
 * @param {Record<string, string>} [env]
 */
async function runFile(name, source, options = [], env = {}) {
  writeFileSync(join(project, name), source);
  // An example with tests of its own is not one of ours.
  const { NODE_TEST_CONTEXT: _, ...rest } = process.env;
  const { stdout } = await run(process.execPath, [...options, name], { cwd: project, env: { ...rest, ...env } });
  return stdout.trim();
}

test("it holds what it should, and nothing else", () => {
  const now = files.map(({ path }) => `${path}\n`).sort();
  const list = join(root, "tests/package/files.txt");
  if (process.env.WRITE_FILES) writeFileSync(list, now.join(""));
  assert.deepEqual(now.join(""), readFileSync(list, "utf8"), "if that is meant: npm run package:files");
  assert.equal(files.filter(({ path }) => path.endsWith(".wasm")).length, 1);
  // More than half of it is the module, which is there twice: once for ./inline.
  assert.ok(statSync(tarball).size <= 288 * 1024, `${statSync(tarball).size} bytes`);
  const { dependencies, scripts } = JSON.parse(readFileSync(join(root, "pkg/package.json"), "utf8"));
  assert.deepEqual([dependencies, scripts], [undefined, undefined]);
});

test("its manifest names what is there, and says of what it was made", async () => {
  const manifest = JSON.parse(readFileSync(join(project, "node_modules/finauth-facesearch/package.json"), "utf8"));
  const { license, engines, keywords, sideEffects, exports, main, browser, types, bin, version } = manifest;
  assert.deepEqual([license, engines], ["MIT OR Apache-2.0", { node: ">=20.19" }]);
  assert.ok(keywords.includes("facesearch"));
  const named = JSON.stringify([sideEffects, exports, main, browser, types, bin]).match(/"\.\/[^"]*\.\w+"/g) ?? [];
  const there = new Set(files.map(({ path }) => `"./${path}"`));
  assert.deepEqual(
    named.filter((name) => !there.has(name)),
    ['"./finauth_facesearch.wasm"'], // the name of a sub-path
  );
  const told = await runFile("info.mjs", 'import { buildInfo } from "finauth-facesearch"; console.log(buildInfo);');
  assert.match(told, new RegExp(`version: '${version}'`));
  assert.match(told, /commit: '([0-9a-f]{40}\+?|unknown)'/);
});

test("the published signature comes out of import and of require", async () => {
  const call = `createSign({
    apiKey: ${JSON.stringify(published.api_key)}, apiSecret: ${JSON.stringify(published.api_secret)},
    expireTime: ${published.expire_time}, currentTime: ${published.current_time}, random: ${JSON.stringify(published.random)},
  }).then((sign) => console.log(sign));`;
  assert.equal(await runFile("sign.mjs", `import { createSign } from "finauth-facesearch"; ${call}`), published.sign);
  assert.equal(
    await runFile("sign.cjs", `const { createSign } = require("finauth-facesearch"); ${call}`),
    published.sign,
  );
});

test("an error that nobody catches is shown in a few lines, with the names of functions", async () => {
  const source = 'import { FaceSearchClient } from "finauth-facesearch"; new FaceSearchClient({ apiKey: 1 });';
  const { stderr } = await runFile("uncaught.mjs", source).then(() => assert.fail("it does not fail"), Object);
  assert.match(stderr, /^ConfigError: apiKey must be a string, not a number\n {4}at Reader\.error /m);
  assert.ok(stderr.length < 2000, `${stderr.length} characters`);
});

test("a bundle that is no ES module says what to import instead, and works with that", async () => {
  const said = async (/** @type {string} */ entry) => {
    const source = `import { createSign } from "${entry}";
      createSign({ apiKey: "k", apiSecret: "s" }).then((sign) => console.log(typeof sign), ({ code, message }) => console.log(code, message));`;
    writeFileSync(join(project, "bundled.mjs"), source);
    /** @type {import("esbuild").BuildOptions} */
    const server = { platform: "node", format: "cjs", logLevel: "silent" };
    await bundle({ ...server, bundle: true, absWorkingDir: project, entryPoints: ["bundled.mjs"], outfile: "out.cjs" });
    return (await run(process.execPath, ["out.cjs"], { cwd: project })).stdout;
  };
  assert.match(await said("finauth-facesearch"), /^WASM_NOT_FOUND .*import finauth-facesearch\/inline instead/);
  assert.equal(await said("finauth-facesearch/inline"), "string\n");
});

test("a real delete, imported and required", async (t) => {
  const emulator = createEmulator({ libraries: { staff: ["a1", "b2", "c3"] } });
  const { baseUrl, close } = await serveEmulator(emulator);
  t.after(close);
  const options = JSON.stringify({ apiKey: emulator.apiKey, apiSecret: emulator.apiSecret, baseUrl });
  const call = (/** @type {string} */ token) => `
    new FaceSearchClient(${options}).deleteFaces({ groupId: "staff", faceTokens: ["${token}", "zz"] })
      .then(({ outcomes }) => console.log(outcomes.map(({ outcome }) => outcome).join()));`;
  const imported = await runFile("delete.mjs", `import { FaceSearchClient } from "finauth-facesearch"; ${call("a1")}`);
  assert.equal(imported, "deleted,absent");
  const required = await runFile(
    "delete.cjs",
    `const { FaceSearchClient } = require("finauth-facesearch"); ${call("b2")}`,
  );
  assert.equal(required, "deleted,absent");
  assert.deepEqual(emulator.faces("staff"), ["c3"]);
});

test("the published signature comes out in Chromium, without a bundler, under a strict policy", async (t) => {
  const types = /** @type {Record<string, string>} */ ({ ".js": "text/javascript", ".wasm": "application/wasm" });
  const page = `import { createSign } from "/finauth-facesearch/browser.js";
    const vectors = ${JSON.stringify(vectors)};
    document.title = (await Promise.all(vectors.map((vector) => createSign({
      apiKey: vector.api_key, apiSecret: vector.api_secret, dangerouslyAllowBrowser: true,
      expireTime: vector.expire_time, currentTime: vector.current_time, random: vector.random,
    })))).join(" ");`;
  const server = createServer((request, response) => {
    const { url = "/" } = request;
    response.setHeader(
      "content-security-policy",
      "default-src 'none'; img-src data:; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'",
    );
    if (url === "/") {
      response.setHeader("content-type", "text/html");
      response.end('<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>');
    } else {
      response.setHeader("content-type", types[extname(url)] ?? "text/plain");
      response.end(url === "/page.js" ? page : readFileSync(join(project, "node_modules", url)));
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  t.after(() => server.close());
  const browser = await launch();
  t.after(() => browser.close());
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const { page: opened, assertNoProblems } = await open(browser, `http://127.0.0.1:${port}/`);
  await opened.waitForFunction(() => document.title !== "");
  const expected = vectors.map((/** @type {{ sign: string }} */ { sign }) => sign).join(" ");
  assert.equal(await opened.title(), expected);
  await assertNoProblems();
  await opened.close();
});

/** The examples of the documentation, with where they stand. */
function examples() {
  // Those of the guide on the proxy are files, which its own test runs.
  const guides = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md") && name !== "proxy.md");
  const declarations = readdirSync(join(root, "pkg-template"), { recursive: true }).filter((name) =>
    /\.d\.ts$/.test(`${name}`),
  );
  const sources = [
    "README.md",
    "CONTRIBUTING.md",
    ...guides.map((name) => `docs/${name}`),
    ...declarations.map((name) => `pkg-template/${name}`).sort(),
  ];
  return sources.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8").replace(/^ *\* ?/gm, "");
    return [...text.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code], index) => ({
      name: `${file} no. ${index + 1}`,
      code,
    }));
  });
}

test("every example of the documentation runs", async (t) => {
  // What an example may assume: the variables that it mentions, and a server behind the default address.
  const preload = `
    import { FaceSearchClient } from "finauth-facesearch";
    import { createEmulator } from "finauth-facesearch/emulator";
    const emulator = createEmulator({ libraries: { staff: ["34dce3f2d1fc4736670b4bad58523ce8", "a1", "b2"] } });
    const { apiKey, apiSecret } = emulator;
    const { createProxyHandler } = await import("finauth-facesearch/proxy");
    const faces = createProxyHandler({ apiKey, apiSecret, fetch: emulator.fetch, authorize: () => true, allow: { groups: ["staff"] } });
    // As on a page, and its server.
    globalThis.location = new URL("https://admin.example.com/");
    globalThis.fetch = async (input, init) =>
      input === "https://admin.example.com/faces" ? faces(new Request(input, init)) : emulator.fetch(input, init);
    const client = new FaceSearchClient({ apiKey, apiSecret });
    const document = { body: { append: (text) => console.log(text) } };
    Object.assign(globalThis, { apiKey, apiSecret, client, document, groupId: "staff", faceTokens: ["a1"] });
    // An example that leaves a server open has no end of its own.
    setTimeout(() => process.exit(), 1500).unref();
    process.on("beforeExit", () => process.exit());`;
  writeFileSync(join(project, "preload.mjs"), preload);
  writeFileSync(join(project, "export.csv"), "\uFEFFName;Face Token\r\nAnn;a1\r\nBob;b2\r\nEve;two words\r\n");
  const env = { FINAUTH_API_KEY: "practice-key", FINAUTH_API_SECRET: "practice-secret" };
  const all = examples();
  assert.ok(all.length >= 7, `${all.length} examples`);
  for (const [index, { name, code }] of all.entries()) {
    await t.test(name, async () => {
      const server = code?.includes("serveEmulator") ? "\nawait close();" : "";
      const printed = await runFile(`example-${index}.mjs`, code + server, ["--import", "./preload.mjs"], env);
      if (/nobody told us/.test(code ?? "")) assert.equal(printed, "2 absent-after-uncertain\n[]");
      if (/console\.log\(result\.faceRemoved/.test(code ?? "")) assert.match(printed, /^1 removed;.*'deleted'/s);
      if (/deleteMany\(\["a1", "b2", "zz"\].*or a file/.test(code ?? ""))
        assert.match(printed, /zz absent[\s\S]*deleted: 2[\s\S]*true$/);
      if (/round < 3/.test(code ?? "")) assert.equal(printed, "0 unresolved");
      if (/const o of client\.deleteMany\(file/.test(code ?? ""))
        assert.match(printed, /^invalid must not contain white space\ndeleted a1\ndeleted b2$/);
      if (/fileJournal\("export/.test(code ?? "")) assert.match(printed, /deleted: 2,/);
      if (/plan\.confirmation, "in"/.test(code ?? ""))
        assert.equal(
          printed,
          "delete 2 from staff in 1 requests\nline 4 must not contain white space\n2 deleted, nothing is left to do\nall gone: false",
        );
      if (/face_removed, failure_detail\)|faceRemoved, failureDetail\)/.test(code ?? ""))
        assert.match(printed, /^1 \[\s*\{.*FACE_NOT_IN_GROUP/s);
      if (/await erased\("a1"\)/.test(code ?? "")) assert.equal(printed, "true");
      if (/no-such-library/.test(code ?? "")) assert.equal(printed, "GroupNotFoundError INVALID_OUTER_ID rejected");
      if (/a person who leaves/.test(code ?? "")) assert.match(printed, /^(ok 1 -|✔) a person who leaves/m);
      if (/verifyReceipt/.test(code ?? "")) assert.equal(printed, "deleted");
      if (/document\.body/.test(code ?? "")) assert.match(printed, /: deleted$/);
    });
  }
});

test("its types and its exports resolve for everyone (attw, publint)", async () => {
  const tool = (/** @type {string} */ name) => join(root, "node_modules", ".bin", name);
  await run(tool("attw"), [tarball, "--profile", "node16"]);
  await run(tool("publint"), ["run", tarball, "--strict"]);
});
