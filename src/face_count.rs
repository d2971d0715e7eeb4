//! *get_size*: how many faces a library holds. The harmless signed read, for trying a connection and for receipts.

use crate::answer::Body;
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// The server's id of the request.
    pub request_id: String,
    /// How long the server took, in milliseconds.
    pub time_used: u64,
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
        let (group_id, size) = documented(&success.body).ok_or_else(|| success.malformed())?;
        if group_id != self.group.as_str() {
            return Err(success.about_another_library());
        }
        Ok(size)
    }
}

/// The documented members, all of which must be there.
fn documented(body: &Body) -> Option<(&str, Size)> {
    let size = Size {
        request_id: body.request_id.value()?.clone(),
        time_used: *body.time_used.value()?,
        face_count: *body.face_count.value()?,
    };
    Some((body.group_id.value()?, size))
}
