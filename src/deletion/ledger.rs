//! What was found of each token: two bytes each, and the findings themselves only once.

use super::findings::Findings;
use super::outcome::{Finding, History};
use super::report::Counts;

/// One entry for each distinct token. A token is settled once; a second time is a mistake of ours, and is counted.
#[derive(Debug)]
pub struct Ledger {
    /// Position + 1 in `findings`, or 0 while the token is open.
    entries: Vec<u16>,
    findings: Findings,
    /// In the order in which they were settled, as ranges.
    order: Vec<(u32, u32)>,
    counts: Counts,
    /// Those of them that another run may settle.
    left_open: Counts,
    violations: u64,
}

impl Ledger {
    pub fn new(tokens: usize) -> Self {
        Self {
            entries: vec![0; tokens],
            findings: Findings::default(),
            order: Vec::new(),
            counts: Counts::default(),
            left_open: Counts::default(),
            violations: 0,
        }
    }

    /// Settles the tokens from `start` on.
    pub fn settle(&mut self, start: usize, findings: impl IntoIterator<Item = Finding>) {
        let numbers: Vec<u16> = findings.into_iter().map(|finding| self.number_of(finding)).collect();
        self.settle_numbered(start, &numbers);
    }

    /// The same, with the numbers of findings.
    pub fn settle_numbered(&mut self, start: usize, numbers: &[u16]) {
        let mut entries = self.entries.iter_mut().skip(start);
        for number in numbers {
            match (entries.next(), self.findings.get(*number)) {
                (Some(entry), Some(finding)) if *entry == 0 => {
                    *entry = *number;
                    self.counts.add(finding.outcome, 1);
                    if finding.left_open().is_some() {
                        self.left_open.add(finding.outcome, 1);
                    }
                }
                _ => self.violations += 1,
            }
        }
        if let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(start + numbers.len())) {
            self.order.push((start, end));
        }
    }

    /// What was found of a token; nothing while it is open.
    pub fn finding(&self, position: usize) -> Option<&Finding> {
        self.findings.get(*self.entries.get(position)?)
    }

    /// The findings so far, each once.
    pub fn findings(&self) -> &[Finding] {
        self.findings.all()
    }

    /// For the tokens from `start` to before `end`, the position in `findings`, plus 1; 0 while a token is open.
    pub fn numbers(&self, start: usize, end: usize) -> &[u16] {
        self.entries.get(start..end).unwrap_or_default()
    }

    /// The ranges of tokens in the order in which they were settled.
    pub fn order(&self) -> &[(u32, u32)] {
        &self.order
    }

    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// How many another run can settle.
    pub const fn counts_left_open(&self) -> &Counts {
        &self.left_open
    }

    /// How many entries the ranges of [`Ledger::order`] have.
    pub fn listed(&self) -> u64 {
        self.order.iter().map(|(start, end)| u64::from(end - start)).sum()
    }

    /// The positions of what another run can settle, each with what it has to know.
    pub fn left_open(&self) -> impl Iterator<Item = (usize, History)> {
        let positions = 0..self.entries.len();
        positions.filter_map(|position| Some((position, self.finding(position)?.left_open()?)))
    }

    pub const fn violations(&self) -> u64 {
        self.violations
    }

    /// The position of a finding in `findings`, plus 1.
    pub fn number_of(&mut self, finding: Finding) -> u16 {
        self.findings.number_of(finding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deletion::outcome::Outcome;

    #[test]
    fn a_token_is_settled_once_and_counted() {
        let mut ledger = Ledger::new(3);
        ledger.settle(0, [Finding::plain(Outcome::Deleted), Finding::plain(Outcome::Unknown)]);
        assert_eq!(ledger.violations(), 0);
        assert_eq!(ledger.finding(2), None);
        ledger.settle(1, [Finding::plain(Outcome::Deleted), Finding::plain(Outcome::Deleted)]);
        assert_eq!(ledger.violations(), 1);
        assert_eq!(ledger.finding(1), Some(&Finding::plain(Outcome::Unknown)));
        assert_eq!(
            (
                ledger.counts().of(Outcome::Deleted),
                ledger.counts().of(Outcome::Unknown)
            ),
            (2, 1)
        );
    }

    #[test]
    fn reasons_without_end_take_no_memory_without_end() {
        let mut ledger = Ledger::new(10_000);
        for position in 0..10_000 {
            let reason = Some(position.to_string());
            let finding = Finding {
                reason,
                ..Finding::plain(Outcome::Failed)
            };
            ledger.settle(position, [finding]);
        }
        assert_eq!(ledger.counts().of(Outcome::Failed), 10_000);
        assert!(ledger.findings().len() <= 4097);
        assert_eq!(ledger.finding(9_999).unwrap().outcome, Outcome::Failed);
    }
}
