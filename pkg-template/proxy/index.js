// @ts-check
// The proxy: lets others make the calls that it allows, with a key and a secret that they never see. index.d.ts
// documents it; docs/proxy-protocol.md says what goes over the wire.

import { FaceSearchClient, forward } from "../client.js";
import { isWorker, transmitsOnce } from "../environment.js";
import { ConfigError } from "../errors.js";
import { encoder, Reader } from "../options.js";
import { readAllow } from "./allow.js";
import { Attempts } from "./attempts.js";
import { Buckets } from "./buckets.js";
import { checkOrigin, preflight, readCall, respond, sha256 } from "./http.js";
import { Late, Refusal, within } from "./refusal.js";

const VERSION = 1;
const DEFAULT_TIMEOUT_MS = 25_000;

/** The names of instances that share the work: an attempt for those that claim ids must not be made by one that does not. */
const MANY = "many";
const MANY_CLAIMED = "many-claimed";

/** What a proxy has in common with any client, which checks it. */
const OF_THE_CLIENT = ["apiKey", "apiSecret", "sign", "baseUrl", "signatureTtl", "fetch", "clock", "hooks", "logger"];

/** @typedef {import("./http.js").Message} Message */
/** @typedef {{ attemptId?: string, transmitsOnce: boolean, recognisesRepeats: boolean }} Stated what every reply states */
/** @typedef {{ api: "deleteFaces" | "getFaceCount", groupId: string, faceTokens: string[] }} Call */

/**
 * @param {unknown} options
 * @param {import("./attempts.js").Limits} [limits] for tests
 */
export function createProxyHandler(options, limits) {
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
  const attempts = new Attempts(instances === "one", limits);
  const buckets = new Buckets(allow.callsPerMinute);
  const recognisesRepeats = instances === "one" || claimAttempt !== undefined;
  /** Made at the first request: Workers have no randomness before. @type {string | undefined} */
  let instance;

  /** @param {Request} request */
  return async function handle(request) {
    const origin = request.headers.get("origin");
    const readableBy = origin !== null && allow.origins.has(origin) ? origin : undefined;
    if (request.method === "OPTIONS") return preflight(request, readableBy);
    /** @type {Stated} */
    const stated = { transmitsOnce: transmitsOnce(), recognisesRepeats };
    try {
      const response = await reply(request, stated);
      return respond(200, { ...response, ...stated }, readableBy);
    } catch (error) {
      const refusal = error instanceof Refusal ? error : unexpected(error);
      // Another of many instances may have made a copy of the attempt that this one rejects.
      const { delivery, ...rest } = refusal.reply;
      const isCertain = delivery === "maybe-applied" || (delivery !== undefined && instances === "one");
      return respond(refusal.status, { ...(isCertain ? refusal.reply : rest), ...stated }, readableBy);
    }
  };

  /**
   * The order of these checks is part of the protocol: docs/proxy-protocol.md gives the reasons.
   *
   * @param {Request} request
   * @param {Stated} stated
   */
  async function reply(request, stated) {
    checkOrigin(request, allow.origins);
    const { message, digest } = await readCall(request, timeout);
    if (message.v !== VERSION) throw new Refusal(400, "PROXY_UNSUPPORTED_VERSION");
    instance ??= instances === "one" ? crypto.randomUUID() : claimAttempt === undefined ? MANY : MANY_CLAIMED;
    const { attemptId } = message;
    if (attemptId === undefined) return { v: VERSION, instance };
    if (typeof attemptId !== "string" || !/^[0-9a-f]{32}$/.test(attemptId)) throw badRequest();
    stated.attemptId = attemptId;
    const call = callOf(message);
    const caller = await authorized(request, call);
    // An instance that does not claim ids may have made a copy of an attempt that is addressed to all of them.
    if (instance === MANY_CLAIMED && message.instance === MANY) stated.recognisesRepeats = false;
    else if (message.instance !== instance) throw new Refusal(409, "PROXY_OTHER_INSTANCE");
    // Nothing is awaited from here until the id is noted, so that of two copies one finds the other.
    return attempts.repeated(caller, attemptId, digest) ?? attempt(caller, attemptId, digest, call, stated);
  }

  /**
   * The one decision on an attempt. The rejections that depend on the message alone need no memory: each copy meets them.
   *
   * @param {string} caller
   * @param {string} attemptId
   * @param {string} digest
   * @param {Call} call
   * @param {Stated} stated
   */
  function attempt(caller, attemptId, digest, call, stated) {
    if (!allow.apis.has(call.api)) throw new Refusal(403, "PROXY_FORBIDDEN_API", "not-sent");
    if (!allow.group(call.groupId)) throw new Refusal(403, "PROXY_FORBIDDEN_GROUP", "not-sent");
    if (call.faceTokens.length > allow.tokensPerCall) throw new Refusal(413, "PROXY_TOO_MANY_TOKENS", "not-sent");
    const wait = attempts.wait(caller) || buckets.take(caller);
    if (wait > 0) {
      // A copy that arrives later would not be throttled: `not-sent` is true only if the rejection is kept. With
      // several instances it is not said, so there is nothing to keep.
      const refusal = new Refusal(429, "PROXY_THROTTLED", "not-sent", wait);
      if (instances === "one" && attempts.reject(caller, attemptId, digest, refusal)) throw refusal;
      throw new Refusal(429, "PROXY_THROTTLED", undefined, wait);
    }
    return attempts.make(caller, attemptId, digest, () => make(caller, attemptId, call, stated.recognisesRepeats));
  }

  /**
   * @param {string} caller
   * @param {string} attemptId
   * @param {Call} call
   * @param {boolean} isOnlyCopy whether no other copy of the attempt is made, here or elsewhere
   */
  async function make(caller, attemptId, call, isOnlyCopy) {
    if (claimAttempt !== undefined && (await claim(caller, attemptId)) !== true) {
      throw new Refusal(409, "PROXY_REPEATED", "maybe-applied");
    }
    const said = await forward(client, call, timeout).catch((error) => {
      throw failed(error, error?.delivery === "not-sent" ? "not-sent" : "maybe-applied");
    });
    if (said.error?.name === "ValidationError") throw new Refusal(400, "PROXY_BAD_REQUEST", "not-sent");
    if (said.error !== undefined) throw failed(said.error, "not-sent");
    const isCertain = isOnlyCopy || said.delivery !== "not-sent";
    return { v: VERSION, ...said, ...(isCertain ? {} : { delivery: undefined }) };
  }

  /**
   * With a name for the id that no other caller's id has: else a caller could claim the ids of others.
   *
   * @param {string} caller
   * @param {string} attemptId
   */
  async function claim(caller, attemptId) {
    const name = await sha256(encoder.encode(caller + attemptId));
    try {
      const claimed = await within(timeout, claimAttempt?.(hex(name)));
      if (typeof claimed !== "boolean") throw new TypeError("claimAttempt must give true or false");
      return claimed;
    } catch (error) {
      tell(theirs("claimAttempt", error), error);
      // Another copy may have claimed it.
      throw new Refusal(500, "PROXY_FAILED");
    }
  }

  /**
   * The caller, as a digest of the name that the owner's function gives: of one length, and no personal data.
   * It is asked for each copy of an attempt. A rejection leaves no trace and is the same for any id, so that nobody without a
   * session can probe or block an attempt. So it cannot say `not-sent`: an earlier copy may have been made, or a later one
   * may be.
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
      tell(theirs("authorize", error), error);
    }
    if (answer === true) return sha256(encoder.encode(""));
    if (typeof answer === "string" && answer !== "") return sha256(encoder.encode(answer));
    throw new Refusal(401, "PROXY_UNAUTHORIZED");
  }

  /**
   * @param {unknown} error
   * @param {import("./refusal.js").Delivery} [delivery]
   */
  function failed(error, delivery) {
    tell(error);
    return new Refusal(500, "PROXY_FAILED", delivery);
  }

  /** @param {unknown} error */
  function unexpected(error) {
    tell(theirs("request", error), error);
    return new Refusal(500, "PROXY_FAILED");
  }

  /**
   * @param {any} error whose message is ours: it holds no secret and no token
   * @param {unknown} [cause]
   */
  function tell(error, cause = error) {
    try {
      onError(new Error(`finauth-facesearch proxy: ${error?.message ?? "failed"}`, { cause }));
    } catch {
      // A listener's mistake is not the caller's.
    }
  }
}

/** Before anybody is authorised, so nothing can be said of the id. */
function badRequest() {
  return new Refusal(400, "PROXY_BAD_REQUEST");
}

/**
 * Stands in for an error from the owner's code, whose message may quote the call or a secret.
 *
 * @param {string} name
 * @param {any} error
 */
function theirs(name, error) {
  if (error instanceof Late) return new Error(`${name}: ${error.message}`);
  const kinds = [error?.name, error?.code].filter((kind) => typeof kind === "string" && /^[A-Za-z_]{1,40}$/.test(kind));
  return new Error(`${name} failed${kinds.length === 0 ? "" : ` (${kinds.join(", ")})`}`);
}

/** @param {string} bytes */
function hex(bytes) {
  return Array.from(bytes, (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
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
