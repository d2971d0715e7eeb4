// TypeScript has no words for `import source` yet.
declare const module: WebAssembly.Module;
export default module;
