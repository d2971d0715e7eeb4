//! The server's answer, read but not yet judged.
//!
//! Which JSON parser reads it is not fixed here: in JavaScript it is the host's own, which costs no download; natively it
//! is serde_json (feature `json`). Both fill the same [`Body`].

/// An answer of the server, or of something in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status; 0 where a browser hides a redirect.
    pub status: u16,
    /// What the body holds.
    pub content: Content,
    /// `Retry-After`, in milliseconds from now.
    pub retry_after_ms: Option<u64>,
    /// If the clock that made the signature was off, as `Date` shows: see [`clock::correction`](crate::clock::correction).
    pub clock_correction: Option<i32>,
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
        }
    }
}

/// What the body of an answer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A JSON object.
    Object(Body),
    /// Something else, such as a gateway's page. Its start is enough.
    Text(String),
}

/// The documented members of an answer's JSON object; others are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// `error`, or `error_message` as a sibling product has it.
    pub error: Member<String>,
    /// `request_id`
    pub request_id: Member<String>,
    /// `time_used`, in milliseconds
    pub time_used: Member<u64>,
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
    /// `reason`
    pub reason: String,
}

/// A member of a JSON object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Member<T> {
    /// It is not there.
    #[default]
    Missing,
    /// It is there, and not of the documented type; `null` included.
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
    /// Whether it has members that only a success has.
    #[must_use]
    pub const fn claims_success(&self) -> bool {
        !matches!(
            (&self.face_removed, &self.failure_detail),
            (Member::Missing, Member::Missing)
        )
    }

    /// The server's id of the request, if it is fit to be shown: of the documented form, more or less, and too short to be
    /// a signature that the server repeats.
    #[must_use]
    pub fn shown_request_id(&self) -> Option<String> {
        const LONGEST: usize = 64;
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b',' | b'-' | b'_' | b'.' | b':');
        match &self.request_id {
            Member::Is(id) if (1..=LONGEST).contains(&id.len()) && id.bytes().all(legal) => Some(id.clone()),
            _ => None,
        }
    }
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
                        error: text(member("error").or_else(|| member("error_message"))),
                        request_id: text(member("request_id")),
                        time_used: count(member("time_used")),
                        group_id: text(member("group_id")),
                        face_removed: count(member("face_removed")),
                        face_count: count(member("face_count")),
                        failure_detail: typed(member("failure_detail"), failure_detail),
                    })
                }
                _ => Self::Text(String::from_utf8_lossy(body).into_owned()),
            }
        }
    }

    fn typed<T>(value: Option<&Value>, read: impl Fn(&Value) -> Option<T>) -> Member<T> {
        value.map_or(Member::Missing, |value| {
            read(value).map_or(Member::Unusable, Member::Is)
        })
    }

    fn text(value: Option<&Value>) -> Member<String> {
        typed(value, |value| value.as_str().map(str::to_owned))
    }

    fn count(value: Option<&Value>) -> Member<u64> {
        // As JavaScript sees it: 1.0 is 1, and beyond 2⁵³ there is no telling.
        typed(value, |value| super::count(value.as_f64()?))
    }

    fn failure_detail(value: &Value) -> Option<Vec<FailureDetail>> {
        let entry = |entry: &Value| {
            Some(FailureDetail {
                face_token: entry.get("face_token")?.as_str()?.to_owned(),
                reason: entry.get("reason")?.as_str()?.to_owned(),
            })
        };
        value.as_array()?.iter().map(entry).collect()
    }
}

/// A count as JSON has it, if it is one.
#[cfg(any(feature = "js", feature = "json"))]
pub(crate) fn count(number: f64) -> Option<u64> {
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    ((0.0..=LARGEST).contains(&number) && number.fract() == 0.0).then_some(number as u64)
}
