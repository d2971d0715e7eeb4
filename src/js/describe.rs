//! What came of a call, as plain data for the facade: `{ answer }` or `{ error }`.
//!
//! Tokens do not cross the border on their way back: the facade has them, and gets their positions.

use js_sys::{Array, Float64Array, Object, Uint8Array};
use wasm_bindgen::prelude::*;

use super::convert::{field, number, object, set, text, word};
use super::host;
use super::run::{Causes, Execution};
use crate::answer::Content;
use crate::codes::ServerError;
use crate::delete_faces::Removal;
use crate::deletion::{Ended, Finding, Millis, Outcome, Report, Run, Waiting};
use crate::error::{Delivery, Failure, Kind};
use crate::exchange::{Exchange, Interruption, interrupted};
use crate::face_count::Size;
use crate::proxy::name_of;
use crate::selection::{ExceptionKind, Selection};

/// What one call of a run came to, with the outcome of each position of the input.
pub fn one_call(execution: &Execution) -> Object {
    let refusal = execution.refusal();
    let causes = execution.causes();
    execution.with_run(|run| {
        let report = run.report();
        let described = match (run.last_answer(), refusal) {
            (Some(removal), _) => answered(removal, run.selection()),
            (None, Some(refusal)) => refusal.describe_in(&report),
            (None, None) => unanswered(run, &report, &causes),
        };
        add_outcomes(&described, run);
        set(&described, "attempts", &report.requests.into());
        described
    })
}

/// The report of a run, or why nothing could be sent. One that goes on with another always has a report to go on with.
pub fn report(execution: &Execution) -> Object {
    let refusal = execution.refusal();
    let causes = execution.causes();
    let now = host::monotonic_ms();
    execution.with_run(|run| {
        let report = run.report();
        let is_new = !has_sent(&report) && !run.goes_on();
        if let Some(refusal) = refusal.as_ref().filter(|_| is_new) {
            return refusal.describe();
        }
        let described = object(&[("answer", stats(run, now).into())]);
        if let Some(refusal) = &refusal {
            set(&described, "failure", &refusal.describe_in(&report));
        }
        if let Some((name, ended)) = report.ended.as_ref().map(|ended| (ended_name(ended), ended)) {
            set(&described, "ended", &name.into());
            if let Ended::Failed(failure) = ended {
                let failure = Failure {
                    delivery: delivery_of(&report),
                    ..failure.clone()
                };
                set(&described, "failure", &failed(&failure, &causes.end));
                // That is what ended it; what went wrong besides is not to be hidden by it.
                if let Some(refusal) = &refusal {
                    set(&described, "besides", &refusal.problem().into());
                }
            }
            // All was tried, and nothing worked: that is worth a reason, too.
            let is_vain = matches!(ended, Ended::Complete) && run.last_answer().is_none() && report.left_open > 0;
            if let Some(failure) = run.last_failure().filter(|_| is_vain && refusal.is_none()) {
                let failure = Failure {
                    delivery: delivery_of(&report),
                    ..failure.clone()
                };
                set(&described, "failure", &failed(&failure, &causes.last));
            }
        }
        if let Some(wait) = run.quiet_until().and_then(|at| at.checked_sub(now)) {
            set(&described, "retryAfterMs", &(wait as f64).into());
        }
        set(&described, "complete", &report.is_complete().into());
        set(&described, "allGone", &report.is_all_gone().into());
        set(&described, "addsUp", &report.adds_up().into());
        if let Some(begun) = run.begun() {
            set(&described, "startedAt", &(begun.at as f64).into());
        }
        set(&described, "endedAt", &number(run.ended_at()));
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
pub fn stats(run: &Run, now: Millis) -> Object {
    let report = run.report();
    let progress = run.progress(now);
    let counts = Outcome::ALL.map(|outcome| report.counts.of(outcome) as f64);
    let (waiting_for, wait) = match progress.waiting {
        Waiting::Nothing => (JsValue::UNDEFINED, None),
        Waiting::Answers => ("answers".into(), None),
        Waiting::Retry(wait) => ("retry".into(), Some(wait)),
        Waiting::ServerPause(wait) => ("server-pause".into(), Some(wait)),
    };
    object(&[
        ("counts", Float64Array::from(counts.as_slice()).into()),
        ("total", number(Some(report.total))),
        ("requests", report.requests.into()),
        ("retries", report.retries.into()),
        ("faceCount", number(report.face_count)),
        ("activeMs", number(Some(report.active_ms))),
        ("perSecond", progress.per_second.into()),
        ("concurrency", progress.concurrency.into()),
        ("inFlight", progress.in_flight.into()),
        ("batchSize", (progress.batch_size as u32).into()),
        ("waitingFor", waiting_for),
        ("waitMs", number(wait)),
        ("remainingMs", number(progress.remaining)),
    ])
}

/// An attempt, for hooks and loggers: no token, no signature, nothing of the answer that is not fit to be shown.
/// `shown` is the code and message of the error that interrupted it, as far as they may be shown.
pub fn attempt(exchange: &Exchange, shown: &JsValue, call: Option<(&'static str, usize)>, duration_ms: u64) -> JsValue {
    let (api, tokens) = call.unwrap_or(("deleteFaces", 0));
    let event = object(&[
        ("api", api.into()),
        ("tokens", (tokens as u32).into()),
        ("durationMs", number(Some(duration_ms))),
        ("mayHaveLeft", exchange.may_have_left().into()),
    ]);
    match exchange {
        Exchange::Answered(response) => {
            set(&event, "status", &response.status.into());
            if let Some(wait) = response.retry_after_ms {
                set(&event, "retryAfterMs", &number(Some(wait)));
            }
            if let Content::Object(body) = &response.content {
                if let Some(id) = body.shown_request_id() {
                    set(&event, "requestId", &id.into());
                }
                if let Some(error) = body.error.value() {
                    set(&event, "error", &ServerError::parse(error).shown().into());
                }
            }
        }
        Exchange::Interrupted { by, .. } => {
            set(&event, "interrupted", &name_of(*by).into());
            if shown.is_object() {
                set(&event, "cause", shown);
            }
        }
        Exchange::RefusedByProxy(refusal) => set(&event, "error", &refusal.code().into()),
    }
    event.into()
}

/// What was wrong with the answer, where the server did not say so itself.
pub fn add_failure(event: &JsValue, code: &str) {
    let (error, interrupted) = (field(event, "error"), field(event, "interrupted"));
    if error.is_undefined() && interrupted.is_undefined() {
        set(event.unchecked_ref(), "error", &code.into());
    }
}

/// A finding with its evidence.
pub fn finding(finding: &Finding) -> JsValue {
    let described = object(&[("outcome", finding.outcome.name().into())]);
    add_evidence(&described, finding);
    described.into()
}

/// Why an outcome is what it is, as far as that goes without saying.
fn add_evidence(described: &Object, finding: &Finding) {
    if let Some(reason) = &finding.reason {
        set(described, "reason", &reason.as_str().into());
    }
    if let Some(because) = finding.because {
        set(described, "because", &because.name().into());
    }
    if let Some(retryable) = finding.retryable {
        set(described, "retryable", &retryable.into());
    }
}

/// Why there is no answer: what ended the run, or the last attempt's failure; delivered as far as the worst attempt was.
fn unanswered(run: &Run, report: &Report, causes: &Causes) -> Object {
    let may_have_left = report.counts.of(Outcome::Unknown) > 0;
    let (mut failure, cause) = match (&report.ended, run.last_failure()) {
        (Some(Ended::Aborted), _) => (interrupted(Interruption::Abort, may_have_left), &causes.abort),
        (Some(Ended::Deadline), _) | (_, None) => {
            (interrupted(Interruption::Timeout, may_have_left), &JsValue::UNDEFINED)
        }
        (_, Some(failure)) => (failure.clone(), &causes.last),
    };
    if report.requests > 0 && !may_have_left {
        match &report.ended {
            Some(Ended::Aborted) => failure.explanation = "Aborted before it could be tried again",
            Some(Ended::Deadline) => failure.explanation = "The time ran out before it could be tried again",
            _ => {}
        }
    }
    failure.delivery = delivery_of(report);
    let last = run
        .last_failure()
        .filter(|_| matches!(report.ended, Some(Ended::Deadline)));
    failure.retry_after_ms = failure.retry_after_ms.or(last.and_then(|last| last.retry_after_ms));
    let described = failed(&failure, cause);
    if let Some(last) = last {
        set(&described, "last", &failed(last, &causes.last));
    }
    described
}

/// Whether anything went out, by this process or one before, whose last requests its journal may not have counted.
pub fn has_sent(report: &Report) -> bool {
    report.requests > 0 || report.counts.of(Outcome::Unknown) > 0
}

/// What all that was sent may have done, as the outcomes show.
pub fn delivery_of(report: &Report) -> Delivery {
    let any = |outcome| report.counts.of(outcome) > 0;
    if any(Outcome::Unknown) {
        Delivery::MaybeApplied
    } else if any(Outcome::Deleted) {
        Delivery::Applied
    } else if any(Outcome::AbsentAfterUncertain) {
        Delivery::MaybeApplied
    } else if any(Outcome::Failed) || any(Outcome::Absent) {
        Delivery::Rejected
    } else {
        Delivery::NotSent
    }
}

fn answered(removal: &Removal, selection: &Selection) -> Object {
    let failure_detail = Array::new();
    for kept in &removal.kept {
        if let Some(index) = selection.index_of(kept.position) {
            let entry = object(&[
                ("index", (index as u32).into()),
                ("reason", kept.reason.as_str().into()),
            ]);
            failure_detail.push(&entry);
        }
    }
    let answer = object(&[
        ("requestId", text(removal.request_id.as_deref())),
        ("timeUsed", removal.time_used.map_or(JsValue::UNDEFINED, JsValue::from)),
        ("faceRemoved", number(Some(removal.face_removed))),
        ("faceCount", number(removal.face_count)),
        ("failureDetail", failure_detail.into()),
    ]);
    object(&[("answer", answer.into())])
}

const fn has_evidence(finding: &Finding) -> bool {
    finding.reason.is_some() || finding.because.is_some() || finding.retryable.is_some()
}

/// The outcome of each position of the input, by its number; and the evidence of those that have some.
fn add_outcomes(described: &Object, run: &Run) {
    let selection = run.selection();
    let mut codes = vec![Outcome::Unknown as u8; selection.total() as usize];
    let evidence = Array::new();
    let mut settle = |index: usize, outcome: Outcome| {
        if let Some(code) = codes.get_mut(index) {
            *code = outcome as u8;
        }
    };
    let (numbers, findings) = (run.finding_numbers(0, selection.count()), run.findings());
    for (positions, first) in selection.stretches() {
        for (index, number) in (first..).zip(numbers.get(positions).unwrap_or_default()) {
            let finding = number.checked_sub(1).and_then(|at| findings.get(usize::from(at)));
            let Some(finding) = finding else { continue };
            settle(index, finding.outcome);
            if has_evidence(finding) {
                let entry = object(&[("index", (index as u32).into())]);
                add_evidence(&entry, finding);
                evidence.push(&entry);
            }
        }
    }
    for exception in selection.exceptions() {
        let index = exception.index;
        if let ExceptionKind::DuplicateOf(position) = exception.kind {
            settle(index as usize, Outcome::Duplicate);
            let of = number(selection.index_of(position as usize).map(|of| of as u64));
            evidence.push(&object(&[("index", index.into()), ("of", of)]));
        } else {
            settle(index as usize, Outcome::Invalid);
        }
    }
    set(described, "outcomes", &Uint8Array::from(codes.as_slice()));
    set(described, "evidence", &evidence);
}

/// The size of a library.
pub fn size(size: &Size) -> Object {
    let answer = object(&[
        ("requestId", text(size.request_id.as_deref())),
        ("timeUsed", size.time_used.map_or(JsValue::UNDEFINED, JsValue::from)),
        ("faceCount", number(Some(size.face_count))),
    ]);
    object(&[("answer", answer.into())])
}

/// Why a call that only reads has no answer. There is no question of its delivery.
pub fn failed_reading(failure: &Failure, cause: &JsValue) -> Object {
    described_failure(failure, &failure.sentence_of_reading(), cause)
}

/// The caller aborted a call that only reads, before a retry.
pub fn reading_aborted(reason: &JsValue) -> Object {
    let failure = Failure {
        explanation: "Aborted before it could be tried again",
        ..interrupted(Interruption::Abort, true)
    };
    failed_reading(&failure, reason)
}

/// The time for a call that only reads ran out, after this failure if there was one.
pub fn reading_out_of_time(last: Option<&(Failure, JsValue)>) -> Object {
    let mut failure = interrupted(Interruption::Timeout, true);
    if last.is_some() {
        failure.explanation = "The time ran out before it could be tried again";
    }
    failure.retry_after_ms = last.and_then(|(last, _)| last.retry_after_ms);
    let described = failed_reading(&failure, &JsValue::UNDEFINED);
    if let Some((last, cause)) = last {
        set(&described, "last", &failed_reading(last, cause));
    }
    described
}

fn failed(failure: &Failure, cause: &JsValue) -> Object {
    let described = described_failure(failure, &failure.sentence(), cause);
    set(
        field(&described, "error").unchecked_ref(),
        "delivery",
        &word(failure.delivery),
    );
    described
}

fn described_failure(failure: &Failure, message: &str, cause: &JsValue) -> Object {
    let error = error(class_name(failure.kind), &failure.code, message);
    set(&error, "status", &number(failure.status.map(u64::from)));
    set(&error, "requestId", &text(failure.request_id.as_deref()));
    set(&error, "retryAfterMs", &number(failure.retry_after_ms));
    object(&[("error", error.into()), ("cause", cause.clone())])
}

pub fn error(name: &str, code: &str, message: &str) -> Object {
    object(&[
        ("name", name.into()),
        ("code", code.into()),
        ("message", message.into()),
    ])
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
