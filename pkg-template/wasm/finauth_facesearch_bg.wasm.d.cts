/** The module, compiled, where importing wasm gives that: in Workers, and by `import source` in Deno. */
declare const module: object;
export default module;
