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
const ALWAYS: [&str; 7] = [
    "INVALID_OUTER_ID",
    "INVALID_GROUP_ID",
    "INVALID_FACE_TOKENS_SIZE",
    "MISSING_ARGUMENTS",
    "BAD_ARGUMENTS",
    "COEXISTENCE_ARGUMENTS",
    "API_NOT_FOUND",
];
/// Codes that come before any action of this request.
const THIS_TIME: [&str; 4] = [
    "AUTHENTICATION_ERROR",
    "AUTHORIZATION_ERROR",
    "CONCURRENCY_LIMIT_EXCEEDED",
    "INVALID_FACE_TOKEN",
];

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
    let read = serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object);
    match &verdict {
        Ok(removal) => {
            let read = read.expect("a success is JSON");
            assert!((200..300).contains(&response.status));
            assert!(read.get("error").is_none() && read.get("error_message").is_none());
            assert_eq!(read["group_id"], "staff");
            assert_eq!(read["face_removed"].as_f64(), Some(removal.face_removed as f64));
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
            let error = read
                .as_ref()
                .and_then(|read| read.get("error").or_else(|| read.get("error_message")));
            let code = error
                .and_then(Value::as_str)
                .map(|error| error.split(':').next().unwrap_or_default().trim());
            let too_large = response.status == 413
                && read.is_none()
                && String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes)).trim()
                    == "Request Entity Too Large";
            let proven = match code {
                Some(code) if ALWAYS.contains(&code) => true,
                Some(code) if THIS_TIME.contains(&code) => !resends,
                _ => too_large,
            };
            let expected = if proven {
                Delivery::Rejected
            } else {
                Delivery::MaybeApplied
            };
            assert_eq!(failure.delivery, expected, "{failure:?}");
            let shown = format!("{failure} {failure:?}");
            assert!(shown.len() < 1000 && !shown.contains("34dce3f2d1fc4736670b4bad58523ce8"));
        }
    }
    let PassedOn::Answer {
        status,
        body,
        too_large,
        ..
    } = pass_on(Exchange::Answered(response), Forwarded::DeleteFaces(&call))
    else {
        panic!("an answer is passed on as one");
    };
    let content = match body {
        Some(body) => Content::Object(body),
        None => Content::Text(if too_large { "Request Entity Too Large" } else { "" }.to_owned()),
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
