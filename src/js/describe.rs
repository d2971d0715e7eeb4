//! What came of a call, as plain data for the facade: `{ answer }` or `{ error }`.
//!
//! Tokens do not cross the border on their way back: the facade has them, and gets their positions.

use js_sys::{Float64Array, Object, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::convert::{object, plain, set};
use super::host;
use super::run::Execution;
use crate::answer::Content;
use crate::delete_faces::Removal;
use crate::deletion::{Because, Ended, Finding, Outcome, Report, Run, TokenOutcome, Waiting};
use crate::error::{Delivery, Failure, InvalidArgument, Kind};
use crate::exchange::{Exchange, Interruption, interrupted, shown_error};
use crate::face_count::Size;
use crate::proxy::name_of;
use crate::selection::Selection;
use crate::signature::Sign;

/// Why a call ended before there was anything to judge.
pub struct Refusal {
    name: &'static str,
    code: &'static str,
    message: String,
    path: Option<String>,
    cause: JsValue,
}

impl Refusal {
    /// The host, or something that the caller configured, does not do its part.
    pub fn unusable(code: &'static str, message: &str, cause: JsValue) -> Self {
        Self {
            name: "ConfigError",
            code,
            message: message.to_owned(),
            path: None,
            cause,
        }
    }

    /// The source of a deletion cannot be read.
    pub fn unreadable(code: &'static str, problem: &str) -> Self {
        Self {
            name: "ValidationError",
            code,
            message: ["source ", problem].concat(),
            path: Some("source".to_owned()),
            cause: JsValue::UNDEFINED,
        }
    }

    /// The journal cannot be gone on with.
    pub fn unresumable(code: &'static str, problem: &str) -> Self {
        Self {
            name: "ValidationError",
            code,
            message: ["journal ", problem, ". Nothing was sent"].concat(),
            path: Some("journal".to_owned()),
            cause: JsValue::UNDEFINED,
        }
    }

    /// For the facade.
    pub fn describe(&self) -> Object {
        let fields = ErrorFields {
            name: self.name,
            code: self.code,
            message: &self.message,
            delivery: Delivery::NotSent,
            path: self.path.as_deref(),
            status: None,
            request_id: None,
            retry_after_ms: None,
        };
        error(&fields, &self.cause)
    }
}

impl From<InvalidArgument> for Refusal {
    fn from(invalid: InvalidArgument) -> Self {
        Self {
            name: "ValidationError",
            code: "INVALID_ARGUMENT",
            message: invalid.to_string(),
            path: Some(invalid.path().to_owned()),
            cause: JsValue::UNDEFINED,
        }
    }
}

/// A signature on its own.
pub fn sign(sign: &Sign) -> Object {
    object([("answer", sign.as_str().into())])
}

/// What one call of a run came to, with the outcome of each position of the input.
pub fn one_call(execution: &Execution) -> Object {
    let refusal = execution.refusal();
    let cause = execution.cause();
    execution.with_run(|run| {
        let report = run.report();
        let described = match (run.last_answer(), refusal) {
            (Some(removal), _) => answered(removal, run.selection()),
            (None, Some(refusal)) => refusal.describe(),
            (None, None) => failed(&why_unanswered(run, &report), &cause),
        };
        add_outcomes(&described, &run.outcomes());
        set(&described, "attempts", &report.requests.into());
        described
    })
}

/// The report of a run, or why nothing could be sent.
pub fn report(execution: &Execution) -> Object {
    let refusal = execution.refusal();
    let cause = execution.cause();
    execution.with_run(|run| {
        let report = run.report();
        if let (0, Some(refusal)) = (report.requests, &refusal) {
            return refusal.describe();
        }
        let described = object([("answer", stats(run).into())]);
        if let Some(refusal) = &refusal {
            set(&described, "failure", &refusal.describe());
        }
        if let Some((name, ended)) = report.ended.as_ref().map(|ended| (ended_name(ended), ended)) {
            set(&described, "ended", &name.into());
            match ended {
                Ended::Failed(failure) => set(&described, "failure", &failed(failure, &cause)),
                Ended::ComeBack(at) => {
                    let wait = at.saturating_sub(host::monotonic_ms());
                    set(&described, "retryAfterMs", &(wait as f64).into());
                }
                _ => {}
            }
        }
        set(&described, "addsUp", &report.adds_up().into());
        set(
            &described,
            "endedAt",
            &(execution.settings().server_seconds() as f64).into(),
        );
        if let Some(seconds) = report.clock_correction {
            set(&described, "clockBehind", &(seconds as f64).into());
        }
        described
    })
}

fn ended_name(ended: &Ended) -> &'static str {
    match ended {
        Ended::Complete => "complete",
        Ended::Stopped => "stopped",
        Ended::Aborted => "aborted",
        Ended::Unprepared => "unprepared",
        Ended::Deadline => "deadline",
        Ended::TooManyAbsent => "too-many-absent",
        Ended::Failed(_) => "failed",
        Ended::ComeBack(_) => "retry-later",
    }
}

/// A run in numbers: the counts in the order of [`Outcome::ALL`], and how it gets on.
pub fn stats(run: &Run) -> Object {
    let report = run.report();
    let progress = run.progress(host::monotonic_ms());
    let counts = Outcome::ALL.map(|outcome| report.counts.of(outcome) as f64);
    let optional = |number: Option<u64>| number.map_or(JsValue::UNDEFINED, |number| (number as f64).into());
    let (waiting_for, wait) = match progress.waiting {
        Waiting::Nothing => (JsValue::UNDEFINED, None),
        Waiting::Answers => ("answers".into(), None),
        Waiting::Retry(wait) => ("retry".into(), Some(wait)),
        Waiting::ServerPause(wait) => ("server-pause".into(), Some(wait)),
    };
    object([
        ("counts", Float64Array::from(counts.as_slice()).into()),
        ("total", (report.total as f64).into()),
        ("requests", report.requests.into()),
        ("retries", report.retries.into()),
        ("faceCount", optional(report.face_count)),
        ("perSecond", progress.per_second.into()),
        ("concurrency", progress.concurrency.into()),
        ("inFlight", progress.in_flight.into()),
        ("batchSize", (progress.batch_size as u32).into()),
        ("waitingFor", waiting_for),
        ("waitMs", optional(wait)),
        ("remainingMs", optional(progress.remaining)),
    ])
}

/// An attempt, for hooks and loggers: no token, no signature, nothing of the answer that is not fit to be shown.
pub fn attempt(exchange: &Exchange, call: Option<(&'static str, usize)>, duration_ms: u64) -> JsValue {
    let (api, tokens) = call.unwrap_or(("deleteFaces", 0));
    let mut fields = AttemptFields {
        api,
        tokens: tokens as u32,
        duration_ms: duration_ms as f64,
        may_have_left: exchange.may_have_left(),
        ..AttemptFields::default()
    };
    match exchange {
        Exchange::Answered(response) => {
            fields.status = Some(response.status);
            fields.retry_after_ms = response.retry_after_ms.map(|wait| wait as f64);
            if let Content::Object(body) = &response.content {
                fields.request_id = body.shown_request_id();
                fields.error = body.error.value().map(|error| shown_error(error));
            }
        }
        Exchange::Interrupted { by, .. } => fields.interrupted = Some(name_of(*by)),
        Exchange::RefusedByProxy(refusal) => fields.error = Some(refusal.code().to_owned()),
    }
    plain(&fields)
}

/// A finding with its evidence.
pub fn finding(finding: &Finding) -> JsValue {
    plain(&FindingFields {
        outcome: finding.outcome.name(),
        reason: finding.reason.as_deref(),
        because: finding.because.map(Because::name),
        retryable: finding.retryable,
    })
}

/// Why there is no answer: what ended the run, or the last attempt's failure; delivered as far as the worst attempt was.
fn why_unanswered(run: &Run, report: &Report) -> Failure {
    let may_have_left = report.counts.of(Outcome::Unknown) > 0;
    let failure = match (&report.ended, run.last_failure()) {
        (Some(Ended::Aborted), _) => interrupted(Interruption::Abort, may_have_left),
        (Some(Ended::Deadline), _) | (_, None) => interrupted(Interruption::Timeout, may_have_left),
        (_, Some(failure)) => failure.clone(),
    };
    let delivery = if may_have_left {
        Delivery::MaybeApplied
    } else if report.counts.of(Outcome::Failed) > 0 {
        Delivery::Rejected
    } else {
        Delivery::NotSent
    };
    Failure { delivery, ..failure }
}

fn answered(removal: &Removal, selection: &Selection) -> Object {
    let failure_detail = removal.kept.iter().filter_map(|kept| {
        Some(FailureDetail {
            index: selection.index_of(kept.position)?,
            reason: &kept.reason,
        })
    });
    object([(
        "answer",
        plain(&RemovalFields {
            request_id: &removal.request_id,
            time_used: removal.time_used as f64,
            face_removed: removal.face_removed as f64,
            face_count: removal.face_count as f64,
            failure_detail: failure_detail.collect(),
        }),
    )])
}

fn add_outcomes(described: &Object, outcomes: &[TokenOutcome]) {
    let codes: Vec<u8> = outcomes.iter().map(|settled| settled.finding.outcome as u8).collect();
    let evidence: Vec<Evidence<'_>> = outcomes.iter().filter_map(Evidence::of).collect();
    set(described, "outcomes", &Uint8Array::from(codes.as_slice()));
    set(described, "evidence", &plain(&evidence));
}

/// The size of a library.
pub fn size(verdict: &Result<Size, Failure>, cause: &JsValue, attempts: u32) -> Object {
    let described = match verdict {
        Ok(size) => object([(
            "answer",
            plain(&SizeFields {
                request_id: &size.request_id,
                time_used: size.time_used as f64,
                face_count: size.face_count as f64,
            }),
        )]),
        Err(failure) => failed(failure, cause),
    };
    set(&described, "attempts", &attempts.into());
    described
}

fn failed(failure: &Failure, cause: &JsValue) -> Object {
    let fields = ErrorFields {
        name: class_name(failure.kind),
        code: &failure.code,
        message: &failure.to_string(),
        delivery: failure.delivery,
        path: None,
        status: failure.status,
        request_id: failure.request_id.as_deref(),
        retry_after_ms: failure.retry_after_ms.map(|wait| wait as f64),
    };
    error(&fields, cause)
}

fn error(fields: &ErrorFields<'_>, cause: &JsValue) -> Object {
    object([("error", plain(fields)), ("cause", cause.clone())])
}

fn class_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Api => "ApiError",
        Kind::Authentication => "AuthenticationError",
        Kind::Permission => "PermissionError",
        Kind::GroupNotFound => "GroupNotFoundError",
        Kind::BadRequest => "BadRequestError",
        Kind::Throttled => "ThrottledError",
        Kind::Server => "ServerError",
        Kind::Connection => "ConnectionError",
        Kind::Timeout => "TimeoutError",
        Kind::Abort => "AbortError",
        Kind::Protocol => "ProtocolError",
    }
}

// Numbers go as f64: beyond 2⁵³ they would lose digits, and the server's limit is five million faces.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RemovalFields<'a> {
    request_id: &'a str,
    time_used: f64,
    face_removed: f64,
    face_count: f64,
    failure_detail: Vec<FailureDetail<'a>>,
}

#[derive(Serialize)]
struct FailureDetail<'a> {
    index: usize,
    reason: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SizeFields<'a> {
    request_id: &'a str,
    time_used: f64,
    face_count: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorFields<'a> {
    name: &'a str,
    code: &'a str,
    message: &'a str,
    delivery: Delivery,
    path: Option<&'a str>,
    status: Option<u16>,
    request_id: Option<&'a str>,
    retry_after_ms: Option<f64>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct AttemptFields {
    api: &'static str,
    tokens: u32,
    duration_ms: f64,
    may_have_left: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interrupted: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<f64>,
}

#[derive(Serialize)]
struct FindingFields<'a> {
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retryable: Option<bool>,
}

/// Why an outcome is what it is; absent where the outcome says it all.
#[derive(Serialize)]
struct Evidence<'a> {
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retryable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<usize>,
}

impl<'a> Evidence<'a> {
    fn of(settled: &'a TokenOutcome) -> Option<Self> {
        let evidence = Self {
            index: settled.index,
            reason: settled.finding.reason.as_deref(),
            because: settled.finding.because.map(Because::name),
            retryable: settled.finding.retryable,
            of: settled.of,
        };
        let says_something = evidence.reason.is_some()
            || evidence.because.is_some()
            || evidence.retryable.is_some()
            || evidence.of.is_some();
        says_something.then_some(evidence)
    }
}
