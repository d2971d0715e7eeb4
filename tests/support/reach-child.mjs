// @ts-check
// Run as a process of its own, since Node reads the certificates that it trusts when it starts.

import { reach } from "../matrix/common/reach.mjs";
import { FaceSearchClient } from "./package.mjs";

console.log(JSON.stringify(await reach(FaceSearchClient, JSON.parse(`${process.env.PLACES}`))));
