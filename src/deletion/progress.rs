//! How a run gets on: how fast, what it waits for, and how long it will take.

use super::Millis;

/// How a run gets on at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// How many requests may be under way at a time, at present.
    pub concurrency: u32,
    /// How many are under way.
    pub in_flight: u32,
    /// How many tokens go into the next request at the most.
    pub batch_size: usize,
    /// How many tokens a second were settled by answers lately.
    pub per_second: f64,
    /// What it waits for.
    pub waiting: Waiting,
    /// How long it will take from now, if it goes on like this. Nothing while there is too little to judge by.
    pub remaining: Option<Millis>,
}

/// What a run waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// For nothing: it is over, or about to send.
    Nothing,
    /// For answers.
    Answers,
    /// To send failed requests again, for so many milliseconds.
    Retry(Millis),
    /// Since the server asked for it, for so many milliseconds.
    ServerPause(Millis),
}

/// Measures the pace of settling.
#[derive(Debug, Default)]
pub struct Meter {
    /// When, and how many; those of the last ten seconds, summed up over a tenth of a second each.
    recent: Vec<(Millis, u64)>,
    started: Option<Millis>,
    latest: Millis,
    total: u64,
}

impl Meter {
    const WINDOW_MS: Millis = 10_000;
    const STEP_MS: Millis = 100;
    /// Before, a rate says nothing.
    const LEAST_MS: Millis = 500;

    /// The run is active at this time.
    pub fn on_activity(&mut self, now: Millis) {
        self.started.get_or_insert(now);
        self.latest = self.latest.max(now);
    }

    /// For how long the run has been active.
    pub fn active(&self) -> Millis {
        self.running_for(self.latest)
    }

    /// So many tokens were settled by an answer.
    pub fn settled(&mut self, now: Millis, tokens: usize) {
        let tokens = tokens as u64;
        self.total += tokens;
        match self.recent.last_mut() {
            Some((at, sum)) if now < *at + Self::STEP_MS => *sum += tokens,
            _ => self.recent.push((now, tokens)),
        }
        // There are a hundred at the most.
        while self.recent.first().is_some_and(|(at, _)| at + Self::WINDOW_MS < now) {
            self.recent.remove(0);
        }
    }

    /// Tokens a second, lately.
    pub fn per_second(&self, now: Millis) -> f64 {
        let within = self.recent.iter().filter(|(at, _)| at + Self::WINDOW_MS >= now);
        let sum: u64 = within.map(|(_, sum)| sum).sum();
        let span = self.running_for(now).min(Self::WINDOW_MS);
        per_second(sum, span)
    }

    /// How long so many tokens take, after a pause. While nothing was settled lately, by the pace of the whole run.
    pub fn estimate(&self, now: Millis, tokens: u64, pause: Millis) -> Option<Millis> {
        let running_for = self.running_for(now);
        let lately = self.per_second(now);
        let rate = if lately > 0.0 {
            lately
        } else {
            per_second(self.total, running_for)
        };
        (running_for >= Self::LEAST_MS && rate > 0.0).then(|| pause + (tokens as f64 * 1000.0 / rate).ceil() as Millis)
    }

    fn running_for(&self, now: Millis) -> Millis {
        self.started.map_or(0, |started| now.saturating_sub(started))
    }
}

fn per_second(tokens: u64, span: Millis) -> f64 {
    if span == 0 {
        return 0.0;
    }
    tokens as f64 * 1000.0 / span as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metered(answers: impl IntoIterator<Item = (Millis, usize)>) -> Meter {
        let mut meter = Meter::default();
        meter.on_activity(1000);
        for (at, tokens) in answers {
            meter.settled(at, tokens);
        }
        meter
    }

    #[test]
    fn a_steady_pace_is_what_it_is_and_tells_when_it_ends() {
        let meter = metered((1..=300).map(|second| (1000 + second * 100, 50)));
        let now = 31_000;
        assert!(
            (meter.per_second(now) - 500.0).abs() < 10.0,
            "{}",
            meter.per_second(now)
        );
        let remaining = meter.estimate(now, 5000, 0).unwrap();
        assert!((9_800..=10_200).contains(&remaining), "{remaining}");
        assert_eq!(meter.estimate(now, 5000, 60_000), Some(remaining + 60_000));
        assert!(meter.recent.len() <= 102);
    }

    #[test]
    fn nothing_is_estimated_before_there_is_something_to_judge_by() {
        assert_eq!(metered([]).estimate(60_000, 10, 0), None);
        assert_eq!(metered([(1001, 500)]).estimate(1100, 10, 0), None);
    }

    #[test]
    fn after_a_long_pause_the_whole_run_is_what_it_goes_by() {
        let meter = metered([(2000, 1000)]);
        assert!(meter.per_second(21_000) < f64::EPSILON);
        assert_eq!(meter.estimate(21_000, 100, 0), Some(2000));
    }
}
