//! What is still to be sent: tokens that were in no request of this run yet, and requests that wait to go out again.

use super::Millis;
use super::outcome::{Because, History};
use super::retry::Tries;

/// A range of tokens that go out together, and what has come of it so far.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    pub start: usize,
    pub end: usize,
    pub history: History,
    /// Why the last attempt failed, if there was one.
    pub last: Because,
    /// The number of the code that the response to the last attempt had, as the run keeps them; 0 if there was none.
    pub code: u16,
    pub tries: Tries,
    pub not_before: Millis,
}

impl Work {
    pub const fn tokens(&self) -> usize {
        self.end - self.start
    }

    /// Whether these tokens were sent before, and not only as a part of more.
    pub fn is_retry(&self) -> bool {
        self.tries != Tries::default()
    }
}

/// Tokens with the same past: where they start and end, and the past.
pub type Stretch = (usize, usize, History);

#[derive(Debug)]
pub struct Queue {
    /// In no request yet; the next ones last.
    fresh: Vec<Stretch>,
    waiting: Vec<Work>,
}

impl Queue {
    /// The tokens in their order.
    pub fn new(stretches: &[Stretch]) -> Self {
        let mut fresh = Vec::new();
        for (start, end, history) in stretches.iter().rev() {
            if start < end {
                fresh.push((*start, *end, *history));
            }
        }
        Self {
            fresh,
            waiting: Vec::new(),
        }
    }

    pub const fn is_empty(&self) -> bool {
        self.fresh.is_empty() && self.waiting.is_empty()
    }

    /// The next batch, of at most so many tokens: first a retry whose wait is over.
    pub fn take(&mut self, now: Millis, most: usize) -> Option<Work> {
        if let Some(at) = self.waiting.iter().position(|work| work.not_before <= now) {
            let work = self.waiting.swap_remove(at);
            let middle = work.end.min(work.start.saturating_add(most));
            if middle < work.end {
                self.waiting.push(Work { start: middle, ..work });
            }
            return Some(Work { end: middle, ..work });
        }
        let (start, end, history) = self.fresh.pop()?;
        let middle = end.min(start.saturating_add(most));
        if middle < end {
            self.fresh.push((middle, end, history));
        }
        Some(fresh(start, middle, history, Because::RunEnded))
    }

    /// It goes out again.
    pub fn put_back(&mut self, work: Work) {
        self.waiting.push(work);
    }

    /// When the next request can go out, as far as it depends on what there is.
    pub fn next_time(&self, now: Millis) -> Option<Millis> {
        if !self.fresh.is_empty() {
            return Some(now);
        }
        let mut next = None;
        for work in &self.waiting {
            next = Some(work.not_before.min(next.unwrap_or(Millis::MAX)));
        }
        next
    }

    /// Empties it. What was in no request is left out because the run ended, for this reason.
    pub fn drain(&mut self, because: Because) -> Vec<Work> {
        let mut drained = core::mem::take(&mut self.waiting);
        while let Some((start, end, history)) = self.fresh.pop() {
            drained.push(fresh(start, end, history, because));
        }
        drained
    }
}

fn fresh(start: usize, end: usize, history: History, last: Because) -> Work {
    Work {
        start,
        end,
        history,
        last,
        code: 0,
        tries: Tries::default(),
        not_before: 0,
    }
}
