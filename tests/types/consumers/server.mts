// What a server uses: compiled without the types of pages.

import { createServer } from "node:http";
import { FaceSearchClient } from "finauth-facesearch";
import { createEmulator } from "finauth-facesearch/emulator";
import { serveEmulator } from "finauth-facesearch/emulator/node";
import { fileJournal } from "finauth-facesearch/journal/fs";
import { createProxyHandler, toNodeListener } from "finauth-facesearch/proxy/node";
import { provideModule } from "finauth-facesearch/slim";

provideModule(async () => ({}));
const emulator = createEmulator({ libraries: { g: ["a"] } });
const { baseUrl } = await serveEmulator(emulator);
const { apiKey, apiSecret } = emulator;
const client = new FaceSearchClient({ apiKey, apiSecret, baseUrl, fetch });
const journal = fileJournal("job.journal");
const { counts, error } = await client.deleteMany(process.stdin, { groupId: "g", journal }).report;
export const told: string | number = error?.code ?? counts.deleted;
createServer(toNodeListener(createProxyHandler({ authorize: async () => "me", allow: { groups: "*" } }))).listen();
