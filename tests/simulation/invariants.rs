//! What must hold, whatever happens.

use std::collections::HashSet;

use finauth_facesearch::deletion::{Counts, Ended, Millis, Options, Outcome, Run, TokenOutcome};

use crate::scenario::Scenario;
use crate::server::Server;
use crate::world::Played;

/// What is broken, in words.
pub type Violation = String;

/// What the engine did, for the checks.
#[derive(Default)]
pub struct Witness {
    /// Every token of every request that may have left.
    pub transmitted: HashSet<String>,
    /// How many requests the engine told to send, and how many of them may have left.
    pub commanded: u32,
    pub departed: u32,
    /// How many left although the run had ended before.
    pub left_after_the_end: u32,
    /// When the caller stopped or aborted, or the engine said that it ended.
    pub ended_at: Option<Millis>,
    /// The server asked for quiet until then.
    pub quiet_until: Millis,
    /// What the runs before this one settled.
    pub settled: HashSet<String>,
}

/// Checks a request at the moment at which it goes out.
pub fn check_send(
    options: &Options,
    run: &Run,
    witness: &Witness,
    now: Millis,
    tokens: &[String],
    in_flight: usize,
) -> Result<(), Violation> {
    if witness.ended_at.is_some() {
        return Err(format!("sent at {now}, after the end at {:?}", witness.ended_at));
    }
    if now < witness.quiet_until {
        return Err(format!(
            "sent at {now}, though the server asked to wait until {}",
            witness.quiet_until
        ));
    }
    if options.deadline.is_some_and(|deadline| now >= deadline) {
        return Err(format!("sent at {now}, after the deadline"));
    }
    if in_flight > options.concurrency.max as usize {
        return Err(format!("{in_flight} requests at a time"));
    }
    if tokens.is_empty() || tokens.len() > options.batch_size {
        return Err(format!("{} tokens in a request", tokens.len()));
    }
    for token in tokens {
        if token.is_empty() || token.eq_ignore_ascii_case("RemoveAllFaceTokens") {
            return Err(format!("sent {token:?}"));
        }
        if witness.settled.contains(token) {
            return Err(format!("sent {token} again, which the run before had settled"));
        }
        let position = (0..run.selection().count())
            .find(|at| run.selection().token(*at).is_some_and(|text| text.as_str() == token));
        let settled = position.and_then(|at| run.finding(at));
        if let Some(finding) = settled {
            return Err(format!("sent {token} again, which is {:?} already", finding.outcome));
        }
    }
    Ok(())
}

/// Checks the claims when all is over, and what was still on its way has arrived.
pub fn check_end(scenario: &Scenario, played: &Played, witness: &Witness, server: &Server) -> Result<(), Violation> {
    let report = played.run.report();
    if !report.adds_up() || report.total != scenario.input.len() as u64 {
        return Err(format!("the counts do not add up: {report:?}"));
    }
    if witness.left_after_the_end > 0 {
        return Err(format!("{} requests left after the end", witness.left_after_the_end));
    }
    if !(witness.departed..=witness.commanded).contains(&report.requests) {
        return Err(format!(
            "{} requests are said to have been sent; {} may have left, of {}",
            report.requests, witness.departed, witness.commanded
        ));
    }
    let outcomes = &played.claims;
    let mut counts = Counts::default();
    for claim in outcomes {
        counts.add(claim.finding.outcome, 1);
    }
    if counts != report.counts {
        return Err(format!(
            "the report counts {:?}, its outcomes are {counts:?}",
            report.counts
        ));
    }
    if outcomes.len() != scenario.input.len() {
        return Err(format!(
            "{} outcomes for {} positions",
            outcomes.len(),
            scenario.input.len()
        ));
    }
    let mut seen = HashSet::new();
    for (index, (claimed, token)) in outcomes.iter().zip(&scenario.input).enumerate() {
        let claim = claimed.finding.outcome;
        let removed = server.removed_by_run.contains(token);
        let problem = match claim {
            Outcome::Deleted if !removed => "though no call removed it",
            Outcome::Absent | Outcome::Failed | Outcome::NotSent if removed => "though a call removed it",
            Outcome::NotSent if witness.transmitted.contains(token) => "though it was transmitted",
            Outcome::Absent | Outcome::AbsentAfterUncertain if !server.found_missing.contains(token) => {
                "though the server never missed it"
            }
            Outcome::Duplicate if !seen.contains(token) || claimed.of.is_none_or(|of| of >= index) => {
                "though it stands nowhere before"
            }
            Outcome::Invalid if witness.transmitted.contains(token) => "and transmitted",
            Outcome::Deleted
            | Outcome::Absent
            | Outcome::AbsentAfterUncertain
            | Outcome::Failed
            | Outcome::Unknown
            | Outcome::NotSent
                if !seen.insert(token) =>
            {
                "for the second time"
            }
            _ => continue,
        };
        return Err(format!("position {index}, {token}: {claim:?}, {problem}"));
    }
    match report.ended {
        None => Err("it does not say why it ended".to_owned()),
        Some(Ended::Failed(failure))
            if failure.detail.as_deref() == Some("EXPIRED_SIGN")
                && scenario.date_is_readable
                && scenario.clock_ahead.abs() <= 86_400
                && scenario.options.retry.max_retries > 0 =>
        {
            Err("it gave up on a clock that could have been put right".to_owned())
        }
        Some(_) => Ok(()),
    }
}

/// Takes what a run claims over what was claimed before.
pub fn merge(claims: &mut Vec<TokenOutcome>, run: &Run) {
    if claims.is_empty() {
        *claims = run.outcomes();
        return;
    }
    for position in 0..run.selection().count() {
        let index = run.selection().index_of(position);
        if let (Some(claim), Some(finding)) = (index.and_then(|at| claims.get_mut(at)), run.finding(position)) {
            claim.finding = finding.clone();
        }
    }
}
