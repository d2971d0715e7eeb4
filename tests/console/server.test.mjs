// @ts-check
// The console's server: whom it answers, and what it lets through.

import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { serveConsole } from "#package/cli/console-server.js";
import { createEmulator, FaceSearchClient, serveEmulator } from "../support/package.mjs";

test("the server answers to its own name only", async (t) => {
  const { url } = await serveConsole().then((served) => {
    t.after(served.close);
    return served;
  });
  const status = await new Promise((resolve) => {
    const { port } = new URL(url);
    request({ port, host: "127.0.0.1", headers: { host: "evil.example" } }, (response) =>
      resolve(response.statusCode),
    ).end();
  });
  assert.equal(status, 421);
  for (const path of ["/../package.json", "/pkg/../Cargo.toml", "/%2e%2e/Cargo.toml", "/README.md", "/nothing"]) {
    assert.equal((await fetch(new URL(path, url))).status, 404, path);
  }
});

test("no path ends the server: any page can ask for one", async (t) => {
  const { url, close } = await serveConsole({
    credentials: { apiKey: "k", apiSecret: "s", baseUrl: "http://127.0.0.1:9", groups: "*" },
  });
  t.after(close);
  const { host, port } = new URL(url);
  const asked = async (/** @type {string} */ target) => {
    const socket = connect(Number(port), "127.0.0.1");
    // Not ended: who hangs up gets no answer that takes a moment.
    socket.write(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
    const [answer] = await once(socket.setEncoding("latin1"), "data");
    socket.destroy();
    return Number(answer.split(" ")[1]);
  };
  for (const target of ["//", "//[", "//a:b/", "///", "/\\", "//%", "http://[", "http://", "/%"])
    assert.ok([400, 404].includes(await asked(target)), target);
  assert.equal(await asked("/"), 200);
});

test("the proxy with this machine's credentials serves the page whose address was printed, and nobody else", async (t) => {
  const upstream = createEmulator({ libraries: { staff: ["a1", "b2"] } });
  const { apiKey, apiSecret } = upstream;
  const real = await serveEmulator(upstream);
  t.after(real.close);
  const credentials = { apiKey, apiSecret, baseUrl: real.baseUrl, groups: ["staff"] };
  const { url, session, close } = await serveConsole({ credentials });
  t.after(close);
  const { port } = new URL(url);

  /**
   * Node's own client can send any header, as a page of a name that was made to point here would.
   *
   * @param {Record<string, string>} headers
   */
  const counted = async (headers) => {
    const client = new FaceSearchClient({
      proxyUrl: `${url}proxy`,
      fetch: (_, { body, signal, headers: own }) =>
        new Promise((resolve, reject) => {
          const options = { method: "POST", host: "127.0.0.1", port, path: "/proxy", signal };
          const asked = request({ ...options, headers: { ...own, ...headers } }, async (response) => {
            const text = Buffer.concat(await response.toArray());
            resolve(new Response(text, { status: response.statusCode ?? 0 }));
          });
          asked.on("error", reject).end(body);
        }),
    });
    return client.getFaceCount({ groupId: "staff" }, { maxRetries: 0 }).then(
      ({ faceCount }) => faceCount,
      (/** @type {any} */ error) => error.code,
    );
  };
  const mine = { "x-console-session": session, origin: url.slice(0, -1), "sec-fetch-site": "same-origin" };
  assert.equal(await counted(mine), 2);
  assert.equal(await counted({ ...mine, "x-console-session": "" }), "PROXY_UNAUTHORIZED");
  assert.equal(await counted({ ...mine, "x-console-session": session.replace(/.$/, "x") }), "PROXY_UNAUTHORIZED");
  const elsewhere = { ...mine, origin: "http://127.0.0.1:1", "sec-fetch-site": "same-site" };
  assert.equal(await counted(elsewhere), "PROXY_FORBIDDEN_ORIGIN");
  // The name of a page elsewhere, made to point at this machine.
  const rebound = { ...mine, host: `evil.example:${port}`, origin: `http://evil.example:${port}` };
  assert.equal(await counted(rebound), "PROXY_NOT_FOUND");
  assert.equal(upstream.log.length, 1, "one call was let through");
  const page = await fetch(url);
  assert.ok(!(await page.text()).includes(session), "no page can read it from here");
  const without = await serveConsole();
  t.after(without.close);
  assert.equal((await fetch(`${without.url}proxy`, { method: "POST" })).status, 404);
});
