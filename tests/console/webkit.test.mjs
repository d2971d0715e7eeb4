// @ts-check
import { consoleIn } from "./console.mjs";
import { meetTroubles } from "./troubles.mjs";
import { walk } from "./walk.mjs";

const browser = consoleIn("webkit");
walk(browser);
meetTroubles(browser);
