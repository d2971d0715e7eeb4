// @ts-check
// The built package, as the tests use it.

export { assertNoSecrets, createEmulator } from "../../pkg/emulator/index.js";
export { serveEmulator } from "../../pkg/emulator/node.js";
export { fileJournal } from "../../pkg/journal/fs.js";
export { MemoryJournal } from "../../pkg/journal/memory.js";
export * from "../../pkg/node.js";
export { createProxyHandler, toNodeListener } from "../../pkg/proxy/node.js";
export { proveOutcome, verifyLeaves, verifyReceipt } from "../../pkg/receipt/index.js";
