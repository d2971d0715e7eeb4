// @ts-check
// Shows that the simulation bites: each deliberate mistake in the engine has to break an invariant.
//
//   npm run test:mutants
//   npm run test:mutants -- --fit    only looks whether each still fits the code; npm test does

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../scripts/lib/places.mjs";
import { ask, Failure, main, run, say } from "../../scripts/lib/shell.mjs";

/** Schedules for each mutant; the first few hundred find most of them. */
const SEEDS = "20000";

/** What goes wrong, and the change that makes it so: file, text, replacement. @type {[string, string, string, string][]} */
const MUTANTS = [
  [
    "a request leaves before its intent is written down",
    "deletion/run/mod.rs",
    "notes.send(work.start, work.end);",
    "let _ = (&notes, &work);",
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
    "an intent without a result counts as never sent",
    "deletion/journal/record.rs",
    '"send" => History::Uncertain(Because::EarlierAttempt),',
    '"send" => History::NeverSent,',
  ],
  [
    "what is settled is sent again after a crash",
    "deletion/journal/record.rs",
    "*past = found.map_or(Past::Open(history), Past::Found);",
    "*past = found.filter(|at| *at > 0).map_or(Past::Open(history), Past::Found);",
  ],
  [
    "after a crash the rest stands in other places",
    "deletion/journal/notes.rs",
    "origin: Some(chosen.iter().filter_map(position).collect()),",
    "origin: None,",
  ],
  [
    "a failure is written down without what may have happened before",
    "deletion/run/verdict.rs",
    "notes.open(work.start, work.end, work.history);",
    "notes.open(work.start, work.end, outcome::History::NeverSent);",
  ],
  [
    "an unlisted token counts as deleted, whatever the numbers say",
    "delete_faces.rs",
    "stated.removal.face_removed.checked_add(kept.len() as u64) != Some(self.batch.count() as u64)",
    "false",
  ],
  [
    "a token may be listed twice",
    "delete_faces.rs",
    "core::mem::replace(mark, true)",
    "core::mem::replace(mark, false)",
  ],
  ["an answer about another library counts", "delete_faces.rs", "stated.group_id != self.group.as_str()", "false"],
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
  ],
  [
    "another reason after an ambiguous attempt is a failure",
    "deletion/outcome.rs",
    "(_, History::Uncertain(because)) => (Outcome::Unknown, Some(because), None)",
    "(_, History::Uncertain(because)) => (Outcome::Failed, Some(because), None)",
  ],
  [
    "history is lost on halving",
    "deletion/run/verdict.rs",
    "Work { start, end, ..work }",
    "Work { start, end, history: outcome::History::NeverSent, ..work }",
  ],
  [
    "history is lost on a retry",
    "deletion/run/verdict.rs",
    "Next::Again(wait) => self.send_again(now, work, failure, wait)",
    "Next::Again(wait) => self.send_again(now, Work { history: outcome::History::NeverSent, ..work }, failure, wait)",
  ],
  [
    "history is lost when a later attempt is rejected",
    "deletion/outcome.rs",
    "(Self::Uncertain(_), _) | (_, Delivery::NotSent) => self",
    "(_, Delivery::NotSent) => self",
  ],
  [
    "a lost answer counts as a rejection",
    "deletion/outcome.rs",
    "(_, Delivery::MaybeApplied | Delivery::Applied) => Self::Uncertain(Because::EarlierAttempt)",
    "(_, Delivery::MaybeApplied | Delivery::Applied) => Self::Rejected",
  ],
  [
    "a request that went out counts as not sent when its run ends",
    "deletion/outcome.rs",
    "History::Uncertain(_) => (Outcome::Unknown, last, None)",
    "History::Uncertain(_) => (Outcome::NotSent, last, None)",
  ],
  [
    "the browser's second copy is forgotten",
    "deletion/outcome.rs",
    "Self::Uncertain(Because::TransportMayResend)",
    "Self::Rejected",
  ],
  [
    "an internal error of the server counts as a rejection",
    "exchange.rs",
    '"INTERNAL_ERROR" => Judged::new(Server, Unproven,',
    '"INTERNAL_ERROR" => Judged::new(Server, Always,',
  ],
  [
    "a gateway's error counts as a rejection",
    "exchange.rs",
    "Judged::new(kind, Rejection::Unproven, explanation)",
    "Judged::new(kind, Rejection::Always, explanation)",
  ],
  [
    "throttling of a browser's second copy says that the first did nothing",
    "exchange.rs",
    "(Rejection::ThisTime, Transport::MayResend) | (Rejection::Unproven, _) => Delivery::MaybeApplied",
    "(Rejection::ThisTime, Transport::MayResend) => Delivery::Rejected, (Rejection::Unproven, _) => Delivery::MaybeApplied",
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
    "self.settle_alike(work, Finding::of_waiting(work.history, work.last));",
    "let _ = work;",
  ],
  [
    "history is lost between one run and the next",
    "deletion/outcome.rs",
    "(Outcome::Unknown, _) => Some(History::Uncertain(Because::EarlierAttempt))",
    "(Outcome::Unknown, _) => Some(History::NeverSent)",
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
    for (const [what, file, text, replacement] of MUTANTS) {
      const path = join(scratch, "src", file);
      const original = readFileSync(path, "utf8");
      writeFileSync(
        path,
        original.replace(text, () => replacement),
      );
      const env = { ...process.env, CARGO_TARGET_DIR: join(root, "target", "mutants") };
      const build = ["build", "--quiet", "--locked", "--profile", "simulation", "--bin", "simulate"];
      await run("cargo", build, { cwd: scratch, env, quiet: true });
      const simulate = join(root, "target", "mutants", "simulation", "simulate");
      const caught = ask(simulate, ["--seeds", SEEDS]) === undefined;
      say(`  ${caught ? "✓ caught" : "✗ SURVIVED"}: ${what}`);
      if (!caught) survivors.push(what);
      writeFileSync(path, original);
    }
    process.stdout.write(`mutants: ${MUTANTS.length - survivors.length} passed, ${survivors.length} failed\n`);
    if (survivors.length > 0) throw new Failure(`${survivors.length} mutants survived.`);
  } finally {
    rmSync(scratch, { recursive: true });
  }
});
