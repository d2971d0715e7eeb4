//! How far this machine's clock is off, learned from the server.
//!
//! A signature holds the time, and a server refuses one that is out of date. Its answer says what time it is (`Date`), so
//! a client whose clock is wrong can sign once more by the server's clock instead of failing at everything.

/// One day: time zones taken for one another stay below. A clock that is further off has to be set by its owner.
const MOST_SECONDS: u32 = 86_400;

/// Below this, it was not the clock: `Date` has whole seconds, and the answer took its time.
const LEAST_SECONDS: u64 = 5;

/// What to add to our clock to get the server's time, in seconds, when the server refuses a signature as out of date:
/// nothing if the clock that made the signature was right, or is further off than a day.
///
/// `server` and `ours` are UNIX seconds at the same moment; `used` is what was added to our clock for the signature.
#[must_use]
pub fn correction(server: u64, ours: u64, used: i32) -> Option<i32> {
    let ahead = i64::try_from(server).ok()?.checked_sub(i64::try_from(ours).ok()?)?;
    let was_right = ahead.checked_sub(i64::from(used))?.unsigned_abs() < LEAST_SECONDS;
    let ahead = i32::try_from(ahead).ok()?;
    (!was_right && ahead.unsigned_abs() <= MOST_SECONDS).then_some(ahead)
}

/// Our time by the server's clock.
#[must_use]
pub const fn corrected(ours: u64, correction: i32) -> u64 {
    ours.saturating_add_signed(correction as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_by_up_to_a_day_is_corrected_whichever_way() {
        for off in [5_i32, -5, 3600, -14 * 3600, 86_400, -86_400] {
            assert_eq!(correction(1_000_000, (1_000_000 - i64::from(off)) as u64, 0), Some(off));
            assert_eq!(corrected((1_000_000 - i64::from(off)) as u64, off), 1_000_000);
        }
    }

    #[test]
    fn a_clock_that_was_right_or_is_hopeless_is_not() {
        for (server, ours, used) in [
            (1_000_000, 1_000_004, 0),
            (1_000_000, 996_398, 3600),
            (1_000_000, 0, 0),
            (u64::MAX, 0, 0),
            (0, u64::MAX, i32::MIN),
        ] {
            assert_eq!(correction(server, ours, used), None, "{server} {ours} {used}");
        }
    }

    #[test]
    fn a_correction_that_has_become_wrong_is_taken_back() {
        assert_eq!(correction(1_000_000, 1_000_000, 3600), Some(0));
    }
}
