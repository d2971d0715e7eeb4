//! An answer's body, read with the host's JSON parser.

use js_sys::{Array, JsString};
use wasm_bindgen::prelude::*;

use crate::answer::{Body, Content, FailureDetail, Member, count};
use crate::proxy::Reply;

/// Enough of a text to recognise it by.
const START: u32 = 64;

#[wasm_bindgen]
extern "C" {
    // js-sys has it for Rust's strings only; this text never leaves JavaScript.
    #[wasm_bindgen(js_namespace = JSON, catch)]
    fn parse(text: &JsString) -> Result<JsValue, JsValue>;

    // What JSON.parse gives: the getters fail on null, and give undefined for what is not there.
    type Members;
    #[wasm_bindgen(method, getter)]
    fn error(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn error_message(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn request_id(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn time_used(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn group_id(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn face_removed(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn face_count(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn failure_detail(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn face_token(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn reason(this: &Members) -> JsValue;

    // A proxy's.
    #[wasm_bindgen(method, getter)]
    fn v(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn instance(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = transmitsOnce)]
    fn transmits_once(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = recognisesRepeats)]
    fn recognises_repeats(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn refused(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn interrupted(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn delivery(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn status(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn body(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = tooLarge)]
    fn too_large(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = retryAfterMs)]
    fn retry_after_ms(this: &Members) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = clockCorrection)]
    fn clock_correction(this: &Members) -> JsValue;
}

/// Reads a body.
pub fn content(text: &JsString) -> Content {
    match parse(text).ok().and_then(members) {
        Some(members) => Content::Object(body(&members)),
        None => Content::Text(text.slice(0, START).into()),
    }
}

fn body(members: &Members) -> Body {
    Body {
        error: string(if members.error().is_undefined() {
            members.error_message()
        } else {
            members.error()
        }),
        request_id: string(members.request_id()),
        time_used: number(members.time_used()),
        group_id: string(members.group_id()),
        face_removed: number(members.face_removed()),
        face_count: number(members.face_count()),
        failure_detail: typed(members.failure_detail(), failure_detail),
    }
}

/// Reads what a proxy replied; of anything else nothing is left.
pub fn reply(text: &JsString) -> Reply {
    let Some(members) = parse(text).ok().and_then(members) else {
        return Reply::default();
    };
    Reply {
        version: number(members.v()),
        instance: string(members.instance()),
        transmits_once: members.transmits_once().is_truthy(),
        recognises_repeats: members.recognises_repeats().is_truthy(),
        refused: string(members.refused()),
        interrupted: string(members.interrupted()),
        delivery: string(members.delivery()),
        status: number(members.status()),
        body: self::members(members.body()).map(|members| body(&members)),
        too_large: members.too_large().is_truthy(),
        retry_after_ms: number(members.retry_after_ms()),
        clock_correction: members.clock_correction().as_f64().map(|seconds| seconds as i32),
    }
}

fn members(value: JsValue) -> Option<Members> {
    (value.is_object() && !Array::is_array(&value)).then(|| value.unchecked_into())
}

fn typed<T>(value: JsValue, read: impl Fn(JsValue) -> Option<T>) -> Member<T> {
    if value.is_undefined() {
        return Member::Missing;
    }
    read(value).map_or(Member::Unusable, Member::Is)
}

fn string(value: JsValue) -> Member<String> {
    typed(value, |value| value.as_string())
}

fn number(value: JsValue) -> Member<u64> {
    typed(value, |value| count(value.as_f64()?))
}

fn failure_detail(value: JsValue) -> Option<Vec<FailureDetail>> {
    let entries = Array::is_array(&value).then(|| value.unchecked_into::<Array>())?;
    let entry = |entry: JsValue| {
        let members = members(entry)?;
        Some(FailureDetail {
            face_token: members.face_token().as_string()?,
            reason: members.reason().as_string()?,
        })
    };
    entries.iter().map(entry).collect()
}
