// @ts-check
// `npm start`: sets up, builds, and serves the console with a practice server inside. Nothing leaves this machine.
//
//   PORT=8080 npm start    another port than 4173

import { join } from "node:path";
import { build } from "./build.mjs";
import { pkg } from "./lib/places.mjs";
import { main, run } from "./lib/shell.mjs";
import { setUp } from "./setup.mjs";

await main(async () => {
  await setUp();
  await build();
  await run(process.execPath, [join(pkg, "cli", "main.js"), "console"], { work: "The console" });
});
