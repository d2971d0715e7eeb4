//! What a run writes down, so that another process can go on where this one ended: `docs/journal.md` describes it.
//!
//! Before a request leaves, its intent is written; after its answer, what was found. Tokens are named by their positions in
//! the list, never by what they are. An intent without a result is taken for a request that may have been applied.
//!
//! `notes.rs` writes it, `record.rs` reads it back.

mod notes;
mod record;

use super::Millis;
use crate::text::{hex, joined};

pub use notes::Notes;
pub use record::{Record, Unusable};

/// The version of the format.
pub const VERSION: u64 = 2;

/// What another process writes first. The line before it may be torn.
const RESUME: &str = "resume";

const NAME: &str = "finauth-facesearch-journal";

/// Which run it is: what a receipt says of its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Its name: one word, of at most 64 ASCII characters.
    pub id: String,
    /// When it began, in UNIX seconds, by the server's clock as far as that is known.
    pub at: u64,
    /// How many faces the library held before, if that was asked.
    pub face_count: Option<u64>,
}

/// Requests, retries, and the size of the library: what a report says besides the outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests that were sent.
    pub requests: u32,
    /// Those of them that were sent again.
    pub retries: u32,
    /// How many faces the library held after the last response that said so.
    pub face_count: Option<u64>,
    /// For how long the run was active, in milliseconds.
    pub active_ms: Millis,
}

/// The last line of a run that is over: until another line follows, the journal holds all that happened.
const END: &str = "end";

/// A checksum of each line that goes on from that of the line before: a line that is torn, damaged, missing, repeated or in
/// another place is noticed, unless it was the last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain(u32);

impl Default for Chain {
    /// FNV-1a's own beginning.
    fn default() -> Self {
        Self(0x811c_9dc5)
    }
}

impl Chain {
    /// With one more line.
    fn with(self, line: &[u8]) -> Self {
        Self(
            line.iter()
                .fold(self.0, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193)),
        )
    }

    /// The end of the line: FNV-1a, 32 bits, in hex.
    fn check(self) -> String {
        joined(&[" ~", &hex(&self.0.to_be_bytes())])
    }
}

/// So many bytes it has.
const CHECK: usize = " ~".len() + 8;

/// What the server says fits on a line if it is one word; otherwise it is not kept.
pub fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text != "-" && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'~')
}
