//! The bulk engine: takes events and the time, gives commands. It has no clock, no network and no randomness.
//!
//! Call [`Run::poll`] for the next command until it says to wait; carry the commands out; say when a request leaves with
//! [`Run::handle_departure`], hand in what comes of it with [`Run::handle_exchange`], and what the caller wants with
//! [`Run::stop`] and [`Run::abort`]; then poll again. After [`Command::Finished`] every token has its outcome.
//!
//! | method | kind |
//! |---|---|
//! | `handle_departure`, `handle_exchange`, `stop`, `abort` | events |
//! | `poll` | commands |
//! | `request` | what a command's attempt is to send |
//! | `report`, `progress`, `outcomes`, `finding` | what is known so far: `known.rs` |
//! | `retry_unresolved`, `restored`, `take_notes` | what outlives a run: `past.rs` |
//!
//! What an answer, or the want of one, does to the run is in `verdict.rs`.

mod known;
mod past;
mod verdict;

use std::sync::Arc;

use super::Millis;
use super::journal::{Begun, Notes};
use super::ledger::Ledger;
use super::options::Options;
use super::outcome::{Because, Finding, History};
use super::pace::Pace;
use super::progress::Meter;
use super::queue::{Queue, Stretch, Work};
use super::report::{Ended, Report};
use super::retry::Retry;
use super::streaks::Known;
use crate::delete_faces::{DeleteFaces, Removal};
use crate::error::Failure;
use crate::exchange::{Exchange, Transport};
use crate::selection::Selection;
use crate::token::{GroupId, MOST_TOKENS};

/// Names an attempt; each has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AttemptId(u32);

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Sign [`Run::request`] of this attempt, say [`Run::handle_departure`], send it, and hand in what comes of it.
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
    selection: Arc<Selection>,
    options: Options,
    pace: Pace,
    retry: Retry,
    ledger: Ledger,
    queue: Queue,
    in_flight: Vec<Flight>,
    meter: Meter,
    /// How long answers take, at the worst, of late.
    slowest: Millis,
    cancelled: Vec<AttemptId>,
    ended: Option<Ended>,
    lone_rejections: u32,
    /// Requests that were given up since the last answer.
    given_up: u32,
    /// What answers say of the library.
    target: Target,
    attempts: u32,
    /// Those of them that may have reached the server.
    requests: u32,
    /// Those of them that were not the first for their tokens.
    retries: u32,
    last_answer: Option<Removal>,
    /// As the last response says that said so.
    face_count: Option<u64>,
    last_failure: Option<Failure>,
    /// The codes of failures, each once: see [`Work::code`].
    codes: Vec<String>,
    clock_correction: Option<i32>,
    /// What the run before this one had settled, and what it took.
    carried: Option<Report>,
    /// What is to be written down, if anything is.
    notes: Option<Notes>,
    /// Which run it is.
    begun: Option<Begun>,
    /// Another process began it, and knew its own clock.
    is_resumed: bool,
    /// Another run goes on with what this one left open.
    is_taken_up: bool,
    /// When the run before ended, if there is nothing to do any more; or this one, in UNIX seconds.
    ended_at: Option<u64>,
    /// The server's, of the requests that it answered so that they count; those of the run before as well.
    request_ids: Vec<String>,
}

/// How many tokens were answered, and how many of them are not in the library for another reason than that an earlier attempt
/// of ours may have deleted them.
#[derive(Clone, Copy, Debug, Default)]
struct Target {
    answered: usize,
    absent: usize,
}

#[derive(Clone, Copy, Debug)]
struct Flight {
    id: AttemptId,
    work: Work,
    sent_at: Millis,
    /// Whether it has left, as far as the executor said.
    left: bool,
    /// The failures that were known when it was sent.
    known: Known,
}

impl Run {
    /// Prepares a run; nothing is sent before the first [`Run::poll`].
    #[must_use]
    pub fn new(group: GroupId, selection: impl Into<Arc<Selection>>, options: Options) -> Self {
        let selection = selection.into();
        let all = (0, selection.count(), History::NeverSent);
        Self::of_stretches(group, selection, options, &[all])
    }

    fn of_stretches(group: GroupId, selection: Arc<Selection>, options: Options, stretches: &[Stretch]) -> Self {
        let batch_size = options.batch_size.clamp(1, MOST_TOKENS);
        Self {
            queue: Queue::new(stretches),
            ledger: Ledger::new(selection.count()),
            pace: Pace::new(options.concurrency, batch_size),
            retry: Retry::new(options.retry, options.seed),
            group,
            selection,
            options,
            in_flight: Vec::new(),
            meter: Meter::default(),
            slowest: 0,
            cancelled: Vec::new(),
            ended: None,
            lone_rejections: 0,
            given_up: 0,
            target: Target::default(),
            attempts: 0,
            requests: 0,
            retries: 0,
            last_answer: None,
            face_count: None,
            last_failure: None,
            codes: Vec::new(),
            clock_correction: None,
            carried: None,
            notes: None,
            begun: None,
            is_resumed: false,
            is_taken_up: false,
            ended_at: None,
            request_ids: Vec::new(),
        }
    }

    /// What is to be added to our clock, in seconds, as is known from before.
    #[must_use]
    pub const fn with_clock_correction(mut self, seconds: i32) -> Self {
        self.clock_correction = Some(seconds);
        self
    }

    /// The next command.
    pub fn poll(&mut self, now: Millis) -> Command {
        self.meter.on_activity(now);
        if let Some(deadline) = self.options.deadline {
            if now >= deadline {
                self.cut(Ended::Deadline, Because::Timeout);
            } else if now.saturating_add(self.slowest) >= deadline && !self.queue.is_empty() {
                self.ended.get_or_insert(Ended::Deadline);
            }
        }
        if let Some(id) = self.cancelled.pop() {
            return Command::Cancel(id);
        }
        if self.ended.is_some() {
            self.settle_what_waits();
        } else if self.in_flight.len() < self.pace.limit() as usize
            && self.pace.frozen_until() <= now
            && let Some(work) = self.queue.take(now, self.tokens_in_a_batch())
        {
            return Command::Send(self.depart(work, now));
        }
        if self.in_flight.is_empty() && self.queue.is_empty() {
            self.ended.get_or_insert(Ended::Complete);
            return Command::Finished;
        }
        self.next_time(now).map_or(Command::Wait, Command::WaitUntil)
    }

    /// Why it ended; nothing while it is active.
    #[must_use]
    pub const fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }

    /// What an attempt is to send, while it is under way.
    #[must_use]
    pub fn request(&self, id: AttemptId) -> Option<DeleteFaces<'_>> {
        let flight = self.in_flight.iter().find(|flight| flight.id == id)?;
        let batch = self.selection.batch_of(flight.work.start, flight.work.end);
        Some(DeleteFaces::new(&self.group, batch))
    }

    /// The attempt is about to leave: from here on it may take effect. False if it must not leave any more, since the run gave
    /// it up, or has ended while it was signed. An attempt of which this is not said, and that is cut off, counts as never
    /// sent.
    #[must_use = "a request must not leave once its run gave it up"]
    pub fn handle_departure(&mut self, id: AttemptId) -> bool {
        let Some(at) = self.in_flight.iter().position(|flight| flight.id == id) else {
            return false;
        };
        let Some(flight) = self.in_flight.get_mut(at).filter(|flight| !flight.left) else {
            return true;
        };
        if self.ended.is_some() {
            let Flight { work, .. } = self.in_flight.swap_remove(at);
            self.queue.put_back(work);
            self.settle_what_waits();
            return false;
        }
        flight.left = true;
        flight.known = self.retry.known();
        self.requests += 1;
        self.retries += u32::from(flight.work.is_retry());
        true
    }

    /// What is known of the way to the server from now on; a proxy on the way can be another one than before.
    pub const fn goes_over(&mut self, transport: Transport) {
        self.options.transport = transport;
    }

    /// What came of an attempt; false if it is a [`Run::last_failure`]. Of one that was cancelled, or is not known, it is
    /// ignored.
    pub fn handle_exchange(&mut self, now: Millis, id: AttemptId, exchange: Exchange) -> bool {
        let Some(at) = self.in_flight.iter().position(|flight| flight.id == id) else {
            return true;
        };
        self.meter.on_activity(now);
        let flight = self.in_flight.swap_remove(at);
        let Flight {
            work, sent_at, left, ..
        } = flight;
        if left && !exchange.may_have_left() {
            self.requests -= 1;
            self.retries -= u32::from(work.is_retry());
        }
        let batch = self.selection.batch_of(work.start, work.end);
        let verdict = DeleteFaces::new(&self.group, batch).judge(exchange, self.options.transport);
        let is_answer = verdict.is_ok();
        match verdict {
            Ok(removal) => {
                self.slowest = now.saturating_sub(sent_at).max(self.slowest / 8 * 7);
                self.meter.settled(now, work.tokens());
                self.answered(work, removal);
            }
            Err(failure) => self.failed(now, flight, &failure),
        }
        is_answer
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

    /// The run cannot go on, for want of a place to write to, or of something that the environment should lend. It ends; what
    /// is under way is waited for.
    pub fn handle_unable(&mut self) {
        self.ended.get_or_insert(Ended::Unprepared);
    }

    /// Starts nothing new; what is under way is waited for.
    pub fn stop(&mut self) {
        self.ended.get_or_insert(Ended::Stopped);
    }

    /// Cuts everything off at once.
    pub fn abort(&mut self) {
        self.cut(Ended::Aborted, Because::Aborted);
    }

    fn tokens_in_a_batch(&self) -> usize {
        if self.options.whole {
            usize::MAX
        } else {
            self.pace.batch_size()
        }
    }

    fn depart(&mut self, work: Work, now: Millis) -> AttemptId {
        let id = AttemptId(self.attempts);
        self.attempts += 1;
        if let Some(notes) = &mut self.notes {
            notes.send(work.start, work.end);
        }
        self.in_flight.push(Flight {
            id,
            work,
            sent_at: now,
            left: false,
            known: self.retry.known(),
        });
        id
    }

    fn settle_what_waits(&mut self) {
        let because = match self.ended {
            Some(Ended::Aborted) => Because::Aborted,
            Some(Ended::Deadline) => Because::Timeout,
            Some(Ended::Unprepared) => Because::Unprepared,
            _ => Because::RunEnded,
        };
        for work in self.queue.drain(because) {
            let code = work.code.checked_sub(1).and_then(|at| self.codes.get(usize::from(at)));
            let finding = Finding {
                reason: code.cloned(),
                ..Finding::of_waiting(work.history, work.last)
            };
            self.settle_alike(work, finding);
        }
    }

    /// Ends the run, and what is under way with it.
    fn cut(&mut self, ended: Ended, because: Because) {
        if self.in_flight.is_empty() && self.ended.is_some() {
            return;
        }
        self.ended.get_or_insert(ended);
        for Flight { id, work, left, .. } in core::mem::take(&mut self.in_flight) {
            self.cancelled.push(id);
            let (history, last) = if left {
                (History::Uncertain(because), because)
            } else {
                (work.history, because)
            };
            self.settle_alike(work, Finding::of_waiting(history, last));
        }
    }

    /// When there is something to do, if nothing happens before.
    fn next_time(&self, now: Millis) -> Option<Millis> {
        let room = self.in_flight.len() < self.pace.limit() as usize && self.ended.is_none();
        let start = self.queue.next_time(now).filter(|_| room);
        let start = start.map(|at| at.max(self.pace.frozen_until()));
        let has_to_start = self.ended.is_none() && !self.queue.is_empty();
        let last_start = self.options.deadline.map(|deadline| {
            if has_to_start {
                deadline.saturating_sub(self.slowest)
            } else {
                deadline
            }
        });
        match (start, last_start) {
            (Some(start), Some(last_start)) => Some(start.min(last_start)),
            (start, last_start) => start.or(last_start),
        }
    }
}
