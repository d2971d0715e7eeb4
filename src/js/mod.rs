//! Everything in Rust that touches JavaScript: it carries out what the rest of the crate decides.
//!
//! The exports are for the hand-written facade in `pkg-template/`, not for users: they take plain data that the facade
//! has read once, and give plain data back. So no getter or proxy of a caller runs while Rust is at work, and no class
//! of wasm-bindgen can be used before the module is there.
//!
//! | file | what |
//! |---|---|
//! | `client.rs` | the exports: sign, delete, count |
//! | `reading.rs` | the export for a list of tokens, while it is read and afterwards |
//! | `deletion.rs` | the export for many tokens |
//! | `receipt.rs` | the export for the tree of a receipt |
//! | `run.rs` | carries out the commands of the deletion engine |
//! | `settings.rs` | one attempt: sign, build the body, send |
//! | `proxied.rs` | one attempt through a proxy |
//! | `forward.rs` | the proxy's own side |
//! | `send.rs` | hands a request to the facade's `post.js`, and takes its answer |
//! | `read_json.rs` | the members of an answer |
//! | `attempt.rs` | what cuts an attempt off: signal, time-out, the run |
//! | `signal.rs`, `timers.rs` | listeners and timers, released on drop |
//! | `host.rs` | clocks, randomness |
//! | `describe.rs` | what came of a call, as plain data |
//! | `refusal.rs` | why a call ended before there was a response |
//! | `convert.rs` | objects, properties, promises |

mod attempt;
mod client;
mod convert;
mod deletion;
mod describe;
mod forward;
mod host;
mod proxied;
mod read_json;
mod reading;
mod receipt;
mod refusal;
mod run;
mod send;
mod settings;
mod signal;
mod timers;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

pub use client::{Call, Client, Config, create_sign, ready, recover};
pub use deletion::{Deletion, ManyCall};
pub use reading::Reading;
pub use receipt::OutcomeTree;
