// @ts-check
// Shows that the simulation bites: each deliberate mistake in the engine has to break an invariant.
//
//   npm run test:mutants
//   npm run test:mutants -- retry    only those whose description has this word
//   npm run test:mutants -- --fit    only looks whether each still fits the code; npm test does

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../scripts/lib/places.mjs";
import { Failure, main, run, say } from "../../scripts/lib/shell.mjs";

/** Schedules for each mutant; the first few hundred find most of them. */
const SEEDS = "50000";

/**
 * What goes wrong, and the change that makes it so: file, text, replacement. A mutant that lies has to be caught by the model's truth
 * alone as well, without the simulator's books: they could share a mistake with the engine.
 *
 * @type {[string, string, string, string, "lies"?][]}
 */
const MUTANTS = [
  [
    "a request leaves before its intent is written down",
    "deletion/run/mod.rs",
    "notes.send(work.start, work.end);",
    "let _ = (&notes, &work);",
    "lies",
  ],
  [
    "a request leaves though the run has ended while it was signed",
    "deletion/run/mod.rs",
    "if self.ended.is_some() {\n            let Flight { work, .. }",
    "if self.ended.is_some() && self.attempts == 0 {\n            let Flight { work, .. }",
  ],
  [
    "what is about to leave is not counted",
    "deletion/run/past.rs",
    ".filter(|flight| !flight.left)",
    ".filter(|flight| flight.left && !flight.left)",
  ],
  [
    "a token without a line was never sent, although lines may be lost",
    "deletion/journal/record.rs",
    "_ if self.is_ended => Finding::of_waiting(history, Because::RunEnded),",
    "_ if !self.past.is_empty() => Finding::of_waiting(history, Because::RunEnded),",
  ],
  [
    "a token that is to be retried was not sent since, although lines may be lost",
    "deletion/journal/record.rs",
    "Some(history) if !self.is_ended => open(history),",
    "Some(history) if self.past.is_empty() => open(history),",
  ],
  [
    "the end of a journal holds although other lines follow",
    "deletion/journal/record.rs",
    "record.is_ended = !torn && word == Some(END);",
    "record.is_ended |= !torn && word == Some(END);",
  ],
  [
    "what is settled is sent again after a crash",
    "deletion/journal/record.rs",
    "*past = found.map_or(Past::Open(history), Past::Found);",
    "*past = found.filter(|number| *number > 1).map_or(Past::Open(history), Past::Found);",
  ],
  [
    "after a crash the rest stands in other places",
    "deletion/journal/notes.rs",
    "origin: Some(chosen.iter().filter_map(position).collect()),",
    "origin: None,",
    "lies",
  ],
  [
    "an unlisted token counts as deleted, whatever the numbers say",
    "delete_faces.rs",
    "stated.removal.face_removed.checked_add(kept.len() as u64) != Some(self.batch.count() as u64)",
    "false",
    "lies",
  ],
  [
    "a token may be listed twice",
    "delete_faces.rs",
    "core::mem::replace(mark, true)",
    "core::mem::replace(mark, false)",
    "lies",
  ],
  [
    "an answer about another library counts",
    "delete_faces.rs",
    "stated.group_id != self.group.as_str()",
    "false",
    "lies",
  ],
  [
    "a batch in flight is forgotten on abort",
    "deletion/run/mod.rs",
    "self.settle_alike(work, Finding::of_waiting(history, last));",
    "let _ = (work, history, last);",
  ],
  [
    "absent is claimed after an ambiguous attempt",
    "deletion/outcome.rs",
    "(true, History::Uncertain(because)) => (Outcome::AbsentAfterUncertain, Some(because), None)",
    "(true, History::Uncertain(_)) => (Outcome::Absent, None, None)",
    "lies",
  ],
  [
    "another reason after an ambiguous attempt is a failure",
    "deletion/outcome.rs",
    "(_, History::Uncertain(because)) => (Outcome::Unknown, Some(because), Some(true))",
    "(_, History::Uncertain(because)) => (Outcome::Failed, Some(because), Some(true))",
    "lies",
  ],
  [
    "history is lost on halving",
    "deletion/run/verdict.rs",
    "Work { start, end, ..work }",
    "Work { start, end, history: outcome::History::NeverSent, ..work }",
    "lies",
  ],
  [
    "history is lost on a retry",
    "deletion/run/verdict.rs",
    "Next::Again(wait) => self.send_again(now, work, failure, wait)",
    "Next::Again(wait) => self.send_again(now, Work { history: outcome::History::NeverSent, ..work }, failure, wait)",
    "lies",
  ],
  [
    "history is lost when a later attempt is rejected",
    "deletion/outcome.rs",
    "(_, Delivery::NotSent) | (Self::Uncertain(_), Delivery::Rejected) => self",
    "(_, Delivery::NotSent) => self",
  ],
  [
    "a lost answer counts as a rejection",
    "deletion/outcome.rs",
    "(_, Delivery::MaybeApplied | Delivery::Applied) => Self::Uncertain(Because::EarlierAttempt)",
    "(_, Delivery::MaybeApplied | Delivery::Applied) => Self::Rejected",
    "lies",
  ],
  [
    "a request that went out counts as not sent when its run ends",
    "deletion/outcome.rs",
    "History::Uncertain(_) => (Outcome::Unknown, last, Some(true))",
    "History::Uncertain(_) => (Outcome::NotSent, last, None)",
    "lies",
  ],
  [
    "the browser's second copy is forgotten",
    "deletion/outcome.rs",
    "Self::Uncertain(Because::TransportMayResend)",
    "Self::Rejected",
    "lies",
  ],
  [
    "an internal error of the server counts as a rejection",
    "codes.rs",
    '"INTERNAL_ERROR" => Meaning::of_code(Server, Unproven,',
    '"INTERNAL_ERROR" => Meaning::of_code(Server, Always,',
    "lies",
  ],
  [
    "a gateway's error counts as a rejection",
    "codes.rs",
    "..Self::of_code(kind, Rejection::Unproven, explanation)",
    "..Self::of_code(kind, Rejection::Always, explanation)",
    "lies",
  ],
  [
    "throttling of a browser's second copy says that the first did nothing",
    "codes.rs",
    "(Rejection::ThisTime, Transport::MayResend) | (Rejection::Unproven, _) => Delivery::MaybeApplied",
    "(Rejection::ThisTime, Transport::MayResend) => Delivery::Rejected, (Rejection::Unproven, _) => Delivery::MaybeApplied",
    "lies",
  ],
  [
    "Retry-After is not honoured",
    "deletion/run/verdict.rs",
    "self.pace.freeze(now.saturating_add(wait));",
    "let _ = wait;",
  ],
  [
    "the limit of concurrency is off by one",
    "deletion/run/mod.rs",
    "self.in_flight.len() < self.pace.limit() as usize\n            &&",
    "self.in_flight.len() <= self.pace.limit() as usize\n            &&",
  ],
  ["stop is ignored", "deletion/run/mod.rs", "self.ended.get_or_insert(Ended::Stopped);", "let _ = Ended::Stopped;"],
  ["the deadline is ignored", "deletion/run/mod.rs", "if now >= deadline {", "if now > deadline + 60_000 {"],
  [
    "halving loses a token",
    "deletion/run/verdict.rs",
    "[(work.start, middle), (middle, work.end)]",
    "[(work.start, middle), (middle + 1, work.end)]",
  ],
  [
    "a batch that was answered goes out again",
    "deletion/run/verdict.rs",
    "        self.look_at_target(work, &removal);\n",
    "        self.look_at_target(work, &removal);\n        self.queue.put_back(work);\n",
  ],
  [
    "what waits for a retry is forgotten when the run ends",
    "deletion/run/mod.rs",
    "            self.settle_alike(work, finding);\n        }\n    }\n\n    /// Ends the run",
    "            let _ = (work, finding);\n        }\n    }\n\n    /// Ends the run",
  ],
  [
    "history is lost between one run and the next",
    "deletion/outcome.rs",
    "(Outcome::Unknown, None | Some(true)) => Some(",
    "(Outcome::Unknown, None | Some(true)) if true => Some(History::NeverSent), (Outcome::Unknown, None | Some(true)) => Some(",
    "lies",
  ],
  [
    "the next run takes up what was settled",
    "deletion/ledger.rs",
    "self.finding(position)?.left_open()?",
    "self.finding(position)?.left_open().unwrap_or(History::NeverSent)",
  ],
  [
    "the next run does not wait as the server asked",
    "deletion/run/past.rs",
    "next.pace.freeze(self.pace.frozen_until());",
    "",
  ],
  [
    "a wrong clock is not put right",
    "deletion/retry.rs",
    "if failure.clock_correction.is_some() && tries.corrected == 0",
    "if failure.clock_correction.is_some() && tries.corrected > 7",
  ],
  [
    "a success without failure_detail does not count",
    "delete_faces.rs",
    "Member::Missing => &[],",
    "Member::Missing => return None,",
  ],
  [
    "a field that is null is damage",
    "answer.rs",
    "None | Some(Value::Null) => Member::Missing,",
    "None => Member::Missing,",
  ],
  [
    "a success without a request id does not count",
    "delete_faces.rs",
    "request_id: body.shown_request_id(),",
    "request_id: Some(body.shown_request_id()?),",
  ],
  [
    "a success without a duration does not count",
    "delete_faces.rs",
    "time_used: body.time_used.value().copied(),",
    "time_used: Some(*body.time_used.value()?),",
  ],
  [
    "a success without the size of the library does not count",
    "delete_faces.rs",
    "face_count: body.face_count.value().copied(),",
    "face_count: Some(*body.face_count.value()?),",
  ],
  ["an empty error is an error", "answer.rs", "Member::Is(text) => !text.is_empty(),", "Member::Is(_) => true,"],
  [
    "error_message is ignored",
    "answer.rs",
    "if says_something(&error) { error } else { error_message() };",
    "if says_something(&error) { error } else { drop(error_message); Member::Missing };",
  ],
  [
    "a count as decimal text is damage",
    "answer.rs",
    "Value::String(text) => super::count_of_text(text),",
    "Value::String(_) => None,",
  ],
  [
    "a count with a leading zero counts",
    "answer.rs",
    "let is_canonical = text == \"0\" || !text.starts_with('0');",
    "let is_canonical = true;",
  ],
  [
    "a replayed response counts",
    "replay.rs",
    "            response.replayed = true;\n",
    "            let _ = &response;\n",
    "lies",
  ],
  [
    "a new request id clears what Age says",
    "replay.rs",
    "            response.replayed = true;\n        }",
    "            response.replayed = true;\n        } else {\n            response.replayed = false;\n        }",
    "lies",
  ],
  [
    "a replayed rejection counts",
    "exchange.rs",
    "if response.replayed {",
    "if response.replayed && response.status == 200 {",
    "lies",
  ],
  [
    "the request ids of the journal are forgotten on resume",
    "deletion/run/past.rs",
    "seen.remember(id);",
    "let _ = (&mut *seen, id);",
    "lies",
  ],
  [
    "the request id of a success is not written down",
    "deletion/run/verdict.rs",
    "notes.answer(id);",
    "let _ = (notes, id);",
    "lies",
  ],
  [
    "the request id of a failure is not written down",
    "deletion/run/verdict.rs",
    "notes.seen(id);",
    "let _ = (notes, id);",
    "lies",
  ],
  [
    "the request id of a cached response is not written down",
    "exchange.rs",
    "shown_id(&response.content),\n                REPLAYED_RESPONSE",
    "None,\n                REPLAYED_RESPONSE",
    "lies",
  ],
  ["two replays end a run", "deletion/streaks.rs", "const MAX_REPLAYS: u32 = 3;", "const MAX_REPLAYS: u32 = 2;"],
  [
    "three replays do not end a run",
    "deletion/streaks.rs",
    "const MAX_REPLAYS: u32 = 3;",
    "const MAX_REPLAYS: u32 = 4;",
  ],
  [
    "a success with another 2xx status counts",
    "exchange.rs",
    "Content::Object(body) if status == 200 &&",
    "Content::Object(body) if (200..300).contains(&status) &&",
    "lies",
  ],
  [
    "a rejection for one token proves it for the whole batch",
    "delete_faces.rs",
    "self.batch.count() > 1 && blame(&failure) != Blame::Request",
    "self.batch.count() > 1000 && blame(&failure) != Blame::Request",
    "lies",
  ],
  [
    "BAD_ARGUMENTS without an argument proves it for the whole batch",
    "codes.rs",
    '"BAD_ARGUMENTS" if blame_of(code, detail) == Blame::PerhapsToken',
    '"BAD_ARGUMENTS" if detail.is_some() && blame_of(code, detail) == Blame::PerhapsToken',
    "lies",
  ],
  [
    "a lone rejection after an uncertain attempt is tried again later",
    "deletion/outcome.rs",
    "History::Uncertain(_) => (Outcome::Unknown, Some(!is_final)),",
    "History::Uncertain(_) => (Outcome::Unknown, Some(true)),",
  ],
  [
    "the next run takes up what nothing can settle",
    "deletion/outcome.rs",
    "(Outcome::Unknown, None | Some(true)) =>",
    "(Outcome::Unknown, _) =>",
  ],
  [
    "another reason for a token is final",
    "deletion/outcome.rs",
    "(_, _) => (Outcome::Failed, None, Some(true)),",
    "(_, _) => (Outcome::Failed, None, Some(false)),",
  ],
  [
    "an error next to a claim that the server acted is a rejection",
    "exchange.rs",
    "delivery: if claims_an_effect {",
    "delivery: if claims_an_effect && false {",
    "lies",
  ],
  [
    "complete, though something is left to do",
    "deletion/report.rs",
    "self.ended.is_some() && self.adds_up() && self.left_open == 0",
    "self.ended.is_some() && self.adds_up()",
  ],
  [
    "not complete, as soon as something was rejected for good",
    "deletion/report.rs",
    "self.adds_up() && self.left_open == 0",
    "self.adds_up() && self.left_open == 0 && self.counts.of(Outcome::Failed) == 0",
  ],
  [
    "all gone, though entries are invalid",
    "deletion/report.rs",
    "const STAY: [Outcome; 4] = [Outcome::Failed, Outcome::Unknown, Outcome::NotSent, Outcome::Invalid];",
    "const STAY: [Outcome; 3] = [Outcome::Failed, Outcome::Unknown, Outcome::NotSent];",
  ],
  [
    "all gone, though tokens were rejected",
    "deletion/report.rs",
    "const STAY: [Outcome; 4] = [Outcome::Failed, Outcome::Unknown,",
    "const STAY: [Outcome; 3] = [Outcome::Unknown,",
  ],
  [
    "one 408 ends a run",
    "deletion/retry.rs",
    "_ if failure.unrecognised => self.retried(failure, tries),",
    "_ if failure.unrecognised => Next::EndRun,",
  ],
  [
    "one 408 gives its batch up",
    "deletion/retry.rs",
    "_ if failure.unrecognised => self.retried(failure, tries),",
    "_ if failure.unrecognised => Next::GiveUp,",
  ],
  [
    "four responses without a code end a run",
    "deletion/streaks.rs",
    "const MAX_UNRECOGNISED: u32 = 5;",
    "const MAX_UNRECOGNISED: u32 = 4;",
  ],
  [
    "five responses without a code do not end a run",
    "deletion/streaks.rs",
    "const MAX_UNRECOGNISED: u32 = 5;",
    "const MAX_UNRECOGNISED: u32 = 6;",
  ],
  [
    "responses without a code count for each request in flight",
    "deletion/streaks.rs",
    " && known.0 == self.unrecognised_ever {",
    " && known.0 <= self.unrecognised_ever {",
  ],
  [
    "a success in between does not end the count of responses without a code",
    "deletion/streaks.rs",
    "        self.unrecognised = 0;\n        self.replays = 0;",
    "        self.replays = 0;",
  ],
  [
    "the limit of the server is not learned",
    "deletion/pace.rs",
    "self.rejected = self.rejected.min(tokens).max(2);",
    "self.rejected = self.rejected.max(2);",
  ],
  [
    "batches that wait keep a size that was rejected",
    "deletion/queue.rs",
    "let middle = work.end.min(work.start.saturating_add(most));",
    "let middle = work.end.max(work.start.min(most));",
  ],
  [
    "INVALID_FACE_TOKENS_SIZE ends a run",
    "codes.rs",
    '"REQUEST_ENTITY_TOO_LARGE" | "INVALID_FACE_TOKENS_SIZE" |',
    '"REQUEST_ENTITY_TOO_LARGE" |',
  ],
  ["a 413 is trouble on the way", "codes.rs", "413 => Meaning {", "499 => Meaning {"],
  [
    "a 413 with an unknown code ends a run",
    "exchange.rs",
    "if !meaning.has_code() => (code, detail)",
    "if !meaning.has_code() || status == 413 => (code, detail)",
  ],
  [
    "a limit is taken for the same over both copies",
    "codes.rs",
    'Rejection::ThisTime,\n                "The request is too large',
    'Rejection::Always,\n                "The request is too large',
    "lies",
  ],
  [
    "duplicates disappear when a run settled nothing",
    "deletion/run/known.rs",
    "self.selection.count() as u64 && self.never_sent().sum() == 0",
    "self.selection.count() as u64",
  ],
  [
    "duplicates are listed by each run",
    "deletion/run/past.rs",
    ".eq(0..self.selection.count()) && self.never_sent().sum() == 0;",
    ".eq(0..self.selection.count());",
  ],
  [
    "entries that are never sent are not counted as listed",
    "deletion/run/known.rs",
    "(self.ledger.listed() + self.never_sent().sum()).saturating_sub(left)",
    "self.ledger.listed().saturating_sub(left)",
  ],
  [
    "the requests of the run before are not counted",
    "deletion/run/known.rs",
    "report.requests = report.requests.saturating_add(before.requests);",
    "",
  ],
  [
    "the time of the run before is not counted",
    "deletion/run/known.rs",
    "report.active_ms = report.active_ms.saturating_add(before.active_ms);",
    "",
  ],
  ["a request that did not leave is counted", "deletion/run/mod.rs", "            self.requests -= 1;\n", ""],
  [
    "history is lost when a signer fails",
    "deletion/run/mod.rs",
    "Finding::of_waiting(work.history, Because::Unprepared)",
    "Finding::of_waiting(History::NeverSent, Because::Unprepared)",
    "lies",
  ],
  [
    "what a proxy says of the delivery in words that are not known is not sent",
    "proxy/reply.rs",
    'matches!(&self.delivery, Member::Is(delivery) if delivery == "not-sent")',
    'matches!(&self.delivery, Member::Is(delivery) if delivery != "maybe-applied")',
    "lies",
  ],
  [
    "an instance that does not recognise repeats knows that nothing was sent",
    "proxy/reply.rs",
    "!(not_sent && is_about_this && self.recognises_repeats && !self.replayed)",
    "!(not_sent && is_about_this && !self.replayed)",
    "lies",
  ],
  [
    "a Retry-After that is too long is waited for",
    "deletion/retry.rs",
    "&& wait > self.policy.longest_wait",
    "&& wait > 10 * self.policy.longest_wait",
  ],
  [
    "one retry too many",
    "deletion/retry.rs",
    "tries.failed >= self.policy.max_retries ||",
    "tries.failed > self.policy.max_retries ||",
  ],
  [
    "one retry too few",
    "deletion/retry.rs",
    "tries.failed >= self.policy.max_retries ||",
    "tries.failed + 1 >= self.policy.max_retries ||",
  ],
  [
    "the clock is not corrected for the next signature",
    "deletion/run/verdict.rs",
    "self.clock_correction = Some(correction);",
    "self.clock_correction.get_or_insert(0);",
  ],
  [
    "an empty library counts as the wrong one too late",
    "deletion/run/verdict.rs",
    "&& absent as f64 > most * answered as f64",
    "&& absent as f64 > 2.0 * most * answered as f64",
  ],
  ["the budget of retries is not kept", "deletion/retry.rs", "        self.budget -= Self::COST;\n", ""],
  [
    "a success that does not say how many faces are left makes that unknown",
    "deletion/run/verdict.rs",
    "self.face_count = removal.face_count.or(self.face_count);",
    "self.face_count = removal.face_count;",
  ],
  [
    "how many faces are left is forgotten by the next run",
    "deletion/run/known.rs",
    "report.face_count = report.face_count.or(before.face_count);",
    "",
  ],
  [
    "the request ids of the run before are forgotten",
    "deletion/run/past.rs",
    "            request_ids: self.request_ids.clone(),\n",
    "",
  ],
  [
    "a retry waits for ten times as long",
    "deletion/retry.rs",
    "let backoff = base.saturating_mul(1 << tries.min(16)).min(Self::LONGEST_BACKOFF_MS);",
    "let backoff = base.saturating_mul(1 << tries.min(16)).min(Self::LONGEST_BACKOFF_MS) * 10;",
  ],
  [
    "a rejection that is final does not say why",
    "deletion/outcome.rs",
    "reason: failure.status.map(|_| failure.code.clone()),",
    "reason: None,",
  ],
  ["RemoveAllFaceTokens goes out", "token.rs", "(19..24).contains(&text.len())", "(119..124).contains(&text.len())"],
];

/** Whether its text stands in its file, once. @param {typeof MUTANTS[number]} mutant */
function fits([what, file, text]) {
  const path = join(root, "src", file);
  const places = existsSync(path) ? readFileSync(path, "utf8").split(text).length - 1 : 0;
  if (places !== 1) throw new Failure(`The mutant '${what}' does not fit ${file} any more.`);
}

await main(async () => {
  MUTANTS.forEach(fits);
  if (process.argv.includes("--fit")) return;
  const scratch = mkdtempSync(join(tmpdir(), "finauth-facesearch-mutants-"));
  try {
    for (const name of ["src", "tests", "Cargo.toml", "Cargo.lock"]) {
      cpSync(join(root, name), join(scratch, name), { recursive: true });
    }
    const survivors = [];
    const only = process.argv[2] ?? "";
    const chosen = MUTANTS.filter(([what]) => what.includes(only));
    for (const [what, file, text, replacement, lies] of chosen) {
      const path = join(scratch, "src", file);
      const original = readFileSync(path, "utf8");
      writeFileSync(
        path,
        original.replace(text, () => replacement),
      );
      // Most of the time goes into compiling.
      const env = {
        ...process.env,
        CARGO_TARGET_DIR: join(root, "target", "mutants"),
        CARGO_PROFILE_SIMULATION_OPT_LEVEL: "1",
        CARGO_INCREMENTAL: "1",
      };
      const build = ["build", "--quiet", "--locked", "--profile", "simulation", "--bin", "simulate"];
      await run("cargo", build, { cwd: scratch, env, quiet: true });
      const simulate = join(root, "target", "mutants", "simulation", "simulate");
      const by = ["", ...(lies ? ["--truth-only"] : [])].map((mode) => {
        const { status, stdout } = spawnSync(simulate, ["--seeds", SEEDS, "--no-shrink", mode], { encoding: "utf8" });
        return status === 0 ? undefined : stdout.split("\n", 1)[0]?.slice(0, 160);
      });
      const caught = !by.includes(undefined);
      say(`  ${caught ? "✓ caught" : "✗ SURVIVED"}: ${[what, ...by].join("\n      ")}`);
      if (!caught) survivors.push(what);
      writeFileSync(path, original);
    }
    process.stdout.write(`mutants: ${chosen.length - survivors.length} passed, ${survivors.length} failed\n`);
    if (survivors.length > 0) throw new Failure(`${survivors.length} mutants survived.`);
  } finally {
    rmSync(scratch, { recursive: true });
  }
});
