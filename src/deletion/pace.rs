//! How many requests at a time, and how many tokens in each.
//!
//! Concurrency follows the rule that keeps networks stable: one more after each window without trouble, half as many once
//! for each time of trouble. "Once", since the requests that were under way when it began all come to grief together.
//! The batch shrinks when requests prove too large or too slow, and grows back while all goes well.

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

#[derive(Debug)]
struct BatchSize {
    now: usize,
    /// Larger was refused as too large, or more than was asked for.
    most: usize,
    clean: u32,
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
                most: batch_size.max(1),
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

    /// A request was answered as it should be.
    pub fn went_well(&mut self) {
        const BATCHES_TO_GROW: u32 = 10;
        self.clean += 1;
        if self.clean >= self.limit && self.limit < self.bounds.max {
            self.limit += 1;
            self.clean = 0;
        }
        self.batch.clean += 1;
        if self.batch.clean >= BATCHES_TO_GROW && self.batch.now < self.batch.most {
            self.batch.now = (self.batch.now * 2).min(self.batch.most);
            self.batch.clean = 0;
        }
    }

    /// A request met trouble: throttling, a time-out, a lost connection, a failing server.
    pub fn met_trouble(&mut self, now: Millis, sent_at: Millis) {
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
        self.shrink(tokens);
    }

    /// A request of so many tokens was refused as too large: never that many again.
    pub fn was_too_large(&mut self, tokens: usize) {
        self.batch.most = self.batch.most.min(tokens.saturating_sub(1).max(1));
        self.shrink(tokens);
    }

    fn shrink(&mut self, tokens: usize) {
        self.batch.now = self.batch.now.min((tokens / 2).max(1)).min(self.batch.most);
        self.batch.clean = 0;
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
            pace.went_well();
        }
        assert_eq!(pace.limit(), 5);
        for _ in 0..100 {
            pace.went_well();
        }
        assert_eq!(pace.limit(), 6);
    }

    #[test]
    fn requests_that_fail_together_halve_it_once() {
        let mut pace = Pace::new(BOUNDS, 1000);
        for sent_at in [10, 11, 12, 13] {
            pace.met_trouble(50, sent_at);
        }
        assert_eq!(pace.limit(), 2);
        pace.met_trouble(90, 60);
        pace.met_trouble(120, 100);
        assert_eq!(pace.limit(), 1);
    }

    #[test]
    fn too_large_is_never_tried_again_and_too_slow_is() {
        let mut pace = Pace::new(BOUNDS, 1000);
        pace.was_slow(1000);
        assert_eq!(pace.batch_size(), 500);
        for _ in 0..10 {
            pace.went_well();
        }
        assert_eq!(pace.batch_size(), 1000);
        pace.was_too_large(1000);
        for _ in 0..100 {
            pace.went_well();
        }
        assert_eq!(pace.batch_size(), 999);
        pace.was_too_large(1);
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
        pace.met_trouble(1, 1);
        assert_eq!((pace.limit(), pace.batch_size()), (1, 1));
    }
}
