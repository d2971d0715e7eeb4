//! What becomes of each face token.
//!
//! [`settle`] says it for one call. [`Run`] is the engine for any number of tokens: it decides what goes out when, and
//! gives every position of the input exactly one [`Outcome`]. It is composed of parts with one responsibility each:
//!
//! | file | decides |
//! |---|---|
//! | `outcome.rs` | what is claimed of a token |
//! | `retry.rs` | whether a failed request is sent again, and when |
//! | `pace.rs` | how many requests at a time, and how many tokens in each |
//! | `queue.rs` | keeps what is still to be sent |
//! | `ledger.rs` | keeps what was found of each token, compactly |
//! | `journal.rs` | what is written down, for another process to go on |
//! | `progress.rs` | how fast it goes, and how long it will take |
//! | `run.rs` | puts them together |
//! | `report.rs` | the result in numbers |

mod journal;
mod ledger;
mod outcome;
mod pace;
mod progress;
mod queue;
mod report;
mod retry;
mod run;

pub use journal::{Begun, Record, Tally, Unusable};
pub use outcome::{Because, Finding, History, Outcome, TokenOutcome, settle};
pub use pace::Concurrency;
pub use progress::{Progress, Waiting};
pub use report::{Counts, Ended, Report};
pub use retry::RetryPolicy;
pub use run::{AttemptId, Command, Options, Run};

/// Milliseconds on a clock that never goes back; only differences count.
pub type Millis = u64;
