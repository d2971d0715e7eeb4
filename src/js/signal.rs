//! The caller's abort signal.

use wasm_bindgen::prelude::*;

use super::convert::{field, invoke};

/// Not always the platform's own class, so its members are looked up by name.
pub struct Signal(JsValue);

impl Signal {
    /// A signal, where one was given.
    pub fn given(value: JsValue) -> Option<Self> {
        (!value.is_undefined()).then_some(Self(value))
    }
}

/// Listens to a signal until it is dropped.
pub struct Listener {
    signal: Signal,
    callback: Closure<dyn Fn()>,
}

impl Listener {
    pub fn to(signal: Signal, callback: Closure<dyn Fn()>) -> Result<Self, JsValue> {
        invoke(&signal.0, "addEventListener", &"abort".into(), callback.as_ref())?;
        Ok(Self { signal, callback })
    }

    pub fn is_aborted(&self) -> bool {
        field(&self.signal.0, "aborted").is_truthy()
    }

    /// What the caller gave as the reason.
    pub fn reason(&self) -> JsValue {
        field(&self.signal.0, "reason")
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // It cannot fail in a way that anybody could act on.
        let _ = invoke(
            &self.signal.0,
            "removeEventListener",
            &"abort".into(),
            self.callback.as_ref(),
        );
    }
}
