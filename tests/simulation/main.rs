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

mod invariants;
mod scenario;
mod server;
mod world;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

use scenario::Scenario;

#[test]
fn five_hundred_schedules_break_nothing() {
    for seed in 0..500 {
        if let Err(violation) = world::play(&Scenario::draw(seed)) {
            panic!("seed {seed}: {violation}");
        }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, fallback: u64| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)?.parse().ok())
            .unwrap_or(fallback)
    };
    let (seeds, from) = (number("--seeds", 100_000), number("--from", 0));
    let started = Instant::now();
    let mut tally = BTreeMap::new();
    for seed in from..from + seeds {
        let scenario = Scenario::draw(seed);
        match world::play(&scenario) {
            Ok(played) => count(&mut tally, &played),
            Err(violation) => {
                println!("seed {seed}: {violation}");
                let (smallest, violation) = shrink(scenario, violation);
                println!("\nshrunk to: {violation}\n{smallest:#?}");
                println!("\nreplay: cargo run --profile simulation --bin simulate -- --seeds 1 --from {seed}");
                return ExitCode::FAILURE;
            }
        }
    }
    println!(
        "{seeds} schedules from seed {from} in {:.1} s; no invariant broken. Among them:",
        started.elapsed().as_secs_f64()
    );
    for (what, times) in tally {
        println!("  {times:>12}  {what}");
    }
    ExitCode::SUCCESS
}

/// What the schedules came to: a simulation in which something never happens shows nothing of it.
fn count(tally: &mut BTreeMap<String, u64>, played: &world::Played) {
    for settled in &played.claims {
        *tally
            .entry(format!("tokens {:?}", settled.finding.outcome))
            .or_default() += 1;
    }
    let report = played.run.report();
    let ended = format!("{:?}", report.ended.expect("it ended"));
    let name = ended.split(['(', ' ']).next().unwrap_or_default();
    *tally.entry(format!("runs ended {name}")).or_default() += 1;
    if report.clock_correction.is_some() {
        *tally.entry("clocks put right".to_owned()).or_default() += 1;
    }
    *tally.entry("requests".to_owned()).or_default() += u64::from(report.requests);
    *tally.entry("retries".to_owned()).or_default() += u64::from(report.retries);
}

/// Takes away whatever is not needed for something to break.
fn shrink(mut scenario: Scenario, mut violation: String) -> (Scenario, String) {
    while let Some((simpler, still)) = scenario
        .simpler()
        .into_iter()
        .find_map(|simpler| world::play(&simpler).err().map(|still| (simpler, still)))
    {
        scenario = simpler;
        violation = still;
    }
    (scenario, violation)
}
