/**
 * The package without the WebAssembly module, for whoever compiles it otherwise: once for many workers, out of a cache of
 * one's own, or with the names of its functions, to find a fault. Everything else is as in `finauth-facesearch`.
 *
 * @packageDocumentation
 */

export * from "./index.js";

/**
 * Says what to run: the `WebAssembly.Module` of `finauth-facesearch/wasm` of the same version, a promise of it, or a
 * function that gives one of the two. The function is called at the first call of the package, and again only if it failed.
 *
 * It has to be said before the first call, which otherwise rejects with a {@link ConfigError} (`WASM_NOT_PROVIDED`). The
 * first to say it in a program counts, another entry of the package included.
 *
 * @example
 * ```js
 * import { readFile } from "node:fs/promises";
 * import { createSign, provideModule } from "finauth-facesearch/slim";
 *
 * const file = new URL(import.meta.resolve("finauth-facesearch/wasm"));
 * provideModule(async () => WebAssembly.compile(await readFile(file)));
 * console.log(await createSign({ apiKey, apiSecret }));
 * ```
 */
export function provideModule(source: ModuleSource): void;

/** A `WebAssembly.Module`, whose type not every set of TypeScript's libraries has. */
export type ModuleSource = object | (() => object | Promise<object>);
