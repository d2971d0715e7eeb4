// @ts-check
// What can go wrong, by script: each rule names a fault and the calls that it strikes.

/** The most tokens in a call of `limitTokens`, where the rule says nothing else. */
export const DEFAULT_LIMIT = 100;

/** A documented error: the call is answered with it. */
export class ApiFault extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {Record<string, string>} [headers]
   */
  constructor(status, code, headers = {}) {
    super(code);
    this.status = status;
    this.headers = headers;
  }
}

/** The connection ends without an answer. Each door shows it in its own way. */
export class ConnectionDropped extends Error {
  constructor() {
    super("the emulator dropped the connection");
  }
}

/**
 * @typedef {object} Rule
 * @property {string} fault
 * @property {string} [path] the API it strikes, such as "delete"; all unless said
 * @property {number} [times] how many calls it strikes; 1 unless said
 * @property {number} [skip] how many calls it lets pass first; 0 unless said
 * @property {Record<string, string>} [headers]
 * @property {boolean} [apply]
 * @property {number} [status]
 * @property {string} [error]
 * @property {number} [retryAfter] seconds
 * @property {RetryAfterForm} [retryAfterForm]
 * @property {number} [seconds]
 * @property {number} [ms]
 * @property {number} [bytes]
 * @property {number} [count]
 * @property {string} [reason]
 * @property {Record<string, string>} [reasons]
 * @property {string} [body]
 * @property {string[]} [fields]
 * @property {string} [as]
 * @property {Record<string, unknown>} [set]
 * @property {number} [age] seconds
 * @property {string[]} [tokens]
 * @property {string} [acts]
 * @property {number} [limit]
 * @property {string} [of]
 * @property {string} [into]
 */

/** @typedef {"seconds" | "imf-fixdate" | "rfc850" | "asctime"} RetryAfterForm */

/** What a fault may look at. @typedef {{ fields: Map<string, string>, body: string, now: number }} Call */

const KNOWN = new Set([
  "applyThenDrop",
  "changeHead",
  "dropBeforeApply",
  "echo",
  "error",
  "htmlGatewayError",
  "lieAboutCounts",
  "limitTokens",
  "partial",
  "rejectToken",
  "replay",
  "reshape",
  "skew",
  "slowBody",
  "slowHead",
  "throttle",
  "truncateBody",
]);

/** The faults still to come. */
export class FaultScript {
  /** @type {(Rule & { times: number, skip: number })[]} */
  #rules = [];

  /** @param {Rule} given */
  add(given) {
    // Without a prototype: what others add to `Object.prototype` is no part of a rule.
    const rule = /** @type {Rule} */ (Object.assign(Object.create(null), given));
    if (!KNOWN.has(rule.fault))
      throw new TypeError(`there is no fault "${rule.fault}"; there are ${[...KNOWN].join(", ")}`);
    this.#rules.push(Object.assign(rule, { times: rule.times ?? 1, skip: rule.skip ?? 0 }));
  }

  clear() {
    this.#rules = [];
  }

  /**
   * The rule that strikes this call, if one does. The first that matches decides. A rule that has nothing to strike in this call
   * is kept for a later one.
   *
   * @param {string} path
   * @param {Call} call
   * @param {boolean} hasEarlier whether there is an earlier response of this API
   * @returns {Rule | undefined}
   */
  next(path, call, hasEarlier) {
    for (const rule of this.#rules) {
      if (rule.times === 0 || (rule.path !== undefined && rule.path !== path)) continue;
      if (!concerns(rule, call, hasEarlier)) continue;
      if (rule.skip > 0) {
        rule.skip -= 1;
        continue;
      }
      rule.times -= 1;
      return rule;
    }
    return undefined;
  }
}

/**
 * Whether a rule can strike a call.
 *
 * @param {Rule} rule
 * @param {Call} call
 * @param {boolean} hasEarlier
 */
function concerns(rule, { fields }, hasEarlier) {
  const tokens = fields.get("face_tokens")?.split(",") ?? [];
  switch (rule.fault) {
    case "replay":
      return hasEarlier;
    case "rejectToken":
      return tokens.some((token) => rule.tokens?.includes(token));
    case "limitTokens":
      return tokens.length > (rule.limit ?? DEFAULT_LIMIT);
    default:
      return true;
  }
}

/**
 * What strikes before the API acts: an error, a lost connection, or the page of a gateway.
 *
 * @param {Rule | undefined} rule
 * @param {Call} call
 * @returns {Response | undefined}
 */
export function strikeBefore(rule, call) {
  switch (rule?.fault) {
    case "dropBeforeApply":
      throw new ConnectionDropped();
    case "throttle":
      throw new ApiFault(rule.status ?? 403, "CONCURRENCY_LIMIT_EXCEEDED", retryAfter(rule, call.now));
    case "error":
      if (rule.apply !== true) throw scriptedError(rule, call);
      return undefined;
    case "htmlGatewayError":
      return rule.apply === false ? gatewayPage(rule, call) : undefined;
    case "echo":
      if (rule.into === "error") throw new ApiFault(400, `BAD_ARGUMENTS:${echoed(rule, call)}`);
      return undefined;
    default:
      return undefined;
  }
}

/**
 * What strikes after the API has acted: the answer is lost, damaged or late.
 *
 * @param {Rule | undefined} rule
 * @param {Record<string, unknown>} answer
 * @param {Call} call
 * @returns {Response | Promise<Response>}
 */
export function strikeAfter(rule, answer, call) {
  switch (rule?.fault) {
    case "applyThenDrop":
      throw new ConnectionDropped();
    case "error":
      throw scriptedError(rule, call);
    case "htmlGatewayError":
      return gatewayPage(rule, call);
    case "lieAboutCounts":
      return json({ ...answer, face_removed: Number(answer.face_removed) + 1 });
    case "changeHead":
      return json(answer, rule.status ?? 200);
    case "reshape":
      return json(reshaped(answer, rule));
    case "echo":
      return json(withEcho(answer, rule, call));
    case "truncateBody":
      return inPieces(answer, (bytes) => bytes.subarray(0, rule.bytes ?? 20), new ConnectionDropped());
    case "slowBody":
      return inPieces(answer, (bytes) => bytes, undefined, rule.ms ?? 1000);
    case "slowHead":
      return wait(rule.ms ?? 1000).then(() => json(answer));
    default:
      return json(answer);
  }
}

/** Whether the client can have read the whole response, so that a later call can be answered with it. @param {Rule | undefined} rule */
export function isWhole(rule) {
  return rule?.fault !== "truncateBody" && rule?.fault !== "slowBody";
}

/**
 * @param {Rule} rule
 * @param {Call} call
 */
function scriptedError(rule, call) {
  return new ApiFault(rule.status ?? 500, rule.error ?? "INTERNAL_ERROR", retryAfter(rule, call.now));
}

const PAGES = /** @type {Record<string, [type: string, body: string]>} */ ({
  html: ["text/html", "<html><body><h1>Bad Gateway</h1></body></html>"],
  text: ["text/plain", "Bad Gateway"],
  json: ["application/json", '{"message":"Bad Gateway"}'],
  empty: ["", ""],
});

/**
 * What a gateway answers in place of the server: never a code of the API.
 *
 * @param {Rule} rule
 * @param {Call} call
 */
function gatewayPage(rule, call) {
  const page = PAGES[rule.body ?? "html"];
  if (page === undefined) throw new TypeError(`there is no body "${rule.body}"; there are ${Object.keys(PAGES)}`);
  const [type, body] = page;
  const headers = { ...(type === "" ? {} : { "content-type": type }), ...retryAfter(rule, call.now) };
  return respondWith(body, rule.status ?? 502, headers);
}

/**
 * `Retry-After` in one of the forms of RFC 9110. Dates go by the emulator's clock.
 *
 * @param {Rule} rule
 * @param {number} now UNIX seconds
 * @returns {Record<string, string>}
 */
function retryAfter({ retryAfter: seconds, retryAfterForm = "seconds" }, now) {
  if (seconds === undefined) return {};
  const imf = new Date((now + seconds) * 1000).toUTCString();
  const [, day = "", date = "", month = "", year = "", time = ""] =
    /^(\w+), (\d+) (\w+) (\d+) ([\d:]+) GMT$/.exec(imf) ?? [];
  const forms = {
    seconds: String(seconds),
    "imf-fixdate": imf,
    rfc850: `${WEEKDAYS.find((name) => name.startsWith(day))}, ${date}-${month}-${year.slice(2)} ${time} GMT`,
    asctime: `${day} ${month} ${date.replace(/^0/, " ")} ${time} ${year}`,
  };
  return { "retry-after": forms[retryAfterForm] };
}

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** Fields of a success that no claim depends on. */
const OPTIONAL = ["time_used", "request_id", "face_count"];

/**
 * @param {Record<string, unknown>} answer
 * @param {Rule} rule
 */
function reshaped(answer, { fields = OPTIONAL, as, set }) {
  const result = { ...answer };
  for (const field of as === undefined ? [] : fields) {
    const value = result[field];
    if (as === "missing") delete result[field];
    else if (as === "null") result[field] = null;
    else if (as === "empty") result[field] = "";
    else if (as === "text" && typeof value === "number") result[field] = String(value);
    else if (as === "fraction" && typeof value === "number") result[field] = value + 0.5;
  }
  return { ...result, ...set };
}

/**
 * A success that repeats what the request said. `endpoints.js` puts it into the reasons.
 *
 * @param {Record<string, unknown>} answer
 * @param {Rule} rule
 * @param {Call} call
 */
function withEcho(answer, rule, call) {
  const text = echoed(rule, call);
  return {
    ...answer,
    ...(echoesInto(rule, "request_id") ? { request_id: text } : {}),
    ...(echoesInto(rule, "fields") ? { [text]: text, echo: { request: [text] } } : {}),
  };
}

/**
 * @param {Rule | undefined} rule
 * @param {string} place
 */
export function echoesInto(rule, place) {
  return rule?.fault === "echo" && (rule.into === undefined || rule.into === place);
}

/**
 * Part of the request, encoded.
 *
 * @param {Rule} rule
 * @param {Call} call
 */
export function echoed({ of = "body", as = "text" }, { fields, body }) {
  const text = of === "body" ? body : (fields.get(of) ?? "");
  const bytes = new TextEncoder().encode(text);
  const base64 = () => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  switch (as) {
    case "base64":
      return base64();
    case "base64url":
      return base64().replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    case "hex":
      return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    case "url":
      return encodeURIComponent(text);
    default:
      return text;
  }
}

/**
 * @param {Record<string, unknown>} answer
 * @param {number} [status]
 * @param {Record<string, string>} [headers]
 */
export function json(answer, status = 200, headers = {}) {
  return respondWith(JSON.stringify(answer), status, { "content-type": "application/json", ...headers });
}

/**
 * @param {string} body
 * @param {number} status
 * @param {Record<string, string>} headers
 */
function respondWith(body, status, headers) {
  // `Response` takes no body with these.
  const isBodiless = status === 204 || status === 205 || status === 304;
  return new Response(isBodiless ? null : body, { status, headers });
}

/**
 * An answer whose head goes out at once, with the whole body's length, and whose body comes late or not whole.
 *
 * @param {Record<string, unknown>} answer
 * @param {(whole: Uint8Array) => Uint8Array} cut
 * @param {Error} [end]
 * @param {number} [ms]
 */
function inPieces(answer, cut, end, ms = 0) {
  const whole = new TextEncoder().encode(JSON.stringify(answer));
  const body = new ReadableStream(
    {
      async pull(controller) {
        await wait(ms);
        controller.enqueue(cut(whole));
        if (end === undefined) return controller.close();
        // So that what there is has left before the connection ends.
        await wait(20);
        controller.error(end);
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { "content-type": "application/json", "content-length": String(whole.length) };
  return new Response(body, { headers });
}

/** @param {number} ms */
function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
