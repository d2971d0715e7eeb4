//! *Delete Face from Face Library*: the request, and what an answer to it proves.
//!
//! A response counts only if it is consistent: it names our library, every token in `failure_detail` is one that we sent,
//! none twice, and the numbers add up. Anything else proves nothing about any token. Fields on which no claim depends are
//! optional.

use crate::answer::{Body, FailureDetail, Member, shown_reason};
use crate::codes::{Blame, blame};
use crate::error::{Delivery, Failure};
use crate::exchange::{Exchange, Success, Transport};
use crate::multipart::{self, Boundary, BoundaryCollision, Value};
use crate::selection::Batch;
use crate::signature::Sign;
use crate::token::GroupId;
use crate::wiped::Wiped;

/// One call.
#[derive(Debug)]
pub struct DeleteFaces<'a> {
    group: &'a GroupId,
    batch: Batch<'a>,
}

/// A consistent answer: what the server did.
#[derive(Clone, Debug, PartialEq)]
pub struct Removal {
    /// The server's id of the request, if it gave one that is fit to be shown.
    pub request_id: Option<String>,
    /// How long the server took, in milliseconds, if it said so.
    pub time_used: Option<f64>,
    /// How many tokens this call removed.
    pub face_removed: u64,
    /// How many tokens the library holds afterwards, if the server said so.
    pub face_count: Option<u64>,
    /// The tokens that were not removed.
    pub kept: Vec<KeptToken>,
}

/// A token that the server did not remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptToken {
    /// Where it stands in the batch.
    pub position: usize,
    /// The server's reason, such as `FACE_NOT_IN_GROUP`, fit to be shown.
    pub reason: String,
}

impl<'a> DeleteFaces<'a> {
    /// The path behind the base URL.
    pub const PATH: &'static str = "/search/group/delete";

    /// Deletes the batch from the library.
    #[must_use]
    pub const fn new(group: &'a GroupId, batch: Batch<'a>) -> Self {
        Self { group, batch }
    }

    /// The library.
    #[must_use]
    pub const fn group(&self) -> &'a GroupId {
        self.group
    }

    /// What it deletes.
    #[must_use]
    pub const fn batch(&self) -> Batch<'a> {
        self.batch
    }

    /// The body of one attempt.
    pub fn body(&self, sign: &Sign, boundary: &Boundary) -> Result<Wiped, BoundaryCollision> {
        multipart::encode(
            &[
                ("sign", Value::Text(sign.as_str())),
                ("sign_version", Value::Text("hmac_sha1")),
                ("group_id", Value::Text(self.group.as_str())),
                ("face_tokens", Value::Tokens(self.batch)),
            ],
            boundary,
        )
    }

    /// What an exchange proves: a consistent answer, or why there is none.
    pub fn judge(&self, exchange: Exchange, transport: Transport) -> Result<Removal, Failure> {
        let success = exchange
            .success(transport)
            .map_err(|failure| self.unless_in_part(failure))?;
        let stated = stated(&success.body).ok_or_else(|| success.malformed())?;
        self.check(&success, stated)
    }

    /// A rejection for one token of several proves nothing of the others: nobody promises that a batch is atomic.
    fn unless_in_part(&self, failure: Failure) -> Failure {
        if failure.delivery == Delivery::Rejected && self.batch.count() > 1 && blame(&failure) != Blame::Request {
            return Failure {
                delivery: Delivery::MaybeApplied,
                ..failure
            };
        }
        failure
    }

    fn check(&self, success: &Success, stated: Stated<'_>) -> Result<Removal, Failure> {
        if stated.group_id != self.group.as_str() {
            return Err(success.about_another_library());
        }
        let mut seen = vec![false; self.batch.count()];
        let mut kept = Vec::with_capacity(stated.failure_detail.len().min(seen.len()));
        let index = (!stated.failure_detail.is_empty()).then(|| self.batch.index());
        for entry in stated.failure_detail {
            let position = index.as_ref().and_then(|index| index.position(&entry.face_token));
            let Some((position, mark)) = position.and_then(|at| Some((at, seen.get_mut(at)?))) else {
                return Err(success.inconsistent("The response lists a token that was not sent"));
            };
            if core::mem::replace(mark, true) {
                return Err(success.inconsistent("The response lists a token twice"));
            }
            kept.push(KeptToken {
                position,
                reason: shown_reason(&entry.reason),
            });
        }
        if stated.removal.face_removed.checked_add(kept.len() as u64) != Some(self.batch.count() as u64) {
            return Err(success.inconsistent("The numbers in the response do not add up to the tokens that were sent"));
        }
        Ok(Removal { kept, ..stated.removal })
    }
}

/// What an answer states, before it is checked.
struct Stated<'a> {
    group_id: &'a str,
    failure_detail: &'a [FailureDetail],
    removal: Removal,
}

/// What a claim depends on, which has to be there. A missing `failure_detail` lists no token: then the numbers add up only if
/// all were removed.
fn stated(body: &Body) -> Option<Stated<'_>> {
    Some(Stated {
        group_id: body.group_id.value()?,
        failure_detail: match &body.failure_detail {
            Member::Missing => &[],
            Member::Unusable => return None,
            Member::Is(entries) => entries,
        },
        removal: Removal {
            request_id: body.shown_request_id(),
            time_used: body.time_used.value().copied(),
            face_removed: *body.face_removed.value()?,
            face_count: body.face_count.value().copied(),
            kept: Vec::new(),
        },
    })
}
