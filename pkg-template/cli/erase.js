// @ts-check
// `plan`, `delete` and `resume`.

import { fileJournal } from "../journal/fs.js";
import { FaceSearchClient, isFaceSearchError } from "../node.js";
import {
  CONNECTION,
  clientOf,
  EXIT,
  isStdin,
  orUsage,
  quoted,
  readArguments,
  readInput,
  required,
  say,
  UsageError,
  wholeNumber,
} from "./command.js";
import { confirmed } from "./confirm.js";
import { groupOfJournal, isBegun, openTable, pathsOf, writeReceipt } from "./files.js";
import { Progress } from "./progress.js";
import { review, summary } from "./summary.js";

const READING = /** @type {const} */ ({
  group: { type: "string", short: "g" },
  format: { type: "string" },
  column: { type: "string" },
  "max-delete": { type: "string" },
  expect: { type: "string" },
  "batch-size": { type: "string" },
  json: { type: "boolean" },
});

const RUNNING = /** @type {const} */ ({
  ...READING,
  ...CONNECTION,
  concurrency: { type: "string" },
  "max-absent": { type: "string" },
  journal: { type: "string" },
  "no-journal": { type: "boolean" },
  receipt: { type: "string" },
  "no-receipt": { type: "boolean" },
  csv: { type: "string" },
  jsonl: { type: "string" },
});

/** @typedef {Record<string, any>} Values what the command line said */

/** @param {string[]} args */
export async function plan(args) {
  const { values, positionals } = readArguments(args, READING, "plan");
  return planOnly(inputOf(positionals), required(values.group, "--group", "the library"), values);
}

/**
 * @param {string} input
 * @param {string} group
 * @param {Values} values
 */
async function planOnly(input, group, values) {
  // It signs nothing and sends nothing.
  const client = new FaceSearchClient({ sign: () => "" });
  return showPlan(await read(client, input, group, values), input, values);
}

/** @param {string[]} args */
export async function erase(args) {
  const options = { ...RUNNING, "dry-run": { type: /** @type {const} */ ("boolean") }, confirm: CONNECTION.proxy };
  const { values, positionals } = readArguments(args, options, "delete");
  const input = inputOf(positionals);
  const group = required(values.group, "--group", "the library");
  if (values["dry-run"]) return planOnly(input, group, values);
  const { journal } = pathsOf(input, values);
  if (journal !== undefined && isBegun(journal)) {
    throw new UsageError(
      `${journal} is there already: this deletion was begun before. Nothing was sent.\n` +
        `To go on with it:  ${resumeCommand(input, values)}\n` +
        `To begin anew, remove ${journal} first.`,
    );
  }
  return run(input, group, values, async ({ client, signal }) => {
    const prepared = await read(client, input, group, values, signal);
    const { faceCount } = await client.getFaceCount({ groupId: group }, { signal });
    say(review(prepared, input, faceCount));
    if (prepared.counts.distinct === 0) return prepared;
    return (await confirmed(prepared.confirmation, values.confirm, signal)) ? prepared : undefined;
  });
}

/** @param {string[]} args */
export async function resume(args) {
  const { values, positionals } = readArguments(args, RUNNING, "resume");
  const input = inputOf(positionals);
  const { journal } = pathsOf(input, values);
  if (journal === undefined) throw new UsageError("--journal is missing: what was written down before");
  if (!isBegun(journal)) throw new UsageError(`There is nothing to go on with: ${journal} is not there, or empty.`);
  const group = values.group ?? orUsage(() => groupOfJournal(journal), journal);
  if (group === undefined) throw new UsageError(`${journal} is not a journal of finauth-facesearch.`);
  return run(input, group, values, ({ client, signal }) => read(client, input, group, values, signal));
}

/** @param {string[]} positionals */
function inputOf([input, ...more]) {
  if (input === undefined) throw new UsageError("Name the file with the face tokens, or '-' for what is piped in.");
  if (more.length > 0) throw new UsageError(`One file at a time: what is ${quoted(String(more[0]))}?`);
  return input;
}

/**
 * @param {FaceSearchClient} client
 * @param {string} input
 * @param {string} groupId
 * @param {Values} values
 * @param {AbortSignal} [signal]
 */
async function read(client, input, groupId, values, signal) {
  const { column } = values;
  const progress = new Progress();
  const source = readInput(input);
  try {
    return await client.plan(source, {
      groupId,
      signal,
      format: values.format,
      column: column !== undefined && /^\d+$/.test(column) ? Number(column) : column,
      maxDelete: wholeNumber(values["max-delete"], "max-delete"),
      expect: { count: wholeNumber(values.expect, "expect") },
      batchSize: wholeNumber(values["batch-size"], "batch-size", { least: 1, most: 1000 }),
      onRead: (done) => progress.read(done),
    });
  } catch (error) {
    const why = /** @type {any} */ (error).cause?.code;
    if (why === "EACCES") throw new UsageError(`${input} may not be read.`);
    throw error;
  } finally {
    progress.end();
  }
}

/**
 * @param {import("../index.js").DeletionPlan} prepared
 * @param {string} input
 * @param {Values} values
 */
function showPlan(prepared, input, values) {
  const { groupId, counts, requests, format, column, fingerprint, confirmation } = prepared;
  if (values.json) {
    const invalid = [...prepared.invalid()].map(({ index, line, problem }) => ({ index, line, problem }));
    print(JSON.stringify({ groupId, counts, requests, format, column, fingerprint, confirmation, invalid }));
  } else {
    print(review(prepared, input));
    print(`Nothing was sent. To do it:  finauth-facesearch delete ${quoted(input)} --group ${quoted(groupId)}`);
  }
  return counts.invalid > 0 ? EXIT.undone : EXIT.done;
}

/**
 * @param {string} input
 * @param {string} groupId
 * @param {Values} values
 * @param {(with_: { client: FaceSearchClient, signal: AbortSignal }) => Promise<import("../index.js").DeletionPlan | undefined>} prepare
 *   nothing if it is not to be done
 */
async function run(input, groupId, values, prepare) {
  const client = clientOf(values);
  const settings = runSettings(values);
  const paths = pathsOf(input, values);
  const interrupt = new Interrupt();
  try {
    const prepared = await prepare({ client, signal: interrupt.signal });
    if (prepared === undefined || interrupt.signal.aborted) {
      say("Nothing was sent.");
      return EXIT.stopped;
    }
    const tables = [await openTable(values.csv), await openTable(values.jsonl)];
    const progress = new Progress();
    const journal = paths.journal === undefined ? undefined : fileJournal(paths.journal);
    const options = {
      ...settings,
      groupId,
      journal,
      signal: interrupt.signal,
      countFaces: paths.receipt !== undefined,
      onProgress: (/** @type {import("../index.js").RunStats} */ stats) => progress.run(stats),
    };
    const isResumed = journal !== undefined && isBegun(String(paths.journal));
    const deletion = isResumed
      ? client.resume(prepared, { ...options, journal })
      : client.deleteMany(prepared, options);
    interrupt.stops(deletion, progress);
    const report = await deletion.report.finally(() => progress.end());
    const receipt = paths.receipt === undefined ? undefined : writeReceipt(paths.receipt, await report.receipt());
    await tables[0]?.write(report.csv());
    await tables[1]?.write(report.jsonLines());
    const files = { journal: paths.journal, ...receipt, csv: values.csv, jsonl: values.jsonl };
    tell(report, files, values);
    return exitOf(report, input, files.journal, values);
  } catch (error) {
    if (!interrupt.signal.aborted || !isFaceSearchError(error) || error.name !== "AbortError") throw error;
    say("Stopped. Nothing was sent.");
    return EXIT.stopped;
  } finally {
    interrupt.end();
    client.dispose();
  }
}

/** @param {Values} values */
function runSettings(values) {
  const absent = values["max-absent"];
  const percent = wholeNumber(absent?.replace(/ ?%$/, ""), "max-absent", { most: 100 });
  return {
    concurrency: wholeNumber(values.concurrency, "concurrency", { least: 1, most: 64 }),
    ...(percent === undefined ? {} : { maxAbsentRatio: percent / 100 }),
  };
}

/**
 * @param {import("../index.js").Report} report
 * @param {Record<string, string | undefined>} files
 * @param {Values} values
 */
function tell(report, files, values) {
  if (values.json) {
    const { groupId, counts, complete, ended, requests, retries, faceCount, elapsedMs, retryAt, warnings, error } =
      report;
    const rest = { requests, retries, faceCount, elapsedMs: Math.round(elapsedMs), retryAt, warnings, error, files };
    print(JSON.stringify({ groupId, complete, ended, counts, ...rest }));
    return;
  }
  print(summary(report));
  const { receipt, leaves, csv, jsonl } = files;
  if (receipt !== undefined) say(`The receipt is in ${receipt}, what proofs are made of in ${leaves}.`);
  for (const table of [csv, jsonl]) if (table !== undefined) say(`The outcome of each entry is in ${table}.`);
}

/**
 * @param {import("../index.js").Report} report
 * @param {string} input
 * @param {string | undefined} journal
 * @param {Values} values
 */
function exitOf(report, input, journal, values) {
  const { counts, ended } = report;
  const open = counts.unknown + counts["not-sent"] + counts.failed;
  if (open > 0 && journal !== undefined) say(`To go on with what is left:  ${resumeCommand(input, values)}`);
  if (open > 0 && journal === undefined)
    say("Without a journal nobody can go on; run the same again: deleting twice is safe.");
  if (ended === "stopped" || ended === "aborted") return EXIT.stopped;
  return open + counts.invalid === 0 ? EXIT.done : EXIT.undone;
}

/** What is needed to read the same list again, and to reach the same server. */
const CARRIED = /** @type {const} */ ([
  ...["group", "format", "column", "batch-size", "concurrency", "max-absent", "credentials", "proxy", "base-url"],
  ...["journal", "receipt", "csv", "jsonl"],
]);

/**
 * @param {string} input
 * @param {Values} values
 */
function resumeCommand(input, values) {
  const options = CARRIED.flatMap((name) => (values[name] === undefined ? [] : [`--${name}`, quoted(values[name])]));
  if (values["no-receipt"]) options.push("--no-receipt");
  const pipe = isStdin(input) ? "… | " : "";
  return `${pipe}finauth-facesearch resume ${quoted(input)} ${options.join(" ")}`.trimEnd();
}

/** @param {string} text */
function print(text) {
  process.stdout.write(`${text}\n`);
}

/** Ctrl-C: once stops, and waits for what is under way; twice cuts it off. */
class Interrupt {
  #controller = new AbortController();
  /** @type {(() => void) | undefined} */
  #stop;
  #listener = () => this.#interrupted();

  constructor() {
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.on(signal, this.#listener);
  }

  get signal() {
    return this.#controller.signal;
  }

  /**
   * @param {import("../index.js").DeletionRun} deletion
   * @param {Progress} progress
   */
  stops(deletion, progress) {
    this.#stop = () => {
      progress.end({ keep: true });
      const underWay = deletion.stats?.inFlight ?? 0;
      say(`Stopping: waiting for the answers to ${underWay} requests. Ctrl-C again cuts them off.`);
      deletion.stop();
    };
  }

  #interrupted() {
    const stop = this.#stop;
    this.#stop = undefined;
    if (stop === undefined) this.#controller.abort();
    else stop();
  }

  end() {
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.off(signal, this.#listener);
  }
}
