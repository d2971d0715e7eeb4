//! Tokens with line ends, commas, semicolons or white space between them.

use super::layout::Layout;
use super::{Block, Held, Lines, MOST_KEPT, ReadError, Sink, Unreadable, ends_line};

#[derive(Debug)]
pub struct TextReader {
    lines: Lines,
    /// The start of a token whose end is in a piece to come.
    held: Held,
    in_comment: bool,
    /// What stands before what comes next.
    before: u8,
    /// Nothing where the caller said that it is text.
    layout: Option<Layout>,
}

impl TextReader {
    pub fn new(is_said: bool) -> Self {
        Self {
            lines: Lines::default(),
            held: Held::default(),
            in_comment: false,
            before: b'\n',
            layout: (!is_said).then(Layout::default),
        }
    }

    pub fn take_block<'a>(&mut self, piece: &'a [u8]) -> Option<(Block, &'a [u8])> {
        if self.in_comment || !ends_line(self.before) || !self.held.0.is_empty() {
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

    pub fn push(&mut self, piece: &[u8], sink: Sink<'_>) -> Result<(), ReadError> {
        let mut rest = piece;
        while !rest.is_empty() {
            if self.in_comment {
                let end = rest.iter().position(|byte| ends_line(*byte));
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
                // No comment within a token, nor behind a comma: `a1,#b2` is two tokens.
                let may_begin = self.held.0.is_empty() && !matches!(self.before, b',' | b';');
                if may_begin && token.first() == Some(&b'#') {
                    self.in_comment = true;
                    continue;
                }
                self.lines.after_cr = false;
            }
            let Some((separator, behind)) = behind.split_first() else {
                self.held.extend(token);
                return Ok(());
            };
            if self.held.0.is_empty() {
                self.give(token, sink)?;
            } else {
                self.held.extend(token);
                self.give_held(sink)?;
            }
            self.lines.see(*separator);
            if let Some(layout) = &mut self.layout {
                layout.separator(*separator);
            }
            self.before = *separator;
            rest = behind;
        }
        Ok(())
    }

    pub fn finish(&mut self, sink: Sink<'_>) -> Result<(), ReadError> {
        self.give_held(sink)
    }

    fn give_held(&mut self, sink: Sink<'_>) -> Result<(), ReadError> {
        let held = core::mem::take(&mut self.held);
        let given = self.give(&held.0, sink);
        self.held = held;
        self.held.0.clear();
        given
    }

    fn give(&mut self, token: &[u8], sink: Sink<'_>) -> Result<(), ReadError> {
        if token.is_empty() {
            return Ok(());
        }
        // As much of it as is kept of one that comes in pieces.
        let token = token.get(..MOST_KEPT).unwrap_or(token);
        // Quotes around a token come from a table or a program, and are no part of it.
        let bare = match token {
            [b'"', bare @ .., b'"'] | [b'\'', bare @ .., b'\''] => bare,
            _ => token,
        };
        if let Some(layout) = &mut self.layout
            && layout.is_table_with(bare)
        {
            return Err(ReadError::new(Unreadable::Table, self.lines.now));
        }
        sink(bare, self.lines.now);
        Ok(())
    }
}

const fn is_separator(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ' | b',' | b';')
}
