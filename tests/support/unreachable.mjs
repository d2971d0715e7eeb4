// @ts-check
// Servers that cannot be reached, reject, break off, or are not what they seem: real sockets and real TLS. Each counts the
// bytes of requests that it got, which is what a claim of `not-sent` is held against.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { fileURLToPath } from "node:url";

const folder = new URL("../fixtures/tls/", import.meta.url);
const pem = (/** @type {string} */ name) => readFileSync(new URL(`${name}.pem`, folder));

/** The authority that signed all certificates except the self-signed one: for `NODE_EXTRA_CA_CERTS`. */
export const AUTHORITY = fileURLToPath(new URL("ca.pem", folder));

/** What a client claims: the code of its error, with what it says of the delivery. */
const CLAIMS = {
  unconnected: "NOT_CONNECTED not-sent",
  rejected: "CERTIFICATE_REJECTED not-sent",
  lost: "CONNECTION_LOST maybe-applied",
};

/**
 * What happens to a request, and what can be claimed by who knows the most about it.
 *
 * @type {Record<string, keyof typeof CLAIMS>}
 */
const EXPECTED = {
  "connection refused": "unconnected",
  "connection refused by each address": "unconnected",
  "connection refused, for TLS": "unconnected",
  "no such host": "unconnected",
  "no answer to SYN": "unconnected",
  "self-signed certificate": "rejected",
  "certificate for another host": "rejected",
  "expired certificate": "rejected",
  "certificate of the client required, TLS 1.3": "lost",
  "certificate of the client required, TLS 1.2": "lost",
  "no cipher in common": "lost",
  "TLS to a plain port": "lost",
  "reset after the ClientHello": "lost",
  "end after the ClientHello": "lost",
  "end without a response": "lost",
  "reset after the request": "lost",
  "reset after the head": "lost",
  "reset of a connection that was used before": "lost",
  "end of a connection that was used before": "lost",
};

/** How long to wait for a connection: longer than undici does. */
const PATIENCE_MS = 13_000;

/**
 * Starts them all. The caller hands `places` to a client, in a process with {@link AUTHORITY}, and what it says to `assertClaims`.
 *
 * @param {{ connectTimeout?: boolean }} [options]
 */
export async function unreachable({ connectTimeout = true } = {}) {
  /** @type {Record<string, { url: string, calls: number, timeout: number }>} */
  const places = {};
  /** @type {Record<string, number>} */
  const received = {};
  /** @type {(() => unknown)[]} */
  const undo = [];

  /**
   * @param {string} name
   * @param {import("node:net").Server} server
   * @param {{ scheme?: string, host?: string, calls?: number }} [how]
   */
  async function begin(name, server, { scheme = "http", host = "127.0.0.1", calls = 1 } = {}) {
    received[name] = 0;
    const sockets = new Set();
    server.on("connection", (socket) => sockets.add(socket));
    server.on("tlsClientError", () => {});
    await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    places[name] = { url: `${scheme}://${host}:${port}`, calls, timeout: 10_000 };
    undo.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
  }

  /** @param {(socket: import("node:net").Socket, name: string) => void} behave */
  const tcp = (behave) => (/** @type {string} */ name) =>
    createTcpServer((socket) => {
      socket.on("error", () => {});
      behave(socket, name);
    });

  /** @param {string} certificate @param {import("node:tls").TlsOptions} [options] */
  const tls = (certificate, options) => (/** @type {string} */ name) =>
    createTlsServer({ key: pem("key"), cert: pem(certificate), ...options }, (socket) => {
      socket.on("error", () => {});
      socket.on("data", (bytes) => {
        received[name] = Number(received[name]) + bytes.length;
      });
    });

  /** The first request of a connection is answered: the server says that there is too much to do. @param {"resetAndDestroy" | "end"} cut */
  const used = (cut) => () => {
    const seen = new WeakSet();
    return createHttpServer((request, response) => {
      const { socket } = request;
      request.resume().on("end", () => {
        if (seen.has(socket)) return socket[cut]();
        seen.add(socket);
        response.writeHead(403, { "content-type": "application/json" });
        return response.end('{"error":"CONCURRENCY_LIMIT_EXCEEDED"}');
      });
    });
  };

  const requested = (/** @type {(socket: import("node:net").Socket) => unknown} */ cut) =>
    tcp((socket, name) =>
      socket.once("data", (bytes) => {
        received[name] = Number(received[name]) + bytes.length;
        cut(socket);
      }),
    );
  /** @type {import("node:net").Server[]} */
  const refusing = [];
  const forbidden = { requestCert: true, rejectUnauthorized: true, ca: pem("ca") };

  for (const [name, make, how] of /** @type {[string, (name: string) => import("node:net").Server, any?][]} */ ([
    ["self-signed certificate", tls("self-signed"), { scheme: "https" }],
    ["certificate for another host", tls("other-host"), { scheme: "https" }],
    ["expired certificate", tls("expired"), { scheme: "https" }],
    ...["TLSv1.3", "TLSv1.2"].map((version) => [
      `certificate of the client required, ${version.replace("v", " ")}`,
      tls("good", { ...forbidden, minVersion: /** @type {any} */ (version), maxVersion: /** @type {any} */ (version) }),
      { scheme: "https" },
    ]),
    [
      "no cipher in common",
      tls("good", { maxVersion: "TLSv1.2", ciphers: "ECDHE-RSA-AES128-SHA" }),
      { scheme: "https" },
    ],
    ["TLS to a plain port", requested((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")), { scheme: "https" }],
    ["reset after the ClientHello", requested((socket) => socket.resetAndDestroy()), { scheme: "https" }],
    ["end after the ClientHello", requested((socket) => socket.end()), { scheme: "https" }],
    ["end without a response", requested((socket) => socket.end())],
    ["reset after the request", requested((socket) => socket.resetAndDestroy())],
    [
      "reset after the head",
      requested((socket) => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{");
        setTimeout(() => socket.resetAndDestroy(), 50);
      }),
    ],
    ["reset of a connection that was used before", used("resetAndDestroy"), { calls: 2 }],
    ["end of a connection that was used before", used("end"), { calls: 2 }],
    // The last, so that no other server gets their ports.
    ["connection refused", tcp(() => {})],
    ["connection refused by each address", tcp(() => {}), { host: "localhost" }],
    ["connection refused, for TLS", tcp(() => {}), { scheme: "https" }],
  ])) {
    const server = make(name);
    await begin(name, server, how);
    if (name.startsWith("connection refused")) refusing.push(server);
  }
  for (const server of refusing) await new Promise((resolve) => server.close(resolve));
  places["no such host"] = { url: "https://no-such-host.invalid", calls: 1, timeout: 10_000 };
  if (connectTimeout) {
    const silent = await silentPort();
    undo.push(silent.end);
    places["no answer to SYN"] = { url: `http://127.0.0.1:${silent.port}`, calls: 1, timeout: PATIENCE_MS };
  }

  return {
    places,
    /**
     * @param {Record<string, { claim: string, code?: string, cause?: { code: string, message: string } }>} said by name of the place
     * @param {{ knows?: boolean }} [runtime] whether it says enough for `not-sent` to be claimed at all
     */
    assertClaims(said, { knows = true } = {}) {
      assert.deepEqual(Object.keys(said).sort(), Object.keys(places).sort());
      for (const [name, { claim }] of Object.entries(said)) {
        const expected = knows ? CLAIMS[/** @type {keyof typeof CLAIMS} */ (EXPECTED[name])] : / maybe-applied$/;
        const message = `${name}: ${JSON.stringify(said[name])}`;
        if (typeof expected === "string") assert.equal(claim, expected, message);
        else assert.match(claim, expected, message);
        if (claim.endsWith("not-sent")) assert.equal(received[name] ?? 0, 0, `${name}: something was sent`);
      }
    },
    end() {
      for (const end of undo) end();
    },
  };
}

/** A port whose queue is full, in a process that takes nothing from it: who connects to it waits. */
async function silentPort() {
  const fill = `
    const { createServer, connect } = require("node:net");
    const server = createServer();
    server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
      const { port } = server.address();
      require("node:fs").writeSync(1, port + "\\n");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ["-e", fill], { stdio: ["ignore", "pipe", "inherit"] });
  const port = Number(await new Promise((resolve) => child.stdout.once("data", resolve)));
  const { connect } = await import("node:net");
  const waiting = Array.from({ length: 8 }, () => connect(port, "127.0.0.1").on("error", () => {}));
  await new Promise((resolve) => setTimeout(resolve, 300));
  return {
    port,
    end: () => {
      for (const socket of waiting) socket.destroy();
      child.kill("SIGKILL");
    },
  };
}
