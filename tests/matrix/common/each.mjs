// Every sub-path of a server, imported, and put to its use.

import * as main from "finauth-facesearch";
import * as emulator from "finauth-facesearch/emulator";
import * as emulatorServer from "finauth-facesearch/emulator/node";
import * as fileJournal from "finauth-facesearch/journal/fs";
import * as indexedDB from "finauth-facesearch/journal/indexeddb";
import * as memoryJournal from "finauth-facesearch/journal/memory";
import * as proxy from "finauth-facesearch/proxy";
import * as proxyServer from "finauth-facesearch/proxy/node";
import * as receipt from "finauth-facesearch/receipt";
import { tryEach } from "./try-each.mjs";

console.log(
  await tryEach({
    ...{ main, emulator, emulatorServer, fileJournal, indexedDB, memoryJournal, proxy, proxyServer, receipt },
  }),
);
