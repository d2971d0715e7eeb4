//! Small pieces of text, written and read without the standard library's machinery for formatting, which would be a third
//! of the WebAssembly module.

/// Decimal digits, without leading zeros.
pub fn decimal(number: u64) -> String {
    let mut buffer = [0; 20];
    String::from(digits(number, &mut buffer))
}

/// The same in a buffer: what belongs to a secret shall not be left on the heap.
pub fn digits(mut number: u64, buffer: &mut [u8; 20]) -> &str {
    let mut start = buffer.len();
    for place in buffer.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
        start -= 1;
        if number == 0 {
            break;
        }
    }
    text(buffer.get(start..).unwrap_or_default())
}

/// Whether it has the form of the server's codes and reasons, such as `FACE_NOT_IN_GROUP`: at most 64 capitals, underscores,
/// and digits if there is an underscore. A token hardly ever has it.
pub fn is_code(text: &str) -> bool {
    let has_underscore = text.bytes().any(|byte| byte == b'_');
    let legal = |byte: u8| byte.is_ascii_uppercase() || byte == b'_' || (byte.is_ascii_digit() && has_underscore);
    (1..=64).contains(&text.len()) && text.bytes().all(legal)
}

/// Reads decimal digits, of which there must be some, and nothing else.
pub fn number(text: &str) -> Option<u64> {
    let mut number = 0_u64;
    for byte in text.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    (!text.is_empty()).then_some(number)
}

/// Two lower-case hex digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble });
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

/// All parts, one behind the other.
pub fn joined(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        text.push_str(part);
    }
    text
}

/// The pieces between separators, which are ASCII.
pub fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        let (piece, behind) = split_once(text, separator).map_or((text, None), |(piece, behind)| (piece, Some(behind)));
        rest = behind;
        Some(piece)
    })
}

/// What stands before the first separator, which is ASCII, and what behind it.
pub fn split_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Text, with what is not UTF-8 shown as damage.
pub fn readable(bytes: &[u8]) -> String {
    if let Ok(text) = str::from_utf8(bytes) {
        return String::from(text);
    }
    let mut text = String::new();
    for byte in bytes {
        text.push(if byte.is_ascii() {
            char::from(*byte)
        } else {
            char::REPLACEMENT_CHARACTER
        });
    }
    text
}

/// ASCII, which it always is where this is used.
fn text(ascii: &[u8]) -> &str {
    str::from_utf8(ascii).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_digits_are_those_of_the_standard_library() {
        for number in [0, 1, 9, 10, 99, 100, 1_530_762_218, u64::MAX] {
            assert_eq!(decimal(number), number.to_string());
        }
    }

    #[test]
    fn numbers_are_read_as_the_standard_library_reads_them() {
        for text in [
            "0",
            "007",
            "10",
            "18446744073709551615",
            "18446744073709551616",
            "99999999999999999999999",
        ] {
            assert_eq!(number(text), text.parse().ok(), "{text}");
        }
        for text in ["", "+1", "-1", " 1", "1 ", "1.0", "١", "/", ":"] {
            assert_eq!(number(text), None, "{text:?}");
        }
    }

    #[test]
    fn hex_digits_are_those_of_the_standard_library() {
        let all: Vec<u8> = (0..=255).collect();
        let expected: String = all.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex(&all), expected);
    }

    #[test]
    fn pieces_are_those_of_the_standard_library() {
        for text in ["", " ", "a", "a b", " a  b ", "面 é ", "日本"] {
            assert!(split(text, b' ').eq(text.split(' ')), "{text:?}");
            assert_eq!(split_once(text, b' '), text.split_once(' '), "{text:?}");
        }
    }

    #[test]
    fn damage_is_shown_and_the_rest_kept() {
        assert_eq!(readable("日本 é".as_bytes()), "日本 é");
        assert_eq!(readable(b"Pr\xE9nom"), "Pr\u{fffd}nom");
    }
}
