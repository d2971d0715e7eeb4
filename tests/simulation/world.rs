//! The virtual clock, the network between engine and server, and the engine's executor.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;

use finauth_facesearch::answer::{Content, Response};
use finauth_facesearch::clock;
use finauth_facesearch::deletion::{AttemptId, Begun, Command, Millis, Options, Outcome, Run, TokenOutcome};
use finauth_facesearch::exchange::{Exchange, Interruption, Transport};
use finauth_facesearch::replay::SeenRequests;
use finauth_facesearch::selection::Selection;
use finauth_facesearch::token::GroupId;

use crate::invariants::{self, Violation, Witness};
use crate::scenario::{Fault, Random, Scenario};
use crate::server::{Reply, Server};

/// Far more than any schedule takes.
const MOST_STEPS: u32 = 200_000;

/// When it all begins, by the server's clock.
const EPOCH_S: u64 = 1_700_000_000;

const SERVER: &str = "https://simulated.example";

/// How far a signature's time may be from the server's.
const MOST_SKEW_S: u64 = 300;

/// An attempt of one of the runs.
type Attempt = (u32, AttemptId);

enum Event {
    /// A request, or a second copy of it, reaches the server; its answer goes back unless it is a copy's first.
    Arrives {
        attempt: Attempt,
        tokens: Vec<String>,
        heard: bool,
        signed: Signed,
    },
    /// Something reaches the client.
    Answers {
        attempt: Attempt,
        exchange: Exchange,
        retry_after_ms: Option<u64>,
    },
    /// A request is signed and leaves.
    Departs {
        attempt: Attempt,
        tokens: Vec<String>,
    },
    TimesOut {
        attempt: Attempt,
    },
    OtherWriter,
    Stop,
    Abort,
    Wake,
}

/// The signature's time, and what was added to the clock to get it.
#[derive(Clone, Copy)]
struct Signed {
    at: u64,
    correction: i32,
}

#[derive(PartialEq)]
enum End {
    Finished,
    Crashed,
}

struct World<'a> {
    scenario: &'a Scenario,
    /// Those of the present run.
    options: Options,
    round: u32,
    /// Counts runs: those of the caller's rounds, and those after a crash.
    life: u32,
    run: Run,
    selection: Arc<Selection>,
    server: Server,
    witness: Witness,
    random: Random,
    now: Millis,
    events: BinaryHeap<Reverse<(Millis, u64)>>,
    payloads: HashMap<u64, Event>,
    next_event: u64,
    open: HashMap<Attempt, ()>,
    departed: HashSet<Attempt>,
    /// What is on disk of the runs' journal.
    journal: String,
    /// The request ids that the client's process has seen.
    seen: SeenRequests,
    /// Until the process dies.
    steps_left: Option<u64>,
}

/// What a schedule came to: the last run, and what is claimed of each position of the input by all of them.
pub struct Played {
    pub run: Run,
    pub claims: Vec<TokenOutcome>,
}

fn library() -> GroupId {
    GroupId::parse("staff").unwrap()
}

fn begun() -> Begun {
    Begun {
        id: "simulated".to_owned(),
        at: 1_700_000_000,
        face_count: None,
    }
}

/// Plays a schedule to its end.
pub fn play(scenario: &Scenario) -> Result<Played, Violation> {
    let mut selection = Selection::default();
    for text in &scenario.input {
        selection.push(text, 0);
    }
    let selection = Arc::new(selection);
    let mut world = World {
        run: Run::new(library(), Arc::clone(&selection), scenario.options)
            .begun_as(begun())
            .with_journal(SERVER),
        selection,
        options: scenario.options,
        round: 0,
        life: 0,
        server: Server::new(scenario),
        witness: Witness::default(),
        random: Random(scenario.seed.rotate_left(31)),
        now: 0,
        events: BinaryHeap::new(),
        payloads: HashMap::new(),
        next_event: 0,
        open: HashMap::new(),
        departed: HashSet::new(),
        journal: String::new(),
        seen: SeenRequests::default(),
        steps_left: scenario.crashes.first().copied(),
        scenario,
    };
    world.prepare();
    let mut claims = Vec::new();
    loop {
        let is_last = world.round + 1 == scenario.rounds;
        if world.play(is_last)? == End::Crashed {
            claims = world.rise()?;
            continue;
        }
        invariants::merge(&mut claims, &world.run);
        if is_last {
            break;
        }
        world.next_round(&claims);
    }
    let World {
        run, witness, server, ..
    } = world;
    let played = Played { run, claims };
    invariants::check_end(scenario, &played, &witness, &server)?;
    Ok(played)
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
    }

    /// Another process reads what is on disk, and goes on. Gives what can be claimed at that moment.
    fn rise(&mut self) -> Result<Vec<TokenOutcome>, Violation> {
        // What was not known to be on disk yet may be there, whole, in part, or not at all.
        let unflushed = self.run.take_notes();
        let torn = self.random.below(unflushed.len() as u64 + 1) as usize;
        self.journal.push_str(&unflushed[..torn]);
        let mut restored = Run::restored(
            SERVER,
            library(),
            Arc::clone(&self.selection),
            self.journal.as_bytes(),
            &mut self.seen,
        )
        .map_err(|problem| format!("the journal {problem}:\n{}", self.journal))?;
        let claims = restored.outcomes();
        self.options.deadline = None;
        self.run = take_up(&mut restored, self.options);
        self.begin_life(&claims);
        // Nobody remembers what the server asked for.
        self.witness.quiet_until = 0;
        let crashed = self.life as usize;
        self.steps_left = self.scenario.crashes.get(crashed).copied();
        Ok(claims)
    }

    fn write_down(&mut self) {
        let notes = self.run.take_notes();
        self.journal.push_str(&notes);
    }

    /// The caller tries again at once, while stray requests of the run before may still be on their way.
    fn next_round(&mut self, claims: &[TokenOutcome]) {
        self.round += 1;
        self.options.deadline = None;
        self.options.seed ^= u64::from(self.round);
        self.write_down();
        self.run = take_up(&mut self.run, self.options);
        self.begin_life(claims);
    }

    fn begin_life(&mut self, claims: &[TokenOutcome]) {
        self.life += 1;
        self.open.clear();
        self.witness.ended_at = None;
        let settled = claims.iter().filter(|claim| {
            !matches!(claim.finding.outcome, Outcome::Duplicate | Outcome::Invalid)
                && claim.finding.left_open().is_none()
        });
        self.witness.settled = settled.map(|claim| self.scenario.input[claim.index].clone()).collect();
    }

    /// Plays the present run; the last one until nothing is on its way any more.
    fn play(&mut self, is_last: bool) -> Result<End, Violation> {
        let mut finished = false;
        for _ in 0..MOST_STEPS {
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
                self.happen(event);
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
        for _ in 0..MOST_STEPS {
            match self.run.poll(self.now) {
                Command::Send(attempt) => self.send(attempt)?,
                Command::Cancel(attempt) => {
                    self.open.remove(&(self.life, attempt));
                }
                Command::WaitUntil(at) => {
                    if at <= self.now {
                        return Err(format!("told at {} to wait until {at}", self.now));
                    }
                    self.at(at, Event::Wake);
                    break;
                }
                Command::Wait if self.open.is_empty() => return Err("it waits for nothing".to_owned()),
                Command::Wait => break,
                Command::Finished if !self.open.is_empty() => {
                    return Err("finished, with requests under way".to_owned());
                }
                Command::Finished => return Ok(true),
            }
        }
        if self.run.report().ended.is_some() {
            self.witness.ended_at.get_or_insert(self.now);
        }
        if self.options.deadline.is_some_and(|deadline| self.now >= deadline) {
            return Err(format!("not over at {}, after the deadline", self.now));
        }
        Ok(false)
    }

    fn send(&mut self, attempt: AttemptId) -> Result<(), Violation> {
        let request = self.run.request(attempt).ok_or("a request that is not under way")?;
        let tokens: Vec<String> = request.batch().joined().split(',').map(str::to_owned).collect();
        let attempt = (self.life, attempt);
        self.witness.commanded += 1;
        self.open.insert(attempt, ());
        self.write_down();
        invariants::check_send(
            &self.options,
            &self.run,
            &self.witness,
            self.now,
            &tokens,
            self.open.len(),
        )?;
        // Signing takes a while now and then, and the run may end in the meantime.
        if self.random.chance(100) {
            let at = self.now + self.latency();
            self.at(at, Event::Departs { attempt, tokens });
        } else {
            self.depart(attempt, tokens);
            self.departed.insert(attempt);
        }
        self.at(self.now + self.scenario.timeout, Event::TimesOut { attempt });
        Ok(())
    }

    fn depart(&mut self, attempt: Attempt, tokens: Vec<String>) {
        let is_over = self.run.report().ended.is_some();
        if !self.run.handle_departure(attempt.1) {
            self.open.remove(&attempt);
            return;
        }
        self.witness.left_after_the_end += u32::from(is_over);
        let now = self.now;
        let correction = self.run.clock_correction().unwrap_or(0);
        let signed = Signed {
            at: clock::corrected(self.client_time(), correction),
            correction,
        };
        let rates = &self.scenario.rates;
        let (there, back) = (self.latency(), self.latency());
        if self.random.chance(rates.of(Fault::ConnectionRefused)) {
            self.interrupt(now + there, attempt, false);
            return;
        }
        self.witness.departed += 1;
        self.witness.transmitted.extend(tokens.iter().cloned());
        if self.random.chance(rates.of(Fault::RequestLost)) {
            self.interrupt(now + there + back, attempt, true);
            return;
        }
        let may_resend = self.scenario.options.transport == Transport::MayResend;
        if may_resend && self.random.chance(rates.of(Fault::SentTwice)) {
            let tokens = tokens.clone();
            self.at(
                now + there,
                Event::Arrives {
                    attempt,
                    tokens,
                    heard: false,
                    signed,
                },
            );
        }
        // Either copy may arrive first.
        let later = self.latency();
        self.at(
            now + later,
            Event::Arrives {
                attempt,
                tokens,
                heard: true,
                signed,
            },
        );
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrives {
                attempt,
                tokens,
                heard,
                signed,
            } => {
                let server_time = EPOCH_S + self.now / 1000;
                let reply = if signed.at.abs_diff(server_time) > MOST_SKEW_S {
                    Reply::error(403, "AUTHORIZATION_ERROR:EXPIRED_SIGN")
                } else {
                    self.server.receive(self.scenario, &tokens)
                };
                let at = self.now + self.latency();
                if !heard {
                    return;
                }
                if reply.lost {
                    self.interrupt(at, attempt, true);
                    return;
                }
                let date_is_read = self.scenario.date_is_readable;
                let correction = clock::correction(server_time, self.client_time(), signed.correction);
                let exchange = Exchange::Answered(Response {
                    retry_after_ms: reply.retry_after_ms,
                    clock_correction: correction.filter(|_| date_is_read),
                    ..Response::new(reply.status, Content::parse(reply.body.as_bytes()))
                });
                let retry_after_ms = reply.retry_after_ms;
                self.at(
                    at,
                    Event::Answers {
                        attempt,
                        exchange,
                        retry_after_ms,
                    },
                );
            }
            Event::Answers {
                attempt,
                exchange,
                retry_after_ms,
            } => {
                if self.open.remove(&attempt).is_some() {
                    if let Some(wait) = retry_after_ms {
                        self.witness.quiet_until = self.witness.quiet_until.max(self.now + wait);
                    }
                    self.run.handle_exchange(self.now, attempt.1, exchange);
                }
            }
            Event::Departs { attempt, tokens } => {
                if self.open.contains_key(&attempt) {
                    self.depart(attempt, tokens);
                    self.departed.insert(attempt);
                }
            }
            Event::TimesOut { attempt } => {
                if self.open.remove(&attempt).is_some() {
                    let exchange = Exchange::Interrupted {
                        by: Interruption::Timeout,
                        may_have_left: self.departed.contains(&attempt),
                    };
                    self.run.handle_exchange(self.now, attempt.1, exchange);
                }
            }
            Event::OtherWriter => {
                let at = self.random.below(self.scenario.input.len() as u64) as usize;
                self.server.other_writer(&self.scenario.input[at]);
            }
            Event::Stop => {
                self.run.stop();
                self.witness.ended_at.get_or_insert(self.now);
            }
            Event::Abort => {
                self.run.abort();
                self.witness.ended_at.get_or_insert(self.now);
            }
            Event::Wake => {}
        }
    }

    fn client_time(&self) -> u64 {
        (EPOCH_S + self.now / 1000).saturating_add_signed(-self.scenario.clock_ahead)
    }

    fn interrupt(&mut self, at: Millis, attempt: Attempt, may_have_left: bool) {
        let exchange = Exchange::Interrupted {
            by: Interruption::Connection,
            may_have_left,
        };
        self.at(
            at,
            Event::Answers {
                attempt,
                exchange,
                retry_after_ms: None,
            },
        );
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

fn take_up(run: &mut Run, options: Options) -> Run {
    run.retry_unresolved(options).expect("each run is taken up once")
}
