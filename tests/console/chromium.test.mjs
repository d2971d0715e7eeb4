// @ts-check
import { goBetween } from "./between.mjs";
import { consoleIn } from "./console.mjs";
import { meetTroubles } from "./troubles.mjs";
import { walk } from "./walk.mjs";

const browser = consoleIn("chromium");
walk(browser);
goBetween(browser);
meetTroubles(browser);
