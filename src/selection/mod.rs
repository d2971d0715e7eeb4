//! What was asked for, sorted out: the distinct tokens to send, and what became of every other position of the input.
//!
//! It is compact: a usual token takes 16 bytes and its share of the table that finds duplicates, which is dropped when all
//! is read; a position that is never sent takes a few bytes. Where the distinct tokens stood is kept as stretches.

mod batch;

use core::ops::Range;

use crate::error::InvalidArgument;
use crate::exceptions::Exceptions;
use crate::packed::pack;
use crate::text::{decimal, joined};
use crate::token::{FaceToken, MOST_TOKENS, TokenFault};
use crate::token_hash::TokenHash;
use crate::token_reader::Block;
use crate::token_set::TokenSet;
use crate::token_store::{Key, TokenStore, hashes_of_usual};

pub use batch::{Batch, BatchIndex};

pub use crate::exceptions::{Exception, ExceptionKind};
pub use crate::token_store::TokenText;

/// The distinct tokens of an input, in the order of their first appearance, and its other positions.
///
/// Tables of tokens use a hash with a key, which [`Selection::seeded`] takes. With [`Selection::default`] and
/// [`Selection::of`] that key is the same in each process and can be read in the source: use those only for tokens that no
/// attacker chose. Crafted tokens make them slow, never wrong.
#[derive(Debug)]
pub struct Selection {
    tokens: TokenStore,
    /// Nothing once all is read.
    known: TokenSet,
    /// Where stretches of distinct tokens begin that stood next to each other: the token's position, and that in the input.
    stretches: Vec<(u32, u32)>,
    exceptions: Exceptions,
    total: u32,
    fingerprint: (u64, u64),
}

/// What became of a position of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It is a new token.
    New,
    /// The same token stood earlier.
    Duplicate,
    /// It is not a token.
    Invalid(TokenFault),
    /// There were four thousand million already. It was not taken.
    Full,
}

impl Default for Selection {
    fn default() -> Self {
        Self::seeded(0)
    }
}

impl Selection {
    /// An empty one. The seed is to be random and secret: then nobody can choose tokens that make it slow. It changes
    /// nothing else: neither order nor [`Selection::fingerprint`].
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::with(TokenHash::new(seed))
    }

    fn with(hash: TokenHash) -> Self {
        Self {
            tokens: TokenStore::new(hash),
            known: TokenSet::default(),
            stretches: Vec::new(),
            exceptions: Exceptions::default(),
            total: 0,
            fingerprint: (0, 0),
        }
    }

    /// The most positions that there can be.
    pub const MOST_POSITIONS: u32 = u32::MAX - 1;

    /// Sorts out the tokens of one call. The first bad token, or a count outside 1 to 1000, refuses them all.
    pub fn of<'a>(tokens: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidArgument> {
        Self::default().filled(tokens)
    }

    /// The same with a seed: see [`Selection::seeded`].
    pub fn of_seeded<'a>(seed: u64, tokens: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidArgument> {
        Self::seeded(seed).filled(tokens)
    }

    fn filled<'a>(mut self, tokens: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidArgument> {
        for text in tokens {
            self.push(text, 0);
            if self.invalid() > 0 || self.count() > MOST_TOKENS {
                break;
            }
        }
        self.checked()
    }

    /// The same for so many tokens with a line feed between each two; nothing if there are more or fewer of them, since one
    /// holds a line feed itself.
    pub fn of_joined(seed: u64, joined: &[u8], count: usize) -> Option<Result<Self, InvalidArgument>> {
        let mut selection = Self::seeded(seed);
        selection.expect(count);
        selection.push_joined(joined);
        (selection.total() == count as u64).then(|| selection.checked())
    }

    fn checked(self) -> Result<Self, InvalidArgument> {
        let wrong = self.exceptions().find_map(|exception| match exception.kind {
            ExceptionKind::Invalid(fault) => Some((exception.index, fault)),
            ExceptionKind::DuplicateOf(_) => None,
        });
        let one_too_many = self.index_of(MOST_TOKENS);
        match wrong {
            Some((index, fault)) if one_too_many.is_none_or(|at| index as usize <= at) => {
                let path = joined(&["faceTokens[", &decimal(index.into()), "]"]);
                Err(InvalidArgument::new(path, fault.problem()))
            }
            _ if one_too_many.is_some() || self.count() == 0 => Err(wrong_count()),
            _ => Ok(self),
        }
    }

    /// Adds what stands next in the input, on this line; 0 where there are no lines. What is not a token keeps its
    /// position, and is never sent.
    pub fn push(&mut self, text: &str, line: u64) -> Pushed {
        let key = Key::of_text(text);
        // What has the usual form keeps the rules.
        let fault = match key {
            Key::Hex(_) => None,
            Key::Text(text) => FaceToken::parse(text).err(),
        };
        self.add(key, fault, line)
    }

    /// The same for bytes, which need not be text.
    pub fn push_bytes(&mut self, bytes: &[u8], line: u64) -> Pushed {
        if let Some(packed) = pack(bytes) {
            return self.add(Key::Hex(packed), None, line);
        }
        let fault = match str::from_utf8(bytes) {
            Ok(text) => return self.push(text, line),
            // What is too long may have been cut within a character.
            Err(_) if bytes.len() > FaceToken::LONGEST => TokenFault::TooLong,
            Err(_) => TokenFault::Damaged,
        };
        self.add(Key::Text(""), Some(fault), line)
    }

    /// The same for usual tokens on lines that follow each other; false if not all were taken.
    pub fn push_block(&mut self, block: &Block) -> bool {
        let mut hashes = [0; Block::MOST];
        for (hash, packed) in hashes.iter_mut().zip(block.tokens()) {
            *hash = self.tokens.hash().of_usual(*packed);
        }
        self.known.approach(hashes.iter().copied());
        let new = self.push_new(block, &hashes);
        let rest = block.tokens().get(new..).unwrap_or_default();
        let step = u64::from(block.line > 0);
        let mut line = block.line + step * new as u64;
        let mut all = true;
        for packed in rest {
            all &= self.add(Key::Hex(*packed), None, line) != Pushed::Full;
            line += step;
        }
        all
    }

    /// Takes what a block begins with, as far as it is new: in a list without duplicates all of it, in one go.
    fn push_new(&mut self, block: &Block, hashes: &[u64]) -> usize {
        let tokens = block.tokens();
        if self.total >= Self::MOST_POSITIONS - Block::MOST as u32 {
            return 0;
        }
        let start = self.tokens.len();
        self.tokens.extend(tokens);
        let mut new = 0;
        for (packed, hash) in tokens.iter().zip(hashes) {
            let position = (start + new) as u32;
            if self
                .known
                .insert(Key::Hex(*packed), *hash, position, &self.tokens)
                .is_some()
            {
                break;
            }
            self.note_print(hashes_of_usual(*packed));
            new += 1;
        }
        self.tokens.truncate(start + new);
        if new > 0 {
            self.note(start as u32, self.total);
            self.total += new as u32;
        }
        new
    }

    /// The same for tokens, on no lines, with a line feed between each two.
    pub fn push_joined(&mut self, joined: &[u8]) -> bool {
        let (mut rest, mut all) = (Some(joined), true);
        while let Some(tokens) = rest {
            let (block, behind) = Block::read(tokens, 0);
            if !block.tokens().is_empty() {
                all &= self.push_block(&block);
                rest = Some(behind);
                continue;
            }
            let end = tokens.iter().position(|byte| *byte == b'\n');
            let (token, behind) = tokens.split_at(end.unwrap_or(tokens.len()));
            all &= self.push_bytes(token, 0) != Pushed::Full;
            rest = behind.split_first().map(|(_, behind)| behind);
        }
        all
    }

    fn add(&mut self, key: Key<'_>, fault: Option<TokenFault>, line: u64) -> Pushed {
        if self.total >= Self::MOST_POSITIONS {
            return Pushed::Full;
        }
        let index = self.total;
        self.total += 1;
        // What is no token counts by its place alone: of its content not each source hands on the same.
        self.note_print(if fault.is_some() { Key::Text("") } else { key }.hashes());
        if let Some(fault) = fault {
            self.exceptions.push(index, line, ExceptionKind::Invalid(fault));
            return Pushed::Invalid(fault);
        }
        let position = self.tokens.len() as u32;
        let hash = self.tokens.hash().of(key);
        if let Some(known) = self.known.insert(key, hash, position, &self.tokens) {
            self.exceptions.push(index, line, ExceptionKind::DuplicateOf(known));
            return Pushed::Duplicate;
        }
        self.tokens.push(key);
        self.note(position, index);
        Pushed::New
    }

    #[inline(always)]
    const fn note_print(&mut self, (hash, other): (u64, u64)) {
        self.fingerprint = (advance(self.fingerprint.0, hash), advance(self.fingerprint.1, other));
    }

    fn note(&mut self, position: u32, index: u32) {
        let goes_on = |(start, first): &(u32, u32)| index >= *first && position - start == index - first;
        if !self.stretches.last().is_some_and(goes_on) {
            self.stretches.push((position, index));
        }
    }

    /// So many distinct tokens will come in all, it seems. It only makes reading faster.
    pub fn expect(&mut self, count: usize) {
        self.known.expect(count);
    }

    /// Gives back the memory that only reading needs. Nothing may be pushed afterwards.
    pub fn close(&mut self) {
        self.known = TokenSet::default();
    }

    /// Only some of the distinct tokens, in this order. They keep their positions in the input.
    #[must_use]
    pub fn subset(&self, positions: impl IntoIterator<Item = usize>) -> Self {
        let mut subset = Self::with(*self.tokens.hash());
        for position in positions {
            if let (Some(key), Some(index)) = (self.tokens.key(position), self.index_of(position)) {
                let at = subset.tokens.len() as u32;
                subset.tokens.push(key);
                subset.note(at, index as u32);
            }
        }
        subset
    }

    /// How many distinct tokens there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.tokens.len()
    }

    /// How many positions the input has.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total as u64
    }

    /// How many positions repeat an earlier one.
    #[must_use]
    pub const fn duplicates(&self) -> u64 {
        self.exceptions.duplicates()
    }

    /// How many positions hold no token.
    #[must_use]
    pub const fn invalid(&self) -> u64 {
        self.exceptions.invalid()
    }

    /// The distinct token at a position.
    #[must_use]
    pub fn token(&self, position: usize) -> Option<TokenText<'_>> {
        self.tokens.key(position).map(TokenText::from)
    }

    /// All distinct tokens.
    #[must_use]
    pub const fn batch(&self) -> Batch<'_> {
        self.batch_of(0, self.count())
    }

    /// The distinct tokens from `start` to before `end`.
    #[must_use]
    pub const fn batch_of(&self, start: usize, end: usize) -> Batch<'_> {
        let end = if end < self.count() { end } else { self.count() };
        Batch {
            tokens: &self.tokens,
            start: if start < end { start } else { end },
            end,
        }
    }

    /// The position in the input of the distinct token at `position`.
    #[must_use]
    pub fn index_of(&self, position: usize) -> Option<usize> {
        self.indexes(position, position + 1).next()
    }

    /// The positions in the input of the distinct tokens from `start` to before `end`.
    pub fn indexes(&self, start: usize, end: usize) -> impl Iterator<Item = usize> {
        let end = end.min(self.count());
        let mut stretch = self.stretches.partition_point(|(begins, _)| *begins as usize <= start);
        (start..end).filter_map(move |position| {
            while self
                .stretches
                .get(stretch)
                .is_some_and(|(begins, _)| *begins as usize <= position)
            {
                stretch += 1;
            }
            let (begins, index) = self.stretches.get(stretch.checked_sub(1)?)?;
            Some(*index as usize + (position - *begins as usize))
        })
    }

    /// The distinct tokens that stood next to each other in the input: their positions, and that of the first in the input.
    pub fn stretches(&self) -> impl Iterator<Item = (Range<usize>, usize)> {
        let ends = self.stretches.iter().skip(1).map(|(begins, _)| *begins as usize);
        let ends = ends.chain([self.count()]);
        let starts = self.stretches.iter();
        starts
            .zip(ends)
            .map(|((begins, index), end)| (*begins as usize..end, *index as usize))
    }

    /// The positions of the input that are never sent, in their order.
    pub fn exceptions(&self) -> impl Iterator<Item = Exception> {
        (0..self.exceptions.pages()).flat_map(|page| self.exceptions_of_page(page))
    }

    /// They are kept in pages; this is how many there are.
    #[must_use]
    pub const fn pages_of_exceptions(&self) -> usize {
        self.exceptions.pages()
    }

    /// One page of them.
    pub fn exceptions_of_page(&self, page: usize) -> impl Iterator<Item = Exception> {
        self.exceptions.page(page)
    }

    /// Of content and order of the input, whatever its format and pieces: the same tokens give the same one, with what is no
    /// token in the same places. It keeps one list from being taken for another, and is no proof against somebody who wants
    /// that.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 16] {
        let (one, other) = self.fingerprint;
        let total = u64::from(self.total);
        (u128::from(advance(one, total)) << 64 | u128::from(advance(other, total))).to_be_bytes()
    }
}

const fn advance(lane: u64, word: u64) -> u64 {
    (lane ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

fn wrong_count() -> InvalidArgument {
    InvalidArgument::new("faceTokens", "must hold 1 to 1000 different tokens")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duplicate_goes_out_once_and_names_the_token_that_it_repeats() {
        let selection = Selection::of(["a", "b", "a", "c", "b", "a"]).unwrap();
        assert_eq!(selection.batch().joined(), "a,b,c");
        assert_eq!(selection.indexes(0, 3).collect::<Vec<_>>(), [0, 1, 3]);
        let repeats: Vec<_> = selection.exceptions().map(|at| (at.index, at.kind)).collect();
        let of = ExceptionKind::DuplicateOf;
        assert_eq!(repeats, [(2, of(0)), (4, of(1)), (5, of(0))]);
    }

    #[test]
    fn the_limit_counts_different_tokens() {
        let tokens: Vec<String> = (0..=MOST_TOKENS).map(|number| number.to_string()).collect();
        let texts = || tokens.iter().map(String::as_str);
        assert_eq!(Selection::of(texts()).unwrap_err().path(), "faceTokens");
        assert_eq!(
            Selection::of(texts().take(MOST_TOKENS)).unwrap().batch().count(),
            MOST_TOKENS
        );
        assert!(Selection::of(texts().take(MOST_TOKENS).chain(texts().take(5))).is_ok());
        assert_eq!(Selection::of([]).unwrap_err().path(), "faceTokens");
    }

    #[test]
    fn a_bad_token_is_named_by_its_position() {
        assert_eq!(
            Selection::of(["a", "b", "c,d"]).unwrap_err().to_string(),
            "faceTokens[2] must not contain a comma: it would become two tokens"
        );
    }
}
