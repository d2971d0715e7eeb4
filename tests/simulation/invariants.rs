//! What must hold, whatever happens: at each request, and at the end, against the truth of the model.

use std::collections::HashMap;

use finauth_facesearch::deletion::{Ended, Millis, Outcome, Report, Run};
use finauth_facesearch::selection::ExceptionKind;

use crate::books::{Books, Claim};
use crate::scenario::{Scenario, number_of};
use crate::server::Server;

/// What is broken, in words.
pub type Violation = String;

/// The input of a schedule, by its positions.
pub struct Input {
    /// The number of the token; nothing for an entry that cannot be one.
    pub numbers: Vec<Option<u32>>,
    /// For a token that stands earlier in the input: where it stands first.
    firsts: Vec<Option<usize>>,
}

impl Input {
    pub fn of(scenario: &Scenario) -> Self {
        let numbers: Vec<_> = scenario.input.iter().map(|text| number_of(text)).collect();
        let mut known = HashMap::new();
        let firsts = numbers.iter().enumerate().map(|(index, number)| {
            let first = *known.entry((*number)?).or_insert(index);
            (first != index).then_some(first)
        });
        Self {
            firsts: firsts.collect(),
            numbers,
        }
    }
}

/// When no request may be sent.
#[derive(Default)]
pub struct Quiet {
    /// When the caller stopped or aborted, or the engine said that it ended.
    pub ended_at: Option<Millis>,
    /// The server asked for quiet until then.
    pub until: Millis,
}

/// Checks a request at the moment at which the engine wants it to be sent, and gives its tokens.
pub fn check_send(
    books: &Books,
    quiet: &Quiet,
    now: Millis,
    joined: &str,
    in_flight: usize,
) -> Result<Vec<u32>, Violation> {
    let options = &books.options;
    if quiet.ended_at.is_some() {
        return Err(format!("sent at {now}, after the end at {:?}", quiet.ended_at));
    }
    if now < quiet.until {
        return Err(format!(
            "sent at {now}, though the server asked to wait until {}",
            quiet.until
        ));
    }
    if options.deadline.is_some_and(|deadline| now >= deadline) {
        return Err(format!("sent at {now}, after the deadline"));
    }
    if in_flight > options.concurrency.max as usize {
        return Err(format!("{in_flight} requests at a time"));
    }
    let tokens: Option<Vec<u32>> = joined.split(',').map(number_of).collect();
    let Some(tokens) = tokens else {
        return Err(format!("sent {joined:?}, which holds text that cannot be a token"));
    };
    if tokens.is_empty() || tokens.len() > options.batch_size {
        return Err(format!("{} tokens in a request", tokens.len()));
    }
    Ok(tokens)
}

/// What one run lists, in the way in which the package does: what it settled, and what is never sent.
pub struct Listing {
    entries: Vec<(usize, Claim, Option<usize>)>,
    /// How many the run says that it lists.
    listed: u64,
}

impl Listing {
    /// Of a run which another one follows, or the last one.
    pub fn of(run: &Run, is_last: bool) -> Self {
        let selection = run.selection();
        let mut entries = Vec::new();
        for exception in selection.exceptions() {
            let (outcome, of) = match exception.kind {
                ExceptionKind::DuplicateOf(position) => (Outcome::Duplicate, selection.index_of(position as usize)),
                ExceptionKind::Invalid(_) => (Outcome::Invalid, None),
            };
            let claim = Claim {
                outcome,
                retryable: None,
            };
            entries.push((exception.index as usize, claim, of));
        }
        for (start, end) in run.settled() {
            let (start, end) = (*start as usize, *end as usize);
            for (position, index) in (start..end).zip(selection.indexes(start, end)) {
                if let Some(finding) = run.finding(position) {
                    let claim = Claim::of(finding);
                    if is_last || !claim.is_unresolved() {
                        entries.push((index, claim, None));
                    }
                }
            }
        }
        Self {
            entries,
            listed: run.listed(is_last),
        }
    }
}

/// Checks the end of a run, together with those before it in the same process.
pub fn check_run(
    scenario: &Scenario,
    input: &Input,
    books: &Books,
    before: &[Listing],
    run: &Run,
) -> Result<Report, Violation> {
    let report = run.report();
    let total = input.numbers.len();
    if !report.adds_up() || report.total != total as u64 {
        return Err(format!("the counts do not add up: {report:?}"));
    }
    let last = Listing::of(run, true);
    let listed: u64 = before.iter().chain([&last]).map(|listing| listing.listed).sum();
    let mut entries: Vec<Option<(Claim, Option<usize>)>> = vec![None; total];
    let mut count = 0;
    for (index, claim, of) in before.iter().chain([&last]).flat_map(|listing| &listing.entries) {
        count += 1;
        if entries[*index].replace((*claim, *of)).is_some() {
            return Err(format!("entry {index} is listed twice, the second time as {claim:?}"));
        }
    }
    if count != total || listed != total as u64 {
        return Err(format!(
            "{count} entries listed, {listed} said to be listed, of {total}"
        ));
    }
    let entries: Vec<_> = entries.into_iter().flatten().collect();
    for outcome in Outcome::ALL {
        let listed = entries.iter().filter(|(claim, _)| claim.outcome == outcome).count() as u64;
        if listed != report.counts.of(outcome) {
            return Err(format!(
                "{listed} entries are listed as {outcome:?}, the report counts {}",
                report.counts.of(outcome)
            ));
        }
    }
    for (index, (claim, of)) in entries.iter().enumerate() {
        let (number, first) = (input.numbers[index], input.firsts[index]);
        let is_right = match (claim.outcome, number) {
            (Outcome::Duplicate, _) => first.is_some() && *of == first,
            (Outcome::Invalid, number) => number.is_none(),
            (_, Some(number)) => first.is_none() && books.tokens[number as usize].claim == Some(*claim),
            (_, None) => false,
        };
        if !is_right {
            let text = &scenario.input[index];
            return Err(format!("entry {index}, {text:?}, is listed as {claim:?}, of {of:?}"));
        }
    }
    let is_complete = !entries.iter().any(|(claim, _)| claim.is_unresolved());
    let is_gone = |claim: &Claim| {
        matches!(
            claim.outcome,
            Outcome::Deleted | Outcome::Absent | Outcome::AbsentAfterUncertain | Outcome::Duplicate
        )
    };
    let is_all_gone = entries.iter().all(|(claim, _)| is_gone(claim));
    if (report.is_complete(), report.is_all_gone()) != (is_complete, is_all_gone) {
        return Err(format!(
            "complete and all gone are said to be {:?}, and are {:?}",
            (report.is_complete(), report.is_all_gone()),
            (is_complete, is_all_gone)
        ));
    }
    let unresolved = entries.iter().filter(|(claim, _)| claim.is_unresolved()).count() as u64;
    if report.left_open != unresolved {
        return Err(format!(
            "{} entries are said to be unresolved, of {unresolved}",
            report.left_open
        ));
    }
    let left = books.left - books.unsent;
    let has_crashed = !scenario.crashes.is_empty();
    if report.requests < left || report.requests > if has_crashed { books.commanded } else { left } {
        return Err(format!(
            "{} requests are said to have been sent; {left} may have left, of {}",
            report.requests, books.commanded
        ));
    }
    if !(books.repeats_at_least..=books.repeats_at_most).contains(&report.retries) {
        return Err(format!(
            "{} retries are said to have been made; there were {} to {}",
            report.retries, books.repeats_at_least, books.repeats_at_most
        ));
    }
    let ids = run.request_ids();
    let are_right = if has_crashed {
        ids.iter().all(|id| books.answered.contains(id))
    } else {
        ids == books.answered
    };
    if !are_right && !books.truth_only {
        return Err(format!(
            "the request ids are {ids:?}; {:?} were answered",
            books.answered
        ));
    }
    if !has_crashed && report.face_count != books.face_count && !books.truth_only {
        return Err(format!(
            "{:?} faces are said to be left, of {:?}",
            report.face_count, books.face_count
        ));
    }
    if report.ended.is_none() {
        return Err("it does not say why it ended".to_owned());
    }
    Ok(report)
}

/// Checks every claim that was ever made against the truth, when all that was on its way has arrived. A claim is about the
/// requests of its own run and those before it: what a later run removes is that run's to claim.
pub fn check_truth(books: &Books, server: &Server) -> Result<(), Violation> {
    for (run, token, outcome) in &books.claims {
        let truth = server.truth[*token as usize];
        let by_then = |happened: Option<u32>| happened.is_some_and(|first| first <= *run);
        let (is_removed, is_missed) = (by_then(truth.removed_in), by_then(truth.missed_in));
        let problem = match outcome {
            Outcome::Deleted if !is_removed => "though no request removed it",
            Outcome::Absent | Outcome::Failed | Outcome::NotSent if is_removed => "though a request removed it",
            Outcome::Absent | Outcome::AbsentAfterUncertain if !is_missed => "though no request missed it",
            Outcome::Duplicate | Outcome::Invalid => "though it is a token of its own",
            _ => continue,
        };
        return Err(format!("run {run} claims that t{token} is {outcome:?}, {problem}"));
    }
    Ok(())
}

/// A server that is honest and trouble-free is enough, however it forms its responses: everything is settled.
pub fn check_liveness(input: &Input, report: &Report) -> Result<(), Violation> {
    let has_invalid = input.numbers.contains(&None);
    let is_settled = report.ended == Some(Ended::Complete) && report.is_complete();
    if is_settled && (report.is_all_gone() || has_invalid) {
        return Ok(());
    }
    Err(format!(
        "nothing went wrong, and yet not everything was deleted: {report:?}"
    ))
}
