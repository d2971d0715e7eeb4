//! A client's settings, and one attempt made with them: sign, build the body, send.

use std::cell::{Cell, RefCell};

use js_sys::Function;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use super::attempt::Attempt;
use super::convert::awaited;
use super::describe::Refusal;
use super::host;
use super::send::{Outcome, send};
use crate::clock;
use crate::exchange::{Exchange, Interruption, Transport};
use crate::multipart::{Boundary, BoundaryCollision};
use crate::signature::{Nonce, Sign, Signer, Validity};

pub struct Settings {
    /// Nothing once the client was disposed of.
    pub signer: RefCell<Option<SignWith>>,
    pub base_url: String,
    pub signature_ttl: u64,
    pub transport: Transport,
    pub fetch: Option<Function>,
    pub now: Option<Function>,
    /// What the server said to add to the clock, in seconds.
    pub clock_correction: Cell<i32>,
}

pub enum SignWith {
    Secret(Signer),
    Callback(Function),
}

/// What an attempt sends.
pub trait Outgoing {
    /// The path behind the base URL.
    const PATH: &'static str;

    /// The body; nothing if there is nothing to send any more.
    fn body(&self, sign: &Sign, boundary: &Boundary) -> Option<Result<Zeroizing<Vec<u8>>, BoundaryCollision>>;

    /// Called right before the request leaves. False holds it back.
    fn departs(&self) -> bool {
        true
    }
}

impl Settings {
    /// Signs and sends one request.
    pub async fn attempt<T: Outgoing>(&self, outgoing: &T, attempt: &Attempt) -> Result<Outcome, Refusal> {
        let held_back = |by| Outcome::not_sent(by, attempt.abort_reason());
        let used = self.clock_correction.get();
        let sign = match attempt.within(self.sign()).await {
            Ok(sign) => sign?,
            Err(by) => return Ok(held_back(by)),
        };
        let fetch = self.fetch.clone().or_else(host::fetch).ok_or_else(|| {
            Refusal::unusable(
                "NO_FETCH",
                "There is no fetch here; pass one as an option. Nothing was sent",
                JsValue::UNDEFINED,
            )
        })?;
        let (boundary, body) = body_of(outgoing, &sign)?;
        if let Some(by) = attempt.cut_by() {
            return Ok(held_back(by));
        }
        match body {
            Some(body) if outgoing.departs() => {
                let url = [&self.base_url, T::PATH].concat();
                let mut sent = send(&fetch, &url, &boundary, &body, attempt).await;
                if let (Exchange::Answered(response), Some(date)) = (&mut sent.exchange, sent.date) {
                    response.clock_correction = self.correction(date, used);
                }
                Ok(sent)
            }
            _ => Ok(held_back(Interruption::Abort)),
        }
    }

    /// What to add to the clock, seeing the server's; a caller's signer has a clock of its own.
    fn correction(&self, server: u64, used: i32) -> Option<i32> {
        if matches!(*self.signer.borrow(), Some(SignWith::Callback(_))) {
            return None;
        }
        clock::correction(server, unix_seconds(self.now.as_ref()).ok()?, used)
    }

    async fn sign(&self) -> Result<Sign, Refusal> {
        // Read before the signer is borrowed: the caller's clock may do anything.
        let now = unix_seconds(self.now.as_ref());
        let callback = match &*self.signer.borrow() {
            None => {
                return Err(Refusal::unusable(
                    "DISPOSED",
                    "The client was disposed of; nothing was sent",
                    JsValue::UNDEFINED,
                ));
            }
            Some(SignWith::Secret(signer)) => {
                let validity = Validity::new(clock::corrected(now?, self.clock_correction.get()), self.signature_ttl);
                return Ok(signer.sign(validity, &Nonce::from_random(random()?)));
            }
            Some(SignWith::Callback(callback)) => callback.clone(),
        };
        let failed = |error| {
            Refusal::unusable(
                "SIGN_FAILED",
                "The function given as sign failed; nothing was sent",
                error,
            )
        };
        let given = callback.call0(&JsValue::UNDEFINED).map_err(failed)?;
        let signed = awaited(&given).await.map_err(failed)?;
        let text = signed.as_string().ok_or_else(|| failed(JsValue::UNDEFINED))?;
        Ok(Sign::from_external(text)?)
    }
}

type Body = Option<Zeroizing<Vec<u8>>>;

/// A body with a boundary that does not occur in it. A second draw is as good as never needed.
fn body_of(outgoing: &impl Outgoing, sign: &Sign) -> Result<(Boundary, Body), Refusal> {
    for _ in 0..3 {
        let boundary = Boundary::from_random(random()?);
        if let Ok(body) = outgoing.body(sign, &boundary).transpose() {
            return Ok((boundary, body));
        }
    }
    Err(no_randomness(JsValue::UNDEFINED))
}

pub fn unix_seconds(now: Option<&Function>) -> Result<u64, Refusal> {
    host::unix_seconds(now).map_err(|error| {
        Refusal::unusable(
            "CLOCK_UNUSABLE",
            "The clock does not give a time in milliseconds; nothing was sent",
            error,
        )
    })
}

pub fn random<const N: usize>() -> Result<[u8; N], Refusal> {
    host::random().map_err(no_randomness)
}

fn no_randomness(error: JsValue) -> Refusal {
    Refusal::unusable(
        "NO_RANDOMNESS",
        "crypto.getRandomValues gives no random bytes; nothing was sent",
        error,
    )
}
