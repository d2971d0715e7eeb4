// @ts-check
// The proxy: lets others make the calls that it allows, with a key and a secret that they never see. index.d.ts
// documents it; docs/proxy-protocol.md says what goes over the wire.

import { FaceSearchClient, forward } from "../client.js";
import { isWorker, transmitsOnce } from "../environment.js";
import { ConfigError } from "../errors.js";
import { Reader } from "../options.js";
import { readAllow } from "./allow.js";
import { Attempts } from "./attempts.js";
import { Buckets } from "./buckets.js";
import { checkOrigin, preflight, readCall, respond } from "./http.js";
import { Refusal, within } from "./refusal.js";

const VERSION = 1;
const DEFAULT_TIMEOUT_MS = 25_000;

/** What a proxy has in common with any client, which checks it. */
const OF_THE_CLIENT = ["apiKey", "apiSecret", "sign", "baseUrl", "signatureTtl", "fetch", "clock", "hooks", "logger"];

/** @typedef {import("./http.js").Message} Message */
/** @typedef {{ api: "deleteFaces" | "getFaceCount", groupId: string, faceTokens: string[] }} Call */

/** @param {unknown} options */
export function createProxyHandler(options) {
  const read = new Reader(options, "options", { ErrorClass: ConfigError });
  read.only([...OF_THE_CLIENT, "authorize", "allow", "timeout", "claimAttempt", "instances", "onError"]);
  const authorize = read.callback("authorize");
  if (authorize === undefined) throw read.error("authorize", "is missing: say who may make these calls");
  const allow = readAllow(read);
  const timeout = read.milliseconds("timeout") ?? DEFAULT_TIMEOUT_MS;
  const claimAttempt = read.callback("claimAttempt");
  // Requests to a Worker are spread over many isolates, each with a memory of its own.
  const instances = read.oneOf("instances", ["one", "many"]) ?? (isWorker() ? "many" : "one");
  // biome-ignore lint/suspicious/noConsole: a server that fails should say so to whoever runs it
  const onError = read.callback("onError") ?? ((error) => console.error(String(error)));
  const client = new FaceSearchClient({
    ...Object.fromEntries(OF_THE_CLIENT.map((name) => [name, read.any(name)])),
    timeout,
    maxRetries: 0,
  });
  const attempts = new Attempts(instances === "one");
  const buckets = new Buckets(allow.callsPerMinute);
  /** Made at the first request: Workers have no randomness before. @type {string | undefined} */
  let instance;

  /** @param {Request} request */
  return async function handle(request) {
    const origin = request.headers.get("origin");
    const readableBy = origin !== null && allow.origins.has(origin) ? origin : undefined;
    if (request.method === "OPTIONS") return preflight(request, readableBy);
    try {
      return respond(200, await reply(request), readableBy);
    } catch (error) {
      const refusal = error instanceof Refusal ? error : failed(error);
      // Others of many may have made a copy of what this one refuses.
      const { delivery, ...reply } = refusal.reply;
      const isCertain = delivery === "maybe-applied" || (delivery !== undefined && instances === "one");
      return respond(refusal.status, isCertain ? refusal.reply : reply, readableBy);
    }
  };

  /** @param {Request} request */
  async function reply(request) {
    checkOrigin(request, allow.origins);
    const { message, digest } = await readCall(request, timeout);
    if (message.v !== VERSION) throw new Refusal(400, "PROXY_UNSUPPORTED_VERSION", "not-sent");
    instance ??= instances === "many" ? "many" : crypto.randomUUID();
    if (message.attemptId === undefined) return hello(instance);
    if (message.instance !== instance) throw new Refusal(409, "PROXY_OTHER_INSTANCE");
    const attemptId = message.attemptId;
    if (typeof attemptId !== "string" || !/^[0-9a-f]{32}$/.test(attemptId)) throw badRequest();
    return attempts.once(attemptId, digest, () => attempt(request, message, attemptId));
  }

  /** @param {string} instance */
  function hello(instance) {
    return {
      v: VERSION,
      instance,
      transmitsOnce: transmitsOnce(),
      recognisesRepeats: instances === "one" || claimAttempt !== undefined,
    };
  }

  /**
   * The one decision on an attempt, whoever asks for it again.
   *
   * @param {Request} request
   * @param {Message} message
   * @param {string} attemptId
   */
  async function attempt(request, message, attemptId) {
    const call = callOf(message);
    const caller = await authorized(request, call);
    if (!allow.apis.has(call.api)) throw new Refusal(403, "PROXY_FORBIDDEN_API", "not-sent");
    if (!allow.group(call.groupId)) throw new Refusal(403, "PROXY_FORBIDDEN_GROUP", "not-sent");
    if (call.faceTokens.length > allow.tokensPerCall) throw new Refusal(413, "PROXY_TOO_MANY_TOKENS", "not-sent");
    const wait = buckets.take(caller);
    if (wait > 0) throw new Refusal(429, "PROXY_THROTTLED", "not-sent", wait);
    if (claimAttempt !== undefined && (await claim(attemptId)) !== true) {
      throw new Refusal(409, "PROXY_REPEATED", "maybe-applied");
    }
    const said = await forward(client, call, timeout).catch((error) => {
      throw failed(error, error?.delivery === "not-sent" ? "not-sent" : "maybe-applied");
    });
    if (said.error?.name === "ValidationError") throw badRequest();
    if (said.error !== undefined) throw failed(said.error, "not-sent");
    // Without a claim others of many may have made a copy.
    const isCertain = instances === "one" || claimAttempt !== undefined || said.delivery !== "not-sent";
    return { v: VERSION, ...said, ...(isCertain ? {} : { delivery: undefined }) };
  }

  /** @param {string} attemptId */
  async function claim(attemptId) {
    try {
      return await within(timeout, claimAttempt?.(attemptId));
    } catch (error) {
      throw failed(error, "not-sent");
    }
  }

  /**
   * Who is calling, as the owner's function says.
   *
   * @param {Request} request
   * @param {Call} call
   */
  async function authorized(request, call) {
    // Without its body, which has been read.
    const { url, method, headers } = request;
    const about = { api: call.api, groupId: call.groupId, faceTokens: Object.freeze([...call.faceTokens]) };
    let answer;
    try {
      answer = await within(timeout, authorize?.(new Request(url, { method, headers }), Object.freeze(about)));
    } catch (error) {
      tell(error);
    }
    if (answer === true) return "";
    if (typeof answer === "string" && answer !== "") return answer;
    throw new Refusal(401, "PROXY_UNAUTHORIZED", "not-sent");
  }

  /**
   * @param {unknown} error
   * @param {import("./refusal.js").Delivery} [delivery]
   */
  function failed(error, delivery) {
    tell(error);
    return new Refusal(500, "PROXY_FAILED", delivery);
  }

  /** @param {any} error */
  function tell(error) {
    try {
      // A message of the client's own holds no secret; nobody knows what else is in the error of somebody else.
      onError(new Error(`finauth-facesearch proxy: ${error?.message ?? "failed"}`, { cause: error }));
    } catch {
      // A listener's mistake is not the caller's.
    }
  }
}

function badRequest() {
  return new Refusal(400, "PROXY_BAD_REQUEST", "not-sent");
}

/**
 * @param {Message} message
 * @returns {Call}
 */
function callOf({ api, groupId, faceTokens = [] }) {
  if (!Array.isArray(faceTokens) || !faceTokens.every((token) => typeof token === "string")) throw badRequest();
  const isKnown = api === "getFaceCount" ? faceTokens.length === 0 : api === "deleteFaces";
  if (!isKnown || typeof groupId !== "string") throw badRequest();
  return { api: /** @type {Call["api"]} */ (api), groupId, faceTokens };
}
