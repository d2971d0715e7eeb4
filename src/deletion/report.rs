//! A run in numbers.

use super::Millis;
use super::outcome::Outcome;
use crate::error::Failure;

/// Why a run came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// There was nothing left to send.
    Complete,
    /// The caller stopped it.
    Stopped,
    /// The caller aborted it.
    Aborted,
    /// There was no signature, or the environment lacked something.
    Unprepared,
    /// The deadline passed.
    Deadline,
    /// So many tokens were absent that it may be the wrong library.
    TooManyAbsent,
    /// A failure that every further request would meet.
    Failed(Failure),
    /// The server asked not to come back before this time.
    ComeBack(Millis),
}

/// How many positions have which outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; Outcome::ALL.len()]);

impl Counts {
    /// How many have this one.
    #[must_use]
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.0.get(outcome as usize).copied().unwrap_or(0)
    }

    /// How many have any.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.0.iter().sum()
    }

    /// So many more.
    pub fn add(&mut self, outcome: Outcome, more: u64) {
        if let Some(count) = self.0.get_mut(outcome as usize) {
            *count += more;
        }
    }

    /// Those that are not in the other.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut rest = Self::default();
        for outcome in Outcome::ALL {
            rest.add(outcome, self.of(outcome).saturating_sub(other.of(outcome)));
        }
        rest
    }

    /// Those of both.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        for outcome in Outcome::ALL {
            self.add(outcome, other.of(outcome));
        }
        self
    }
}

/// How many positions of the input ended in which outcome, and what it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Positions of the input.
    pub total: u64,
    /// Those that have an outcome.
    pub counts: Counts,
    /// Requests that were sent.
    pub requests: u32,
    /// Those of them that were sent again after a failure.
    pub retries: u32,
    /// For how long it was active, in milliseconds: the sum of all processes that worked on it.
    pub active_ms: Millis,
    /// Entries that another run may settle.
    pub left_open: u64,
    /// How many faces the library held after the last response that said so.
    pub face_count: Option<u64>,
    /// How far the server's clock is ahead of ours, in seconds, if it refused a signature for that.
    pub clock_correction: Option<i32>,
    /// Why it ended; nothing while it is under way.
    pub ended: Option<Ended>,
    /// Tokens that the engine tried to settle twice, which it never does: a mistake of ours, were it not 0.
    pub violations: u64,
}

impl Report {
    /// Whether each position has its one outcome.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.counts.sum() == self.total && self.violations == 0
    }

    /// Whether nothing is left to do: another run could settle nothing more.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.ended.is_some() && self.adds_up() && self.left_open == 0
    }

    /// Whether no entry's face is in the library any more, as far as the server proved it. A duplicate is gone if the entry that
    /// it repeats is.
    #[must_use]
    pub fn is_all_gone(&self) -> bool {
        const STAY: [Outcome; 4] = [Outcome::Failed, Outcome::Unknown, Outcome::NotSent, Outcome::Invalid];
        self.is_complete() && STAY.into_iter().all(|outcome| self.counts.of(outcome) == 0)
    }
}
