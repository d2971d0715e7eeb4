// @ts-check
// The emulator: one stateful core, and the doors that run anywhere. index.d.ts documents it.

import { audit } from "./audit.js";
import { ENDPOINTS, required } from "./endpoints.js";
import { ApiFault, ConnectionDropped, FaultScript, isWhole, json, strikeAfter, strikeBefore } from "./faults.js";
import { Libraries } from "./libraries.js";
import { ownOptions } from "./options.js";
import { createSignatureCheck } from "./signature.js";

export { assertNoSecrets } from "./secrets.js";
export { ConnectionDropped };

const MOST_BYTES = 2 << 20;

const OPTIONS = ["apiKey", "apiSecret", "libraries", "clock", "seed", "limits", "badTokens"];

/** @param {import("./index.js").EmulatorOptions} [options] */
export function createEmulator(options) {
  const {
    apiKey = "practice-key",
    apiSecret = "practice-secret",
    libraries: faces = {},
    clock = Date,
    seed = 1,
    limits,
    badTokens,
  } = ownOptions(options, OPTIONS, "createEmulator");
  const libraries = new Libraries();
  for (const [groupId, held] of Object.entries(faces)) libraries.create(groupId, held);
  const checkSignature = createSignatureCheck(new Map([[apiKey, apiSecret]]));
  const script = new FaultScript();
  const random = generator(seed);
  /** @type {import("./index.js").LoggedCall[]} */
  const log = [];
  /** The last whole response of each API, with the time of its `Date`. @type {Map<string, { response: Response, now: number }>} */
  const earlier = new Map();

  /** @param {Request} request */
  async function handle(request) {
    const { response, now } = await respond(request);
    response.headers.set("date", new Date(now * 1000).toUTCString());
    return response;
  }

  /** @param {Request} request */
  async function respond(request) {
    const path = new URL(request.url).pathname.match(/\/search\/group\/(\w+)$/)?.[1] ?? "";
    let now = Math.floor(clock.now() / 1000);
    const id = { request_id: `${now},${uuid(random)}`, time_used: 5 + Math.floor(random() * 40) };
    /** @type {import("./index.js").LoggedCall} */
    const entry = { at: now, api: path, requestId: id.request_id };
    log.push(entry);
    /** @type {import("./faults.js").Rule | undefined} */
    let rule;
    /** @type {Response} */
    let response;
    try {
      const endpoint = Object.hasOwn(ENDPOINTS, path) && request.method === "POST" ? ENDPOINTS[path] : undefined;
      if (endpoint === undefined) throw new ApiFault(404, "API_NOT_FOUND");
      const { fields, body } = await readFields(request);
      entry.groupId = fields.get("group_id");
      const call = { fields, body, now };
      rule = script.next(path, call, earlier.has(path));
      if (rule !== undefined) entry.fault = rule.fault;
      if (rule?.fault === "skew") now += rule.seconds ?? 3600;
      await checkSignature(required(fields, "sign"), now);
      const onRemoved = (/** @type {number} */ removed) => {
        entry.removed = removed;
      };
      const act = () =>
        endpoint(fields, { libraries, rule, random, call: { ...call, now }, limits, badTokens, onRemoved });
      const again = rule?.fault === "replay" ? earlier.get(path) : undefined;
      if (again !== undefined) {
        if (rule?.apply !== false) attempt(act);
        now = again.now;
        response = again.response.clone();
        if (rule?.age !== undefined) response.headers.set("age", String(rule.age));
      } else {
        response = strikeBefore(rule, call) ?? (await strikeAfter(rule, { ...id, ...act() }, call));
      }
    } catch (error) {
      if (!(error instanceof ApiFault)) throw error;
      // What it echoes does not belong into the log.
      entry.error = rule?.fault === "echo" ? error.message.split(":")[0] : error.message;
      response = errorResponse(error, id);
    }
    entry.status = response.status;
    if (rule?.fault !== "replay" && isWhole(rule)) earlier.set(path, { response: response.clone(), now });
    for (const [name, value] of Object.entries(rule?.headers ?? {})) response.headers.set(name, value);
    return { response, now };
  }

  return {
    apiKey,
    apiSecret,
    handle,
    log,
    /**
     * @param {string | URL | Request} input
     * @param {RequestInit} [init]
     */
    async fetch(input, init) {
      const request = new Request(input, init);
      request.signal.throwIfAborted();
      try {
        return await untilAborted(handle(request), request.signal);
      } catch (error) {
        if (error instanceof ConnectionDropped) throw new TypeError("fetch failed", { cause: error });
        throw error;
      }
    },
    /** @param {import("./faults.js").Rule} rule */
    inject(rule) {
      script.add(rule);
    },
    clearFaults() {
      script.clear();
    },
    /** @param {string} groupId */
    faces(groupId) {
      return [...(libraries.find(groupId)?.faces.keys() ?? [])];
    },
    /**
     * @param {string} groupId
     * @param {Iterable<import("./index.js").EmulatedFace>} faces
     */
    addFaces(groupId, faces) {
      (libraries.find(groupId) ?? libraries.create(groupId)).addAll(faces);
    },
    /**
     * @param {string} groupId
     * @param {Iterable<string>} faceTokens
     */
    removeFaces(groupId, faceTokens) {
      for (const token of faceTokens) libraries.find(groupId)?.faces.delete(token);
    },
    beginAudit() {
      for (const groupId of libraries.ids()) libraries.find(groupId)?.forgetCalls();
    },
    /** @param {Parameters<typeof audit>[1]} report */
    audit(report) {
      return audit(libraries, report);
    },
  };
}

/**
 * @param {ApiFault} error
 * @param {Record<string, unknown>} id
 */
function errorResponse({ message, status, headers }, id) {
  if (status === 413) return new Response(message, { status, headers });
  const anonymous = /^(API_NOT_FOUND|AUTHORIZATION_ERROR)/.test(message);
  return json({ ...(anonymous ? {} : id), error: message }, status, headers);
}

/** Acts on a request whose own response is lost. @param {() => unknown} act */
function attempt(act) {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ApiFault)) throw error;
  }
}

/**
 * The fields of a multipart body, each given once, and the body as text.
 *
 * @param {Request} request
 */
async function readFields(request) {
  const type = request.headers.get("content-type") ?? "";
  const body = await request.arrayBuffer();
  if (body.byteLength > MOST_BYTES) throw new ApiFault(413, "Request Entity Too Large");
  if (!/^multipart\/form-data\s*;/i.test(type)) throw new ApiFault(400, "MISSING_ARGUMENTS:sign");
  /** @type {FormData} */
  let form;
  try {
    form = await new Response(body, { headers: { "content-type": type } }).formData();
  } catch {
    throw new ApiFault(400, "MISSING_ARGUMENTS:sign");
  }
  /** @type {Map<string, string>} */
  const fields = new Map();
  for (const [name, value] of form) {
    if (fields.has(name) || typeof value !== "string") throw new ApiFault(400, `BAD_ARGUMENTS:${name}`);
    fields.set(name, value);
  }
  required(fields, "sign");
  if (required(fields, "sign_version") !== "hmac_sha1") throw new ApiFault(400, "BAD_ARGUMENTS:sign_version");
  return { fields, body: new TextDecoder().decode(body) };
}

/**
 * @template T
 * @param {Promise<T>} work
 * @param {AbortSignal} signal
 * @returns {Promise<T>}
 */
function untilAborted(work, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/**
 * Repeatable random numbers from 0 to 1 (mulberry32).
 *
 * @param {number} seed
 */
function generator(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** @param {() => number} random */
function uuid(random) {
  return "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx".replace(/x/g, () => Math.floor(random() * 16).toString(16));
}
