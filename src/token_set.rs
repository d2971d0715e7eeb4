//! Distinct tokens in the order of their first appearance, kept as the text that goes over the wire.
//!
//! An open-addressing table of positions beside one comma-joined string: no allocation per token, and no second copy of
//! the tokens when the request is built.

use crate::token::FaceToken;

/// What became of a token that was inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insertion {
    /// It is new and stands at this position.
    New(usize),
    /// It was there already, at this position.
    Known(usize),
}

#[derive(Debug, Default)]
pub struct TokenSet {
    joined: String,
    /// Where each token ends in `joined`.
    ends: Vec<usize>,
    /// Position + 1 of a token, or 0 for a free slot; the length is a power of two, at least twice the tokens.
    slots: Vec<u32>,
}

impl TokenSet {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The tokens from `start` to before `end`, with commas between them.
    pub fn joined(&self, start: usize, end: usize) -> &str {
        let from = self.start_of(start);
        let to = end.checked_sub(1).and_then(|last| self.ends.get(last));
        to.and_then(|to| self.joined.get(from..*to)).unwrap_or_default()
    }

    pub fn token(&self, position: usize) -> Option<&str> {
        self.joined.get(self.start_of(position)..*self.ends.get(position)?)
    }

    fn start_of(&self, position: usize) -> usize {
        let previous = position.checked_sub(1).and_then(|previous| self.ends.get(previous));
        previous.map_or(0, |end| end + 1)
    }

    pub fn position(&self, token: &str) -> Option<usize> {
        match self.find(token) {
            Probe::At(position) => Some(position),
            Probe::Free(_) | Probe::NoTable => None,
        }
    }

    pub fn insert(&mut self, token: FaceToken<'_>) -> Insertion {
        if self.slots.len() < 2 * (self.len() + 1) {
            self.grow();
        }
        let position = self.len();
        match self.find(token.as_str()) {
            Probe::At(known) => return Insertion::Known(known),
            Probe::Free(slot) => self.occupy(slot, position),
            Probe::NoTable => {}
        }
        if position > 0 {
            self.joined.push(',');
        }
        self.joined.push_str(token.as_str());
        self.ends.push(self.joined.len());
        Insertion::New(position)
    }

    fn find(&self, token: &str) -> Probe {
        let Some(mask) = self.slots.len().checked_sub(1) else {
            return Probe::NoTable;
        };
        let mut slot = hash(token) & mask;
        // The table is never full, so there is a free slot to stop at.
        while let Some(entry) = self.slots.get(slot) {
            let Some(position) = entry.checked_sub(1) else {
                return Probe::Free(slot);
            };
            if self.token(position as usize) == Some(token) {
                return Probe::At(position as usize);
            }
            slot = (slot + 1) & mask;
        }
        Probe::NoTable
    }

    fn occupy(&mut self, slot: usize, position: usize) {
        if let (Some(entry), Ok(number)) = (self.slots.get_mut(slot), u32::try_from(position + 1)) {
            *entry = number;
        }
    }

    fn grow(&mut self) {
        self.slots = vec![0; (2 * self.slots.len()).max(64)];
        for position in 0..self.len() {
            let Some(Probe::Free(slot)) = self.token(position).map(|token| self.find(token)) else {
                continue;
            };
            self.occupy(slot, position);
        }
    }
}

enum Probe {
    At(usize),
    Free(usize),
    NoTable,
}

/// FNV-1a: small, and good enough for a thousand tokens, whoever chose them.
fn hash(token: &str) -> usize {
    token.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    }) as usize
}
