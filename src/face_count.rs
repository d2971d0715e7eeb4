//! *get_size*: how many faces a library holds. The harmless signed read, for trying a connection and for receipts.

use crate::answer::Member;
use crate::error::Failure;
use crate::exchange::{Exchange, Transport};
use crate::multipart::{self, Boundary, BoundaryCollision, Value};
use crate::signature::Sign;
use crate::token::GroupId;
use crate::wiped::Wiped;

/// One call.
#[derive(Debug)]
pub struct FaceCount {
    group: GroupId,
}

/// A consistent answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Size {
    /// The server's id of the request, if it gave one that is fit to be shown.
    pub request_id: Option<String>,
    /// How long the server took, in milliseconds, if it said so.
    pub time_used: Option<f64>,
    /// How many tokens the library holds.
    pub face_count: u64,
}

impl FaceCount {
    /// The path behind the base URL.
    pub const PATH: &'static str = "/search/group/get_size";

    /// Asks for the size of the library.
    #[must_use]
    pub const fn new(group: GroupId) -> Self {
        Self { group }
    }

    /// The library.
    #[must_use]
    pub const fn group(&self) -> &GroupId {
        &self.group
    }

    /// The body of one attempt.
    pub fn body(&self, sign: &Sign, boundary: &Boundary) -> Result<Wiped, BoundaryCollision> {
        multipart::encode(
            &[
                ("sign", Value::Text(sign.as_str())),
                ("sign_version", Value::Text("hmac_sha1")),
                ("group_id", Value::Text(self.group.as_str())),
            ],
            boundary,
        )
    }

    /// What an exchange says: the size, or why there is none.
    pub fn judge(&self, exchange: Exchange, transport: Transport) -> Result<Size, Failure> {
        let success = exchange.success(transport)?;
        let body = &success.body;
        let face_count = *body.face_count.value().ok_or_else(|| success.malformed())?;
        // It may be missing: a response belongs to the request that it answers.
        match &body.group_id {
            Member::Missing => {}
            Member::Is(group) if group == self.group.as_str() => {}
            Member::Is(_) | Member::Unusable => return Err(success.about_another_library()),
        }
        Ok(Size {
            request_id: body.shown_request_id(),
            time_used: body.time_used.value().copied(),
            face_count,
        })
    }
}
