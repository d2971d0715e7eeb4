//! Why a proxy does not pass a call on.

use crate::error::{Delivery, Failure, Kind};

/// What does not name its reason.
pub(super) const PROXY_FAILED: &str = "PROXY_FAILED";

/// The call was meant for another instance.
pub(super) const OTHER_INSTANCE: &str = "PROXY_OTHER_INSTANCE";

/// The proxy did not pass the call on, or does not tell what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub(super) code: &'static str,
    pub(super) may_have_left: bool,
    pub(super) retry_after_ms: Option<u64>,
    pub(super) status: u16,
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
        self.code == OTHER_INSTANCE
    }
}

/// Each code with the kind of failure that it is, and a sentence.
pub(super) const REFUSALS: [(&str, Kind, &str); 13] = [
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
        OTHER_INSTANCE,
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
