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
  /** How many calls it strikes. Default: 1. */
  times?: number;
  /** How many calls it lets pass first. Default: 0. */
  skip?: number;
};

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
  /** It does what was asked; a gateway answers with a page. Default status: 502. */
  | { fault: "htmlGatewayError"; status?: number }
  /** It asks to slow down, and does nothing. Default status: 403, as documented. `retryAfter` is in seconds. */
  | { fault: "throttle"; status?: number; retryAfter?: number }
  /** Its clock is off for this call. Default: an hour ahead. */
  | { fault: "skew"; seconds?: number }
  /** It refuses some tokens of a delete, chosen at random. Default: one, with the reason `FACE_LOCKED`. */
  | { fault: "partial"; count?: number; reason?: string }
  /** It does what was asked, and its numbers do not add up. */
  | { fault: "lieAboutCounts" }
  /** It answers with an error, and does nothing. Default: 500 `INTERNAL_ERROR`. */
  | { fault: "error"; status?: number; error?: string };

/** A claim that is not what happened. */
export interface Difference {
  /** Which token. */
  token: string;
  /** The position in the report; missing for a removal that the report does not mention. */
  index: number | undefined;
  /** What the client said; missing if it said nothing. */
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
   */
  audit(report: {
    groupId: string;
    outcomes: Iterable<{ token?: string | undefined; index: number; outcome: string }>;
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
