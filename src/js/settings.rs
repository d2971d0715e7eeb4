//! A client's settings, and one attempt made with them: sign, build the body, send; or leave all that to a proxy.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use super::attempt::Attempt;
use super::describe;
use super::host;
use super::proxied::Proxy;
use super::read_json;
use super::refusal::Refusal;
use super::send::{Http, Lost, send};
use crate::answer::Response;
use crate::clock;
use crate::exchange::{Exchange, Interruption, Transport};
use crate::multipart::Boundary;
use crate::proxy::Forwarded;
use crate::replay::SeenRequests;
use crate::signature::{Nonce, Sign, Signer, Validity};
use crate::text::joined;
use crate::wiped::Wiped;

pub struct Settings {
    /// Nothing once the client was disposed of.
    pub signer: RefCell<Option<SignWith>>,
    pub base_url: String,
    pub signature_ttl: u64,
    pub transport: Transport,
    pub http: Http,
    pub now: Option<Function>,
    /// Told of each attempt that was made.
    pub on_attempt: Option<Function>,
    /// What the server said to add to the clock, in seconds.
    pub clock_correction: Cell<i32>,
    /// The responses so far.
    pub seen: RefCell<SeenRequests>,
}

pub enum SignWith {
    Secret(Signer),
    Callback(Function),
    /// It has the secret, and makes the call.
    Proxy(Rc<Proxy>),
}

/// What came of an attempt.
pub struct Sent {
    /// For the core to judge.
    pub exchange: Exchange,
    /// What JavaScript said where it failed, for `cause`.
    pub cause: JsValue,
    /// Its code and message as far as logs may have them, or nothing.
    pub shown: JsValue,
    /// The way that it went.
    pub transport: Transport,
}

/// What an attempt sends.
pub trait Outgoing {
    /// Shows the call; does not, if there is nothing to send any more.
    fn show(&self, to: &mut dyn FnMut(Forwarded<'_>));

    /// Called right before the request leaves. False holds it back.
    fn departs(&self) -> bool {
        true
    }
}

/// What is made of the call that is to be sent; nothing if there is nothing to send any more.
pub fn of_call<T>(outgoing: &dyn Outgoing, make: impl FnOnce(Forwarded<'_>) -> T) -> Option<T> {
    let (mut make, mut made) = (Some(make), None);
    outgoing.show(&mut |call| made = make.take().map(|make| make(call)));
    made
}

impl Settings {
    /// Makes one attempt, itself or through the proxy. Gives what is to be told of it as well, see [`Settings::tell`].
    pub async fn attempt(&self, outgoing: &dyn Outgoing, attempt: &Attempt) -> Result<(Sent, JsValue), Refusal> {
        let proxy = match &*self.signer.borrow() {
            Some(SignWith::Proxy(proxy)) => Some(Rc::clone(proxy)),
            _ => None,
        };
        let started = host::monotonic_ms();
        // Asked before, since a run that is cut off has given the call up.
        let call = self
            .on_attempt
            .as_ref()
            .and_then(|_| of_call(outgoing, |call| (call.name(), call.tokens())));
        let sent = match proxy {
            Some(proxy) => proxy.attempt(self, outgoing, attempt).await,
            None => self.signed_attempt(outgoing, attempt).await,
        }?;
        let event = match &self.on_attempt {
            None => JsValue::UNDEFINED,
            Some(_) => describe::attempt(&sent.exchange, &sent.shown, call, host::monotonic_ms() - started),
        };
        Ok((sent, event))
    }

    /// Tells of an attempt whoever wants to know, with the code of its failure if it is one. After what came of it is settled:
    /// a hook may abort, and what the server answered is known all the same.
    pub fn tell(&self, event: &JsValue, failure: Option<&str>) {
        if let Some(on_attempt) = &self.on_attempt {
            if let Some(code) = failure {
                describe::add_failure(event, code);
            }
            // It is the facade's own, and catches what callers' functions throw.
            let _ = on_attempt.call1(&JsValue::UNDEFINED, event);
        }
    }

    /// Signs and sends one request.
    async fn signed_attempt(&self, outgoing: &dyn Outgoing, attempt: &Attempt) -> Result<Sent, Refusal> {
        let used = self.clock_correction.get();
        let sign = match self.sign(attempt).await {
            Ok(sign) => sign?,
            Err(by) => return Ok(self.held_back(by, attempt)),
        };
        let http = self.http()?;
        let (boundary, body) = body_of(outgoing, &sign)?;
        if let Some(by) = attempt.cut_by() {
            return Ok(self.held_back(by, attempt));
        }
        let Some((path, body)) = body.filter(|_| outgoing.departs()) else {
            return Ok(self.held_back(Interruption::Abort, attempt));
        };
        let url = joined(&[&self.base_url, path]);
        Ok(
            match send(http, &url, &boundary.content_type(), &body, attempt, self.transport).await {
                Err(lost) => self.lost(lost),
                Ok(answer) => Sent {
                    exchange: self.received(Response {
                        replayed: answer.is_aged(),
                        retry_after_ms: answer.retry_after_ms(),
                        clock_correction: answer.date().and_then(|date| self.correction(date, used)),
                        ..Response::new(answer.status(), read_json::content(&answer))
                    }),
                    cause: JsValue::UNDEFINED,
                    shown: JsValue::UNDEFINED,
                    transport: self.transport,
                },
            },
        )
    }

    /// A response from the server, or from a proxy as it passed it on.
    pub fn received(&self, mut response: Response) -> Exchange {
        self.seen.borrow_mut().mark(&mut response);
        Exchange::Answered(response)
    }

    /// Where the requests go, as far as that may be written down: the query of a proxy's URL could be a secret.
    pub fn server(&self) -> String {
        match &*self.signer.borrow() {
            Some(SignWith::Proxy(proxy)) => proxy.url.split('?').next().unwrap_or_default().to_owned(),
            _ => self.base_url.clone(),
        }
    }

    /// UNIX seconds by the server's clock, as far as that is known.
    pub fn server_seconds(&self) -> u64 {
        let ours = unix_seconds(self.now.as_ref()).or_else(|_| unix_seconds(None));
        clock::corrected(ours.unwrap_or(0), self.clock_correction.get())
    }

    /// What sends, if there is a `fetch`.
    pub fn http(&self) -> Result<&Http, Refusal> {
        if self.http.is_there() {
            return Ok(&self.http);
        }
        Err(Refusal::unusable(
            "NO_FETCH",
            "There is no fetch here: pass one as an option",
            JsValue::UNDEFINED,
        ))
    }

    /// An attempt that ended before `fetch` was called.
    pub fn held_back(&self, by: Interruption, attempt: &Attempt) -> Sent {
        self.lost(Lost {
            by,
            may_have_left: false,
            cause: attempt.abort_reason(),
            shown: JsValue::UNDEFINED,
        })
    }

    /// An attempt without a complete answer.
    pub fn lost(&self, lost: Lost) -> Sent {
        let Lost {
            by,
            may_have_left,
            cause,
            shown,
        } = lost;
        Sent {
            exchange: Exchange::Interrupted { by, may_have_left },
            cause,
            shown,
            transport: self.transport,
        }
    }

    /// What to add to the clock, seeing the server's; a caller's signer has a clock of its own.
    fn correction(&self, server: u64, used: i32) -> Option<i32> {
        if matches!(*self.signer.borrow(), Some(SignWith::Callback(_))) {
            return None;
        }
        clock::correction(server, unix_seconds(self.now.as_ref()).ok()?, used)
    }

    async fn sign(&self, attempt: &Attempt) -> Result<Result<Sign, Refusal>, Interruption> {
        if let Some(by) = attempt.cut_by() {
            return Err(by);
        }
        let given = match self.sign_or_ask() {
            Ok(Signing::Signed(sign)) => return Ok(Ok(sign)),
            Ok(Signing::Asked(given)) => given,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let signed = attempt.within(given).await?;
        Ok(match signed.map(|signed| signed.as_string()) {
            Ok(Some(text)) => Sign::from_external(text).map_err(Refusal::from),
            Ok(None) => Err(not_signed(JsValue::UNDEFINED)),
            Err(error) => Err(not_signed(error)),
        })
    }

    fn sign_or_ask(&self) -> Result<Signing, Refusal> {
        // Read before the signer is borrowed: the caller's clock may do anything.
        let now = unix_seconds(self.now.as_ref());
        let callback = match &*self.signer.borrow() {
            // A proxy signs what it sends.
            None | Some(SignWith::Proxy(_)) => {
                return Err(Refusal::unusable(
                    "DISPOSED",
                    "The client was disposed of",
                    JsValue::UNDEFINED,
                ));
            }
            Some(SignWith::Secret(signer)) => {
                let validity = Validity::new(clock::corrected(now?, self.clock_correction.get()), self.signature_ttl);
                return Ok(Signing::Signed(signer.sign(validity, &Nonce::from_random(random()?))));
            }
            Some(SignWith::Callback(callback)) => callback.clone(),
        };
        callback
            .call0(&JsValue::UNDEFINED)
            .map(|given| Signing::Asked(given.unchecked_into()))
            .map_err(not_signed)
    }
}

/// A signature, or the promise of what the caller's function gives.
enum Signing {
    Signed(Sign),
    Asked(Promise),
}

fn not_signed(error: JsValue) -> Refusal {
    Refusal::unusable("SIGN_FAILED", "The function given as sign failed", error)
}

/// The path to send it to, and the body; nothing if there is nothing to send any more.
type Body = Option<(&'static str, Wiped)>;

/// A body with a boundary that does not occur in it. A second draw is as good as never needed.
fn body_of(outgoing: &dyn Outgoing, sign: &Sign) -> Result<(Boundary, Body), Refusal> {
    for _ in 0..3 {
        let boundary = Boundary::from_random(random()?);
        let body = of_call(outgoing, |call| Some((call.path(), call.body(sign, &boundary).ok()?)));
        if body.as_ref().is_none_or(Option::is_some) {
            return Ok((boundary, body.flatten()));
        }
    }
    Err(no_randomness(JsValue::UNDEFINED))
}

pub fn unix_seconds(now: Option<&Function>) -> Result<u64, Refusal> {
    host::unix_seconds(now).map_err(|error| {
        Refusal::unusable(
            "CLOCK_UNUSABLE",
            "The clock does not give a time in milliseconds",
            error,
        )
    })
}

pub fn no_timer(error: JsValue) -> Refusal {
    Refusal::unusable(
        "NO_TIMER",
        "The abort signal or the host's timers cannot be used",
        error,
    )
}

pub fn random<const N: usize>() -> Result<[u8; N], Refusal> {
    host::random().map_err(no_randomness)
}

fn no_randomness(error: JsValue) -> Refusal {
    Refusal::unusable("NO_RANDOMNESS", "crypto.getRandomValues gives no random bytes", error)
}
