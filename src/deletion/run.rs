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
//! | `report`, `progress`, `outcomes`, `finding` | what is known so far |
//! | `retry_unresolved` | another run, for what this one left open |

use std::sync::Arc;

use super::Millis;
use super::journal::{Begun, Notes, Record, Tally, Unusable, is_word};
use super::ledger::Ledger;
use super::outcome::{self, Because, Finding, History, Outcome, TokenOutcome};
use super::pace::{Concurrency, Pace};
use super::progress::{Meter, Progress, Waiting};
use super::queue::{Queue, Stretch, Work};
use super::report::{Counts, Ended, Report};
use super::retry::{Next, Retry, RetryPolicy, Tries, blames_the_tokens, is_too_large};
use crate::delete_faces::{DeleteFaces, Removal};
use crate::error::{Failure, Kind};
use crate::exchange::{Exchange, Transport};
use crate::selection::Selection;
use crate::token::{GroupId, MOST_TOKENS};

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
    /// When all has to be over. Nothing new starts when there is less time left than answers take.
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
    attempts: u32,
    /// Those of them that may have reached the server.
    requests: u32,
    /// Attempts after the first for the same tokens.
    retries: u32,
    last_answer: Option<Removal>,
    last_failure: Option<Failure>,
    clock_correction: Option<i32>,
    /// What the run before this one had settled, and what it took.
    carried: Option<Report>,
    /// What is to be written down, if anything is.
    notes: Option<Notes>,
    /// Which run it is.
    begun: Option<Begun>,
    /// Another process began it, and knew its own clock.
    is_resumed: bool,
    /// The server's, of the requests that it answered so that they count; those of the run before as well.
    request_ids: Vec<String>,
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
    pub fn new(group: GroupId, selection: impl Into<Arc<Selection>>, options: Options) -> Self {
        let selection = selection.into();
        let all = (0, selection.count(), History::NeverSent);
        Self::of_stretches(group, selection, options, &[all])
    }

    /// Prepares a run for what this one left open, once it is over: what was never sent, what failed for now, and what is
    /// unknown. It knows what was sent of each token before, so it claims no more than both runs together allow; the
    /// positions of the input are the same, and its report is about both. Its findings are those of the tokens that it
    /// takes up; it has no [`Run::outcomes`] of the whole input.
    #[must_use]
    pub fn retry_unresolved(&self, options: Options) -> Self {
        let (mut open, mut stretches) = (Vec::new(), Vec::new());
        // What has the same past goes out together.
        for past in History::CARRIED {
            let start = open.len();
            for (position, history) in self.ledger.left_open() {
                if history == past {
                    open.push(position);
                }
            }
            stretches.push((start, open.len(), past));
        }
        let tally = self.tally();
        let notes = self.notes.as_ref().map(|notes| notes.of_some(&open, tally));
        let selection = self.selection.subset(open);
        let mut carried = self.report();
        carried.counts = carried.counts.minus(&self.ledger.counts_left_open());
        let mut next = Self {
            carried: Some(carried),
            notes,
            begun: self.begun.clone(),
            is_resumed: self.is_resumed,
            request_ids: self.request_ids.clone(),
            clock_correction: self.clock_correction,
            ..Self::of_stretches(self.group.clone(), Arc::new(selection), options, &stretches)
        };
        // If the server asked to be left alone until then, it still does.
        next.pace.freeze(self.pace.frozen_until());
        next
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
            attempts: 0,
            requests: 0,
            retries: 0,
            last_answer: None,
            last_failure: None,
            clock_correction: None,
            carried: None,
            notes: None,
            begun: None,
            is_resumed: false,
            request_ids: Vec::new(),
        }
    }

    /// From here on it says what is to be written down: see [`Run::take_notes`]. Before the first [`Run::poll`].
    #[must_use]
    pub fn with_journal(mut self) -> Self {
        // What goes on with a run before is in its journal already.
        let begin = || Notes::begin(&self.group, &self.selection);
        let mut notes = self.notes.take().unwrap_or_else(begin);
        if let Some(begun) = &self.begun {
            notes.run(begun);
        }
        self.notes = Some(notes);
        self
    }

    /// Says which run it is, for journal and receipt; where another began it, that is known. Before [`Run::with_journal`].
    /// An id that is not one word is none.
    #[must_use]
    pub fn begun_as(mut self, begun: Begun) -> Self {
        self.begun = self.begun.or_else(|| Some(begun).filter(|begun| is_word(&begun.id)));
        self
    }

    /// What is to be added to our clock, in seconds, as is known from before.
    #[must_use]
    pub const fn with_clock_correction(mut self, seconds: i32) -> Self {
        self.clock_correction = Some(seconds);
        self
    }

    /// What was written down is all that is left of a run: it is over, and [`Run::retry_unresolved`] goes on with it, in the
    /// same journal.
    pub fn restored(group: GroupId, selection: Arc<Selection>, journal: &[u8]) -> Result<Self, Unusable> {
        let record = Record::read(journal, &group, &selection)?;
        let mut run = Self::of_stretches(group, selection, Options::default(), &[]);
        run.ledger.settle(0, record.findings());
        run.ended = Some(Ended::Stopped);
        let tally = record.tally();
        run.carried = Some(Report {
            total: run.selection.total(),
            requests: tally.requests,
            retries: tally.retries,
            face_count: tally.face_count,
            counts: Counts::default(),
            clock_correction: None,
            ended: None,
            violations: 0,
        });
        (run.begun, run.request_ids) = record.origin();
        run.is_resumed = run.begun.is_some();
        run.notes = Some(Notes::resume(run.begun.clone()));
        Ok(run)
    }

    /// What is to be written down since the last time. It has to be durable before the request of a
    /// [`Command::Send`] that was given before leaves.
    pub fn take_notes(&mut self) -> String {
        let tally = self.tally();
        self.notes.as_mut().map(|notes| notes.take(tally)).unwrap_or_default()
    }

    fn tally(&self) -> Tally {
        let report = self.report();
        Tally {
            requests: report.requests,
            retries: report.retries,
            face_count: report.face_count,
        }
    }

    /// The next command.
    pub fn poll(&mut self, now: Millis) -> Command {
        self.meter.start(now);
        if let Some(deadline) = self.options.deadline {
            if now >= deadline {
                self.cut(Ended::Deadline, Because::Timeout);
            } else if now.saturating_add(self.slowest) >= deadline {
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
            && let Some(work) = self.queue.take(now, self.pace.batch_size())
        {
            return Command::Send(self.depart(work, now));
        }
        if self.in_flight.is_empty() && self.queue.is_empty() {
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

    /// What is known of the way to the server from now on; a proxy on the way can be another one than before.
    pub const fn goes_over(&mut self, transport: Transport) {
        self.options.transport = transport;
    }

    /// What came of an attempt. Of one that was cancelled, or is not known, it is ignored.
    pub fn handle_exchange(&mut self, now: Millis, id: AttemptId, exchange: Exchange) {
        let Some(at) = self.in_flight.iter().position(|flight| flight.id == id) else {
            return;
        };
        let Flight {
            work, sent_at, left, ..
        } = self.in_flight.swap_remove(at);
        if left && !exchange.may_have_left() {
            self.requests -= 1;
        }
        let batch = self.selection.batch_of(work.start, work.end);
        let verdict = DeleteFaces::new(&self.group, batch).judge(exchange, self.options.transport);
        match verdict {
            Ok(removal) => {
                self.slowest = now.saturating_sub(sent_at).max(self.slowest / 8 * 7);
                self.meter.settled(now, work.tokens());
                self.answered(work, removal);
            }
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

    /// What the run wants to write down cannot be written. It ends; what is under way is waited for.
    pub fn handle_unwritten(&mut self) {
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

    /// What is known so far, in numbers. After the end it adds up, or says by how much it does not.
    #[must_use]
    pub fn report(&self) -> Report {
        let mut report = Report {
            total: self.selection.total(),
            counts: self.ledger.counts().plus(&self.never_sent()),
            requests: self.requests,
            retries: self.retries,
            face_count: self.last_answer.as_ref().map(|answer| answer.face_count),
            clock_correction: self.clock_correction,
            ended: self.ended.clone(),
            violations: self.ledger.violations(),
        };
        if let Some(before) = &self.carried {
            report.total = before.total;
            report.counts = report.counts.plus(&before.counts);
            report.requests = report.requests.saturating_add(before.requests);
            report.retries = report.retries.saturating_add(before.retries);
            report.face_count = report.face_count.or(before.face_count);
            report.violations = report.violations.saturating_add(before.violations);
        }
        report
    }

    /// How it gets on.
    #[must_use]
    pub fn progress(&self, now: Millis) -> Progress {
        let waiting = match self.next_time(now) {
            _ if !self.in_flight.is_empty() && self.pace.frozen_until() <= now => Waiting::Answers,
            Some(_) if self.pace.frozen_until() > now && self.ended.is_none() => {
                Waiting::ServerPause(self.pace.frozen_until() - now)
            }
            Some(at) if at > now && self.ended.is_none() => Waiting::Retry(at - now),
            _ if !self.in_flight.is_empty() => Waiting::Answers,
            _ => Waiting::Nothing,
        };
        let pause = match waiting {
            Waiting::ServerPause(pause) => pause,
            _ => 0,
        };
        let open = (self.selection.count() as u64).saturating_sub(self.ledger.counts().sum());
        Progress {
            concurrency: self.pace.limit(),
            in_flight: u32::try_from(self.in_flight.len()).unwrap_or(u32::MAX),
            batch_size: self.pace.batch_size(),
            per_second: self.meter.per_second(now),
            waiting,
            remaining: self.meter.estimate(now, open, pause).filter(|_| self.ended.is_none()),
        }
    }

    /// Positions that are never sent.
    fn never_sent(&self) -> Counts {
        let mut counts = Counts::default();
        counts.add(Outcome::Duplicate, self.selection.duplicates());
        counts.add(Outcome::Invalid, self.selection.invalid());
        counts
    }

    /// What to add to our clock to get the server's time, in seconds, for the signatures to come.
    #[must_use]
    pub const fn clock_correction(&self) -> Option<i32> {
        self.clock_correction
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

    /// Which run it is, if that was said, by this process or in the journal.
    #[must_use]
    pub const fn begun(&self) -> Option<&Begun> {
        self.begun.as_ref()
    }

    /// The server's ids of the requests that it answered so that they count, in the order of the answers; those of the run
    /// before as well. An id that is not one word of at most 64 ASCII characters is left out.
    #[must_use]
    pub fn request_ids(&self) -> &[String] {
        &self.request_ids
    }

    /// The tokens of this run.
    #[must_use]
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    fn depart(&mut self, work: Work, now: Millis) -> AttemptId {
        let id = AttemptId(self.attempts);
        self.attempts += 1;
        if work.tries != Tries::default() {
            self.retries += 1;
        }
        if let Some(notes) = &mut self.notes {
            notes.send(work.start, work.end);
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
        if is_word(&removal.request_id) {
            self.request_ids.push(removal.request_id.clone());
            if let Some(notes) = &mut self.notes {
                notes.answer(&removal.request_id);
            }
        }
        if let Some(notes) = &mut self.notes {
            notes.settle(work.start, &numbers, self.ledger.findings());
        }
        self.ledger.settle_numbered(work.start, &numbers);
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
            // Halving a batch that was refused is progress, not a retry: it ends at one token.
            Kind::BadRequest => {}
            Kind::Authentication => tries.corrected += 1,
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
        if blames_the_tokens(failure) && work.tokens() == 1 {
            self.lone_rejections += 1;
            if self.lone_rejections > MOST_LONE_REJECTIONS {
                self.ended.get_or_insert(Ended::Failed(failure.clone()));
            }
        }
        self.settle_alike(work, Finding::of_failure(failure, work.history));
    }

    fn settle_alike(&mut self, work: Work, finding: Finding) {
        if let Some(notes) = &mut self.notes {
            notes.settle_alike(work.start, work.end, &finding);
        }
        let number = self.ledger.number_of(finding);
        self.ledger.settle_numbered(work.start, &vec![number; work.tokens()]);
    }

    fn settle_what_waits(&mut self) {
        let because = match self.ended {
            Some(Ended::Aborted) => Because::Aborted,
            Some(Ended::Deadline) => Because::Timeout,
            Some(Ended::Unprepared) => Because::Unprepared,
            _ => Because::RunEnded,
        };
        for work in self.queue.drain(because) {
            self.settle_alike(work, Finding::of_waiting(work.history, work.last));
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

    /// Ends the run if it looks like the wrong library.
    fn check_target(&mut self) {
        const ENOUGH: u64 = 50;
        let Some(most) = self.options.most_absent else {
            return;
        };
        let counts = self.ledger.counts();
        let absent = counts.of(Outcome::Absent) + counts.of(Outcome::AbsentAfterUncertain);
        let answered = absent + counts.of(Outcome::Deleted);
        if answered >= ENOUGH.min(self.selection.count() as u64) && absent as f64 > most * answered as f64 {
            self.ended.get_or_insert(Ended::TooManyAbsent);
        }
    }

    /// When there is something to do, if nothing happens before.
    fn next_time(&self, now: Millis) -> Option<Millis> {
        let room = self.in_flight.len() < self.pace.limit() as usize && self.ended.is_none();
        let start = self.queue.next_time(now).filter(|_| room);
        let start = start.map(|at| at.max(self.pace.frozen_until()));
        let last_start = self.options.deadline.map(|deadline| match self.ended {
            None => deadline.saturating_sub(self.slowest),
            Some(_) => deadline,
        });
        match (start, last_start) {
            (Some(start), Some(last_start)) => Some(start.min(last_start)),
            (start, last_start) => start.or(last_start),
        }
    }
}
