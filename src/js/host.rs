//! What the host lends: the clock and cryptographic randomness.

use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn get_random_values(buffer: &Uint8Array) -> Result<Uint8Array, JsValue>;
}

/// Fills an array from the host's cryptographic generator.
pub fn random<const N: usize>() -> Result<[u8; N], JsValue> {
    let mut bytes = [0; N];
    let buffer = Uint8Array::new_with_length(N as u32);
    get_random_values(&buffer)?;
    buffer.copy_to(&mut bytes);
    Ok(bytes)
}

/// UNIX seconds by the caller's clock, or by the host's where there is none.
///
/// `None` if the caller's clock throws or gives no time.
pub fn unix_seconds(clock: Option<&Function>) -> Option<u64> {
    let milliseconds = match clock {
        Some(now) => now.call0(&JsValue::UNDEFINED).ok()?.as_f64()?,
        None => js_sys::Date::now(),
    };
    let seconds = (milliseconds / 1000.0).floor();
    // Up to the year 9999; beyond lies a clock in other units.
    (0.0..=253_402_300_799.0).contains(&seconds).then_some(seconds as u64)
}
