import type { CommonOptions } from "../index.js";

/** A call that somebody wants to make. */
export interface ProxyCall {
  /** Which call: the names are those of the client's methods. */
  readonly api: "deleteFaces" | "getFaceCount";
  /** The library. */
  readonly groupId: string;
  /** The tokens of a deletion; of no other call. Not checked yet: it may be any text. */
  readonly faceTokens: readonly string[];
}

/** What a proxy lets its callers do. */
export interface ProxyAllowance {
  /** The libraries, or `"*"` for all that the API key can reach. */
  groups: readonly string[] | "*";
  /** The calls. Default: both. */
  apis?: readonly ProxyCall["api"][] | undefined;
  /** The most tokens in one call, 1 to 1000. A client with more sends smaller batches. Default: 1000. */
  tokensPerCall?: number | undefined;
  /**
   * How many calls a minute one caller may make on average, and how many at once, as {@link ProxyOptions.authorize} tells them
   * apart, in each instance. Retries count. Default: 600.
   */
  callsPerMinute?: number | undefined;
  /**
   * Other origins whose pages may call, such as `"https://admin.example.com"`. Pages of the proxy's own origin always may,
   * and so may programs that are no browsers; `authorize` decides about all of them. Default: none.
   */
  origins?: readonly string[] | undefined;
}

/** Settings of a proxy. What it has in common with a client means the same: see {@link CommonOptions}. */
export interface ProxyOptions
  extends Pick<CommonOptions, "baseUrl" | "signatureTtl" | "fetch" | "clock" | "hooks" | "logger"> {
  /** The API key. Default: the environment variable `FINAUTH_API_KEY`. */
  apiKey?: string | undefined;
  /** The API secret, or a function that gives it. Default: the environment variable `FINAUTH_API_SECRET`. */
  apiSecret?: string | Uint8Array | (() => string | Uint8Array | Promise<string | Uint8Array>) | undefined;
  /** In place of key and secret: gives a signature for each attempt. */
  sign?: (() => string | Promise<string>) | undefined;
  /**
   * Says who may make a call: `true`, or a name for who is calling, for {@link ProxyAllowance.callsPerMinute} and for the
   * memory of attempt ids. Anything else refuses, and so does an error. The request has no body: it has been read.
   *
   * Asked for each copy of an attempt, which has to get the same name each time: see `docs/proxy.md`.
   */
  authorize: (request: Request, call: ProxyCall) => boolean | string | Promise<boolean | string>;
  /** What is allowed at all. */
  allow: ProxyAllowance;
  /**
   * How long an attempt may take, in milliseconds; so may the reading of a request, and `authorize`. Shorter than the time
   * that clients wait, or they do not hear what came of it. Default: 25 000.
   */
  timeout?: number | undefined;
  /**
   * Whether all requests reach this one handler. Then it recognises a request that a browser sends twice, and clients can
   * say `absent`. If they do not, they are told so, and nothing false is claimed: their calls are refused. With `"many"`
   * any instance makes the call, and clients say `absent-after-uncertain`. Default: `"one"`, in Workers `"many"`.
   */
  instances?: "one" | "many" | undefined;
  /**
   * With many instances: claims an attempt in a store that they share, and gives `true` to the first who claims it only,
   * for ten minutes. Then no attempt is made twice, whichever instances it reaches. The key is a digest of the caller's name
   * and the attempt's id, 64 hex digits. For Redis:
   * `(key) => redis.set(key, "1", { NX: true, EX: 600 }).then((said) => said === "OK")`.
   */
  claimAttempt?: ((key: string) => boolean | Promise<boolean>) | undefined;
  /**
   * Told when the proxy itself fails: no secret, a failing `authorize`, a trap. Callers learn no more than `PROXY_FAILED`, of
   * `authorize` no more than `PROXY_UNAUTHORIZED`. The message holds no token, secret or text of an error from other code; that
   * error is its `cause`. Default: `console.error`, with the message alone.
   */
  onError?: ((error: Error) => void) | undefined;
}

/**
 * Makes a handler that lets others delete faces with a key and a secret that they never see: pages whose client has the
 * option `proxyUrl`. It keeps to the web's `Request` and `Response`, so it is a route handler of Next, Hono, Deno, Bun and
 * Workers as it is; for Node's `http` and Express see `toNodeListener` in `finauth-facesearch/proxy/node`.
 *
 * It makes each attempt once at the most, and passes on nothing but the documented members of an answer.
 *
 * @throws {ConfigError} an option is missing or unusable
 *
 * @example
 * ```js
 * import { createProxyHandler } from "finauth-facesearch/proxy";
 *
 * const handler = createProxyHandler({
 *   apiKey: "your-api-key",
 *   apiSecret: "your-api-secret",
 *   authorize: (request) => /(^|; )session=of-an-administrator(;|$)/.test(request.headers.get("cookie") ?? ""),
 *   allow: { groups: ["staff-emea"] },
 * });
 * const response = await handler(new Request("https://admin.example.com/faces", { method: "POST" }));
 * console.log(response.status); // 415: it takes JSON only
 * ```
 */
export function createProxyHandler(options: ProxyOptions): (request: Request) => Promise<Response>;
