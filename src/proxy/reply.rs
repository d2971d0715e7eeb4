//! What a proxy replies, and what that means.

use super::refusal::{PROXY_FAILED, REFUSALS, Refusal};
use super::{VERSION, name_of};
use crate::answer::{Body, Content, Member, Response};
use crate::exchange::{Exchange, Interruption, Transport};

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

    /// As the protocol has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a proxy replied, read but not yet judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// `v`
    pub version: Member<u64>,
    /// `instance`
    pub instance: Member<String>,
    /// `attemptId`: which attempt it is about.
    pub attempt_id: Member<String>,
    /// `transmitsOnce`: this instance's own requests go out once at most.
    pub transmits_once: bool,
    /// `recognisesRepeats`: of all copies of this attempt, wherever they arrive, one is sent.
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
    /// `retryAfterMs`
    pub retry_after_ms: Member<u64>,
    /// `clockCorrection`, in seconds
    pub clock_correction: Option<i32>,
    /// `replayed`: the server's response is a replay; or the reply itself is one, which a cache gave.
    pub replayed: bool,
}

impl Reply {
    /// Who is there, in reply to [`hello`](super::hello); or why the attempt cannot be made. Nothing was sent.
    pub fn welcome(self, status: u16) -> Result<Instance, Refusal> {
        match self.instance.value().and_then(|name| Instance::parse(name)) {
            Some(instance) if self.version.value() == Some(&VERSION) && matches!(self.refused, Member::Missing) => {
                Ok(instance)
            }
            _ => Err(Refusal {
                code: self.code().unwrap_or_else(|| not_a_proxy(status)),
                may_have_left: false,
                retry_after_ms: self.retry_after_ms.value().copied(),
                status,
            }),
        }
    }

    /// The way to the server that the attempt took, by this reply's own statement: another instance may have answered the hello,
    /// with other settings. Where there are several instances, something distributes the requests, and may deliver one twice.
    #[must_use]
    pub fn transport(&self, attempt_id: &str) -> Transport {
        if self.is_about(attempt_id) && self.transmits_once && self.recognises_repeats && !self.replayed {
            Transport::TransmitsOnce
        } else {
            Transport::MayResend
        }
    }

    fn is_about(&self, attempt_id: &str) -> bool {
        self.version.value() == Some(&VERSION) && self.attempt_id.value().is_some_and(|id| id == attempt_id)
    }

    /// The outcome of an attempt.
    #[must_use]
    pub fn exchange(self, http_status: u16, attempt_id: &str) -> Exchange {
        let is_about_this = self.is_about(attempt_id);
        // What a proxy rejects before it has read the id, it rejects without one.
        let is_rejection = self.attempt_id == Member::Missing && self.refused != Member::Missing;
        if self.version.value() != Some(&VERSION) || !(is_about_this || is_rejection) {
            // Not from a proxy, or about another attempt: something in between answered, and the proxy may have acted.
            return Exchange::Answered(Response::new(http_status, Content::Other));
        }
        let code = self.code();
        // An instance that does not recognise repeats cannot know what happened to a copy, which another may have received.
        let not_sent = matches!(&self.delivery, Member::Is(delivery) if delivery == "not-sent");
        let may_have_left = !(not_sent && is_about_this && self.recognises_repeats && !self.replayed);
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
        let content = self.body.map_or(Content::Other, Content::Object);
        Exchange::Answered(match status {
            Some(status) => Response {
                retry_after_ms: self.retry_after_ms.value().copied(),
                // It is the proxy's clock that is off, and signs by the server's from now on: nothing is to be added to ours.
                clock_correction: self.clock_correction.map(|_| 0),
                replayed: self.replayed,
                ..Response::new(status, content)
            },
            // A reply that tells nothing: the proxy may have acted.
            None => Response::new(http_status, Content::Other),
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
