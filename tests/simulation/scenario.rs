//! What a schedule is drawn from: the seed decides it all, and shrinking makes it smaller.

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
        self.below(1000) < per_mille
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// How often things go wrong, in thousandths, each by its name.
#[derive(Clone, Debug)]
pub struct Rates(pub [(Fault, u64); FAULTS.len()]);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    ConnectionRefused,
    RequestLost,
    AnswerLost,
    AnswerTruncated,
    SentTwice,
    Slow,
    Throttled,
    RetryAfter,
    ServerError,
    GatewayPage,
    Lie,
    OddReason,
    Redirect,
    NotAuthorised,
}

pub const FAULTS: [Fault; 14] = [
    Fault::ConnectionRefused,
    Fault::RequestLost,
    Fault::AnswerLost,
    Fault::AnswerTruncated,
    Fault::SentTwice,
    Fault::Slow,
    Fault::Throttled,
    Fault::RetryAfter,
    Fault::ServerError,
    Fault::GatewayPage,
    Fault::Lie,
    Fault::OddReason,
    Fault::Redirect,
    Fault::NotAuthorised,
];

impl Rates {
    pub fn of(&self, fault: Fault) -> u64 {
        self.0
            .iter()
            .find(|(named, _)| *named == fault)
            .map_or(0, |(_, rate)| *rate)
    }
}

#[derive(Clone, Debug)]
pub struct Scenario {
    pub seed: u64,
    /// The input, with what is no token and duplicates among it.
    pub input: Vec<String>,
    /// The tokens that the library holds at the start.
    pub held: Vec<String>,
    /// Tokens that the server takes for bad ones.
    pub poison: Vec<String>,
    pub rates: Rates,
    pub timeout: Millis,
    pub options: Options,
    /// The largest batch that the server takes.
    pub server_limit: usize,
    pub library_exists: bool,
    pub other_writer: bool,
    pub stop_at: Option<Millis>,
    pub abort_at: Option<Millis>,
    /// How far the server's clock is ahead of the client's, in seconds.
    pub clock_ahead: i64,
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
        let mut input = Vec::new();
        for _ in 0..tokens {
            let text = format!("t{}", random.below(tokens * 3));
            input.push(match random.below(100) {
                0 => "two,tokens".to_owned(),
                1 => "RemoveAllFaceTokens".to_owned(),
                2 => String::new(),
                _ => text,
            });
        }
        let held = input.iter().filter(|_| random.chance(700)).cloned().collect();
        let poison_rate = random.pick(&[0, 0, 0, 20, 500]);
        let poison = input.iter().filter(|_| random.chance(poison_rate)).cloned().collect();
        // Many faults at once would hide each other: most schedules have a few.
        let rates = FAULTS.map(|fault| {
            let rate = match fault {
                Fault::Redirect | Fault::NotAuthorised => random.pick(&[0, 0, 0, 0, 0, 0, 20]),
                _ => random.pick(&[0, 0, 0, 50, 300, 900]),
            };
            (fault, rate)
        });
        let max = random.pick(&[1, 2, 4, 8]) as u32;
        let whole = random.chance(150);
        let moment = |random: &mut Random| random.chance(150).then(|| random.below(8_000));
        Self {
            input,
            held,
            poison,
            rates: Rates(rates),
            timeout: random.pick(&[200, 2_000]),
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
                    max_retries: random.pick(&[0, 1, 2, 5]) as u32,
                    ..RetryPolicy::default()
                },
                most_absent: random.chance(100).then_some(0.5),
                deadline: moment(&mut random),
                transport: if random.chance(500) {
                    Transport::MayResend
                } else {
                    Transport::TransmitsOnce
                },
                seed: random.next(),
                whole,
            },
            server_limit: random.pick(&[1000, 1000, 1000, 7]) as usize,
            library_exists: !random.chance(20),
            other_writer: random.chance(300),
            stop_at: moment(&mut random),
            abort_at: moment(&mut random),
            clock_ahead: random.pick(&[0_i64, 0, 0, 0, 0, 200, 3_600, -50_000, 90_000]),
            date_is_readable: random.chance(700),
            rounds: random.pick(&[1, 1, 1, 2, 4]) as u32,
            crashes: (0..random.pick(&[0, 0, 1, 1, 5])).map(|_| random.below(60)).collect(),
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
            if self.rates.0[at].1 > 0 {
                let mut without = self.clone();
                without.rates.0[at].1 = 0;
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
        without(|scenario| scenario.other_writer = false);
        without(|scenario| scenario.stop_at = None);
        without(|scenario| scenario.abort_at = None);
        without(|scenario| scenario.options.deadline = None);
        without(|scenario| scenario.options.most_absent = None);
        without(|scenario| scenario.options.concurrency.max = 1);
        without(|scenario| scenario.clock_ahead = 0);
        without(|scenario| scenario.rounds = 1);
        without(|scenario| scenario.crashes.clear());
        without(|scenario| scenario.crashes.truncate(1));
        without(|scenario| scenario.rounds = scenario.rounds.min(2));
        simpler
    }
}
