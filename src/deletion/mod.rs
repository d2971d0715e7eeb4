//! What becomes of each face token.
//!
//! [`settle`] says it for one call. [`Run`] is the engine for any number of tokens: it decides what goes out when, and
//! gives every position of the input exactly one [`Outcome`]. It is composed of parts with one responsibility each:
//!
//! | file | decides |
//! |---|---|
//! | `outcome.rs` | what is claimed of a token |
//! | `retry.rs` | whether a failed request is sent again, and when |
//! | `streaks.rs` | which failures in a row end a run |
//! | `pace.rs` | how many requests at a time, and how many tokens in each |
//! | `queue.rs` | keeps what is still to be sent |
//! | `ledger.rs` | keeps what was found of each token, compactly |
//! | `findings.rs` | keeps each different finding once |
//! | `journal/` | what is written down, for another process to go on |
//! | `progress.rs` | how fast it goes, and how long it will take |
//! | `options.rs` | keeps what the caller wants |
//! | `run/` | puts them together |
//! | `report.rs` | the result in numbers |
//!
//! # Example
//!
//! Without JavaScript: a file is planned, and deleted over whatever HTTP there is, one request at a time.
//!
//! ```
//! use finauth_facesearch::answer::{Content, Response};
//! use finauth_facesearch::deletion::{Command, Options, Outcome, Run};
//! use finauth_facesearch::exchange::{Exchange, Interruption};
//! use finauth_facesearch::multipart::Boundary;
//! use finauth_facesearch::selection::Selection;
//! use finauth_facesearch::signature::{Nonce, Signer, Validity};
//! use finauth_facesearch::token::GroupId;
//! use finauth_facesearch::token_reader::TokenReader;
//!
//! /// Any HTTP client will do; this one loses the first answer. `None`: the connection broke.
//! fn post(_path: &str, body: &[u8], attempt: u32) -> Option<(u16, Vec<u8>)> {
//!     assert!(body.windows(5).any(|bytes| bytes == b"a1,b2"));
//!     let answer = br#"{"request_id":"1,a","time_used":9,"group_id":"staff","face_removed":1,"face_count":0,
//!         "failure_detail":[{"face_token":"a1","reason":"FACE_NOT_IN_GROUP"}]}"#;
//!     (attempt > 0).then(|| (200, answer.to_vec()))
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The plan: what the file holds, and what it does not.
//! let mut selection = Selection::default();
//! let mut reader = TokenReader::new(None, None);
//! let mut add = |token: &[u8], line: u64| drop(selection.push_bytes(token, line));
//! reader.push(b"name,face_token\nAnn,a1\nBob,b2\n", &mut add).map_err(|error| error.problem())?;
//! reader.push(b"Ann,a1\nEve,two words\n", &mut add).map_err(|error| error.problem())?;
//! reader.finish(&mut add).map_err(|error| error.problem())?;
//! assert_eq!((selection.count(), selection.duplicates(), selection.invalid()), (2, 1, 1));
//!
//! // The run: it says what to do, you do it, and say what came of it.
//! let signer = Signer::new("api-key", b"api-secret".to_vec())?;
//! let mut run = Run::new(GroupId::parse("staff")?, selection, Options::default());
//! let (mut now, mut attempts) = (0, 0);
//! loop {
//!     match run.poll(now) {
//!         Command::Send(id) => {
//!             let Some(request) = run.request(id) else { continue };
//!             let sign = signer.sign(Validity::new(1_769_740_387, 100), &Nonce::parse("0799687066")?);
//!             let body = request.body(&sign, &Boundary::from_random([7; 16]))?;
//!             // From here on it counts as sent: what is cut off before this did nothing.
//!             if !run.handle_departure(id) { continue }
//!             let exchange = match post("/search/group/delete", &body, attempts) {
//!                 Some((status, body)) => Exchange::Answered(Response::new(status, Content::parse(&body))),
//!                 None => Exchange::Interrupted { by: Interruption::Connection, may_have_left: true },
//!             };
//!             attempts += 1;
//!             run.handle_exchange(now, id, exchange);
//!         }
//!         Command::WaitUntil(then) => now = then, // here you would sleep
//!         Command::Cancel(_) | Command::Wait => {}
//!         Command::Finished => break,
//!     }
//! }
//!
//! // Of the first attempt nobody knows what it did: so what is not there now was most likely removed by it.
//! let report = run.report();
//! assert_eq!(report.requests, 2);
//! assert_eq!(report.counts.of(Outcome::AbsentAfterUncertain), 1);
//! assert_eq!(report.counts.of(Outcome::Deleted), 1);
//! assert_eq!(report.counts.of(Outcome::Duplicate) + report.counts.of(Outcome::Invalid), 2);
//! # Ok(())
//! # }
//! ```

mod findings;
mod journal;
mod ledger;
mod options;
mod outcome;
mod pace;
mod progress;
mod queue;
mod report;
pub(crate) mod retry;
mod run;
mod streaks;

pub use journal::{Begun, Record, Tally, Unusable};
pub use options::Options;
pub use outcome::{Because, Finding, History, Outcome, TokenOutcome, settle};
pub use pace::Concurrency;
pub use progress::{Progress, Waiting};
pub use report::{Counts, Ended, Report};
pub use retry::RetryPolicy;
pub use run::{AttemptId, Command, Run};

/// Milliseconds on a clock that never goes back; only differences count.
pub type Millis = u64;
