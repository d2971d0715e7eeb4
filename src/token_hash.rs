//! The hash by which tables of tokens find a token: with a key, so that nobody who does not know the seed can choose tokens
//! that collide.
//!
//! A list or a response may be written by an attacker. If tokens can be crafted that have one hash, a table compares each of
//! them with all others: 80,000 tokens then take a minute.
//!
//! **Why no tokens collide under every seed.** A token is a sequence of 32-bit words. Each word is multiplied by a 64-bit
//! key of its own, and the products are added modulo 2⁶⁴. The length of a text is multiplied by another key and added; a
//! token of the usual form adds a key alone. Take any two different tokens.
//!
//! - If both have the usual form, or both are texts of one length, a word differs. Call the difference *d* (not zero, below
//!   2³² in size) and the key of that word *k*. The sums are equal only if *d·k* has one certain value modulo 2⁶⁴, which the
//!   other words and keys determine. At most 2³¹ of the 2⁶⁴ values of *k* do that, because 2³² does not divide *d*.
//! - If both are texts of different lengths, the same holds with the lengths in place of the words.
//! - If one of them is a text, one value in 2⁶⁴ of the key that the other adds makes the sums equal.
//!
//! So the sums are equal with a probability of at most 2⁻³³ over the keys, whichever two tokens an attacker chooses. (With
//! a fixed multiplier, and a seed that is only mixed in before or after, tokens can be chosen whose sums are equal under
//! every seed.) The steps that follow can be undone, and so never make two sums equal: they spread sums that differ by a
//! constant step, as those of numbered tokens do, over all bits of the hash. They have a key as well.
//!
//! The keys come from the seed by SplitMix64. They are as good as independent for an attacker who sees no hash; no hash
//! leaves the process. 32-bit words need no 128-bit product, which WebAssembly does not have.

use crate::packed::Packed;
use crate::splitmix;
use crate::token_store::Key;

/// A keyed hash.
#[derive(Clone, Copy, Debug)]
pub struct TokenHash {
    /// For the four words of a token of the usual form, and the key that such a token adds.
    words: [u64; 4],
    usual: u64,
    /// For the length of a text, and where the keys of its words begin.
    length: u64,
    text: u64,
    /// Odd: multiplying by it can be undone.
    spread: u64,
}

impl TokenHash {
    pub fn new(seed: u64) -> Self {
        let mut keys = seed;
        let mut words = [0; 4];
        for word in &mut words {
            *word = splitmix::next(&mut keys);
        }
        Self {
            words,
            usual: splitmix::next(&mut keys),
            length: splitmix::next(&mut keys),
            spread: splitmix::next(&mut keys) | 1,
            text: splitmix::next(&mut keys),
        }
    }

    pub fn of(&self, key: Key<'_>) -> u64 {
        match key {
            Key::Hex(packed) => self.of_usual(packed),
            Key::Text(text) => self.of_text(text),
        }
    }

    /// The hash of a token of the usual form.
    #[inline(always)]
    pub const fn of_usual(&self, packed: Packed) -> u64 {
        let word = u128::from_le_bytes(packed);
        let (low, high) = (word as u64, (word >> 64) as u64);
        let [one, two, three, four] = self.words;
        let sum = self
            .usual
            .wrapping_add((low & 0xffff_ffff).wrapping_mul(one))
            .wrapping_add((low >> 32).wrapping_mul(two))
            .wrapping_add((high & 0xffff_ffff).wrapping_mul(three))
            .wrapping_add((high >> 32).wrapping_mul(four));
        self.finish(sum)
    }

    /// The hash of a text of any length.
    fn of_text(&self, text: &str) -> u64 {
        let (mut keys, bytes) = (self.text, text.as_bytes());
        let mut sum = (text.len() as u64).wrapping_mul(self.length);
        for chunk in bytes.chunks(4) {
            let mut word = [0; 4];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = *from;
            }
            sum = sum.wrapping_add(u64::from(u32::from_le_bytes(word)).wrapping_mul(splitmix::next(&mut keys)));
        }
        self.finish(sum)
    }

    #[inline(always)]
    const fn finish(&self, sum: u64) -> u64 {
        let spread = (sum ^ (sum >> 32)).wrapping_mul(self.spread);
        spread ^ (spread >> 29)
    }
}

/// Counts the entries that a search looks at, in unit tests only: their number is what an attacker would drive up.
#[inline(always)]
pub fn probe() {
    #[cfg(test)]
    tests::PROBES.set(tests::PROBES.get() + 1);
}

#[cfg(test)]
pub mod tests {
    use core::cell::Cell;
    use std::collections::HashSet;

    use super::*;
    use crate::packed::unpack;
    use crate::selection::{Pushed, Selection};

    thread_local! {
        pub static PROBES: Cell<u64> = const { Cell::new(0) };
    }

    /// How many entries were looked at meanwhile.
    pub fn probes(work: impl FnOnce()) -> u64 {
        let before = PROBES.get();
        work();
        PROBES.get() - before
    }

    const SEEDS: [u64; 4] = [0, 1, 0x8000_0000_0000_0000, 0x0123_4567_89ab_cdef];

    fn scattered(number: u64) -> u64 {
        let mut state = number;
        splitmix::next(&mut state)
    }

    /// One step of the hash without a key, whose first half the tables used before.
    const fn unkeyed_step(state: u64, word: u64) -> u64 {
        let product = (state ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd);
        product ^ (product >> 32)
    }

    /// Two words that the hash without a key takes to one state, whatever the number.
    const fn crafted_words(start: u64, number: u64) -> [u64; 2] {
        let first = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let state = unkeyed_step(start ^ 0x9e37_79b9_7f4a_7c15, first);
        [first, state ^ 0x0123_4567_89ab_cdef]
    }

    fn token(words: [u64; 2]) -> String {
        let [low, high] = words.map(u128::from);
        let digits = unpack((low | high << 64).to_le_bytes());
        String::from_utf8(digits.to_vec()).unwrap()
    }

    fn crafted(count: u64) -> Vec<String> {
        (0..count).map(|number| token(crafted_words(16, number))).collect()
    }

    /// Texts of 16 letters and signs that the hash without a key takes for one.
    fn crafted_texts(count: usize) -> Vec<String> {
        let legal = |byte: &u8| byte.is_ascii_graphic() && *byte != b',';
        let first = |number: u64| u64::from_le_bytes(scattered(number).to_le_bytes().map(|byte| b'A' + byte % 52));
        let state = |word| unkeyed_step(16 << 8 ^ 0x9e37_79b9_7f4a_7c15, word);
        let goal = state(first(0)) ^ u64::from_le_bytes(*b"########");
        let texts = (0..).map(first).filter_map(|word| {
            let bytes = [word, state(word) ^ goal].map(u64::to_le_bytes).concat();
            bytes.iter().all(legal).then(|| String::from_utf8(bytes).unwrap())
        });
        texts.take(count).collect()
    }

    fn planned(seed: u64, tokens: &[String]) -> Selection {
        let mut selection = Selection::seeded(seed);
        for token in tokens {
            assert_eq!(selection.push(token, 0), Pushed::New, "{token}");
        }
        selection
    }

    fn random(count: u64) -> Vec<String> {
        let words = |number| [scattered(2 * number), scattered(2 * number + 1)];
        (0..count).map(|number| token(words(number))).collect()
    }

    #[test]
    fn crafted_tokens_share_the_hash_without_a_key() {
        for tokens in [crafted(1000), crafted_texts(100)] {
            let hashes: HashSet<u64> = tokens.iter().map(|token| Key::of_text(token).hashes().0).collect();
            assert_eq!(hashes.len(), 1);
            assert_eq!(tokens.iter().collect::<HashSet<_>>().len(), tokens.len());
        }
    }

    #[test]
    fn token_set_crafted_tokens_are_found_with_as_few_probes_as_random_ones() {
        // Before and behind the split into parts, and while a part grows.
        for (count, seeds) in [(3_000, SEEDS.as_slice()), (80_000, &SEEDS[3..])] {
            for seed in seeds {
                let usual = probes(|| drop(planned(*seed, &random(count))));
                let found = probes(|| drop(planned(*seed, &crafted(count))));
                assert!(found < usual * 5 / 4, "{found} probes, {usual} for random tokens");
            }
        }
        let texts = crafted_texts(500);
        let found = probes(|| drop(planned(7, &texts)));
        assert!(found < 500 * 8, "{found} probes for texts");
    }

    #[test]
    fn token_set_no_pattern_of_tokens_takes_many_probes() {
        let patterns: [fn(u64) -> [u64; 2]; 10] = [
            |number| [number, 0],
            |number| [0, number],
            |number| [number << 32, 0],
            |number| [0, number << 48],
            |number| [number << 16, number],
            |number| [number.swap_bytes(), 0],
            |number| [number.reverse_bits(), number.reverse_bits()],
            |number| [number, !number],
            |number| [number & 0xff, number >> 8],
            |number| [number.rotate_right(1), (number << 31) & 0x8000_0000],
        ];
        let usual = probes(|| drop(planned(9, &random(20_000))));
        for (at, pattern) in patterns.iter().enumerate() {
            let tokens: Vec<_> = (0..20_000).map(|number| token(pattern(number))).collect();
            for seed in 0..8 {
                let found = probes(|| drop(planned(seed, &tokens)));
                assert!(
                    found < usual * 3 / 2,
                    "pattern {at}, seed {seed}: {found} probes, {usual} for random tokens"
                );
            }
        }
    }

    #[test]
    fn batch_index_crafted_tokens_are_found_with_few_probes() {
        for (tokens, strangers) in [
            (crafted(1000), crafted(2000).split_off(1000)),
            (crafted_texts(500), crafted_texts(1000).split_off(500)),
        ] {
            for seed in SEEDS {
                let selection = planned(seed, &tokens);
                let subset = selection.subset(0..selection.count());
                for batch in [selection.batch(), subset.batch()] {
                    let found = probes(|| {
                        let index = batch.index();
                        for (at, token) in tokens.iter().enumerate() {
                            assert_eq!(index.position(token), Some(at));
                        }
                        for stranger in &strangers {
                            assert_eq!(index.position(stranger), None);
                        }
                    });
                    assert!(found < 8 * tokens.len() as u64, "{found} probes");
                }
            }
        }
    }

    #[test]
    fn token_hash_depends_on_the_seed() {
        let texts = ["", "a", "0123456789abcdef0123456789abcdef", &"x".repeat(255)];
        for text in texts {
            let hash = |seed| TokenHash::new(seed).of(Key::of_text(text));
            // An empty text has a sum of 0 under each seed; it is never a token.
            let expected = if text.is_empty() { 1 } else { 1000 };
            assert_eq!((0..1000).map(hash).collect::<HashSet<_>>().len(), expected, "{text:?}");
        }
    }

    #[test]
    fn selection_fingerprint_depends_on_no_seed_and_is_that_of_earlier_versions() {
        let mut list: Vec<_> = (0..1000).map(|number| format!("{number:032x}")).collect();
        list.extend(["a", "é", "", "two words", "a", &"x".repeat(255), &"x".repeat(256)].map(str::to_owned));
        for seed in SEEDS {
            let mut selection = Selection::seeded(seed);
            for token in &list {
                selection.push(token, 0);
            }
            // It is in the journal, which another process compares with its own.
            let fingerprint = u128::from_be_bytes(selection.fingerprint());
            assert_eq!(
                fingerprint, 0xd958_fe0f_b9bc_e34e_1bc2_4031_3ea2_d5eb,
                "{fingerprint:#x}"
            );
        }
    }
}
