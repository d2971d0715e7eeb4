//! The outcome of each token, claimed only as far as the server proved it.

use crate::delete_faces::Removal;
use crate::error::{Delivery, Failure, Kind};
use crate::exchange::Transport;
use crate::token::{Place, Selection};

/// What happened to one token. The facade knows the variants by their position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

/// Why an outcome is what it is, where the outcome alone does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "js", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Because {
    /// A browser may have sent the request twice without telling.
    TransportMayResend,
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
}

/// One position of the input with its outcome and the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenOutcome {
    /// The position in the input.
    pub index: usize,
    /// What happened.
    pub outcome: Outcome,
    /// The server's reason for this token, or the code with which it refused the request.
    pub reason: Option<String>,
    /// Why, where it was not the server's answer for this token.
    pub because: Option<Because>,
    /// For a failure: whether trying again later can help.
    pub retryable: Option<bool>,
    /// For a duplicate: the position of the token that was sent.
    pub of: Option<usize>,
}

/// Says for each position of the input what happened to it, after one attempt.
#[must_use]
pub fn settle(selection: &Selection, verdict: &Result<Removal, Failure>, transport: Transport) -> Vec<TokenOutcome> {
    let mut of_batch = match verdict {
        Ok(removal) => answered(selection.batch().count(), removal, transport),
        Err(failure) => vec![unanswered(failure); selection.batch().count()],
    };
    let places = selection.places().iter().enumerate();
    places
        .map(|(index, place)| match *place {
            Place::InBatch(position) => {
                // Each position of the batch is taken once: it belongs to one position of the input.
                let settled = of_batch.get_mut(position).map(core::mem::take).unwrap_or_default();
                TokenOutcome { index, ..settled }
            }
            Place::DuplicateOf(of) => TokenOutcome {
                index,
                outcome: Outcome::Duplicate,
                of: Some(of),
                ..TokenOutcome::default()
            },
        })
        .collect()
}

fn answered(count: usize, removal: &Removal, transport: Transport) -> Vec<TokenOutcome> {
    let deleted = TokenOutcome {
        outcome: Outcome::Deleted,
        ..TokenOutcome::default()
    };
    let mut outcomes = vec![deleted; count];
    for kept in &removal.kept {
        let Some(outcome) = outcomes.get_mut(kept.position) else {
            continue;
        };
        let (what, because, retryable) = match (kept.reason.as_str(), transport) {
            ("FACE_NOT_IN_GROUP", Transport::TransmitsOnce) => (Outcome::Absent, None, None),
            ("FACE_NOT_IN_GROUP", Transport::MayResend) => {
                (Outcome::AbsentAfterUncertain, Some(Because::TransportMayResend), None)
            }
            // A hidden first copy of the request got to this token too, and nobody saw what came of it.
            (_, Transport::MayResend) => (Outcome::Unknown, Some(Because::TransportMayResend), None),
            (_, Transport::TransmitsOnce) => (Outcome::Failed, None, Some(false)),
        };
        *outcome = TokenOutcome {
            index: 0,
            outcome: what,
            reason: Some(kept.reason.clone()),
            because,
            retryable,
            of: None,
        };
    }
    outcomes
}

fn unanswered(failure: &Failure) -> TokenOutcome {
    let because = match failure.kind {
        Kind::Throttled => Because::Throttled,
        Kind::Server => Because::ServerError,
        Kind::Protocol => Because::UnprovenAnswer,
        Kind::Connection => Because::Connection,
        Kind::Timeout => Because::Timeout,
        Kind::Abort => Because::Aborted,
        Kind::Api | Kind::Authentication | Kind::Permission | Kind::GroupNotFound | Kind::BadRequest => {
            Because::RequestRefused
        }
    };
    let (outcome, retryable) = match failure.delivery {
        Delivery::NotSent => (Outcome::NotSent, None),
        Delivery::Rejected => (Outcome::Failed, Some(failure.kind == Kind::Throttled)),
        // An answer without a verdict is no proof of anything.
        Delivery::MaybeApplied | Delivery::Applied => (Outcome::Unknown, None),
    };
    TokenOutcome {
        outcome,
        reason: failure.status.map(|_| failure.code.clone()),
        because: Some(because),
        retryable,
        ..TokenOutcome::default()
    }
}

impl Default for TokenOutcome {
    /// Nothing is known: what must never be reached claims nothing.
    fn default() -> Self {
        Self {
            index: 0,
            outcome: Outcome::Unknown,
            reason: None,
            because: None,
            retryable: None,
            of: None,
        }
    }
}
