//! Whether a failed request is sent again, and when.
//!
//! Sending a delete again is safe, so what is ambiguous is sent again, too. Two limits hold: a number of retries for each
//! request, and a budget for the whole run, so that a server that fails altogether is not hit with several times the load.

use super::Millis;
use super::streaks::{Known, Streaks};
use crate::codes::{Blame, blame, is_too_large};
use crate::error::{Failure, Kind};
use crate::splitmix;

/// The limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Retries of one request, besides those after throttling.
    pub max_retries: u32,
    /// Retries of one request after throttling: the server did nothing, and asks to come back.
    pub max_throttled: u32,
    /// A longer `Retry-After` ends the run. In milliseconds.
    pub longest_wait: Millis,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 2,
            max_throttled: 8,
            longest_wait: 60_000,
        }
    }
}

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Send it again, after so many milliseconds.
    Again(Millis),
    /// Send it again in two halves, after so many milliseconds: it is too slow, or one of its tokens is bad.
    Halves(Millis),
    /// Send it again in batches of the size that the server accepts: it is too large.
    Smaller,
    /// Leave it at that; the run goes on.
    GiveUp,
    /// The run ends: each further request would fare alike.
    EndRun,
    /// The run ends: the server asks to wait for longer than is allowed. In milliseconds from now.
    ComeBack(Millis),
}

/// Decides, and keeps the run's budget.
#[derive(Debug)]
pub struct Retry {
    policy: RetryPolicy,
    budget: u32,
    random: Random,
    streaks: Streaks,
}

/// How often a request was tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    /// Retries after failures other than throttling.
    pub failed: u32,
    /// Retries after throttling.
    pub throttled: u32,
    /// Retries with the clock put right.
    pub corrected: u32,
}

impl Tries {
    /// With one more, after this failure.
    #[must_use]
    pub const fn after(mut self, failure: &Failure) -> Self {
        match failure.kind {
            Kind::Throttled => self.throttled += 1,
            // To divide a batch that was rejected is progress, not a retry: it ends at one token.
            Kind::BadRequest if !failure.unrecognised => {}
            Kind::Authentication if !failure.unrecognised => self.corrected += 1,
            _ => self.failed += 1,
        }
        self
    }
}

impl Retry {
    const FULL_BUDGET: u32 = 500;
    const COST: u32 = 5;
    const BASE_MS: Millis = 250;
    const THROTTLED_BASE_MS: Millis = 1000;
    const LONGEST_BACKOFF_MS: Millis = 20_000;

    pub fn new(policy: RetryPolicy, seed: u64) -> Self {
        Self {
            policy,
            budget: Self::FULL_BUDGET,
            random: Random(seed),
            streaks: Streaks::default(),
        }
    }

    /// A request was answered as it should be.
    pub fn on_success(&mut self) {
        self.budget = (self.budget + 1).min(Self::FULL_BUDGET);
        self.streaks.on_success();
    }

    /// The failures that are known now, which [`Retry::decide`] has to know of each request.
    pub const fn known(&self) -> Known {
        self.streaks.known()
    }

    /// What to do about a failure of a request with so many tokens, sent when these failures were `known`.
    pub fn decide(&mut self, failure: &Failure, tries: Tries, tokens: usize, known: Known) -> Next {
        if self.streaks.is_over(failure, known) {
            return Next::EndRun;
        }
        if let Some(wait) = failure.retry_after_ms
            && wait > self.policy.longest_wait
        {
            return Next::ComeBack(wait);
        }
        match failure.kind {
            Kind::BadRequest if is_too_large(failure) && tokens > 1 => Next::Smaller,
            Kind::BadRequest if blame(failure) != Blame::Request && tokens > 1 => Next::Halves(0),
            Kind::BadRequest if is_too_large(failure) || blame(failure) != Blame::Request => Next::GiveUp,
            Kind::Throttled => {
                if tries.throttled >= self.policy.max_throttled {
                    return Next::GiveUp;
                }
                self.again(failure, Self::THROTTLED_BASE_MS, tries.throttled)
            }
            // The next request would meet the same certificate.
            Kind::Connection if failure.code == "CERTIFICATE_REJECTED" => Next::EndRun,
            Kind::Server | Kind::Connection => self.retried(failure, tries),
            Kind::Timeout if tokens > 1 => match self.retried(failure, tries) {
                Next::Again(wait) => Next::Halves(wait),
                next => next,
            },
            Kind::Timeout => self.retried(failure, tries),
            Kind::Protocol if failure.code == "REDIRECTED" || failure.code == "WRONG_GROUP" => Next::EndRun,
            Kind::Protocol => self.retried(failure, tries),
            Kind::Abort => Next::GiveUp,
            // Trouble on the way to the server, as far as anybody can tell.
            _ if failure.unrecognised => self.retried(failure, tries),
            // Once: a server that goes on refusing does not refuse for the clock.
            Kind::Authentication
                if failure.clock_correction.is_some() && tries.corrected == 0 && self.policy.max_retries > 0 =>
            {
                Next::Again(0)
            }
            Kind::Api | Kind::Authentication | Kind::Permission | Kind::GroupNotFound | Kind::BadRequest => {
                Next::EndRun
            }
        }
    }

    fn retried(&mut self, failure: &Failure, tries: Tries) -> Next {
        if tries.failed >= self.policy.max_retries || self.budget < Self::COST {
            return Next::GiveUp;
        }
        self.budget -= Self::COST;
        self.again(failure, Self::BASE_MS, tries.failed)
    }

    /// Full jitter: any time up to the back-off, so that those who failed together do not come back together. Never
    /// before the server allowed it.
    fn again(&mut self, failure: &Failure, base: Millis, tries: u32) -> Next {
        let backoff = base.saturating_mul(1 << tries.min(16)).min(Self::LONGEST_BACKOFF_MS);
        let jittered = self.random.below(backoff + 1);
        Next::Again(failure.retry_after_ms.unwrap_or(0).saturating_add(jittered))
    }
}

/// Repeatable random numbers (SplitMix64): the seed comes from outside, so that a run can be replayed.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        splitmix::next(&mut self.0).checked_rem(bound).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Delivery;
    use crate::exchange::REPLAYED_RESPONSE;

    fn failure(kind: Kind, code: &str) -> Failure {
        Failure::without_answer(kind, code, "", Delivery::MaybeApplied)
    }

    fn retry() -> Retry {
        Retry::new(RetryPolicy::default(), 1)
    }

    /// For a request that is sent now.
    fn decide(retry: &mut Retry, failure: &Failure, tries: Tries, tokens: usize) -> Next {
        let known = retry.known();
        retry.decide(failure, tries, tokens, known)
    }

    #[test]
    fn an_ambiguous_failure_is_retried_twice() {
        let lost = failure(Kind::Connection, "CONNECTION_LOST");
        for (failed, again) in [(0, true), (1, true), (2, false)] {
            let tries = Tries {
                failed,
                throttled: 5,
                corrected: 1,
            };
            let next = decide(&mut retry(), &lost, tries, 10);
            assert_eq!(matches!(next, Next::Again(_)), again, "{next:?}");
        }
    }

    #[test]
    fn the_wait_is_jittered_within_the_backoff_and_never_shorter_than_retry_after() {
        let mut retry = retry();
        let mut throttled = failure(Kind::Throttled, "CONCURRENCY_LIMIT_EXCEEDED");
        for _ in 0..1000 {
            let Next::Again(wait) = decide(
                &mut retry,
                &throttled,
                Tries {
                    throttled: 2,
                    ..Tries::default()
                },
                1,
            ) else {
                panic!("throttling is retried");
            };
            assert!(wait <= 4000);
        }
        throttled.retry_after_ms = Some(7000);
        let next = decide(&mut retry, &throttled, Tries::default(), 1);
        assert!(matches!(next, Next::Again(7000..=8000)), "{next:?}");
        throttled.retry_after_ms = Some(60_000);
        let next = decide(&mut retry, &throttled, Tries::default(), 1);
        assert!(matches!(next, Next::Again(60_000..=61_000)), "{next:?}");
        throttled.retry_after_ms = Some(61_000);
        assert_eq!(
            decide(&mut retry, &throttled, Tries::default(), 1),
            Next::ComeBack(61_000)
        );
    }

    #[test]
    fn the_backoff_doubles_and_each_wait_up_to_it_occurs() {
        let lost = failure(Kind::Connection, "CONNECTION_LOST");
        for (failed, backoff) in [(0, 250), (1, 500)] {
            let tries = Tries {
                failed,
                ..Tries::default()
            };
            let mut retry = retry();
            let waits: Vec<Millis> = (0..20_000)
                .map(|_| {
                    retry.on_success();
                    retry.budget = Retry::FULL_BUDGET;
                    match decide(&mut retry, &lost, tries, 1) {
                        Next::Again(wait) => wait,
                        next => panic!("{next:?}"),
                    }
                })
                .collect();
            assert_eq!(waits.iter().min(), Some(&0));
            assert_eq!(waits.iter().max(), Some(&backoff));
        }
    }

    #[test]
    fn retry_an_unproven_response_is_retried_and_a_request_that_is_too_large_is_divided() {
        let malformed = failure(Kind::Protocol, "MALFORMED_RESPONSE");
        let next = decide(&mut retry(), &malformed, Tries::default(), 9);
        assert!(matches!(next, Next::Again(_)), "{next:?}");
        for (code, expected) in [
            ("INVALID_FACE_TOKEN", Next::Halves(0)),
            ("BAD_ARGUMENTS", Next::Halves(0)),
            ("INVALID_FACE_TOKENS_SIZE", Next::Smaller),
            ("REQUEST_ENTITY_TOO_LARGE", Next::Smaller),
            ("PROXY_TOO_MANY_TOKENS", Next::Smaller),
        ] {
            let rejected = failure(Kind::BadRequest, code);
            assert_eq!(decide(&mut retry(), &rejected, Tries::default(), 2), expected, "{code}");
            assert_eq!(
                decide(&mut retry(), &rejected, Tries::default(), 1),
                Next::GiveUp,
                "{code}"
            );
        }
    }

    #[test]
    fn retry_a_response_without_a_known_code_is_retried_whatever_its_status() {
        for kind in [
            Kind::Api,
            Kind::Authentication,
            Kind::Permission,
            Kind::BadRequest,
            Kind::Server,
        ] {
            let unrecognised = Failure {
                unrecognised: true,
                ..failure(kind, "HTTP_499")
            };
            let next = decide(&mut retry(), &unrecognised, Tries::default(), 9);
            assert!(matches!(next, Next::Again(_)), "{kind:?}: {next:?}");
            let tries = Tries {
                failed: 2,
                ..Tries::default()
            };
            assert_eq!(decide(&mut retry(), &unrecognised, tries, 9), Next::GiveUp, "{kind:?}");
        }
    }

    #[test]
    fn the_budget_ends_retries_when_everything_fails_and_is_earned_back() {
        let mut retry = retry();
        let lost = failure(Kind::Connection, "CONNECTION_LOST");
        let granted = (0..1000)
            .filter(|_| decide(&mut retry, &lost, Tries::default(), 1) != Next::GiveUp)
            .count();
        assert_eq!(granted, 100);
        for _ in 0..5 {
            retry.on_success();
        }
        assert!(matches!(decide(&mut retry, &lost, Tries::default(), 1), Next::Again(_)));
    }

    #[test]
    fn a_time_out_and_a_refusal_for_its_tokens_halve_the_batch_down_to_one() {
        let mut refused = failure(Kind::BadRequest, "BAD_ARGUMENTS");
        refused.detail = Some("face_tokens".into());
        assert_eq!(decide(&mut retry(), &refused, Tries::default(), 2), Next::Halves(0));
        assert_eq!(decide(&mut retry(), &refused, Tries::default(), 1), Next::GiveUp);
        let late = failure(Kind::Timeout, "TIMEOUT");
        assert!(matches!(
            decide(&mut retry(), &late, Tries::default(), 2),
            Next::Halves(_)
        ));
        assert!(matches!(
            decide(&mut retry(), &late, Tries::default(), 1),
            Next::Again(_)
        ));
        refused.detail = Some("group_id".into());
        assert_eq!(decide(&mut retry(), &refused, Tries::default(), 2), Next::EndRun);
    }

    #[test]
    fn a_signature_is_made_once_more_with_the_clock_put_right() {
        let mut refused = failure(Kind::Authentication, "AUTHORIZATION_ERROR");
        assert_eq!(decide(&mut retry(), &refused, Tries::default(), 9), Next::EndRun);
        refused.clock_correction = Some(3600);
        assert_eq!(decide(&mut retry(), &refused, Tries::default(), 9), Next::Again(0));
        let corrected = Tries {
            corrected: 1,
            ..Tries::default()
        };
        assert_eq!(decide(&mut retry(), &refused, corrected, 9), Next::EndRun);
        let never = RetryPolicy {
            max_retries: 0,
            ..RetryPolicy::default()
        };
        assert_eq!(
            decide(&mut Retry::new(never, 1), &refused, Tries::default(), 9),
            Next::EndRun
        );
    }

    #[test]
    fn what_every_request_would_meet_ends_the_run() {
        for (kind, code) in [
            (Kind::Authentication, "AUTHENTICATION_ERROR"),
            (Kind::Permission, "AUTHORIZATION_ERROR"),
            (Kind::GroupNotFound, "INVALID_OUTER_ID"),
            (Kind::Api, "API_NOT_FOUND"),
            (Kind::Protocol, "REDIRECTED"),
            (Kind::Protocol, "WRONG_GROUP"),
            (Kind::Connection, "CERTIFICATE_REJECTED"),
        ] {
            assert_eq!(
                decide(&mut retry(), &failure(kind, code), Tries::default(), 9),
                Next::EndRun,
                "{code}"
            );
        }
    }

    fn page() -> Failure {
        Failure {
            unrecognised: true,
            status: Some(404),
            ..failure(Kind::Api, "HTTP_404")
        }
    }

    fn replay() -> Failure {
        Failure {
            status: Some(200),
            ..failure(Kind::Protocol, REPLAYED_RESPONSE)
        }
    }

    #[test]
    fn retry_five_responses_without_a_known_code_one_after_another_end_the_run() {
        let mut retry = retry();
        for expected in [false, false, false, false, true] {
            let next = decide(&mut retry, &page(), Tries::default(), 9);
            assert_eq!(next == Next::EndRun, expected, "{next:?}");
        }
    }

    #[test]
    fn retry_responses_without_a_known_code_to_requests_that_were_in_flight_together_count_once() {
        let mut retry = retry();
        for _ in 0..4 {
            let known = retry.known();
            for _ in 0..8 {
                assert_ne!(retry.decide(&page(), Tries::default(), 9, known), Next::EndRun);
            }
        }
        assert_eq!(decide(&mut retry, &page(), Tries::default(), 9), Next::EndRun);
    }

    #[test]
    fn retry_a_success_in_between_starts_the_count_again() {
        let mut retry = retry();
        for failure in [page(), replay()].iter().cycle().take(40) {
            assert_ne!(decide(&mut retry, failure, Tries::default(), 9), Next::EndRun);
            retry.on_success();
        }
    }

    #[test]
    fn retry_three_replays_in_a_row_end_the_run_and_lost_responses_do_not_count() {
        let mut retry = retry();
        let lost = failure(Kind::Connection, "CONNECTION_LOST");
        let other = Failure {
            status: Some(500),
            ..failure(Kind::Server, "INTERNAL_ERROR")
        };
        for failure in [replay(), lost.clone(), replay(), other, replay(), lost, replay()] {
            assert_ne!(decide(&mut retry, &failure, Tries::default(), 9), Next::EndRun);
        }
        assert_eq!(decide(&mut retry, &replay(), Tries::default(), 9), Next::EndRun);
    }
}
