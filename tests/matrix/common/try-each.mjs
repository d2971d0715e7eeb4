// Puts every sub-path to its use, and fails if one does not serve. The last does the fixture's own work, with a client that
// goes through a proxy of its own, and a journal in a file.

import { createServer } from "node:http";
import { erase } from "./erase.mjs";

const expect = (fact, what) => {
  if (!fact) throw new Error(`not so: ${what}`);
};

export async function tryEach({
  main: { buildInfo, FaceSearchClient },
  emulator: { createEmulator },
  emulatorServer: { serveEmulator },
  fileJournal: { fileJournal },
  indexedDB: { indexedDBJournal },
  memoryJournal: { MemoryJournal },
  proxy: { createProxyHandler },
  proxyServer: { toNodeListener },
  receipt: { proveOutcome, verifyReceipt },
}) {
  expect(/^\d+\.\d+\.\d+/.test(buildInfo.version), "buildInfo has a version");
  expect(typeof indexedDBJournal === "function", "there is a journal for pages");

  // In memory, and over HTTP.
  const emulator = createEmulator({ libraries: { staff: ["a1", "b2", "c3", "d4"] } });
  const { apiKey, apiSecret } = emulator;
  const near = new FaceSearchClient({ apiKey, apiSecret, fetch: emulator.fetch });
  const far = await serveEmulator(emulator);
  const there = new FaceSearchClient({ apiKey, apiSecret, baseUrl: far.baseUrl });
  const { faceCount } = await there.getFaceCount({ groupId: "staff" });
  expect(faceCount === 4, "the emulator answers over HTTP");

  // Journals.
  const claims = [];
  for (const [token, journal] of [
    ["a1", new MemoryJournal()],
    ["b2", fileJournal("each.journal")],
  ]) {
    const report = await near.resume([token], { groupId: "staff", journal }).report;
    claims.push(...report.outcomes());
    const again = await near.resume([token], { groupId: "staff", journal }).report;
    expect(report.requests === 1 && again.counts.deleted === 1, "what a journal holds is not done again");
    const receipt = await again.receipt();
    const proof = await proveOutcome(receipt.leaves, { token });
    const { outcome } = await verifyReceipt(receipt.json, proof, { token });
    expect(outcome === "deleted", "a receipt proves it");
  }
  expect(emulator.audit({ groupId: "staff", outcomes: claims }).length === 0, "the audit agrees");
  await far.close();

  // A proxy, with the credentials of the environment.
  const handler = createProxyHandler({ authorize: () => true, allow: { groups: ["one", "many"] } });
  const server = createServer(toNodeListener(handler));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const claimed = await erase(new FaceSearchClient({ proxyUrl: `http://127.0.0.1:${server.address().port}/` }));
  server.closeAllConnections?.();
  server.close();
  return claimed;
}
