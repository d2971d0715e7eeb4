//! The server's side of a proxy: one attempt for somebody else, and what to tell of it.

use js_sys::Object;
use serde::{Serialize, Serializer};

use super::attempt::Attempt;
use super::convert::plain;
use super::describe::Refusal;
use super::settings::{Outgoing, Settings};
use crate::answer::{Body, FailureDetail, Member};
use crate::exchange::Interruption;
use crate::proxy::{PassedOn, pass_on};

/// Sends the call once, whatever comes of it.
pub async fn forward(settings: &Settings, attempt: &Attempt, call: &impl Outgoing) -> Result<Object, Refusal> {
    let sent = settings.attempt(call, attempt).await?;
    let passed_on = call.forwarded(|call| pass_on(sent.exchange, call));
    let fields = match passed_on.unwrap_or_else(|| PassedOn::not_sent(Interruption::Abort)) {
        PassedOn::Answer {
            status,
            body,
            too_large,
            retry_after_ms,
            clock_correction,
        } => {
            if let Some(correction) = clock_correction {
                settings.clock_correction.set(correction);
            }
            Fields {
                status: Some(status),
                body: body.map(BodyFields::from),
                too_large: too_large.then_some(true),
                retry_after_ms: retry_after_ms.map(|wait| wait as f64),
                clock_correction,
                ..Fields::default()
            }
        }
        PassedOn::Interrupted { by, may_have_left } => Fields {
            interrupted: Some(by),
            delivery: Some(if may_have_left { "maybe-applied" } else { "not-sent" }),
            ..Fields::default()
        },
    };
    Ok(plain(&fields).into())
}

/// As `docs/proxy-protocol.md` has it.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    status: Option<u16>,
    body: Option<BodyFields>,
    too_large: Option<bool>,
    retry_after_ms: Option<f64>,
    clock_correction: Option<i32>,
    interrupted: Option<&'static str>,
    delivery: Option<&'static str>,
}

#[derive(Serialize)]
struct BodyFields {
    error: Field<String>,
    request_id: Field<String>,
    time_used: Field<f64>,
    group_id: Field<String>,
    face_removed: Field<f64>,
    face_count: Field<f64>,
    failure_detail: Field<Vec<DetailFields>>,
}

#[derive(Serialize)]
struct DetailFields {
    face_token: String,
    reason: String,
}

impl From<Body> for BodyFields {
    fn from(body: Body) -> Self {
        let number = |number: u64| number as f64;
        let detail = |FailureDetail { face_token, reason }| DetailFields { face_token, reason };
        Self {
            error: Field::of(body.error, |text| text),
            request_id: Field::of(body.request_id, |text| text),
            time_used: Field::of(body.time_used, number),
            group_id: Field::of(body.group_id, |text| text),
            face_removed: Field::of(body.face_removed, number),
            face_count: Field::of(body.face_count, number),
            failure_detail: Field::of(body.failure_detail, |entries| entries.into_iter().map(detail).collect()),
        }
    }
}

/// A member as it was: `undefined` if it was missing, and `false`, which no member may be, if it was unusable.
struct Field<T>(Member<T>);

impl<T> Field<T> {
    fn of<U>(member: Member<U>, convert: impl FnOnce(U) -> T) -> Self {
        Self(match member {
            Member::Missing => Member::Missing,
            Member::Unusable => Member::Unusable,
            Member::Is(value) => Member::Is(convert(value)),
        })
    }
}

impl<T: Serialize> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Member::Missing => serializer.serialize_none(),
            Member::Unusable => serializer.serialize_bool(false),
            Member::Is(value) => value.serialize(serializer),
        }
    }
}
