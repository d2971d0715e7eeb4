//! The host's timers, released on drop.

use js_sys::Function;
use wasm_bindgen::prelude::*;

/// The longest wait that timers can do, in milliseconds; a longer one ends early, and whoever waits looks again.
const LONGEST_MS: f64 = 2_147_483_647.0;

#[wasm_bindgen]
extern "C" {
    // The handle is a number in browsers and an object in Node.
    #[wasm_bindgen(js_name = setTimeout, catch)]
    fn set_timeout(handler: &Function, milliseconds: f64) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = clearTimeout, catch)]
    fn clear_timeout(handle: &JsValue) -> Result<(), JsValue>;
}

/// Calls back once, unless it is dropped before.
pub struct Timer {
    handle: JsValue,
    _callback: Closure<dyn Fn()>,
}

impl Timer {
    pub fn start(milliseconds: f64, callback: Closure<dyn Fn()>) -> Result<Self, JsValue> {
        Ok(Self {
            handle: set_timeout(callback.as_ref().unchecked_ref(), milliseconds.clamp(0.0, LONGEST_MS))?,
            _callback: callback,
        })
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // It cannot fail in a way that anybody could act on.
        let _ = clear_timeout(&self.handle);
    }
}
