//! Values to JavaScript and from it, and promises.
//!
//! Members are read and set by name, through one function for all of them: a getter of its own for each would cost a
//! hundred bytes of download, here and in the glue.

use std::future::Future;
use std::pin::Pin;

use js_sys::{Function, Object, Promise};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{future_to_promise, spawn_local};

#[wasm_bindgen]
extern "C" {
    /// A member of any value. What it throws is caught, as are getters of a caller's that throw.
    #[wasm_bindgen(js_namespace = Reflect, js_name = get, catch)]
    pub fn member(of: &JsValue, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = Reflect, js_name = set, catch)]
    fn set_member(of: &Object, name: &str, value: &JsValue) -> Result<bool, JsValue>;
}

/// A member of an object that the facade made; `undefined` if it is not there.
pub fn field(of: &JsValue, name: &str) -> JsValue {
    member(of, name).unwrap_or(JsValue::UNDEFINED)
}

/// A number, if it is one.
pub fn number_field(of: &JsValue, name: &str) -> Option<f64> {
    field(of, name).as_f64()
}

/// Text, if it is text.
pub fn text_field(of: &JsValue, name: &str) -> Option<String> {
    field(of, name).as_string()
}

/// A function, if it is one.
pub fn function_field(of: &JsValue, name: &str) -> Option<Function> {
    let value = field(of, name);
    value.is_function().then(|| value.unchecked_into())
}

/// Calls a method of any value.
pub fn invoke(of: &JsValue, name: &str, one: &JsValue, other: &JsValue) -> Result<JsValue, JsValue> {
    // Through `call`, which fails with an exception if there is no such method.
    member(of, name)?.unchecked_into::<Function>().call2(of, one, other)
}

/// A plain object of these entries.
pub fn object(entries: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (key, value) in entries {
        set(&object, key, value);
    }
    object
}

/// Sets a property of an object that we made ourselves, which cannot fail.
pub fn set(object: &Object, key: &str, value: &JsValue) {
    let _ = set_member(object, key, value);
}

/// Text, or `undefined`.
pub fn text(text: Option<&str>) -> JsValue {
    text.map_or(JsValue::UNDEFINED, JsValue::from_str)
}

/// A number, or `undefined`. Beyond 2⁵³ it would lose digits; the server's limit is five million faces.
pub fn number(number: Option<u64>) -> JsValue {
    number.map_or(JsValue::UNDEFINED, |number| JsValue::from_f64(number as f64))
}

/// The name of one of a few alternatives.
pub fn word(alternative: impl Serialize) -> JsValue {
    serde_wasm_bindgen::to_value(&alternative).unwrap_or(JsValue::UNDEFINED)
}

/// A future behind a pointer: what drives futures is compiled once, and not for each of them.
type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

/// Runs a future to its end.
pub fn spawn(future: Boxed<()>) {
    spawn_local(future);
}

/// A promise that a future keeps.
pub fn promise(future: Boxed<Result<JsValue, JsValue>>) -> Promise {
    future_to_promise(future)
}
