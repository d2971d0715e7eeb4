//! One attempt: a POST through `fetch`, its answer read to the end.

use js_sys::{Function, JsString, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::attempt::Attempt;
use super::convert::{awaited, object};
use crate::exchange::Interruption;

/// The largest answer is a thousand failures of a few hundred bytes each.
const LARGEST_ANSWER: f64 = 4.0 * 1024.0 * 1024.0;

#[wasm_bindgen]
extern "C" {
    // An injected fetch may give anything, so the members are looked up by name and may be missing.
    type Reply;
    #[wasm_bindgen(method, getter, catch)]
    fn status(this: &Reply) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn body(this: &Reply) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, js_name = arrayBuffer, catch)]
    fn array_buffer(this: &Reply) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn headers(this: &Reply) -> Result<Headers, JsValue>;

    type Headers;
    #[wasm_bindgen(method, catch)]
    fn get(this: &Headers, name: &str) -> Result<JsValue, JsValue>;

    type Body;
    #[wasm_bindgen(method, js_name = getReader, catch)]
    fn get_reader(this: &Body) -> Result<Reader, JsValue>;

    type Reader;
    #[wasm_bindgen(method, catch)]
    fn read(this: &Reader) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn cancel(this: &Reader) -> Result<JsValue, JsValue>;

    type TextDecoder;
    #[wasm_bindgen(constructor)]
    fn new() -> TextDecoder;
    #[wasm_bindgen(method, catch)]
    fn decode(this: &TextDecoder, bytes: &Bytes, options: &Object) -> Result<JsString, JsValue>;
    #[wasm_bindgen(method, js_name = decode, catch)]
    fn end(this: &TextDecoder) -> Result<JsString, JsValue>;

    // An ArrayBuffer or a view, perhaps of another realm, where `instanceof` would not know it.
    type Bytes;
    #[wasm_bindgen(method, getter, js_name = byteLength, catch)]
    fn byte_length(this: &Bytes) -> Result<JsValue, JsValue>;

    type Chunk;
    #[wasm_bindgen(method, getter, catch)]
    fn done(this: &Chunk) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn value(this: &Chunk) -> Result<JsValue, JsValue>;
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
    let reply: Reply = settled.map_err(Broken::Fetch)?.unchecked_into();
    let status = reply.status().ok().and_then(|status| status.as_f64());
    let status = status
        .filter(|status| (0.0..=999.0).contains(status))
        .ok_or(Broken::NotAResponse)?;
    // Most answers are a success, and nobody wants to know its headers.
    let refused = !(200.0..300.0).contains(&status);
    let (retry_after_ms, date) = match reply.headers() {
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
    object([
        ("method", "POST".into()),
        ("headers", object([("content-type", content_type.into())]).into()),
        ("body", Uint8Array::from(body).into()),
        // A redirect would carry the signature and the tokens to another host.
        ("redirect", "manual".into()),
        ("signal", attempt.fetch_signal().into()),
    ])
}

async fn read(reply: &Reply, attempt: &Attempt) -> Result<JsString, Broken> {
    let mut text = Text::new();
    let body = reply.body().map_err(Broken::Reading)?;
    if body.is_null() || body.is_undefined() {
        // Some test doubles have only the readers of a whole body.
        let buffer = reply.array_buffer().map_err(Broken::Reading)?;
        let settled = attempt.within(awaited(&buffer)).await?;
        text.append(settled.map_err(Broken::Reading)?.unchecked_ref())?;
        return text.end();
    }
    let reader = body.unchecked_into::<Body>().get_reader().map_err(Broken::Reading)?;
    let drained = drain(&reader, &mut text, attempt).await;
    if drained.is_err()
        && let Ok(cancelled) = reader.cancel()
    {
        // Nobody waits for it; but a rejection of it must not surface as an unhandled one.
        spawn_local(async move {
            let _ = awaited(&cancelled).await;
        });
    }
    drained?;
    text.end()
}

async fn drain(reader: &Reader, text: &mut Text, attempt: &Attempt) -> Result<(), Broken> {
    loop {
        let reading = reader.read().map_err(Broken::Reading)?;
        let settled = attempt.within(awaited(&reading)).await?;
        let chunk: Chunk = settled.map_err(Broken::Reading)?.unchecked_into();
        if chunk.done().map_err(Broken::Reading)?.is_truthy() {
            return Ok(());
        }
        let bytes = chunk.value().map_err(Broken::Reading)?;
        text.append(bytes.unchecked_ref())?;
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

    fn append(&mut self, bytes: &Bytes) -> Result<(), Broken> {
        let length = bytes.byte_length().ok().and_then(|length| length.as_f64());
        self.bytes += length.ok_or(Broken::NotAResponse)?;
        if self.bytes > LARGEST_ANSWER {
            return Err(Broken::TooLarge);
        }
        let more = self.decoder.decode(bytes, &object([("stream", JsValue::TRUE)]));
        self.decoded = self.decoded.concat(&more.map_err(Broken::Reading)?.into());
        Ok(())
    }

    fn end(self) -> Result<JsString, Broken> {
        let rest = self.decoder.end().map_err(Broken::Reading)?;
        Ok(self.decoded.concat(&rest.into()))
    }
}

/// Seconds, or an HTTP date by the host's clock.
fn retry_after_ms(headers: &Headers) -> Option<u64> {
    let text = header(headers, "retry-after")?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(
            text.parse::<u64>()
                .map_or(u64::MAX, |seconds| seconds.saturating_mul(1000)),
        );
    }
    Some((http_date_ms(&text)? - js_sys::Date::now()).max(0.0) as u64)
}

/// When the server answered, in UNIX seconds; nothing if the answer comes out of a cache, and its date is of old.
fn date(headers: &Headers) -> Option<u64> {
    if header(headers, "age").is_some() {
        return None;
    }
    let at = http_date_ms(&header(headers, "date")?)?;
    Some((at / 1000.0) as u64)
}

fn header(headers: &Headers, name: &str) -> Option<String> {
    Some(headers.get(name).ok()?.as_string()?.trim().to_owned())
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
    let property = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).ok();
    let code = |object: &JsValue| property(object, "code").and_then(|code| code.as_string());
    let cause = property(error, "cause").unwrap_or(JsValue::UNDEFINED);
    let code = code(error).or_else(|| code(&cause));
    matches!(code.as_deref(), Some("ECONNREFUSED" | "ENOTFOUND"))
}
