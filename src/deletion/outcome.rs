//! The outcome of each token, claimed only as far as the server proved it.

use crate::codes::{Blame, blame};
use crate::delete_faces::Removal;
use crate::error::{Delivery, Failure, Kind};
use crate::exchange::Transport;
use crate::selection::{ExceptionKind, Selection};

/// What happened to one token. The facade knows the variants by their position, as [`Counts`](super::Counts) does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// A consistent answer says that our call removed it.
    Deleted,
    /// It was not in the library, and nothing that we sent can have removed it.
    Absent,
    /// It was not in the library, and something that we sent may have removed it before: gone either way.
    AbsentAfterUncertain,
    /// It was refused, and nothing that we sent can have removed it.
    Failed,
    /// It may have been removed.
    Unknown,
    /// It was never sent.
    NotSent,
    /// The same token stands earlier in the input; it was sent once.
    Duplicate,
    /// It is not a token; it was never sent.
    Invalid,
}

impl Outcome {
    /// As the package, and a journal, call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Absent => "absent",
            Self::AbsentAfterUncertain => "absent-after-uncertain",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::NotSent => "not-sent",
            Self::Duplicate => "duplicate",
            Self::Invalid => "invalid",
        }
    }

    /// All of them, each at its position.
    pub const ALL: [Self; 8] = [
        Self::Deleted,
        Self::Absent,
        Self::AbsentAfterUncertain,
        Self::Failed,
        Self::Unknown,
        Self::NotSent,
        Self::Duplicate,
        Self::Invalid,
    ];
}

/// Why an outcome is what it is, where the outcome alone does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Because {
    /// A browser may have sent the request twice without telling.
    TransportMayResend,
    /// An earlier attempt may have taken effect.
    EarlierAttempt,
    /// A process before did not end in order; it may have sent more than its journal says.
    EarlierProcess,
    /// The server asked to slow down.
    Throttled,
    /// The whole request was refused.
    RequestRefused,
    /// The server or a gateway failed.
    ServerError,
    /// The answer was unreadable or contradicted itself.
    UnprovenAnswer,
    /// No connection, or it broke.
    Connection,
    /// The time ran out.
    Timeout,
    /// The caller aborted.
    Aborted,
    /// There was no signature, or the environment lacked something.
    Unprepared,
    /// The run ended before it was this token's turn.
    RunEnded,
}

impl Because {
    /// As the package, and a journal, call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TransportMayResend => "transport-may-resend",
            Self::EarlierAttempt => "earlier-attempt",
            Self::EarlierProcess => "earlier-process",
            Self::Throttled => "throttled",
            Self::RequestRefused => "request-refused",
            Self::ServerError => "server-error",
            Self::UnprovenAnswer => "unproven-answer",
            Self::Connection => "connection",
            Self::Timeout => "timeout",
            Self::Aborted => "aborted",
            Self::Unprepared => "unprepared",
            Self::RunEnded => "run-ended",
        }
    }

    /// All of them.
    pub(super) const ALL: [Self; 12] = [
        Self::TransportMayResend,
        Self::EarlierAttempt,
        Self::EarlierProcess,
        Self::Throttled,
        Self::RequestRefused,
        Self::ServerError,
        Self::UnprovenAnswer,
        Self::Connection,
        Self::Timeout,
        Self::Aborted,
        Self::Unprepared,
        Self::RunEnded,
    ];
}

/// An outcome with the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What happened.
    pub outcome: Outcome,
    /// The server's reason for this token, or the code with which it refused the request.
    pub reason: Option<String>,
    /// Why, where it was not the server's answer for this token.
    pub because: Option<Because>,
    /// For `failed` and `unknown`: whether another run may settle it, later, or once the cause that the reason names is fixed.
    pub retryable: Option<bool>,
}

/// What was sent of a token before, at the worst. It only ever gets worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// Nothing.
    NeverSent,
    /// Every request with it was refused before the server acted.
    Rejected,
    /// A request with it may have taken effect.
    Uncertain(Because),
}

impl History {
    /// Those that one run can leave to another.
    pub(super) const CARRIED: [Self; 4] = [
        Self::NeverSent,
        Self::Rejected,
        Self::Uncertain(Because::EarlierProcess),
        Self::Uncertain(Because::EarlierAttempt),
    ];

    /// What it is after one more attempt that failed.
    #[must_use]
    pub const fn after(self, failure: &Failure) -> Self {
        match (self, failure.delivery) {
            (_, Delivery::NotSent) | (Self::Uncertain(_), Delivery::Rejected) => self,
            (_, Delivery::Rejected) => Self::Rejected,
            // An answer without a verdict is no proof of anything.
            (_, Delivery::MaybeApplied | Delivery::Applied) => Self::Uncertain(Because::EarlierAttempt),
        }
    }

    /// What it is when an answer arrives: over some transports a hidden copy of the request may have gone first.
    #[must_use]
    pub const fn over(self, transport: Transport) -> Self {
        match (self, transport) {
            (Self::NeverSent | Self::Rejected, Transport::MayResend) => Self::Uncertain(Because::TransportMayResend),
            _ => self,
        }
    }
}

impl Finding {
    /// What another run has to know of a token that this finding leaves open; nothing if it leaves nothing open.
    #[must_use]
    pub const fn left_open(&self) -> Option<History> {
        match (self.outcome, self.retryable) {
            (Outcome::NotSent, _) => Some(History::NeverSent),
            (Outcome::Failed, Some(true)) => Some(History::Rejected),
            (Outcome::Unknown, None | Some(true)) => Some(History::Uncertain(match self.because {
                Some(Because::EarlierProcess) => Because::EarlierProcess,
                _ => Because::EarlierAttempt,
            })),
            _ => None,
        }
    }

    /// An outcome that needs no more evidence.
    #[must_use]
    pub const fn plain(outcome: Outcome) -> Self {
        Self {
            outcome,
            reason: None,
            because: None,
            retryable: None,
        }
    }

    /// A token that a consistent answer lists as not removed, after this history.
    #[must_use]
    pub fn of_kept(reason: &str, history: History) -> Self {
        let (outcome, because, retryable) = match (is_absent(reason), history) {
            (true, History::Uncertain(because)) => (Outcome::AbsentAfterUncertain, Some(because), None),
            (true, _) => (Outcome::Absent, None, None),
            // Nobody saw what the request before it did to this token.
            (_, History::Uncertain(because)) => (Outcome::Unknown, Some(because), Some(true)),
            // Only one reason is documented; any other may pass.
            (_, _) => (Outcome::Failed, None, Some(true)),
        };
        Self {
            outcome,
            reason: Some(reason.to_owned()),
            because,
            retryable,
        }
    }

    /// A token whose last attempt, with so many tokens, failed, with the history that includes it.
    #[must_use]
    pub fn of_failure(failure: &Failure, history: History, tokens: usize) -> Self {
        // A rejection of the request says nothing about its tokens, unless there is only one: nothing can settle that one.
        let is_final = tokens == 1 && blame(failure) == Blame::Token;
        let (outcome, retryable) = match history {
            History::NeverSent => (Outcome::NotSent, None),
            History::Rejected => (Outcome::Failed, Some(!is_final)),
            History::Uncertain(_) => (Outcome::Unknown, Some(!is_final)),
        };
        Self {
            outcome,
            reason: failure.status.map(|_| failure.code.clone()),
            because: Some(because(failure)),
            retryable,
        }
    }

    /// A token that was waiting for its next attempt when the run ended; `last` is why the one before failed.
    #[must_use]
    pub const fn of_waiting(history: History, last: Because) -> Self {
        let (outcome, because, retryable) = match history {
            History::NeverSent => (Outcome::NotSent, last, None),
            History::Rejected => (Outcome::Failed, last, Some(true)),
            History::Uncertain(Because::EarlierProcess) => (Outcome::Unknown, Because::EarlierProcess, Some(true)),
            History::Uncertain(_) => (Outcome::Unknown, last, Some(true)),
        };
        Self {
            outcome,
            reason: None,
            because: Some(because),
            retryable,
        }
    }
}

/// Whether the server's reason for a token says that the library does not hold it.
pub(super) fn is_absent(reason: &str) -> bool {
    reason == "FACE_NOT_IN_GROUP"
}

pub(super) const fn because(failure: &Failure) -> Because {
    match failure.kind {
        Kind::Throttled => Because::Throttled,
        Kind::Server => Because::ServerError,
        Kind::Protocol => Because::UnprovenAnswer,
        Kind::Connection => Because::Connection,
        Kind::Timeout => Because::Timeout,
        Kind::Abort => Because::Aborted,
        // Not the server's word, perhaps: nothing was refused.
        _ if failure.unrecognised => Because::ServerError,
        Kind::Api | Kind::Authentication | Kind::Permission | Kind::GroupNotFound | Kind::BadRequest => {
            Because::RequestRefused
        }
    }
}

/// One position of the input with what was found of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenOutcome {
    /// The position in the input.
    pub index: usize,
    /// What happened, and the evidence.
    pub finding: Finding,
    /// For a duplicate: the position of the token that was sent.
    pub of: Option<usize>,
}

/// Says for each position of the input what happened to it, after one attempt.
#[must_use]
pub fn settle(selection: &Selection, verdict: &Result<Removal, Failure>, transport: Transport) -> Vec<TokenOutcome> {
    let of_batch = match verdict {
        Ok(removal) => answered(selection.count(), removal, History::NeverSent.over(transport)),
        Err(failure) => {
            let count = selection.count();
            vec![Finding::of_failure(failure, History::NeverSent.after(failure), count); count]
        }
    };
    by_position(selection, |position| of_batch.get(position).cloned())
}

/// What a consistent answer says of each token of a batch.
#[must_use]
pub fn answered(count: usize, removal: &Removal, history: History) -> Vec<Finding> {
    let mut findings = vec![Finding::plain(Outcome::Deleted); count];
    for kept in &removal.kept {
        if let Some(finding) = findings.get_mut(kept.position) {
            *finding = Finding::of_kept(&kept.reason, history);
        }
    }
    findings
}

/// The outcome of each position of the input, from that of each distinct token. Not for a subset, whose positions are
/// those of a larger input.
pub fn by_position(selection: &Selection, found: impl Fn(usize) -> Option<Finding>) -> Vec<TokenOutcome> {
    // Were there ever no finding, nothing would be claimed.
    let mut outcomes: Vec<TokenOutcome> = (0..selection.total() as usize)
        .map(|index| TokenOutcome {
            index,
            finding: Finding::plain(Outcome::Unknown),
            of: None,
        })
        .collect();
    for (position, index) in selection.indexes(0, selection.count()).enumerate() {
        if let (Some(outcome), Some(finding)) = (outcomes.get_mut(index), found(position)) {
            outcome.finding = finding;
        }
    }
    for exception in selection.exceptions() {
        if let Some(outcome) = outcomes.get_mut(exception.index as usize) {
            (outcome.finding, outcome.of) = match exception.kind {
                ExceptionKind::DuplicateOf(position) => (
                    Finding::plain(Outcome::Duplicate),
                    selection.index_of(position as usize),
                ),
                ExceptionKind::Invalid(_) => (Finding::plain(Outcome::Invalid), None),
            };
        }
    }
    outcomes
}
