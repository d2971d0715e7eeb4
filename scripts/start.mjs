// @ts-check
// `npm start`: sets up, builds, and serves the console with a practice server inside. Nothing leaves this machine.
//
//   PORT=8080 npm start    another port than 4173

import { build } from "./build.mjs";
import { credentialsOf } from "./lib/console-proxy.mjs";
import { serveConsole } from "./lib/console-server.mjs";
import { Failure, main, say } from "./lib/shell.mjs";
import { setUp } from "./setup.mjs";

await main(async () => {
  const port = Number(process.env.PORT ?? 4173);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Failure(`PORT is '${process.env.PORT}', which is no port: choose a number up to 65535.`);
  }
  await setUp();
  await build();
  const credentials = credentialsOf(process.env);
  const { url, session } = await serveConsole({ port, credentials }).catch((error) => {
    if (error.code !== "EADDRINUSE") throw error;
    throw new Failure(`Port ${port} is taken: choose another one, as in 'PORT=${port + 1} npm start'.`);
  });
  say(
    credentials === undefined
      ? `\nThe console is at ${url} (practice mode: nothing real happens). Ctrl-C ends it.`
      : `\nThe console is at ${url}#session=${session}\nKeep this address to yourself: it can use your credentials. ` +
          "The page itself is still for practice. Ctrl-C ends it.",
  );
});
