//! Whatever a server answers: nothing traps, what is claimed follows from the answer by a second, plain reading of the rules,
//! and a proxy in between changes nothing.
#![no_main]

use finauth_facesearch::answer::{Content, Response};
use finauth_facesearch::delete_faces::DeleteFaces;
use finauth_facesearch::error::Delivery;
use finauth_facesearch::exchange::{Exchange, Transport};
use finauth_facesearch::proxy::{Forwarded, PassedOn, pass_on};
use finauth_facesearch::selection::Selection;
use finauth_facesearch::token::GroupId;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const TOKENS: [&str; 3] = ["a1", "b2", "34dce3f2d1fc4736670b4bad58523ce8"];

/// Codes that come before any action, whatever the moment.
const ALWAYS: [&str; 5] = [
    "INVALID_OUTER_ID",
    "INVALID_GROUP_ID",
    "MISSING_ARGUMENTS",
    "COEXISTENCE_ARGUMENTS",
    "API_NOT_FOUND",
];
/// Codes that come before any action of this request.
const THIS_TIME: [&str; 4] = [
    "AUTHENTICATION_ERROR",
    "AUTHORIZATION_ERROR",
    "CONCURRENCY_LIMIT_EXCEEDED",
    "INVALID_FACE_TOKENS_SIZE",
];
/// Codes that prove nothing, whatever the status: a request of several tokens may have been done in part.
const NEVER: [&str; 2] = ["INVALID_FACE_TOKEN", "INTERNAL_ERROR"];

/// Arguments that are no face tokens, by their letters.
const OTHER_ARGUMENTS: [&str; 15] = [
    "sign",
    "signversion",
    "groupid",
    "outerid",
    "apikey",
    "apisecret",
    "expiretime",
    "currenttime",
    "random",
    "version",
    "groupname",
    "groupdata",
    "modelversion",
    "checkempty",
    "contenttype",
];

/// The error, if the response has one: `null` and empty text say nothing.
fn error_of(read: &Value) -> Option<&Value> {
    ["error", "error_message"]
        .iter()
        .filter_map(|name| read.get(name))
        .find(|value| !value.is_null() && *value != "")
}

/// A count may be text, in the form that JSON has for it.
fn count(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| {
        serde_json::from_str(
            value
                .as_str()
                .filter(|text| !text.contains(|c| !char::is_ascii_digit(&c)))?,
        )
        .ok()
    })
}

/// Whether an error proves that nothing was done.
fn is_proven(error: Option<&Value>, status: u16, resends: bool) -> bool {
    let too_large = status == 413 && !resends;
    let Some(error) = error.and_then(Value::as_str) else {
        return too_large;
    };
    let (code, detail) = error.split_once(':').unwrap_or((error, ""));
    let (code, detail) = (code.trim_ascii(), detail.trim_ascii());
    if code == "BAD_ARGUMENTS" {
        let letters = detail.replace(['_', '-'], "").to_ascii_lowercase();
        return OTHER_ARGUMENTS.contains(&letters.as_str());
    }
    if THIS_TIME.contains(&code) {
        return !resends;
    }
    ALWAYS.contains(&code) || (too_large && !NEVER.contains(&code))
}

fuzz_target!(|input: (u16, bool, Vec<u8>)| {
    let (status, resends, bytes) = input;
    let transport = if resends {
        Transport::MayResend
    } else {
        Transport::TransmitsOnce
    };
    let (Ok(group), Ok(selection)) = (GroupId::parse("staff"), Selection::of(TOKENS)) else {
        return;
    };
    let call = DeleteFaces::new(&group, selection.batch());
    let response = Response::new(status % 1000, Content::parse(&bytes));
    let verdict = call.judge(Exchange::Answered(response.clone()), transport);
    let read = serde_json::from_slice::<Value>(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes))
        .ok()
        .filter(Value::is_object);
    match &verdict {
        Ok(removal) => {
            let read = read.expect("a success is JSON");
            assert!((200..300).contains(&response.status));
            assert_eq!(error_of(&read), None);
            assert_eq!(read["group_id"], "staff");
            assert_eq!(count(&read["face_removed"]), Some(removal.face_removed as f64));
            let listed: Vec<&str> = read["failure_detail"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|entry| entry["face_token"].as_str())
                .collect();
            assert_eq!(listed.len() as u64 + removal.face_removed, TOKENS.len() as u64);
            assert!(
                TOKENS
                    .iter()
                    .all(|token| listed.iter().filter(|listed| *listed == token).count() <= 1)
            );
            assert!(listed.iter().all(|token| TOKENS.contains(token)));
        }
        Err(failure) => {
            let error = read.as_ref().and_then(error_of);
            // An error beside a result contradicts it.
            let has_result = read.as_ref().is_some_and(|read| {
                let (removed, failures) = (&read["face_removed"], &read["failure_detail"]);
                !(removed.is_null() || count(removed) == Some(0.0))
                    || !(failures.is_null() || *failures == Value::Array(Vec::new()))
            });
            let expected = if !has_result && is_proven(error, response.status, resends) {
                Delivery::Rejected
            } else {
                Delivery::MaybeApplied
            };
            assert_eq!(failure.delivery, expected, "{failure:?}");
            let shown = format!("{failure} {failure:?}");
            assert!(shown.len() < 1000 && !shown.contains("34dce3f2d1fc4736670b4bad58523ce8"));
        }
    }
    let PassedOn::Answer { status, body, .. } = pass_on(Exchange::Answered(response), Forwarded::DeleteFaces(&call))
    else {
        panic!("an answer is passed on as one");
    };
    let content = match body {
        Some(body) => Content::Object(body),
        None => Content::Other,
    };
    let through = call.judge(Exchange::Answered(Response::new(status, content)), transport);
    match (verdict, through) {
        (Ok(direct), Ok(through)) => assert_eq!(
            (
                direct.face_removed,
                direct.face_count,
                direct.time_used,
                direct.kept.len()
            ),
            (
                through.face_removed,
                through.face_count,
                through.time_used,
                through.kept.len()
            )
        ),
        (Err(direct), Err(through)) => assert_eq!(direct, through),
        (direct, through) => panic!("{direct:?} became {through:?}"),
    }
});
