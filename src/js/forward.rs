//! The server's side of a proxy: one attempt for somebody else, and what to tell of it.

use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;

use super::attempt::Attempt;
use super::convert::{number, object, set};
use super::refusal::Refusal;
use super::settings::{Outgoing, Settings, of_call};
use crate::answer::{Body, FailureDetail, Member};
use crate::exchange::Interruption;
use crate::proxy::{PassedOn, pass_on};

/// Sends the call once, whatever comes of it.
pub async fn forward(settings: &Settings, attempt: &Attempt, call: &dyn Outgoing) -> Result<Object, Refusal> {
    let (sent, event) = settings.attempt(call, attempt).await?;
    let passed_on = of_call(call, |call| pass_on(sent.exchange, call));
    settings.tell(&event, None);
    let described = Object::new();
    match passed_on.unwrap_or_else(|| PassedOn::not_sent(Interruption::Abort)) {
        PassedOn::Answer {
            status,
            body,
            retry_after_ms,
            clock_correction,
            replayed,
        } => {
            if let Some(correction) = clock_correction {
                settings.clock_correction.set(correction);
                set(&described, "clockCorrection", &correction.into());
            }
            set(&described, "status", &status.into());
            set(&described, "retryAfterMs", &number(retry_after_ms));
            if let Some(body) = body {
                set(&described, "body", &members(body));
            }
            if replayed {
                set(&described, "replayed", &JsValue::TRUE);
            }
        }
        PassedOn::Interrupted { by, may_have_left } => {
            let delivery = if may_have_left { "maybe-applied" } else { "not-sent" };
            set(&described, "interrupted", &by.into());
            set(&described, "delivery", &delivery.into());
        }
    }
    Ok(described)
}

/// As `docs/proxy-protocol.md` has it.
fn members(body: Body) -> Object {
    object(&[
        ("error", string(&body.error)),
        ("request_id", string(&body.request_id)),
        ("time_used", member(&body.time_used, |time| (*time).into())),
        ("group_id", string(&body.group_id)),
        ("face_removed", count(&body.face_removed)),
        ("face_count", count(&body.face_count)),
        (
            "failure_detail",
            member(&body.failure_detail, |entries| {
                let detail = |entry: &FailureDetail| {
                    object(&[
                        ("face_token", entry.face_token.as_str().into()),
                        ("reason", entry.reason.as_str().into()),
                    ])
                };
                entries.iter().map(detail).collect::<Array>().into()
            }),
        ),
    ])
}

fn string(text: &Member<String>) -> JsValue {
    member(text, |text| text.as_str().into())
}

fn count(count: &Member<u64>) -> JsValue {
    member(count, |count| number(Some(*count)))
}

/// A member as it was: `undefined` if it was missing, and `false`, which no member may be, if it was unusable.
fn member<T>(member: &Member<T>, describe: impl FnOnce(&T) -> JsValue) -> JsValue {
    match member {
        Member::Missing => JsValue::UNDEFINED,
        Member::Unusable => JsValue::FALSE,
        Member::Is(value) => describe(value),
    }
}
