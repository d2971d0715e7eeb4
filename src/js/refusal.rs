//! Why a call ended before there was a response to judge.

use js_sys::Object;
use wasm_bindgen::prelude::*;

use super::convert::{field, object, set, text, word};
use super::describe::{delivery_of, error, has_sent};
use crate::deletion::Report;
use crate::error::{Delivery, InvalidArgument};
use crate::text::joined;

/// An `error` as the facade gets it.
pub struct Refusal {
    described: Object,
    /// Begins the message; nothing where it says no more than this.
    problem: &'static str,
}

impl Refusal {
    fn new(name: &str, code: &str, message: &str, path: Option<&str>, cause: JsValue) -> Self {
        let error = error(name, code, message);
        set(&error, "delivery", &word(Delivery::NotSent));
        set(&error, "path", &text(path));
        Self {
            described: object(&[("error", error.into()), ("cause", cause)]),
            problem: "",
        }
    }

    /// The host, or something that the caller configured, does not do its part.
    pub fn unusable(code: &str, problem: &'static str, cause: JsValue) -> Self {
        let message = joined(&[problem, "; nothing was sent"]);
        Self {
            problem,
            ..Self::new("ConfigError", code, &message, None, cause)
        }
    }

    /// The source of a deletion cannot be read.
    pub fn unreadable(code: &str, problem: &str) -> Self {
        let message = joined(&["source ", problem]);
        Self::new("ValidationError", code, &message, Some("source"), JsValue::UNDEFINED)
    }

    /// The journal cannot be gone on with.
    pub fn unresumable(code: &str, problem: &str) -> Self {
        let message = joined(&["journal ", problem, ". Nothing was sent"]);
        Self::new("ValidationError", code, &message, Some("journal"), JsValue::UNDEFINED)
    }

    /// Another run goes on with this one's report.
    pub fn taken_up() -> Self {
        let message = "report was taken up by another run already, and this one would not know what that one did: \
            go on with the report of that one. Nothing was sent";
        Self::new(
            "ValidationError",
            "REPORT_WAS_TAKEN_UP",
            message,
            Some("report"),
            JsValue::UNDEFINED,
        )
    }

    /// What is the matter, without what it means for this call.
    pub const fn problem(&self) -> &'static str {
        self.problem
    }

    /// For the facade.
    pub fn describe(&self) -> Object {
        self.described.clone()
    }

    /// For the facade, of a run that may have sent something before.
    pub fn describe_in(&self, report: &Report) -> Object {
        if has_sent(report) {
            let error = field(&self.described, "error").unchecked_into();
            set(&error, "delivery", &word(delivery_of(report)));
            if !self.problem.is_empty() {
                let message = joined(&[self.problem, "; nothing was sent from then on"]);
                set(&error, "message", &message.into());
            }
        }
        self.describe()
    }
}

impl From<InvalidArgument> for Refusal {
    fn from(invalid: InvalidArgument) -> Self {
        Self::new(
            "ValidationError",
            "INVALID_ARGUMENT",
            &invalid.sentence(),
            Some(invalid.path()),
            JsValue::UNDEFINED,
        )
    }
}
