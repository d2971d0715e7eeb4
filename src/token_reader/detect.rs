//! What an input is, by its start: only what leaves no doubt.

use super::{Format, ReadError, Unreadable, ends_line, names_tokens};

/// So many bytes are looked at, or the whole input if it is shorter.
pub const ENOUGH: usize = 4096;

/// The format, if it is one that can be read. What the caller said counts, except that some things are none of them.
pub fn format(start: &[u8], said: Option<Format>, has_column: bool) -> Result<Format, ReadError> {
    let refused = |kind| Err(ReadError::new(kind, 1));
    let is_utf_16 = start.starts_with(b"\xFE\xFF")
        || start.starts_with(b"\xFF\xFE")
        || matches!(start, [0, other, ..] | [other, 0, ..] if *other != 0);
    if is_utf_16 {
        return refused(Unreadable::Utf16);
    }
    let signatures: [&[u8]; 4] = [b"PK\x03\x04", b"\x1F\x8B", b"%PDF", b"\xD0\xCF\x11\xE0"];
    if signatures.iter().any(|signature| start.starts_with(signature)) {
        return refused(Unreadable::Binary);
    }
    let text = start.trim_ascii_start();
    if text.first() == Some(&b'<') {
        return refused(Unreadable::Markup);
    }
    if let Some(said) = said {
        return Ok(said);
    }
    match text.first() {
        Some(b'[' | b'{') => return Ok(Format::Json),
        // Strings with escapes, which are not those of a text's tokens.
        Some(b'"') if !has_column && start.contains(&b'\\') => return Ok(Format::JsonLines),
        _ => {}
    }
    if has_column || start.starts_with(b"sep=") || names_tokens_in_header(start) {
        return Ok(Format::Csv);
    }
    if is_drawn(text) {
        return refused(Unreadable::Table);
    }
    Ok(Format::Text)
}

/// What separates the columns: what a spreadsheet says in a first line of its own, or else what is first in the header.
pub fn delimiter(start: &[u8]) -> u8 {
    if let Some([delimiter, ..]) = start.strip_prefix(b"sep=") {
        return *delimiter;
    }
    let mut quoted = false;
    for byte in first_line(start) {
        match byte {
            b'"' => quoted = !quoted,
            b',' | b';' | b'\t' if !quoted => return *byte,
            _ => {}
        }
    }
    b','
}

fn names_tokens_in_header(start: &[u8]) -> bool {
    let delimiter = delimiter(start);
    let mut names = first_line(start).split(|byte| *byte == delimiter);
    names.any(|name| names_tokens(without_quotes(name)))
}

/// Without the quotes and blanks around it.
fn without_quotes(name: &[u8]) -> &[u8] {
    let around = |byte: &u8| matches!(byte, b'"' | b' ');
    let start = name.iter().position(|byte| !around(byte)).unwrap_or(name.len());
    let end = name
        .iter()
        .rposition(|byte| !around(byte))
        .map_or(start, |last| last + 1);
    name.get(start..end).unwrap_or_default()
}

fn first_line(start: &[u8]) -> &[u8] {
    let end = start.iter().position(|byte| ends_line(*byte)).unwrap_or(start.len());
    start.get(..end).unwrap_or_default()
}

/// A table as databases print it.
fn is_drawn(text: &[u8]) -> bool {
    text.starts_with(b"+-") || text.first() == Some(&b'|')
}
