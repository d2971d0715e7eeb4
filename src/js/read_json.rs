//! An answer's members, as the host's JSON parser read them.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::convert::{field, number_field, text_field};
use super::send::Answer;
use crate::answer::{Body, Content, FailureDetail, Member, count, count_of_text, duration, error_of};
use crate::proxy::Reply;

/// Reads a body.
pub fn content(answer: &Answer) -> Content {
    answer
        .members()
        .map_or(Content::Other, |members| Content::Object(body(&members)))
}

fn body(members: &JsValue) -> Body {
    Body {
        error: error_of(string(field(members, "error")), || {
            string(field(members, "error_message"))
        }),
        request_id: string(field(members, "request_id")),
        time_used: typed(field(members, "time_used"), |value| {
            read_number(&value, duration, |count| count as f64)
        }),
        group_id: string(field(members, "group_id")),
        face_removed: number(field(members, "face_removed")),
        face_count: number(field(members, "face_count")),
        failure_detail: typed(field(members, "failure_detail"), failure_detail),
    }
}

/// Reads what a proxy replied; of anything else nothing is left.
pub fn reply(answer: &Answer) -> Reply {
    let Some(members) = answer.members() else {
        return Reply::default();
    };
    Reply {
        version: number(field(&members, "v")),
        instance: string(field(&members, "instance")),
        attempt_id: string(field(&members, "attemptId")),
        transmits_once: field(&members, "transmitsOnce").as_bool() == Some(true),
        recognises_repeats: field(&members, "recognisesRepeats").as_bool() == Some(true),
        refused: string(field(&members, "refused")),
        interrupted: string(field(&members, "interrupted")),
        delivery: string(field(&members, "delivery")),
        status: number(field(&members, "status")),
        body: Some(field(&members, "body"))
            .filter(is_object)
            .map(|members| body(&members)),
        retry_after_ms: number(field(&members, "retryAfterMs")),
        clock_correction: number_field(&members, "clockCorrection").map(|seconds| seconds as i32),
        // Whatever else it may be, it is not the statement that there is none.
        replayed: field(&members, "replayed").is_truthy(),
    }
}

fn is_object(value: &JsValue) -> bool {
    value.is_object() && !Array::is_array(value)
}

fn typed<T>(value: JsValue, read: impl Fn(JsValue) -> Option<T>) -> Member<T> {
    if value.is_undefined() || value.is_null() {
        return Member::Missing;
    }
    read(value).map_or(Member::Unusable, Member::Is)
}

fn string(value: JsValue) -> Member<String> {
    typed(value, |value| value.as_string())
}

fn number(value: JsValue) -> Member<u64> {
    typed(value, |value| read_number(&value, count, |count| count))
}

/// A number, or a count as text.
fn read_number<T>(value: &JsValue, number: impl Fn(f64) -> Option<T>, of_count: impl Fn(u64) -> T) -> Option<T> {
    match value.as_f64() {
        Some(value) => number(value),
        None => count_of_text(&value.as_string()?).map(of_count),
    }
}

fn failure_detail(value: JsValue) -> Option<Vec<FailureDetail>> {
    let entries = Array::is_array(&value).then(|| value.unchecked_into::<Array>())?;
    let mut detail = Vec::new();
    for entry in entries.iter() {
        detail.push(FailureDetail {
            face_token: text_field(&entry, "face_token")?,
            reason: text_field(&entry, "reason").unwrap_or_default(),
        });
    }
    Some(detail)
}
