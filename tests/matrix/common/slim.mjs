import { readFile } from "node:fs/promises";
import { FaceSearchClient, provideModule } from "finauth-facesearch/slim";
import { erase } from "./erase.mjs";

const file = new URL(import.meta.resolve("finauth-facesearch/wasm"));
provideModule(async () => WebAssembly.compile(await readFile(file)));
console.log(await erase(new FaceSearchClient()));
