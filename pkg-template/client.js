// @ts-check
// The public client: thin, and free of wasm until its first call. It reads what it is given, once, and hands plain data
// to Rust, which decides; what Rust answers becomes the result or an error.

import { askForSecret, readWay } from "./authorisation.js";
import { callOptions, maxRetries, planLimits, planOptions, runOptions } from "./call-options.js";
import { transmitsOnce } from "./environment.js";
import { ConfigError, errorOfReading, internalError, MODULE_FAILED, orThrow } from "./errors.js";
import { sendingError } from "./fetch-error.js";
import { generation, load, unlessItFails } from "./instance.js";
import { journalChanged, journalNotEmpty } from "./journal/index.js";
import { Writer } from "./journal/writer.js";
import { observer } from "./observe.js";
import { baseUrl, encoder, faceTokens, Reader, utf8 } from "./options.js";
import { OUTCOMES } from "./outcomes.js";
import { checkPlan, DeletionPlan, readPlan } from "./plan.js";
import { Http } from "./post.js";
import { DeletionRun } from "./run.js";
import { within } from "./within.js";

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_RETRIES = 2;
const DEFAULT_SIGNATURE_TTL_S = 100;

const FAILED_READING = `${MODULE_FAILED} The next call starts afresh`;

const OPTIONS = [
  ...[
    "apiKey",
    "apiSecret",
    "sign",
    "proxyUrl",
    "dangerouslyAllowBrowser",
    "baseUrl",
    "fetch",
    "clock",
    "hooks",
    "logger",
  ],
  ...["timeout", "totalTimeout", "maxRetries", "signatureTtl"],
];

/** @type {(client: FaceSearchClient, call: { api: string, groupId: string, faceTokens: string[] }, timeout: number) => Promise<any>} */
let forward;

/** Makes one attempt for somebody else, whose proxy this is. */
export { forward };

export class FaceSearchClient {
  #config;
  #limits;
  /** @type {Uint8Array | string | (() => unknown) | undefined} bytes until the first call, then nothing */
  #apiSecret;
  /** @type {Promise<Uint8Array> | undefined} while it is asked for */
  #asking;
  #disposed = false;
  /** @type {import("./wasm/finauth_facesearch.js").Client | undefined} */
  #rust;
  /** The instance that it was made in. */
  #instance = 0;

  static {
    forward = (client, call, timeout) => client.#forward(call, timeout);
  }

  /** @param {unknown} [options] */
  constructor(options) {
    const read = new Reader(options, "options", { ErrorClass: ConfigError });
    read.only(OPTIONS);
    const way = readWay(read);
    const { sign } = way;
    this.#limits = {
      timeout: read.milliseconds("timeout") ?? DEFAULT_TIMEOUT_MS,
      totalTimeout: read.milliseconds("totalTimeout"),
      maxRetries: maxRetries(read) ?? DEFAULT_MAX_RETRIES,
    };
    this.#apiSecret = way.apiSecret;
    this.#config = {
      apiKey: way.apiKey,
      // A promise of our own, whatever the function gives, or throws.
      sign: sign && (async () => sign()),
      proxyUrl: way.proxyUrl,
      baseUrl: baseUrl(read, way.isOfEnvironment),
      signatureTtl:
        read.wholeNumber("signatureTtl", { least: 1, most: 86_400, unit: "seconds" }) ?? DEFAULT_SIGNATURE_TTL_S,
      transmitsOnce: transmitsOnce(),
      http: new Http(read.callback("fetch")),
      now: clock(read),
      onAttempt: observer(read),
    };
  }

  /**
   * @param {unknown} request
   * @param {unknown} [options]
   */
  async deleteFaces(request, options) {
    const read = new Reader(request, "request");
    read.only(["groupId", "faceTokens"]);
    const groupId = read.requiredText("groupId");
    const tokens = faceTokens(read);
    const limits = callOptions(options, this.#limits);
    const rust = await this.#core(limits);
    const call = { groupId, faceTokens: tokens, ...limits, totalTimeout: limits.left() };
    const said = await unlessItFails(
      () => rust.deleteFaces(call, utf8(tokens.join("\n"))),
      () => ({
        delivery: "maybe-applied",
        attempts: 1,
        outcomes: tokens.map((token, index) => ({ token, index, outcome: "unknown" })),
      }),
    );
    const outcomes = said.outcomes && outcomesOf(said, tokens);
    if (said.error) throw failure(said, outcomes);
    const { requestId, timeUsed, faceRemoved, faceCount, failureDetail } = said.answer;
    return {
      requestId,
      timeUsed,
      groupId,
      faceRemoved,
      faceCount,
      failureDetail: failureDetail.map((/** @type {{ index: number, reason: string }} */ { index, reason }) => ({
        faceToken: tokens[index],
        reason,
      })),
      outcomes,
      attempts: said.attempts,
    };
  }

  /**
   * @param {unknown} source
   * @param {unknown} options
   */
  deleteMany(source, options) {
    return new DeletionRun(this.#prepare(source, options));
  }

  /**
   * @param {unknown} source
   * @param {unknown} options
   */
  async plan(source, options) {
    const read = planOptions(options, this.#limits);
    return readPlan(source, read, await within(read, load()));
  }

  /**
   * @param {unknown} source
   * @param {unknown} options
   */
  resume(source, options) {
    const before = this.#restore(source, options);
    const restored = new DeletionRun(before, undefined, { isOver: true });
    return new DeletionRun(
      before.then(({ again }) => again),
      restored,
    );
  }

  /**
   * What another process did, as its journal says, and how to go on.
   *
   * @param {unknown} source
   * @param {unknown} options
   */
  async #restore(source, options) {
    const settings = runOptions(options, this.#limits);
    const { journal, timeout } = settings;
    if (journal === undefined)
      throw new Reader(options, "options", { prefix: "options." }).error("journal", "is missing");
    const { rust, reading, facts, groupId, call, giveBack } = await this.#planned(source, options, settings);
    const writer = new Writer(journal, timeout);
    const written = await orElse(giveBack, writer.open());
    try {
      // Nothing is in it if the process before died before it sent anything.
      const restored = written.length === 0 ? undefined : orThrow(() => rust.restore(call, reading, written));
      const faceCount = written.length === 0 ? await this.#faceCount(groupId, settings) : undefined;
      const withJournal = { ...call, faceCount, writeDown: (/** @type {string} */ text) => writer.write(text) };
      const begin = (/** @type {() => void} */ changed) =>
        restored === undefined
          ? rust.deleteMany(withJournal, reading, changed)
          : restored.retryUnresolved(withJournal, changed);
      const prepared = { ...this.#prepared(groupId, call, begin, facts, writer), giveBack };
      return { ...this.#prepared(groupId, call, () => restored, facts), again: prepared };
    } catch (error) {
      giveBack();
      await writer.close().catch(() => {});
      throw error;
    }
  }

  /**
   * @param {unknown} source
   * @param {unknown} options
   * @param {import("./call-options.js").RunOptions} settings
   */
  async #planned(source, options, settings) {
    const isPlan = DeletionPlan.is(source);
    if (isPlan) checkPlan(/** @type {DeletionPlan} */ (source), planLimits(options));
    const plan = isPlan ? source : await this.plan(source, options);
    const { reading, options: planned, giveBack } = DeletionPlan.take(/** @type {DeletionPlan} */ (plan));
    const rust = await orElse(giveBack, this.#core(settings));
    const call = { ...settings, batchSize: Math.min(settings.batchSize, planned.batchSize) };
    return { rust, reading, facts: /** @type {any} */ (reading.facts()), groupId: planned.groupId, call, giveBack };
  }

  /**
   * @param {unknown} source
   * @param {unknown} options
   * @returns {Promise<import("./run.js").Prepared>}
   */
  async #prepare(source, options) {
    const settings = runOptions(options, this.#limits);
    const { rust, reading, facts, groupId, call, giveBack } = await this.#planned(source, options, settings);
    const writer = settings.journal && new Writer(settings.journal, settings.timeout);
    const writeDown = writer && ((/** @type {string} */ text) => writer.write(text));
    if (writer !== undefined && (await orElse(giveBack, writer.open())).length > 0) {
      giveBack();
      await writer.close().catch(() => {});
      throw journalNotEmpty();
    }
    const faceCount = await this.#faceCount(groupId, settings);
    const begin = (/** @type {() => void} */ changed) =>
      rust.deleteMany({ ...call, writeDown, faceCount }, reading, changed);
    return { ...this.#prepared(groupId, call, begin, facts, writer), giveBack };
  }

  /**
   * How many faces there are, if the run is to know; nothing if that cannot be told.
   *
   * @param {string} groupId
   * @param {import("./call-options.js").RunOptions} settings
   */
  async #faceCount(groupId, { countFaces, signal, timeout, deadline }) {
    const left = deadline === undefined ? timeout : Math.min(timeout, Math.ceil(deadline - performance.now()));
    if (!countFaces || left < 1) return undefined;
    const counted = this.getFaceCount({ groupId }, { signal, timeout: left });
    return counted.then(
      ({ faceCount }) => faceCount,
      () => undefined,
    );
  }

  /**
   * @param {string} groupId
   * @param {import("./call-options.js").RunOptions} settings
   * @param {(changed: () => void) => import("./run.js").Deletion | undefined} begin
   * @param {import("./run.js").Facts} facts
   * @param {Writer} [writer]
   * @returns {import("./run.js").Prepared}
   */
  #prepared(groupId, settings, begin, facts, writer) {
    const { signal, onProgress } = settings;
    return {
      groupId,
      signal,
      onProgress,
      facts,
      begin,
      faceCount: () => this.#faceCount(groupId, settings),
      end: async () => writer?.close(),
      retry: async (options, deletion) => {
        const again = runOptions(options ?? {}, this.#limits, settings);
        // Only the run's own journal says what the run before knew.
        if (again.journal !== undefined && writer === undefined) throw journalChanged();
        const next = again.journal && (await writer?.again(again.journal, again.timeout));
        const writeDown = next && ((/** @type {string} */ text) => next.write(text));
        const beginAgain = (/** @type {() => void} */ changed) =>
          deletion.retryUnresolved({ ...again, writeDown }, changed);
        return this.#prepared(groupId, again, beginAgain, facts, next);
      },
    };
  }

  /**
   * @param {unknown} request
   * @param {unknown} [options]
   */
  async getFaceCount(request, options) {
    try {
      const read = new Reader(request, "request");
      read.only(["groupId"]);
      const groupId = read.requiredText("groupId");
      const limits = callOptions(options, this.#limits);
      const rust = await this.#core(limits);
      const call = { groupId, ...limits, totalTimeout: limits.left() };
      const said = await unlessItFails(
        () => rust.getFaceCount(call),
        () => ({ attempts: 1, message: FAILED_READING }),
      );
      if (said.error) throw failure(said);
      const { requestId, timeUsed, faceCount } = said.answer;
      return { requestId, timeUsed, groupId, faceCount, attempts: said.attempts };
    } catch (error) {
      throw errorOfReading(error);
    }
  }

  /**
   * @param {{ api: string, groupId: string, faceTokens: string[] }} request
   * @param {number} timeout
   */
  async #forward({ api, groupId, faceTokens: given }, timeout) {
    const deletes = api === "deleteFaces";
    const tokens = deletes ? faceTokens(new Reader({ faceTokens: given }, "request")) : [];
    const call = { groupId, timeout, faceTokens: tokens, signal: undefined };
    const rust = await this.#core(call);
    return unlessItFails(() => rust.forward(call, utf8(tokens.join("\n")), deletes));
  }

  /** @param {{ signal: AbortSignal | undefined, timeout: number, left?: () => number | undefined }} call that wants it */
  async #core({ signal, timeout, left = () => undefined }) {
    this.#refuseIfDisposed();
    if (this.#rust !== undefined && this.#instance === generation()) return this.#rust;
    const limits = () => ({ signal, timeout: Math.min(timeout, left() ?? timeout) });
    const { Client } = await within(limits(), load());
    this.#refuseIfDisposed();
    const apiSecret = await this.#secret(limits());
    try {
      this.#refuseIfDisposed();
      // Another call may have come first in the meantime.
      if (this.#rust !== undefined && this.#instance === generation()) return this.#rust;
      this.#rust = new Client(this.#config, apiSecret);
      this.#instance = generation();
      // Bytes can be wiped, and were; text cannot, and a function gives it again.
      if (this.#apiSecret instanceof Uint8Array) {
        this.#apiSecret.fill(0);
        this.#apiSecret = undefined;
      }
      return this.#rust;
    } finally {
      apiSecret.fill(0);
    }
  }

  /**
   * The secret's bytes. Calls at the same time wait for the same answer of the caller's function; after a failure the next
   * call asks again.
   *
   * @param {{ signal: AbortSignal | undefined, timeout: number }} limits
   */
  async #secret(limits) {
    const given = this.#apiSecret;
    if (typeof given === "string") return encoder.encode(given);
    // A copy: if there is no client after all, the next call needs the bytes.
    if (given instanceof Uint8Array) return given.slice();
    if (this.#config.apiKey === undefined) return new Uint8Array();
    if (given === undefined) {
      throw internalError(undefined, {
        message:
          "The WebAssembly module failed before, and the bytes given as apiSecret were wiped: make a new client. " +
          "Nothing was sent",
      });
    }
    this.#asking ??= askForSecret(given).finally(() => {
      this.#asking = undefined;
    });
    return new Uint8Array(await within(limits, this.#asking));
  }

  dispose() {
    this.#disposed = true;
    if (this.#apiSecret instanceof Uint8Array) this.#apiSecret.fill(0);
    this.#apiSecret = undefined;
    // What another instance held went with it.
    if (this.#instance === generation()) this.#rust?.dispose();
  }

  #refuseIfDisposed() {
    if (this.#disposed) {
      throw new ConfigError({ code: "DISPOSED", message: "The client was disposed of; nothing was sent" });
    }
  }
}

// Where the language has it: `using client = new FaceSearchClient(…)`.
if (typeof Symbol.dispose === "symbol") {
  Object.defineProperty(FaceSearchClient.prototype, Symbol.dispose, { value: FaceSearchClient.prototype.dispose });
}

/** @param {Reader} read */
function clock(read) {
  const given = read.any("clock");
  if (given === undefined) return undefined;
  const now = new Reader(given, "clock", { prefix: "clock.", ErrorClass: ConfigError, hasMethods: true }).callback(
    "now",
  );
  if (now === undefined) throw read.error("clock", "must have a function now() that gives milliseconds");
  return () => now.call(given);
}

/**
 * @param {{ outcomes: Uint8Array, evidence: { index: number }[] }} said
 * @param {string[]} tokens
 */
function outcomesOf({ outcomes, evidence }, tokens) {
  const settled = tokens.map((token, index) => ({ token, index, outcome: OUTCOMES[outcomes[index] ?? -1] }));
  for (const why of evidence) Object.assign(settled[why.index] ?? {}, why);
  return settled;
}

/**
 * What it comes to; if it fails, something is undone first.
 *
 * @template T
 * @param {() => void} undo
 * @param {Promise<T>} work
 */
function orElse(undo, work) {
  return work.catch((error) => {
    undo();
    throw error;
  });
}

/**
 * @param {{ error: any, cause?: unknown, last?: { error: any, cause?: unknown }, attempts?: number }} said where the time for a
 *   call ran out, `last` is the failure before that
 * @param {object[]} [outcomes]
 */
function failure({ error, cause, last, attempts = error.delivery === "not-sent" ? 0 : 1 }, outcomes) {
  const isReading = !("delivery" in error);
  const before = last && sendingError({ ...last.error, cause: last.cause, isReading, attempts });
  return sendingError({ ...error, cause: cause ?? before, outcomes, attempts });
}
