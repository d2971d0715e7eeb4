//! The bulk engine: takes events and the time, gives commands. It has no clock, no network and no randomness.
//!
//! Call [`Run::poll`] for the next command until it says to wait; carry the commands out; hand in what comes of them with
//! [`Run::handle_exchange`], and what the caller wants with [`Run::stop`] and [`Run::abort`]; then poll again. After
//! [`Command::Finished`] every token has its outcome.
//!
//! | method | kind |
//! |---|---|
//! | `handle_exchange`, `stop`, `abort` | events |
//! | `poll` | commands |
//! | `request` | what a command's attempt is to send |
//! | `report`, `outcomes`, `finding` | what is known so far |

use std::collections::VecDeque;

use super::Millis;
use super::ledger::Ledger;
use super::outcome::{self, Because, Finding, History, Outcome, TokenOutcome};
use super::pace::{Concurrency, Pace};
use super::report::{Ended, Report};
use super::retry::{Next, Retry, RetryPolicy, Tries, blames_the_tokens, is_too_large};
use crate::delete_faces::{DeleteFaces, Removal};
use crate::error::{Failure, Kind};
use crate::exchange::{Exchange, Transport};
use crate::token::{GroupId, MOST_TOKENS, Place, Selection};

/// The most requests that a run lets be refused for a single bad token: more, and it is not the tokens that are bad.
const MOST_LONE_REJECTIONS: u32 = 64;

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
    /// When all has to be over.
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

/// Names an attempt; each has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AttemptId(u32);

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Sign and send [`Run::request`] of this attempt, and hand in what comes of it.
    Send(AttemptId),
    /// Cut this attempt off. Whatever comes of it is of no interest any more.
    Cancel(AttemptId),
    /// Nothing to do before this time, or the next event.
    WaitUntil(Millis),
    /// Nothing to do before the next event.
    Wait,
    /// Every token has its outcome.
    Finished,
}

/// A deletion under way.
#[derive(Debug)]
pub struct Run {
    group: GroupId,
    selection: Selection,
    options: Options,
    pace: Pace,
    retry: Retry,
    ledger: Ledger,
    /// The first token that was never put into a request.
    next_token: usize,
    waiting: Vec<Work>,
    in_flight: Vec<Flight>,
    cancelled: VecDeque<AttemptId>,
    ended: Option<Ended>,
    lone_rejections: u32,
    attempts: u32,
    /// Those of them that may have reached the server.
    requests: u32,
    /// Attempts after the first for the same tokens.
    retries: u32,
    last_answer: Option<Removal>,
    last_failure: Option<Failure>,
}

/// A range of tokens that go out together, and what has come of it so far.
#[derive(Clone, Copy, Debug)]
struct Work {
    start: usize,
    end: usize,
    history: History,
    /// Why the last attempt failed, if there was one.
    last: Because,
    tries: Tries,
    not_before: Millis,
}

impl Work {
    const fn tokens(&self) -> usize {
        self.end - self.start
    }
}

#[derive(Clone, Copy, Debug)]
struct Flight {
    id: AttemptId,
    work: Work,
    sent_at: Millis,
    /// Whether it has left, as far as the executor said.
    left: bool,
}

impl Run {
    /// Prepares a run; nothing is sent before the first [`Run::poll`].
    #[must_use]
    pub fn new(group: GroupId, selection: Selection, options: Options) -> Self {
        let batch_size = options.batch_size.clamp(1, MOST_TOKENS);
        Self {
            ledger: Ledger::new(selection.count()),
            pace: Pace::new(options.concurrency, batch_size),
            retry: Retry::new(options.retry, options.seed),
            group,
            selection,
            options,
            next_token: 0,
            waiting: Vec::new(),
            in_flight: Vec::new(),
            cancelled: VecDeque::new(),
            ended: None,
            lone_rejections: 0,
            attempts: 0,
            requests: 0,
            retries: 0,
            last_answer: None,
            last_failure: None,
        }
    }

    /// The next command.
    pub fn poll(&mut self, now: Millis) -> Command {
        if self.options.deadline.is_some_and(|deadline| now >= deadline) {
            self.cut(Ended::Deadline, Because::Timeout);
        }
        if let Some(id) = self.cancelled.pop_front() {
            return Command::Cancel(id);
        }
        if self.ended.is_some() {
            self.settle_what_waits();
        } else if self.in_flight.len() < self.pace.limit() as usize
            && self.pace.frozen_until() <= now
            && let Some(work) = self.take_work(now)
        {
            return Command::Send(self.depart(work, now));
        }
        if self.in_flight.is_empty() && self.waiting.is_empty() && self.next_token >= self.selection.count() {
            self.ended.get_or_insert(Ended::Complete);
            return Command::Finished;
        }
        self.next_time(now).map_or(Command::Wait, Command::WaitUntil)
    }

    /// What an attempt is to send, while it is under way.
    #[must_use]
    pub fn request(&self, id: AttemptId) -> Option<DeleteFaces<'_>> {
        let flight = self.in_flight.iter().find(|flight| flight.id == id)?;
        let batch = self.selection.batch_of(flight.work.start, flight.work.end);
        Some(DeleteFaces::new(&self.group, batch))
    }

    /// The attempt is about to leave: from here on it may take effect. False if it must not leave any more.
    pub fn handle_departure(&mut self, id: AttemptId) -> bool {
        let flight = self.in_flight.iter_mut().find(|flight| flight.id == id);
        let Some(flight) = flight else {
            return false;
        };
        if !flight.left {
            flight.left = true;
            self.requests += 1;
        }
        true
    }

    /// What came of an attempt. Of one that was cancelled, or is not known, it is ignored.
    pub fn handle_exchange(&mut self, now: Millis, id: AttemptId, exchange: Exchange) {
        let Some(at) = self.in_flight.iter().position(|flight| flight.id == id) else {
            return;
        };
        let Flight {
            work, sent_at, left, ..
        } = self.in_flight.swap_remove(at);
        if left
            && matches!(
                exchange,
                Exchange::Interrupted {
                    may_have_left: false,
                    ..
                }
            )
        {
            self.requests -= 1;
        }
        let batch = self.selection.batch_of(work.start, work.end);
        let verdict = DeleteFaces::new(&self.group, batch).judge(exchange, self.options.transport);
        match verdict {
            Ok(removal) => self.answered(work, removal),
            Err(failure) => self.failed(now, work, sent_at, &failure),
        }
    }

    /// An attempt cannot even be made, for want of a signature or of something that the environment should lend: nor can
    /// any other. The run ends.
    pub fn handle_unprepared(&mut self, id: AttemptId) {
        if let Some(at) = self.in_flight.iter().position(|flight| flight.id == id) {
            let Flight { work, .. } = self.in_flight.swap_remove(at);
            self.settle_alike(work, Finding::of_waiting(work.history, Because::Unprepared));
            self.ended.get_or_insert(Ended::Unprepared);
        }
    }

    /// Starts nothing new; what is under way is waited for.
    pub fn stop(&mut self) {
        self.ended.get_or_insert(Ended::Stopped);
    }

    /// Cuts everything off at once.
    pub fn abort(&mut self) {
        self.cut(Ended::Aborted, Because::Aborted);
    }

    /// What is known so far, in numbers. After the end it adds up, or says by how much it does not.
    #[must_use]
    pub fn report(&self) -> Report {
        let places = self.selection.places();
        let count = |is: fn(&Place) -> bool| places.iter().filter(|place| is(place)).count() as u64;
        Report {
            total: places.len() as u64,
            deleted: self.ledger.count(Outcome::Deleted),
            absent: self.ledger.count(Outcome::Absent),
            absent_after_uncertain: self.ledger.count(Outcome::AbsentAfterUncertain),
            failed: self.ledger.count(Outcome::Failed),
            unknown: self.ledger.count(Outcome::Unknown),
            not_sent: self.ledger.count(Outcome::NotSent),
            duplicate: count(|place| matches!(place, Place::DuplicateOf(_))),
            invalid: count(|place| matches!(place, Place::Invalid(_))),
            requests: self.requests,
            retries: self.retries,
            face_count: self.last_answer.as_ref().map(|answer| answer.face_count),
            ended: self.ended.clone(),
            violations: self.ledger.violations(),
        }
    }

    /// What was found of the distinct token at a position; nothing while it is open.
    #[must_use]
    pub fn finding(&self, position: usize) -> Option<&Finding> {
        self.ledger.finding(position)
    }

    /// The last consistent answer.
    #[must_use]
    pub const fn last_answer(&self) -> Option<&Removal> {
        self.last_answer.as_ref()
    }

    /// The last attempt that failed.
    #[must_use]
    pub const fn last_failure(&self) -> Option<&Failure> {
        self.last_failure.as_ref()
    }

    /// The outcome of each position of the input. A token that is still open is unknown.
    #[must_use]
    pub fn outcomes(&self) -> Vec<TokenOutcome> {
        outcome::by_position(&self.selection, |position| self.ledger.finding(position).cloned())
    }

    /// The findings so far, each once; it only ever grows.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        self.ledger.findings()
    }

    /// For the distinct tokens from `start` to before `end`, the position in `findings`, plus 1; 0 while one is open.
    #[must_use]
    pub fn finding_numbers(&self, start: usize, end: usize) -> &[u16] {
        self.ledger.numbers(start, end)
    }

    /// The ranges of distinct tokens in the order in which they were settled; it only ever grows.
    #[must_use]
    pub fn settled(&self) -> &[(u32, u32)] {
        self.ledger.order()
    }

    /// The tokens of this run.
    #[must_use]
    pub const fn selection(&self) -> &Selection {
        &self.selection
    }

    fn take_work(&mut self, now: Millis) -> Option<Work> {
        let ready = self.waiting.iter().position(|work| work.not_before <= now);
        if let Some(at) = ready {
            return Some(self.waiting.swap_remove(at));
        }
        let start = self.next_token;
        let end = self.selection.count().min(start + self.pace.batch_size());
        if start == end {
            return None;
        }
        self.next_token = end;
        Some(Work {
            start,
            end,
            history: History::NeverSent,
            last: Because::RunEnded,
            tries: Tries::default(),
            not_before: now,
        })
    }

    fn depart(&mut self, work: Work, now: Millis) -> AttemptId {
        let id = AttemptId(self.attempts);
        self.attempts += 1;
        if work.tries != Tries::default() {
            self.retries += 1;
        }
        self.in_flight.push(Flight {
            id,
            work,
            sent_at: now,
            left: false,
        });
        id
    }

    fn answered(&mut self, work: Work, removal: Removal) {
        self.pace.went_well();
        self.retry.went_well();
        let history = work.history.over(self.options.transport);
        self.ledger
            .settle(work.start, outcome::answered(work.tokens(), &removal, history));
        self.last_answer = Some(removal);
        self.check_target();
    }

    fn failed(&mut self, now: Millis, work: Work, sent_at: Millis, failure: &Failure) {
        let work = Work {
            history: work.history.after(failure),
            last: outcome::because(failure.kind),
            ..work
        };
        let divisible = if self.options.whole { 1 } else { work.tokens() };
        let next = self.retry.decide(failure, work.tries, divisible);
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
        match failure.kind {
            Kind::Throttled | Kind::Timeout | Kind::Server | Kind::Connection => self.pace.met_trouble(now, sent_at),
            _ => {}
        }
        if failure.kind == Kind::Timeout {
            self.pace.was_slow(work.tokens());
        }
        if is_too_large(failure) {
            self.pace.was_too_large(work.tokens());
        }
        if let Some(wait) = failure.retry_after_ms {
            self.pace.freeze(now.saturating_add(wait));
        }
    }

    fn send_again(&mut self, now: Millis, work: Work, failure: &Failure, wait: Millis) {
        let mut tries = work.tries;
        match failure.kind {
            Kind::Throttled => tries.throttled += 1,
            // Halving a batch that was refused is progress, not a retry: it ends at one token.
            Kind::BadRequest => {}
            _ => tries.failed += 1,
        }
        self.waiting.push(Work {
            tries,
            not_before: now.saturating_add(wait),
            ..work
        });
    }

    fn give_up(&mut self, work: Work, failure: &Failure) {
        if blames_the_tokens(failure) && work.tokens() == 1 {
            self.lone_rejections += 1;
            if self.lone_rejections > MOST_LONE_REJECTIONS {
                self.ended.get_or_insert(Ended::Failed(failure.clone()));
            }
        }
        self.settle_alike(work, Finding::of_failure(failure, work.history));
    }

    fn settle_alike(&mut self, work: Work, finding: Finding) {
        self.ledger
            .settle(work.start, std::iter::repeat_n(finding, work.tokens()));
    }

    fn settle_what_waits(&mut self) {
        for work in core::mem::take(&mut self.waiting) {
            self.settle_alike(work, Finding::of_waiting(work.history, work.last));
        }
        let (start, end) = (self.next_token, self.selection.count());
        if start < end {
            self.next_token = end;
            let because = match self.ended {
                Some(Ended::Aborted) => Because::Aborted,
                Some(Ended::Deadline) => Because::Timeout,
                Some(Ended::Unprepared) => Because::Unprepared,
                _ => Because::RunEnded,
            };
            let rest = Finding::of_waiting(History::NeverSent, because);
            self.ledger.settle(start, std::iter::repeat_n(rest, end - start));
        }
    }

    /// Ends the run, and what is under way with it.
    fn cut(&mut self, ended: Ended, because: Because) {
        if self.in_flight.is_empty() && self.ended.is_some() {
            return;
        }
        self.ended.get_or_insert(ended);
        for Flight { id, work, left, .. } in core::mem::take(&mut self.in_flight) {
            self.cancelled.push_back(id);
            let (history, last) = if left {
                (History::Uncertain(because), because)
            } else {
                (work.history, because)
            };
            self.settle_alike(work, Finding::of_waiting(history, last));
        }
    }

    /// Ends the run if it looks like the wrong library.
    fn check_target(&mut self) {
        const ENOUGH: u64 = 50;
        let Some(most) = self.options.most_absent else {
            return;
        };
        let absent = self.ledger.count(Outcome::Absent) + self.ledger.count(Outcome::AbsentAfterUncertain);
        let answered = absent + self.ledger.count(Outcome::Deleted);
        if answered >= ENOUGH.min(self.selection.count() as u64) && absent as f64 > most * answered as f64 {
            self.ended.get_or_insert(Ended::TooManyAbsent);
        }
    }

    fn next_time(&self, now: Millis) -> Option<Millis> {
        let room = self.in_flight.len() < self.pace.limit() as usize && self.ended.is_none();
        let next_work = if self.next_token < self.selection.count() {
            Some(now)
        } else {
            self.waiting.iter().map(|work| work.not_before).min()
        };
        let start = next_work.filter(|_| room).map(|at| at.max(self.pace.frozen_until()));
        start.into_iter().chain(self.options.deadline).min()
    }
}
