import type { RequestListener, Server } from "node:http";
import type { Emulator } from "./index.js";

/** A running emulator. */
export interface EmulatorServer {
  /** What a client takes as `baseUrl`. */
  readonly baseUrl: string;
  /** Node's server, for tests that look at its connections. */
  readonly server: Server;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

/**
 * Serves an emulator over HTTP on 127.0.0.1.
 *
 * @param options.port the port; 0 (the default) takes a free one
 *
 * @example
 * ```js
 * import { createEmulator } from "finauth-facesearch/emulator";
 * import { serveEmulator } from "finauth-facesearch/emulator/node";
 *
 * const emulator = createEmulator({ libraries: { staff: ["a1", "b2"] } });
 * const { baseUrl, close } = await serveEmulator(emulator);
 * ```
 */
export function serveEmulator(emulator: Pick<Emulator, "handle">, options?: { port?: number }): Promise<EmulatorServer>;

/**
 * A listener for `http.createServer` from a `Request → Response` handler. If the handler rejects, the connection is
 * dropped without an answer; if the response's body fails, in the middle of one.
 */
export function toNodeListener(handle: (request: Request) => Promise<Response>): RequestListener;
