//! The server's error codes, and what each proves.

use crate::error::{Delivery, Failure, Kind};
use crate::exchange::Transport;
use crate::text::{decimal, is_code, joined, split_once};

/// An error as the server wrote it, as far as it is fit to be shown: a code, and a detail behind its colon.
pub struct ServerError {
    /// Upper case; [`UNKNOWN_ERROR`] in place of text in another form.
    pub code: String,
    /// Another code, or the name of an argument.
    pub detail: Option<String>,
}

/// The code of an error whose own code is not fit to be shown.
const UNKNOWN_ERROR: &str = "UNKNOWN_ERROR";

/// The argument that has the tokens.
const FACE_TOKENS: &str = "face_tokens";

/// The other arguments of this family of APIs, as the detail of an error names them.
const OTHER_ARGUMENTS: [&str; 15] = [
    "sign",
    "sign_version",
    "group_id",
    "outer_id",
    "api_key",
    "api_secret",
    "expire_time",
    "current_time",
    "random",
    "version",
    "group_name",
    "group_data",
    "model_version",
    "check_empty",
    "content_type",
];

impl ServerError {
    /// Splits at the first colon. Code and detail are kept only in the form of the documented ones: neither may carry a token
    /// into a log.
    pub fn parse(error: &str) -> Self {
        let (code, detail) = split_once(error, b':').unwrap_or((error, ""));
        let (code, detail) = (code.trim_ascii(), detail.trim_ascii());
        Self {
            code: if is_code(code) { code } else { UNKNOWN_ERROR }.to_owned(),
            detail: argument(detail)
                .or(Some(detail).filter(|detail| is_code(detail)))
                .map(str::to_owned),
        }
    }

    pub fn unknown() -> Self {
        Self {
            code: UNKNOWN_ERROR.to_owned(),
            detail: None,
        }
    }

    /// The code, with its detail behind a colon.
    pub fn shown(&self) -> String {
        match &self.detail {
            Some(detail) => joined(&[&self.code, ":", detail]),
            None => self.code.clone(),
        }
    }
}

/// The argument that a detail names, however it spells it: `face_tokens[3]`, `groupId`, `Content-Type`.
fn argument(detail: &str) -> Option<&'static str> {
    // None has more letters.
    let mut letters = String::new();
    for byte in detail.bytes().filter(u8::is_ascii_alphabetic).take(16) {
        letters.push(char::from(byte.to_ascii_lowercase()));
    }
    let is_named = |name: &&&'static str| name.bytes().filter(|byte| *byte != b'_').eq(letters.bytes());
    if matches!(letters.as_str(), "facetoken" | "facetokens") {
        return Some(FACE_TOKENS);
    }
    let is_plain = detail
        .bytes()
        .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'));
    OTHER_ARGUMENTS.iter().find(is_named).filter(|_| is_plain).copied()
}

/// What a rejection says of the tokens of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// Nothing: it is about the request.
    Request,
    /// One of them is bad. A batch is not known to be atomic: the server may have acted on the tokens before that one.
    Token,
    /// It may be one of them, or something else: the argument that it is about is not known.
    PerhapsToken,
}

/// What a failure says of the tokens of its request.
#[must_use]
pub fn blame(failure: &Failure) -> Blame {
    blame_of(&failure.code, failure.detail.as_deref())
}

fn blame_of(code: &str, detail: Option<&str>) -> Blame {
    match (code, detail) {
        ("INVALID_FACE_TOKEN", _) | ("BAD_ARGUMENTS", Some(FACE_TOKENS)) => Blame::Token,
        ("BAD_ARGUMENTS", Some(detail)) if OTHER_ARGUMENTS.contains(&detail) => Blame::Request,
        ("BAD_ARGUMENTS", _) => Blame::PerhapsToken,
        _ => Blame::Request,
    }
}

/// Whether the request was rejected for its size.
#[must_use]
pub fn is_too_large(failure: &Failure) -> bool {
    matches!(
        failure.code.as_str(),
        "REQUEST_ENTITY_TOO_LARGE" | "INVALID_FACE_TOKENS_SIZE" | "PROXY_TOO_MANY_TOKENS"
    )
}

/// What an error means.
pub struct Meaning {
    pub kind: Kind,
    pub explanation: &'static str,
    /// Whether there is no code that is known: trouble on the way, perhaps, and not the server's word.
    pub unrecognised: bool,
    /// In place of a code that the response does not have, or that is not known although the status is.
    code: &'static str,
    rejection: Rejection,
}

/// Whether an error proves that the request did nothing.
#[derive(Clone, Copy)]
enum Rejection {
    /// It depends on the request alone: a copy of it that went out before was rejected as well.
    Always,
    /// It depends on the moment too (clock, load, quota, which faces there are): a hidden first copy may have been let
    /// through.
    ThisTime,
    /// It proves nothing.
    Unproven,
}

impl Meaning {
    const fn of_code(kind: Kind, rejection: Rejection, explanation: &'static str) -> Self {
        Self {
            kind,
            explanation,
            unrecognised: false,
            code: "",
            rejection,
        }
    }

    const fn of_status(kind: Kind, explanation: &'static str) -> Self {
        Self {
            unrecognised: true,
            ..Self::of_code(kind, Rejection::Unproven, explanation)
        }
    }

    pub const fn delivery(&self, transport: Transport) -> Delivery {
        match (self.rejection, transport) {
            (Rejection::Always, _) | (Rejection::ThisTime, Transport::TransmitsOnce) => Delivery::Rejected,
            (Rejection::ThisTime, Transport::MayResend) | (Rejection::Unproven, _) => Delivery::MaybeApplied,
        }
    }

    /// Whether the status decides, and has a code of its own.
    pub const fn has_code(&self) -> bool {
        !self.code.is_empty()
    }

    /// The code of a response that has none.
    pub fn code_for(&self, status: u16) -> String {
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

/// The code decides: the same code comes under several statuses. The status does where no code is known.
pub fn meaning(error: Option<&ServerError>, status: u16) -> Meaning {
    error
        .and_then(|error| of_code(&error.code, error.detail.as_deref()))
        .unwrap_or_else(|| of_status(status))
}

/// The documented codes. All except `INTERNAL_ERROR` come before the server acts.
fn of_code(code: &str, detail: Option<&str>) -> Option<Meaning> {
    use Kind::{Api, Authentication, BadRequest, GroupNotFound, Permission, Server, Throttled};
    use Rejection::{Always, ThisTime, Unproven};
    let meaning = match code {
        "AUTHENTICATION_ERROR" => Meaning::of_code(
            Authentication,
            ThisTime,
            "The server does not accept the API key or the signature",
        ),
        "AUTHORIZATION_ERROR" => match detail {
            Some("EXPIRED_SIGN") => Meaning::of_code(
                Authentication,
                ThisTime,
                "The signature was out of date; check this machine's clock",
            ),
            Some("INVALID_SIGN") => Meaning::of_code(
                Authentication,
                ThisTime,
                "The server does not accept the signature; check the API secret",
            ),
            Some("LIMIT_REACHED") => Meaning::of_code(Permission, ThisTime, "The account's quota is used up"),
            _ => Meaning::of_code(Permission, ThisTime, "The API key may not make this call"),
        },
        "CONCURRENCY_LIMIT_EXCEEDED" => {
            Meaning::of_code(Throttled, ThisTime, "Too many requests at once; try again later")
        }
        // Were the library there for a hidden first copy, and gone now, its faces would be gone with it.
        "INVALID_OUTER_ID" | "INVALID_GROUP_ID" => {
            Meaning::of_code(GroupNotFound, Always, "There is no such face library")
        }
        // A limit may change, or differ between servers: a hidden first copy may have met a larger one.
        "INVALID_FACE_TOKENS_SIZE" => Meaning::of_code(
            BadRequest,
            ThisTime,
            "The server does not accept this number of face tokens",
        ),
        "INVALID_FACE_TOKEN" => Meaning::of_code(
            BadRequest,
            ThisTime,
            "The server does not accept one of the face tokens",
        ),
        // Without an argument that is known it may be about one of the tokens, or anything else.
        "BAD_ARGUMENTS" if blame_of(code, detail) == Blame::PerhapsToken => {
            Meaning::of_code(BadRequest, Unproven, "The server does not accept the arguments")
        }
        "MISSING_ARGUMENTS" | "BAD_ARGUMENTS" | "COEXISTENCE_ARGUMENTS" => {
            Meaning::of_code(BadRequest, Always, "The server does not accept the arguments")
        }
        "API_NOT_FOUND" => Meaning::of_code(Api, Always, "The server has no such API; check baseUrl"),
        "INTERNAL_ERROR" => Meaning::of_code(Server, Unproven, "The server failed"),
        _ => return None,
    };
    Some(meaning)
}

/// A response without a code that is known: a new code, a gateway's page, a redirect.
fn of_status(status: u16) -> Meaning {
    use Kind::{Api, Authentication, BadRequest, Permission, Protocol, Server, Throttled};
    match status {
        // Documented as plain text; gateways have pages of their own for it.
        413 => Meaning {
            code: "REQUEST_ENTITY_TOO_LARGE",
            ..Meaning::of_code(
                BadRequest,
                Rejection::ThisTime,
                "The request is too large for the server",
            )
        },
        0 | 300..=399 => Meaning {
            code: "REDIRECTED",
            ..Meaning::of_code(
                Protocol,
                Rejection::Unproven,
                "The server answered with a redirect, which is never followed; check baseUrl",
            )
        },
        401 => Meaning::of_status(
            Authentication,
            "The request was not authorised, by the server or something on the way to it",
        ),
        403 => Meaning::of_status(
            Permission,
            "The request was forbidden, by the server or something on the way to it",
        ),
        400 | 422 => Meaning::of_status(
            BadRequest,
            "The request was not accepted, by the server or something on the way to it",
        ),
        404 => Meaning::of_status(
            Api,
            "The server, or something on the way to it, does not know this address; check baseUrl",
        ),
        429 => Meaning::of_status(Throttled, "Too many requests; try again later"),
        500..=599 => Meaning::of_status(Server, "The server or a gateway failed"),
        _ => Meaning::of_status(Api, "The server answered with an error that this version does not know"),
    }
}
