//! One column of a table with a header.

use super::{Column, Held, Lines, ReadError, Sink, Unreadable, is_whole, names_tokens, plain_name};
use crate::text::readable;

/// Names of columns that an error shows, and of each so many characters.
const MOST_SHOWN: usize = 12;
const LONGEST_SHOWN: usize = 40;

/// Far more than any header has.
const MOST_COLUMNS: usize = 65_536;

#[derive(Debug)]
pub struct CsvReader {
    wanted: Option<Column>,
    delimiter: u8,
    lines: Lines,
    state: Cell,
    /// The number of the present cell, and the line on which its row began.
    cell: usize,
    row_line: u64,
    /// The present cell, as far as it is of interest.
    held: Held,
    /// Whether the row has anything in it.
    begun: bool,
    /// The header, until it is read to its end.
    header: Vec<String>,
    /// The column, once the header is read.
    column: Option<(usize, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Start,
    Bare,
    Quoted {
        from: u64,
    },
    /// A quote within quotes: the end, or the first of two that stand for one.
    Quote {
        from: u64,
    },
}

impl CsvReader {
    pub fn new(wanted: Option<Column>, delimiter: u8) -> Self {
        Self {
            wanted,
            delimiter,
            lines: Lines::default(),
            state: Cell::Start,
            cell: 0,
            row_line: 1,
            held: Held::default(),
            begun: false,
            header: Vec::new(),
            column: None,
        }
    }

    pub fn column(&self) -> Option<&str> {
        self.column.as_ref().map(|(_, name)| name.as_str())
    }

    pub fn push(&mut self, piece: &[u8], sink: Sink<'_>) -> Result<(), ReadError> {
        for byte in piece {
            self.see(*byte, sink)?;
            self.lines.see(*byte);
        }
        Ok(())
    }

    pub fn finish(&mut self, sink: Sink<'_>) -> Result<(), ReadError> {
        if let Cell::Quoted { from } = self.state {
            return Err(ReadError::new(Unreadable::Quote, from));
        }
        self.end_row(sink)?;
        if self.column.is_none() {
            return Err(self.no_column(Unreadable::NoColumn));
        }
        Ok(())
    }

    fn see(&mut self, byte: u8, sink: Sink<'_>) -> Result<(), ReadError> {
        if !self.begun && self.cell == 0 {
            self.row_line = self.lines.now;
        }
        match (self.state, byte) {
            (Cell::Quoted { from }, b'"') => self.state = Cell::Quote { from },
            (Cell::Quoted { .. }, _) => self.keep(byte),
            (Cell::Quote { from }, b'"') => {
                self.keep(byte);
                self.state = Cell::Quoted { from };
            }
            (_, b'\n' | b'\r') => return self.end_row(sink),
            (_, _) if byte == self.delimiter => {
                self.begun = true;
                self.end_cell(sink);
            }
            (Cell::Quote { .. }, _) => {
                // What goes on after its end is no token, however it is read.
                self.keep(0);
                self.keep(byte);
                self.state = Cell::Bare;
            }
            (Cell::Start, b'"') => {
                self.begun = true;
                self.state = Cell::Quoted { from: self.lines.now };
            }
            _ => {
                self.begun |= !byte.is_ascii_whitespace();
                self.keep(byte);
                self.state = Cell::Bare;
            }
        }
        Ok(())
    }

    /// Keeps what is of interest: the column's cells, and the header.
    fn keep(&mut self, byte: u8) {
        if self.column.as_ref().is_none_or(|(column, _)| *column == self.cell) {
            self.held.add(byte);
        }
    }

    fn end_cell(&mut self, sink: Sink<'_>) {
        match &self.column {
            None if self.header.len() < MOST_COLUMNS => {
                let name = readable(self.held.trimmed());
                self.header.push(name);
            }
            Some((column, _)) if *column == self.cell => sink(self.held.trimmed(), self.row_line),
            _ => {}
        }
        self.held.0.clear();
        self.state = Cell::Start;
        self.cell += 1;
    }

    fn end_row(&mut self, sink: Sink<'_>) -> Result<(), ReadError> {
        if core::mem::take(&mut self.begun) {
            self.end_cell(sink);
            match &self.column {
                None => self.choose()?,
                // Too short a row has no token where one is to be.
                Some((column, _)) if *column >= self.cell => sink(b"", self.row_line),
                Some(_) => {}
            }
        }
        self.held.0.clear();
        self.state = Cell::Start;
        self.cell = 0;
        Ok(())
    }

    /// The header is read: which column is it?
    fn choose(&mut self) -> Result<(), ReadError> {
        if matches!(self.header.as_slice(), [only] if only.starts_with("sep=") && self.row_line == 1) {
            self.header.clear();
            return Ok(());
        }
        // `sep=,` is split at its own delimiter.
        if matches!(self.header.as_slice(), [first, second] if first == "sep=" && second.is_empty()) {
            self.header.clear();
            return Ok(());
        }
        let fits = |(at, name): &(usize, &String)| match &self.wanted {
            Some(Column::Number(number)) => at == number,
            _ if !is_whole(name.as_bytes()) => false,
            Some(Column::Name(wanted)) => plain_name(name.as_bytes()) == plain_name(wanted.as_bytes()),
            None => names_tokens(name.as_bytes()),
        };
        let mut fitting = self.header.iter().enumerate().filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some((at, name)), None) => {
                self.column = Some((at, name.clone()));
                self.header = Vec::new();
                Ok(())
            }
            (None, _) => Err(self.no_column(Unreadable::NoColumn)),
            (Some(_), Some(_)) => Err(self.no_column(Unreadable::ManyColumns)),
        }
    }

    fn no_column(&self, kind: Unreadable) -> ReadError {
        let mut columns = Vec::new();
        // A first line with a token is a row of people's data, which is not to get into a log.
        let is_header = !self.header.iter().any(|name| may_be_token(name));
        for name in self.header.iter().take(MOST_SHOWN).filter(|_| is_header) {
            let end = name.char_indices().nth(LONGEST_SHOWN).map_or(name.len(), |(at, _)| at);
            columns.push(name.get(..end).unwrap_or_default().to_owned());
        }
        ReadError {
            columns,
            ..ReadError::new(kind, self.row_line)
        }
    }
}

/// Whether a cell of the first line is more likely a token than a column's name.
fn may_be_token(cell: &str) -> bool {
    let is_of_token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    cell.len() >= 16 && cell.bytes().all(is_of_token) && cell.bytes().any(|byte| byte.is_ascii_digit())
}
