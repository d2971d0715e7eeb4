/**
 * Client for *Delete Face from Face Library* of the FinAuth FaceSearch API.
 *
 * All methods are asynchronous in every runtime: the WebAssembly module is loaded at the first call, by itself.
 *
 * @packageDocumentation
 */

// As TypeScript's own `esnext.disposable` says it, for projects without it.
declare global {
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
}

/**
 * Settings of a client that signs with a secret. This belongs on a server.
 *
 * Pass both `apiKey` and `apiSecret`, or neither. If you pass neither, both are read from the environment. A key or secret
 * that begins or ends with white space, a control character or a byte order mark is rejected.
 */
export interface SecretOptions extends CommonOptions {
  /** The API key. Default: the environment variable `FINAUTH_API_KEY`, on servers. */
  apiKey?: string | undefined;
  /**
   * The API secret, as text or bytes, or a function that gives it, such as one that asks a vault. It is called at the first
   * call, and again only if it failed, or came too late. Default: the environment variable `FINAUTH_API_SECRET`, on servers.
   *
   * After the first call only HMAC's inner states are kept, in the module's memory, until {@link FaceSearchClient.dispose},
   * and the text or the function itself, in case the module ever has to be loaded anew. Bytes are copied, and wiped after
   * the first call. Bytes that are all zero were wiped before, and are rejected. Copies that are out of reach: text, until the engine collects it; what your own function, or the
   * environment, still holds.
   */
  apiSecret?: string | Uint8Array | (() => string | Uint8Array | Promise<string | Uint8Array>) | undefined;
  /**
   * Lets `apiSecret` be used in a page or a worker, where every visitor can read it. Only for tools that their users run
   * with a secret of their own. Default: false.
   */
  dangerouslyAllowBrowser?: boolean | undefined;
  sign?: undefined;
  proxyUrl?: undefined;
}

/** Settings of a client that has its signatures made elsewhere, for example by a key management service. */
export interface SignOptions extends CommonOptions {
  /**
   * Gives a fresh signature for each attempt, as base64 text (see {@link createSign} for its form). If it fails, neither
   * that attempt is sent nor any after it. Its clock is its own: where that is off, nothing puts it right.
   */
  sign: () => string | Promise<string>;
  apiKey?: undefined;
  apiSecret?: undefined;
  dangerouslyAllowBrowser?: boolean | undefined;
  proxyUrl?: undefined;
}

/**
 * Settings of a client without a secret, for browsers: a proxy on a server of yours signs and sends. See
 * `finauth-facesearch/proxy`.
 */
export interface ProxiedOptions extends Omit<CommonOptions, "baseUrl" | "signatureTtl" | "clock"> {
  /** Where the proxy is; on a page, relative to it. https, or http to this machine. */
  proxyUrl: string | URL;
  apiKey?: undefined;
  apiSecret?: undefined;
  baseUrl?: undefined;
  dangerouslyAllowBrowser?: boolean | undefined;
  sign?: undefined;
}

/** Settings of every client. */
export interface CommonOptions {
  /**
   * The address in front of `/search/group/…`. It must be https; http is for this machine only (`localhost`, `127.0.0.1`,
   * `[::1]`). Default: `https://api-sgp.yljz.com/finauth`; on servers, if key and secret are read from the environment, the
   * environment variable `FINAUTH_BASE_URL` before it.
   */
  baseUrl?: string | undefined;
  /** How long one attempt may take, from the signature to the answer's last byte, in milliseconds. Default: 30 000. */
  timeout?: number | undefined;
  /**
   * How long a call may take in all, retries and the waits between them included, in milliseconds. Default: no limit but
   * that of the retries.
   */
  totalTimeout?: number | undefined;
  /**
   * How often a request that failed is sent again, with a new signature, 0 to 100: after a failing server, a response without a
   * known code, a lost connection, a time-out or an unproven response, except a redirect and a response about another library.
   * After throttling it is sent again as often; in a run up to 8 times, whatever this is. A wait of more than a minute, if the
   * server asks for one, is left to the caller. Deleting twice is safe; the outcomes take all attempts into account. Default: 2.
   *
   * All requests of a run together have 100 retries, not counting those after throttling, and one more for every five that
   * succeed; once these are used up, what fails is not sent again.
   */
  maxRetries?: number | undefined;
  /** How long a signature that is made with `apiSecret` is valid, in seconds, 1 to 86 400. Default: 100. */
  signatureTtl?: number | undefined;
  /**
   * Used in place of the global `fetch`, which is otherwise looked up at each call. It must transmit a request once at
   * most: one that retries by itself makes the outcomes untrue.
   */
  fetch?: ((input: string, init: FetchInit) => Promise<FetchResponse>) | undefined;
  /**
   * Where the time comes from, in milliseconds since 1970, for what is signed with `apiSecret`, and for receipts. A deadline,
   * and a date in `Retry-After`, go by this machine's `Date`. Default: `Date`.
   */
  clock?:
    | {
        /** The time. */
        now(): number;
      }
    | undefined;
  /** Told of each attempt. What it throws is of no consequence. */
  hooks?:
    | {
        /** Called after each attempt. */
        onAttempt?: ((event: AttemptEvent) => void) | undefined;
      }
    | undefined;
  /**
   * Told of each attempt in words, with its {@link AttemptEvent}: `debug` if it was answered as it should be, else `warn`.
   * Default: silent.
   */
  logger?:
    | Partial<Record<"debug" | "info" | "warn" | "error", (message: string, event: AttemptEvent) => void>>
    | undefined;
}

/** One attempt, in plain data: no token, no signature, no key. */
export interface AttemptEvent {
  /** Which call. */
  readonly api: "deleteFaces" | "getFaceCount";
  /** How many tokens it carried. */
  readonly tokens: number;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
  /** Whether anything can have reached the server. */
  readonly mayHaveLeft: boolean;
  /** The HTTP status, if there was an answer. */
  readonly status?: number;
  /** The server's id of the request, if it gave one. */
  readonly requestId?: string;
  /** The server's error, or the proxy's, as code or `CODE:detail`; or what is wrong with its answer, such as `HTTP_502`. */
  readonly error?: string;
  /** Why there is no answer; `abort` also if the whole call, or the run, was over. */
  readonly interrupted?: "connection" | "certificate" | "timeout" | "abort" | "answer-too-large" | "not-a-response";
  /**
   * The error that interrupted the attempt, if it has a code, such as `DEPTH_ZERO_SELF_SIGNED_CERT`. `message` is empty if the
   * error is of a `fetch` of yours, whose messages may repeat the request; URLs are removed from it.
   */
  readonly cause?: { readonly code: string; readonly message: string };
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** What `fetch` is called with: a part of `RequestInit`. */
export interface FetchInit {
  /** Always `POST`. */
  method: "POST";
  /** The only header: `multipart/form-data` with its boundary, or JSON for a proxy. */
  headers: { "content-type": string };
  /** Bytes with a buffer of their own, in the words of old and new versions of TypeScript. */
  body: ReturnType<Uint8Array["slice"]>;
  /** A redirect is never followed: it would carry the signature elsewhere. */
  redirect: "manual";
  /** Fires when the attempt is to end: give up then. */
  signal: AbortSignal;
}

/** What `fetch` must give: a part of `Response`. */
export interface FetchResponse {
  /** The HTTP status. */
  readonly status: number;
  /** Read by name: `date`, `age`, `retry-after`. */
  readonly headers: {
    /** A header's value, by its name. */
    get(name: string): string | null;
  };
  /** The answer as it arrives, if there is such a thing. */
  readonly body: ReadableStream<Uint8Array> | null;
  /** Reads the body where there is no stream of it. */
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Settings of a client. */
export type ClientOptions = SecretOptions | SignOptions | ProxiedOptions;

/** Settings of one call. */
export interface CallOptions {
  /** Cuts the call off. What was already sent may have taken effect all the same: see {@link FaceSearchError.delivery}. */
  signal?: AbortSignal | undefined;
  /** In place of the client's {@link CommonOptions.timeout}, in milliseconds. */
  timeout?: number | undefined;
  /** In place of the client's {@link CommonOptions.totalTimeout}, in milliseconds. */
  totalTimeout?: number | undefined;
  /** In place of the client's {@link CommonOptions.maxRetries}. */
  maxRetries?: number | undefined;
}

/** What to delete from where. */
export interface DeleteFacesRequest {
  /** The library: 1 to 48 ASCII letters, digits or any of `- % @ # & _`. */
  groupId: string;
  /**
   * 1 to 1000 different face tokens, in 10 000 entries at the most. A token that occurs again is sent once and reported as a
   * duplicate.
   *
   * A token is any text of at most 255 bytes without commas, white space, control characters, invisible characters (U+00AD,
   * U+180E, U+200B to 200F, U+202A to 202E, U+2060 to 206F, U+FEFF) and what is left of text that was decoded wrongly (U+FFFD,
   * half of a surrogate pair); `RemoveAllFaceTokens` is refused. One bad token refuses the call before anything is sent. Letter
   * case counts.
   */
  faceTokens: Iterable<string>;
}

/** What the server says, and what it means for each token. */
export interface DeleteFacesResult {
  /** The server's id of the request (`request_id`), for its support; `undefined` if it gave none that is fit to be shown. */
  requestId: string | undefined;
  /** How long the server took, in milliseconds (`time_used`); `undefined` if it did not say. */
  timeUsed: number | undefined;
  /** The library (`group_id`). */
  groupId: string;
  /**
   * How many tokens were removed, as the last answer has it (`face_removed`). What an attempt before that removed is not in it:
   * go by `outcomes`.
   */
  faceRemoved: number;
  /** How many tokens the library holds afterwards (`face_count`); `undefined` if the server did not say. */
  faceCount: number | undefined;
  /**
   * The tokens that were not removed, as the last answer has it, and the server's reason, such as `FACE_NOT_IN_GROUP`
   * (`failure_detail`). What an attempt before that removed stands here as well: go by `outcomes`.
   */
  failureDetail: FailureDetail[];
  /** What happened to each token, one for each position of {@link DeleteFacesRequest.faceTokens}. */
  outcomes: SettledToken[];
  /** How many requests it took. */
  attempts: number;
}

/** A token that was not removed. */
export interface FailureDetail {
  /** `face_token` */
  faceToken: string;
  /**
   * `reason`, without control characters. `UNKNOWN_REASON` if the server gave none, or one that is not fit to be shown: longer
   * than 128 characters, or with a word longer than 24, which could be a part of the request.
   */
  reason: string;
}

/**
 * What happened to a token. It claims only what the server proved:
 *
 * | outcome | meaning |
 * |---|---|
 * | `deleted` | the server says, consistently, that this call removed it |
 * | `absent` | it was not in the library, under this spelling, and nothing that was sent can have removed it |
 * | `absent-after-uncertain` | it was not in the library; perhaps an earlier attempt of ours, or a hidden first copy of this one, removed it. Gone either way |
 * | `failed` | it was refused, and nothing that was sent can have removed it |
 * | `unknown` | it may have been removed. Deleting it again is safe, and settles it unless `retryable` is `false` |
 * | `not-sent` | it was never sent |
 * | `duplicate` | the same token stands earlier in the input, at `of` |
 * | `invalid` | it is no token: see {@link DeleteFacesRequest.faceTokens}. It was never sent (`deleteMany` only) |
 */
export type Outcome =
  | "deleted"
  | "absent"
  | "absent-after-uncertain"
  | "failed"
  | "unknown"
  | "not-sent"
  | "duplicate"
  | "invalid";

/** Why an outcome is what it is, where the server's answer for the token does not say it. */
export type Because =
  /** An earlier attempt may have taken effect. */
  | "earlier-attempt"
  /** A process before was killed, and may have sent more than its journal says. */
  | "earlier-process"
  /**
   * Browsers, and Deno, may send a request twice without telling; so `absent` is never certain in a page, unless a proxy
   * recognises repeats.
   */
  | "transport-may-resend"
  /** The server asked to slow down. */
  | "throttled"
  /** The whole request was refused. */
  | "request-refused"
  /** The server or a gateway failed. */
  | "server-error"
  /** The answer was unreadable, or contradicted itself or the request. */
  | "unproven-answer"
  /** There was no connection, or it broke. */
  | "connection"
  /** The time ran out. */
  | "timeout"
  /** The caller aborted. */
  | "aborted"
  /** There was no signature, or the environment lacked something. */
  | "unprepared"
  /** The run ended before it was this token's turn. */
  | "run-ended";

/** One token with its outcome and the evidence. */
export interface SettledToken {
  /** The token as it was given. */
  token: string;
  /** Its position in the input. */
  index: number;
  /** What happened to it. */
  outcome: Exclude<Outcome, "invalid">;
  /**
   * The server's reason for this token; or the code of the error that its last request ended with, if there was an answer: the
   * server's, or one of ours, such as `INCONSISTENT_RESPONSE` or `HTTP_502`.
   */
  reason?: string;
  /** Why it is so, where the server's answer for the token does not say it. */
  because?: Because;
  /**
   * For `failed` and `unknown`: whether another run may settle it, later, or once the cause that `reason` names is fixed, such
   * as a wrong secret or a quota that is used up. Those are in {@link Report.unresolved}. `false` if the server rejected this
   * very token, in a request of its own: nothing can settle it.
   */
  retryable?: boolean;
  /** For `duplicate`: the position of the token that was sent. */
  of?: number;
  /** For `duplicate`: the line on which it stands, from 1, where the source has lines. */
  line?: number;
}

/** A position of the input that holds no token. It is never sent, and not kept: only where it stands, and what is wrong. */
export interface InvalidEntry {
  /** Never there: what stood here is no token. */
  token?: undefined;
  /** Its position in the input. */
  index: number;
  /** Always `invalid`. */
  outcome: "invalid";
  /** The line on which it stands, from 1, where the source has lines. */
  line?: number;
  /** What is wrong with it, such as `must not contain white space`. */
  problem: string;
}

/** What happened to a position of the input. */
export type TokenOutcome = SettledToken | InvalidEntry;

/** How a run behaves. */
export interface RunOptions extends Omit<CallOptions, "totalTimeout"> {
  /**
   * Where the run writes down what it does, so that {@link FaceSearchClient.resume} can go on: `fileJournal` of
   * `finauth-facesearch/journal/fs`, or one of your own. It has to be new. Before a request leaves, its intent is durable; if
   * the journal cannot be written, the run ends before the next request (`unprepared`, `JOURNAL_FAILED`), and if that is the
   * first one, its report rejects. No token is in it.
   *
   * A journal that does not answer within `timeout`, or within ten seconds if that is longer, counts as one that failed.
   */
  journal?: Journal | undefined;
  /**
   * The most tokens in one request, 1 to 1000. It shrinks by itself where requests are refused as too large (413) or take too
   * long. Where the server refuses their number (`INVALID_FACE_TOKENS_SIZE`), each is halved anew: give a smaller one then.
   * Default: 1000.
   */
  batchSize?: number | undefined;
  /**
   * How many requests at a time: a number, or bounds within which it adapts, one more while all goes well, half as many
   * when there is trouble. 1 to 64. Default: `{ min: 1, max: 8 }`, in browsers 6.
   */
  concurrency?: number | { min?: number | undefined; max?: number | undefined } | undefined;
  /**
   * The run ends when more than this share of the tokens, 0 to 1, turns out not to be in the library: it may be the wrong
   * one. Judged as soon as 50 tokens, or all of a shorter list, are answered; what an earlier attempt of ours may have deleted
   * does not count. Whole batches are sent before, and what has left goes on: say a smaller `batchSize` if that is too many.
   * Default: none.
   */
  maxAbsentRatio?: number | undefined;
  /**
   * When all has to be over, by this machine's `Date`: a date, or milliseconds since 1970. Nothing new starts when there is
   * less time left than answers take; what is still under way at the end is cut off. A source is read to its end all the same,
   * so that each of its entries is accounted for; a `signal` cuts that off as well.
   */
  deadline?: Date | number | undefined;
  /** The same in milliseconds from now; the sooner of the two counts. The client's own does not hold for runs. */
  totalTimeout?: number | undefined;
  /**
   * Whether to ask, before the first delete and after the last, how many faces the library holds, for the receipt. If that
   * fails, the receipt says `null`, and the run goes on. Default: false.
   */
  countFaces?: boolean | undefined;
  /** Called at most ten times a second, and once at the end. What it throws is ignored; so is a promise that it gives. */
  onProgress?: ((stats: RunStats) => void) | undefined;
}

/**
 * Where face tokens come from:
 *
 * - text, bytes, a `Blob` or `File`, a `ReadableStream` of bytes, an (async) iterable of bytes such as a stream of Node: a
 *   file's content, in one of the {@link SourceFormat}s, in UTF-8;
 * - an array, or any other iterable or async iterable of strings: a token each.
 *
 * It is read after the call has returned, and not copied before: leave an array or a buffer as it is until `plan` resolves, or
 * the run has begun.
 */
export type TokenSource =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | BlobLike
  | ReadableStream<Uint8Array>
  | Iterable<string>
  | AsyncIterable<string>
  | Iterable<Uint8Array>
  | AsyncIterable<Uint8Array>;

/** What is needed of a `Blob` or `File`. */
export interface BlobLike {
  /** How many bytes it has. */
  readonly size: number;
  /** Its bytes, from the first. */
  stream(): ReadableStream<Uint8Array>;
}

/**
 * How a file is written; told by its start where it is not said:
 *
 * - `text`: a token a line, or several with commas, semicolons or white space between them; quotes around a token are taken off;
 *   `#` at the start of a line, or behind white space, begins a comment
 * - `csv`: a table with a header, separated by comma, semicolon or tab. The column is the one named `face_token` (letter
 *   case, spaces, `_` and `-` do not count), unless {@link PlanOptions.column} says another
 * - `json`: an array of strings or of objects with a member `face_token`; or an object with a member `face_tokens`
 * - `json-lines`: such values, or strings, one a line
 *
 * What leaves a doubt is refused by name: also text in which two lines have several cells, with commas, semicolons or tabs between
 * them, as a table without that column has; unless all such lines but the last end with a comma or semicolon, and the tokens are
 * equally long.
 */
export type SourceFormat = "text" | "csv" | "json" | "json-lines";

/** How to read a source. */
export interface PlanOptions {
  /** The library: 1 to 48 ASCII letters, digits or any of `- % @ # & _`. */
  groupId: string;
  /** Default: told by the start of the source. */
  format?: SourceFormat | undefined;
  /**
   * Which column of a table, by its name or its number from 0; or which member of JSON's objects, by its name. The first line of
   * a table is its header, also where the column is said by its number. Refused where there is none: in text, or as a number for
   * JSON.
   */
  column?: string | number | undefined;
  /** The most tokens in one request, 1 to 1000: see {@link RunOptions.batchSize}. Default: 1000. */
  batchSize?: number | undefined;
  /** Refuses a source with more different tokens than this. */
  maxDelete?: number | undefined;
  /** Refuses a source unless it has exactly so many different tokens. */
  expect?: { count?: number | undefined } | undefined;
  /** Cuts the reading off. */
  signal?: AbortSignal | undefined;
  /** How long the WebAssembly module may take to load, in milliseconds. Default: the client's. */
  timeout?: number | undefined;
  /**
   * Called while the source is read, at most ten times a second, and once at the end. What it throws is ignored; so is a promise
   * that it gives.
   */
  onRead?: ((progress: ReadProgress) => void) | undefined;
}

/** How much of a source is read. */
export interface ReadProgress {
  /** Bytes of a file; 0 for tokens out of an iterable. */
  readonly bytes: number;
  /** Entries, whatever is in them. */
  readonly total: number;
  /** Different tokens: so many will be sent. */
  readonly distinct: number;
  /** Entries that repeat an earlier one. */
  readonly duplicates: number;
  /** Entries that are no token. */
  readonly invalid: number;
}

/**
 * What is to be deleted from where, read and counted. Nothing has been sent. It can be run once; a run that was refused before
 * it began does not count.
 */
export interface DeletionPlan {
  /** The library. */
  readonly groupId: string;
  /** What was read: `total` entries, of which `distinct` will be sent. */
  readonly counts: ReadProgress;
  /** The most tokens in one request. */
  readonly batchSize: number;
  /** How many requests it takes if none fails. */
  readonly requests: number;
  /** How the file was written; `undefined` for tokens out of an iterable. */
  readonly format: SourceFormat | undefined;
  /** The name of the column out of which the tokens are, if it was a table. */
  readonly column: string | undefined;
  /**
   * Of content and order: the same entries give the same, in whatever format. It keeps one list from being taken for
   * another; it is no proof against somebody who wants to deceive. 32 hex digits.
   */
  readonly fingerprint: string;
  /** What a person should type before it is run, such as `delete 48210 from staff-emea`. */
  readonly confirmation: string;
  /** The entries that are no token. */
  invalid(): IterableIterator<InvalidEntry>;
  /** The entries that repeat an earlier one. */
  duplicates(): IterableIterator<SettledToken>;
}

/** How to delete many. */
export interface DeleteManyOptions extends RunOptions, Omit<PlanOptions, "signal" | "timeout" | "batchSize"> {}

/** Where a run writes down what it does. */
export interface Journal {
  /**
   * Takes it for one run, and gives all that is in it. Rejects if another run has it, or if something that an earlier one was
   * to write may still come.
   */
  open(): Uint8Array | Promise<Uint8Array>;
  /**
   * Writes behind what is there. Resolves when it is durable; the request that it is about waits for that. Once it has
   * rejected, the run writes nothing more.
   */
  append(bytes: Uint8Array): void | Promise<void>;
  /** Lets go of it. */
  close?(): void | Promise<void>;
}

/** How many positions of the input have which outcome. */
export type OutcomeCounts = Readonly<Record<Outcome | "total", number>>;

/** A run in numbers, so far. */
export interface RunStats {
  /** How many positions have which outcome so far. */
  readonly counts: OutcomeCounts;
  /** How many positions have an outcome. */
  readonly settled: number;
  /** How many requests went out. */
  readonly requests: number;
  /**
   * How many of them were sent again, since one before had failed in a way that another may mend. Neither the halves of a batch
   * that was refused are meant, nor what a run takes up from one before.
   */
  readonly retries: number;
  /** How many faces the library held after the last answer. */
  readonly faceCount: number | undefined;
  /** How many tokens a second were settled by answers, over the last ten seconds. */
  readonly perSecond: number;
  /** How many requests may be under way at a time, at present. */
  readonly concurrency: number;
  /** How many requests are under way. */
  readonly inFlight: number;
  /** How many tokens the next request holds at the most. */
  readonly batchSize: number;
  /**
   * What it waits for: `answers` · `retry`, the time between two attempts · `server-pause`, since the server asked for it ·
   * `undefined`, nothing.
   */
  readonly waitingFor: "answers" | "retry" | "server-pause" | undefined;
  /** How long it still waits, in milliseconds, for `retry` and `server-pause`. */
  readonly waitMs: number | undefined;
  /**
   * How long it will still take, in milliseconds, if it goes on like this. `undefined` while there is too little to judge
   * by, and when it has ended.
   */
  readonly remainingMs: number | undefined;
}

/**
 * Why a run ended: `complete`, all was tried, whatever came of it · `stopped`, `aborted`, `deadline`, the caller ·
 * `too-many-absent`, {@link DeleteManyOptions.maxAbsentRatio} · `failed`, an error that every further request would meet; five
 * responses without a known code, one after another; three replayed responses in a row; more than 64 tokens that the server
 * rejected, each in a request of its own; or more than 64 requests given up with no success in between (`error`) · `unprepared`, no signature, no `fetch`, or a journal that failed (`error`) · `retry-later`, the server
 * asked for a longer pause (`retryAt`).
 */
export type RunEnded =
  | "complete"
  | "stopped"
  | "aborted"
  | "deadline"
  | "too-many-absent"
  | "failed"
  | "unprepared"
  | "retry-later";

/** What a run came to. The counts add up to `counts.total`, the length of the input. */
export interface Report {
  /** The library. */
  readonly groupId: string;
  /** How many positions of the input have which outcome. */
  readonly counts: OutcomeCounts;
  /**
   * Whether nothing is left to do: no entry is `not-sent`, nor `unknown` or `failed` and `retryable`. It does not say that the
   * faces are gone: see {@link Report.allGone}.
   */
  readonly complete: boolean;
  /**
   * Whether the server proved of each entry that its face is not in the library any more: every entry is `deleted`, `absent`,
   * `absent-after-uncertain`, or a `duplicate` of one. If {@link Report.ended} is `too-many-absent`, it may be the wrong library.
   */
  readonly allGone: boolean;
  /** Why it ended. */
  readonly ended: RunEnded;
  /**
   * What ended it, if an error did. Its `delivery` is that of all that the run sent: `applied` if something was deleted,
   * `maybe-applied` if that is not certain.
   */
  readonly error?: FaceSearchError;
  /** When the server wants to be asked again, if it said so. */
  readonly retryAt?: Date;
  /** How many requests to delete went out. Of a process that died, those count that were about to. */
  readonly requests: number;
  /** As in {@link RunStats.retries}. */
  readonly retries: number;
  /** How many faces the library held after the last response that said so. */
  readonly faceCount: number | undefined;
  /** When it began, by the server's clock as far as that is known, to the second; of a run that was resumed, the first time. */
  readonly startedAt: Date;
  /** When it ended, by the same clock; of a run that had nothing left to do when it was resumed, the first time. */
  readonly endedAt: Date;
  /** For how long it was active, in milliseconds: the sum of all processes that worked on it, without reading the source. */
  readonly elapsedMs: number;
  /** What was noticed on the way, in words, such as a clock that is off. */
  readonly warnings: readonly string[];
  /** The outcome of each position of the input, as they were settled. */
  outcomes(): IterableIterator<TokenOutcome>;
  /** Those that another run may settle: `not-sent`, and `unknown` or `failed` with `retryable`. */
  unresolved(): IterableIterator<TokenOutcome>;
  /**
   * Takes up what is {@link Report.unresolved}, in a new run. It knows what was sent of each token before: one that was
   * `unknown` and is not found now is `absent-after-uncertain`. Indexes are the same, and its report, stats and outcomes
   * are about both runs together. If the server asked to wait until {@link Report.retryAt}, it waits. A run with a journal goes
   * on in it, unless somebody else did in the meantime (`JOURNAL_CHANGED`); one without cannot begin one. A report is taken up
   * once (`REPORT_WAS_TAKEN_UP`): go on with the report of the run that did. A run that was refused before it began does not
   * count.
   *
   * @param options in place of the run's own; a signal, a deadline and a `totalTimeout` are never carried over
   */
  retryUnresolved(options?: RunOptions): DeletionRun;
  /**
   * The outcomes as CSV (RFC 4180, with a header), in pieces: `index`, `line`, `token`, `outcome` and its evidence. A cell
   * that a spreadsheet would take for a formula gets an apostrophe in front: one that begins with `=`, `+`, `-` or `@`, with or
   * without white space before it. Control, bidirectional and zero-width characters are written as `\uXXXX`.
   *
   * @example
   * ```js
   * import { FaceSearchClient } from "finauth-facesearch";
   *
   * const client = new FaceSearchClient();
   * const report = await client.deleteMany(["a1", "b2"], { groupId: "staff" }).report;
   * const file = new Blob([...report.csv()], { type: "text/csv" });
   * ```
   */
  csv(): IterableIterator<string>;
  /**
   * The outcomes as JSON, one a line, in pieces: each a {@link TokenOutcome}, unchanged. Control, bidirectional and zero-width
   * characters are escaped, which means the same in JSON.
   */
  jsonLines(): IterableIterator<string>;
  /**
   * What the run came to, as a document that can be handed on: it names no token, and yet anyone who holds one can be shown
   * what became of it. See `finauth-facesearch/receipt`.
   */
  receipt(): Promise<Receipt>;
}

/** A receipt, and what proofs are made of. */
export interface Receipt {
  /** The receipt: JSON with one way to write it (RFC 8785), so that it can be signed. */
  readonly json: string;
  /** The same, read. */
  readonly document: ReceiptDocument;
  /**
   * From these the proof for a single token is made: 32 bytes for each, and a key. They name no token, but who has them can
   * tell of any token whether it was in the list: so keep them to yourself.
   */
  readonly leaves: Uint8Array;
}

/** What a receipt says. */
export interface ReceiptDocument {
  /** What it is. */
  readonly format: "finauth-facesearch-receipt";
  /** Of the format. */
  readonly version: 1;
  /** The library. */
  readonly groupId: string;
  /** The list, by its {@link DeletionPlan.fingerprint}; how many entries it has, and how many different tokens. */
  readonly list: { readonly fingerprint: string; readonly total: number; readonly distinct: number };
  /** Which run it was, across all its processes: 32 hex digits. */
  readonly runId: string | null;
  /** When it began and ended, by the server's clock as far as that was known: dates as in ISO 8601, in UTC. */
  readonly startedAt: string | null;
  /** The same for its end. */
  readonly endedAt: string | null;
  /** Why it ended. */
  readonly ended: RunEnded;
  /** How many positions of the list have which outcome. */
  readonly counts: OutcomeCounts;
  /** How many faces the library held before and after; `null` unless {@link RunOptions.countFaces}. */
  readonly faceCount: { readonly before: number | null; readonly after: number | null };
  /** How many requests to delete went out. Of a process that died, those count that were about to. */
  readonly requests: number;
  /** As in {@link RunStats.retries}. */
  readonly retries: number;
  /** The server's ids of the requests that it answered so that they count. */
  readonly requestIds: readonly string[];
  /** What was noticed on the way, in words. */
  readonly warnings: readonly string[];
  /**
   * The Merkle tree over all different tokens with their outcomes: SHA-256, as in RFC 9162. The root is over that tree and over
   * all else that the receipt says; `key` is the hash of the key in the file of leaves. Both are in hex.
   */
  readonly tree: { readonly key: string; readonly leaves: number; readonly root: string };
}

/**
 * A deletion under way. Iterate over it for the outcome of each token as it settles; starting late shows all, leaving early
 * lets it run on. It runs whether or not anybody looks.
 */
export interface DeletionRun extends AsyncIterable<TokenOutcome> {
  /**
   * Resolves at the end, however the run ended. Rejects only if the run sent nothing: for a wrong argument, a source that
   * cannot be read or does not keep to the limits, an abort before it is read, a module that does not load, a secret or a first
   * signature that fails, a journal that cannot be opened or begun; or with an {@link InternalError}. Whoever neither waits for
   * it nor iterates hears nothing of that.
   */
  readonly report: Promise<Report>;
  /** The numbers so far; `undefined` before the source is read. */
  readonly stats: RunStats | undefined;
  /** Starts nothing new; what is under way is waited for. */
  stop(): void;
}

/** Which library to count. */
export interface FaceCountRequest {
  /** The library: 1 to 48 ASCII letters, digits or any of `- % @ # & _`. */
  groupId: string;
}

/** How many faces a library holds. */
export interface FaceCountResult {
  /** The server's id of the request (`request_id`); `undefined` if it gave none that is fit to be shown. */
  requestId: string | undefined;
  /** How long the server took, in milliseconds (`time_used`); `undefined` if it did not say. */
  timeUsed: number | undefined;
  /** The library (`group_id`). */
  groupId: string;
  /** How many tokens the library holds (`face_count`). */
  faceCount: number;
  /** How many requests it took. */
  attempts: number;
}

/**
 * A client. Making one touches neither the network nor WebAssembly.
 *
 * @example
 * ```js
 * import { FaceSearchClient } from "finauth-facesearch";
 *
 * const client = new FaceSearchClient({ apiKey, apiSecret });
 * const { faceRemoved, outcomes } = await client.deleteFaces({ groupId: "staff", faceTokens: ["a1", "b2"] });
 * ```
 */
export class FaceSearchClient {
  /** @throws {@link ConfigError} naming the option that is missing or wrong. */
  constructor(options?: ClientOptions);

  /**
   * Removes faces from a library (*Delete Face from Face Library*), in one request, which is sent again if it fails.
   *
   * Resolves when the server answered consistently, whether or not it removed every token: see
   * {@link DeleteFacesResult.outcomes}. Rejects with a {@link FaceSearchError} otherwise; its
   * {@link FaceSearchError.delivery} says whether anything can have been removed, and its
   * {@link FaceSearchError.outcomes}, if it got that far, say it for each token.
   */
  deleteFaces(request: DeleteFacesRequest, options?: CallOptions): Promise<DeleteFacesResult>;

  /**
   * Reads a source to its end, and says what would be deleted. Nothing is sent.
   *
   * @throws {@link ValidationError} for a source that cannot be read, with the line where there is one;
   * {@link SafetyError} beyond `maxDelete` or other than `expect.count`; {@link AbortError}.
   *
   * @example
   * ```js
   * const plan = await client.plan("face_token,name\na1,Ann\nb2,Bob\n", { groupId: "staff", maxDelete: 100 });
   * console.log(plan.counts.distinct, plan.confirmation);
   * const report = await client.deleteMany(plan).report;
   * ```
   */
  plan(source: TokenSource, options: PlanOptions): Promise<DeletionPlan>;

  /**
   * Runs a plan, once. Of its `batchSize` and the run's the smaller counts. `groupId`, `maxDelete` and `expect` have to be true
   * of it.
   *
   * Nothing is thrown. {@link DeletionRun.report} rejects with a {@link SafetyError} beyond `maxDelete` or other than
   * `expect.count`, with a {@link ValidationError} for another `groupId`, or a plan that was run (`PLAN_WAS_RUN`).
   */
  deleteMany(
    plan: DeletionPlan,
    options?: RunOptions & Partial<Pick<PlanOptions, "groupId" | "maxDelete" | "expect">>,
  ): DeletionRun;

  /**
   * Removes any number of faces from a library, in as many requests as it takes, and accounts for every one.
   *
   * It is {@link FaceSearchClient.plan}, then a run: the source is read to its end first; what is no token is not sent, and
   * reported as `invalid`.
   *
   * @param source where the face tokens come from
   *
   * @example
   * ```js
   * const run = client.deleteMany(["a1", "b2", "zz"], { groupId: "staff" });
   * for await (const { token, outcome } of run) console.log(token, outcome);
   * const { counts, complete } = await run.report;
   * ```
   */
  deleteMany(source: TokenSource, options: DeleteManyOptions): DeletionRun;

  /**
   * Goes on with a deletion that another process, or a run before, began with a journal: after a crash, a reboot, a stop.
   *
   * The source is read again, and has to hold the same entries in the same order. What is settled is not sent again; a
   * request of which no result was written down may have been applied, and is treated so. The report is about all of it, and
   * says of each token the same as if nothing had interrupted the deletion, but for `absent-after-uncertain` or `unknown`
   * where it can not know any more what such a request did, and for a server's `reason` that has not the form of a code, which
   * is not written down. A journal that holds nothing yet is begun: so the same call begins and goes on.
   *
   * What the server asked for, such as a pause, is forgotten with the process.
   *
   * The account is not in the journal: that the key is one of the same account is yours to see to.
   *
   * Nothing is thrown. {@link DeletionRun.report} rejects with a {@link ValidationError} for a journal of another list
   * (`JOURNAL_OF_ANOTHER_LIST`), library (`JOURNAL_OF_ANOTHER_GROUP`) or server (`JOURNAL_OF_ANOTHER_SERVER`), a newer one
   * (`JOURNAL_NEWER`), one that is damaged (`JOURNAL_DAMAGED`), or what is none (`NOT_A_JOURNAL`); with a {@link ConfigError}
   * for one in use (`JOURNAL_IN_USE`), or that cannot be opened (`JOURNAL_FAILED`).
   *
   * @example
   * ```js
   * import { fileJournal } from "finauth-facesearch/journal/fs";
   *
   * const journal = fileJournal("erasure.journal");
   * const report = await client.resume(["a1", "b2"], { groupId: "staff", journal }).report;
   * ```
   */
  resume(source: DeletionPlan | TokenSource, options: DeleteManyOptions & { journal: Journal }): DeletionRun;

  /**
   * Wipes what is kept of the secret. Requests that have gone out end as they would; nothing is signed any more: a run under
   * way, and one that takes up its report, ends with `unprepared`; later calls that would sign reject with a
   * {@link ConfigError} (`DISPOSED`).
   */
  dispose(): void;

  /** The same, where the language has it: `using client = new FaceSearchClient()`. */
  [Symbol.dispose](): void;

  /** Asks how many faces a library holds (*get_size*). It changes nothing, so it is the way to try a connection. */
  getFaceCount(request: FaceCountRequest, options?: CallOptions): Promise<FaceCountResult>;
}

/** What to sign with. */
export interface CreateSignOptions {
  /** The API key: any text that is not empty. */
  apiKey: string;
  /** The API secret, as text or bytes. Bytes are copied, and the copy is wiped. */
  apiSecret: string | Uint8Array;
  /** When the signature ends, in UNIX seconds; 0 makes one for a single use. Default: 100 s after `currentTime`. */
  expireTime?: number | undefined;
  /** When it was made, in UNIX seconds. Default: now. */
  currentTime?: number | undefined;
  /** 1 to 10 decimal digits; leading zeros count. Default: ten from `crypto.getRandomValues`. */
  random?: string | undefined;
  /** See {@link SecretOptions.dangerouslyAllowBrowser}. */
  dangerouslyAllowBrowser?: boolean | undefined;
}

/**
 * Makes a signature: `base64( hmac_sha1(apiSecret, raw) ++ raw )` with
 * `raw = a=<apiKey>&b=<expireTime>&c=<currentTime>&d=<random>`.
 *
 * The signature does not cover a request's body: whoever holds it can make any call with that key until it expires, and
 * decoding it shows the key. Treat it as a secret.
 *
 * @throws {@link ValidationError} naming the argument that is missing or wrong.
 *
 * @example
 * ```js
 * import { createSign } from "finauth-facesearch";
 *
 * const sign = await createSign({ apiKey, apiSecret });
 * ```
 */
export function createSign(options: CreateSignOptions): Promise<string>;

/** What {@link createKeySigner} needs. */
export interface KeySignerOptions {
  /** The API key. */
  apiKey: string;
  /** The API secret as a key of Web Crypto for HMAC with SHA-1, which may "sign". It need not be extractable. */
  key: object;
  /** How long a signature is valid, in seconds, 1 to 86 400. Default: 100. */
  signatureTtl?: number | undefined;
}

/**
 * Makes a function for {@link SignOptions.sign} that signs with a key of Web Crypto. A key that is not extractable never
 * shows its bytes to any script, this package included; whoever runs a script can still sign with it. It goes by this
 * machine's `Date`, which has to be right.
 *
 * @throws {ConfigError} the key is not one for HMAC with SHA-1
 *
 * @example
 * ```js
 * import { createKeySigner, FaceSearchClient } from "finauth-facesearch";
 *
 * const secret = new TextEncoder().encode("your-api-secret");
 * const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
 * const client = new FaceSearchClient({ sign: createKeySigner({ apiKey: "your-api-key", key }) });
 * ```
 */
export function createKeySigner(options: KeySignerOptions): () => Promise<string>;

/**
 * How far a call got, with all its attempts, or a run, with all its requests:
 *
 * | delivery | meaning |
 * |---|---|
 * | `not-sent` | it never left: nothing can have happened |
 * | `rejected` | the server refused it with a code that is known to precede any action |
 * | `maybe-applied` | it may have taken effect |
 * | `applied` | it took effect |
 */
export type Delivery = "not-sent" | "rejected" | "maybe-applied" | "applied";

/** The server's documented error codes. */
export type ServerErrorCode =
  | "API_NOT_FOUND"
  | "AUTHENTICATION_ERROR"
  | "AUTHORIZATION_ERROR"
  | "BAD_ARGUMENTS"
  | "COEXISTENCE_ARGUMENTS"
  | "CONCURRENCY_LIMIT_EXCEEDED"
  | "INTERNAL_ERROR"
  | "INVALID_FACE_TOKEN"
  | "INVALID_FACE_TOKENS_SIZE"
  | "INVALID_GROUP_ID"
  | "INVALID_OUTER_ID"
  | "MISSING_ARGUMENTS"
  | "REQUEST_ENTITY_TOO_LARGE";

/** The codes of this package. */
export type ClientErrorCode =
  | "ABORTED"
  | "AMBIGUOUS_COLUMN"
  | "CLOCK_UNUSABLE"
  | "CERTIFICATE_REJECTED"
  | "CONNECTION_LOST"
  | "DISPOSED"
  | "INCONSISTENT_RESPONSE"
  | "INSTANCE_FAILED"
  | "INVALID_ARGUMENT"
  | "INVALID_OPTION"
  | "JOURNAL_CHANGED"
  | "JOURNAL_DAMAGED"
  | "JOURNAL_FAILED"
  | "JOURNAL_IN_USE"
  | "JOURNAL_NEWER"
  | "JOURNAL_NOT_EMPTY"
  | "JOURNAL_OF_ANOTHER_GROUP"
  | "JOURNAL_OF_ANOTHER_LIST"
  | "JOURNAL_OF_ANOTHER_SERVER"
  | "LEAVES_OF_ANOTHER_RECEIPT"
  | "LEAVES_UNREADABLE"
  | "MALFORMED_JSON"
  | "MALFORMED_RESPONSE"
  | "MARKUP"
  | "NESTED_TOO_DEEPLY"
  | "NOT_A_JOURNAL"
  | "NOT_CONNECTED"
  | "NOT_TEXT"
  | "NO_FETCH"
  | "NO_RANDOMNESS"
  | "NO_SUCH_COLUMN"
  | "NO_SUCH_MEMBER"
  | "NO_TIMER"
  | "PLAN_WAS_RUN"
  | "PROOF_INVALID"
  | "PROOF_NEWER"
  | "PROOF_UNREADABLE"
  | "PROXY_BAD_REQUEST"
  | "PROXY_FAILED"
  | "PROXY_FORBIDDEN_API"
  | "PROXY_FORBIDDEN_GROUP"
  | "PROXY_FORBIDDEN_ORIGIN"
  | "PROXY_NOT_FOUND"
  | "PROXY_OTHER_INSTANCE"
  | "PROXY_REPEATED"
  | "PROXY_THROTTLED"
  | "PROXY_TOO_MANY_TOKENS"
  | "PROXY_UNAUTHORIZED"
  | "PROXY_UNREACHABLE"
  | "PROXY_UNSUPPORTED_VERSION"
  | "RECEIPT_NEWER"
  | "RECEIPT_UNREADABLE"
  | "REDIRECTED"
  | "REPLAYED_RESPONSE"
  | "REPORT_WAS_TAKEN_UP"
  | "RESPONSE_TOO_LARGE"
  | "SECRET_IN_BROWSER"
  | "SECRET_UNAVAILABLE"
  | "SIGN_FAILED"
  | "TIMEOUT"
  | "TOO_LONG"
  | "TOO_MANY"
  | "UNENDED_QUOTE"
  | "UNEXPECTED_COUNT"
  | "UNEXPECTED_STATUS"
  | "UNKNOWN_ERROR"
  | "UNKNOWN_TABLE"
  | "UTF_16"
  | "WASM_BLOCKED"
  | "WASM_NOT_FOUND"
  | "WASM_NOT_PROVIDED"
  | "WASM_UNUSABLE"
  | "WASM_WRONG_TYPE"
  | "WRONG_GROUP";

/** Any code; the server may have more than it documents, and an error without one is `HTTP_` and its status. */
export type ErrorCode = ServerErrorCode | ClientErrorCode | `HTTP_${number}` | (string & {});

/**
 * What every call rejects with. Nothing in it is secret, and `toJSON` and `inspect` show no face token.
 *
 * @example
 * ```js
 * import { FaceSearchClient, isFaceSearchError } from "finauth-facesearch";
 *
 * try {
 *   await client.deleteFaces({ groupId, faceTokens });
 * } catch (error) {
 *   if (!isFaceSearchError(error)) throw error;
 *   if (error.delivery === "maybe-applied") console.warn("some may be gone:", error.code);
 * }
 * ```
 */
export class FaceSearchError extends Error {
  /** Errors are made by the package. */
  protected constructor();
  /** The class, by its name: for logs, and where `instanceof` does not reach. */
  readonly name: string;
  /** What went wrong, for programs. */
  readonly code: ErrorCode;
  /**
   * Whether the call can have had an effect; in {@link Report.error}, whether the run can. `undefined` for a call that only
   * reads ({@link FaceSearchClient.getFaceCount}).
   */
  readonly delivery: Delivery | undefined;
  /** How many requests went out. */
  readonly attempts: number;
  /** The HTTP status, if there was an answer. */
  readonly status?: number;
  /** The server's id of the request, if it gave one. */
  readonly requestId?: string;
  /** How long the server asked to wait, in milliseconds, if it did (browsers show it for permitted origins only). */
  readonly retryAfterMs?: number;
  /** The name of the argument or option that was wrong, such as `faceTokens[3]`. */
  readonly path?: string;
  /**
   * The original error (of `fetch`'s: `name`, `message`, `stack`, `code`, `syscall`, `cause` and `errors` only); for {@link AbortError} the signal's `reason`; for a
   * {@link TimeoutError} by `totalTimeout` the last failure before it.
   */
  readonly cause?: unknown;
  /**
   * What happened to each token; of `deleteFaces`, once it has checked its arguments, and has its module and its secret. It is
   * not enumerable.
   */
  get outcomes(): SettledToken[] | undefined;
  /** Name, message and the fields above, without `cause` and `outcomes`. */
  toJSON(): Record<string, unknown>;
}

/**
 * An argument is missing or wrong; `path` names it. Nothing was sent, unless `delivery` says otherwise, as it may of what
 * `sign` gives at a retry.
 */
export class ValidationError extends FaceSearchError {
  readonly name: "ValidationError";
  readonly path: string;
}

/** An option is missing or wrong, or the environment lacks something. Nothing was sent, unless `delivery` says otherwise. */
export class ConfigError extends FaceSearchError {
  readonly name: "ConfigError";
}

/** The server answered with an error. */
export class ApiError extends FaceSearchError {
  readonly name: "ApiError" | ApiErrorName;
  readonly status: number;
}

/** The names of the kinds of {@link ApiError}. */
export type ApiErrorName =
  | "AuthenticationError"
  | "PermissionError"
  | "GroupNotFoundError"
  | "BadRequestError"
  | "ThrottledError"
  | "ServerError";

/** The API key or the signature is wrong, or the signature is out of date (then check the clock). */
export class AuthenticationError extends ApiError {
  readonly name: "AuthenticationError";
}

/** The API key may not make this call, not from here, or not any more; or its quota is used up. */
export class PermissionError extends ApiError {
  readonly name: "PermissionError";
}

/** There is no such library. */
export class GroupNotFoundError extends ApiError {
  readonly name: "GroupNotFoundError";
}

/** The server does not accept the arguments. */
export class BadRequestError extends ApiError {
  readonly name: "BadRequestError";
}

/** Too many requests at once. */
export class ThrottledError extends ApiError {
  readonly name: "ThrottledError";
}

/** The server or a gateway failed. */
export class ServerError extends ApiError {
  readonly name: "ServerError";
}

/**
 * There was no connection (`NOT_CONNECTED`), this side rejected the server's certificate (`CERTIFICATE_REJECTED`), or the
 * connection broke (`CONNECTION_LOST`).
 *
 * The first two say that the request was not sent. They need evidence, which only the `fetch` of Node and Bun gives: an error
 * of DNS, of `connect`, or of the verification of the certificate. `CERTIFICATE_REJECTED` is not retried, and ends a run; its
 * message has the runtime's code and message. A proxy that did not answer before the call was handed to it is
 * `NOT_CONNECTED`, too.
 *
 * All other failures are `CONNECTION_LOST`. So are all failures of a `fetch` of yours, of a replaced `globalThis.fetch`, and of
 * a dispatcher set with undici's `setGlobalDispatcher` (importing undici before the first request sets one): they may have
 * sent the request before. If it persists, check the certificate, and in a page CORS and its policy.
 */
export class ConnectionError extends FaceSearchError {
  readonly name: "ConnectionError";
}

/** The time for the attempt ran out. */
export class TimeoutError extends FaceSearchError {
  readonly name: "TimeoutError";
}

/** The caller's signal cut the call off; `cause` is its reason. */
export class AbortError extends FaceSearchError {
  readonly name: "AbortError";
}

/** The response is not of the documented form, contradicts itself or the request, or is a replay. */
export class ProtocolError extends FaceSearchError {
  readonly name: "ProtocolError";
}

/**
 * A limit that the caller set for safety does not hold, and nothing was sent: `TOO_MANY`, {@link PlanOptions.maxDelete} ·
 * `UNEXPECTED_COUNT`, {@link PlanOptions.expect}.
 */
export class SafetyError extends FaceSearchError {
  readonly name: "SafetyError";
  /** The option. */
  readonly path: string;
}

/**
 * The package itself failed, which should never happen: `INSTANCE_FAILED`. What was under way may have taken effect; the
 * next call starts afresh. A client whose secret was given as bytes has to be made anew.
 */
export class InternalError extends FaceSearchError {
  readonly name: "InternalError";
}

/** Whether a value is an error of this package, or of another copy of it. */
export function isFaceSearchError(value: unknown): value is FaceSearchError;

/** What this copy of the package was made of. */
export const buildInfo: {
  /** The package's version. */
  readonly version: string;
  /** The commit, with a plus behind it if files had been changed since; `unknown` if it was made outside a clone. */
  readonly commit: string;
};
