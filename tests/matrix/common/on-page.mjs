import { FaceSearchClient } from "finauth-facesearch";
import { eraseOnPage } from "./page.mjs";

eraseOnPage(FaceSearchClient);
