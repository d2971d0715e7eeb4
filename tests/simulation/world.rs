//! The virtual clock, the network between engine and server, and the engine's executor.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use finauth_facesearch::answer::{Content, Member, Response};
use finauth_facesearch::clock;
use finauth_facesearch::deletion::{AttemptId, Begun, Command, Ended, Millis, Report, Run};
use finauth_facesearch::exchange::{Exchange, Interruption, Transport};
use finauth_facesearch::proxy::{Forwarded, PassedOn, Reply as ProxyReply, pass_on};
use finauth_facesearch::replay::SeenRequests;
use finauth_facesearch::selection::Selection;
use finauth_facesearch::token::GroupId;

use crate::books::{Attempt, Books, Claim};
use crate::invariants::{self, Input, Listing, Quiet, Violation};
use crate::judge::{Class, LIBRARY, Proof, Seen, Verdict, count, judge};
use crate::scenario::{Fault, Random, Scenario};
use crate::server::{Reply, Request, Said, Server};
use crate::tally::Tally;

/// Far more than any schedule takes.
const MAX_STEPS: u32 = 200_000;

/// When it all begins, by the server's clock.
const EPOCH_S: i64 = 1_700_000_000;

const SERVER: &str = "https://simulated.example";

/// The longest wait between two attempts that the server did not ask for.
const LONGEST_BACKOFF_MS: Millis = 20_000;

/// The id of an attempt through a proxy. All have one, since no reply goes astray.
const ATTEMPT_ID: &str = "0123456789abcdef0123456789abcdef";

/// How far a signature's time may be from the server's.
const MAX_SKEW_S: u64 = 300;

/// A clock that is further off has to be set by its owner; some seconds are left for latencies.
const MAX_CORRECTION_S: u64 = 86_400 - 100;

/// An attempt of one of the runs.
type Key = (u32, AttemptId);

enum Event {
    /// A request, or a second copy of it, reaches the server; its response goes back unless it is a hidden copy's.
    Arrives {
        key: Key,
        tokens: Vec<u32>,
        is_hidden: bool,
        signed: Signed,
    },
    /// Something reaches the client.
    Delivers {
        key: Key,
        delivery: Box<Delivery>,
    },
    /// A request is signed and leaves.
    Departs {
        key: Key,
    },
    TimesOut {
        key: Key,
    },
    OtherWriter,
    Jump {
        seconds: i64,
    },
    Stop,
    Abort,
    Wake,
}

/// What reaches the client, before it is read.
enum Delivery {
    Response {
        reply: Reply,
        /// UNIX seconds.
        date: u64,
        signed: Signed,
    },
    Proxy {
        exchange: Exchange,
        verdict: Verdict,
    },
    Interrupted {
        by: Interruption,
        may_have_left: bool,
    },
}

#[derive(Clone, Copy)]
struct Signed {
    /// The signature's time, and what was added to the clock to get it.
    at: u64,
    correction: i32,
    /// How often the clock was set before.
    jumps: usize,
}

#[derive(PartialEq)]
enum End {
    Finished,
    Crashed,
}

struct World<'a> {
    scenario: &'a Scenario,
    input: Input,
    round: u32,
    /// Counts processes.
    lives: usize,
    run: Run,
    selection: Arc<Selection>,
    server: Server,
    books: Books,
    quiet: Quiet,
    random: Random,
    now: Millis,
    events: BinaryHeap<Reverse<(Millis, u64)>>,
    payloads: HashMap<u64, Event>,
    next_event: u64,
    open: HashMap<Key, Attempt>,
    /// What is on disk of the runs' journal.
    journal: String,
    /// The request ids that the client's process has seen.
    seen: SeenRequests,
    /// Responses whose ids the present process knows, and whether they are in the journal for certain.
    earlier: Vec<Said>,
    durable: Vec<bool>,
    /// The runs before, in this process.
    before: Vec<Listing>,
    /// How many ranges of settled tokens were looked at.
    looked_at: usize,
    has_ended: bool,
    is_stopped: bool,
    is_aborted: bool,
    is_unprepared: bool,
    /// How long a response took at most.
    slowest: Millis,
    jumps: usize,
    jumped_by: i64,
    /// Since so many jumps of the clock, the client knows how far it is off.
    learned_at: Option<usize>,
    started: Option<Millis>,
    latest: Millis,
    /// In runs before this one.
    active_before: Millis,
    /// Until the process dies.
    steps_left: Option<u64>,
    tally: Tally,
}

/// How many tokens a line of the journal is about to send.
fn intent(line: &str) -> Option<usize> {
    let mut words = line.strip_prefix("send ")?.split(' ');
    let (start, end): (usize, usize) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some(end - start)
}

fn library() -> GroupId {
    GroupId::parse(LIBRARY).unwrap()
}

fn begun() -> Begun {
    Begun {
        id: "simulated".to_owned(),
        at: 1_700_000_000,
        face_count: None,
    }
}

/// Plays a schedule to its end, and counts what happened.
///
/// `truth_only`: claims are compared with the truth alone, and not with the books. It shows that the truth finds what is untrue
/// even where the books share a mistake of the engine.
pub fn play(scenario: &Scenario, truth_only: bool) -> Result<Tally, Violation> {
    let mut selection = Selection::default();
    for text in &scenario.input {
        selection.push(text, 0);
    }
    let selection = Arc::new(selection);
    let server = Server::new(scenario);
    let mut world = World {
        run: Run::new(library(), Arc::clone(&selection), scenario.options)
            .begun_as(begun())
            .with_journal(SERVER),
        selection,
        input: Input::of(scenario),
        round: 0,
        lives: 1,
        books: Books::new(server.truth.len(), scenario.options, truth_only),
        server,
        quiet: Quiet::default(),
        random: Random(scenario.seed.rotate_left(31)),
        now: 0,
        events: BinaryHeap::new(),
        payloads: HashMap::new(),
        next_event: 0,
        open: HashMap::new(),
        journal: String::new(),
        seen: SeenRequests::default(),
        earlier: Vec::new(),
        durable: Vec::new(),
        before: Vec::new(),
        looked_at: 0,
        has_ended: false,
        is_stopped: false,
        is_aborted: false,
        is_unprepared: false,
        slowest: 0,
        jumps: 0,
        jumped_by: 0,
        learned_at: None,
        started: None,
        latest: 0,
        active_before: 0,
        steps_left: scenario.crashes.first().copied(),
        tally: Tally::default(),
        scenario,
    };
    world.prepare();
    let report = loop {
        let is_last = world.round + 1 == scenario.rounds;
        if world.play(is_last)? == End::Crashed {
            world.rise()?;
            continue;
        }
        let report = world.check_run()?;
        if is_last {
            break report;
        }
        world.next_round()?;
    };
    invariants::check_truth(&world.books, &world.server)?;
    if world.tally.trouble == 0 && !world.is_hindered() {
        world
            .tally
            .note("run", "nothing went wrong, and everything was settled");
        invariants::check_liveness(&world.input, &report)?;
    }
    world.count(&report);
    Ok(world.tally)
}

impl World<'_> {
    fn prepare(&mut self) {
        if let Some(at) = self.scenario.stop_at {
            self.at(at, Event::Stop);
        }
        if let Some(at) = self.scenario.abort_at {
            self.at(at, Event::Abort);
        }
        if self.scenario.other_writer {
            for _ in 0..20 {
                let at = self.random.below(5_000);
                self.at(at, Event::OtherWriter);
            }
        }
        for (at, seconds) in &self.scenario.jumps {
            self.at(*at, Event::Jump { seconds: *seconds });
        }
    }

    /// Whether something else than a fault keeps a run from deleting everything.
    fn is_hindered(&self) -> bool {
        let scenario = self.scenario;
        let is_clock_wrong = scenario.clock_ahead != 0 || scenario.drift != 0 || !scenario.jumps.is_empty();
        let may_be_too_large = scenario.options.whole && !scenario.limits.is_empty();
        !scenario.library_exists
            || is_clock_wrong
            || may_be_too_large
            || scenario.options.most_absent.is_some()
            || scenario.options.deadline.is_some()
            || scenario.stop_at.is_some()
            || scenario.abort_at.is_some()
    }

    fn count(&mut self, report: &Report) {
        for claim in self.books.claims.iter().map(|(.., outcome)| outcome.name()) {
            self.tally.note("claims", claim);
        }
        let ended = match report.ended.as_ref() {
            Some(Ended::Complete) if report.is_all_gone() => "ended complete, all gone",
            Some(Ended::Complete) if report.is_complete() => "ended complete, nothing left to do",
            Some(Ended::Complete) => "ended complete, something unresolved",
            Some(Ended::Stopped) => "ended stopped",
            Some(Ended::Aborted) => "ended aborted",
            Some(Ended::Unprepared) => "ended unprepared",
            Some(Ended::Deadline) => "ended by the deadline",
            Some(Ended::TooManyAbsent) => "ended with too many absent",
            Some(Ended::ComeBack(_)) => "ended by a long Retry-After",
            Some(Ended::Failed(failure)) if failure.code == "REPLAYED_RESPONSE" => "ended by three replays",
            Some(Ended::Failed(failure)) if failure.unrecognised => "ended by responses without a known code",
            Some(Ended::Failed(_)) => "ended by a failure",
            None => "did not end",
        };
        self.tally.note("run", ended);
        self.tally.add("requests", "sent", report.requests.into());
        self.tally.add("requests", "sent again", report.retries.into());
        self.tally.add("run", "processes that died", self.lives as u64 - 1);
        self.tally.add("run", "rounds after the first", self.round.into());
        if report.clock_correction.is_some() {
            self.tally.note("run", "clocks corrected");
        }
    }

    fn check_run(&mut self) -> Result<Report, Violation> {
        let report = invariants::check_run(self.scenario, &self.input, &self.books, &self.before, &self.run)?;
        let active = self.active_before + self.latest - self.started.unwrap_or(self.latest);
        if self.scenario.crashes.is_empty() && report.active_ms != active {
            return Err(format!("{} ms are said to be active, of {active}", report.active_ms));
        }
        Ok(report)
    }

    /// Another process reads what is on disk, and continues.
    fn rise(&mut self) -> Result<(), Violation> {
        // What was not known to be on disk yet may be there, whole, in part, or not at all.
        let unflushed = self.run.take_notes();
        let torn = self.random.below(unflushed.len() as u64 + 1) as usize;
        self.journal.push_str(&unflushed[..torn]);
        // The new process knows the ids that the journal names, and no others.
        self.seen = SeenRequests::default();
        let restored = Run::restored(
            SERVER,
            library(),
            Arc::clone(&self.selection),
            self.journal.as_bytes(),
            &mut self.seen,
        );
        self.run = restored.map_err(|problem| format!("the journal {problem}:\n{}", self.journal))?;
        let mut is_durable = self.durable.iter();
        self.earlier.retain(|_| *is_durable.next().unwrap());
        self.durable.retain(|is_durable| *is_durable);
        let run = &self.run;
        let numbers = run.selection().indexes(0, run.selection().count());
        let numbers: Vec<u32> = numbers.filter_map(|index| self.input.numbers[index]).collect();
        let found = numbers
            .iter()
            .enumerate()
            .filter_map(|(position, number)| Some((*number, Claim::of(run.finding(position)?))));
        let last = self.journal.lines().rev().find(|line| !line.is_empty());
        let is_ended = last.is_some_and(|line| line.len() == "end - ~01234567".len() && line.starts_with("end - ~"));
        self.books.risen(found, !is_ended)?;
        self.before.clear();
        self.lives += 1;
        // Nobody remembers what the server asked for, nor the server's clock.
        self.quiet.until = 0;
        self.learned_at = None;
        self.steps_left = self.scenario.crashes.get(self.lives - 1).copied();
        self.take_up()
    }

    /// The caller tries again at once, while stray requests of the run before may still be on their way.
    fn next_round(&mut self) -> Result<(), Violation> {
        self.round += 1;
        self.books.options.seed ^= u64::from(self.round);
        self.write_down();
        self.take_up()
    }

    /// Begins a run for what the present one left unresolved.
    fn take_up(&mut self) -> Result<(), Violation> {
        self.books.options.deadline = None;
        let next = self
            .run
            .retry_unresolved(self.books.options)
            .ok_or("it cannot be taken up")?;
        if self.run.retry_unresolved(self.books.options).is_some() {
            return Err("it was taken up twice".to_owned());
        }
        // As the package does: a run of which nothing is listed is not kept.
        if !self.run.has_settled_nothing() {
            self.before.push(Listing::of(&self.run, false));
        }
        self.run = next;
        self.books.next_run();
        self.open.clear();
        self.quiet.ended_at = None;
        (self.looked_at, self.has_ended) = (0, false);
        (self.is_stopped, self.is_aborted, self.is_unprepared) = (false, false, false);
        self.active_before += self.latest - self.started.unwrap_or(self.latest);
        self.started = None;
        self.latest = self.now;
        self.slowest = 0;
        Ok(())
    }

    fn write_down(&mut self) {
        let notes = self.run.take_notes();
        self.journal.push_str(&notes);
        self.books.flushed();
        self.durable.fill(true);
    }

    /// Plays the present run; the last one until nothing is on its way any more.
    fn play(&mut self, is_last: bool) -> Result<End, Violation> {
        let mut finished = false;
        for _ in 0..MAX_STEPS {
            if !finished {
                finished = self.obey()?;
            }
            if finished && !is_last {
                return Ok(End::Finished);
            }
            if !finished && self.dies() {
                return Ok(End::Crashed);
            }
            let Some(Reverse((at, number))) = self.events.pop() else {
                return if finished {
                    Ok(End::Finished)
                } else {
                    Err(format!("nothing will happen any more at {}", self.now))
                };
            };
            self.now = self.now.max(at);
            if let Some(event) = self.payloads.remove(&number) {
                self.happen(event)?;
            }
        }
        Err("it does not end".to_owned())
    }

    fn dies(&mut self) -> bool {
        match &mut self.steps_left {
            Some(0) => true,
            Some(steps) => {
                *steps -= 1;
                // Now and then all that is known gets to disk.
                if self.random.chance(300) {
                    self.write_down();
                }
                false
            }
            None => false,
        }
    }

    /// Carries out commands until the engine waits; true when it is finished.
    fn obey(&mut self) -> Result<bool, Violation> {
        let mut is_finished = false;
        for _ in 0..MAX_STEPS {
            self.started.get_or_insert(self.now);
            self.latest = self.now;
            let command = self.run.poll(self.now);
            self.look(None, false)?;
            match command {
                Command::Send(id) => self.send(id)?,
                Command::Cancel(id) => self.cancel(id)?,
                Command::WaitUntil(at) => {
                    if at <= self.now {
                        return Err(format!("told at {} to wait until {at}", self.now));
                    }
                    if self.open.is_empty() && self.quiet.ended_at.is_some() {
                        return Err(format!("told at {} to wait until {at}, after the end", self.now));
                    }
                    if self.open.is_empty() && at > self.now.max(self.quiet.until) + LONGEST_BACKOFF_MS {
                        return Err(format!(
                            "told at {} to wait until {at}, with nothing in flight",
                            self.now
                        ));
                    }
                    self.at(at, Event::Wake);
                    break;
                }
                Command::Wait if self.open.is_empty() => return Err("it waits for nothing".to_owned()),
                Command::Wait => break,
                Command::Finished if !self.open.is_empty() => {
                    return Err("finished, with requests in flight".to_owned());
                }
                Command::Finished => {
                    is_finished = true;
                    break;
                }
            }
        }
        self.check_ended(None)?;
        let progress = self.run.progress(self.now);
        if progress.in_flight as usize != self.open.len() || progress.concurrency > self.books.options.concurrency.max {
            return Err(format!(
                "{} requests are in flight, not as in {progress:?}",
                self.open.len()
            ));
        }
        if !is_finished && self.books.options.deadline.is_some_and(|deadline| self.now >= deadline) {
            return Err(format!("not over at {}, after the deadline", self.now));
        }
        Ok(is_finished)
    }

    /// What ended the run, if it has ended since the last time: it has to be right.
    fn check_ended(&mut self, by: Option<&Verdict>) -> Result<(), Violation> {
        if self.has_ended {
            return Ok(());
        }
        let report = self.run.report();
        let Some(ended) = report.ended else { return Ok(()) };
        self.has_ended = true;
        self.quiet.ended_at.get_or_insert(self.now);
        let deadline = self.books.options.deadline;
        let is_right = match &ended {
            Ended::Complete => self.open.is_empty() && report.counts.sum() == report.total,
            Ended::Stopped => self.is_stopped,
            Ended::Aborted => self.is_aborted,
            Ended::Unprepared => self.is_unprepared,
            Ended::Deadline => deadline.is_some_and(|deadline| self.now + self.slowest >= deadline),
            Ended::TooManyAbsent => by.is_some_and(|verdict| verdict.class == Class::Success),
            Ended::ComeBack(_) => by.is_some_and(|verdict| verdict.retry_after_ms.is_some()),
            Ended::Failed(failure) => by.is_some_and(|verdict| {
                (verdict.class == Class::Replay) == (failure.code == "REPLAYED_RESPONSE")
                    && verdict.class != Class::Success
            }),
        };
        if is_right || self.books.truth_only {
            Ok(())
        } else {
            Err(format!("it ended for the wrong reason: {ended:?} after {by:?}"))
        }
    }

    /// Looks at what was settled since the last time. `by`: the exchange that was handed in; `went_on`: the run did not end.
    fn look(&mut self, by: Option<(&Attempt, &Verdict)>, went_on: bool) -> Result<(), Violation> {
        let settled = self.run.settled();
        for (start, end) in &settled[self.looked_at..] {
            let (start, end) = (*start as usize, *end as usize);
            for (position, index) in (start..end).zip(self.run.selection().indexes(start, end)) {
                let finding = self.run.finding(position).ok_or("what is settled has no outcome")?;
                if finding.retryable == Some(false) && finding.reason.is_none() {
                    return Err(format!("{finding:?} is final, and does not name the server's reason"));
                }
                let number = self.input.numbers[index].ok_or("an invalid entry is settled")?;
                self.books.check_claim(number, Claim::of(finding), by, went_on)?;
            }
        }
        self.looked_at = settled.len();
        Ok(())
    }

    fn send(&mut self, id: AttemptId) -> Result<(), Violation> {
        let request = self.run.request(id).ok_or("a request that is not in flight")?;
        let joined = request.batch().joined();
        let tokens = invariants::check_send(&self.books, &self.quiet, self.now, &joined, self.open.len() + 1)?;
        let key = (self.books.run, id);
        let mut transport = self.scenario.options.transport;
        if self.scenario.mixed_transports && self.random.chance(500) {
            transport = match transport {
                Transport::MayResend => Transport::TransmitsOnce,
                Transport::TransmitsOnce => Transport::MayResend,
            };
        }
        let attempt = self
            .books
            .command(tokens, transport, self.now, self.scenario.options.whole)?;
        let size = attempt.tokens.len();
        self.open.insert(key, attempt);
        let written = self.journal.len();
        self.write_down();
        let intended: usize = self.journal[written..].lines().filter_map(intent).sum();
        if intended != size {
            return Err(format!(
                "{size} tokens are to be sent; the journal says so of {intended}"
            ));
        }
        if self.fails(Fault::JournalFails, "journals that fail") {
            self.is_unprepared = true;
            self.run.handle_unable();
            return self.cannot(key);
        }
        if self.fails(Fault::SignerFails, "signers that fail") {
            self.is_unprepared = true;
            return self.cannot(key);
        }
        self.at(self.now + self.scenario.timeout, Event::TimesOut { key });
        if self.fails(Fault::HelloRefused, "greetings that a proxy rejects") {
            let delivery = self.refused_greeting();
            let at = self.now + self.latency();
            self.delivers(at, key, delivery);
        } else if self.random.chance(100) {
            // Signing takes a while now and then, and the run may end in the meantime.
            let at = self.now + self.latency();
            self.at(at, Event::Departs { key });
        } else {
            self.depart(key)?;
        }
        Ok(())
    }

    fn cannot(&mut self, key: Key) -> Result<(), Violation> {
        self.open.remove(&key);
        self.run.handle_unprepared(key.1);
        self.look(None, false)?;
        self.check_ended(None)
    }

    fn cancel(&mut self, id: AttemptId) -> Result<(), Violation> {
        if let Some(attempt) = self.open.remove(&(self.books.run, id)) {
            self.books.give_up(&attempt);
        }
        // The executor hands in its exchange anyway: it is of no interest any more.
        let exchange = Exchange::Interrupted {
            by: Interruption::Abort,
            may_have_left: self.random.chance(500),
        };
        if !self.run.handle_exchange(self.now, id, exchange) {
            return Err("a cancelled attempt is of interest".to_owned());
        }
        Ok(())
    }

    fn fails(&mut self, fault: Fault, what: &'static str) -> bool {
        let fails = self.random.chance(self.scenario.rates.of(fault));
        if fails {
            self.tally.note("trouble", what);
        }
        fails
    }

    fn depart(&mut self, key: Key) -> Result<(), Violation> {
        if !self.open.contains_key(&key) {
            return Ok(());
        }
        let is_over = self.run.report().ended.is_some();
        if !self.run.handle_departure(key.1) {
            self.open.remove(&key);
            return self.look(None, false);
        }
        if is_over {
            return Err("a request left after the end".to_owned());
        }
        let Some(attempt) = self.open.get_mut(&key) else {
            return Ok(());
        };
        self.books.depart(attempt);
        let (tokens, transport) = (attempt.tokens.clone(), attempt.transport);
        let now = self.now;
        let correction = self.run.clock_correction().unwrap_or(0);
        let signed = Signed {
            at: clock::corrected(self.client_time(), correction),
            correction,
            jumps: self.jumps,
        };
        if !self.books.truth_only
            && self.learned_at == Some(self.jumps)
            && signed.at.abs_diff(self.server_time()) > MAX_SKEW_S
        {
            return Err(format!("signed at {now} with a clock that is known to be off"));
        }
        let (there, back) = (self.latency(), self.latency());
        if self.fails(Fault::ConnectionRefused, "connections refused") {
            self.interrupt(now + there, key, Interruption::Connection, false);
            return Ok(());
        }
        if self.fails(Fault::RequestLost, "requests lost") {
            self.interrupt(now + there + back, key, Interruption::Connection, true);
            return Ok(());
        }
        if self.fails(
            Fault::ActsLater,
            "requests that the server acts on after a gateway has answered",
        ) {
            let later = self.random.below(5_000);
            self.arrives(now + later, key, tokens, true, signed);
            let (reply, date) = (self.server.gateway_reply(), self.server_time());
            self.delivers(
                now + there + back,
                key,
                Box::new(Delivery::Response { reply, date, signed }),
            );
            return Ok(());
        }
        if self.fails(Fault::ProxyRefused, "requests that a proxy rejects") {
            let (delivery, was_passed_on) = self.refused_attempt();
            if was_passed_on {
                self.arrives(now + there, key, tokens, true, signed);
            }
            self.delivers(now + there + back, key, delivery);
            return Ok(());
        }
        if transport == Transport::MayResend && self.random.chance(self.scenario.rates.of(Fault::SentTwice)) {
            self.tally.note("trouble", "requests sent twice");
            self.arrives(now + there, key, tokens.clone(), true, signed);
        }
        // Either copy may arrive first.
        let later = self.latency();
        self.arrives(now + later, key, tokens, false, signed);
        Ok(())
    }

    fn arrives(&mut self, at: Millis, key: Key, tokens: Vec<u32>, is_hidden: bool, signed: Signed) {
        let event = Event::Arrives {
            key,
            tokens,
            is_hidden,
            signed,
        };
        self.at(at, event);
    }

    /// What a proxy says that does not greet.
    fn refused_greeting(&mut self) -> Box<Delivery> {
        let (reply, class, status) = self.refusal();
        let mut verdict = Verdict::of(Proof::NotSent, class);
        verdict.retry_after_ms = reply.retry_after_ms.value().copied();
        let exchange = match reply.welcome(status) {
            Err(refusal) => Exchange::RefusedByProxy(refusal),
            Ok(_) => unreachable!("it names no instance"),
        };
        Box::new(Delivery::Proxy { exchange, verdict })
    }

    /// What a proxy says that does not make an attempt, and whether it, or a copy, was made nevertheless.
    fn refused_attempt(&mut self) -> (Box<Delivery>, bool) {
        let (mut reply, class, status) = self.refusal();
        let delivery = self
            .random
            .pick(&["not-sent", "not-sent", "maybe-applied", "something-new", "", "?"]);
        reply.delivery = match delivery {
            "" => Member::Missing,
            "?" => Member::Unusable,
            known => Member::Is(known.to_owned()),
        };
        // An instance that does not recognise repeats cannot know what happened to a copy.
        reply.recognises_repeats = self.random.chance(700);
        reply.attempt_id = if self.random.chance(700) {
            Member::Is(ATTEMPT_ID.to_owned())
        } else {
            Member::Missing
        };
        let is_unsent = delivery == "not-sent" && reply.recognises_repeats && reply.attempt_id != Member::Missing;
        let mut verdict = Verdict::of(if is_unsent { Proof::NotSent } else { Proof::Uncertain }, class);
        verdict.retry_after_ms = reply.retry_after_ms.value().copied();
        let delivery = Box::new(Delivery::Proxy {
            exchange: reply.exchange(status, ATTEMPT_ID),
            verdict,
        });
        (delivery, !is_unsent && self.random.chance(500))
    }

    fn refusal(&mut self) -> (ProxyReply, Class, u16) {
        let (code, class, status) = self.random.pick(&[
            ("PROXY_BAD_REQUEST", Class::Fatal, 400),
            ("PROXY_FAILED", Class::Trouble, 500),
            ("PROXY_FORBIDDEN_GROUP", Class::Fatal, 403),
            ("PROXY_FORBIDDEN_API", Class::Fatal, 403),
            ("PROXY_FORBIDDEN_ORIGIN", Class::Fatal, 403),
            ("PROXY_NOT_FOUND", Class::Fatal, 404),
            ("PROXY_OTHER_INSTANCE", Class::Trouble, 409),
            ("PROXY_REPEATED", Class::Trouble, 409),
            ("PROXY_THROTTLED", Class::Throttled, 429),
            ("PROXY_TOO_MANY_TOKENS", Class::TooLarge, 413),
            ("PROXY_UNAUTHORIZED", Class::Fatal, 401),
            ("PROXY_UNREACHABLE", Class::Trouble, 502),
            ("PROXY_UNSUPPORTED_VERSION", Class::Fatal, 400),
            ("PROXY_OF_A_LATER_VERSION", Class::Trouble, 500),
        ]);
        // Most of these end the run, so that nothing happens after them.
        let (code, class, status) = if class == Class::Fatal && self.random.chance(800) {
            ("PROXY_OTHER_INSTANCE", Class::Trouble, 409)
        } else {
            (code, class, status)
        };
        let mut reply = ProxyReply {
            version: Member::Is(1),
            refused: Member::Is(code.to_owned()),
            ..ProxyReply::default()
        };
        if class == Class::Throttled && self.random.chance(500) {
            reply.retry_after_ms = Member::Is(self.random.pick(&[0, 1_000, 20_000, 120_000]));
        }
        (reply, class, status)
    }

    fn happen(&mut self, event: Event) -> Result<(), Violation> {
        match event {
            Event::Arrives {
                key,
                tokens,
                is_hidden,
                signed,
            } => {
                let date = self.server_time();
                let request = Request {
                    run: key.0,
                    key: self.key_of(key, &tokens),
                    tokens: &tokens,
                    is_stale: signed.at.abs_diff(date) > MAX_SKEW_S,
                    now: self.now,
                };
                let reply = self
                    .server
                    .receive(self.scenario, &request, &self.earlier, &mut self.tally);
                let at = self.now + self.latency();
                if is_hidden {
                    return Ok(());
                }
                if reply.is_lost {
                    self.interrupt(at, key, Interruption::Connection, true);
                } else if reply.is_broken {
                    let by = self
                        .random
                        .pick(&[Interruption::AnswerTooLarge, Interruption::NotAResponse]);
                    self.interrupt(at, key, by, true);
                } else {
                    self.delivers(at, key, Box::new(Delivery::Response { reply, date, signed }));
                }
                Ok(())
            }
            Event::Delivers { key, delivery } => match self.open.remove(&key) {
                Some(attempt) => self.deliver(key, &attempt, *delivery),
                None => Ok(()),
            },
            Event::Departs { key } => self.depart(key),
            Event::TimesOut { key } => match self.open.remove(&key) {
                Some(attempt) => {
                    self.tally.note("trouble", "time-outs");
                    let delivery = Delivery::Interrupted {
                        by: Interruption::Timeout,
                        may_have_left: attempt.has_left,
                    };
                    self.deliver(key, &attempt, delivery)
                }
                None => Ok(()),
            },
            Event::OtherWriter => {
                self.tally.note("world", "another writer adds or removes a face");
                self.server.other_writer();
                Ok(())
            }
            Event::Jump { seconds } => {
                self.tally.note("world", "the client's clock is set");
                self.jumps += 1;
                self.jumped_by += seconds;
                Ok(())
            }
            Event::Stop => {
                self.is_stopped = true;
                self.run.stop();
                self.look(None, false)?;
                self.quiet.ended_at.get_or_insert(self.now);
                self.check_ended(None)
            }
            Event::Abort => {
                self.is_aborted = true;
                self.run.abort();
                self.look(None, false)?;
                self.quiet.ended_at.get_or_insert(self.now);
                self.check_ended(None)
            }
            Event::Wake => Ok(()),
        }
    }

    /// Hands in what reached the client, and compares what the engine makes of it with the books.
    fn deliver(&mut self, key: Key, attempt: &Attempt, delivery: Delivery) -> Result<(), Violation> {
        let mut is_correctable = None;
        let (exchange, verdict) = match delivery {
            Delivery::Interrupted { by, may_have_left } => (
                Exchange::Interrupted { by, may_have_left },
                Verdict::interrupted(may_have_left),
            ),
            Delivery::Proxy { exchange, verdict } => {
                self.books.proxy_replied();
                let verdict = Verdict {
                    is_response: false,
                    ..verdict
                };
                (exchange, verdict)
            }
            Delivery::Response { reply, date, signed } => {
                let seen = Seen {
                    status: reply.said.status,
                    json: reply.said.json.as_ref(),
                    retry_after_ms: reply.retry_after_ms,
                    is_replay: reply.is_aged || reply.is_repeated,
                };
                let verdict = judge(&seen, &attempt.tokens, &mut self.server.scratch);
                is_correctable = self.is_correctable(attempt, &reply, date, signed);
                // As the executor that ships reads a response.
                let correction = clock::correction(date, self.client_time(), signed.correction);
                let response = Response {
                    replayed: reply.is_aged,
                    retry_after_ms: reply.retry_after_ms,
                    clock_correction: correction.filter(|_| self.scenario.date_is_readable),
                    ..Response::new(reply.said.status, Content::parse(&reply.said.bytes))
                };
                let mut exchange = Exchange::Answered(response);
                if self.scenario.is_proxied {
                    exchange = self.passed_on(key.1, exchange)?;
                }
                if let Exchange::Answered(response) = &mut exchange {
                    self.seen.mark(response);
                }
                if verdict.class == Class::Success {
                    self.books
                        .answered
                        .extend(reply.said.documented_id().map(str::to_owned));
                    let left = reply.said.json.as_ref().and_then(|body| count(&body["face_count"]));
                    self.books.face_count = left.or(self.books.face_count);
                }
                if reply.said.documented_id().is_some() && !reply.is_repeated {
                    self.remember(reply.said);
                }
                (exchange, verdict)
            }
        };
        if verdict.class == Class::Expired && is_correctable == Some(true) {
            self.learned_at = Some(self.jumps);
        }
        self.slowest = self.slowest.max(self.now - attempt.sent_at);
        if let Some(wait) = verdict.retry_after_ms {
            self.quiet.until = self.quiet.until.max(self.now + wait);
        }
        let had_ended = self.has_ended;
        self.run.goes_over(attempt.transport);
        let is_success = self.run.handle_exchange(self.now, key.1, exchange);
        if is_success != (verdict.class == Class::Success) && !self.books.truth_only {
            return Err(format!("taken for a success: {is_success}; it is {verdict:?}"));
        }
        let mut ending = self.books.deliver(attempt, &verdict, is_correctable);
        if self.books.truth_only {
            (ending.may, ending.must) = (true, false);
        }
        self.check_ended(Some(&verdict))?;
        if !had_ended && self.has_ended && !ending.may {
            let ended = self.run.report().ended;
            return Err(format!("it ended too early: {ended:?} after {verdict:?}"));
        }
        if !self.has_ended && ending.must {
            return Err(format!("it did not end after {verdict:?}"));
        }
        self.look(Some((attempt, &verdict)), !self.has_ended)?;
        self.books.count_failure(attempt, &verdict)?;
        self.tally.note(
            "verdicts",
            match (&verdict.class, &verdict.proof) {
                (_, Proof::NotSent) => "not sent",
                (Class::Success, _) => "success",
                (Class::Replay, _) => "replay",
                (Class::NoCode, _) => "no known code",
                (Class::Blame, Proof::Nothing { .. }) => "one token rejected, alone",
                (Class::Blame, _) => "one token rejected, in a batch",
                (_, Proof::Nothing { .. }) => "rejected before any action",
                _ => "uncertain",
            },
        );
        Ok(())
    }

    /// What the client reads of a response that a proxy passed on.
    fn passed_on(&self, id: AttemptId, exchange: Exchange) -> Result<Exchange, Violation> {
        let request = self.run.request(id).ok_or("a request that is not in flight")?;
        let PassedOn::Answer {
            status,
            body,
            retry_after_ms,
            replayed,
            ..
        } = pass_on(exchange, Forwarded::DeleteFaces(&request))
        else {
            return Err("a proxy makes an interruption of a response".to_owned());
        };
        let reply = ProxyReply {
            version: Member::Is(1),
            attempt_id: Member::Is(ATTEMPT_ID.to_owned()),
            replayed,
            status: Member::Is(status.into()),
            body,
            retry_after_ms: retry_after_ms.map_or(Member::Missing, Member::Is),
            ..ProxyReply::default()
        };
        Ok(reply.exchange(200, ATTEMPT_ID))
    }

    /// Whether a correct client can sign again by the server's clock. Nothing where it depends on seconds.
    fn is_correctable(&self, attempt: &Attempt, reply: &Reply, date: u64, signed: Signed) -> Option<bool> {
        let offset = date.abs_diff(self.client_time());
        let is_corrected = self.books.tokens[attempt.tokens[0] as usize].is_corrected;
        if !self.scenario.date_is_readable || self.scenario.options.retry.max_retries == 0 || is_corrected {
            return Some(false);
        }
        // A retry after another kind of failure in between, and a clock that was set since, may go either way.
        if !reply.is_stale || reply.is_aged || signed.jumps != self.jumps {
            return None;
        }
        if offset <= MAX_CORRECTION_S {
            return Some(true);
        }
        (offset > 86_400 + 100).then_some(false)
    }

    /// From now on the client knows the response's request id, and nothing that repeats it proves anything.
    fn remember(&mut self, said: Said) {
        const MOST: usize = 12;
        if self.scenario.rates.of(Fault::Replay) == 0 {
            return;
        }
        if self.earlier.len() < MOST {
            self.earlier.push(said);
            self.durable.push(false);
        } else {
            let at = self.random.below(MOST as u64) as usize;
            self.earlier[at] = said;
            self.durable[at] = false;
        }
    }

    /// The same for both copies of a request, and another one for each request.
    fn key_of(&self, key: Key, tokens: &[u32]) -> u64 {
        let mut id = 0_u64;
        for byte in format!("{:?}", key.1).bytes() {
            id = id.wrapping_mul(31).wrapping_add(byte.into());
        }
        (u64::from(key.0) << 48) ^ id ^ (u64::from(tokens[0]) << 20)
    }

    fn server_time(&self) -> u64 {
        (EPOCH_S + (self.now / 1000) as i64) as u64
    }

    fn client_time(&self) -> u64 {
        let now = self.now as i64;
        let by_client = now + now * self.scenario.drift / 1_000_000;
        (EPOCH_S + by_client / 1000 - self.scenario.clock_ahead + self.jumped_by) as u64
    }

    fn interrupt(&mut self, at: Millis, key: Key, by: Interruption, may_have_left: bool) {
        self.delivers(at, key, Box::new(Delivery::Interrupted { by, may_have_left }));
    }

    fn delivers(&mut self, at: Millis, key: Key, delivery: Box<Delivery>) {
        self.at(at, Event::Delivers { key, delivery });
    }

    fn latency(&mut self) -> Millis {
        if self.random.chance(self.scenario.rates.of(Fault::Slow) / 3) {
            return self.random.below(5_000);
        }
        1 + self.random.below(80)
    }

    fn at(&mut self, at: Millis, event: Event) {
        self.events.push(Reverse((at, self.next_event)));
        self.payloads.insert(self.next_event, event);
        self.next_event += 1;
    }
}
