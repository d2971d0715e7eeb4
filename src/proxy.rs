//! The way through a proxy that holds the secret: what is sent to it, and what its replies mean.
//!
//! `docs/proxy-protocol.md` describes the protocol. Each attempt has an id and is meant for one instance of the proxy, so
//! that what a browser silently sends again is recognised, wherever it arrives.

use crate::answer::{Body, Content, Member, Response};
use crate::delete_faces::DeleteFaces;
use crate::error::{Delivery, Failure, Kind};
use crate::exchange::{self, Exchange, Interruption, Transport};
use crate::face_count::FaceCount;
use crate::multipart::{Boundary, BoundaryCollision};
use crate::signature::Sign;
use crate::text::split;
use crate::wiped::Wiped;

/// The version of the protocol.
pub const VERSION: u64 = 1;

/// A call that a proxy makes for others.
#[derive(Clone, Copy, Debug)]
pub enum Forwarded<'a> {
    /// *Delete Face*.
    DeleteFaces(&'a DeleteFaces<'a>),
    /// *get_size*.
    FaceCount(&'a FaceCount),
}

impl Forwarded<'_> {
    /// What the call is named.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::DeleteFaces(_) => "deleteFaces",
            Self::FaceCount(_) => "getFaceCount",
        }
    }

    /// How many tokens it carries.
    #[must_use]
    pub fn tokens(&self) -> usize {
        match self {
            Self::DeleteFaces(call) => call.batch().count(),
            Self::FaceCount(_) => 0,
        }
    }

    /// The path behind the base URL.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        match self {
            Self::DeleteFaces(_) => DeleteFaces::PATH,
            Self::FaceCount(_) => FaceCount::PATH,
        }
    }

    /// The call as it is sent to the server itself.
    pub fn body(&self, sign: &Sign, boundary: &Boundary) -> Result<Wiped, BoundaryCollision> {
        match self {
            Self::DeleteFaces(call) => call.body(sign, boundary),
            Self::FaceCount(call) => call.body(sign, boundary),
        }
    }

    fn group(&self) -> &str {
        match self {
            Self::DeleteFaces(call) => call.group().as_str(),
            Self::FaceCount(call) => call.group().as_str(),
        }
    }
}

/// Asks who is there.
#[must_use]
pub fn hello() -> Wiped {
    Wiped::from(br#"{"v":1}"#.to_vec())
}

/// One attempt, for this instance of the proxy.
#[must_use]
pub fn attempt(instance: &Instance, attempt_id: &str, call: Forwarded<'_>) -> Wiped {
    let mut json = Json(Wiped::default());
    json.raw(r#"{"v":1,"instance":"#);
    json.text(&instance.0);
    json.raw(r#","attemptId":"#);
    json.text(attempt_id);
    json.raw(r#","api":"#);
    json.text(call.name());
    json.raw(r#","groupId":"#);
    json.text(call.group());
    if let Forwarded::DeleteFaces(deletion) = call {
        json.raw(r#","faceTokens":["#);
        for (at, token) in split(&deletion.batch().joined(), b',').enumerate() {
            json.raw(if at == 0 { "" } else { "," });
            json.text(token);
        }
        json.raw("]");
    }
    json.raw("}");
    json.0
}

struct Json(Wiped);

impl Json {
    fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// A string. What is sent holds no control characters: tokens and names may not.
    fn text(&mut self, text: &str) {
        self.0.push(b'"');
        for &byte in text.as_bytes() {
            if matches!(byte, b'"' | b'\\') {
                self.0.push(b'\\');
            }
            self.0.push(byte);
        }
        self.0.push(b'"');
    }
}

/// The name that a running proxy gave itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance(String);

impl Instance {
    /// 1 to 64 letters, digits, dashes and underscores.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        ((1..=64).contains(&text.len()) && text.bytes().all(legal)).then(|| Self(text.to_owned()))
    }
}

/// A proxy that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welcome {
    /// Its name.
    pub instance: Instance,
    /// What is known of the way through it to the server.
    pub transport: Transport,
}

/// What a proxy replied, read but not yet judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// `v`
    pub version: Member<u64>,
    /// `instance`
    pub instance: Member<String>,
    /// `transmitsOnce`: its own requests go out once at the most.
    pub transmits_once: bool,
    /// `recognisesRepeats`: an attempt id that comes twice is sent once.
    pub recognises_repeats: bool,
    /// `refused`
    pub refused: Member<String>,
    /// `interrupted`
    pub interrupted: Member<String>,
    /// `delivery`
    pub delivery: Member<String>,
    /// `status`
    pub status: Member<u64>,
    /// `body`
    pub body: Option<Body>,
    /// `tooLarge`: instead of a body, the server's own words for a request that is too large.
    pub too_large: bool,
    /// `retryAfterMs`
    pub retry_after_ms: Member<u64>,
    /// `clockCorrection`, in seconds
    pub clock_correction: Option<i32>,
}

impl Reply {
    /// Who is there, in reply to [`hello`]; or why the attempt cannot be made. Nothing was sent.
    pub fn welcome(self, status: u16, own: Transport) -> Result<Welcome, Refusal> {
        match self.instance.value().and_then(|name| Instance::parse(name)) {
            Some(instance) if self.version.value() == Some(&VERSION) && matches!(self.refused, Member::Missing) => {
                Ok(Welcome {
                    instance,
                    transport: match (self.transmits_once, self.recognises_repeats, own) {
                        (true, true, _) | (true, _, Transport::TransmitsOnce) => Transport::TransmitsOnce,
                        _ => Transport::MayResend,
                    },
                })
            }
            _ => Err(Refusal {
                code: self.code().unwrap_or_else(|| not_a_proxy(status)),
                may_have_left: false,
                retry_after_ms: self.retry_after_ms.value().copied(),
                status,
            }),
        }
    }

    /// What came of an attempt. `own` is the transport to the proxy.
    #[must_use]
    pub fn exchange(self, http_status: u16, own: Transport) -> Exchange {
        let code = self.code();
        let may_have_left = match self.delivery.value().map(String::as_str) {
            Some("not-sent") => false,
            Some(_) => true,
            // Of what another instance did with a first copy, this one knows nothing.
            None => own == Transport::MayResend,
        };
        if let Some(code) = code {
            return Exchange::RefusedByProxy(Refusal {
                code,
                may_have_left,
                retry_after_ms: self.retry_after_ms.value().copied(),
                status: http_status,
            });
        }
        if let Some(by) = self.interrupted.value() {
            return Exchange::Interrupted {
                by: interruption(by),
                may_have_left,
            };
        }
        let status = self.status.value().and_then(|status| u16::try_from(*status).ok());
        let content = match self.body {
            Some(body) => Content::Object(body),
            None if self.too_large => Content::Text(TOO_LARGE.to_owned()),
            None => Content::Text(String::new()),
        };
        Exchange::Answered(match status.filter(|_| self.version.value() == Some(&VERSION)) {
            Some(status) => Response {
                retry_after_ms: self.retry_after_ms.value().copied(),
                clock_correction: self.clock_correction,
                ..Response::new(status, content)
            },
            // Not of a proxy, but of something in front of it: the proxy may have acted.
            None => Response::new(http_status, Content::Text(String::new())),
        })
    }

    fn code(&self) -> Option<&'static str> {
        match &self.refused {
            Member::Missing => None,
            Member::Unusable => Some(PROXY_FAILED),
            Member::Is(refused) => Some(
                REFUSALS
                    .iter()
                    .find(|(code, ..)| code == refused)
                    .map_or(PROXY_FAILED, |(code, ..)| *code),
            ),
        }
    }
}

/// The server's whole answer to a request that is too large for it.
const TOO_LARGE: &str = "Request Entity Too Large";
const PROXY_FAILED: &str = "PROXY_FAILED";
/// In place of one that is not fit to be passed on.
const UNKNOWN_REASON: &str = "UNKNOWN_REASON";

/// What a hello shows of something that does not speak the protocol.
const fn not_a_proxy(status: u16) -> &'static str {
    match status {
        401 | 403 => "PROXY_UNAUTHORIZED",
        429 => "PROXY_THROTTLED",
        502..=504 => "PROXY_UNREACHABLE",
        _ => "PROXY_NOT_FOUND",
    }
}

fn interruption(name: &str) -> Interruption {
    Interruption::ALL
        .into_iter()
        .find(|by| name_of(*by) == name)
        .unwrap_or(Interruption::Connection)
}

pub(crate) const fn name_of(by: Interruption) -> &'static str {
    match by {
        Interruption::Connection => "connection",
        Interruption::Timeout => "timeout",
        Interruption::Abort => "abort",
        Interruption::AnswerTooLarge => "answer-too-large",
        Interruption::NotAResponse => "not-a-response",
    }
}

/// The proxy did not pass the call on, or does not tell what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    code: &'static str,
    may_have_left: bool,
    retry_after_ms: Option<u64>,
    status: u16,
}

impl Refusal {
    /// Whether anything can have reached the server.
    #[must_use]
    pub const fn may_have_left(&self) -> bool {
        self.may_have_left
    }

    /// Which refusal it is.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// Whether another instance answered than the one that the call was meant for.
    #[must_use]
    pub fn is_other_instance(&self) -> bool {
        self.code == "PROXY_OTHER_INSTANCE"
    }
}

/// Each code with the kind of failure that it is, and a sentence.
const REFUSALS: [(&str, Kind, &str); 13] = [
    (
        "PROXY_BAD_REQUEST",
        Kind::BadRequest,
        "The proxy does not accept the call; the versions on both sides may not fit together",
    ),
    (PROXY_FAILED, Kind::Server, "The proxy failed; its log says why"),
    (
        "PROXY_FORBIDDEN_GROUP",
        Kind::Permission,
        "The proxy does not give access to this library",
    ),
    (
        "PROXY_FORBIDDEN_API",
        Kind::Permission,
        "The proxy does not give access to this API",
    ),
    (
        "PROXY_FORBIDDEN_ORIGIN",
        Kind::Permission,
        "The proxy does not take calls from this origin; list it in allow.origins",
    ),
    (
        "PROXY_NOT_FOUND",
        Kind::Api,
        "There is no proxy for this client here; check proxyUrl",
    ),
    (
        "PROXY_OTHER_INSTANCE",
        Kind::Connection,
        "The call met another instance of the proxy than before; if it runs in several, it has to be told",
    ),
    (
        "PROXY_REPEATED",
        Kind::Connection,
        "The call arrived at the proxy twice, and the answer to the first is not known any more",
    ),
    (
        "PROXY_THROTTLED",
        Kind::Throttled,
        "Too many calls for the proxy; try again later",
    ),
    (
        "PROXY_TOO_MANY_TOKENS",
        Kind::BadRequest,
        "The proxy does not take so many face tokens in one call",
    ),
    (
        "PROXY_UNAUTHORIZED",
        Kind::Authentication,
        "The proxy does not know who is calling; sign in again",
    ),
    (
        "PROXY_UNREACHABLE",
        Kind::Connection,
        "A gateway does not reach the proxy; nothing was sent",
    ),
    (
        "PROXY_UNSUPPORTED_VERSION",
        Kind::Api,
        "The proxy speaks another version of the protocol; use the same version of finauth-facesearch on both sides",
    ),
];

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let (code, kind, explanation) = REFUSALS
            .into_iter()
            .find(|(code, ..)| *code == refusal.code)
            .unwrap_or((PROXY_FAILED, Kind::Server, "The proxy failed; its log says why"));
        let delivery = if refusal.may_have_left {
            Delivery::MaybeApplied
        } else {
            Delivery::NotSent
        };
        Self {
            status: Some(refusal.status),
            retry_after_ms: refusal.retry_after_ms,
            ..Self::without_answer(kind, code, explanation, delivery)
        }
    }
}

/// What a proxy tells of an exchange, as far as the caller may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassedOn {
    /// The server answered. Of the body there is only what is documented, and nothing that it cannot be certain of: an
    /// answer may repeat the request, signature and all.
    Answer {
        /// The status.
        status: u16,
        /// The documented members, if it is JSON.
        body: Option<Body>,
        /// The server's own words for a request that is too large.
        too_large: bool,
        /// `Retry-After`, in milliseconds.
        retry_after_ms: Option<u64>,
        /// What the next signature adds to the proxy's clock, in seconds, if this one was refused as out of date.
        clock_correction: Option<i32>,
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
            may_have_left: refusal.may_have_left,
        },
        Exchange::Answered(response) => {
            let (body, too_large) = match response.content {
                Content::Object(body) => (Some(certain(body, call)), false),
                Content::Text(text) => (None, text.trim_ascii() == TOO_LARGE),
            };
            let error = body.as_ref().and_then(|body| body.error.value());
            let is_expired = error.is_some_and(|error| error == "AUTHORIZATION_ERROR:EXPIRED_SIGN");
            PassedOn::Answer {
                status: response.status,
                clock_correction: response.clock_correction.filter(|_| is_expired),
                body,
                too_large,
                retry_after_ms: response.retry_after_ms,
            }
        }
    }
}

/// A body without anything that could be a piece of the request that the caller did not write.
fn certain(mut body: Body, call: Forwarded<'_>) -> Body {
    let shown = body.shown_request_id();
    if let Member::Is(error) = &mut body.error {
        *error = exchange::shown_error(error);
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
                if !is_a_reason(&entry.reason) {
                    UNKNOWN_REASON.clone_into(&mut entry.reason);
                }
            }
        }
        (detail, Forwarded::FaceCount(_)) => *detail = Member::Missing,
        _ => {}
    }
    body
}

/// Words like `FACE_NOT_IN_GROUP`, or a short sentence; never base64 of the length of a signature.
fn is_a_reason(reason: &str) -> bool {
    let mut words = reason.as_bytes().split(|byte| matches!(byte, b' ' | b'_' | b'.'));
    reason.len() <= 256 && words.all(|word| word.len() <= 24) && !reason.bytes().any(|byte| byte.is_ascii_control())
}
