//! What a schedule is drawn from: the seed decides everything, and shrinking makes a schedule smaller.

use finauth_facesearch::deletion::{Concurrency, Millis, Options, RetryPolicy};
use finauth_facesearch::exchange::Transport;

/// Repeatable random numbers (SplitMix64).
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// True so many times in a thousand.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        per_mille > 0 && self.below(1000) < per_mille
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

macro_rules! faults {
    ($($(#[doc = $doc:literal])* $fault:ident,)*) => {
        /// What can go wrong. [`Scenario::rates`] says how often.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Fault { $($(#[doc = $doc])* $fault,)* }

        pub const FAULTS: &[Fault] = &[$(Fault::$fault,)*];
    };
}

faults! {
    /// Before the request leaves: the signer fails, and the run cannot go on.
    SignerFails,
    /// The journal cannot be written.
    JournalFails,
    /// The proxy rejects the greeting; the attempt is not made.
    HelloRefused,
    /// On the way there.
    ConnectionRefused,
    RequestLost,
    SentTwice,
    Slow,
    /// A proxy rejects the attempt.
    ProxyRefused,
    /// The server rejects the request before it acts.
    NotAuthorised,
    OtherRejection,
    Throttled,
    RetryAfter,
    /// The server blames a token, and may have acted on others.
    Blame,
    /// The server acts on a part of the batch, or on all of it, or on nothing.
    ServerError,
    /// A gateway answers before the server has acted.
    ActsLater,
    NoCode,
    AnyResponse,
    PartThenTrouble,
    PartThenSuccess,
    OddReason,
    Redirect,
    /// A response to another request.
    Replay,
    Aged,
    /// A response that is not what the server sent.
    Lie,
    OtherStatus,
    ResponseTruncated,
    ResponseLost,
    ResponseBroken,
}

#[derive(Clone)]
pub struct Rates(pub [u16; FAULTS.len()]);

impl std::fmt::Debug for Rates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let happening = FAULTS.iter().filter(|fault| self.of(**fault) > 0);
        f.debug_map()
            .entries(happening.map(|fault| (fault, self.of(*fault))))
            .finish()
    }
}

impl Rates {
    /// In thousandths.
    pub fn of(&self, fault: Fault) -> u64 {
        u64::from(self.0[fault as usize])
    }
}

/// What the server rejects as too large, from a time on.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    pub from: Millis,
    pub tokens: usize,
    /// Of all tokens with commas between them.
    pub bytes: usize,
}

#[derive(Clone, Debug)]
pub struct Scenario {
    pub seed: u64,
    /// The input, with invalid entries and duplicates in it.
    pub input: Vec<String>,
    /// The numbers of the tokens that the library holds at the start; token 7 is `t7`.
    pub held: Vec<u32>,
    /// Tokens that the server rejects as invalid.
    pub poison: Vec<u32>,
    pub rates: Rates,
    /// How often a response has an unusual form that changes nothing, in thousandths.
    pub shapes: u64,
    pub timeout: Millis,
    pub options: Options,
    pub limits: Vec<Limit>,
    pub library_exists: bool,
    pub other_writer: bool,
    pub stop_at: Option<Millis>,
    pub abort_at: Option<Millis>,
    /// Each attempt goes over a transport of its own, as when proxies differ.
    pub mixed_transports: bool,
    /// The requests go through a proxy that tells what it heard of the server.
    pub is_proxied: bool,
    /// How far the server's clock is ahead of the client's, in seconds.
    pub clock_ahead: i64,
    /// By how much the client's clock is faster, in millionths.
    pub drift: i64,
    /// When the client's clock is set, and by how many seconds.
    pub jumps: Vec<(Millis, i64)>,
    /// Whether the client can read the server's `Date`.
    pub date_is_readable: bool,
    /// How often the caller runs it: each time after the first for what the time before left open.
    pub rounds: u32,
    /// After how many steps of each run the process dies.
    pub crashes: Vec<u64>,
}

impl Scenario {
    pub fn draw(seed: u64) -> Self {
        let mut random = Random(seed ^ 0x5851_f42d_4c95_7f2d);
        let tokens = random.pick(&[1, 2, 3, 10, 40, 150, 400]);
        let has_oddities = random.chance(600);
        let input: Vec<String> = (0..tokens)
            .map(|_| match random.below(if has_oddities { 100 } else { 1_000_000_000 }) {
                0 => "two,tokens".to_owned(),
                1 => "RemoveAllFaceTokens".to_owned(),
                2 => String::new(),
                _ => format!("t{}", random.below(tokens * 3)),
            })
            .collect();
        let numbers = || input.iter().filter_map(|text| number_of(text));
        let held_rate = random.pick(&[0, 700, 700, 700, 1000]);
        let held = numbers().filter(|_| random.chance(held_rate)).collect();
        let poison_rate = random.pick(&[0, 0, 0, 0, 20, 500]);
        let poison = numbers().filter(|_| random.chance(poison_rate)).collect();
        let max = random.pick(&[1, 2, 4, 8]) as u32;
        let whole = random.chance(150);
        let transport = if random.chance(400) {
            Transport::MayResend
        } else {
            Transport::TransmitsOnce
        };
        let mut rates = Rates([0; FAULTS.len()]);
        // Many faults at once would hide each other: most schedules have a few.
        for _ in 0..random.pick(&[0, 1, 1, 2, 2, 3, 5, 10]) {
            let fault = random.pick(FAULTS);
            rates.0[fault as usize] = random.pick(&[20, 100, 300, 900]);
        }
        if transport == Transport::MayResend && random.chance(500) {
            rates.0[Fault::SentTwice as usize] = random.pick(&[100, 900]);
        }
        if rates.of(Fault::Throttled) > 0 && random.chance(300) {
            rates.0[Fault::RetryAfter as usize] = 500;
        }
        // They end a run, so that nothing happens after them.
        for fault in [
            Fault::Redirect,
            Fault::NotAuthorised,
            Fault::OtherRejection,
            Fault::SignerFails,
            Fault::JournalFails,
        ] {
            rates.0[fault as usize] = rates.0[fault as usize].min(50);
        }
        let moment = |random: &mut Random| random.chance(100).then(|| random.below(8_000));
        let (clock_is_off, is_proxied) = (random.chance(200), random.chance(200));
        Self {
            held,
            poison,
            rates,
            shapes: random.pick(&[0, 300, 900]),
            timeout: random.pick(&[200, 2_000, 10_000]),
            options: Options {
                concurrency: Concurrency {
                    min: 1,
                    start: random.pick(&[1, 2, 8]) as u32,
                    max,
                },
                batch_size: if whole {
                    1000
                } else {
                    random.pick(&[1, 3, 20, 1000]) as usize
                },
                retry: RetryPolicy {
                    max_retries: random.pick(&[0, 1, 2, 2, 5]) as u32,
                    ..RetryPolicy::default()
                },
                most_absent: random.chance(80).then_some(0.5),
                deadline: moment(&mut random),
                transport,
                seed: random.next(),
                whole,
            },
            limits: limits(&mut random),
            library_exists: !random.chance(20),
            other_writer: random.chance(300),
            stop_at: moment(&mut random),
            abort_at: moment(&mut random),
            mixed_transports: random.chance(100),
            clock_ahead: if clock_is_off {
                random.pick(&[200_i64, 3_600, -50_000, 90_000])
            } else {
                0
            },
            drift: if random.chance(200) {
                random.pick(&[-20_000_i64, 1_000, 20_000])
            } else {
                0
            },
            jumps: (0..random.pick(&[0, 0, 0, 0, 0, 1, 3]))
                .map(|_| (random.below(10_000), random.pick(&[-4_000_i64, -400, 10, 400, 100_000])))
                .collect(),
            // What a proxy's clock is off by is the proxy's to correct.
            date_is_readable: !is_proxied && random.chance(700),
            is_proxied,
            rounds: random.pick(&[1, 1, 1, 2, 4]) as u32,
            crashes: (0..random.pick(&[0, 0, 0, 1, 1, 5]))
                .map(|_| random.below(60))
                .collect(),
            input,
            seed,
        }
    }

    /// Simpler schedules, the much simpler ones first.
    pub fn simpler(&self) -> Vec<Self> {
        let mut simpler = Vec::new();
        let length = self.input.len();
        for (from, to) in [
            (0, length / 2),
            (length / 2, length),
            (1, length),
            (0, length.saturating_sub(1)),
        ] {
            if to > from && to - from < length {
                simpler.push(Self {
                    input: self.input[from..to].to_vec(),
                    ..self.clone()
                });
            }
        }
        for at in 0..self.rates.0.len() {
            if self.rates.0[at] > 0 {
                let mut without = self.clone();
                without.rates.0[at] = 0;
                simpler.push(without);
            }
        }
        let mut without = |change: fn(&mut Self)| {
            let mut changed = self.clone();
            change(&mut changed);
            if format!("{changed:?}") != format!("{self:?}") {
                simpler.push(changed);
            }
        };
        without(|scenario| scenario.poison.clear());
        without(|scenario| scenario.limits.truncate(1));
        without(|scenario| scenario.limits.clear());
        without(|scenario| scenario.shapes = 0);
        without(|scenario| scenario.other_writer = false);
        without(|scenario| scenario.stop_at = None);
        without(|scenario| scenario.abort_at = None);
        without(|scenario| scenario.options.deadline = None);
        without(|scenario| scenario.options.most_absent = None);
        without(|scenario| scenario.options.concurrency.max = 1);
        without(|scenario| scenario.mixed_transports = false);
        without(|scenario| scenario.is_proxied = false);
        without(|scenario| scenario.clock_ahead = 0);
        without(|scenario| scenario.drift = 0);
        without(|scenario| scenario.jumps.clear());
        without(|scenario| scenario.rounds = 1);
        without(|scenario| scenario.crashes.clear());
        without(|scenario| scenario.crashes.truncate(1));
        without(|scenario| scenario.rounds = scenario.rounds.min(2));
        simpler
    }
}

fn limits(random: &mut Random) -> Vec<Limit> {
    let times = random.pick(&[0, 0, 0, 1, 1, 3]);
    let mut limit = |from| Limit {
        from,
        tokens: random.pick(&[1, 2, 7, 30, 1000]),
        bytes: random.pick(&[8, 60, 300, 100_000, 100_000]),
    };
    (0..times).map(|at| limit(at * 400)).collect()
}

/// The number of a token; nothing for text that these schedules do not use as a token.
pub fn number_of(text: &str) -> Option<u32> {
    text.strip_prefix('t')?.parse().ok()
}
