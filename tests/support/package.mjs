// @ts-check
// The built package, as the tests use it.

export { assertNoSecrets, createEmulator } from "#package/emulator/index.js";
export { serveEmulator } from "#package/emulator/node.js";
export { fileJournal } from "#package/journal/fs.js";
export { MemoryJournal } from "#package/journal/memory.js";
export * from "#package/node.js";
export { createProxyHandler, toNodeListener } from "#package/proxy/node.js";
export { proveOutcome, verifyLeaves, verifyReceipt } from "#package/receipt/index.js";
