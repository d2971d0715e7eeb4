//! The proxy's own side: what it tells of an exchange.

use super::name_of;
use super::request::Forwarded;
use crate::answer::{Body, Content, Member, shown_reason};
use crate::codes::ServerError;
use crate::exchange::{Exchange, Interruption};

/// What a proxy tells of an exchange, as far as the caller may know it.
#[derive(Clone, Debug, PartialEq)]
pub enum PassedOn {
    /// The server answered. Of the body there is only what is documented, and nothing that it cannot be certain of: an
    /// answer may repeat the request, signature and all.
    Answer {
        /// The status.
        status: u16,
        /// The documented members, if it is JSON.
        body: Option<Body>,
        /// `Retry-After`, in milliseconds.
        retry_after_ms: Option<u64>,
        /// What the next signature adds to the proxy's clock, in seconds, if this one was refused as out of date.
        clock_correction: Option<i32>,
        /// Whether it is a replay, see [`Response::replayed`](crate::answer::Response::replayed).
        replayed: bool,
    },
    /// There was no answer.
    Interrupted {
        /// What interrupted it.
        by: &'static str,
        /// Whether it may have been applied.
        may_have_left: bool,
    },
}

impl PassedOn {
    /// The attempt ended before anything left.
    #[must_use]
    pub const fn not_sent(by: Interruption) -> Self {
        Self::Interrupted {
            by: name_of(by),
            may_have_left: false,
        }
    }
}

/// What to tell of an exchange.
#[must_use]
pub fn pass_on(exchange: Exchange, call: Forwarded<'_>) -> PassedOn {
    match exchange {
        Exchange::Interrupted { by, may_have_left } => PassedOn::Interrupted {
            by: name_of(by),
            may_have_left,
        },
        // A proxy behind a proxy; nothing is known but that.
        Exchange::RefusedByProxy(refusal) => PassedOn::Interrupted {
            by: name_of(Interruption::Connection),
            may_have_left: refusal.may_have_left(),
        },
        Exchange::Answered(response) => {
            let body = match response.content {
                Content::Object(body) => Some(certain(body, call)),
                Content::Other => None,
            };
            let error = body.as_ref().and_then(|body| body.error.value());
            let is_expired = error.is_some_and(|error| error == "AUTHORIZATION_ERROR:EXPIRED_SIGN");
            PassedOn::Answer {
                status: response.status,
                clock_correction: response.clock_correction.filter(|_| is_expired),
                body,
                retry_after_ms: response.retry_after_ms,
                replayed: response.replayed,
            }
        }
    }
}

/// A body without anything that could be a piece of the request that the caller did not write.
fn certain(mut body: Body, call: Forwarded<'_>) -> Body {
    let shown = body.shown_request_id();
    if let Member::Is(error) = &mut body.error {
        *error = ServerError::parse(error).shown();
    }
    if let Member::Is(id) = &mut body.request_id {
        // An id that cannot be shown is no reason to doubt the answer.
        *id = shown.unwrap_or_default();
    }
    if let Member::Is(name) = &mut body.group_id
        && name != call.group()
    {
        // Another library's name is as good as an empty one: both are not ours.
        name.clear();
    }
    match (&mut body.failure_detail, call) {
        (Member::Is(entries), Forwarded::DeleteFaces(deletion)) => {
            let index = deletion.batch().index();
            for entry in entries {
                // What is not ours is nobody's token, and the answer as inconsistent as before.
                if index.position(&entry.face_token).is_none() {
                    entry.face_token.clear();
                }
                entry.reason = shown_reason(&entry.reason);
            }
        }
        (detail, Forwarded::FaceCount(_)) => *detail = Member::Missing,
        _ => {}
    }
    body
}
