//! A token of the usual form, 32 lower-case hex digits, as 16 bytes and back: eight digits at a time, in one machine word.
//!
//! A byte for each digit stands in the word, the first digit in the lowest. No step carries into the neighbour's byte.

/// A token's bytes.
pub type Packed = [u8; 16];

/// The same in each byte of a word.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The token, if it has the usual form.
pub fn pack(text: &[u8]) -> Option<Packed> {
    pack_digits(text.try_into().ok()?)
}

/// The same for what has the right length.
#[inline(always)]
pub fn pack_digits(text: &[u8; 32]) -> Option<Packed> {
    let [one, two, three, four] = text.as_chunks::<8>().0 else {
        return None;
    };
    let ((one, a), (two, b)) = (pack_word(*one), pack_word(*two));
    let ((three, c), (four, d)) = (pack_word(*three), pack_word(*four));
    // Looked at once: no branch for each digit.
    if a | b | c | d != 0 {
        return None;
    }
    let (low, high) = (
        u64::from(one) | u64::from(two) << 32,
        u64::from(three) | u64::from(four) << 32,
    );
    Some((u128::from(low) | u128::from(high) << 64).to_le_bytes())
}

/// Eight digits in four bytes; and zero, if digits they were.
#[inline(always)]
const fn pack_word(text: [u8; 8]) -> (u32, u64) {
    let text = u64::from_le_bytes(text);
    // A letter has bit 6 set, and is worth nine more than its lower half says.
    let values = (text & each(0x0f)) + (text >> 6 & each(1)) * 9;
    // Two values to a byte, two bytes to 16 bits, …
    let pairs = (values << 4 | values >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    // What is no digit is worth more than 15, or does not come out again as it went in.
    let wrong = values & each(0xf0) | digits(values) ^ text;
    ((fours | fours >> 16) as u32, wrong)
}

/// The digits of values below 16.
#[inline(always)]
const fn digits(values: u64) -> u64 {
    // 118 more than a value has bit 7 set from ten on: there the letters begin, 39 behind the colon.
    let letters = (values + each(118)) >> 7 & each(1);
    values + each(b'0') + letters * (b'a' - b':') as u64
}

/// A token's digits.
#[inline(always)]
pub fn unpack(packed: Packed) -> [u8; 32] {
    let word = u128::from_le_bytes(packed);
    let (one, two) = (unpack_word(word as u32), unpack_word((word >> 32) as u32));
    let (three, four) = (unpack_word((word >> 64) as u32), unpack_word((word >> 96) as u32));
    let mut text = [0; 32];
    if let [first, second, third, fourth] = text.as_chunks_mut::<8>().0 {
        (*first, *second, *third, *fourth) = (one, two, three, four);
    }
    text
}

#[inline(always)]
const fn unpack_word(bytes: u32) -> [u8; 8] {
    let bytes = bytes as u64;
    let fours = (bytes | bytes << 16) & 0x0000_ffff_0000_ffff;
    let pairs = (fours | fours << 8) & 0x00ff_00ff_00ff_00ff;
    let values = pairs >> 4 & each(0x0f) | (pairs & 0x000f_000f_000f_000f) << 8;
    digits(values).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As one would write it.
    fn plain(text: &[u8; 32]) -> Option<Packed> {
        let mut packed = [0; 16];
        for (at, digit) in text.iter().enumerate() {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            packed[at / 2] |= if at % 2 == 0 { value << 4 } else { value };
        }
        Some(packed)
    }

    #[test]
    fn any_byte_at_any_place_is_taken_as_the_plain_one_takes_it() {
        for place in 0..32 {
            for byte in 0..=u8::MAX {
                let mut text = *b"0123456789abcdeffedcba9876543210";
                text[place] = byte;
                assert_eq!(pack_digits(&text), plain(&text), "{byte} at {place}");
                if let Some(packed) = pack_digits(&text) {
                    assert_eq!(unpack(packed), text);
                }
            }
        }
    }

    #[test]
    fn any_two_neighbours_are_taken_as_the_plain_one_takes_them() {
        for pair in 0..=u16::MAX {
            let mut text = [b'7'; 32];
            text[6..8].copy_from_slice(&pair.to_le_bytes());
            assert_eq!(pack_digits(&text), plain(&text), "{pair:#x}");
        }
    }

    #[test]
    fn another_length_is_none() {
        assert_eq!(pack(b""), None);
        assert_eq!(pack(&[b'0'; 31]), None);
        assert_eq!(pack(&[b'0'; 33]), None);
    }
}
