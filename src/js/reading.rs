//! Reads a source and sorts it out, as the facade hands it over piece by piece.

use std::cell::RefCell;
use std::sync::Arc;

use js_sys::{Array, Object, Uint32Array};
use wasm_bindgen::prelude::*;

use super::convert::object;
use super::refusal::Refusal;
use super::settings::random;
use crate::deletion::{Options, Run};
use crate::replay::SeenRequests;
use crate::selection::{ExceptionKind, Pushed, Selection};
use crate::text::hex;
use crate::token::GroupId;
use crate::token_reader::{Column, Format, ReadError, TokenReader};

/// A list of tokens, while it is read and afterwards.
#[wasm_bindgen]
#[allow(missing_debug_implementations, reason = "never shown: it holds tokens")]
pub struct Reading {
    group: GroupId,
    state: RefCell<State>,
}

struct State {
    /// Until it is read to its end.
    reader: Option<TokenReader>,
    selection: Arc<Selection>,
    bytes: f64,
    /// How many bytes there will be; 0 if that is not known.
    size: f64,
    format: Option<Format>,
    column: Option<String>,
}

#[wasm_bindgen]
impl Reading {
    /// `format` is one of the facade's words, `column` a name or a number; what is undefined is found out. Throws a
    /// description of what is wrong.
    #[wasm_bindgen(constructor)]
    pub fn new(group_id: &str, format: Option<String>, column: &JsValue) -> Result<Self, JsValue> {
        let group = GroupId::parse(group_id).map_err(|invalid| Refusal::from(invalid).describe())?;
        let format = match format.as_deref() {
            Some("text") => Some(Format::Text),
            Some("csv") => Some(Format::Csv),
            Some("json") => Some(Format::Json),
            Some("json-lines") => Some(Format::JsonLines),
            _ => None,
        };
        let number = column.as_f64().map(|number| Column::Number(number as usize));
        let column = column.as_string().map(Column::Name).or(number);
        let seed = random().map_err(|refusal| refusal.describe())?;
        Ok(Self {
            group,
            state: RefCell::new(State {
                reader: Some(TokenReader::new(format, column)),
                selection: Arc::new(Selection::seeded(u64::from_le_bytes(seed))),
                bytes: 0.0,
                size: 0.0,
                format: None,
                column: None,
            }),
        })
    }

    /// The source has so many bytes in all. It only makes reading faster.
    pub fn expect(&self, size: f64) {
        self.state.borrow_mut().size = size;
    }

    /// Takes a piece of a file. Gives a description of what is wrong, or nothing.
    pub fn push(&self, piece: &[u8]) -> Option<Object> {
        let State {
            reader,
            selection,
            bytes,
            size,
            ..
        } = &mut *self.state.borrow_mut();
        let (reader, selection) = (reader.as_mut()?, Arc::get_mut(selection)?);
        // By what the pieces before held; nothing is as good as no piece.
        selection.expect((selection.count() as f64 * (*size / *bytes)) as usize);
        *bytes += piece.len() as f64;
        let mut sorted = (selection, false);
        let read = reader.push_in_blocks(
            piece,
            &mut sorted,
            |(selection, full), block| *full |= !selection.push_block(block),
            |(selection, full), candidate, line| *full |= selection.push_bytes(candidate, line) == Pushed::Full,
        );
        described(read, sorted.1)
    }

    /// Takes tokens with a line feed between each two.
    #[wasm_bindgen(js_name = pushTokens)]
    pub fn push_tokens(&self, joined: &[u8]) -> Option<Object> {
        let state = &mut *self.state.borrow_mut();
        // It is no file after all.
        state.reader = None;
        let selection = Arc::get_mut(&mut state.selection)?;
        let all = selection.push_joined(joined);
        described(Ok(()), !all)
    }

    /// There is no more.
    pub fn finish(&self) -> Option<Object> {
        let state = &mut *self.state.borrow_mut();
        let selection = Arc::get_mut(&mut state.selection)?;
        let mut wrong = None;
        if let Some(mut reader) = state.reader.take()
            && state.bytes > 0.0
        {
            let mut full = false;
            let read = reader.finish(&mut |candidate, line| {
                full |= selection.push_bytes(candidate, line) == Pushed::Full;
            });
            state.format = reader.format();
            state.column = reader.column().map(str::to_owned);
            wrong = described(read, full);
        }
        selection.close();
        wrong
    }

    /// What was read so far.
    pub fn facts(&self) -> Object {
        let state = self.state.borrow();
        let number = |count: u64| JsValue::from(count as f64);
        let format = state.format.map(|format| match format {
            Format::Text => "text",
            Format::Csv => "csv",
            Format::Json => "json",
            Format::JsonLines => "json-lines",
        });
        object(&[
            ("bytes", state.bytes.into()),
            ("total", number(state.selection.total())),
            ("distinct", number(state.selection.count() as u64)),
            ("duplicates", number(state.selection.duplicates())),
            ("invalid", number(state.selection.invalid())),
            ("format", format.map_or(JsValue::UNDEFINED, JsValue::from)),
            (
                "column",
                state.column.as_deref().map_or(JsValue::UNDEFINED, JsValue::from),
            ),
            ("fingerprint", hex(&state.selection.fingerprint()).into()),
        ])
    }

    /// A page of the positions that are never sent; see [`exceptions`].
    pub fn exceptions(&self, page: u32) -> Object {
        exceptions(&self.state.borrow().selection, page)
    }
}

impl Reading {
    /// What a journal says of a run of what was read.
    pub(super) fn restored(&self, server: &str, journal: &[u8], seen: &mut SeenRequests) -> Result<Run, Refusal> {
        let selection = Arc::clone(&self.state.borrow().selection);
        Run::restored(server, self.group.clone(), selection, journal, seen)
            .map_err(|unusable| Refusal::unresumable(unusable.code(), unusable.problem()))
    }

    /// A run for what was read.
    pub(super) fn run(&self, options: Options) -> Run {
        Run::new(self.group.clone(), Arc::clone(&self.state.borrow().selection), options)
    }
}

fn described(read: Result<(), ReadError>, full: bool) -> Option<Object> {
    match read {
        Err(error) => Some(Refusal::unreadable(error.code(), &error.problem()).describe()),
        Ok(()) if full => {
            Some(Refusal::unreadable("TOO_LONG", "holds more than four thousand million entries").describe())
        }
        Ok(()) => None,
    }
}

/// A page of the positions of an input that are never sent: `{ more, indexes, lines, firsts, tokens, problems }`. `firsts`
/// has the position in the input of the token that is repeated, or 2³²−1 for what is no token, whose problem is then in
/// `problems`; `tokens` are the repeated ones, joined by commas.
pub fn exceptions(selection: &Selection, page: u32) -> Object {
    let (mut indexes, mut lines, mut firsts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut tokens, problems) = (String::new(), Array::new());
    for exception in selection.exceptions_of_page(page as usize) {
        indexes.push(exception.index);
        lines.push(exception.line as f64);
        match exception.kind {
            ExceptionKind::Invalid(fault) => {
                firsts.push(u32::MAX);
                problems.push(&fault.problem().into());
            }
            ExceptionKind::DuplicateOf(position) => {
                firsts.push(selection.index_of(position as usize).unwrap_or(0) as u32);
                if let Some(text) = selection.token(position as usize) {
                    tokens.push_str(text.as_str());
                }
                tokens.push(',');
            }
        }
    }
    object(&[
        ("more", (page as usize + 1 < selection.pages_of_exceptions()).into()),
        ("indexes", Uint32Array::from(indexes.as_slice()).into()),
        ("lines", js_sys::Float64Array::from(lines.as_slice()).into()),
        ("firsts", Uint32Array::from(firsts.as_slice()).into()),
        ("tokens", tokens.into()),
        ("problems", problems.into()),
    ])
}
