import { FaceSearchClient } from "finauth-facesearch/inline";
import { eraseOnPage } from "./page.mjs";

eraseOnPage(FaceSearchClient);
