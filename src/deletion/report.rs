//! A run in numbers.

use super::Millis;
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

/// How many positions of the input ended in which outcome, and what it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Positions of the input.
    pub total: u64,
    /// [`Outcome::Deleted`](super::Outcome::Deleted)
    pub deleted: u64,
    /// [`Outcome::Absent`](super::Outcome::Absent)
    pub absent: u64,
    /// [`Outcome::AbsentAfterUncertain`](super::Outcome::AbsentAfterUncertain)
    pub absent_after_uncertain: u64,
    /// [`Outcome::Failed`](super::Outcome::Failed)
    pub failed: u64,
    /// [`Outcome::Unknown`](super::Outcome::Unknown)
    pub unknown: u64,
    /// [`Outcome::NotSent`](super::Outcome::NotSent)
    pub not_sent: u64,
    /// [`Outcome::Duplicate`](super::Outcome::Duplicate)
    pub duplicate: u64,
    /// [`Outcome::Invalid`](super::Outcome::Invalid)
    pub invalid: u64,
    /// Requests that were sent.
    pub requests: u32,
    /// Those of them that were sent again after a failure.
    pub retries: u32,
    /// How many faces the library held after the last answer.
    pub face_count: Option<u64>,
    /// Why it ended; nothing while it is under way.
    pub ended: Option<Ended>,
    /// Tokens that the engine tried to settle twice, which it never does: a mistake of ours, were it not 0.
    pub violations: u64,
}

impl Report {
    /// The positions that have an outcome.
    #[must_use]
    pub const fn settled(&self) -> u64 {
        self.deleted
            + self.absent
            + self.absent_after_uncertain
            + self.failed
            + self.unknown
            + self.not_sent
            + self.duplicate
            + self.invalid
    }

    /// Whether each position has its one outcome.
    #[must_use]
    pub const fn adds_up(&self) -> bool {
        self.settled() == self.total && self.violations == 0
    }
}
