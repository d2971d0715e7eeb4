/** Settings of an emulator. */
export interface EmulatorOptions {
  /** The one API key that it accepts. Default: `"practice-key"`. */
  apiKey?: string;
  /** The secret of that key. Default: `"practice-secret"`. */
  apiSecret?: string;
  /** The libraries to start with: faces by `groupId`. */
  libraries?: Record<string, Iterable<EmulatedFace>>;
  /** Where it gets the time from, in milliseconds since 1970. Default: `Date`. */
  clock?: {
    /** The time. */
    now(): number;
  };
  /** The seed of its random numbers: the same seed and the same calls give the same answers. Default: 1. */
  seed?: number;
  /** A smaller limit than the documented one of 1000 tokens in one delete. Default: none. */
  limits?: TokenLimits;
  /** Tokens for which it rejects each batch that holds one of them. Default: none. */
  badTokens?: BadTokens;
}

/** How many tokens a server takes in one delete. It rejects more than that before it acts. */
export interface TokenLimits {
  /** The most tokens in one request, up to 1000. */
  tokens: number;
  /** How it rejects more: with the code `INVALID_FACE_TOKENS_SIZE`, or with status 413 and plain text. Default: `code`. */
  as?: "code" | "413";
}

/** Tokens for which a server rejects a whole delete, although it may have acted on others. */
export interface BadTokens {
  /** The tokens. They are never deleted. */
  tokens: string[];
  /** The error, under status 400. Default: `INVALID_FACE_TOKEN`. */
  error?: "INVALID_FACE_TOKEN" | "BAD_ARGUMENTS:face_tokens" | (string & {});
  /** What it deletes although it rejects the call: nothing, the tokens before the first bad one, or all others. Default: `before`. */
  acts?: "nothing" | "before" | "others";
}

/** A face: its token, or its token and what `list` and `face_info` say of it. */
export type EmulatedFace = string | { faceToken: string; userId?: string; userData?: string };

/** One call as the emulator saw it. It holds no signature, no key and no face token. */
export interface LoggedCall {
  /** When, in UNIX seconds. */
  at: number;
  /** The API, such as `"delete"`. */
  api: string;
  /** The id that it gave the request. */
  requestId: string;
  /** The library. */
  groupId?: string | undefined;
  /** The fault that struck it, if one did. */
  fault?: string;
  /** The status it was answered with; missing if the connection was dropped. */
  status?: number;
  /** The error it was answered with. */
  error?: string;
  /** How many faces it removed, whatever the caller was told. */
  removed?: number | undefined;
}

/** A fault and the calls that it strikes. */
export type FaultRule = FaultKind & {
  /** The API that it strikes, such as `"delete"`. Default: all. */
  path?: string;
  /** How many calls it strikes; `Infinity` for all that follow. Default: 1. */
  times?: number;
  /** How many calls that it could strike it lets pass first. Default: 0. */
  skip?: number;
  /** Headers of the response besides the emulator's own, such as `age`. */
  headers?: Record<string, string>;
};

/** When to try again. */
export interface RetryAfter {
  /** In how many seconds. Default: the response has no `Retry-After`. */
  retryAfter?: number;
  /** The form of the header: seconds, or one of the three forms of a date in RFC 9110. Default: `seconds`. */
  retryAfterForm?: "seconds" | "imf-fixdate" | "rfc850" | "asctime";
}

/** What can go wrong. */
export type FaultKind =
  /** It does what was asked, then drops the connection without an answer. */
  | { fault: "applyThenDrop" }
  /** It drops the connection without doing anything. */
  | { fault: "dropBeforeApply" }
  /** It does what was asked; of the answer only the first bytes arrive. */
  | { fault: "truncateBody"; bytes?: number }
  /** It does what was asked; the answer's body comes late, after its head. */
  | { fault: "slowBody"; ms?: number }
  /** It does what was asked; the answer comes late. */
  | { fault: "slowHead"; ms?: number }
  /**
   * It does what was asked, unless `apply` is false; a gateway answers, without a code. Default: status 502 and a page in HTML.
   * `json` is an object that only the gateway knows.
   */
  | ({
      fault: "htmlGatewayError";
      apply?: boolean;
      status?: number;
      body?: "html" | "text" | "json" | "empty";
    } & RetryAfter)
  /** It asks to slow down, and does nothing. Default status: 403, as documented. */
  | ({ fault: "throttle"; status?: number } & RetryAfter)
  /** Its clock is off for this call. Default: an hour ahead. */
  | { fault: "skew"; seconds?: number }
  /**
   * It rejects some tokens of a delete: those in `reasons`, each with its reason, which may be any text; or so many, chosen at
   * random, with one reason. Default: one, with the reason `FACE_LOCKED`.
   */
  | { fault: "partial"; count?: number; reason?: string; reasons?: Record<string, string> }
  /**
   * It rejects each delete that holds one of these tokens, and `acts` says what it deletes in spite of that: see {@link BadTokens}.
   * Calls without such a token are not struck.
   */
  | ({ fault: "rejectToken" } & BadTokens)
  /**
   * It takes fewer tokens than documented, and rejects more before it acts: see {@link TokenLimits}. Default: 100, by code. Calls
   * with fewer tokens are not struck.
   */
  | { fault: "limitTokens"; limit?: number; as?: "code" | "413" }
  /** It does what was asked, and its numbers do not add up. */
  | { fault: "lieAboutCounts" }
  /**
   * It does what was asked; the success has another form. `fields` (default: `time_used`, `request_id` and `face_count`) are
   * missing, `null`, an empty text, decimal text, or half more than the number; then the fields of `set` get its values.
   */
  | {
      fault: "reshape";
      fields?: string[];
      as?: "missing" | "null" | "empty" | "text" | "fraction";
      set?: Record<string, unknown>;
    }
  /** It does what was asked; the success comes with another status, or, with `headers`, other headers. */
  | { fault: "changeHead"; status?: number }
  /**
   * It repeats the last response of the same API, its `request_id` and `Date` included, as a cache or a confused connection would;
   * with an `Age`, if there is one (in seconds). It does what was asked, unless `apply` is false. It strikes once there is such a
   * response.
   */
  | { fault: "replay"; apply?: boolean; age?: number }
  /**
   * It does what was asked; the success repeats the whole body of the request, or one of its fields, in an encoding: as
   * `request_id`, as the reason for which it rejects the last token of a delete, and in unknown fields. With `into`, in one of
   * these places; `error` rejects the call with `BAD_ARGUMENTS` and the echo as detail.
   */
  | {
      fault: "echo";
      of?: "body" | "sign" | "face_tokens";
      as?: "text" | "base64" | "base64url" | "hex" | "url";
      into?: "request_id" | "reason" | "fields" | "error";
    }
  /**
   * It answers with an error, and does nothing, unless `apply` is true. Default: 500 `INTERNAL_ERROR`. A code that proves that
   * nothing was done is a lie then, which no client can see.
   */
  | ({ fault: "error"; status?: number; error?: string; apply?: boolean } & RetryAfter);

/** A claim that is not what happened. */
export interface Difference {
  /** Which token; missing for an entry without one, and for a count. */
  token: string | undefined;
  /** The position in the report; missing for a count, and for a removal that the report does not mention. */
  index: number | undefined;
  /** The outcome that the client claims, or its count, such as `deleted: 3`; missing if it claims nothing. */
  claimed: string | undefined;
  /** What happened, in words, such as `a call removed it`. */
  truth: string;
}

/** A server of one's own, in memory. */
export interface Emulator {
  /** The one API key that it accepts. */
  readonly apiKey: string;
  /** The secret of that key. */
  readonly apiSecret: string;
  /** Give it to a client as `fetch`: nothing leaves the process. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** For servers that speak `Request` and `Response`. Rejects with {@link ConnectionDropped} where it would hang up. */
  handle(request: Request): Promise<Response>;
  /** All calls so far. */
  readonly log: readonly LoggedCall[];
  /** Adds a fault to the script. Faults strike in the order in which they were added. */
  inject(rule: FaultRule): void;
  /** Forgets the faults that have not struck yet. */
  clearFaults(): void;
  /** The faces that a library really holds. */
  faces(groupId: string): string[];
  /** Adds faces, as another writer would. Makes the library if there is none. */
  addFaces(groupId: string, faces: Iterable<EmulatedFace>): void;
  /** Removes faces, as another writer would. */
  removeFaces(groupId: string, faceTokens: Iterable<string>): void;
  /** Starts a new audit: what calls did so far no longer counts. */
  beginAudit(): void;
  /**
   * Compares what a client claims with what calls really did to the library, since the emulator was made or
   * {@link beginAudit} was called. An empty array means that every claim is true, and that no removal is missing. Several
   * calls are audited apart, with {@link beginAudit} before each; or together, with the outcomes of them all: then a token may
   * be `deleted` by one call and `absent`, `failed` or `not-sent` for another, and which of them removed it is not looked at.
   *
   * With the `counts` of a report, its list of entries has to be whole as well: each index once, as many as `counts.total`,
   * and each outcome as often as it is counted.
   */
  audit(report: {
    groupId: string;
    outcomes: Iterable<{ token?: string | undefined; index: number; outcome: string }>;
    counts?: Readonly<Record<string, number>>;
  }): Difference[];
}

/** What {@link Emulator.handle} rejects with where a server would hang up. */
export class ConnectionDropped extends Error {}

/**
 * Makes an emulator of the FaceSearch server: it checks signatures and limits, keeps libraries of faces, and can be told
 * to misbehave.
 *
 * @example
 * ```js
 * import { FaceSearchClient } from "finauth-facesearch";
 * import { createEmulator } from "finauth-facesearch/emulator";
 *
 * const emulator = createEmulator({ libraries: { staff: ["a1", "b2"] } });
 * const client = new FaceSearchClient({ apiKey: emulator.apiKey, apiSecret: emulator.apiSecret, fetch: emulator.fetch });
 * await client.deleteFaces({ groupId: "staff", faceTokens: ["a1"] });
 * emulator.faces("staff"); // ["b2"]
 * ```
 */
export function createEmulator(options?: EmulatorOptions): Emulator;

/**
 * Fails if a secret can be read out of a value: an error, a log, whatever a program of yours says of itself. It looks into
 * all properties, hidden ones too, at messages, stacks and causes, at JSON and clones, at the bytes of buffers; for the secret
 * itself and for its base64, base64url, hex, URL and form encodings. What is encoded twice is not found.
 *
 * @param said anything
 * @param secrets texts or bytes of at least four bytes, such as a key, a secret, the tokens of people
 * @throws an `Error` that says where, and which, but does not repeat it
 *
 * @example
 * ```js
 * import { assertNoSecrets } from "finauth-facesearch/emulator";
 *
 * assertNoSecrets({ log: ["deleted 3 faces"] }, ["my-api-secret"]);
 * ```
 */
export function assertNoSecrets(said: unknown, secrets: Iterable<string | Uint8Array>): void;
