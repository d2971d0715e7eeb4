//! Values to JavaScript, and promises from it.

use js_sys::{Object, Promise, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// A plain object of these entries.
pub fn object<const N: usize>(entries: [(&str, JsValue); N]) -> Object {
    let object = Object::new();
    for (key, value) in entries {
        set(&object, key, &value);
    }
    object
}

/// Sets a property of an object that we made ourselves, which cannot fail.
pub fn set(object: &Object, key: &str, value: &JsValue) {
    let _ = Reflect::set(object, &key.into(), value);
}

/// A value as plain objects, arrays, strings and numbers.
pub fn plain(value: &impl Serialize) -> JsValue {
    // Only maps with exotic keys and integers beyond 64 bits can fail, and there are none.
    serde_wasm_bindgen::to_value(value).unwrap_or(JsValue::UNDEFINED)
}

/// Waits for whatever a caller's function gave, promise or not.
///
/// A promise of our own takes it over: its `then` is the real one, and what a hostile thenable throws becomes a rejection.
pub fn awaited(value: &JsValue) -> JsFuture {
    JsFuture::from(Promise::new(&mut |resolve, _| {
        let _ = resolve.call1(&JsValue::UNDEFINED, value);
    }))
}
