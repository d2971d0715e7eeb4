//! One attempt: a POST through the facade's `post.js`, its answer read to the end.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::attempt::Attempt;
use super::convert::{field, number_field, text_field};
use crate::connection::{ConnectionError, Evidence};
use crate::exchange::{Interruption, Transport};

#[wasm_bindgen]
extern "C" {
    /// What sends: `pkg-template/post.js`. It never throws, nor does its promise reject.
    pub type Http;
    /// Whether there is a `fetch`.
    #[wasm_bindgen(method, js_name = isThere)]
    pub fn is_there(this: &Http) -> bool;
    #[wasm_bindgen(method)]
    fn post(this: &Http, url: &str, content_type: &str, body: &[u8], signal: &AbortSignal) -> Promise;
}

/// An HTTP answer, read to its end and not yet understood.
pub struct Answer(JsValue);

impl Answer {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        number_field(&self.0, "status").unwrap_or(0.0) as u16
    }

    /// The members of the JSON object that it is; nothing if it is something else.
    pub fn members(&self) -> Option<JsValue> {
        Some(field(&self.0, "members")).filter(|members| !members.is_undefined())
    }

    /// Whether a cache says that the response has an age.
    pub fn is_aged(&self) -> bool {
        field(&self.0, "aged").is_truthy()
    }

    /// `Retry-After`, in milliseconds from now; for an answer that is no success.
    pub fn retry_after_ms(&self) -> Option<u64> {
        number_field(&self.0, "retryAfterMs").map(|wait| wait as u64)
    }

    /// The server's time, in UNIX seconds, where it can be read; for an answer that is no success.
    pub fn date(&self) -> Option<u64> {
        number_field(&self.0, "date").map(|at| (at / 1000.0) as u64)
    }
}

/// There is no complete answer.
pub struct Lost {
    pub by: Interruption,
    /// Whether anything can have reached the server.
    pub may_have_left: bool,
    /// What JavaScript said, for `cause`.
    pub cause: JsValue,
    /// Its code and message as far as logs may have them, or nothing.
    pub shown: JsValue,
}

/// Sends a body. From here on the request counts as gone out, unless `fetch` proves otherwise.
pub async fn send(
    http: &Http,
    url: &str,
    content_type: &str,
    body: &[u8],
    attempt: &Attempt,
    transport: Transport,
) -> Result<Answer, Lost> {
    let posting = http.post(url, content_type, body, &attempt.fetch_signal());
    let lost = match attempt.within(posting).await {
        Ok(Ok(answer)) => match text_field(&answer, "lost") {
            None => return Ok(Answer(answer)),
            Some(place) => where_lost(&place, &answer, transport),
        },
        // It does not reject; were it to, what it says would be no evidence.
        Ok(Err(error)) => Lost {
            by: Interruption::Connection,
            may_have_left: true,
            cause: error,
            shown: JsValue::UNDEFINED,
        },
        Err(by) => Lost {
            by,
            may_have_left: true,
            cause: match by {
                Interruption::Abort => attempt.abort_reason(),
                _ => JsValue::UNDEFINED,
            },
            shown: JsValue::UNDEFINED,
        },
    };
    attempt.abandon();
    Err(lost)
}

fn where_lost(place: &str, lost: &JsValue, transport: Transport) -> Lost {
    let cause = field(lost, "cause");
    let evidence = match place {
        "no-fetch" => Evidence::NotConnected,
        // What sends again has the error of its last try only.
        "fetch" if transport == Transport::TransmitsOnce && field(lost, "isOwn").is_truthy() => {
            described(&cause, 0).evidence()
        }
        _ => Evidence::None,
    };
    let by = match (place, evidence) {
        (_, Evidence::CertificateRejected) => Interruption::Certificate,
        ("no-fetch" | "fetch" | "reading", _) => Interruption::Connection,
        ("answer-too-large", _) => Interruption::AnswerTooLarge,
        _ => Interruption::NotAResponse,
    };
    Lost {
        by,
        may_have_left: evidence == Evidence::None,
        cause,
        shown: field(lost, "shown"),
    }
}

/// `post.js` copies no more than this.
const MAX_DEPTH: u32 = 8;

/// An error that `post.js` copied, or of its causes the first that has a code.
fn described(error: &JsValue, depth: u32) -> ConnectionError {
    if depth == MAX_DEPTH {
        return ConnectionError::default();
    }
    let (code, errors, cause) = (text_field(error, "code"), field(error, "errors"), field(error, "cause"));
    if code.is_none() && errors.is_undefined() && cause.is_object() {
        return described(&cause, depth + 1);
    }
    let errors = Array::is_array(&errors).then(|| errors.unchecked_into::<Array>());
    ConnectionError {
        code,
        syscall: text_field(error, "syscall"),
        errors: errors.map(|errors| errors.iter().map(|error| described(&error, depth + 1)).collect()),
    }
}
