// What a page uses: compiled without the types of Node.

import { buildInfo, FaceSearchClient, isFaceSearchError, type Outcome } from "finauth-facesearch";
import { createEmulator } from "finauth-facesearch/emulator";
import { FaceSearchClient as InlineClient } from "finauth-facesearch/inline";
import { indexedDBJournal } from "finauth-facesearch/journal/indexeddb";
import { MemoryJournal } from "finauth-facesearch/journal/memory";
import { createProxyHandler } from "finauth-facesearch/proxy";
import { proveOutcome, verifyReceipt } from "finauth-facesearch/receipt";
import { provideModule } from "finauth-facesearch/slim";
import module from "finauth-facesearch/wasm";

provideModule(module);
const client: FaceSearchClient = new InlineClient({ proxyUrl: new URL("https://a.example/faces"), fetch });
const signal = new AbortController().signal;
const { outcomes } = await client.deleteFaces({ groupId: "g", faceTokens: ["a"] }, { signal });
export const first: Outcome | undefined = outcomes[0]?.outcome;
const run = client.deleteMany(new Blob(["a"]), { groupId: "g", journal: indexedDBJournal("job") });
for await (const { index, outcome } of run) void [index.toFixed(), outcome === "deleted"];
const report = await client.resume(["a"], { groupId: "g", journal: new MemoryJournal() }).report;
const { json, leaves } = await report.receipt();
await verifyReceipt(json, await proveOutcome(leaves, { token: "a" }), { token: "a" });
export const handler: (request: Request) => Promise<Response> = createProxyHandler({
  authorize: (request, { groupId }) => request.headers.get("x") === groupId,
  allow: { groups: ["g"] },
});
new FaceSearchClient({ apiKey: "k", apiSecret: "s", fetch: createEmulator().fetch });
export const version: string = buildInfo.version;
export const isOurs = (error: unknown) => isFaceSearchError(error) && error.delivery === "not-sent";
