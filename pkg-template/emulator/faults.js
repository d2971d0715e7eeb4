// @ts-check
// What can go wrong, by script: each rule names a fault and the calls that it strikes.

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
 * @property {number} [status]
 * @property {string} [error]
 * @property {number} [retryAfter] seconds
 * @property {number} [seconds]
 * @property {number} [ms]
 * @property {number} [bytes]
 * @property {number} [count]
 * @property {string} [reason]
 */

const KNOWN = new Set([
  "applyThenDrop",
  "dropBeforeApply",
  "error",
  "htmlGatewayError",
  "lieAboutCounts",
  "partial",
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

  /** @param {Rule} rule */
  add(rule) {
    if (!KNOWN.has(rule.fault))
      throw new TypeError(`there is no fault "${rule.fault}"; there are ${[...KNOWN].join(", ")}`);
    this.#rules.push({ ...rule, times: rule.times ?? 1, skip: rule.skip ?? 0 });
  }

  clear() {
    this.#rules = [];
  }

  /**
   * The rule that strikes this call, if one does. The first that matches decides.
   *
   * @param {string} path
   * @returns {Rule | undefined}
   */
  next(path) {
    for (const rule of this.#rules) {
      if (rule.times === 0 || (rule.path !== undefined && rule.path !== path)) continue;
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
 * What strikes before the API acts.
 *
 * @param {Rule | undefined} rule
 */
export function strikeBefore(rule) {
  switch (rule?.fault) {
    case "dropBeforeApply":
      throw new ConnectionDropped();
    case "throttle":
      throw new ApiFault(
        rule.status ?? 403,
        "CONCURRENCY_LIMIT_EXCEEDED",
        rule.retryAfter === undefined ? {} : { "retry-after": String(rule.retryAfter) },
      );
    case "error":
      throw new ApiFault(rule.status ?? 500, rule.error ?? "INTERNAL_ERROR");
    default:
  }
}

/**
 * What strikes after the API has acted: the answer is lost, damaged or late.
 *
 * @param {Rule | undefined} rule
 * @param {Record<string, unknown>} answer
 * @returns {Response | Promise<Response>}
 */
export function strikeAfter(rule, answer) {
  switch (rule?.fault) {
    case "applyThenDrop":
      throw new ConnectionDropped();
    case "htmlGatewayError":
      return new Response("<html><body><h1>Bad Gateway</h1></body></html>", {
        status: rule.status ?? 502,
        headers: { "content-type": "text/html" },
      });
    case "lieAboutCounts":
      return json({ ...answer, face_removed: Number(answer.face_removed) + 1 });
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

/**
 * @param {Record<string, unknown>} answer
 * @param {number} [status]
 * @param {Record<string, string>} [headers]
 */
export function json(answer, status = 200, headers = {}) {
  return new Response(JSON.stringify(answer), { status, headers: { "content-type": "application/json", ...headers } });
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
