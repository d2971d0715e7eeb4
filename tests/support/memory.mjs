// @ts-check
// The memory of the package's WebAssembly, as a debugger would find it. Whoever imports this has to do so before the first
// call: instances are seen when they are made.

/** @type {WebAssembly.Memory | undefined} */
let newest;

/** @param {any} instance */
function see(instance) {
  // Node has modules of its own, for fetch.
  if (instance.exports?.createSign) newest = instance.exports.memory;
  return instance;
}

const { instantiate, Instance } = WebAssembly;
Object.assign(WebAssembly, {
  instantiate: async (/** @type {[any, any]} */ ...args) => see(await instantiate(...args)),
  // The one after a failure is made at once.
  Instance: new Proxy(Instance, { construct: (target, args) => see(Reflect.construct(target, args)) }),
});

/** Of the newest instance; the first call makes one, and the next call after a failure another. */
export function wasmMemory() {
  if (newest === undefined) throw new Error("no instance was made yet");
  return newest;
}
