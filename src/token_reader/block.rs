//! The usual case of all, many tokens at a time: lines of 32 lower-case hex digits, each ended by a line feed.
//!
//! What is not exactly that is left to `text.rs`, which reads it as it reads everything; so this decides nothing, and only
//! makes it faster.

use crate::packed::{Packed, pack_digits};

/// Tokens on lines that follow each other.
#[derive(Debug)]
pub struct Block {
    tokens: [Packed; Self::MOST],
    count: usize,
    /// The line of the first; 0 where there are no lines.
    pub line: u64,
}

impl Block {
    /// So many tokens at the most: enough for the processor to wait for all of their places in memory at once.
    pub const MOST: usize = 32;

    /// What such lines a piece begins with, and the rest of it.
    pub fn read(piece: &[u8], line: u64) -> (Self, &[u8]) {
        let (mut tokens, mut count, mut rest) = ([[0; 16]; Self::MOST], 0, piece);
        for token in &mut tokens {
            let Some((text, behind)) = rest.split_first_chunk::<33>() else {
                break;
            };
            let [digits @ .., b'\n'] = text else { break };
            let Some(packed) = pack_digits(digits) else { break };
            (*token, rest) = (packed, behind);
            count += 1;
        }
        (Self { tokens, count, line }, rest)
    }

    /// The tokens.
    pub fn tokens(&self) -> &[Packed] {
        self.tokens.get(..self.count).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packed::unpack;

    #[test]
    fn it_takes_usual_lines_up_to_the_first_that_is_not() {
        let line = |number: usize| format!("{number:032x}\n");
        let whole: String = (0..40).map(line).collect();
        let (block, rest) = Block::read(whole.as_bytes(), 7);
        assert_eq!((block.tokens().len(), block.line, rest.len()), (Block::MOST, 7, 8 * 33));
        assert_eq!(unpack(block.tokens()[31]).as_slice(), &line(31).as_bytes()[..32]);

        for other in ["\r\n", "A\n", " \n", ",", "\"\n", ""] {
            let text = format!("{}{}", line(1), line(2).replace("2\n", other));
            let (block, rest) = Block::read(text.as_bytes(), 1);
            assert_eq!(block.tokens().len(), 1, "{other:?}");
            assert_eq!(rest, &text.as_bytes()[33..], "{other:?}");
        }
    }
}
