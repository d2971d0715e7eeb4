// @ts-check
// `npm run example NAME`: runs an example of examples/ with a practice server behind it.

import { cpSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { makePlace } from "../tests/matrix/lib/place.mjs";
import { build } from "./build.mjs";
import { pkg, root } from "./lib/places.mjs";
import { Failure, main, run, say } from "./lib/shell.mjs";
import { setUp } from "./setup.mjs";

await main(async () => {
  const examples = readdirSync(join(root, "examples")).filter((name) => name !== "README.md");
  const [name = "", ...args] = process.argv.slice(2);
  if (!examples.includes(name)) throw new Failure(`Say which: npm run example ${examples.join(" | ")}`);
  await setUp();
  await build();
  /** @param {string} file */
  const ofPackage = (file) => import(pathToFileURL(join(pkg, file)).href);
  const { createEmulator } = await ofPackage("emulator/index.js");
  const { serveEmulator } = await ofPackage("emulator/node.js");
  const emulator = createEmulator({
    libraries: { staff: ["34dce3f2d1fc4736670b4bad58523ce8", "7f2c1bd0a4f84c2cb4df6c1f8d6fbb11"] },
  });
  const server = await serveEmulator(emulator);
  const place = await makePlace();
  // Ctrl-C ends the example; what is made for it is cleared away all the same.
  process.on("SIGINT", () => {});
  try {
    const folder = join(place.folder, `project-${name}`);
    cpSync(join(root, "examples", name), folder, { recursive: true });
    const settings = {
      FINAUTH_API_KEY: emulator.apiKey,
      FINAUTH_API_SECRET: emulator.apiSecret,
      FINAUTH_BASE_URL: server.baseUrl,
      ADMIN_TOKEN: "practice",
    };
    // Where Wrangler looks for them.
    writeFileSync(
      join(folder, ".dev.vars"),
      Object.entries(settings)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(""),
    );
    say(`  a practice server is behind it: ${server.baseUrl}`);
    const PATH = [dirname(place.node(24)), process.env.PATH].join(delimiter);
    await run("npm", ["start", "--silent", "--", ...args], { cwd: folder, env: { ...process.env, ...settings, PATH } });
    say(`  left in the library: ${emulator.faces("staff").join(", ") || "nothing"}`);
  } finally {
    place.remove();
    await server.close();
  }
});
