//! What an answer, or the want of one, does to a run.

use super::{Flight, Run, Target};
use crate::codes::{Blame, blame, is_too_large};
use crate::delete_faces::Removal;
use crate::deletion::Millis;
use crate::deletion::journal::is_word;
use crate::deletion::outcome::{self, Because, Finding, History, Outcome, is_absent};
use crate::deletion::queue::Work;
use crate::deletion::report::Ended;
use crate::deletion::retry::Next;
use crate::error::{Failure, Kind};

/// The most requests that a run lets be refused for a single token, as bad or as too large: more, and it is not the tokens.
const MOST_LONE_REJECTIONS: u32 = 64;

/// The most requests that a run gives up with no answer in between: after more, every further one is as good as lost.
const MOST_GIVEN_UP: u32 = 64;

impl Run {
    pub(super) fn answered(&mut self, work: Work, removal: Removal) {
        self.pace.on_success(work.tokens());
        self.retry.on_success();
        self.given_up = 0;
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
            code: self.number_of_code(failure),
            ..work
        };
        if let (Some(notes), Some(id)) = (&mut self.notes, &failure.request_id)
            && is_word(id)
        {
            notes.seen(id);
        }
        let divisible = if self.options.whole { 1 } else { work.tokens() };
        let next = self.retry.decide(failure, work.tries, divisible, flight.known);
        self.learn(now, work, sent_at, failure);
        self.last_failure = Some(failure.clone());
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

    /// The number of the code of a response. There are few different ones; of a server with endless ones, some have no number.
    fn number_of_code(&mut self, failure: &Failure) -> u16 {
        const MAX_CODES: usize = 64;
        if failure.status.is_none() {
            return 0;
        }
        let known = self.codes.iter().position(|code| *code == failure.code);
        if known.is_none() && self.codes.len() < MAX_CODES {
            self.codes.push(failure.code.clone());
            return self.codes.len() as u16;
        }
        known.map_or(0, |at| at as u16 + 1)
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
        if let Some(notes) = &mut self.notes {
            notes.open(work.start, work.end, work.history);
        }
        self.queue.put_back(Work {
            tries: work.tries.after(failure),
            not_before: now.saturating_add(wait),
            ..work
        });
    }

    fn give_up(&mut self, work: Work, failure: &Failure) {
        if (blame(failure) != Blame::Request || is_too_large(failure)) && work.tokens() == 1 {
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
        // That a process before may have sent a token says little: were it taken for ours, the check would never end a run that is
        // resumed.
        let may_be_ours = !matches!(
            work.history,
            History::NeverSent | History::Rejected | History::Uncertain(Because::EarlierProcess)
        );
        if may_be_ours {
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
