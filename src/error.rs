//! What went wrong, in words that a program can act on.
//!
//! A [`Failure`] says which kind of failure it is, the server's own code where there is one, and its [`Delivery`]:
//! whether the request can have had an effect. [`InvalidArgument`] is a call that was refused before anything was sent.

use core::fmt;

use crate::text::joined;

/// A call that cannot be made: which argument, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidArgument {
    path: String,
    problem: &'static str,
}

impl InvalidArgument {
    /// `path` as a JavaScript user writes it, such as `faceTokens[3]`; `problem` continues the sentence.
    #[must_use]
    pub fn new(path: impl Into<String>, problem: &'static str) -> Self {
        Self {
            path: path.into(),
            problem,
        }
    }

    /// What is wrong, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        joined(&[&self.path, " ", self.problem])
    }

    /// The argument.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for InvalidArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl core::error::Error for InvalidArgument {}

/// How far a request got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It never left: nothing can have happened.
    NotSent,
    /// The server refused it with a code that is known to precede any action.
    Rejected,
    /// It may have taken effect: no answer, an unreadable or inconsistent one, or an error that proves nothing.
    MaybeApplied,
    /// A consistent answer says what it did.
    Applied,
}

impl Delivery {
    /// Its name in JavaScript.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotSent => "not-sent",
            Self::Rejected => "rejected",
            Self::MaybeApplied => "maybe-applied",
            Self::Applied => "applied",
        }
    }
}

#[cfg(feature = "js")]
impl serde::Serialize for Delivery {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The kinds of failure; each is an error class of its own in JavaScript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An error of the server that has no kind of its own.
    Api,
    /// The key or the signature is wrong, or the signature is out of date.
    Authentication,
    /// The key may not do this, from here, or any more.
    Permission,
    /// No such face library.
    GroupNotFound,
    /// The server does not accept the arguments.
    BadRequest,
    /// Too many requests at once.
    Throttled,
    /// The server or a gateway failed.
    Server,
    /// No connection, or it broke.
    Connection,
    /// The attempt took too long.
    Timeout,
    /// The caller's signal cut it off.
    Abort,
    /// An answer that is not of the documented form, or contradicts itself or the request.
    Protocol,
}

/// Why a request has no valid answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind.
    pub kind: Kind,
    /// The server's error code where it gave one, else one of ours; upper case.
    pub code: String,
    /// What the server wrote behind the code's colon, such as the name of an argument.
    pub detail: Option<String>,
    /// What happened, for people; [`Failure::sentence`] adds what it means. It never holds a secret, a token or a part of the
    /// response.
    pub explanation: &'static str,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The server's id of the request, if it gave one.
    pub request_id: Option<String>,
    /// Whether the request can have had an effect.
    pub delivery: Delivery,
    /// How long the server asked to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// What to add to our clock to sign by the server's, in seconds, if the signature was refused as out of date for a
    /// clock that is off.
    pub clock_correction: Option<i32>,
    /// Whether the response has no code that is known. It may come from a gateway on the way to the server.
    pub unrecognised: bool,
}

impl Failure {
    /// A failure of the exchange itself, before or without an answer.
    #[must_use]
    pub fn without_answer(kind: Kind, code: &str, explanation: &'static str, delivery: Delivery) -> Self {
        Self {
            kind,
            code: code.to_owned(),
            detail: None,
            explanation,
            status: None,
            request_id: None,
            delivery,
            retry_after_ms: None,
            clock_correction: None,
            unrecognised: false,
        }
    }

    /// What happened to a request to delete, and whether it can have had an effect.
    #[must_use]
    pub fn sentence(&self) -> String {
        self.with_effect(match self.delivery {
            Delivery::NotSent => "; nothing was sent",
            Delivery::MaybeApplied => "; faces may have been deleted",
            Delivery::Rejected | Delivery::Applied => "",
        })
    }

    /// What happened to a request that only reads.
    #[must_use]
    pub fn sentence_of_reading(&self) -> String {
        self.with_effect("")
    }

    fn with_effect(&self, effect: &str) -> String {
        let (colon, detail) = match &self.detail {
            Some(detail) => (": ", detail.as_str()),
            None => ("", ""),
        };
        joined(&[self.explanation, effect, " (", &self.code, colon, detail, ")"])
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl core::error::Error for Failure {}
