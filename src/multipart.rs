//! `multipart/form-data` bodies (RFC 7578), written into one allocation of the right size.
//!
//! It writes text fields only: that is all this API takes.

use zeroize::Zeroizing;

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
        let mut text = String::with_capacity(Self::PREFIX.len() + 2 * bytes.len());
        text.push_str(Self::PREFIX);
        for byte in bytes {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
        }
        Self(text)
    }

    /// The request's `Content-Type`.
    #[must_use]
    pub fn content_type(&self) -> String {
        ["multipart/form-data; boundary=", &self.0].concat()
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

/// Writes the fields in their order. Names are ours and hold no quote or line end; values may hold anything but the
/// boundary. The body is wiped when dropped, since it holds a signature.
pub fn encode(fields: &[(&'static str, &str)], boundary: &Boundary) -> Result<Zeroizing<Vec<u8>>, BoundaryCollision> {
    const DISPOSITION: &str = "\r\nContent-Disposition: form-data; name=\"";

    if fields.iter().any(|(_, value)| boundary.occurs_in(value)) {
        return Err(BoundaryCollision);
    }
    let mark = boundary.0.as_str();
    let field_length = |(name, value): &(&str, &str)| {
        "--".len() + mark.len() + DISPOSITION.len() + name.len() + "\"\r\n\r\n".len() + value.len() + "\r\n".len()
    };
    let length = fields.iter().map(field_length).sum::<usize>() + "--".len() + mark.len() + "--\r\n".len();
    let mut body = Zeroizing::new(Vec::with_capacity(length));
    for (name, value) in fields {
        for part in ["--", mark, DISPOSITION, name, "\"\r\n\r\n", value, "\r\n"] {
            body.extend_from_slice(part.as_bytes());
        }
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
            &[("group_id", "g"), ("face_tokens", "a,b")],
            &Boundary::from_random([1; 16]),
        )
        .unwrap();
        assert_eq!(body.capacity(), body.len());
    }

    #[test]
    fn a_value_that_holds_the_boundary_is_refused() {
        let boundary = Boundary::from_random([0xab; 16]);
        let hostile = format!("x\r\n--{}\r\ninjected", boundary.0);
        assert_eq!(encode(&[("a", &hostile)], &boundary).unwrap_err(), BoundaryCollision);
        assert!(encode(&[("a", "--finauth-")], &boundary).is_ok());
    }

    #[test]
    fn the_boundary_fits_the_limits_of_rfc_2046() {
        let Boundary(text) = Boundary::from_random([0xff; 16]);
        assert!(text.len() <= 70);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    }
}
