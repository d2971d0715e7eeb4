import type { RequestListener } from "node:http";

export * from "./index.js";

/**
 * A listener for `http.createServer`, or a handler for Express, from a `Request → Response` handler. If the handler rejects,
 * the connection is dropped without an answer. A body that a parser has read already is taken from `request.body`.
 *
 * @example
 * ```js
 * import { createServer } from "node:http";
 * import { createProxyHandler, toNodeListener } from "finauth-facesearch/proxy/node";
 *
 * const handler = createProxyHandler({
 *   apiKey: "your-api-key",
 *   apiSecret: "your-api-secret",
 *   authorize: () => true,
 *   allow: { groups: ["staff-emea"] },
 * });
 * const server = createServer(toNodeListener(handler)).listen(0, "127.0.0.1", () => server.close());
 * ```
 */
export function toNodeListener(handle: (request: Request) => Promise<Response>): RequestListener;
