// What the declarations allow and forbid. It is compiled, never run.

import {
  ApiError,
  ConfigError,
  createSign,
  type DeleteFacesResult,
  type Delivery,
  FaceSearchClient,
  type FaceSearchError,
  isFaceSearchError,
  type Outcome,
  type SettledToken,
  type TokenOutcome,
  ValidationError,
} from "finauth-facesearch";
import { createEmulator, type Emulator } from "finauth-facesearch/emulator";
import { serveEmulator } from "finauth-facesearch/emulator/node";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Equal<A, B>): void {}

const client = new FaceSearchClient({ apiKey: "k", apiSecret: "s" });
new FaceSearchClient();
new FaceSearchClient({});
new FaceSearchClient({ apiSecret: new Uint8Array(8), dangerouslyAllowBrowser: true });
new FaceSearchClient({ sign: () => "text" });
new FaceSearchClient({ sign: async () => "text", timeout: 5000, signatureTtl: 60, clock: Date });
new FaceSearchClient({ apiKey: "k", apiSecret: "s", fetch });
new FaceSearchClient({ apiKey: "k", apiSecret: "s", fetch: createEmulator().fetch });
// @ts-expect-error: a signer and a secret exclude each other
new FaceSearchClient({ sign: () => "text", apiKey: "k", apiSecret: "s" });
new FaceSearchClient({ apiKey: "k", apiSecret: async () => "s" }).dispose();
// @ts-expect-error: a secret is text or bytes, or a function that gives it
new FaceSearchClient({ apiKey: "k", apiSecret: 5 });
new FaceSearchClient({ apiKey: process.env.KEY, apiSecret: process.env.SECRET, timeout: undefined });
// @ts-expect-error: errors are made by the package
new ValidationError("mine");
// @ts-expect-error: a mistyped option
new FaceSearchClient({ apiKey: "k", apisecret: "s" });

const result = await client.deleteFaces({ groupId: "g", faceTokens: ["a"] });
same<typeof result, DeleteFacesResult>(true);
same<typeof result.outcomes, SettledToken[]>(true);
await client.deleteFaces(
  { groupId: "g", faceTokens: new Set(["a"]) },
  { signal: AbortSignal.timeout(5), timeout: 100 },
);
await client.deleteFaces({ groupId: "g", faceTokens: ["a"] as const }, { signal: undefined });
// @ts-expect-error: the library is needed
client.deleteFaces({ faceTokens: ["a"] });
// @ts-expect-error: tokens are text
client.deleteFaces({ groupId: "g", faceTokens: [1] });
same<Awaited<ReturnType<typeof client.getFaceCount>>["faceCount"], number>(true);
same<Awaited<ReturnType<typeof createSign>>, string>(true);
// @ts-expect-error: a nonce is text, since leading zeros count
createSign({ apiKey: "k", apiSecret: "s", random: 5 });

/** A switch over the outcomes is complete, and stays so under review. */
export function inWords(outcome: Outcome): string {
  switch (outcome) {
    case "deleted":
    case "absent":
    case "absent-after-uncertain":
      return "gone";
    case "failed":
    case "not-sent":
      return "still there";
    case "unknown":
      return "unknown";
    case "duplicate":
      return "see the other";
    case "invalid":
      return "never sent";
  }
}

export function handle(error: unknown): Delivery | undefined {
  if (!isFaceSearchError(error)) return undefined;
  same<typeof error, FaceSearchError>(true);
  if (error instanceof ApiError) same<typeof error.status, number>(true);
  if (error instanceof ValidationError) same<typeof error.path, string>(true);
  if (error instanceof ConfigError) same<typeof error.name, "ConfigError">(true);
  if (error.code === "TIMEOUT" || error.code === "HTTP_502") return error.delivery;
  // @ts-expect-error: errors are not to be changed
  error.code = "OTHER";
  return error.outcomes?.[0]?.outcome === "unknown" ? "maybe-applied" : error.delivery;
}

const run = client.deleteMany(["a"], { groupId: "g", concurrency: { max: 4 }, deadline: new Date(), onProgress() {} });
for await (const settled of run) same<typeof settled, TokenOutcome>(true);
same<Awaited<typeof run.report>["counts"]["deleted"], number>(true);
// @ts-expect-error: the library is needed
client.deleteMany(["a"], {});
// @ts-expect-error: text is no list of tokens
client.deleteMany("a", { groupId: "g" }).report satisfies Promise<number>;

const emulator: Emulator = createEmulator({ libraries: { g: ["a", { faceToken: "b", userId: "u" }] }, clock: Date });
emulator.inject({ fault: "throttle", retryAfter: 5, path: "delete", times: 2 });
// @ts-expect-error: there is no such fault
emulator.inject({ fault: "gremlins" });
same<ReturnType<typeof emulator.audit>[number]["truth"], string>(true);
const { baseUrl } = await serveEmulator(emulator, { port: 0 });
same<typeof baseUrl, string>(true);

// Sources of every kind, plans and runs.
const planned = await client.plan(new Blob(["a1"]), { groupId: "g", format: "csv", column: 2, expect: { count: 1 } });
same<typeof planned.counts.distinct, number>(true);
client.deleteMany(planned);
client.deleteMany(planned, { concurrency: 3, batchSize: 10 });
client.deleteMany("a1\nb2", { groupId: "g", maxDelete: 5 });
client.deleteMany(new Uint8Array(3), { groupId: "g" });
client.deleteMany(process.stdin, { groupId: "g" });
client.deleteMany(new Blob(["a1"]).stream(), { groupId: "g" });
client.deleteMany(new Set(["a1"]), { groupId: "g" });
// @ts-expect-error: a source needs a library
client.deleteMany(["a1"], {});
// @ts-expect-error: tokens are text
client.plan([1], { groupId: "g" });
// @ts-expect-error: a format that there is not
client.plan("a1", { groupId: "g", format: "xml" });

/** An entry that is no token has none. */
export function lineOf(settled: TokenOutcome): string {
  return settled.outcome === "invalid" ? `${settled.line ?? settled.index}: ${settled.problem}` : settled.token;
}
