import { FaceSearchClient } from "finauth-facesearch/inline";
import { erase } from "./erase.mjs";

console.log(await erase(new FaceSearchClient()));
