// On a server: credentials and address come from the environment.

import { FaceSearchClient } from "finauth-facesearch";
import { erase } from "./erase.mjs";

console.log(await erase(new FaceSearchClient()));
