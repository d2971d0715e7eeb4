//! The simulator's own books: what was sent when, which response was delivered, and what that allows to be claimed and to be
//! done. Nothing in here is read from the engine; each claim of the engine is compared with it at the moment at which it is made.

use std::collections::HashSet;

use finauth_facesearch::deletion::{Finding, Millis, Options, Outcome};
use finauth_facesearch::exchange::Transport;

use crate::invariants::Violation;
use crate::judge::{Class, Proof, Statement, Verdict};

/// Unrecognised responses in sequence that end a run, and replays in a row.
const MAX_NO_CODE: u32 = 5;
const MAX_REPLAYS: u32 = 3;

/// Fewer requests given up in sequence, or lone tokens rejected, do not end a run.
const MIN_GIVEN_UP: u32 = 64;

/// So many retries a run has, and one more for each five successes (but no more than that at a time).
const MIN_BUDGET: u32 = 100;
const SUCCESSES_PER_RETRY: u32 = 5;

/// How often a throttled request goes out again.
const MAX_THROTTLED: u32 = 8;

/// A longer `Retry-After` ends the run.
const LONGEST_WAIT_MS: Millis = 60_000;

/// What can have happened to a token by what was sent of it so far; it only ever gets worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Past {
    /// No request with it left.
    #[default]
    Unsent,
    /// The server provably did nothing to it.
    Rejected,
    Uncertain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    pub outcome: Outcome,
    pub retryable: Option<bool>,
}

impl Claim {
    pub fn of(finding: &Finding) -> Self {
        Self {
            outcome: finding.outcome,
            retryable: finding.retryable,
        }
    }

    /// Whether another run may settle it.
    pub fn is_unresolved(self) -> bool {
        match self.outcome {
            Outcome::NotSent => true,
            Outcome::Failed | Outcome::Unknown => self.retryable != Some(false),
            _ => false,
        }
    }

    /// What is claimed of a token of which no response says anything.
    fn of_past(past: Past, is_retryable: bool) -> Self {
        let (outcome, retryable) = match past {
            Past::Unsent => (Outcome::NotSent, None),
            Past::Rejected => (Outcome::Failed, Some(is_retryable)),
            Past::Uncertain => (Outcome::Unknown, Some(is_retryable)),
        };
        Self { outcome, retryable }
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Token {
    pub past: Past,
    /// A request with it left, and its outcome is outstanding.
    pub is_in_flight: bool,
    /// What the present run claims; or an earlier one, for good.
    pub claim: Option<Claim>,
    /// Whether the claim is in the journal for certain.
    pub is_durable: bool,
    /// In the present run: failures, throttled requests, corrections of the clock.
    failed: u32,
    throttled: u32,
    pub is_corrected: bool,
    is_commanded: bool,
}

/// An attempt as the books have it.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub tokens: Vec<u32>,
    pub transport: Transport,
    pub has_left: bool,
    /// How much was known when it left.
    known: u64,
    is_repeat: bool,
    pub sent_at: Millis,
}

/// Counts of the present run.
#[derive(Default)]
struct OfRun {
    /// Responses without a known code, in sequence.
    no_code: u32,
    last_no_code: u64,
    /// Replays in a row; `loosely`, a reply of a proxy in between does not count.
    replays: u32,
    replays_loosely: u32,
    failures_in_sequence: u32,
    lone_rejections: u32,
    troubles: u32,
    /// Failures other than throttling after which the batch was to go out again.
    retries: u32,
    successes: u32,
    smallest_too_large: Option<usize>,
    answered: usize,
    absent: usize,
    /// First token and size of the batches that left.
    batches: HashSet<(u32, usize)>,
}

/// Whether a run may end with this exchange, and whether it has to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    pub may: bool,
    pub must: bool,
}

pub struct Books {
    pub tokens: Vec<Token>,
    pub options: Options,
    /// Counts exchanges.
    known: u64,
    of_run: OfRun,
    /// Of all runs: requests that were commanded, that left, and that provably did not.
    pub commanded: u32,
    pub left: u32,
    pub unsent: u32,
    pub repeats_at_least: u32,
    pub repeats_at_most: u32,
    pub run: u32,
    /// Every claim that was ever made, with its run, for the end, when the truth is known.
    pub claims: Vec<(u32, u32, Outcome)>,
    /// The request ids of the successes.
    pub answered: Vec<String>,
    /// As the last success says that says so.
    pub face_count: Option<u64>,
    /// Tokens whose claim is not in the journal for certain.
    fresh: Vec<u32>,
    /// Claims are compared with the truth alone.
    pub truth_only: bool,
    /// A process died: of a token that is not settled, nobody knows any more whether it was sent.
    has_risen: bool,
}

impl Books {
    pub fn new(tokens: usize, options: Options, truth_only: bool) -> Self {
        Self {
            tokens: vec![Token::default(); tokens],
            options,
            known: 0,
            of_run: OfRun::default(),
            commanded: 0,
            left: 0,
            unsent: 0,
            repeats_at_least: 0,
            repeats_at_most: 0,
            run: 0,
            claims: Vec::new(),
            answered: Vec::new(),
            face_count: None,
            fresh: Vec::new(),
            truth_only,
            has_risen: false,
        }
    }

    /// Another run begins, in the same process.
    pub fn next_run(&mut self) {
        self.run += 1;
        self.of_run = OfRun::default();
        for token in &mut self.tokens {
            if token.claim.is_some_and(Claim::is_unresolved) {
                (token.claim, token.is_durable) = (None, false);
            }
            (token.failed, token.throttled) = (0, 0);
            (token.is_corrected, token.is_commanded) = (false, false);
        }
    }

    /// The journal is on disk up to here.
    pub fn flushed(&mut self) {
        for token in self.fresh.drain(..) {
            self.tokens[token as usize].is_durable = true;
        }
    }

    /// The process died, and another one read its journal: what it found of each token there. Where lines may be lost, any token
    /// that is not settled may have been sent.
    pub fn risen(
        &mut self,
        found: impl Iterator<Item = (u32, Claim)>,
        lines_may_be_lost: bool,
    ) -> Result<(), Violation> {
        self.fresh.clear();
        self.has_risen = true;
        for (token, restored) in found {
            let books = &mut self.tokens[token as usize];
            if std::mem::take(&mut books.is_in_flight) {
                books.past = Past::Uncertain;
            }
            let mut known = books.claim.take();
            if lines_may_be_lost && known.is_none_or(Claim::is_unresolved) {
                books.past = Past::Uncertain;
                known = known.map(|_| Claim::of_past(Past::Uncertain, true));
            }
            if known == Some(restored) {
                books.claim = known;
                books.is_durable = true;
                continue;
            }
            if books.is_durable && !self.truth_only {
                return Err(format!(
                    "t{token} was {known:?} in the journal, and is read as {restored:?}"
                ));
            }
            // What was not written before the process died may have happened, as far as the journal knows.
            let past = match restored.outcome {
                Outcome::NotSent => Past::Unsent,
                Outcome::Failed => Past::Rejected,
                Outcome::Unknown => Past::Uncertain,
                _ if self.truth_only => Past::Uncertain,
                _ => return Err(format!("t{token} is read as {restored:?}, which was never claimed")),
            };
            if past < books.past && !self.truth_only {
                return Err(format!("t{token} is read as {restored:?}, and it was {:?}", books.past));
            }
            books.past = past;
        }
        Ok(())
    }

    /// The engine wants these to be sent.
    pub fn command(
        &mut self,
        tokens: Vec<u32>,
        transport: Transport,
        now: Millis,
        is_whole: bool,
    ) -> Result<Attempt, Violation> {
        self.commanded += 1;
        let max_retries = self.options.retry.max_retries;
        let size = tokens.len();
        if size > 1 && !is_whole && self.of_run.smallest_too_large.is_some_and(|rejected| size >= rejected) {
            return Err(format!(
                "a batch of {size}, after one of {:?} was too large",
                self.of_run.smallest_too_large
            ));
        }
        let first = self.tokens[tokens[0] as usize];
        self.repeats_at_most += u32::from(first.is_commanded);
        for number in &tokens {
            let token = &mut self.tokens[*number as usize];
            if let Some(claim) = token.claim {
                return Err(format!("sent t{number} again, which is {claim:?} already"));
            }
            if token.is_in_flight {
                return Err(format!("sent t{number}, which is in flight"));
            }
            if token.failed > max_retries || token.throttled > MAX_THROTTLED {
                return Err(format!(
                    "sent t{number} after {} failures",
                    token.failed + token.throttled
                ));
            }
            token.is_commanded = true;
        }
        Ok(Attempt {
            tokens,
            transport,
            has_left: false,
            known: 0,
            is_repeat: false,
            sent_at: now,
        })
    }

    /// It leaves.
    pub fn depart(&mut self, attempt: &mut Attempt) {
        self.left += 1;
        attempt.has_left = true;
        attempt.known = self.known;
        attempt.is_repeat = !self.of_run.batches.insert((attempt.tokens[0], attempt.tokens.len()));
        self.repeats_at_least += u32::from(attempt.is_repeat);
        for token in &attempt.tokens {
            self.tokens[*token as usize].is_in_flight = true;
        }
    }

    /// The engine gave it up.
    pub fn give_up(&mut self, attempt: &Attempt) {
        for token in &attempt.tokens {
            let token = &mut self.tokens[*token as usize];
            if std::mem::take(&mut token.is_in_flight) {
                token.past = Past::Uncertain;
            }
        }
    }

    /// An exchange is delivered. `is_correctable`: whether a correct client can sign again by the server's clock.
    pub fn deliver(&mut self, attempt: &Attempt, verdict: &Verdict, is_correctable: Option<bool>) -> Ending {
        self.known += 1;
        if attempt.has_left && verdict.proof == Proof::NotSent {
            self.unsent += 1;
            self.repeats_at_least -= u32::from(attempt.is_repeat);
        }
        for (at, number) in attempt.tokens.iter().enumerate() {
            let token = &mut self.tokens[*number as usize];
            token.is_in_flight = false;
            match &verdict.proof {
                Proof::NotSent => {}
                Proof::Uncertain => token.past = Past::Uncertain,
                Proof::Nothing { .. } if verdict.is_rejection(attempt.transport) => {
                    token.past = token.past.max(Past::Rejected);
                }
                Proof::Nothing { .. } => token.past = Past::Uncertain,
                Proof::Done(statements) => {
                    if statements[at] != Statement::Absent || token.past != Past::Uncertain {
                        self.of_run.answered += 1;
                        self.of_run.absent += usize::from(statements[at] == Statement::Absent);
                    }
                }
            }
        }
        let is_lone = attempt.tokens.len() == 1;
        let run = &mut self.of_run;
        let mut ending = Ending {
            may: false,
            must: false,
        };
        if verdict.class == Class::Success {
            run.successes += 1;
            (run.no_code, run.replays, run.replays_loosely, run.failures_in_sequence) = (0, 0, 0, 0);
            if let Some(most) = self.options.most_absent {
                ending.may = self.has_risen || run.absent as f64 > most * run.answered as f64;
                ending.must = ending.may && run.answered >= 50 && !self.has_risen;
            }
            return ending;
        }
        run.failures_in_sequence += 1;
        if verdict.class == Class::NoCode && attempt.known >= run.last_no_code {
            run.no_code += 1;
            run.last_no_code = self.known;
        }
        if verdict.class == Class::Replay {
            run.replays += 1;
            run.replays_loosely += 1;
        } else if verdict.is_response {
            run.replays = 0;
            run.replays_loosely = 0;
        }
        if verdict.class == Class::TooLarge {
            let size = attempt.tokens.len();
            run.smallest_too_large = Some(run.smallest_too_large.map_or(size, |least| least.min(size)));
        }
        if is_lone && matches!(verdict.class, Class::TooLarge | Class::Blame | Class::Doubt) {
            run.lone_rejections += 1;
        }
        ending.must = match verdict.class {
            Class::Fatal => true,
            Class::Expired => is_correctable == Some(false),
            Class::NoCode => run.no_code >= MAX_NO_CODE,
            Class::Replay => run.replays >= MAX_REPLAYS,
            _ => false,
        } || verdict.retry_after_ms.is_some_and(|wait| wait > LONGEST_WAIT_MS);
        ending.may = ending.must
            || (verdict.class == Class::Expired && is_correctable.is_none())
            || (verdict.class == Class::Replay && run.replays_loosely >= MAX_REPLAYS)
            || run.failures_in_sequence > MIN_GIVEN_UP
            || run.lone_rejections > MIN_GIVEN_UP;
        ending
    }

    /// A proxy's reply may or may not come between two replays.
    pub fn proxy_replied(&mut self) {
        self.of_run.replays = 0;
    }

    /// Compares a claim with what the books allow. `by`: the exchange that settled it, if one did; `went_on`: the run did not end.
    pub fn check_claim(
        &mut self,
        number: u32,
        claim: Claim,
        by: Option<(&Attempt, &Verdict)>,
        went_on: bool,
    ) -> Result<(), Violation> {
        let token = &mut self.tokens[number as usize];
        let by = by.and_then(|(attempt, verdict)| {
            let at = attempt.tokens.iter().position(|token| *token == number)?;
            Some((at, attempt, verdict))
        });
        let expected = match by {
            Some((
                at,
                attempt,
                Verdict {
                    proof: Proof::Done(statements),
                    ..
                },
            )) => {
                let may_be_a_copy = attempt.transport == Transport::MayResend;
                let is_certain = token.past != Past::Uncertain && !may_be_a_copy;
                token.past = token
                    .past
                    .max(if may_be_a_copy { Past::Uncertain } else { Past::Rejected });
                let (outcome, retryable) = match (statements[at], is_certain) {
                    (Statement::Removed, _) => (Outcome::Deleted, None),
                    (Statement::Absent, true) => (Outcome::Absent, None),
                    (Statement::Absent, false) => (Outcome::AbsentAfterUncertain, None),
                    (Statement::Other, true) => (Outcome::Failed, Some(true)),
                    (Statement::Other, false) => (Outcome::Unknown, Some(true)),
                };
                Claim { outcome, retryable }
            }
            Some((_, attempt, verdict)) => {
                let size = attempt.tokens.len();
                if went_on && !self.truth_only {
                    let has_tried = match verdict.class {
                        Class::Blame | Class::Doubt | Class::TooLarge => size == 1 || self.options.whole,
                        Class::Throttled => token.throttled >= MAX_THROTTLED,
                        _ => token.failed >= self.options.retry.max_retries || self.of_run.troubles >= MIN_BUDGET,
                    };
                    if !has_tried {
                        return Err(format!(
                            "t{number} was given up after {} failures, with {:?}",
                            token.failed + token.throttled,
                            verdict.class
                        ));
                    }
                }
                Claim::of_past(token.past, !(size == 1 && verdict.class == Class::Blame))
            }
            None if token.is_in_flight => Claim::of_past(Past::Uncertain, true),
            None => Claim::of_past(token.past, true),
        };
        if let Some(claim) = token.claim {
            return Err(format!("t{number} is settled twice, and was {claim:?}"));
        }
        if claim != expected && !self.truth_only {
            return Err(format!(
                "t{number} is said to be {claim:?}; {expected:?} is what the books allow, by {:?}",
                by.map(|(_, _, verdict)| verdict)
            ));
        }
        token.claim = Some(claim);
        token.is_durable = false;
        self.fresh.push(number);
        self.claims.push((self.run, number, claim.outcome));
        Ok(())
    }

    /// Counts the failure of an attempt, once what it settled was checked.
    pub fn count_failure(&mut self, attempt: &Attempt, verdict: &Verdict) -> Result<(), Violation> {
        let (mut failed, mut throttled, mut corrected) = (0, 0, false);
        match verdict.class {
            Class::Success | Class::Fatal | Class::TooLarge | Class::Blame | Class::Doubt => {}
            Class::Expired => corrected = true,
            Class::Throttled => throttled = 1,
            Class::Trouble | Class::NoCode | Class::Replay => {
                failed = 1;
                let run = &mut self.of_run;
                run.troubles += 1;
                run.retries += u32::from(self.tokens[attempt.tokens[0] as usize].claim.is_none());
                if run.retries > MIN_BUDGET + run.successes / SUCCESSES_PER_RETRY {
                    return Err(format!("{} retries after {} successes", run.retries, run.successes));
                }
            }
        }
        for token in &attempt.tokens {
            let token = &mut self.tokens[*token as usize];
            token.failed += failed;
            token.throttled += throttled;
            token.is_corrected |= corrected;
        }
        Ok(())
    }
}
