//! Replayed responses: a cache, a gateway or a confused connection may answer a request with the response to another one.
//!
//! The server gives each response an id of its own, `<UNIX seconds>,<UUID>`. A second response with an id that was seen
//! before does not belong to the request that it answers, whatever it says. Ids of another form prove nothing: nobody
//! promises that they differ.

use crate::answer::Response;
use crate::text::{number, split_once};

/// After so many ids the older ones are forgotten.
const IDS_IN_A_GENERATION: usize = 1 << 15;

/// The request ids that a client has seen: at least the last 32,768, and never more than twice as many.
#[derive(Debug, Default)]
pub struct SeenRequests {
    current: Ids,
    previous: Ids,
}

impl SeenRequests {
    /// Marks a response as replayed if its request id was seen before, and remembers the id.
    pub fn mark(&mut self, response: &mut Response) {
        if let Some(id) = response.request_id()
            && !self.remember(id)
        {
            response.replayed = true;
        }
    }

    /// Remembers a request id; false if it was seen before. An id that is not of the documented form is always new.
    pub fn remember(&mut self, id: &str) -> bool {
        let Some(fingerprint) = fingerprint(id) else {
            return true;
        };
        if self.previous.holds(fingerprint) || !self.current.insert(fingerprint) {
            return false;
        }
        if self.current.count == IDS_IN_A_GENERATION {
            self.previous = core::mem::take(&mut self.current);
        }
        true
    }
}

/// A table with open addressing. It is at most half full.
#[derive(Debug, Default)]
struct Ids {
    /// 0 where there is none.
    slots: Vec<u64>,
    count: usize,
}

impl Ids {
    fn holds(&self, fingerprint: u64) -> bool {
        self.slots
            .get(self.slot(fingerprint))
            .is_some_and(|id| *id == fingerprint)
    }

    /// False if it is there already.
    fn insert(&mut self, fingerprint: u64) -> bool {
        if self.count * 2 >= self.slots.len() {
            let slots = core::mem::take(&mut self.slots);
            self.slots = vec![0; (slots.len() * 2).max(16)];
            for id in slots.into_iter().filter(|id| *id != 0) {
                self.place(id);
            }
        }
        let is_new = self.place(fingerprint);
        self.count += usize::from(is_new);
        is_new
    }

    fn place(&mut self, fingerprint: u64) -> bool {
        let at = self.slot(fingerprint);
        match self.slots.get_mut(at) {
            Some(slot) if *slot == 0 => {
                *slot = fingerprint;
                true
            }
            _ => false,
        }
    }

    /// Where an id is, or where there is room for it. The number of slots is a power of two.
    fn slot(&self, fingerprint: u64) -> usize {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = (fingerprint.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & mask;
        while self.slots.get(at).is_some_and(|id| *id != 0 && *id != fingerprint) {
            at = (at + 1) & mask;
        }
        at
    }
}

/// Whether an id has the documented form: UNIX seconds, a comma, a UUID.
#[must_use]
pub fn is_request_id(id: &str) -> bool {
    fingerprint(id).is_some()
}

/// 64 bits of an id in the documented form, never 0.
fn fingerprint(id: &str) -> Option<u64> {
    let (seconds, uuid) = split_once(id, b',')?;
    let mut halves = [0_u64; 2];
    let mut digits = 0;
    for (at, byte) in uuid.bytes().enumerate() {
        if matches!(at, 8 | 13 | 18 | 23) {
            if byte != b'-' {
                return None;
            }
            continue;
        }
        let half = halves.get_mut(digits / 16)?;
        *half = *half << 4 | u64::from(char::from(byte).to_digit(16)?);
        digits += 1;
    }
    let mut mixed = number(seconds)?;
    for half in halves {
        mixed = (mixed ^ half).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
    }
    (digits == 32).then_some(mixed.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{Body, Content, Member};

    fn id(number: u32) -> String {
        format!("1769740387,ba578f31-c5e9-4048-8290-2627{number:08x}")
    }

    #[test]
    fn seen_requests_an_id_of_the_documented_form_is_new_once() {
        let mut seen = SeenRequests::default();
        assert!(seen.remember(&id(1)));
        assert!(seen.remember(&id(2)));
        assert!(!seen.remember(&id(1)));
        assert!(!seen.remember(&id(1)));
        assert!(seen.remember("1769740388,ba578f31-c5e9-4048-8290-262700000001"));
    }

    #[test]
    fn seen_requests_an_id_of_another_form_is_always_new() {
        let mut seen = SeenRequests::default();
        for id in [
            "",
            "1,a",
            "abc",
            "ba578f31-c5e9-4048-8290-2627686f97fe",
            "x,ba578f31-c5e9-4048-8290-2627686f97fe",
            "1,ba578f31-c5e9-4048-8290-2627686f97f",
            "1,ba578f31-c5e9-4048-8290-2627686f97fe0",
            "1,ba578f31xc5e9-4048-8290-2627686f97fe",
            "1,ga578f31-c5e9-4048-8290-2627686f97fe",
        ] {
            assert!(seen.remember(id) && seen.remember(id), "{id}");
        }
    }

    #[test]
    fn seen_requests_the_last_32768_are_known_and_memory_is_bounded() {
        let mut seen = SeenRequests::default();
        for number in 0..200_000 {
            assert!(seen.remember(&id(number)), "{number}");
            assert!(seen.current.slots.len() <= 1 << 17 && seen.previous.slots.len() <= 1 << 17);
        }
        for number in 200_000 - 32_768..200_000 {
            assert!(!seen.remember(&id(number)), "{number}");
        }
        assert!(seen.remember(&id(1)));
    }

    #[test]
    fn seen_requests_a_second_response_of_one_id_is_marked_whatever_it_says() {
        let mut seen = SeenRequests::default();
        let response = |error| {
            let body = Body {
                request_id: Member::Is(id(7)),
                error,
                ..Body::default()
            };
            Response::new(200, Content::Object(body))
        };
        for (error, replayed) in [
            (Member::Missing, false),
            (Member::Is("CONCURRENCY_LIMIT_EXCEEDED".to_owned()), true),
            (Member::Missing, true),
        ] {
            let mut response = response(error);
            seen.mark(&mut response);
            assert_eq!(response.replayed, replayed);
        }
    }
}
