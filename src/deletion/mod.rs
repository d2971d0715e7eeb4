//! What becomes of each face token.
//!
//! [`settle`] says it for one call: every position of the input gets exactly one [`Outcome`].

mod outcome;

pub use outcome::{Because, Outcome, TokenOutcome, settle};
