//! What an answer, or the want of one, does to a run.

use super::{Flight, Run, Target};
use crate::codes::{blames_a_token, is_too_large};
use crate::delete_faces::Removal;
use crate::deletion::Millis;
use crate::deletion::journal::is_word;
use crate::deletion::outcome::{self, Finding, History, Outcome, is_absent};
use crate::deletion::queue::Work;
use crate::deletion::report::Ended;
use crate::deletion::retry::Next;
use crate::error::{Failure, Kind};
use crate::exchange::REPLAYED_RESPONSE;

/// The most requests that a run lets be refused for a single token, as bad or as too large: more, and it is not the tokens.
const MOST_LONE_REJECTIONS: u32 = 64;

/// The most requests that a run gives up with no answer in between: after more, every further one is as good as lost.
const MOST_GIVEN_UP: u32 = 64;

/// The most responses without a known code that a run takes one after another, with no success in between.
const MAX_UNRECOGNISED: u32 = 5;

/// The most replayed responses that a run takes in a row: after more, each further one would be one as well.
const MAX_REPLAYS: u32 = 3;

/// Failures that end a run when they come one after another.
#[derive(Debug, Default)]
pub(super) struct Streaks {
    /// Responses without a known code, each of a request that was sent after the previous one was known.
    unrecognised: u32,
    /// Counts all of these: a request that was sent at a lower count was sent before the last one was known.
    pub(super) unrecognised_ever: u32,
    /// Replayed responses.
    replays: u32,
}

impl Streaks {
    fn on_success(&mut self) {
        self.unrecognised = 0;
        self.replays = 0;
    }

    /// Whether it is one too many. `known` is [`Streaks::unrecognised_ever`] when the request was sent.
    fn is_over(&mut self, failure: &Failure, known: u32) -> bool {
        if failure.code == REPLAYED_RESPONSE {
            self.replays += 1;
        } else if failure.status.is_some() {
            self.replays = 0;
        }
        // A gateway that throttles says so by its status.
        if failure.unrecognised && failure.kind != Kind::Throttled && known == self.unrecognised_ever {
            self.unrecognised += 1;
            self.unrecognised_ever += 1;
        }
        self.replays >= MAX_REPLAYS || self.unrecognised >= MAX_UNRECOGNISED
    }
}

impl Run {
    pub(super) fn answered(&mut self, work: Work, removal: Removal) {
        self.pace.on_success(work.tokens());
        self.retry.on_success();
        self.given_up = 0;
        self.streaks.on_success();
        let history = work.history.over(self.options.transport);
        let mut numbers = vec![0; work.tokens()];
        for kept in &removal.kept {
            if let Some(number) = numbers.get_mut(kept.position) {
                *number = self.ledger.number_of(Finding::of_kept(&kept.reason, history));
            }
        }
        if removal.kept.len() < numbers.len() {
            let deleted = self.ledger.number_of(Finding::plain(Outcome::Deleted));
            for number in numbers.iter_mut().filter(|number| **number == 0) {
                *number = deleted;
            }
        }
        if let Some(id) = removal.request_id.as_ref().filter(|id| is_word(id)) {
            self.request_ids.push(id.clone());
            if let Some(notes) = &mut self.notes {
                notes.answer(id);
            }
        }
        if let Some(notes) = &mut self.notes {
            notes.settle(work.start, &numbers, self.ledger.findings());
        }
        self.ledger.settle_numbered(work.start, &numbers);
        self.look_at_target(work, &removal);
        self.face_count = removal.face_count.or(self.face_count);
        self.last_answer = Some(removal);
    }

    pub(super) fn failed(&mut self, now: Millis, flight: Flight, failure: &Failure) {
        let Flight { work, sent_at, .. } = flight;
        let work = Work {
            history: work.history.after(failure),
            last: outcome::because(failure),
            ..work
        };
        if let (Some(notes), Some(id)) = (&mut self.notes, &failure.request_id)
            && is_word(id)
        {
            notes.seen(id);
        }
        let divisible = if self.options.whole { 1 } else { work.tokens() };
        let next = self.retry.decide(failure, work.tries, divisible);
        self.learn(now, work, sent_at, failure);
        self.last_failure = Some(failure.clone());
        let next = if self.streaks.is_over(failure, flight.unrecognised_before) {
            Next::EndRun
        } else {
            next
        };
        match next {
            Next::Again(wait) => self.send_again(now, work, failure, wait),
            Next::Halves(wait) => {
                let middle = work.start + work.tokens() / 2;
                for (start, end) in [(work.start, middle), (middle, work.end)] {
                    self.send_again(now, Work { start, end, ..work }, failure, wait);
                }
            }
            Next::Smaller => self.send_again(now, work, failure, 0),
            Next::GiveUp => self.give_up(work, failure),
            Next::EndRun => {
                self.give_up(work, failure);
                self.ended.get_or_insert(Ended::Failed(failure.clone()));
            }
            Next::ComeBack(wait) => {
                self.give_up(work, failure);
                self.ended.get_or_insert(Ended::ComeBack(now.saturating_add(wait)));
            }
        }
    }

    /// What a failure says about the pace of all requests.
    fn learn(&mut self, now: Millis, work: Work, sent_at: Millis, failure: &Failure) {
        let is_congestion = matches!(
            failure.kind,
            Kind::Throttled | Kind::Timeout | Kind::Server | Kind::Connection
        );
        if is_congestion || failure.unrecognised {
            self.pace.on_congestion(now, sent_at);
        }
        if failure.kind == Kind::Timeout {
            self.pace.was_slow(work.tokens());
        }
        if let Some(correction) = failure.clock_correction {
            self.correct_clock(correction);
        }
        if is_too_large(failure) {
            self.pace.was_too_large(work.tokens());
        }
        if let Some(wait) = failure.retry_after_ms {
            self.pace.freeze(now.saturating_add(wait));
        }
    }

    fn correct_clock(&mut self, correction: i32) {
        let shift = i64::from(correction) - i64::from(self.clock_correction.unwrap_or(0));
        self.clock_correction = Some(correction);
        if let Some(begun) = self.begun.as_mut().filter(|_| !self.is_resumed) {
            begun.at = begun.at.saturating_add_signed(shift);
            if let Some(notes) = &mut self.notes {
                notes.run(begun);
            }
        }
    }

    fn send_again(&mut self, now: Millis, work: Work, failure: &Failure, wait: Millis) {
        let mut tries = work.tries;
        match failure.kind {
            Kind::Throttled => tries.throttled += 1,
            // To divide a batch that was rejected is progress, not a retry: it ends at one token.
            Kind::BadRequest if !failure.unrecognised => {}
            Kind::Authentication if !failure.unrecognised => tries.corrected += 1,
            _ => tries.failed += 1,
        }
        if let Some(notes) = &mut self.notes {
            notes.open(work.start, work.end, work.history);
        }
        self.queue.put_back(Work {
            tries,
            not_before: now.saturating_add(wait),
            ..work
        });
    }

    fn give_up(&mut self, work: Work, failure: &Failure) {
        if (blames_a_token(failure) || is_too_large(failure)) && work.tokens() == 1 {
            self.lone_rejections += 1;
            if self.lone_rejections > MOST_LONE_REJECTIONS {
                self.ended.get_or_insert(Ended::Failed(failure.clone()));
            }
        }
        self.given_up += 1;
        if self.given_up > MOST_GIVEN_UP {
            self.ended.get_or_insert(Ended::Failed(failure.clone()));
        }
        self.settle_alike(work, Finding::of_failure(failure, work.history, work.tokens()));
    }

    pub(super) fn settle_alike(&mut self, work: Work, finding: Finding) {
        if let Some(notes) = &mut self.notes {
            notes.settle_alike(work.start, work.end, &finding);
        }
        let number = self.ledger.number_of(finding);
        self.ledger.settle_numbered(work.start, &vec![number; work.tokens()]);
    }

    /// Ends the run if it looks like the wrong library.
    fn look_at_target(&mut self, work: Work, removal: &Removal) {
        const ENOUGH: usize = 50;
        let absent = removal.kept.iter().filter(|kept| is_absent(&kept.reason)).count();
        self.target.answered += work.tokens();
        if matches!(work.history, History::Uncertain(_)) {
            self.target.answered -= absent;
        } else {
            self.target.absent += absent;
        }
        let Target { answered, absent } = self.target;
        let is_enough = answered >= ENOUGH.min(self.selection.count());
        if let Some(most) = self.options.most_absent
            && is_enough
            && absent as f64 > most * answered as f64
        {
            self.ended.get_or_insert(Ended::TooManyAbsent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Delivery;

    fn failure(code: &str, unrecognised: bool) -> Failure {
        Failure {
            unrecognised,
            status: Some(404),
            ..Failure::without_answer(Kind::Api, code, "", Delivery::MaybeApplied)
        }
    }

    #[test]
    fn streaks_five_unrecognised_responses_one_after_another_are_too_many() {
        let mut streaks = Streaks::default();
        let page = failure("HTTP_404", true);
        for expected in [false, false, false, false, true] {
            assert_eq!(streaks.is_over(&page, streaks.unrecognised_ever), expected);
        }
    }

    #[test]
    fn streaks_unrecognised_responses_of_requests_that_were_in_flight_together_count_once() {
        let mut streaks = Streaks::default();
        let page = failure("HTTP_404", true);
        for _ in 0..4 {
            let sent_at = streaks.unrecognised_ever;
            for _ in 0..8 {
                assert!(!streaks.is_over(&page, sent_at));
            }
        }
        assert!(streaks.is_over(&page, streaks.unrecognised_ever));
    }

    #[test]
    fn streaks_a_success_in_between_ends_them() {
        let mut streaks = Streaks::default();
        for code in ["HTTP_404", REPLAYED_RESPONSE].repeat(20) {
            assert!(!streaks.is_over(&failure(code, code != REPLAYED_RESPONSE), streaks.unrecognised_ever));
            streaks.on_success();
        }
    }

    #[test]
    fn streaks_three_replays_in_a_row_are_too_many_and_lost_responses_do_not_count() {
        let mut streaks = Streaks::default();
        let replay = failure(REPLAYED_RESPONSE, false);
        let lost = Failure::without_answer(Kind::Connection, "CONNECTION_LOST", "", Delivery::MaybeApplied);
        assert!(!streaks.is_over(&replay, 0));
        assert!(!streaks.is_over(&lost, 0));
        assert!(!streaks.is_over(&replay, 0));
        assert!(!streaks.is_over(&failure("INTERNAL_ERROR", false), 0));
        for expected in [false, false, true] {
            assert_eq!(streaks.is_over(&replay, 0), expected);
        }
    }
}
