//! The server's answer, read but not yet judged.
//!
//! Which JSON parser reads it is not fixed here: in JavaScript it is the host's own, which costs no download; natively it
//! is serde_json (feature `json`). Both fill the same [`Body`].

use crate::replay::is_request_id;
use crate::text::{is_code, split};

/// An answer of the server, or of something in between.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The HTTP status; 0 where a browser hides a redirect.
    pub status: u16,
    /// What the body holds.
    pub content: Content,
    /// `Retry-After`, in milliseconds from now.
    pub retry_after_ms: Option<u64>,
    /// If the clock that made the signature was off, as `Date` shows: see [`clock::correction`](crate::clock::correction).
    pub clock_correction: Option<i32>,
    /// Whether it is a replay: its request id was seen before, or a cache answered. It proves nothing about the request.
    pub replayed: bool,
}

impl Response {
    /// An answer whose headers say nothing.
    #[must_use]
    pub const fn new(status: u16, content: Content) -> Self {
        Self {
            status,
            content,
            retry_after_ms: None,
            clock_correction: None,
            replayed: false,
        }
    }

    /// The server's request id, if it gave one.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match &self.content {
            Content::Object(body) => body.request_id.value().map(String::as_str),
            Content::Other => None,
        }
    }
}

/// What the body of an answer holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A JSON object.
    Object(Body),
    /// Anything else, such as a gateway's page. It proves nothing.
    Other,
}

/// The documented members of an answer's JSON object; others are ignored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// `error`, or `error_message` as a sibling product has it. Empty text is no error.
    pub error: Member<String>,
    /// `request_id`
    pub request_id: Member<String>,
    /// `time_used`, in milliseconds
    pub time_used: Member<f64>,
    /// `group_id`
    pub group_id: Member<String>,
    /// `face_removed`
    pub face_removed: Member<u64>,
    /// `face_count`
    pub face_count: Member<u64>,
    /// `failure_detail`
    pub failure_detail: Member<Vec<FailureDetail>>,
}

/// One entry of `failure_detail`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureDetail {
    /// `face_token`
    pub face_token: String,
    /// `reason`; empty if there is none.
    pub reason: String,
}

/// A member of a JSON object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Member<T> {
    /// It is not there, or `null`.
    #[default]
    Missing,
    /// It is there, and not of the documented type.
    Unusable,
    /// It is there.
    Is(T),
}

impl<T> Member<T> {
    /// The value, if it is there as documented.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Missing | Self::Unusable => None,
        }
    }
}

impl Body {
    /// Whether it says that the server acted on a token, which an error beside it contradicts.
    #[must_use]
    pub const fn claims_an_effect(&self) -> bool {
        let says_nothing_removed = matches!(self.face_removed, Member::Missing | Member::Is(0));
        let lists_no_failure = match &self.failure_detail {
            Member::Missing => true,
            Member::Unusable => false,
            Member::Is(entries) => entries.is_empty(),
        };
        !(says_nothing_removed && lists_no_failure)
    }

    /// The server's id of the request, if it is fit to be shown. Text in another form than the documented one may be a part of
    /// the request, such as a token.
    #[must_use]
    pub fn shown_request_id(&self) -> Option<String> {
        let id = self.request_id.value()?;
        is_request_id(id).then(|| id.clone())
    }
}

/// The longest word of the server's that is shown. Face tokens and signatures are longer.
const MAX_WORD: usize = 24;

/// A reason that the server gave for a token, fit to be shown: without control characters, and [`UNKNOWN_REASON`] in place
/// of none, and of text that could be a part of the request, such as a signature or a token.
#[must_use]
pub fn shown_reason(reason: &str) -> String {
    const MAX_REASON: usize = 128;
    let mut shown = String::new();
    for character in reason
        .chars()
        .filter(|character| !is_hidden(*character))
        .take(MAX_REASON + 1)
    {
        shown.push(character);
    }
    let shown = shown.trim_ascii();
    let words_are_short = || split(shown, b' ').all(|word| word.len() <= MAX_WORD);
    if (1..=MAX_REASON).contains(&shown.len()) && (is_code(shown) || words_are_short()) {
        shown.to_owned()
    } else {
        UNKNOWN_REASON.to_owned()
    }
}

/// In place of a reason that is missing or cannot be shown.
pub const UNKNOWN_REASON: &str = "UNKNOWN_REASON";

/// Control characters, and those that have no width or change the direction of text.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

#[cfg(feature = "json")]
mod json {
    use serde_json::Value;

    use super::{Body, Content, FailureDetail, Member};

    impl Content {
        /// Reads a body.
        #[must_use]
        pub fn parse(body: &[u8]) -> Self {
            // JSON must not start with a byte order mark, and some gateways write one all the same.
            let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
            match serde_json::from_slice(body) {
                Ok(Value::Object(members)) => {
                    let member = |name| members.get(name);
                    Self::Object(Body {
                        error: super::error_of(text(member("error")), || text(member("error_message"))),
                        request_id: text(member("request_id")),
                        time_used: typed(member("time_used"), duration),
                        group_id: text(member("group_id")),
                        face_removed: count(member("face_removed")),
                        face_count: count(member("face_count")),
                        failure_detail: typed(member("failure_detail"), failure_detail),
                    })
                }
                _ => Self::Other,
            }
        }
    }

    fn typed<T>(value: Option<&Value>, read: impl Fn(&Value) -> Option<T>) -> Member<T> {
        match value {
            None | Some(Value::Null) => Member::Missing,
            Some(value) => read(value).map_or(Member::Unusable, Member::Is),
        }
    }

    fn text(value: Option<&Value>) -> Member<String> {
        typed(value, |value| value.as_str().map(str::to_owned))
    }

    fn count(value: Option<&Value>) -> Member<u64> {
        // As JavaScript sees it: 1.0 is 1, and beyond 2⁵³ there is no telling.
        typed(value, |value| match value {
            Value::String(text) => super::count_of_text(text),
            _ => super::count(value.as_f64()?),
        })
    }

    fn duration(value: &Value) -> Option<f64> {
        match value {
            Value::String(text) => super::count_of_text(text).map(|count| count as f64),
            _ => super::duration(value.as_f64()?),
        }
    }

    fn failure_detail(value: &Value) -> Option<Vec<FailureDetail>> {
        let entry = |entry: &Value| {
            Some(FailureDetail {
                face_token: entry.get("face_token")?.as_str()?.to_owned(),
                reason: entry
                    .get("reason")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
            })
        };
        value.as_array()?.iter().map(entry).collect()
    }
}

/// `error` if it says anything, else `error_message`.
#[cfg(any(feature = "js", feature = "json"))]
pub(crate) fn error_of(error: Member<String>, error_message: impl FnOnce() -> Member<String>) -> Member<String> {
    let says_something = |member: &Member<String>| match member {
        Member::Missing => false,
        Member::Unusable => true,
        Member::Is(text) => !text.is_empty(),
    };
    let error = if says_something(&error) { error } else { error_message() };
    if says_something(&error) { error } else { Member::Missing }
}

/// A duration in milliseconds, if it is one.
#[cfg(any(feature = "js", feature = "json"))]
pub(crate) fn duration(number: f64) -> Option<f64> {
    (number.is_finite() && number >= 0.0).then_some(number)
}

/// A count as decimal text, if it is in the one form that JSON has for it as well.
#[cfg(any(feature = "js", feature = "json"))]
pub(crate) fn count_of_text(text: &str) -> Option<u64> {
    let is_canonical = text == "0" || !text.starts_with('0');
    crate::text::number(text).filter(|count| is_canonical && *count <= LARGEST_COUNT)
}

/// Beyond 2⁵³ JavaScript's numbers lose digits.
#[cfg(any(feature = "js", feature = "json"))]
const LARGEST_COUNT: u64 = 9_007_199_254_740_991;

/// A count as JSON has it, if it is one.
#[cfg(any(feature = "js", feature = "json"))]
pub(crate) fn count(number: f64) -> Option<u64> {
    ((0.0..=LARGEST_COUNT as f64).contains(&number) && number.fract() == 0.0).then_some(number as u64)
}
