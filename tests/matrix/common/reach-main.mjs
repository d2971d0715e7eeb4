// What is claimed of the servers that the environment names.

import { FaceSearchClient } from "finauth-facesearch";
import { reach } from "./reach.mjs";

console.log(JSON.stringify(await reach(FaceSearchClient, JSON.parse(globalThis.process.env.PLACES))));
