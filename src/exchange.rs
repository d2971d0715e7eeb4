//! One request and what came of it, judged: an answer to read, or a [`Failure`] with its [`Delivery`].
//!
//! The judgement goes by the error code in the body, not by the status: the same code comes under several statuses, and
//! a throttle may be a 403. A code counts as a rejection only if it is known to precede any action.

use crate::answer::{Body, Content, Member, Response};
use crate::codes::{self, ServerError};
use crate::error::{Delivery, Failure, Kind};
use crate::proxy;

/// What is known of the way to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A request goes out once at most (Node, Bun, workerd).
    TransmitsOnce,
    /// The request may silently go out a second time: Chromium, Firefox and Deno do so when a reused connection drops.
    MayResend,
}

/// What came of sending a request.
#[derive(Clone, Debug)]
pub enum Exchange {
    /// There was an answer, read to its end.
    Answered(Response),
    /// There was none, or it was cut off.
    Interrupted {
        /// What interrupted it.
        by: Interruption,
        /// Whether anything can have reached the server.
        may_have_left: bool,
    },
    /// A proxy did not pass the request on, or does not tell what came of it.
    RefusedByProxy(proxy::Refusal),
}

/// Why an exchange has no complete answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// No connection, or it broke.
    Connection,
    /// The server's certificate was rejected on this side, before anything was sent.
    Certificate,
    /// The time for one attempt ran out.
    Timeout,
    /// The caller aborted.
    Abort,
    /// The answer was larger than any that this API gives.
    AnswerTooLarge,
    /// What `fetch` gave is not a response.
    NotAResponse,
}

impl Interruption {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Connection,
        Self::Certificate,
        Self::Timeout,
        Self::Abort,
        Self::AnswerTooLarge,
        Self::NotAResponse,
    ];
}

impl Exchange {
    /// Whether anything can have reached the server.
    #[must_use]
    pub const fn may_have_left(&self) -> bool {
        match self {
            Self::Answered(_) => true,
            Self::Interrupted { may_have_left, .. } => *may_have_left,
            Self::RefusedByProxy(refusal) => refusal.may_have_left(),
        }
    }

    /// What claims to be a success, or why there is none. Whether it is what was asked for is the endpoint's to say.
    pub fn success(self, transport: Transport) -> Result<Success, Failure> {
        let response = match self {
            Self::Interrupted { by, may_have_left } => return Err(interrupted(by, may_have_left)),
            Self::RefusedByProxy(refusal) => return Err(refusal.into()),
            Self::Answered(response) => response,
        };
        let status = response.status;
        if response.replayed {
            // Not even a rejection says anything about this request. A cached response may be the first with its id: who resumes
            // from the journal has to know it, too.
            return Err(unproven(
                status,
                shown_id(&response.content),
                REPLAYED_RESPONSE,
                "The response is a replay: its request id was seen before, or a cache answered. Look for a cache on the way \
                 to the server, or for a test double that repeats its response",
            ));
        }
        match response.content {
            Content::Object(body) if status == 200 && matches!(body.error, Member::Missing) => {
                Ok(Success { status, body })
            }
            Content::Other if status == 200 => {
                Err(unproven(status, None, "MALFORMED_RESPONSE", "The response is not JSON"))
            }
            Content::Object(Body {
                error: Member::Missing, ..
            })
            | Content::Other
                if (201..300).contains(&status) =>
            {
                Err(unproven(
                    status,
                    shown_id(&response.content),
                    "UNEXPECTED_STATUS",
                    "The response has a status other than 200, which proves nothing",
                ))
            }
            _ => Err(refused(response, transport)),
        }
    }
}

/// The code of a response whose request id was seen before, or that a cache gave.
pub const REPLAYED_RESPONSE: &str = "REPLAYED_RESPONSE";

fn shown_id(content: &Content) -> Option<String> {
    match content {
        Content::Object(body) => body.shown_request_id(),
        Content::Other => None,
    }
}

/// A response with status 200 and without an error. What it says still has to be checked against the request.
#[derive(Clone, Debug)]
pub struct Success {
    status: u16,
    /// Its members.
    pub body: Body,
}

impl Success {
    /// The failure of an answer that claims success and contradicts itself or the request.
    #[must_use]
    pub fn inconsistent(&self, explanation: &'static str) -> Failure {
        unproven(
            self.status,
            self.body.shown_request_id(),
            "INCONSISTENT_RESPONSE",
            explanation,
        )
    }

    /// The failure of an answer that names another library than the one that was asked for.
    #[must_use]
    pub fn about_another_library(&self) -> Failure {
        unproven(
            self.status,
            self.body.shown_request_id(),
            "WRONG_GROUP",
            "The response is about another library",
        )
    }

    /// The failure of an answer that lacks a documented member.
    #[must_use]
    pub fn malformed(&self) -> Failure {
        unproven(
            self.status,
            self.body.shown_request_id(),
            "MALFORMED_RESPONSE",
            "The response is not of the documented form",
        )
    }
}

fn unproven(status: u16, request_id: Option<String>, code: &str, explanation: &'static str) -> Failure {
    Failure {
        status: Some(status),
        request_id,
        ..Failure::without_answer(Kind::Protocol, code, explanation, Delivery::MaybeApplied)
    }
}

/// The failure of an exchange without an answer.
#[must_use]
pub fn interrupted(by: Interruption, may_have_left: bool) -> Failure {
    let delivery = if may_have_left {
        Delivery::MaybeApplied
    } else {
        Delivery::NotSent
    };
    let (kind, code, explanation) = match (by, may_have_left) {
        (Interruption::Connection, false) => (Kind::Connection, "NOT_CONNECTED", "The server could not be reached"),
        (Interruption::Certificate, false) => (
            Kind::Connection,
            "CERTIFICATE_REJECTED",
            "The server's certificate was rejected",
        ),
        // A proxy that contradicts itself: the certificate is verified before anything is sent.
        (Interruption::Connection | Interruption::Certificate, true) => {
            (Kind::Connection, "CONNECTION_LOST", "The connection failed")
        }
        (Interruption::Timeout, false) => (Kind::Timeout, "TIMEOUT", "The time ran out before the request was sent"),
        (Interruption::Timeout, true) => (Kind::Timeout, "TIMEOUT", "No complete response arrived in time"),
        (Interruption::Abort, false) => (Kind::Abort, "ABORTED", "Aborted before the request was sent"),
        (Interruption::Abort, true) => (Kind::Abort, "ABORTED", "Aborted after the request was sent"),
        (Interruption::AnswerTooLarge, _) => (
            Kind::Protocol,
            "RESPONSE_TOO_LARGE",
            "The response is larger than any that this API gives",
        ),
        (Interruption::NotAResponse, _) => (
            Kind::Protocol,
            "MALFORMED_RESPONSE",
            "fetch returned something that is not an HTTP response",
        ),
    };
    Failure::without_answer(kind, code, explanation, delivery)
}

fn refused(response: Response, transport: Transport) -> Failure {
    let Response {
        status,
        content,
        retry_after_ms,
        clock_correction,
        ..
    } = response;
    let request_id = shown_id(&content);
    let (claims_an_effect, error) = match content {
        Content::Object(body) => (body.claims_an_effect(), body.error),
        Content::Other => (false, Member::Missing),
    };
    let error = match error {
        Member::Is(error) => Some(ServerError::parse(&error)),
        Member::Unusable => Some(ServerError::unknown()),
        Member::Missing => None,
    };
    let meaning = codes::meaning(error.as_ref(), status);
    let (code, detail) = match error {
        Some(ServerError { code, detail }) if !meaning.has_code() => (code, detail),
        _ => (meaning.code_for(status), None),
    };
    let out_of_date = code == "AUTHORIZATION_ERROR" && detail.as_deref() == Some("EXPIRED_SIGN");
    Failure {
        kind: meaning.kind,
        code,
        detail,
        explanation: meaning.explanation,
        status: Some(status),
        request_id,
        // An error next to a claim that the server acted: one of the two is not true.
        delivery: if claims_an_effect {
            Delivery::MaybeApplied
        } else {
            meaning.delivery(transport)
        },
        retry_after_ms,
        clock_correction: clock_correction.filter(|_| out_of_date),
        unrecognised: meaning.unrecognised,
    }
}
