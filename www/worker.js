// @ts-check
// The engine of the page, in a worker: it reads lists, runs deletions and keeps their outcomes, however many there are, so
// that the page never has to wait. The page asks by messages; ./engine.js is its side.

import { FaceSearchClient, isFaceSearchError } from "/pkg/browser.js";
import { practiceFaces } from "/pkg/cli/practice-faces.js";
import { createEmulator } from "/pkg/emulator/index.js";
import { indexedDBJournal } from "/pkg/journal/indexeddb.js";
import { columnsOf } from "./columns.js";
import { Rows } from "./rows.js";

const PRACTICE = "practice-staff";
const MOST_INVALID_SHOWN = 100;
const HEADER_BYTES = 65_536;
const LINES_AROUND = 2;
const MOST_SHOWN = 200;

const journal = indexedDBJournal("console");

// Practice has to work offline as soon as the page is there. What is wrong shows at the first call, which tries again.
const loaded = new FaceSearchClient({ sign: () => "" }).plan("", { groupId: PRACTICE }).catch(() => {});

/** @type {ReturnType<typeof createEmulator> | undefined} */
let emulator;
/** @type {FaceSearchClient | undefined} */
let client;
let isPractice = true;
/** The library that it was connected to. */
let library = "";
/** @type {AbortController | undefined} of the attempt to connect that is under way */
let connecting;
/** @type {any} */
let plan;
/** @type {AbortController | undefined} of the reading under way */
let reading;
/** @type {any} */
let run;
/** @type {any} */
let report;
/** @type {Rows | undefined} */
let rows;

/** @type {Record<string, (asked: any) => unknown>} */
const ANSWERS = {
  /** A connection counts as made only after a harmless call gave an answer that can be read. */
  async connect({ way, groupId, proxyUrl, session, apiKey, apiSecret, baseUrl }) {
    connecting?.abort();
    const own = new AbortController();
    connecting = own;
    const made = new FaceSearchClient(
      way === "practice"
        ? practice()
        : way === "proxy"
          ? { proxyUrl, ...(session && { fetch: withSession(session) }) }
          : { apiKey, apiSecret, baseUrl, dangerouslyAllowBrowser: true },
    );
    try {
      const { faceCount } = await made.getFaceCount({ groupId }, { signal: own.signal });
      // A later attempt, or none, is what counts now.
      own.signal.throwIfAborted();
      client?.dispose();
      client = made;
      isPractice = way === "practice";
      library = groupId;
      return faceCount;
    } catch (error) {
      made.dispose();
      throw error;
    }
  },

  /** The attempt to connect that is under way is given up. */
  abandon: () => connecting?.abort(),

  count: async ({ groupId }) => (await connected().getFaceCount({ groupId })).faceCount,

  faces: () => inPractice().faces,

  restore() {
    const there = new Set(inPractice().emulator.faces(PRACTICE));
    inPractice().emulator.addFaces(
      PRACTICE,
      practiceFaces().filter(({ faceToken }) => !there.has(faceToken)),
    );
  },

  /** Reads a list to its end; a later one takes the place of an earlier one. */
  async read({ source, groupId, column }) {
    reading?.abort();
    const own = new AbortController();
    reading = own;
    plan = undefined;
    const start = await new Blob([source]).slice(0, HEADER_BYTES).text();
    const columns = columnsOf(start);
    try {
      const read = await connected().plan(source, {
        groupId,
        column,
        signal: own.signal,
        onRead: (done) => tell("reading", done.total),
      });
      plan = read;
      const { counts, requests, confirmation, fingerprint, format } = read;
      const invalid = first(read.invalid(), MOST_INVALID_SHOWN);
      const isTable = format === "csv";
      return {
        counts,
        requests,
        confirmation,
        fingerprint,
        column: read.column,
        columns: isTable ? columns : [],
        invalid,
      };
    } catch (error) {
      if (isFaceSearchError(error) && /COLUMN|TABLE/.test(error.code)) return { error: described(error), columns };
      throw error;
    }
  },

  /** What stands around a line of a list, with the lines' numbers. */
  async around({ source, line }) {
    const from = Math.max(1, line - LINES_AROUND);
    /** @type {{ line: number, text: string }[]} */
    const found = [];
    let at = 1;
    for await (const text of linesOf(source)) {
      if (at >= from) found.push({ line: at, text: text.slice(0, MOST_SHOWN) });
      if (at === line + LINES_AROUND) break;
      at += 1;
    }
    return found;
  },

  /** Runs what was read; or goes on with what a journal says. */
  async run({ resumed, groupId, fingerprint }) {
    if (groupId !== library || plan?.groupId !== library || plan.fingerprint !== fingerprint)
      throw new Error("The page and its worker do not agree on what is deleted from where");
    const options = { countFaces: true, onProgress: (/** @type {object} */ stats) => tell("progress", stats) };
    // In practice the faces are in this worker, and go with it: there would be nothing to go on with.
    if (isPractice) run = connected().deleteMany(plan, options);
    else if (resumed) run = connected().resume(plan, { ...options, groupId: plan.groupId, journal });
    else run = connected().deleteMany(plan, { ...options, journal });
    return finished();
  },

  stop: () => run?.stop(),

  async retry() {
    run = report.retryUnresolved();
    return finished();
  },

  page: (asked) => rows?.page(asked),

  async receipt() {
    const { json, leaves } = await report.receipt();
    return { receipt: new Blob([json], { type: "application/json" }), leaves: new Blob([leaves]) };
  },

  // A mark at the start tells spreadsheets that it is UTF-8.
  csv: () => new Blob(["\uFEFF", ...report.csv()], { type: "text/csv" }),

  jsonLines: () => new Blob([...report.jsonLines()], { type: "application/jsonl" }),

  /** What another tab, or this one before, did not finish. */
  async pending() {
    await loaded;
    try {
      const [head = "", more] = new TextDecoder().decode((await journal.open()).subarray(0, 4096)).split("\n");
      const [name, , groupId, fingerprint, distinct] = head.split(" ");
      // A first line that was torn was not written; nothing was sent before it was.
      if (more === undefined) return undefined;
      return name === "finauth-facesearch-journal" ? { groupId, fingerprint, distinct: Number(distinct) } : undefined;
    } finally {
      journal.close?.();
    }
  },

  forget: () => journal.remove(),

  /** That it is alive: any answer will do. */
  beat: () => {},
};

// Nobody waits for it: it is a mistake, which the page has to hear of like of any other.
addEventListener("unhandledrejection", ({ reason }) => {
  setTimeout(() => {
    throw reason;
  });
});

addEventListener("message", async ({ data: { id, what, ...asked } }) => {
  try {
    postMessage({ id, answer: await ANSWERS[what]?.(asked) });
  } catch (error) {
    postMessage({ id, error: described(error) });
  }
});

function practice() {
  emulator ??= createEmulator({ libraries: { [PRACTICE]: practiceFaces() } });
  const { apiKey, apiSecret, fetch } = emulator;
  return { apiKey, apiSecret, fetch, baseUrl: "http://localhost/finauth", dangerouslyAllowBrowser: true };
}

function inPractice() {
  if (emulator === undefined) throw new Error("This is no practice");
  const there = new Set(emulator.faces(PRACTICE));
  const faces = practiceFaces().map((face) => ({ ...face, isThere: there.has(face.faceToken) }));
  return { emulator, faces };
}

function connected() {
  if (client === undefined) throw new Error("Nothing is connected");
  return client;
}

async function finished() {
  report = await run.report;
  rows = new Rows(report.outcomes());
  let unresolved = 0;
  for (const _ of report.unresolved()) unresolved += 1;
  // What is settled to the last token is no unfinished deletion.
  if (!isPractice && unresolved === 0) await forgetJournal();
  const { groupId, counts, allGone, ended, requests, faceCount, elapsedMs, retryAt, error, warnings } = report;
  const { document } = await report.receipt();
  return {
    ...{ groupId, counts, allGone, ended, requests, elapsedMs, retryAt, warnings },
    faceCount: document.faceCount.after ?? faceCount,
    at: new Date(),
    runId: document.runId,
    unresolved,
    error: error && described(error),
  };
}

async function forgetJournal() {
  try {
    await journal.remove();
  } catch {
    // Then it is offered once more to go on with it, which sends nothing.
  }
}

/** @param {string} session */
function withSession(session) {
  return (/** @type {string} */ input, /** @type {any} */ init) =>
    fetch(input, { ...init, headers: { ...init.headers, "x-console-session": session } });
}

/**
 * The lines of a text, of whatever length, one after the other.
 *
 * @param {string | Blob} source
 */
async function* linesOf(source) {
  const reader = new Blob([source]).stream().pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value = "" } = await reader.read();
    const lines = (rest + value).split(/\r?\n/);
    if (done) {
      yield* lines;
      return;
    }
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

/**
 * @template T
 * @param {Iterable<T>} all
 * @param {number} most
 */
function first(all, most) {
  const some = [];
  for (const one of all) {
    if (some.length === most) break;
    some.push(one);
  }
  return some;
}

/**
 * @param {string} event
 * @param {unknown} what
 */
function tell(event, what) {
  postMessage({ event, what });
}

/** @param {any} error */
function described(error) {
  const { name, code, message, delivery, requestId } = error ?? {};
  return { name, code, message: String(message ?? error), delivery, requestId };
}
