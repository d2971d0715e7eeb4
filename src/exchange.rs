//! One request and what came of it, judged: an answer to read, or a [`Failure`] with its [`Delivery`].
//!
//! The judgement goes by the error code in the body, not by the status: the same code comes under several statuses, and
//! a throttle may be a 403. A code counts as a rejection only if it is known to precede any action.

use crate::answer::{Body, Content, Member, Response};
use crate::error::{Delivery, Failure, Kind};
use crate::proxy;
use crate::text::{decimal, is_code, joined, split_once};

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
    pub const ALL: [Self; 5] = [
        Self::Connection,
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
        let success = (200..300).contains(&response.status);
        match response.content {
            Content::Object(body) if success && matches!(body.error, Member::Missing) => Ok(Success {
                status: response.status,
                body,
            }),
            Content::Text(_) if success => Err(unproven(
                response.status,
                None,
                "MALFORMED_RESPONSE",
                "The answer is not JSON; the server may have acted all the same",
            )),
            _ => Err(refused(response, transport)),
        }
    }
}

/// A 2xx answer without an error. What it says still has to be checked against the request.
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
            "The answer is about another library",
        )
    }

    /// The failure of an answer that lacks a documented member.
    #[must_use]
    pub fn malformed(&self) -> Failure {
        unproven(
            self.status,
            self.body.shown_request_id(),
            "MALFORMED_RESPONSE",
            "The answer is not of the documented form; the server may have acted all the same",
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
        (Interruption::Connection, false) => (
            Kind::Connection,
            "NOT_CONNECTED",
            "The server could not be reached; nothing was sent",
        ),
        (Interruption::Connection, true) => (
            Kind::Connection,
            "CONNECTION_LOST",
            "The connection failed, perhaps after the server had acted",
        ),
        (Interruption::Timeout, false) => (Kind::Timeout, "TIMEOUT", "The time ran out before anything was sent"),
        (Interruption::Timeout, true) => (
            Kind::Timeout,
            "TIMEOUT",
            "No complete answer in time; the server may have acted all the same",
        ),
        (Interruption::Abort, false) => (Kind::Abort, "ABORTED", "Aborted before anything was sent"),
        (Interruption::Abort, true) => (
            Kind::Abort,
            "ABORTED",
            "Aborted after the request had gone out; the server may have acted all the same",
        ),
        (Interruption::AnswerTooLarge, _) => (
            Kind::Protocol,
            "RESPONSE_TOO_LARGE",
            "The answer is larger than any that this API gives",
        ),
        (Interruption::NotAResponse, _) => (
            Kind::Protocol,
            "MALFORMED_RESPONSE",
            "What fetch gave is not an HTTP response",
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
    } = response;
    let (request_id, claims_success, error, text) = match content {
        Content::Object(body) => (
            body.shown_request_id(),
            body.claims_success(),
            body.error,
            String::new(),
        ),
        Content::Text(text) => (None, false, Member::Missing, text),
    };
    let (code, detail) = match error {
        Member::Is(error) => split_code(&error),
        Member::Unusable => (Some(UNKNOWN_ERROR.to_owned()), None),
        Member::Missing => (None, None),
    };
    let known = code.as_deref().and_then(|code| known_code(code, detail.as_deref()));
    let judged = known.unwrap_or_else(|| by_status(status, &text));
    let code = code.unwrap_or_else(|| judged.code_of(status));
    let out_of_date = code == "AUTHORIZATION_ERROR" && detail.as_deref() == Some("EXPIRED_SIGN");
    Failure {
        kind: judged.kind,
        code,
        detail,
        explanation: judged.explanation,
        status: Some(status),
        request_id,
        // An error beside the members of a success: one of the two is not true.
        delivery: if claims_success {
            Delivery::MaybeApplied
        } else {
            judged.delivery(transport)
        },
        retry_after_ms,
        clock_correction: clock_correction.filter(|_| out_of_date),
    }
}

/// The code of an error whose own code is not fit to be shown.
const UNKNOWN_ERROR: &str = "UNKNOWN_ERROR";

struct Judged {
    kind: Kind,
    code: &'static str,
    explanation: &'static str,
    rejection: Rejection,
}

/// Whether an error proves that the request did nothing.
#[derive(Clone, Copy)]
enum Rejection {
    /// It depends on the request alone: a copy of it that went out before was refused as well.
    Always,
    /// It depends on the moment too (clock, load, quota, which faces there are): a hidden first copy may have been let
    /// through.
    ThisTime,
    /// It proves nothing.
    Unproven,
}

impl Judged {
    const fn new(kind: Kind, rejection: Rejection, explanation: &'static str) -> Self {
        Self {
            kind,
            code: "",
            explanation,
            rejection,
        }
    }

    fn delivery(&self, transport: Transport) -> Delivery {
        match (self.rejection, transport) {
            (Rejection::Always, _) | (Rejection::ThisTime, Transport::TransmitsOnce) => Delivery::Rejected,
            (Rejection::ThisTime, Transport::MayResend) | (Rejection::Unproven, _) => Delivery::MaybeApplied,
        }
    }

    fn code_of(&self, status: u16) -> String {
        if self.code.is_empty() {
            // Three digits, whatever the status.
            joined(&[
                "HTTP_",
                decimal(u64::from(status % 1000) + 1000).get(1..).unwrap_or_default(),
            ])
        } else {
            self.code.to_owned()
        }
    }
}

/// The documented codes. All of these, but for `INTERNAL_ERROR`, are given before the server acts.
fn known_code(code: &str, detail: Option<&str>) -> Option<Judged> {
    use Kind::{Api, Authentication, BadRequest, GroupNotFound, Permission, Server, Throttled};
    use Rejection::{Always, ThisTime, Unproven};
    let judged = match code {
        "AUTHENTICATION_ERROR" => Judged::new(
            Authentication,
            ThisTime,
            "The server does not accept the API key or the signature",
        ),
        "AUTHORIZATION_ERROR" => match detail {
            Some("EXPIRED_SIGN") => Judged::new(
                Authentication,
                ThisTime,
                "The signature was out of date; check this machine's clock",
            ),
            Some("INVALID_SIGN") => Judged::new(
                Authentication,
                ThisTime,
                "The server does not accept the signature; check the API secret",
            ),
            Some("LIMIT_REACHED") => Judged::new(Permission, ThisTime, "The account's quota is used up"),
            _ => Judged::new(Permission, ThisTime, "The API key may not make this call"),
        },
        "CONCURRENCY_LIMIT_EXCEEDED" => Judged::new(Throttled, ThisTime, "Too many requests at once; try again later"),
        // Were the library there for a hidden first copy, and gone now, its faces would be gone with it.
        "INVALID_OUTER_ID" | "INVALID_GROUP_ID" => Judged::new(GroupNotFound, Always, "There is no such face library"),
        "INVALID_FACE_TOKENS_SIZE" => Judged::new(
            BadRequest,
            Always,
            "The server does not accept this number of face tokens",
        ),
        "INVALID_FACE_TOKEN" => Judged::new(
            BadRequest,
            ThisTime,
            "The server does not accept one of the face tokens",
        ),
        "MISSING_ARGUMENTS" | "BAD_ARGUMENTS" | "COEXISTENCE_ARGUMENTS" => {
            Judged::new(BadRequest, Always, "The server does not accept the arguments")
        }
        "API_NOT_FOUND" => Judged::new(Api, Always, "The server has no such API; check baseUrl"),
        "INTERNAL_ERROR" => Judged::new(Server, Unproven, "The server failed, perhaps after it had acted"),
        _ => return None,
    };
    Some(judged)
}

/// Errors without a code that we know: a new code, a gateway's page, a redirect.
fn by_status(status: u16, text: &str) -> Judged {
    use Kind::{Api, Authentication, BadRequest, Permission, Protocol, Server, Throttled};
    let judged = |kind, explanation| Judged::new(kind, Rejection::Unproven, explanation);
    match status {
        413 if text.trim_ascii() == "Request Entity Too Large" => Judged {
            code: "REQUEST_ENTITY_TOO_LARGE",
            ..Judged::new(BadRequest, Rejection::Always, "The request is too large for the server")
        },
        0 | 300..=399 => Judged {
            code: "REDIRECTED",
            ..judged(
                Protocol,
                "The server answered with a redirect, which is never followed; check baseUrl",
            )
        },
        401 => judged(
            Authentication,
            "The request was not authorised, by the server or something in between",
        ),
        403 => judged(
            Permission,
            "The request was forbidden, by the server or something in between",
        ),
        400 | 413 | 422 => judged(
            BadRequest,
            "The request was not accepted, by the server or something in between",
        ),
        429 => judged(Throttled, "Too many requests; try again later"),
        500..=599 => judged(
            Server,
            "The server or a gateway failed, perhaps after the server had acted",
        ),
        _ => judged(Api, "The server answered with an error that this version does not know"),
    }
}

/// An error as the server wrote it, with nothing but a code and a detail in the documented form.
pub(crate) fn shown_error(error: &str) -> String {
    match split_code(error) {
        (Some(code), Some(detail)) => joined(&[&code, ":", &detail]),
        (Some(code), None) => code,
        (None, _) => UNKNOWN_ERROR.to_owned(),
    }
}

/// Splits at the first colon. A code is kept only in the form of the documented ones, as is a detail, unless it names an
/// argument: neither may carry a token into a log.
fn split_code(error: &str) -> (Option<String>, Option<String>) {
    let (code, detail) = split_once(error, b':').unwrap_or((error, ""));
    let code = code.trim_ascii();
    let detail = detail.trim_ascii();
    let legal_detail = is_code(detail) || matches!(detail, "sign" | "group_id" | "face_tokens");
    (
        Some(if is_code(code) { code } else { UNKNOWN_ERROR }.to_owned()),
        legal_detail.then(|| detail.to_owned()),
    )
}
