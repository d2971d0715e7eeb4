//! Bytes that are overwritten when they are let go of.

use core::fmt;
use core::ops::{Deref, DerefMut};

/// Like zeroize's `Zeroizing<Vec<u8>>`, but in one go, where that goes byte by byte: thirty thousand of them would take
/// longer than to send them. What grows leaves copies behind, so that whoever cares gives it its capacity first.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Wiped(Vec<u8>);

impl Wiped {
    /// Nothing yet, and room for so many bytes.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }
}

impl From<Vec<u8>> for Wiped {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Deref for Wiped {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Wiped {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        self.0.fill(0);
        // As if somebody looked at it once more, so that it is not left out.
        core::hint::black_box(self.0.as_slice());
    }
}

impl fmt::Debug for Wiped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wiped(…)")
    }
}
