//! Face tokens out of what people have: text, CSV, JSON or JSON Lines, in pieces that may end anywhere.
//!
//! [`TokenReader::push`] takes the input as it comes and hands on what stands where a token is to be, with its line.
//! Whether that is a token is for [`FaceToken`](crate::token::FaceToken) to say: nothing is left out for being wrong, and
//! nothing is guessed at. What cannot be read for sure is refused by name. It holds a few kilobytes, whatever the input.
//!
//! | file | reads |
//! |---|---|
//! | `detect.rs` | the start of the input: which format it is |
//! | `block.rs` | many usual lines of text at once |
//! | `text.rs` | a token a line, or with commas, semicolons or white space between them |
//! | `layout.rs` | whether such text is a table after all |
//! | `csv.rs` | one column of a table with a header |
//! | `json.rs` | strings in an array, members of objects, one value or many |

mod block;
mod csv;
mod detect;
mod json;
mod layout;
mod text;

pub use block::Block;
use csv::CsvReader;
use json::JsonReader;
use text::TextReader;

use crate::text::decimal;

/// So much of what may be a token is kept; a longer one stays too long.
const MOST_KEPT: usize = 1024;

/// What the input is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A token a line, or several with commas, semicolons or white space between them. `#` at the start of a line, or behind
    /// white space, begins a comment; quotes around a token are taken off.
    Text,
    /// A table with a header (RFC 4180, and what spreadsheets make of it), separated by comma, semicolon or tab.
    Csv,
    /// One JSON value: an array of strings, or of objects with a member `face_token`; or an object with a member
    /// `face_tokens`.
    Json,
    /// JSON values one after the other, by custom one a line.
    JsonLines,
}

/// Which column of a table, or which member of the objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// By its name; letter case, spaces, `_` and `-` do not count.
    Name(String),
    /// By its number, from 0; for tables only.
    Number(usize),
}

/// Why an input cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// What is wrong.
    pub kind: Unreadable,
    /// The line, from 1.
    pub line: u64,
    /// The names of the columns that there are, where the right one was not found.
    pub columns: Vec<String>,
}

/// What can be wrong with an input as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// UTF-16 instead of UTF-8.
    Utf16,
    /// A spreadsheet's own file, an archive, a PDF.
    Binary,
    /// A web page or other markup.
    Markup,
    /// Rows of several columns, none of which is known to hold tokens.
    Table,
    /// The column is not there.
    NoColumn,
    /// More than one column has the name.
    ManyColumns,
    /// No object has the member.
    NoMember,
    /// A member of objects was said by a number.
    NoNumber,
    /// A quote that never ends.
    Quote,
    /// Not JSON.
    Json,
    /// JSON that is nested too deeply.
    Depth,
}

impl ReadError {
    const fn new(kind: Unreadable, line: u64) -> Self {
        Self {
            kind,
            line,
            columns: Vec::new(),
        }
    }

    /// A word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.kind {
            Unreadable::Utf16 => "UTF_16",
            Unreadable::Binary => "NOT_TEXT",
            Unreadable::Markup => "MARKUP",
            Unreadable::Table => "UNKNOWN_TABLE",
            Unreadable::NoColumn => "NO_SUCH_COLUMN",
            Unreadable::ManyColumns => "AMBIGUOUS_COLUMN",
            Unreadable::NoMember | Unreadable::NoNumber => "NO_SUCH_MEMBER",
            Unreadable::Quote => "UNENDED_QUOTE",
            Unreadable::Json => "MALFORMED_JSON",
            Unreadable::Depth => "NESTED_TOO_DEEPLY",
        }
    }

    /// A sentence for people, which continues "source …". Of the content it shows the names of columns at the most.
    #[must_use]
    pub fn problem(&self) -> String {
        let problem = match self.kind {
            Unreadable::Utf16 => "is UTF-16 text; save it as UTF-8",
            Unreadable::Binary => {
                "is not text but a spreadsheet's own file, an archive or a document; export it as CSV"
            }
            Unreadable::Markup => "is a web page or other markup, whatever its name says",
            Unreadable::Table => {
                "looks like a table whose first line names no column face_token; \
                 say which column, or that its format is text"
            }
            Unreadable::NoColumn => "has no such column",
            Unreadable::ManyColumns => "has several such columns; say which by its number, from 0",
            Unreadable::NoMember => "has no object with a member face_token; say by column how it is called",
            Unreadable::NoNumber => {
                "is JSON, whose members have no numbers; say the member with the tokens by its name"
            }
            Unreadable::Quote => "has a quote that never ends, from line ",
            Unreadable::Json => "is not JSON, on line ",
            Unreadable::Depth => "is nested too deeply, on line ",
        };
        let mut text = problem.to_owned();
        if matches!(self.kind, Unreadable::Quote | Unreadable::Json | Unreadable::Depth) {
            text.push_str(&decimal(self.line));
        }
        if self.kind == Unreadable::NoColumn && self.columns.is_empty() {
            text.push_str("; its first line is no header");
        }
        if !self.columns.is_empty() {
            text.push_str("; there are: ");
            for (at, name) in self.columns.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { ", " });
                text.push_str(name);
            }
        }
        text
    }
}

/// Where candidates go: bytes that stand where a token is to be, and their line.
pub type Sink<'a> = &'a mut dyn FnMut(&[u8], u64);

/// Reads an input in pieces.
#[derive(Debug)]
pub struct TokenReader {
    column: Option<Column>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The start of the input, until there is enough to tell the format by.
    Start {
        said: Option<Format>,
        seen: Vec<u8>,
    },
    Text(TextReader),
    Csv(CsvReader),
    Json(JsonReader),
}

impl TokenReader {
    /// Without a format it is told by the start of the input.
    #[must_use]
    pub const fn new(format: Option<Format>, column: Option<Column>) -> Self {
        Self {
            column,
            state: State::Start {
                said: format,
                seen: Vec::new(),
            },
        }
    }

    /// The format, once it is known.
    #[must_use]
    pub const fn format(&self) -> Option<Format> {
        match &self.state {
            State::Start { said, .. } => *said,
            State::Text(_) => Some(Format::Text),
            State::Csv(_) => Some(Format::Csv),
            State::Json(reader) => Some(reader.format()),
        }
    }

    /// The name of the column, once it is known.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match &self.state {
            State::Csv(reader) => reader.column(),
            _ => None,
        }
    }

    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8], sink: Sink<'_>) -> Result<(), ReadError> {
        let State::Start { seen, .. } = &mut self.state else {
            return self.read(piece, sink);
        };
        let (start, rest) = piece.split_at(piece.len().min(detect::ENOUGH - seen.len()));
        seen.extend_from_slice(start);
        if seen.len() == detect::ENOUGH {
            self.begin(sink)?;
            self.read(rest, sink)?;
        }
        Ok(())
    }

    /// Takes the next piece, and hands on usual lines of text many at a time.
    pub fn push_in_blocks<T>(
        &mut self,
        mut piece: &[u8],
        to: &mut T,
        take_block: fn(&mut T, &Block),
        take: fn(&mut T, &[u8], u64),
    ) -> Result<(), ReadError> {
        while !piece.is_empty() {
            let State::Text(reader) = &mut self.state else {
                return self.push(piece, &mut |candidate, line| take(to, candidate, line));
            };
            if let Some((block, rest)) = reader.take_block(piece) {
                take_block(to, &block);
                piece = rest;
            } else {
                // To the end of what is no usual line, or of one whose start was in the piece before.
                let end = piece.iter().position(|byte| *byte == b'\n');
                let (line, rest) = piece.split_at(end.map_or(piece.len(), |end| end + 1));
                reader.push(line, &mut |candidate, line| take(to, candidate, line))?;
                piece = rest;
            }
        }
        Ok(())
    }

    /// There is no more.
    pub fn finish(&mut self, sink: Sink<'_>) -> Result<(), ReadError> {
        if matches!(self.state, State::Start { .. }) {
            self.begin(sink)?;
        }
        match &mut self.state {
            State::Start { .. } => Ok(()),
            State::Text(reader) => reader.finish(sink),
            State::Csv(reader) => reader.finish(sink),
            State::Json(reader) => reader.finish(sink),
        }
    }

    /// Settles the format, and reads what it was told by.
    fn begin(&mut self, sink: Sink<'_>) -> Result<(), ReadError> {
        let State::Start { said, seen } = &mut self.state else {
            return Ok(());
        };
        let seen = core::mem::take(seen);
        let start = seen.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&seen);
        let is_said = said.is_some();
        let format = detect::format(start, *said, self.column.is_some())?;
        match (format, &self.column) {
            (Format::Text, Some(_)) => return Err(ReadError::new(Unreadable::NoColumn, 1)),
            (Format::Json | Format::JsonLines, Some(Column::Number(_))) => {
                return Err(ReadError::new(Unreadable::NoNumber, 1));
            }
            _ => {}
        }
        self.state = match format {
            Format::Text => State::Text(TextReader::new(is_said)),
            Format::Csv => State::Csv(CsvReader::new(self.column.take(), detect::delimiter(start))),
            Format::Json | Format::JsonLines => State::Json(JsonReader::new(format, !is_said, self.column.take())),
        };
        self.read(start, sink)
    }

    fn read(&mut self, piece: &[u8], sink: Sink<'_>) -> Result<(), ReadError> {
        match &mut self.state {
            State::Start { .. } => Ok(()),
            State::Text(reader) => reader.push(piece, sink),
            State::Csv(reader) => reader.push(piece, sink),
            State::Json(reader) => reader.push(piece, sink),
        }
    }
}

/// Counts lines that end with LF, CR or both.
#[derive(Debug)]
struct Lines {
    now: u64,
    after_cr: bool,
}

impl Default for Lines {
    fn default() -> Self {
        Self {
            now: 1,
            after_cr: false,
        }
    }
}

impl Lines {
    const fn see(&mut self, byte: u8) {
        match byte {
            b'\n' if self.after_cr => {}
            b'\n' | b'\r' => self.now += 1,
            _ => {}
        }
        self.after_cr = byte == b'\r';
    }
}

/// A candidate that is gathered byte by byte, no longer than it takes to see that it is too long.
#[derive(Debug, Default)]
struct Held(Vec<u8>);

impl Held {
    fn add(&mut self, byte: u8) {
        if self.0.len() < MOST_KEPT {
            self.0.push(byte);
        }
    }

    fn extend(&mut self, bytes: &[u8]) {
        let room = MOST_KEPT - self.0.len();
        self.0.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }

    /// Without the white space around it; but what may have been cut stays as long as it is.
    fn trimmed(&self) -> &[u8] {
        if self.0.len() < MOST_KEPT {
            self.0.trim_ascii()
        } else {
            &self.0
        }
    }
}

/// Whether nothing was cut off a name, which may go on otherwise.
const fn is_whole(name: &[u8]) -> bool {
    name.len() < MOST_KEPT
}

/// What counts of a name, as names of columns are compared. (The letter case of all of Unicode would take 12 KB of
/// WebAssembly.)
fn plain_name(name: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(name.len());
    for byte in name {
        if !matches!(byte, b' ' | b'_' | b'-' | b'\t') {
            plain.push(byte.to_ascii_lowercase());
        }
    }
    plain
}

/// Whether a name says that face tokens are under it, as [`plain_name`] would.
fn names_tokens(name: &[u8]) -> bool {
    let mut rest: &[u8] = b"facetokens";
    for byte in name {
        match rest.split_first() {
            _ if matches!(byte, b' ' | b'_' | b'-' | b'\t') => {}
            Some((next, behind)) if byte.to_ascii_lowercase() == *next => rest = behind,
            _ => return false,
        }
    }
    matches!(rest, b"" | b"s")
}

const fn ends_line(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}
