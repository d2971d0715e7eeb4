// @ts-check
// What is said before and after a deletion, in words.

import { printable } from "./terminal.js";

/** @param {number} value */
export function number(value) {
  return value.toLocaleString("en");
}

/** @param {number} milliseconds */
export function duration(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${rest} s` : `${rest} s`;
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} many
 */
export function counted(count, one, many) {
  return `${number(count)} ${count === 1 ? one : many}`;
}

const MOST_LINES = 10;

/**
 * What a plan would do.
 *
 * @param {import("../index.js").DeletionPlan} plan
 * @param {string} input
 * @param {number} [faceCount] how many faces the library holds
 */
export function review(plan, input, faceCount) {
  const { counts, format, column, groupId } = plan;
  const from = input === "-" ? "what was piped in" : printable(input);
  const read = [format, column && `column ${printable(column)}`].filter(Boolean).join(", ");
  const holds = faceCount === undefined ? "" : `, which holds ${counted(faceCount, "face", "faces")} now`;
  const lines = [
    `${from}${read && ` (${read})`}: ${counted(counts.total, "entry", "entries")}`,
    `  ${counted(counts.distinct, "token", "tokens")} to delete from ${printable(groupId)}${holds}`,
    `  in ${counted(plan.requests, "request", "requests")} of at most ${plan.batchSize}`,
  ];
  if (counts.duplicates > 0) {
    lines.push(`  ${counted(counts.duplicates, "entry repeats", "entries repeat")} an earlier one: sent once`);
  }
  if (counts.invalid > 0) {
    lines.push(`  ${counted(counts.invalid, "entry is", "entries are")} no token, and will not be sent:`);
    let shown = 0;
    for (const { index, line, problem } of plan.invalid()) {
      if (shown === MOST_LINES) {
        lines.push(`    and ${number(counts.invalid - shown)} more`);
        break;
      }
      lines.push(`    ${line === undefined ? `entry ${index + 1}` : `line ${line}`}: ${problem}`);
      shown += 1;
    }
  }
  return lines.join("\n");
}

/** What each outcome means, for who has not read the documentation. @type {Record<string, string>} */
const MEANING = {
  deleted: "the server says that it removed them",
  absent: "they were not in the library",
  "absent-after-uncertain": "they are not in the library; an earlier attempt may have removed them",
  failed: "refused; nothing was removed",
  unknown: "they may have been removed",
  "not-sent": "never sent",
  duplicate: "repeat an earlier entry",
  invalid: "no token; never sent",
};

/** @type {Record<string, string>} */
const ENDED = {
  complete: "Nothing is left to send",
  stopped: "Stopped",
  aborted: "Cut off",
  deadline: "The time ran out",
  "too-many-absent": "Ended, since so many were not in the library: is it the right one?",
  failed: "Ended by an error",
  unprepared: "Ended, since no request could be made",
  "retry-later": "Ended, since the server asked to come back later",
};

/**
 * Why tokens failed, are unknown or were not sent: each reason with how many it concerns, the most frequent first.
 *
 * @param {import("../index.js").Report} report
 */
export function reasonsOf(report) {
  /** @type {Record<string, Record<string, number>>} */
  const reasons = {};
  for (const outcome of /** @type {const} */ (["failed", "unknown", "not-sent"])) {
    if (report.counts[outcome] > 0) reasons[outcome] = {};
  }
  if (Object.keys(reasons).length === 0) return reasons;
  for (const settled of report.outcomes()) {
    const of = Object.hasOwn(reasons, settled.outcome) ? reasons[settled.outcome] : undefined;
    if (of === undefined || settled.outcome === "invalid") continue;
    const why = printable(settled.reason ?? settled.because ?? "for no stated reason");
    of[why] = (Object.hasOwn(of, why) ? Number(of[why]) : 0) + 1;
  }
  for (const [outcome, of] of Object.entries(reasons)) {
    reasons[outcome] = Object.fromEntries(Object.entries(of).sort(([, one], [, other]) => other - one));
  }
  return reasons;
}

/**
 * An error in one sentence, with what is at the bottom of it, and its code once.
 *
 * @param {any} error
 */
export function told({ message, code, cause }) {
  let deepest = cause;
  while (deepest?.cause !== undefined) deepest = deepest.cause;
  // Where a name has several addresses, there is an error for each.
  const bottom = deepest?.message || deepest?.errors?.[0]?.message || deepest?.code;
  const why = message.includes(bottom) ? undefined : bottom;
  const [, sentence = message, said = code] = /^(.*) \(([A-Z][A-Z0-9_]*(?:: [^()]*)?)\)$/s.exec(message) ?? [];
  return printable(`${sentence}${why ? ` (${why})` : ""} [${said}]`);
}

/**
 * @param {Record<string, number> | undefined} reasons
 * @param {string} indent
 */
function reasonLines(reasons, indent) {
  const all = Object.entries(reasons ?? {});
  const shown = all.slice(0, MOST_LINES).map(([why, count]) => `${indent}${why} ${number(count)}`);
  return all.length > MOST_LINES ? [...shown, `${indent}and ${number(all.length - MOST_LINES)} more reasons`] : shown;
}

/** @param {import("../index.js").Report} report */
export function summary(report) {
  const { counts, complete, ended, requests, retries, elapsedMs, error, retryAt, warnings } = report;
  const present = Object.entries(MEANING).filter(([outcome]) => counts[/** @type {"deleted"} */ (outcome)] > 0);
  const width = Math.max(...present.map(([outcome]) => outcome.length), 0);
  const most = Math.max(...present.map(([outcome]) => number(counts[/** @type {"deleted"} */ (outcome)]).length), 0);
  const sent = counted(requests, "request", "requests");
  const again = retries === 0 ? "" : `, ${number(retries)} of them again`;
  const reasons = reasonsOf(report);
  const left = counts.failed + counts.unknown + counts["not-sent"];
  const isAllTried = ended === "complete" && !complete;
  const indent = " ".repeat(width + most + 4);
  return [
    ...present.flatMap(([outcome, meaning]) => {
      const count = number(counts[/** @type {"deleted"} */ (outcome)]).padStart(most);
      return [`${outcome.padEnd(width)}  ${count}  ${meaning}`, ...reasonLines(reasons[outcome], `${indent}  `)];
    }),
    `${isAllTried ? `All was tried; ${counted(left, "entry", "entries")} may still be in the library` : ENDED[ended]}: ${sent}${again}, ${duration(elapsedMs)}`,
    ...(error === undefined ? [] : [told(error)]),
    ...(retryAt === undefined ? [] : [`The server wants to be asked again at ${retryAt.toISOString()}`]),
    ...warnings.map(printable),
  ].join("\n");
}
