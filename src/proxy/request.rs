//! What is sent to a proxy.

use super::reply::Instance;
use crate::delete_faces::DeleteFaces;
use crate::face_count::FaceCount;
use crate::multipart::{Boundary, BoundaryCollision};
use crate::signature::Sign;
use crate::text::split;
use crate::wiped::Wiped;

/// A call that a proxy makes for others.
#[derive(Clone, Copy, Debug)]
pub enum Forwarded<'a> {
    /// *Delete Face*.
    DeleteFaces(&'a DeleteFaces<'a>),
    /// *get_size*.
    FaceCount(&'a FaceCount),
}

impl Forwarded<'_> {
    /// What the call is named.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::DeleteFaces(_) => "deleteFaces",
            Self::FaceCount(_) => "getFaceCount",
        }
    }

    /// How many tokens it carries.
    #[must_use]
    pub fn tokens(&self) -> usize {
        match self {
            Self::DeleteFaces(call) => call.batch().count(),
            Self::FaceCount(_) => 0,
        }
    }

    /// The path behind the base URL.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        match self {
            Self::DeleteFaces(_) => DeleteFaces::PATH,
            Self::FaceCount(_) => FaceCount::PATH,
        }
    }

    /// The call as it is sent to the server itself.
    pub fn body(&self, sign: &Sign, boundary: &Boundary) -> Result<Wiped, BoundaryCollision> {
        match self {
            Self::DeleteFaces(call) => call.body(sign, boundary),
            Self::FaceCount(call) => call.body(sign, boundary),
        }
    }

    pub(super) fn group(&self) -> &str {
        match self {
            Self::DeleteFaces(call) => call.group().as_str(),
            Self::FaceCount(call) => call.group().as_str(),
        }
    }
}

/// Asks who is there.
#[must_use]
pub fn hello() -> Wiped {
    Wiped::from(br#"{"v":1}"#.to_vec())
}

/// One attempt, for this instance of the proxy.
#[must_use]
pub fn attempt(instance: &Instance, attempt_id: &str, call: Forwarded<'_>) -> Wiped {
    let mut json = Json(Wiped::default());
    json.raw(r#"{"v":1,"instance":"#);
    json.text(instance.as_str());
    json.raw(r#","attemptId":"#);
    json.text(attempt_id);
    json.raw(r#","api":"#);
    json.text(call.name());
    json.raw(r#","groupId":"#);
    json.text(call.group());
    if let Forwarded::DeleteFaces(deletion) = call {
        json.raw(r#","faceTokens":["#);
        for (at, token) in split(&deletion.batch().joined(), b',').enumerate() {
            json.raw(if at == 0 { "" } else { "," });
            json.text(token);
        }
        json.raw("]");
    }
    json.raw("}");
    json.0
}

struct Json(Wiped);

impl Json {
    fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// A string. What is sent holds no control characters: tokens and names may not.
    fn text(&mut self, text: &str) {
        self.0.push(b'"');
        for &byte in text.as_bytes() {
            if matches!(byte, b'"' | b'\\') {
                self.0.push(b'\\');
            }
            self.0.push(byte);
        }
        self.0.push(b'"');
    }
}
