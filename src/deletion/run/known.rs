//! What is known of a run, at any time.

use super::Run;
use crate::delete_faces::Removal;
use crate::deletion::Millis;
use crate::deletion::journal::Begun;
use crate::deletion::outcome::{self, Finding, Outcome, TokenOutcome};
use crate::deletion::progress::{Progress, Waiting};
use crate::deletion::report::{Counts, Report};
use crate::error::Failure;
use crate::selection::Selection;

impl Run {
    /// What is known so far, in numbers. After the end it adds up, or says by how much it does not.
    #[must_use]
    pub fn report(&self) -> Report {
        let mut report = Report {
            total: self.selection.total(),
            counts: self.ledger.counts().plus(&self.never_sent()),
            requests: self.requests,
            retries: self.retries,
            active_ms: self.meter.active(),
            left_open: self.ledger.counts_left_open().sum(),
            face_count: self.face_count,
            clock_correction: self.clock_correction,
            ended: self.ended.clone(),
            violations: self.ledger.violations(),
        };
        if let Some(before) = &self.carried {
            report.total = before.total;
            report.counts = report.counts.plus(&before.counts);
            report.requests = report.requests.saturating_add(before.requests);
            report.retries = report.retries.saturating_add(before.retries);
            report.active_ms = report.active_ms.saturating_add(before.active_ms);
            report.face_count = report.face_count.or(before.face_count);
            report.violations = report.violations.saturating_add(before.violations);
        }
        report
    }

    /// How it gets on.
    #[must_use]
    pub fn progress(&self, now: Millis) -> Progress {
        let waiting = match self.next_time(now) {
            _ if !self.in_flight.is_empty() && self.pace.frozen_until() <= now => Waiting::Answers,
            Some(_) if self.pace.frozen_until() > now && self.ended.is_none() => {
                Waiting::ServerPause(self.pace.frozen_until() - now)
            }
            Some(at) if at > now && self.ended.is_none() => Waiting::Retry(at - now),
            _ if !self.in_flight.is_empty() => Waiting::Answers,
            _ => Waiting::Nothing,
        };
        let pause = match waiting {
            Waiting::ServerPause(pause) => pause,
            _ => 0,
        };
        let open = (self.selection.count() as u64).saturating_sub(self.ledger.counts().sum());
        Progress {
            concurrency: self.pace.limit(),
            in_flight: u32::try_from(self.in_flight.len()).unwrap_or(u32::MAX),
            batch_size: self.pace.batch_size(),
            per_second: self.meter.per_second(now),
            waiting,
            remaining: self.meter.estimate(now, open, pause).filter(|_| self.ended.is_none()),
        }
    }

    /// Positions that are never sent.
    pub(super) fn never_sent(&self) -> Counts {
        let mut counts = Counts::default();
        counts.add(Outcome::Duplicate, self.selection.duplicates());
        counts.add(Outcome::Invalid, self.selection.invalid());
        counts
    }

    /// Whether it takes up what another run left open.
    #[must_use]
    pub const fn goes_on(&self) -> bool {
        self.carried.is_some()
    }

    /// Whether all its entries are left to another run.
    #[must_use]
    pub fn has_settled_nothing(&self) -> bool {
        self.ledger.counts_left_open().sum() == self.selection.count() as u64 && self.never_sent().sum() == 0
    }

    /// How many entries it lists as settled, with those that are never sent; without those that are left to another run, if
    /// there is one.
    #[must_use]
    pub fn listed(&self, is_last: bool) -> u64 {
        let left = if is_last {
            0
        } else {
            self.ledger.counts_left_open().sum()
        };
        (self.ledger.listed() + self.never_sent().sum()).saturating_sub(left)
    }

    /// When the server wants to be asked again, if it said so and there is something left to ask.
    #[must_use]
    pub fn quiet_until(&self) -> Option<Millis> {
        let at = self.pace.frozen_until();
        (at > 0 && self.ledger.counts_left_open().sum() > 0).then_some(at)
    }

    /// What to add to our clock to get the server's time, in seconds, for the signatures to come.
    #[must_use]
    pub const fn clock_correction(&self) -> Option<i32> {
        self.clock_correction
    }

    /// What was found of the distinct token at a position; nothing while it is open.
    #[must_use]
    pub fn finding(&self, position: usize) -> Option<&Finding> {
        self.ledger.finding(position)
    }

    /// The last consistent answer.
    #[must_use]
    pub const fn last_answer(&self) -> Option<&Removal> {
        self.last_answer.as_ref()
    }

    /// The last attempt that failed.
    #[must_use]
    pub const fn last_failure(&self) -> Option<&Failure> {
        self.last_failure.as_ref()
    }

    /// The outcome of each position of the input. A token that is still open is unknown.
    #[must_use]
    pub fn outcomes(&self) -> Vec<TokenOutcome> {
        outcome::by_position(&self.selection, |position| self.ledger.finding(position).cloned())
    }

    /// The findings so far, each once; it only ever grows.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        self.ledger.findings()
    }

    /// For the distinct tokens from `start` to before `end`, the position in `findings`, plus 1; 0 while one is open.
    #[must_use]
    pub fn finding_numbers(&self, start: usize, end: usize) -> &[u16] {
        self.ledger.numbers(start, end)
    }

    /// The ranges of distinct tokens in the order in which they were settled; it only ever grows.
    #[must_use]
    pub fn settled(&self) -> &[(u32, u32)] {
        self.ledger.order()
    }

    /// Which run it is, if that was said, by this process or in the journal.
    #[must_use]
    pub const fn begun(&self) -> Option<&Begun> {
        self.begun.as_ref()
    }

    /// The server's ids of the requests that it answered so that they count, in the order of the answers; those of the run
    /// before as well. An id that is not one word of at most 64 ASCII characters is left out.
    #[must_use]
    pub fn request_ids(&self) -> &[String] {
        &self.request_ids
    }

    /// The tokens of this run.
    #[must_use]
    pub fn selection(&self) -> &Selection {
        &self.selection
    }
}
