//! Plain data to JavaScript.

use js_sys::{Object, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;

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
