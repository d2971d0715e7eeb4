//! The positions of an input that are never sent, a few bytes each: duplicates, and what is no token.

use crate::token::TokenFault;

/// A page is closed beyond so many bytes.
const PAGE: usize = 1 << 12;

/// The most bytes of one entry.
const LONGEST: usize = 30;

/// A position of the input that is never sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The position in the input.
    pub index: u32,
    /// The line on which it stands; 0 where there are no lines.
    pub line: u64,
    /// Why it is not sent.
    pub kind: ExceptionKind,
}

/// Why a position of the input is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExceptionKind {
    /// It is the distinct token at this position, which stood earlier.
    DuplicateOf(u32),
    /// It is not a token.
    Invalid(TokenFault),
}

/// They are written as differences from the one before, in bytes of seven bits (LEB128).
#[derive(Debug, Default)]
pub struct Exceptions {
    pages: Vec<Page>,
    last: (u32, u64),
    duplicates: u64,
    invalid: u64,
}

#[derive(Debug, Default)]
struct Page {
    /// What the first one is a difference from.
    base: (u32, u64),
    bytes: Vec<u8>,
}

impl Exceptions {
    /// Indexes never go back; lines hardly ever.
    pub fn push(&mut self, index: u32, line: u64, kind: ExceptionKind) {
        if self.pages.last().is_none_or(|page| page.bytes.len() >= PAGE) {
            // The first page grows with what is in it; a second one means that there are many.
            let room = if self.pages.is_empty() { 0 } else { PAGE + LONGEST };
            self.pages.push(Page {
                base: self.last,
                bytes: Vec::with_capacity(room),
            });
        }
        let code = match kind {
            ExceptionKind::Invalid(fault) => {
                self.invalid += 1;
                fault as u64
            }
            ExceptionKind::DuplicateOf(position) => {
                self.duplicates += 1;
                u64::from(position) + TokenFault::ALL.len() as u64
            }
        };
        if let Some(page) = self.pages.last_mut() {
            for number in [
                u64::from(index.wrapping_sub(self.last.0)),
                line.wrapping_sub(self.last.1),
                code,
            ] {
                write(&mut page.bytes, number);
            }
        }
        self.last = (index, line);
    }

    pub const fn duplicates(&self) -> u64 {
        self.duplicates
    }

    pub const fn invalid(&self) -> u64 {
        self.invalid
    }

    pub const fn pages(&self) -> usize {
        self.pages.len()
    }

    pub fn page(&self, page: usize) -> impl Iterator<Item = Exception> {
        let page = self.pages.get(page);
        let mut bytes = page.map_or(&[][..], |page| &page.bytes).iter();
        let (mut index, mut line) = page.map_or((0, 0), |page| page.base);
        core::iter::from_fn(move || {
            index = index.wrapping_add(read(&mut bytes)? as u32);
            line = line.wrapping_add(read(&mut bytes)?);
            let code = read(&mut bytes)?;
            let kind = match TokenFault::ALL.get(code as usize) {
                Some(fault) => ExceptionKind::Invalid(*fault),
                None => ExceptionKind::DuplicateOf((code - TokenFault::ALL.len() as u64) as u32),
            };
            Some(Exception { index, line, kind })
        })
    }
}

fn write(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 127 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read<'a>(bytes: &mut impl Iterator<Item = &'a u8>) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = bytes.next()?;
        number |= u64::from(byte & 127) << shift;
        if byte & 128 == 0 {
            break;
        }
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_over_any_number_of_pages() {
        let mut exceptions = Exceptions::default();
        let given = |at: u32| Exception {
            index: at * 700,
            line: if at.is_multiple_of(50) { 0 } else { u64::from(at) << 20 },
            kind: match at % 9 {
                0 => ExceptionKind::DuplicateOf(at * 1000),
                kind => ExceptionKind::Invalid(TokenFault::ALL[kind as usize - 1]),
            },
        };
        for at in 0..5000 {
            let Exception { index, line, kind } = given(at);
            exceptions.push(index, line, kind);
        }
        assert!(exceptions.pages() > 3);
        let all = (0..exceptions.pages()).flat_map(|page| exceptions.page(page));
        assert!(all.eq((0..5000).map(given)));
        assert_eq!((exceptions.duplicates(), exceptions.invalid()), (556, 4444));
        assert_eq!(exceptions.page(exceptions.pages()).count(), 0);
    }

    #[test]
    fn a_usual_duplicate_takes_a_few_bytes() {
        let mut exceptions = Exceptions::default();
        for at in 0..100_000 {
            exceptions.push(at * 2, u64::from(at) * 2, ExceptionKind::DuplicateOf(at));
        }
        let bytes: usize = exceptions.pages.iter().map(|page| page.bytes.len()).sum();
        assert!(bytes <= 5 * 100_000, "{bytes}");
    }
}
