//! One attempt: a POST through `fetch`, its answer read to the end.

use js_sys::{Function, JsString, Object, Uint8Array};
use wasm_bindgen::prelude::*;

use super::attempt::Attempt;
use super::convert::{awaited, field, invoke, member, number_field, object, spawn, text_field};
use crate::exchange::Interruption;

/// The largest answer is a thousand failures of a few hundred bytes each.
const LARGEST_ANSWER: f64 = 4.0 * 1024.0 * 1024.0;

// An injected fetch may give anything, so members are looked up by name, may be missing, and may throw. Its bytes may be
// those of another realm, where `instanceof` would not know them.
#[wasm_bindgen]
extern "C" {
    type TextDecoder;
    #[wasm_bindgen(constructor)]
    fn new() -> TextDecoder;
}

/// An HTTP answer, read to its end and not yet understood.
pub struct Answer {
    pub status: u16,
    pub text: JsString,
    /// `Retry-After`, in milliseconds from now; for an answer that is no success.
    pub retry_after_ms: Option<u64>,
    /// The server's time, in UNIX seconds, where it can be read; for an answer that is no success.
    pub date: Option<u64>,
}

/// There is no complete answer.
pub struct Lost {
    pub by: Interruption,
    /// Whether anything can have reached the server.
    pub may_have_left: bool,
    /// What JavaScript said, for `cause`.
    pub cause: JsValue,
}

/// Sends a body. From here on the request counts as gone out, unless `fetch` proves otherwise.
pub async fn send(
    fetch: &Function,
    url: &str,
    content_type: &str,
    body: &[u8],
    attempt: &Attempt,
) -> Result<Answer, Lost> {
    exchange(fetch, url, content_type, body, attempt)
        .await
        .map_err(|broken| {
            attempt.abandon();
            let (by, may_have_left, cause) = match broken {
                Broken::Fetch(error) => (Interruption::Connection, !never_connected(&error), error),
                Broken::Reading(error) => (Interruption::Connection, true, error),
                Broken::NotAResponse => (Interruption::NotAResponse, true, JsValue::UNDEFINED),
                Broken::TooLarge => (Interruption::AnswerTooLarge, true, JsValue::UNDEFINED),
                Broken::Cut(Interruption::Abort) => (Interruption::Abort, true, attempt.abort_reason()),
                Broken::Cut(by) => (by, true, JsValue::UNDEFINED),
            };
            Lost {
                by,
                may_have_left,
                cause,
            }
        })
}

enum Broken {
    /// `fetch` threw or rejected.
    Fetch(JsValue),
    /// The answer's body could not be read to its end.
    Reading(JsValue),
    NotAResponse,
    TooLarge,
    Cut(Interruption),
}

impl From<Interruption> for Broken {
    fn from(by: Interruption) -> Self {
        Self::Cut(by)
    }
}

async fn exchange(
    fetch: &Function,
    url: &str,
    content_type: &str,
    body: &[u8],
    attempt: &Attempt,
) -> Result<Answer, Broken> {
    let fetching = fetch
        .call2(&js_sys::global(), &url.into(), &request(content_type, body, attempt))
        .map_err(Broken::Fetch)?;
    let settled = attempt.within(awaited(&fetching)).await?;
    let reply = settled.map_err(Broken::Fetch)?;
    let status = number_field(&reply, "status")
        .filter(|status| (0.0..=999.0).contains(status))
        .ok_or(Broken::NotAResponse)?;
    // Most answers are a success, and nobody wants to know its headers.
    let refused = !(200.0..300.0).contains(&status);
    let (retry_after_ms, date) = match member(&reply, "headers") {
        Ok(headers) if refused => (retry_after_ms(&headers), date(&headers)),
        _ => (None, None),
    };
    Ok(Answer {
        status: status as u16,
        text: read(&reply, attempt).await?,
        retry_after_ms,
        date,
    })
}

/// Only what is needed: some runtimes refuse fields that they do not know. A multipart POST without other headers needs
/// no preflight in browsers.
fn request(content_type: &str, body: &[u8], attempt: &Attempt) -> Object {
    object(&[
        ("method", "POST".into()),
        ("headers", object(&[("content-type", content_type.into())]).into()),
        ("body", Uint8Array::from(body).into()),
        // A redirect would carry the signature and the tokens to another host.
        ("redirect", "manual".into()),
        ("signal", attempt.fetch_signal().into()),
    ])
}

async fn read(reply: &JsValue, attempt: &Attempt) -> Result<JsString, Broken> {
    let mut text = Text::new();
    let body = member(reply, "body").map_err(Broken::Reading)?;
    if body.is_null() || body.is_undefined() {
        // Some test doubles have only the readers of a whole body.
        let buffer = call(reply, "arrayBuffer").map_err(Broken::Reading)?;
        let settled = attempt.within(awaited(&buffer)).await?;
        text.append(&settled.map_err(Broken::Reading)?)?;
        return text.end();
    }
    let reader = call(&body, "getReader").map_err(Broken::Reading)?;
    let drained = drain(&reader, &mut text, attempt).await;
    if drained.is_err()
        && let Ok(cancelled) = call(&reader, "cancel")
    {
        // Nobody waits for it; but a rejection of it must not surface as an unhandled one.
        spawn(Box::pin(async move {
            let _ = awaited(&cancelled).await;
        }));
    }
    drained?;
    text.end()
}

async fn drain(reader: &JsValue, text: &mut Text, attempt: &Attempt) -> Result<(), Broken> {
    loop {
        let reading = call(reader, "read").map_err(Broken::Reading)?;
        let settled = attempt.within(awaited(&reading)).await?;
        let chunk = settled.map_err(Broken::Reading)?;
        if member(&chunk, "done").map_err(Broken::Reading)?.is_truthy() {
            return Ok(());
        }
        text.append(&member(&chunk, "value").map_err(Broken::Reading)?)?;
    }
}

/// The body as text, decoded piece by piece; it never enters the module's own memory.
struct Text {
    decoder: TextDecoder,
    decoded: JsString,
    bytes: f64,
}

impl Text {
    fn new() -> Self {
        Self {
            decoder: TextDecoder::new(),
            decoded: JsString::from(""),
            bytes: 0.0,
        }
    }

    fn append(&mut self, bytes: &JsValue) -> Result<(), Broken> {
        self.bytes += number_field(bytes, "byteLength").ok_or(Broken::NotAResponse)?;
        if self.bytes > LARGEST_ANSWER {
            return Err(Broken::TooLarge);
        }
        let goes_on = object(&[("stream", JsValue::TRUE)]);
        self.add(invoke(&self.decoder, "decode", bytes, &goes_on))
    }

    fn end(mut self) -> Result<JsString, Broken> {
        self.add(call(&self.decoder, "decode"))?;
        Ok(self.decoded)
    }

    fn add(&mut self, more: Result<JsValue, JsValue>) -> Result<(), Broken> {
        self.decoded = self.decoded.concat(&more.map_err(Broken::Reading)?);
        Ok(())
    }
}

fn call(of: &JsValue, method: &str) -> Result<JsValue, JsValue> {
    invoke(of, method, &JsValue::UNDEFINED, &JsValue::UNDEFINED)
}

/// Seconds, or an HTTP date by the host's clock.
fn retry_after_ms(headers: &JsValue) -> Option<u64> {
    let text = header(headers, "retry-after")?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(crate::text::number(&text).map_or(u64::MAX, |seconds| seconds.saturating_mul(1000)));
    }
    Some((http_date_ms(&text)? - js_sys::Date::now()).max(0.0) as u64)
}

/// When the server answered, in UNIX seconds; nothing if the answer comes out of a cache, and its date is of old.
fn date(headers: &JsValue) -> Option<u64> {
    if header(headers, "age").is_some() {
        return None;
    }
    let at = http_date_ms(&header(headers, "date")?)?;
    Some((at / 1000.0) as u64)
}

fn header(headers: &JsValue, name: &str) -> Option<String> {
    let text = invoke(headers, "get", &name.into(), &JsValue::UNDEFINED).ok()?;
    Some(text.as_string()?.trim_ascii().to_owned())
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`. Engines take almost anything for a date, so its form is looked at first.
fn http_date_ms(text: &str) -> Option<f64> {
    let has_its_form = text.len() == 29 && text.as_bytes().get(3) == Some(&b',') && text.ends_with(" GMT");
    has_its_form
        .then(|| js_sys::Date::parse(text))
        .filter(|at| !at.is_nan())
}

/// Whether Node says that there was no connection over which anything could have been sent.
fn never_connected(error: &JsValue) -> bool {
    let code = text_field(error, "code").or_else(|| text_field(&field(error, "cause"), "code"));
    matches!(code.as_deref(), Some("ECONNREFUSED" | "ENOTFOUND"))
}
