//! Everything in Rust that touches JavaScript: it carries out what the rest of the crate decides.
//!
//! The exports are for the hand-written facade in `pkg-template/`, not for users: they take plain data that the facade
//! has read once, and give plain data back. So no getter or proxy of a caller runs while Rust is at work, and no class
//! of wasm-bindgen can be used before the module is there.
//!
//! | file | what |
//! |---|---|
//! | `client.rs` | the exports: sign, delete, count |
//! | `send.rs` | one attempt: `fetch`, its answer, abort, time-out |
//! | `read_json.rs` | an answer's body, read with the host's JSON parser |
//! | `attempt.rs` | what cuts an attempt off: the caller's signal and the timer, released on drop |
//! | `host.rs` | clock and randomness |
//! | `describe.rs` | what came of a call, as plain data |
//! | `convert.rs` | objects and properties |

mod attempt;
mod client;
mod convert;
mod describe;
mod host;
mod read_json;
mod send;

pub use client::{Call, Client, Config, SignArguments, create_sign};
