// @ts-check
// `npm start`: sets up, builds, and serves the console with a practice server inside. Nothing leaves this machine, unless
// there are credentials for a real server.
//
//   PORT=8080 npm start                  another port than 4173
//   npm start -- --credentials FILE      with a real server; `finauth-facesearch console --help` has all options

import { join } from "node:path";
import { build } from "./build.mjs";
import { pkg } from "./lib/places.mjs";
import { main, run, say } from "./lib/shell.mjs";
import { setUp } from "./setup.mjs";

await main(async () => {
  await setUp();
  await build();
  const args = process.argv.slice(2);
  const { FINAUTH_API_KEY, FINAUTH_API_SECRET } = process.env;
  const isReal = args.some((arg) => arg.startsWith("--credentials")) || (FINAUTH_API_KEY && FINAUTH_API_SECRET);
  // Without credentials the console speaks of practice only.
  if (!isReal) {
    say(
      "\nFor a real server: npm start -- --credentials FILE, with FINAUTH_API_KEY=… and FINAUTH_API_SECRET=…, a line each.",
    );
  }
  await run(process.execPath, [join(pkg, "cli", "main.js"), "console", ...args], { work: "The console" });
});
