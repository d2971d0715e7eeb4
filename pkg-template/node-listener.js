// @ts-check
// Node's http servers, and what is built on them, with a `Request → Response` handler.

import { Readable } from "node:stream";

/**
 * A listener for Node's http server, or a handler for Express. A handler or a body that fails ends the connection without,
 * or in the middle of, an answer.
 *
 * @param {(request: Request) => Promise<Response>} handle
 * @returns {import("node:http").RequestListener}
 */
export function toNodeListener(handle) {
  return async (incoming, outgoing) => {
    try {
      const response = await handle(toRequest(incoming));
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      outgoing.flushHeaders();
      for await (const chunk of response.body ?? []) outgoing.write(chunk);
      outgoing.end();
    } catch {
      outgoing.destroy();
    }
  };
}

/** @param {import("node:http").IncomingMessage & { originalUrl?: string, body?: unknown }} incoming */
function toRequest(incoming) {
  const { method, headers, url, originalUrl = url } = incoming;
  const server = `http://${headers.host || "localhost"}`;
  const hasBody = method !== "GET" && method !== "HEAD";
  // Resolved against it, a path that begins with two slashes would be another host.
  const target = originalUrl?.startsWith("/") ? server + originalUrl : (originalUrl ?? "/");
  return new Request(new URL(target, server), {
    method,
    headers: Object.entries(headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
    ...(hasBody ? { body: bodyOf(incoming), duplex: "half" } : {}),
  });
}

/**
 * The body, even if a body parser has read it already.
 *
 * @param {import("node:http").IncomingMessage & { body?: unknown }} incoming
 */
function bodyOf(incoming) {
  const { body } = incoming;
  if (body === undefined || !incoming.readableEnded) return /** @type {ReadableStream} */ (Readable.toWeb(incoming));
  return typeof body === "string" || body instanceof Uint8Array
    ? /** @type {Uint8Array<ArrayBuffer> | string} */ (body)
    : JSON.stringify(body);
}
