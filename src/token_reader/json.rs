//! Strings where tokens are to be: in an array, as a member of objects, or as values one after the other.
//!
//! Only the top value, its elements, and members that are named for it are looked into. What else stands where a token is
//! to be (a number, `null`, an object without the member) comes out as an empty candidate: nothing is lost.

use super::{Column, Format, Held, Lines, ReadError, Sink, Unreadable, is_whole, names_tokens, plain_name};

/// Deeper nesting is refused.
const DEEPEST: usize = 64;

#[derive(Debug)]
pub struct JsonReader {
    format: Format,
    /// Whether another value makes JSON Lines of JSON, since nobody said that it is no more than one.
    may_go_on: bool,
    member: Option<Vec<u8>>,
    lines: Lines,
    within: Vec<Frame>,
    state: Expect,
    /// The present string, with its escapes resolved.
    held: Held,
    /// The first half of a surrogate pair.
    high: Option<u16>,
    /// Where the present string or literal began, and whether it is where a token is to be.
    line: u64,
    counts: bool,
    /// The present number or word, as far as it can be right.
    word: Vec<u8>,
    /// Whether any token stood where one is to be or any object had the member, and any lacked it.
    found: bool,
    missed: bool,
}

/// An array or an object that is not over yet.
#[derive(Clone, Copy, Debug)]
struct Frame {
    is_object: bool,
    /// Whether what is in it stands where a token is to be.
    counts: bool,
    /// For an object: whether it had the member.
    hit: bool,
    line: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    /// A comma or the end of the array or object; at the top, another value.
    Next,
    String {
        is_key: bool,
    },
    Escape {
        is_key: bool,
    },
    Hex {
        is_key: bool,
        digits: u8,
        value: u16,
    },
    Word,
}

impl JsonReader {
    pub fn new(format: Format, may_go_on: bool, member: Option<Column>) -> Self {
        Self {
            format,
            may_go_on,
            member: match member {
                Some(Column::Name(name)) => Some(plain_name(name.as_bytes())),
                _ => None,
            },
            lines: Lines::default(),
            within: Vec::new(),
            state: Expect::Value,
            held: Held::default(),
            high: None,
            line: 1,
            counts: true,
            word: Vec::new(),
            found: false,
            missed: false,
        }
    }

    pub const fn format(&self) -> Format {
        self.format
    }

    pub fn push(&mut self, piece: &[u8], sink: Sink<'_>) -> Result<(), ReadError> {
        for byte in piece {
            self.see(*byte, sink)?;
            self.lines.see(*byte);
        }
        Ok(())
    }

    pub fn finish(&mut self, sink: Sink<'_>) -> Result<(), ReadError> {
        if self.state == Expect::Word {
            self.end_word(sink)?;
        }
        let nothing_yet = self.format == Format::JsonLines && self.state == Expect::Value;
        if !self.within.is_empty() || (self.state != Expect::Next && !nothing_yet) {
            return Err(self.malformed());
        }
        if self.missed && !self.found {
            // Not a list with a few objects that lack it, but one that is meant otherwise.
            return Err(ReadError::new(Unreadable::NoMember, 1));
        }
        Ok(())
    }

    fn see(&mut self, byte: u8, sink: Sink<'_>) -> Result<(), ReadError> {
        match self.state {
            Expect::String { is_key } => return self.in_string(byte, is_key, sink),
            Expect::Escape { is_key } => return self.escaped(byte, is_key),
            Expect::Hex { is_key, digits, value } => return self.hex(byte, is_key, digits, value),
            Expect::Word if is_of_word(byte) => {
                if self.word.len() > 64 {
                    return Err(self.malformed());
                }
                self.word.push(byte);
                return Ok(());
            }
            Expect::Word => self.end_word(sink)?,
            _ => {}
        }
        if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            return Ok(());
        }
        match (self.state, byte) {
            (Expect::Value | Expect::ValueOrEnd, _) if self.begin_value(byte, sink)? => {}
            (Expect::Next, _) if self.within.is_empty() && (self.may_go_on || self.format == Format::JsonLines) => {
                self.state = Expect::Value;
                if !self.begin_value(byte, sink)? {
                    return Err(self.malformed());
                }
                self.format = Format::JsonLines;
            }
            (Expect::ValueOrEnd | Expect::Next, b']') if self.is_in(false) => self.end_frame(sink),
            (Expect::KeyOrEnd | Expect::Next, b'}') if self.is_in(true) => self.end_frame(sink),
            (Expect::Next, b',') if !self.within.is_empty() => {
                self.state = if self.is_in(true) { Expect::Key } else { Expect::Value };
            }
            (Expect::Key | Expect::KeyOrEnd, b'"') => self.begin_string(true),
            (Expect::Colon, b':') => self.state = Expect::Value,
            _ => return Err(self.malformed()),
        }
        Ok(())
    }

    fn is_in(&self, object: bool) -> bool {
        self.within.last().is_some_and(|frame| frame.is_object == object)
    }

    /// Whether a value that begins here is where a token is to be: at the top, in an array that counts, or as the member.
    fn value_counts(&self) -> bool {
        match self.within.last() {
            None => true,
            Some(frame) if frame.is_object => self.counts,
            Some(frame) => frame.counts,
        }
    }

    /// False if no value begins like this.
    fn begin_value(&mut self, byte: u8, sink: Sink<'_>) -> Result<bool, ReadError> {
        let counts = self.value_counts();
        match byte {
            b'"' => {
                self.counts = counts;
                self.begin_string(false);
            }
            b'[' | b'{' => {
                if self.within.len() >= DEEPEST {
                    return Err(ReadError::new(Unreadable::Depth, self.lines.now));
                }
                let is_object = byte == b'{';
                // Tokens are in objects, in an array of them, or in an array that is a member: no deeper.
                let is_nested = match self.within.as_slice() {
                    [] => false,
                    [.., outer] if is_object => outer.is_object,
                    [.., outer] => !outer.is_object,
                };
                if counts && is_nested {
                    sink(b"", self.lines.now);
                }
                self.within.push(Frame {
                    is_object,
                    counts: counts && !is_nested,
                    hit: false,
                    line: self.lines.now,
                });
                self.state = if is_object {
                    Expect::KeyOrEnd
                } else {
                    Expect::ValueOrEnd
                };
            }
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                self.counts = counts;
                self.line = self.lines.now;
                self.word.clear();
                self.word.push(byte);
                self.state = Expect::Word;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn begin_string(&mut self, is_key: bool) {
        self.held.0.clear();
        self.line = self.lines.now;
        self.state = Expect::String { is_key };
    }

    fn end_frame(&mut self, sink: Sink<'_>) {
        if let Some(frame) = self.within.pop()
            && frame.is_object
            && frame.counts
            && !frame.hit
        {
            self.missed = true;
            sink(b"", frame.line);
        }
        self.state = Expect::Next;
    }

    fn in_string(&mut self, byte: u8, is_key: bool, sink: Sink<'_>) -> Result<(), ReadError> {
        match byte {
            b'\\' => self.state = Expect::Escape { is_key },
            b'"' => {
                self.end_pair();
                self.end_string(is_key, sink);
            }
            0..=31 => return Err(self.malformed()),
            _ => {
                self.end_pair();
                self.held.add(byte);
            }
        }
        Ok(())
    }

    fn end_string(&mut self, is_key: bool, sink: Sink<'_>) {
        if !is_key {
            if self.counts {
                self.found = true;
                sink(&self.held.0, self.line);
            }
            self.state = Expect::Next;
            return;
        }
        let name = &self.held.0;
        let is_member = match &self.member {
            Some(member) => is_whole(name) && plain_name(name) == *member,
            None => is_whole(name) && names_tokens(name),
        };
        if let Some(frame) = self.within.last_mut() {
            self.counts = frame.counts && is_member;
            frame.hit |= self.counts;
            self.found |= self.counts;
        }
        self.state = Expect::Colon;
    }

    fn escaped(&mut self, byte: u8, is_key: bool) -> Result<(), ReadError> {
        let character = match byte {
            b'"' | b'\\' | b'/' => byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                self.state = Expect::Hex {
                    is_key,
                    digits: 0,
                    value: 0,
                };
                return Ok(());
            }
            _ => return Err(self.malformed()),
        };
        self.end_pair();
        self.held.add(character);
        self.state = Expect::String { is_key };
        Ok(())
    }

    fn hex(&mut self, byte: u8, is_key: bool, digits: u8, value: u16) -> Result<(), ReadError> {
        let digit = char::from(byte).to_digit(16).ok_or_else(|| self.malformed())?;
        let value = value << 4 | digit as u16;
        if digits < 3 {
            let digits = digits + 1;
            self.state = Expect::Hex { is_key, digits, value };
            return Ok(());
        }
        self.state = Expect::String { is_key };
        match (self.high.take(), value) {
            (Some(high), 0xdc00..=0xdfff) => {
                let code = 0x1_0000 + (u32::from(high & 0x3ff) << 10 | u32::from(value & 0x3ff));
                self.add_character(code);
            }
            (high, 0xd800..=0xdbff) => {
                if high.is_some() {
                    self.add_character(0xfffd);
                }
                self.high = Some(value);
            }
            (high, _) => {
                if high.is_some() {
                    self.add_character(0xfffd);
                }
                self.add_character(u32::from(value));
            }
        }
        Ok(())
    }

    /// Half of a pair that stays alone is damage, and shown as such.
    fn end_pair(&mut self) {
        if self.high.take().is_some() {
            self.add_character(0xfffd);
        }
    }

    fn add_character(&mut self, code: u32) {
        let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        self.held.extend(character.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn end_word(&mut self, sink: Sink<'_>) -> Result<(), ReadError> {
        if !matches!(self.word.as_slice(), b"true" | b"false" | b"null") && !is_number(&self.word) {
            return Err(self.malformed());
        }
        if self.counts {
            sink(b"", self.line);
        }
        self.state = Expect::Next;
        Ok(())
    }

    const fn malformed(&self) -> ReadError {
        ReadError::new(Unreadable::Json, self.lines.now)
    }
}

const fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}

/// `-? (0 | [1-9] digits) (. digits)? ([eE] [+-]? digits)?`
fn is_number(word: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = word.strip_prefix(b"-").unwrap_or(word);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest.first() == Some(&b'0')) {
        return false;
    }
    let mut rest = rest.get(whole..).unwrap_or_default();
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = fraction.get(length..).unwrap_or_default();
    }
    if let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        let exponent = exponent
            .strip_prefix(b"+")
            .or_else(|| exponent.strip_prefix(b"-"))
            .unwrap_or(exponent);
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}
