//! Tokens with line ends, commas, semicolons or white space between them.

use super::{Block, Held, Lines, Sink};

#[derive(Debug, Default)]
pub struct TextReader {
    lines: Lines,
    /// The start of a token whose end is in a piece to come.
    held: Held,
    in_comment: bool,
    /// Whether something but blanks stood on this line.
    begun: bool,
}

impl TextReader {
    pub fn take_block<'a>(&mut self, piece: &'a [u8]) -> Option<(Block, &'a [u8])> {
        if self.in_comment || self.begun || !self.held.0.is_empty() {
            return None;
        }
        let (block, rest) = Block::read(piece, self.lines.now);
        let lines = block.tokens().len() as u64;
        if lines == 0 {
            return None;
        }
        self.lines.now += lines;
        self.lines.after_cr = false;
        Some((block, rest))
    }

    pub fn push(&mut self, piece: &[u8], sink: Sink<'_>) {
        let mut rest = piece;
        while !rest.is_empty() {
            if self.in_comment {
                let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
                rest = rest.get(end.unwrap_or(rest.len())..).unwrap_or_default();
                self.in_comment = end.is_none();
                if self.in_comment {
                    self.lines.after_cr = false;
                }
                continue;
            }
            let end = rest.iter().position(|byte| is_separator(*byte)).unwrap_or(rest.len());
            let (token, behind) = rest.split_at(end);
            if !token.is_empty() {
                if !self.begun && token.first() == Some(&b'#') {
                    self.in_comment = true;
                    continue;
                }
                self.begun = true;
                self.lines.after_cr = false;
            }
            let Some((separator, behind)) = behind.split_first() else {
                self.held.extend(token);
                return;
            };
            if self.held.0.is_empty() {
                give(token, self.lines.now, sink);
            } else {
                self.held.extend(token);
                give(&self.held.0, self.lines.now, sink);
                self.held.0.clear();
            }
            self.lines.see(*separator);
            self.begun &= !matches!(separator, b'\n' | b'\r');
            rest = behind;
        }
    }

    pub fn finish(&mut self, sink: Sink<'_>) {
        give(&self.held.0, self.lines.now, sink);
        self.held.0.clear();
    }
}

/// Quotes around a token come from a table or a program, and are no part of it.
fn give(token: &[u8], line: u64, sink: Sink<'_>) {
    let bare = match token {
        [b'"', bare @ .., b'"'] | [b'\'', bare @ .., b'\''] => bare,
        _ => token,
    };
    if !token.is_empty() {
        sink(bare, line);
    }
}

const fn is_separator(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ' | b',' | b';')
}
