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
  readArguments,
  readInput,
  required,
  UsageError,
  wholeNumber,
} from "./command.js";
import { confirmed } from "./confirm.js";
import {
  checkPaths,
  checkReadable,
  groupOfJournal,
  isBegun,
  pathsOf,
  reason,
  writeReceipt,
  writeTogether,
} from "./files.js";
import { Interrupt } from "./interrupt.js";
import { deleteCommand, resumeCommand } from "./next.js";
import { Progress } from "./progress.js";
import { reasonsOf, review, summary } from "./summary.js";
import { asJson, print, printable, quoted, say } from "./terminal.js";

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
  const input = inputOf(positionals);
  const group = required(values.group, "--group", "the library");
  checkValues(values);
  return planOnly(input, group, values);
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
  checkValues(values);
  if (values["dry-run"]) return planOnly(input, group, values);
  const { journal } = pathsOf(input, values);
  if (journal !== undefined && isBegun(journal)) {
    throw new UsageError(
      `${printable(journal)} is there already: this deletion was begun before. Nothing was sent.\n` +
        `To go on with it:  ${resumeCommand(input, values)}\n` +
        `To start again, remove ${printable(journal)} first.`,
    );
  }
  return run(input, group, values, async ({ client, signal }) => {
    const prepared = await read(client, input, group, values, signal);
    const faceCount = await countBefore(client, group, signal);
    say(review(prepared, input, faceCount));
    if (prepared.counts.distinct === 0) return prepared;
    return (await confirmed(prepared.confirmation, values.confirm, signal)) ? prepared : undefined;
  });
}

/** After these errors of the count nothing is deleted: the deletion would fail as well, or the user aborted. */
const FATAL_FOR_BOTH = ["AuthenticationError", "GroupNotFoundError", "ConnectionError", "TimeoutError", "AbortError"];

/**
 * How many faces the library holds. If the server does not count, the deletion continues without.
 *
 * @param {FaceSearchClient} client
 * @param {string} groupId
 * @param {AbortSignal} signal
 */
async function countBefore(client, groupId, signal) {
  try {
    return (await client.getFaceCount({ groupId }, { signal })).faceCount;
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    if (isFaceSearchError(error) && !FATAL_FOR_BOTH.includes(name)) {
      say(`The library cannot be counted: ${printable(message)}`);
      return undefined;
    }
    if (!signal.aborted) say("The library could not be counted before the deletion; nothing was sent to delete.");
    // The error of a call that only reads does not say so.
    throw Object.assign(/** @type {Error} */ (error), { delivery: "not-sent" });
  }
}

/** @param {string[]} args */
export async function resume(args) {
  const { values, positionals } = readArguments(args, RUNNING, "resume");
  const input = inputOf(positionals);
  checkValues(values);
  const { journal } = pathsOf(input, values);
  if (journal === undefined) throw new UsageError("--journal is missing: what was written down before");
  checkReadable(journal);
  if (!isBegun(journal))
    throw new UsageError(`There is nothing to go on with: ${printable(journal)} is not there, or empty.`);
  const group = values.group ?? orUsage(() => groupOfJournal(journal), journal);
  if (group === undefined) throw new UsageError(`${printable(journal)} is not a journal of finauth-facesearch.`);
  return run(input, group, values, ({ client, signal }) => read(client, input, group, values, signal));
}

/**
 * Refuses what is wrong in itself before anything else is looked at, so that no command is printed that carries it on.
 *
 * @param {Values} values
 */
function checkValues(values) {
  readSettings(values);
  runSettings(values);
  for (const name of ["journal", "receipt"]) {
    if (values[name] !== undefined && values[`no-${name}`]) {
      throw new UsageError(`--${name} names a file, and --no-${name} says that there is to be none: leave one out.`);
    }
  }
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
export async function read(client, input, groupId, values, signal) {
  const { column } = values;
  const progress = new Progress();
  const source = readInput(input);
  try {
    return await client.plan(source, {
      groupId,
      signal,
      format: values.format,
      column: column !== undefined && /^\d+$/.test(column) ? Number(column) : column,
      ...readSettings(values),
      onRead: (done) => progress.read(done),
    });
  } catch (error) {
    const why = /** @type {any} */ (error).cause?.code;
    if (why === "EACCES") throw new UsageError(`${printable(input)} may not be read.`);
    throw error;
  } finally {
    progress.end();
    // A pipe that nobody reads would keep the process alive.
    source.destroy();
  }
}

/** @param {Values} values */
function readSettings(values) {
  return {
    maxDelete: wholeNumber(values["max-delete"], "max-delete"),
    expect: { count: wholeNumber(values.expect, "expect") },
    batchSize: wholeNumber(values["batch-size"], "batch-size", { least: 1, most: 1000 }),
  };
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
    print(asJson({ groupId, counts, requests, format, column, fingerprint, confirmation, invalid }));
  } else {
    print(review(prepared, input));
    print(`Nothing was sent. To do it:  ${deleteCommand(input, { ...values, group: groupId })}`);
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
  checkPaths(input, paths);
  if (isStdin(input)) sayWhatIsNotKept(paths, values);
  const interrupt = new Interrupt();
  try {
    const prepared = await prepare({ client, signal: interrupt.signal });
    if (prepared === undefined || interrupt.signal.aborted) return stoppedBefore(values);
    const progress = new Progress();
    // What sends nothing has nothing to write down, and stands in no later list's way.
    const isJournaled = paths.journal !== undefined && (prepared.counts.distinct > 0 || isBegun(paths.journal));
    const journal = isJournaled ? fileJournal(String(paths.journal)) : undefined;
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
    interrupt.writes();
    const { files, problems } = await write(report, paths);
    tell(report, { journal: journal && paths.journal, ...files }, values);
    for (const problem of problems) say(problem);
    return exitOf(report, { input, journal: journal && paths.journal, values, isWritten: problems.length === 0 });
  } catch (error) {
    if (!interrupt.signal.aborted || !isFaceSearchError(error) || error.name !== "AbortError") throw error;
    return stoppedBefore(values);
  } finally {
    interrupt.end();
    client.dispose();
  }
}

/** It was stopped before there was anything to report. @param {Values} values */
function stoppedBefore(values) {
  const message = "Stopped. Nothing was sent.";
  const error = { name: "AbortError", message, code: "ABORTED", delivery: "not-sent" };
  if (values.json) print(asJson({ error }));
  say(message);
  return EXIT.stopped;
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
 * What is piped in has no name that journal and receipt could take theirs from.
 *
 * @param {import("./files.js").Paths} paths
 * @param {Values} values
 */
function sayWhatIsNotKept(paths, values) {
  const missing = /** @type {const} */ (["journal", "receipt"]).filter(
    (name) => paths[name] === undefined && !values[`no-${name}`],
  );
  if (missing.length === 0) return;
  const options = missing.map((name) => `--${name} FILE`).join(", ");
  say(`The list is piped in: there will be no ${missing.join(" and no ")} unless you say where (${options}).`);
}

/**
 * Writes receipt and tables. What cannot be written takes nothing from what is known.
 *
 * @param {import("../index.js").Report} report
 * @param {import("./files.js").Paths} paths
 */
async function write(report, { receipt, csv, jsonl }) {
  /** @type {Record<string, string>} */
  const files = {};
  /** @type {string[]} */
  const problems = [];
  const attempt = async (/** @type {() => Promise<Record<string, string>>} */ one) => {
    try {
      Object.assign(files, await one());
    } catch (error) {
      problems.push(reason(error));
    }
  };
  if (receipt !== undefined) await attempt(() => writeReceipt(receipt, report));
  if (csv !== undefined) await attempt(() => writeTogether([[csv, report.csv()]]).then(() => ({ csv })));
  if (jsonl !== undefined) await attempt(() => writeTogether([[jsonl, report.jsonLines()]]).then(() => ({ jsonl })));
  return { files, problems };
}

/**
 * @param {import("../index.js").Report} report
 * @param {Record<string, string | undefined>} files
 * @param {Values} values
 */
function tell(report, files, values) {
  if (values.json) {
    print(asJson({ ...report, reasons: reasonsOf(report), files }));
    return;
  }
  print(summary(report));
  const { receipt, leaves, csv, jsonl } = files;
  if (receipt !== undefined) {
    say(`The receipt is in ${printable(receipt)}, what proofs are made of in ${printable(String(leaves))}.`);
  }
  for (const table of [csv, jsonl]) {
    if (table !== undefined) say(`The outcome of each entry is in ${printable(table)}.`);
  }
}

/**
 * @param {import("../index.js").Report} report
 * @param {{ input: string, journal: string | undefined, values: Values, isWritten: boolean }} run
 */
function exitOf(report, { input, journal, values, isWritten }) {
  const { counts, ended } = report;
  const left = counts.unknown + counts["not-sent"] + counts.failed;
  const isOpen = !report.complete;
  if (journal !== undefined) {
    if (isOpen) say(`To go on with what is left:  ${resumeCommand(input, values)}`);
    else if (!isWritten) say(`To write it once more, with nothing sent again:  ${resumeCommand(input, values)}`);
  } else if (isOpen) say("Without a journal nobody can go on; run the same again: deleting twice is safe.");
  if (left > 0 && !isOpen)
    say("The server rejects these tokens one by one: there is nothing to go on with. Ask its operator about them.");
  if (isOpen && (ended === "stopped" || ended === "aborted")) return EXIT.stopped;
  // The wrong library has nothing of the list either: a person has to look, even if all is gone.
  const isDone = report.allGone && ended !== "too-many-absent";
  return isDone && isWritten ? EXIT.done : EXIT.undone;
}
