//! Distinct tokens by position, compactly: 16 bytes for each of 32 lower-case hex digits, the text for any other.
//!
//! Tokens stand in chunks that never move, so that growth copies nothing, and five million fit.

use crate::packed::{Packed, pack, unpack};
use crate::token::FaceToken;
use crate::token_hash::TokenHash;

/// Tokens in a chunk: a quarter of a megabyte.
const CHUNK: usize = 1 << 14;

/// Text in a chunk, in bytes; a token does not cross its end.
const TEXT_CHUNK: usize = 1 << 16;

/// A token in the form in which it is stored and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    /// 32 lower-case hex digits.
    Hex(Packed),
    /// Anything else.
    Text(&'a str),
}

impl<'a> Key<'a> {
    pub fn of(token: FaceToken<'a>) -> Self {
        Self::of_text(token.as_str())
    }

    pub fn of_text(text: &'a str) -> Self {
        pack(text.as_bytes()).map_or(Self::Text(text), Self::Hex)
    }

    /// Two independent hashes for a fingerprint: the same in each process, so that they can be compared between runs. Not
    /// for a table, in which an attacker could make tokens collide: see [`TokenStore::hash`].
    pub fn hashes(&self) -> (u64, u64) {
        match self {
            Self::Hex(packed) => hashes_of_usual(*packed),
            Self::Text(text) => {
                // Another start than that of a packed token with the same bytes.
                let mut hashes = Hashes::new((text.len() as u64) << 8);
                for chunk in text.as_bytes().chunks(8) {
                    let mut word = [0; 8];
                    for (to, from) in word.iter_mut().zip(chunk) {
                        *to = *from;
                    }
                    hashes = hashes.and(u64::from_le_bytes(word));
                }
                hashes.finish()
            }
        }
    }
}

/// The hashes of a token of the usual form.
#[inline(always)]
pub fn hashes_of_usual(packed: Packed) -> (u64, u64) {
    let word = u128::from_le_bytes(packed);
    Hashes::new(16).and(word as u64).and((word >> 64) as u64).finish()
}

/// Not against an adversary, but well mixed: each word is multiplied in, and the upper bits are folded down.
struct Hashes(u64, u64);

impl Hashes {
    #[inline(always)]
    const fn new(start: u64) -> Self {
        Self(start ^ 0x9e37_79b9_7f4a_7c15, start ^ 0xc2b2_ae3d_27d4_eb4f)
    }

    #[inline(always)]
    const fn and(self, word: u64) -> Self {
        let one = (self.0 ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd);
        let other = (self.1 ^ word.rotate_left(32)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        Self(one ^ (one >> 32), other ^ (other >> 29))
    }

    #[inline(always)]
    const fn finish(self) -> (u64, u64) {
        let one = self.0.wrapping_mul(0x9fb2_1c65_1e98_df25);
        (one ^ (one >> 28), self.1 ^ (self.1 >> 31))
    }
}

#[derive(Debug)]
pub struct TokenStore {
    hash: TokenHash,
    chunks: Vec<Vec<Packed>>,
    /// For each token one bit: its entry says where its text is.
    is_text: Vec<u64>,
    texts: Vec<String>,
    count: usize,
}

impl TokenStore {
    /// An empty one, for whose tokens all tables use this hash.
    pub const fn new(hash: TokenHash) -> Self {
        Self {
            hash,
            chunks: Vec::new(),
            is_text: Vec::new(),
            texts: Vec::new(),
            count: 0,
        }
    }

    /// The hash by which a table of these tokens finds one.
    pub const fn hash(&self) -> &TokenHash {
        &self.hash
    }

    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether any token is not of the usual form.
    pub const fn has_texts(&self) -> bool {
        !self.texts.is_empty()
    }

    pub fn push(&mut self, key: Key<'_>) {
        let packed = match key {
            Key::Hex(packed) => packed,
            Key::Text(text) => self.keep_text(text),
        };
        if self.count.is_multiple_of(64) {
            self.is_text.push(0);
        }
        if let (Key::Text(_), Some(bits)) = (key, self.is_text.last_mut()) {
            *bits |= 1 << (self.count % 64);
        }
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            self.begin_chunk();
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.push(packed);
        }
        self.count += 1;
    }

    /// Adds tokens of the usual form.
    pub fn extend(&mut self, mut tokens: &[Packed]) {
        self.count += tokens.len();
        self.is_text.resize(self.count.div_ceil(64), 0);
        while !tokens.is_empty() {
            let room = self.chunks.last().map_or(0, |chunk| CHUNK - chunk.len());
            let (now, later) = tokens.split_at(room.min(tokens.len()));
            if let Some(chunk) = self.chunks.last_mut() {
                chunk.extend_from_slice(now);
            }
            tokens = later;
            if !tokens.is_empty() {
                self.begin_chunk();
            }
        }
    }

    /// Takes the last ones away again, all but so many. Texts stay where they are, and are no token's any more.
    pub fn truncate(&mut self, count: usize) {
        while self.count > count {
            self.count -= 1;
            if let Some(chunk) = self.chunks.last_mut() {
                chunk.pop();
                if chunk.is_empty() {
                    self.chunks.pop();
                }
            }
        }
        self.is_text.truncate(self.count.div_ceil(64));
        // The bits of what was taken away are those of what comes next.
        if let Some(bits) = self.is_text.last_mut()
            && !self.count.is_multiple_of(64)
        {
            *bits &= (1 << (self.count % 64)) - 1;
        }
    }

    fn begin_chunk(&mut self) {
        // The first chunk grows with its tokens; a second one means that there are many.
        let capacity = if self.chunks.is_empty() { 0 } else { CHUNK };
        self.chunks.push(Vec::with_capacity(capacity));
    }

    /// What is kept from `start` to before `end`, as stretches: where there are no texts, all of it is tokens.
    pub fn usual(&self, start: usize, end: usize) -> impl Iterator<Item = &[Packed]> {
        let chunks = self.chunks.iter().enumerate().skip(start / CHUNK);
        chunks
            .take_while(move |(at, _)| at * CHUNK < end)
            .filter_map(move |(at, chunk)| {
                let first = at * CHUNK;
                chunk.get(start.saturating_sub(first)..(end - first).min(chunk.len()))
            })
    }

    /// A byte of what is kept at a position: it makes the processor fetch it.
    #[inline(always)]
    pub fn glance(&self, position: usize) -> u8 {
        let packed = self
            .chunks
            .get(position / CHUNK)
            .and_then(|chunk| chunk.get(position % CHUNK));
        packed.map_or(0, |packed| packed[0])
    }

    pub fn key(&self, position: usize) -> Option<Key<'_>> {
        let packed = self.chunks.get(position / CHUNK)?.get(position % CHUNK)?;
        let bits = self.is_text.get(position / 64)?;
        if bits >> (position % 64) & 1 == 0 {
            return Some(Key::Hex(*packed));
        }
        let word = u128::from_le_bytes(*packed);
        let (chunk, start, length) = (
            word as u32 as usize,
            (word >> 32) as u32 as usize,
            (word >> 64) as usize,
        );
        Some(Key::Text(self.texts.get(chunk)?.get(start..start + length)?))
    }

    /// Where a text is, in the form of an entry.
    fn keep_text(&mut self, text: &str) -> Packed {
        let fits = |chunk: &String| chunk.len() + text.len() <= TEXT_CHUNK;
        if !self.texts.last().is_some_and(fits) {
            self.texts.push(String::new());
        }
        let chunk = self.texts.len() - 1;
        let start = self.texts.last().map_or(0, String::len);
        if let Some(last) = self.texts.last_mut() {
            last.push_str(text);
        }
        (chunk as u128 | (start as u128) << 32 | (text.len() as u128) << 64).to_le_bytes()
    }
}

/// A token's text.
#[derive(Clone, Copy, Debug)]
pub struct TokenText<'a>(Text<'a>);

#[derive(Clone, Copy, Debug)]
enum Text<'a> {
    Digits([u8; 32]),
    Given(&'a str),
}

impl TokenText<'_> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Digits(digits) => str::from_utf8(digits).unwrap_or_default(),
            Text::Given(text) => text,
        }
    }

    /// Its bytes.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Text::Digits(digits) => digits,
            Text::Given(text) => text.as_bytes(),
        }
    }
}

impl<'a> From<Key<'a>> for TokenText<'a> {
    fn from(key: Key<'a>) -> Self {
        Self(match key {
            Key::Hex(packed) => Text::Digits(unpack(packed)),
            Key::Text(text) => Text::Given(text),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_digits_are_packed_as_the_standard_library_reads_them() {
        for number in [0, 1, u128::MAX, 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210] {
            let text = format!("{number:032x}");
            let packed = pack(text.as_bytes()).unwrap();
            assert_eq!(u128::from_be_bytes(packed), number);
            assert_eq!(unpack(packed).as_slice(), text.as_bytes());
        }
        for other in [
            "",
            "0123456789abcdef0123456789abcde",
            "0123456789abcdef0123456789abcdef0",
            "0123456789ABCDEF0123456789abcdef",
            "g123456789abcdef0123456789abcdef",
            "0123456789abcdef0123456789abcde\u{0}",
        ] {
            assert_eq!(pack(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn each_token_comes_back_as_it_was() {
        let mut store = TokenStore::new(TokenHash::new(0));
        let text = |at: usize| match at % 3 {
            0 => format!("{at:032x}"),
            1 => format!("{at:032X}"),
            _ => format!("面{}", "x".repeat(at % 200)),
        };
        for at in 0..2 * CHUNK + 5 {
            store.push(Key::of_text(&text(at)));
        }
        for at in 0..store.len() {
            assert_eq!(TokenText::from(store.key(at).unwrap()).as_str(), text(at));
        }
        assert_eq!(store.key(store.len()), None);
    }
}
