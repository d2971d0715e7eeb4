//! Whether text is a table after all, whose other columns would be taken for tokens.
//!
//! Of a table two rows have several cells. So have the lines of a list that is wrapped; but there each line up to the last
//! ends with what separates the tokens, and the tokens are equally long. What could be either is taken for a table.

use super::{ends_line, names_tokens};

#[derive(Debug, Default)]
pub struct Layout {
    /// How long the tokens are on a line with several of them further up; 0 if there was none.
    above: usize,
    /// Whether what was seen cannot be a wrapped list, if it goes on with another such line.
    is_no_list: bool,
    line: Line,
}

/// What was seen of the present line.
#[derive(Debug, Default)]
struct Line {
    /// The length of its first token.
    length: usize,
    /// Whether another one has another length.
    is_uneven: bool,
    /// Whether a token stands behind a separator of cells.
    has_cells: bool,
    /// Whether such a separator came last.
    is_open: bool,
}

impl Layout {
    /// Takes the next token. True if this is a table.
    pub fn is_table_with(&mut self, token: &[u8]) -> bool {
        let line = &mut self.line;
        if line.length == 0 {
            line.length = token.len();
        }
        line.is_uneven |= token.len() != line.length;
        line.has_cells |= core::mem::take(&mut line.is_open);
        if line.has_cells && self.above > 0 {
            self.is_no_list |= line.is_uneven || line.length != self.above;
            if self.is_no_list {
                return true;
            }
        }
        is_header(token)
    }

    /// Takes what stands behind a token, or behind another separator.
    pub fn separator(&mut self, separator: u8) {
        if matches!(separator, b',' | b';' | b'\t') {
            self.line.is_open = true;
        } else if ends_line(separator) {
            let line = core::mem::take(&mut self.line);
            if line.has_cells {
                self.above = line.length;
                self.is_no_list |= line.is_uneven || !line.is_open;
            }
        }
    }
}

/// Whether it is, or holds, the name of a column of tokens.
fn is_header(token: &[u8]) -> bool {
    token.split(|byte| *byte == b'|').any(names_tokens)
}
