//! Different findings, each kept once and known by a number.

use super::outcome::Finding;
use crate::token_hash::probe;

/// So many are kept with their reasons. There are a handful; but a server may give each token a reason of its own.
const MAX: usize = 4096;

/// A finding's number is its position plus 1.
#[derive(Debug, Default)]
pub struct Findings {
    all: Vec<Finding>,
    /// The positions in `all`, in the order of what is there. A search makes as many comparisons as the number of findings
    /// has binary digits, whatever the server chose for reasons: a hash would need a secret for that.
    sorted: Vec<u16>,
}

impl Findings {
    /// The number of a finding. One too many loses its reason.
    pub fn number_of(&mut self, finding: Finding) -> u16 {
        let (sought, place) = match self.search(&finding) {
            Err(_) if self.all.len() >= MAX => {
                let bare = Finding {
                    reason: None,
                    ..finding
                };
                let place = self.search(&bare);
                (bare, place)
            }
            place => (finding, place),
        };
        let at = place.unwrap_or_else(|place| {
            let at = self.all.len() as u16;
            self.all.push(sought);
            self.sorted.insert(place, at);
            at
        });
        at + 1
    }

    /// The position of a finding, or its place in `sorted`.
    fn search(&self, sought: &Finding) -> Result<u16, usize> {
        let found = self.sorted.binary_search_by(|at| {
            probe();
            self.all.get(usize::from(*at)).cmp(&Some(sought))
        });
        found.and_then(|place| self.sorted.get(place).copied().ok_or(place))
    }

    pub fn get(&self, number: u16) -> Option<&Finding> {
        self.all.get(usize::from(number.checked_sub(1)?))
    }

    pub fn all(&self) -> &[Finding] {
        &self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deletion::outcome::Outcome;
    use crate::token_hash::tests::probes;

    fn failed(reason: String) -> Finding {
        Finding {
            reason: Some(reason),
            ..Finding::plain(Outcome::Failed)
        }
    }

    #[test]
    fn findings_are_found_with_few_comparisons_whatever_the_reasons() {
        let mut findings = Findings::default();
        let mut numbers = Vec::new();
        let found = probes(|| {
            for round in 0..3 {
                for at in 0..4000_u32 {
                    let number = findings.number_of(failed(format!("{:0>200}", at.reverse_bits())));
                    if round == 0 {
                        numbers.push(number);
                    }
                    assert_eq!(Some(&number), numbers.get(at as usize));
                }
            }
        });
        assert_eq!(findings.all().len(), 4000);
        assert!(found <= 3 * 4000 * 13, "{found} comparisons");
    }

    #[test]
    fn findings_beyond_the_limit_lose_their_reasons_and_nothing_else() {
        let mut findings = Findings::default();
        for at in 0..10_000 {
            let number = findings.number_of(failed(at.to_string()));
            let expected = if at < MAX {
                failed(at.to_string())
            } else {
                Finding::plain(Outcome::Failed)
            };
            assert_eq!(findings.get(number), Some(&expected));
        }
        let other = findings.number_of(Finding::plain(Outcome::Deleted));
        assert_eq!(findings.get(other), Some(&Finding::plain(Outcome::Deleted)));
        assert_eq!((findings.all().len(), findings.get(0)), (MAX + 2, None));
    }
}
