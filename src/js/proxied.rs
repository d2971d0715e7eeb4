//! One attempt through a proxy that holds the secret: find out which instance is there, then hand it the call.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;

use super::attempt::Attempt;
use super::read_json;
use super::refusal::Refusal;
use super::send::{Lost, send};
use super::settings::{Outgoing, Sent, Settings, of_call, random};
use crate::exchange::{Exchange, Interruption};
use crate::proxy::{self, Instance};

/// A proxy.
pub struct Proxy {
    pub url: String,
    /// Who was there last.
    known: RefCell<Option<Instance>>,
}

const JSON: &str = "application/json";

impl Proxy {
    pub const fn new(url: String) -> Self {
        Self {
            url,
            known: RefCell::new(None),
        }
    }

    /// Hands over one call.
    pub async fn attempt(
        &self,
        settings: &Settings,
        outgoing: &dyn Outgoing,
        attempt: &Attempt,
    ) -> Result<Sent, Refusal> {
        let http = settings.http()?;
        let known = self.known.borrow().clone();
        let instance = match known {
            Some(instance) => instance,
            None => match send(http, &self.url, JSON, &proxy::hello(), attempt, settings.transport).await {
                Err(lost) => {
                    return Ok(settings.lost(Lost {
                        may_have_left: false,
                        ..lost
                    }));
                }
                Ok(answer) => match read_json::reply(&answer).welcome(answer.status()) {
                    Ok(instance) => self.known.borrow_mut().insert(instance).clone(),
                    Err(refusal) => {
                        return Ok(Sent {
                            exchange: Exchange::RefusedByProxy(refusal),
                            cause: JsValue::UNDEFINED,
                            shown: JsValue::UNDEFINED,
                            transport: settings.transport,
                        });
                    }
                },
            },
        };
        let id = crate::text::hex(&random::<16>()?);
        let body = of_call(outgoing, |call| proxy::attempt(&instance, &id, call));
        if let Some(by) = attempt.cut_by() {
            return Ok(settings.held_back(by, attempt));
        }
        let Some(body) = body.filter(|_| outgoing.departs()) else {
            return Ok(settings.held_back(Interruption::Abort, attempt));
        };
        Ok(
            match send(http, &self.url, JSON, &body, attempt, settings.transport).await {
                Err(lost) => settings.lost(lost),
                Ok(answer) => {
                    let mut reply = read_json::reply(&answer);
                    // There may be a cache between the client and the proxy, too.
                    reply.replayed |= answer.is_aged();
                    let transport = reply.transport(&id);
                    let exchange = match reply.exchange(answer.status(), &id) {
                        Exchange::Answered(response) => settings.received(response),
                        exchange => exchange,
                    };
                    if matches!(&exchange, Exchange::RefusedByProxy(refusal) if refusal.is_other_instance()) {
                        self.known.take();
                    }
                    Sent {
                        exchange,
                        cause: JsValue::UNDEFINED,
                        shown: JsValue::UNDEFINED,
                        transport,
                    }
                }
            },
        )
    }
}
