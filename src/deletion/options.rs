//! How a run behaves.

use super::Millis;
use super::pace::Concurrency;
use super::retry::RetryPolicy;
use crate::exchange::Transport;
use crate::token::MOST_TOKENS;

/// How a run behaves.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many requests at a time.
    pub concurrency: Concurrency,
    /// The most tokens in a request, 1 to 1000.
    pub batch_size: usize,
    /// When failed requests are sent again.
    pub retry: RetryPolicy,
    /// The run ends when more than this share of the tokens turns out absent: it may be the wrong library. Judged as soon
    /// as 50 tokens, or all, are answered.
    pub most_absent: Option<f64>,
    /// When all has to be over. Nothing new starts when there is less time left than answers take.
    pub deadline: Option<Millis>,
    /// The way to the server.
    pub transport: Transport,
    /// For the jitter of retries.
    pub seed: u64,
    /// Never cut a batch in halves: one call, and its answer, for all tokens. They must be 1000 at most.
    pub whole: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            concurrency: Concurrency::default(),
            batch_size: MOST_TOKENS,
            retry: RetryPolicy::default(),
            most_absent: None,
            deadline: None,
            transport: Transport::TransmitsOnce,
            seed: 0,
            whole: false,
        }
    }
}
