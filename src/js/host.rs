//! What the host lends: the clock and cryptographic randomness.

use std::cell::RefCell;

use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn get_random_values(buffer: &Uint8Array) -> Result<Uint8Array, JsValue>;

    /// Milliseconds on a clock that never goes back.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// Random bytes that nobody got yet. Asking the host takes longer than to sign; so it is asked for many at a time.
struct Pool {
    bytes: [u8; 4096],
    left: usize,
}

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { bytes: [0; 4096], left: 0 }) };
}

/// Fills an array from the host's cryptographic generator. For what becomes public: none of it is wiped.
pub fn random<const N: usize>() -> Result<[u8; N], JsValue> {
    let mut random = [0; N];
    fill(&mut random)?;
    Ok(random)
}

fn fill(to: &mut [u8]) -> Result<(), JsValue> {
    let take = |to: &mut [u8]| {
        POOL.with_borrow_mut(|Pool { bytes, left }| {
            let rest = left.checked_sub(to.len())?;
            to.copy_from_slice(bytes.get(rest..*left)?);
            *left = rest;
            Some(())
        })
    };
    if take(to).is_none() {
        let fresh = Uint8Array::new_with_length(4096);
        get_random_values(&fresh)?;
        POOL.with_borrow_mut(|Pool { bytes, left }| {
            fresh.copy_to(bytes);
            *left = bytes.len();
        });
        take(to);
    }
    Ok(())
}

/// UNIX seconds by the caller's clock, or by the host's where there is none. Fails with what the caller's clock threw, or
/// with nothing if it gives no time.
pub fn unix_seconds(clock: Option<&Function>) -> Result<u64, JsValue> {
    let milliseconds = match clock {
        Some(now) => now.call0(&JsValue::UNDEFINED)?.as_f64().unwrap_or(f64::NAN),
        None => js_sys::Date::now(),
    };
    let seconds = (milliseconds / 1000.0).floor();
    // Up to the year 9999; beyond lies a clock in other units.
    let usable = (0.0..=253_402_300_799.0).contains(&seconds);
    usable.then_some(seconds as u64).ok_or(JsValue::UNDEFINED)
}

/// Milliseconds on a clock that never goes back; only differences count.
pub fn monotonic_ms() -> u64 {
    performance_now() as u64
}
