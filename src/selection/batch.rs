//! The tokens of one call.

use super::TokenText;
use crate::packed::unpack;
use crate::token_hash::probe;
use crate::token_store::{Key, TokenStore};

/// Distinct tokens that go out in one call: a range of a [`Selection`](super::Selection)'s.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    pub(super) tokens: &'a TokenStore,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl<'a> Batch<'a> {
    /// How many tokens there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.end - self.start
    }

    /// The tokens with a comma between each two, as they go over the wire.
    #[must_use]
    pub fn joined(&self) -> String {
        let mut bytes = Vec::with_capacity(self.joined_len());
        self.write_joined(&mut bytes);
        String::from_utf8(bytes).unwrap_or_default()
    }

    pub(crate) fn joined_len(&self) -> usize {
        let longer = |text: &str| text.len().wrapping_sub(32);
        let usual = (self.count() * 33).saturating_sub(1);
        self.texts().map(longer).fold(usual, usize::wrapping_add)
    }

    pub(crate) fn write_joined(&self, to: &mut Vec<u8>) {
        let start = to.len();
        if self.tokens.has_texts() {
            for key in self.keys() {
                if to.len() > start {
                    to.push(b',');
                }
                to.extend_from_slice(TokenText::from(key).as_bytes());
            }
            return;
        }
        // Many together, since to add a piece to a vector takes as long as to make it.
        let mut pieces = [[b','; 33]; 32];
        for stretch in self.tokens.usual(self.start, self.end) {
            for tokens in stretch.chunks(pieces.len()) {
                for ([_, text @ ..], packed) in pieces.iter_mut().zip(tokens) {
                    *text = unpack(*packed);
                }
                // There is no comma in front of the first.
                let first = usize::from(to.len() == start);
                let written = pieces.as_flattened().get(first..tokens.len() * 33);
                to.extend_from_slice(written.unwrap_or_default());
            }
        }
    }

    /// The tokens that are not plain hex digits.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &'a str> {
        let tokens = self.tokens;
        // Where there is none at all, which is usual, none is looked for.
        let end = if tokens.has_texts() { self.end } else { self.start };
        (self.start..end).filter_map(|position| match tokens.key(position)? {
            Key::Hex(_) => None,
            Key::Text(text) => Some(text),
        })
    }

    fn keys(&self) -> impl Iterator<Item = Key<'a>> {
        let tokens = self.tokens;
        (self.start..self.end).filter_map(move |position| tokens.key(position))
    }

    /// For looking tokens up by their text.
    #[must_use]
    pub fn index(&self) -> BatchIndex<'a> {
        let mut slots = vec![0; (2 * self.count()).next_power_of_two()];
        let mask = slots.len() - 1;
        for (at, key) in self.keys().enumerate() {
            let mut slot = self.tokens.hash().of(key) as usize & mask;
            while slots.get(slot).is_some_and(|taken| *taken != 0) {
                probe();
                slot = (slot + 1) & mask;
            }
            if let Some(free) = slots.get_mut(slot) {
                *free = at + 1;
            }
        }
        BatchIndex { batch: *self, slots }
    }
}

/// Finds the tokens of a batch.
#[derive(Debug)]
pub struct BatchIndex<'a> {
    batch: Batch<'a>,
    /// Position + 1, or 0 for a free slot, of which there is always one.
    slots: Vec<usize>,
}

impl BatchIndex<'_> {
    /// Where in the batch a token stands.
    #[must_use]
    pub fn position(&self, token: &str) -> Option<usize> {
        let key = Key::of_text(token);
        let mask = self.slots.len() - 1;
        let mut slot = self.batch.tokens.hash().of(key) as usize & mask;
        while let Some(at) = self.slots.get(slot)?.checked_sub(1) {
            probe();
            if self.batch.tokens.key(self.batch.start + at) == Some(key) {
                return Some(at);
            }
            slot = (slot + 1) & mask;
        }
        None
    }
}
