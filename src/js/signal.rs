//! The caller's abort signal.

use js_sys::Function;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Not always the platform's own class, so its members are looked up by name.
    pub type Signal;
    #[wasm_bindgen(method, getter, catch)]
    fn aborted(this: &Signal) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn reason(this: &Signal) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, js_name = addEventListener, catch)]
    fn add_event_listener(this: &Signal, event: &str, listener: &Function) -> Result<(), JsValue>;
    #[wasm_bindgen(method, js_name = removeEventListener, catch)]
    fn remove_event_listener(this: &Signal, event: &str, listener: &Function) -> Result<(), JsValue>;
}

/// Listens to a signal until it is dropped.
pub struct Listener {
    signal: Signal,
    callback: Closure<dyn Fn()>,
}

impl Listener {
    pub fn to(signal: Signal, callback: Closure<dyn Fn()>) -> Result<Self, JsValue> {
        signal.add_event_listener("abort", callback.as_ref().unchecked_ref())?;
        Ok(Self { signal, callback })
    }

    pub fn is_aborted(&self) -> bool {
        self.signal.aborted().is_ok_and(|aborted| aborted.is_truthy())
    }

    /// What the caller gave as the reason.
    pub fn reason(&self) -> JsValue {
        self.signal.reason().unwrap_or(JsValue::UNDEFINED)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // It cannot fail in a way that anybody could act on.
        let _ = self
            .signal
            .remove_event_listener("abort", self.callback.as_ref().unchecked_ref());
    }
}
