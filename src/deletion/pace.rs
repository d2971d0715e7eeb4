//! How many requests at a time, and how many tokens in each.
//!
//! Concurrency follows the rule that keeps networks stable: one more after each window without trouble, half as many once
//! for each time of trouble. "Once", since the requests that were under way when it began all come to grief together.
//! The batch shrinks when requests prove too large or too slow. Slow ones let it grow back while all goes well; the limit of
//! the server is found by halving the distance to it.

use super::Millis;

/// The bounds of concurrency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concurrency {
    /// The least; 1 or more.
    pub min: u32,
    /// Where to start.
    pub start: u32,
    /// The most.
    pub max: u32,
}

impl Default for Concurrency {
    fn default() -> Self {
        Self {
            min: 1,
            start: 2,
            max: 8,
        }
    }
}

/// The present limits, and what they are learned from.
#[derive(Debug)]
pub struct Pace {
    bounds: Concurrency,
    limit: u32,
    /// Successes since the limit last changed.
    clean: u32,
    /// Trouble of a request that was sent before this is trouble that was answered already.
    eased_at: Option<Millis>,
    frozen_until: Millis,
    batch: BatchSize,
}

/// How many tokens go into a request, between the largest size that the server accepted and the smallest that it rejected.
#[derive(Debug)]
struct BatchSize {
    now: usize,
    /// The largest size that was accepted; 0 if none was.
    accepted: usize,
    /// The smallest size that was rejected, or one more than the caller wants.
    rejected: usize,
    /// Whether the server rejected a size.
    is_limited: bool,
    clean: u32,
}

impl BatchSize {
    const BATCHES_TO_GROW: u32 = 10;

    const fn largest(&self) -> usize {
        self.rejected - 1
    }

    fn on_success(&mut self, tokens: usize) {
        let is_largest = tokens > self.accepted;
        self.accepted = self.accepted.max(tokens.min(self.largest()));
        self.clean += 1;
        if self.is_limited && is_largest {
            self.approach_limit();
        } else if self.clean >= Self::BATCHES_TO_GROW {
            let most = if self.is_limited { self.accepted } else { self.largest() };
            self.now = self.now.max((self.now * 2).min(most));
            self.clean = 0;
        }
    }

    fn on_rejection(&mut self, tokens: usize) {
        // Requests that were in flight together are rejected together: each size is learned from once.
        if tokens >= self.rejected && self.is_limited {
            return;
        }
        self.is_limited = true;
        self.rejected = self.rejected.min(tokens).max(2);
        // A limit may be one of bytes, which as many longer tokens exceed.
        self.accepted = self.accepted.min(self.largest());
        self.now = self.now.min(self.largest());
        if self.accepted == 0 {
            self.now = self.now.min((tokens / 2).max(1));
        } else {
            self.approach_limit();
        }
        self.clean = 0;
    }

    /// Half-way to the size that was rejected, until what is left to win is small: each try may cost a request for each one in
    /// flight.
    fn approach_limit(&mut self) {
        let gap = self.rejected - self.accepted;
        let step = if gap > 1 + self.accepted / 16 { gap / 2 } else { 0 };
        self.now = (self.accepted + step).clamp(1, self.largest());
    }

    fn on_slowness(&mut self, tokens: usize) {
        self.now = self.now.min((tokens / 2).max(1));
        self.clean = 0;
    }
}

impl Pace {
    pub fn new(bounds: Concurrency, batch_size: usize) -> Self {
        let min = bounds.min.max(1);
        let max = bounds.max.max(min);
        Self {
            bounds: Concurrency { min, max, ..bounds },
            limit: bounds.start.clamp(min, max),
            clean: 0,
            eased_at: None,
            frozen_until: 0,
            batch: BatchSize {
                now: batch_size.max(1),
                accepted: 0,
                rejected: batch_size.max(1) + 1,
                is_limited: false,
                clean: 0,
            },
        }
    }

    /// How many requests may be under way.
    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// How many tokens to put into the next request.
    pub const fn batch_size(&self) -> usize {
        self.batch.now
    }

    /// Nothing goes out before this time.
    pub const fn frozen_until(&self) -> Millis {
        self.frozen_until
    }

    /// A request of so many tokens was answered as it should be.
    pub fn on_success(&mut self, tokens: usize) {
        self.clean += 1;
        if self.clean >= self.limit && self.limit < self.bounds.max {
            self.limit += 1;
            self.clean = 0;
        }
        self.batch.on_success(tokens);
    }

    /// A request met trouble: throttling, a time-out, a lost connection, a failing server.
    pub fn on_congestion(&mut self, now: Millis, sent_at: Millis) {
        self.clean = 0;
        if self.eased_at.is_some_and(|eased_at| sent_at <= eased_at) {
            return;
        }
        self.limit = (self.limit / 2).max(self.bounds.min);
        self.eased_at = Some(now);
    }

    /// The server asked everybody to wait.
    pub fn freeze(&mut self, until: Millis) {
        self.frozen_until = self.frozen_until.max(until);
    }

    /// A request of so many tokens took too long.
    pub fn was_slow(&mut self, tokens: usize) {
        self.batch.on_slowness(tokens);
    }

    /// A request of so many tokens was rejected as too large: never that many again.
    pub fn was_too_large(&mut self, tokens: usize) {
        self.batch.on_rejection(tokens);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Concurrency = Concurrency {
        min: 1,
        start: 4,
        max: 6,
    };

    #[test]
    fn a_clean_window_adds_one_up_to_the_most() {
        let mut pace = Pace::new(BOUNDS, 1000);
        for _ in 0..4 {
            pace.on_success(1);
        }
        assert_eq!(pace.limit(), 5);
        for _ in 0..100 {
            pace.on_success(1);
        }
        assert_eq!(pace.limit(), 6);
    }

    #[test]
    fn requests_that_fail_together_halve_it_once() {
        let mut pace = Pace::new(BOUNDS, 1000);
        for sent_at in [10, 11, 12, 13] {
            pace.on_congestion(50, sent_at);
        }
        assert_eq!(pace.limit(), 2);
        pace.on_congestion(90, 60);
        pace.on_congestion(120, 100);
        assert_eq!(pace.limit(), 1);
    }

    #[test]
    fn batch_size_a_slow_size_is_tried_again() {
        let mut pace = Pace::new(BOUNDS, 1000);
        pace.was_slow(1000);
        assert_eq!(pace.batch_size(), 500);
        for _ in 0..10 {
            pace.on_success(500);
        }
        assert_eq!(pace.batch_size(), 1000);
    }

    /// How many requests it takes to get so many tokens accepted, some at a time.
    fn requests_to_send(tokens: usize, server_limit: usize, in_flight: usize) -> usize {
        let mut pace = Pace::new(BOUNDS, 1000);
        let (mut left, mut requests) = (tokens, 0);
        while left > 0 {
            let sizes: Vec<usize> = (0..in_flight).map(|_| pace.batch_size().min(left)).collect();
            for size in sizes {
                let size = size.min(left);
                requests += usize::from(size > 0);
                if size > server_limit {
                    pace.was_too_large(size);
                } else {
                    pace.on_success(size);
                    left -= size;
                }
            }
        }
        requests
    }

    #[test]
    fn batch_size_the_servers_limit_is_found_with_few_requests() {
        for server_limit in [1, 2, 3, 7, 30, 99, 100, 128, 333, 500, 501, 750, 999, 1000] {
            for in_flight in [1, 2, 8] {
                let (least, requests) = (50_000 / server_limit, requests_to_send(50_000, server_limit, in_flight));
                assert!(
                    requests <= least * 3 / 2 + 60,
                    "{requests} requests where {least} would do, for {server_limit} with {in_flight} in flight"
                );
            }
        }
    }

    #[test]
    fn batch_size_what_was_rejected_is_never_tried_again() {
        let mut pace = Pace::new(BOUNDS, 1000);
        pace.was_too_large(700);
        for size in 1..100 {
            pace.on_success(pace.batch_size());
            assert!(pace.batch_size() < 700);
            pace.was_slow(size);
        }
        // A limit of bytes: what was accepted before is not any more.
        pace.was_too_large(pace.batch_size());
        pace.was_too_large(1);
        assert_eq!(pace.batch_size(), 1);
        pace.on_success(1);
        assert_eq!(pace.batch_size(), 1);
    }

    #[test]
    fn bounds_that_contradict_each_other_are_made_to_agree() {
        let mut pace = Pace::new(
            Concurrency {
                min: 0,
                start: 0,
                max: 0,
            },
            0,
        );
        pace.on_congestion(1, 1);
        assert_eq!((pace.limit(), pace.batch_size()), (1, 1));
    }
}
