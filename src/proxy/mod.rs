//! The way through a proxy that holds the secret: what is sent to it, and what its replies mean.
//!
//! `docs/proxy-protocol.md` describes the protocol. Each attempt has an id and is meant for one instance of the proxy, so
//! that what a browser silently sends again is recognised, wherever it arrives. Each reply names the attempt that it is about,
//! and states whether repeats of it are recognised; what the hello stated may be true of another instance only.
//!
//! | file | what |
//! |---|---|
//! | `request.rs` | what is sent to a proxy |
//! | `reply.rs` | what it replies, and what that means |
//! | `refusal.rs` | why it does not pass a call on |
//! | `pass_on.rs` | the proxy's own side: what it tells of an exchange |

mod pass_on;
mod refusal;
mod reply;
mod request;

use crate::exchange::Interruption;

pub use pass_on::{PassedOn, pass_on};
pub use refusal::Refusal;
pub use reply::{Instance, Reply};
pub use request::{Forwarded, attempt, hello};

/// The version of the protocol.
pub const VERSION: u64 = 1;

pub(crate) const fn name_of(by: Interruption) -> &'static str {
    match by {
        Interruption::Connection => "connection",
        Interruption::Certificate => "certificate",
        Interruption::Timeout => "timeout",
        Interruption::Abort => "abort",
        Interruption::AnswerTooLarge => "answer-too-large",
        Interruption::NotAResponse => "not-a-response",
    }
}
