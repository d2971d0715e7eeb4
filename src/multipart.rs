//! `multipart/form-data` bodies (RFC 7578), written into one allocation of the right size.
//!
//! It writes text fields only: that is all this API takes.

use crate::selection::Batch;
use crate::text::{hex, joined};
use crate::wiped::Wiped;

/// The line between two fields: a fixed prefix and 128 random bits in hex.
///
/// The randomness must be unpredictable: someone who can guess a boundary and choose a field's value can inject fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary(String);

/// A field's value contains the boundary. By chance it happens once in 2¹²⁸ bodies: draw new random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoundaryCollision;

impl core::fmt::Display for BoundaryCollision {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a field contains the boundary")
    }
}

impl core::error::Error for BoundaryCollision {}

impl Boundary {
    const PREFIX: &str = "--finauth-";

    /// Makes a boundary from 128 bits of a cryptographic generator.
    #[must_use]
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(joined(&[Self::PREFIX, &hex(&bytes)]))
    }

    /// The request's `Content-Type`.
    #[must_use]
    pub fn content_type(&self) -> String {
        joined(&["multipart/form-data; boundary=", &self.0])
    }

    fn occurs_in(&self, value: &str) -> bool {
        // A whole search at each position would cost more than signing; tokens hardly ever hold the first byte.
        let first = Self::PREFIX.as_bytes().first().copied();
        let bytes = value.as_bytes();
        bytes.iter().enumerate().any(|(at, byte)| {
            Some(*byte) == first && bytes.get(at..).is_some_and(|rest| rest.starts_with(self.0.as_bytes()))
        })
    }
}

/// A field's value.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// Any text.
    Text(&'a str),
    /// Tokens, joined by commas as they are written.
    Tokens(Batch<'a>),
}

impl Value<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Tokens(batch) => batch.joined_len(),
        }
    }

    fn write(&self, to: &mut Vec<u8>) {
        match self {
            Self::Text(text) => to.extend_from_slice(text.as_bytes()),
            Self::Tokens(batch) => batch.write_joined(to),
        }
    }

    /// A boundary holds dashes and no comma, so it can occur only within a token that is more than hex digits.
    fn holds(&self, boundary: &Boundary) -> bool {
        match self {
            Self::Text(text) => boundary.occurs_in(text),
            Self::Tokens(batch) => batch.texts().any(|text| boundary.occurs_in(text)),
        }
    }
}

/// Writes the fields in their order. Names are ours and hold no quote or line end; values may hold anything but the
/// boundary. The body is wiped when dropped, since it holds a signature.
pub fn encode(fields: &[(&'static str, Value<'_>)], boundary: &Boundary) -> Result<Wiped, BoundaryCollision> {
    const DISPOSITION: &str = "\r\nContent-Disposition: form-data; name=\"";

    if fields.iter().any(|(_, value)| value.holds(boundary)) {
        return Err(BoundaryCollision);
    }
    let mark = boundary.0.as_str();
    let field_length = |(name, value): &(&str, Value<'_>)| {
        "--".len() + mark.len() + DISPOSITION.len() + name.len() + "\"\r\n\r\n".len() + value.len() + "\r\n".len()
    };
    let length = fields.iter().map(field_length).sum::<usize>() + "--".len() + mark.len() + "--\r\n".len();
    let mut body = Wiped::with_capacity(length);
    for (name, value) in fields {
        for part in ["--", mark, DISPOSITION, name, "\"\r\n\r\n"] {
            body.extend_from_slice(part.as_bytes());
        }
        value.write(&mut body);
        body.extend_from_slice(b"\r\n");
    }
    for part in ["--", mark, "--\r\n"] {
        body.extend_from_slice(part.as_bytes());
    }
    debug_assert_eq!(body.len(), length, "the body's length is known beforehand");
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_takes_one_allocation_of_its_exact_size() {
        let body = encode(
            &[("group_id", Value::Text("g")), ("face_tokens", Value::Text("a,b"))],
            &Boundary::from_random([1; 16]),
        )
        .unwrap();
        assert_eq!(body.capacity(), body.len());
    }

    #[test]
    fn a_value_that_holds_the_boundary_is_refused() {
        let boundary = Boundary::from_random([0xab; 16]);
        let hostile = format!("x\r\n--{}\r\ninjected", boundary.0);
        assert_eq!(
            encode(&[("a", Value::Text(&hostile))], &boundary).unwrap_err(),
            BoundaryCollision
        );
        assert!(encode(&[("a", Value::Text("--finauth-"))], &boundary).is_ok());
    }

    #[test]
    fn the_boundary_fits_the_limits_of_rfc_2046() {
        let Boundary(text) = Boundary::from_random([0xff; 16]);
        assert!(text.len() <= 70);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    }
}
