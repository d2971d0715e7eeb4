//! Failures in a row that end a run, whichever requests they belong to.

use crate::error::{Failure, Kind};
use crate::exchange::REPLAYED_RESPONSE;

/// The failures that were known at some moment.
#[derive(Clone, Copy, Debug)]
pub struct Known(u32);

/// The most responses without a known code that a run takes one after another, with no success in between.
const MAX_UNRECOGNISED: u32 = 5;

/// The most replayed responses that a run takes in a row: after more, each further one would be one as well.
const MAX_REPLAYS: u32 = 3;

/// Failures that end a run when they come one after another.
#[derive(Debug, Default)]
pub struct Streaks {
    /// Responses without a known code, each of a request that was sent after the previous one was known.
    unrecognised: u32,
    /// Counts all of these: a request that was sent at a lower count was sent before the last one was known.
    unrecognised_ever: u32,
    /// Replayed responses.
    replays: u32,
}

impl Streaks {
    /// The failures that are known now.
    pub const fn known(&self) -> Known {
        Known(self.unrecognised_ever)
    }

    pub fn on_success(&mut self) {
        self.unrecognised = 0;
        self.replays = 0;
    }

    /// Counts a failure. Whether it is one too many.
    pub fn is_over(&mut self, failure: &Failure, known: Known) -> bool {
        if failure.code == REPLAYED_RESPONSE {
            self.replays += 1;
        } else if failure.status.is_some() {
            self.replays = 0;
        }
        // A gateway that throttles says so by its status.
        if failure.unrecognised && failure.kind != Kind::Throttled && known.0 == self.unrecognised_ever {
            self.unrecognised += 1;
            self.unrecognised_ever += 1;
        }
        self.replays >= MAX_REPLAYS || self.unrecognised >= MAX_UNRECOGNISED
    }
}
