//! The `sign` field: HMAC-SHA1 over key, validity and nonce, the raw text appended, base64.
//!
//! ```text
//! raw  = "a=" api_key "&b=" expire_time "&c=" current_time "&d=" random
//! sign = base64( hmac_sha1(api_secret, raw) ++ raw )
//! ```
//!
//! The signature does not cover the body: whoever holds an unexpired `sign` can make any call with that key. So
//! [`Sign`] is treated as a secret: it shows nothing in `Debug` and is wiped when dropped.

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use zeroize::{Zeroize, Zeroizing};

use crate::error::InvalidArgument;
use crate::text::{decimal, digits};
use crate::wiped::Wiped;

/// The length of an HMAC-SHA1, in bytes.
const DIGEST: usize = 20;

/// Signs requests for one API key.
///
/// Of the secret only the two inner states of HMAC are kept, computed once; they are wiped on drop.
pub struct Signer {
    api_key: String,
    /// In a box, so that moving the signer leaves no copy behind.
    keyed: Box<Hmac<Sha1>>,
}

impl Signer {
    /// Takes any non-empty key and secret. The secret's bytes are wiped before this returns.
    pub fn new(api_key: &str, mut api_secret: Vec<u8>) -> Result<Self, InvalidArgument> {
        let keyed = keyed(&api_secret);
        api_secret.zeroize();
        wipe_stack();
        let keyed = keyed?;
        if api_key.is_empty() {
            return Err(InvalidArgument::new("apiKey", "must not be empty"));
        }
        Ok(Self {
            api_key: api_key.to_owned(),
            keyed,
        })
    }

    /// Signs one attempt. Each attempt wants a nonce of its own.
    #[must_use]
    pub fn sign(&self, validity: Validity, nonce: &Nonce) -> Sign {
        // The digest's place, and behind it what is signed.
        let mut signed = Wiped::with_capacity(DIGEST + 64 + self.api_key.len());
        signed.extend_from_slice(&[0; DIGEST]);
        let (mut expire_time, mut current_time) = ([0; 20], [0; 20]);
        for part in [
            "a=",
            &self.api_key,
            "&b=",
            digits(validity.expire_time, &mut expire_time),
            "&c=",
            digits(validity.current_time, &mut current_time),
            "&d=",
            &nonce.0,
        ] {
            signed.extend_from_slice(part.as_bytes());
        }
        if let Some((place, raw)) = signed.split_first_chunk_mut::<DIGEST>() {
            let mut mac = Hmac::clone(&self.keyed);
            mac.update(raw);
            *place = mac.finalize().into_bytes().into();
        }
        let mut text = vec![0; signed.len().div_ceil(3) * 4];
        let encoded = STANDARD.encode_slice(&*signed, &mut text);
        debug_assert_eq!(encoded, Ok(text.len()), "the length is known beforehand");
        Sign(Zeroizing::new(String::from_utf8(text).unwrap_or_default()))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(redacted)")
    }
}

/// When a signature was made and when it ends, in UNIX seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    current_time: u64,
    expire_time: u64,
}

impl Validity {
    /// Valid from `current_time` for `ttl` seconds.
    #[must_use]
    pub const fn new(current_time: u64, ttl: u64) -> Self {
        Self {
            current_time,
            expire_time: current_time.saturating_add(ttl),
        }
    }

    /// Valid from `current_time` to `expire_time`; an `expire_time` of 0 makes a signature for a single use.
    pub fn until(current_time: u64, expire_time: u64) -> Result<Self, InvalidArgument> {
        if expire_time != 0 && expire_time <= current_time {
            return Err(InvalidArgument::new(
                "expireTime",
                "must be 0 or later than currentTime (both in UNIX seconds)",
            ));
        }
        Ok(Self {
            current_time,
            expire_time,
        })
    }
}

/// The `random` part: a decimal number kept as text, since a leading zero counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    const MOST_DIGITS: usize = 10;
    const BEYOND: u64 = 10_u64.pow(Self::MOST_DIGITS as u32);

    /// Takes 1 to 10 decimal digits.
    pub fn parse(text: &str) -> Result<Self, InvalidArgument> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if digits && (1..=Self::MOST_DIGITS).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidArgument::new("random", "must be 1 to 10 decimal digits"))
        }
    }

    /// Makes a nonce of ten digits from random bytes. (The remainder favours some values by less than one in a
    /// thousand million, which is of no use to anyone: a nonce has to differ, not to be secret.)
    #[must_use]
    pub fn from_random(bytes: [u8; 8]) -> Self {
        // A one in front keeps the zeros.
        let number = u64::from_le_bytes(bytes) % Self::BEYOND + Self::BEYOND;
        Self(decimal(number).get(1..).unwrap_or_default().to_owned())
    }
}

/// A finished signature. Its text authorises calls: it is shown to the server and to nobody else.
pub struct Sign(Zeroizing<String>);

impl Sign {
    /// A signature that somebody else made; anything but base64 text is refused.
    pub fn from_external(text: String) -> Result<Self, InvalidArgument> {
        let text = Zeroizing::new(text);
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        if !text.is_empty() && text.bytes().all(legal) {
            Ok(Self(text))
        } else {
            Err(InvalidArgument::new(
                "sign",
                "must give the signature as base64 text (standard alphabet)",
            ))
        }
    }

    /// The field's value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sign(redacted)")
    }
}

/// A function of its own, so that the padded key is on a part of the stack that [`wipe_stack`] reaches.
#[inline(never)]
fn keyed(api_secret: &[u8]) -> Result<Box<Hmac<Sha1>>, InvalidArgument> {
    if api_secret.is_empty() {
        return Err(InvalidArgument::new("apiSecret", "must not be empty"));
    }
    let keyed = Hmac::new_from_slice(api_secret);
    keyed
        .map(Box::new)
        .map_err(|_| InvalidArgument::new("apiSecret", "has an unusable length"))
}

/// Overwrites what calls before this one left on the stack: the padded key, copies of the inner states.
#[inline(never)]
pub(crate) fn wipe_stack() {
    // Looked at by nobody knows whom, so that it is written; and in one go, where zeroize goes byte by byte.
    core::hint::black_box(&mut [0_u8; 8 * 1024]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_keeps_its_leading_zeros() {
        assert_eq!(Nonce::from_random([7, 0, 0, 0, 0, 0, 0, 0]).0, "0000000007");
        assert_eq!(Nonce::from_random([0xff; 8]).0, "3709551615");
    }

    #[test]
    fn nothing_secret_is_shown() {
        let signer = Signer::new("visible-key", b"visible-secret".to_vec()).unwrap();
        let sign = signer.sign(Validity::new(1, 1), &Nonce::parse("1").unwrap());
        assert_eq!(format!("{signer:?} {sign:?}"), "Signer(redacted) Sign(redacted)");
    }
}
