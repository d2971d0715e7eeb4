//! Plays random schedules against the engine, and ends with 1 at the first that breaks an invariant.
//!
//! ```sh
//! cargo run --profile simulation --bin simulate -- --seeds 100000 --from 0
//! ```
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_debug_implementations,
    reason = "a test may panic"
)]

mod books;
mod invariants;
mod judge;
mod scenario;
mod server;
mod tally;
mod world;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use scenario::Scenario;
use tally::Tally;

#[test]
fn simulation_five_hundred_schedules_break_no_invariant() {
    for seed in 0..500 {
        if let Err(violation) = world::play(&Scenario::draw(seed), false) {
            panic!("seed {seed}: {violation}");
        }
    }
}

/// So many schedules a thread takes at a time.
const STRIDE: u64 = 64;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, fallback: u64| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)?.parse().ok())
            .unwrap_or(fallback)
    };
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let truth_only = has("--truth-only");
    let (seeds, from) = (number("--seeds", 100_000), number("--from", 0));
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let threads = number("--threads", threads);
    let started = Instant::now();
    let next = AtomicU64::new(from);
    // The first seed that breaks an invariant, so that the result does not depend on the threads.
    let broken = AtomicU64::new(u64::MAX);
    let all = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut tally = Tally::default();
                loop {
                    let first = next.fetch_add(STRIDE, Ordering::Relaxed);
                    if first >= from + seeds || first > broken.load(Ordering::Relaxed) {
                        break;
                    }
                    for seed in first..(first + STRIDE).min(from + seeds) {
                        match world::play(&Scenario::draw(seed), truth_only) {
                            Ok(played) => tally.merge(&played),
                            Err(_) => {
                                broken.fetch_min(seed, Ordering::Relaxed);
                                break;
                            }
                        }
                    }
                }
                all.lock().unwrap().merge(&tally);
            });
        }
    });
    let seed = broken.into_inner();
    if seed != u64::MAX {
        let scenario = Scenario::draw(seed);
        let violation = world::play(&scenario, truth_only)
            .err()
            .expect("the same seed gives the same schedule");
        println!("seed {seed}: {violation}");
        if has("--no-shrink") {
            return ExitCode::FAILURE;
        }
        let (smallest, violation) = shrink(scenario, violation, truth_only);
        println!("\nshrunk to: {violation}\n{smallest:?}");
        println!("\nreplay: cargo run --profile simulation --bin simulate -- --seeds 1 --from {seed}");
        return ExitCode::FAILURE;
    }
    let took = started.elapsed().as_secs_f64();
    println!(
        "{seeds} schedules from seed {from} in {took:.1} s, {:.0} a second; no invariant broken. Among them:",
        seeds as f64 / took
    );
    all.into_inner().unwrap().print();
    ExitCode::SUCCESS
}

/// Removes whatever is not needed for an invariant to break.
fn shrink(mut scenario: Scenario, mut violation: String, truth_only: bool) -> (Scenario, String) {
    while let Some((simpler, still)) = scenario
        .simpler()
        .into_iter()
        .find_map(|simpler| world::play(&simpler, truth_only).err().map(|still| (simpler, still)))
    {
        scenario = simpler;
        violation = still;
    }
    (scenario, violation)
}
