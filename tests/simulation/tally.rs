//! Counts what happens: a simulation in which something never happens shows nothing of it.

use std::collections::BTreeMap;

#[derive(Default)]
pub struct Tally {
    counts: BTreeMap<(&'static str, &'static str), u64>,
    /// How much went wrong: of the kind `trouble`.
    pub trouble: u64,
}

impl Tally {
    pub fn note(&mut self, kind: &'static str, what: &'static str) {
        self.add(kind, what, 1);
    }

    pub fn add(&mut self, kind: &'static str, what: &'static str, times: u64) {
        if kind == "trouble" {
            self.trouble += times;
        }
        *self.counts.entry((kind, what)).or_default() += times;
    }

    pub fn merge(&mut self, other: &Self) {
        for ((kind, what), times) in &other.counts {
            self.add(kind, what, *times);
        }
    }

    pub fn print(&self) {
        for ((kind, what), times) in &self.counts {
            println!("  {times:>12}  {kind}: {what}");
        }
    }
}
