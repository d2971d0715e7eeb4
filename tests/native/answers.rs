//! How answers are judged, and what they make of each token.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use finauth_facesearch::answer::{Content, Response};
use finauth_facesearch::delete_faces::{DeleteFaces, Removal};
use finauth_facesearch::deletion::{Because, Finding, History, Outcome, settle};
use finauth_facesearch::error::{Delivery, Failure, Kind};
use finauth_facesearch::exchange::{Exchange, Interruption, Transport};
use finauth_facesearch::face_count::FaceCount;
use finauth_facesearch::selection::Selection;
use finauth_facesearch::token::GroupId;
use proptest::prelude::*;
use serde_json::{Value, json};

const GROUP: &str = "YuanliStudent_01";
const KEPT: &str = "34dce3f2d1fc4736670b4bad58523ce8";
const SUCCESS: &str = include_str!("../vectors/delete-success.json");

fn answered(status: u16, body: &[u8]) -> Exchange {
    Exchange::Answered(Response::new(status, Content::parse(body)))
}

fn selection() -> Selection {
    Selection::of(["removed", KEPT]).unwrap()
}

fn judge(exchange: Exchange, transport: Transport) -> Result<Removal, Failure> {
    let selection = selection();
    DeleteFaces::new(&GroupId::parse(GROUP).unwrap(), selection.batch()).judge(exchange, transport)
}

fn failure(status: u16, body: &str) -> Failure {
    judge(answered(status, body.as_bytes()), Transport::TransmitsOnce).unwrap_err()
}

fn outcomes(verdict: &Result<Removal, Failure>, transport: Transport) -> Vec<Outcome> {
    let settled = settle(&selection(), verdict, transport);
    settled.iter().map(|settled| settled.finding.outcome).collect()
}

fn success_with(change: impl FnOnce(&mut Value)) -> String {
    let mut body: Value = serde_json::from_str(SUCCESS).unwrap();
    change(&mut body);
    body.to_string()
}

#[test]
fn the_pages_success_deletes_one_and_finds_the_other_absent() {
    let verdict = judge(answered(200, SUCCESS.as_bytes()), Transport::TransmitsOnce);
    let removal = verdict.as_ref().unwrap();
    assert_eq!(
        removal.request_id.as_deref(),
        Some("1769740387,ba578f31-c5e9-4048-8290-2627686f97fe")
    );
    assert_eq!(
        (removal.time_used, removal.face_removed, removal.face_count),
        (Some(101.0), 1, Some(1))
    );
    assert_eq!(
        (removal.kept[0].position, removal.kept[0].reason.as_str()),
        (1, "FACE_NOT_IN_GROUP")
    );
    assert_eq!(
        outcomes(&verdict, Transport::TransmitsOnce),
        [Outcome::Deleted, Outcome::Absent]
    );
}

#[test]
fn the_pages_error_is_a_rejection() {
    let failure = failure(400, include_str!("../vectors/delete-error.json"));
    assert_eq!((failure.kind, failure.delivery), (Kind::BadRequest, Delivery::Rejected));
    assert_eq!(failure.code, "INVALID_FACE_TOKENS_SIZE");
    assert_eq!(
        failure.request_id.as_deref(),
        Some("1769684828,e483ae63-913b-4e32-9068-3719cce59570")
    );
}

#[test]
fn the_code_decides_whatever_the_status() {
    use Delivery::{MaybeApplied, Rejected};
    for status in [200, 400, 403, 429, 503] {
        for (error, kind, code, detail, delivery) in [
            (
                "AUTHENTICATION_ERROR",
                Kind::Authentication,
                "AUTHENTICATION_ERROR",
                None,
                Rejected,
            ),
            (
                "AUTHORIZATION_ERROR: EXPIRED_SIGN",
                Kind::Authentication,
                "AUTHORIZATION_ERROR",
                Some("EXPIRED_SIGN"),
                Rejected,
            ),
            (
                "AUTHORIZATION_ERROR:INVALID_SIGN",
                Kind::Authentication,
                "AUTHORIZATION_ERROR",
                Some("INVALID_SIGN"),
                Rejected,
            ),
            (
                "AUTHORIZATION_ERROR:IP_NOT_ALLOWED",
                Kind::Permission,
                "AUTHORIZATION_ERROR",
                Some("IP_NOT_ALLOWED"),
                Rejected,
            ),
            (
                "AUTHORIZATION_ERROR",
                Kind::Permission,
                "AUTHORIZATION_ERROR",
                None,
                Rejected,
            ),
            (
                "AUTHORIZATION_ERROR:LIMIT_REACHED",
                Kind::Permission,
                "AUTHORIZATION_ERROR",
                Some("LIMIT_REACHED"),
                Rejected,
            ),
            (
                "CONCURRENCY_LIMIT_EXCEEDED",
                Kind::Throttled,
                "CONCURRENCY_LIMIT_EXCEEDED",
                None,
                Rejected,
            ),
            (
                "INVALID_OUTER_ID",
                Kind::GroupNotFound,
                "INVALID_OUTER_ID",
                None,
                Rejected,
            ),
            (
                "INVALID_GROUP_ID",
                Kind::GroupNotFound,
                "INVALID_GROUP_ID",
                None,
                Rejected,
            ),
            (
                "BAD_ARGUMENTS:face_tokens",
                Kind::BadRequest,
                "BAD_ARGUMENTS",
                Some("face_tokens"),
                MaybeApplied,
            ),
            (
                "MISSING_ARGUMENTS:sign",
                Kind::BadRequest,
                "MISSING_ARGUMENTS",
                Some("sign"),
                Rejected,
            ),
            (
                "COEXISTENCE_ARGUMENTS",
                Kind::BadRequest,
                "COEXISTENCE_ARGUMENTS",
                None,
                Rejected,
            ),
            (
                "INVALID_FACE_TOKEN",
                Kind::BadRequest,
                "INVALID_FACE_TOKEN",
                None,
                MaybeApplied,
            ),
            ("API_NOT_FOUND", Kind::Api, "API_NOT_FOUND", None, Rejected),
            ("INTERNAL_ERROR", Kind::Server, "INTERNAL_ERROR", None, MaybeApplied),
        ] {
            for name in ["error", "error_message"] {
                let failure = failure(status, &json!({ name: error }).to_string());
                assert_eq!(
                    (
                        failure.kind,
                        failure.code.as_str(),
                        failure.detail.as_deref(),
                        failure.delivery
                    ),
                    (kind, code, detail, delivery),
                    "{status} {error}"
                );
            }
        }
    }
}

#[test]
fn a_code_that_is_not_known_is_kept_and_proves_nothing() {
    for (status, kind) in [
        (400, Kind::BadRequest),
        (403, Kind::Permission),
        (429, Kind::Throttled),
        (500, Kind::Server),
    ] {
        let failure = failure(status, r#"{"error":"NEW_ERROR: group_id"}"#);
        assert_eq!((failure.kind, failure.code.as_str()), (kind, "NEW_ERROR"));
        assert_eq!(
            (failure.detail.as_deref(), failure.delivery),
            (Some("group_id"), Delivery::MaybeApplied)
        );
    }
}

#[test]
fn what_could_be_a_token_or_a_page_does_not_get_into_a_message() {
    for error in [
        "BAD_ARGUMENTS:34dce3f2d1fc4736670b4bad58523ce8",
        "INVALID_FACE_TOKEN:annSmith",
        "<script>alert(1)</script>",
        "no such face 34dce3f2",
        "34DCE3F2D1FC4736670B4BAD58523CE8",
    ] {
        let shown = failure(400, &json!({ "error": error }).to_string()).to_string();
        assert!(
            !["34dce", "<", "ann"]
                .iter()
                .any(|part| shown.to_lowercase().contains(part)),
            "{shown}"
        );
    }
    for error in [json!(7), json!(true), json!({"a": [1]}), json!([])] {
        let failure = failure(200, &json!({ "error": error, "face_removed": 2 }).to_string());
        assert_eq!(
            (failure.code.as_str(), failure.delivery),
            ("UNKNOWN_ERROR", Delivery::MaybeApplied)
        );
    }
}

#[test]
fn exchange_a_413_is_a_rejection_whatever_its_page() {
    for page in ["Request Entity Too Large\n", "<html>413</html>", ""] {
        let failure = failure(413, page);
        assert_eq!(
            (failure.code.as_str(), failure.delivery),
            ("REQUEST_ENTITY_TOO_LARGE", Delivery::Rejected)
        );
    }
    assert_eq!(
        failure(413, r#"{"error":"INTERNAL_ERROR"}"#).delivery,
        Delivery::MaybeApplied
    );
}

#[test]
fn exchange_a_413_and_a_redirect_are_known_by_their_status_whatever_error_they_name() {
    for (status, code) in [(413, "REQUEST_ENTITY_TOO_LARGE"), (302, "REDIRECTED")] {
        for body in [
            r#"{"error":"PAYLOAD_TOO_BIG"}"#,
            r#"{"error":{"code":413}}"#,
            r#"{"error":"a sentence"}"#,
        ] {
            let failure = failure(status, body);
            assert_eq!((failure.code.as_str(), failure.unrecognised), (code, false), "{body}");
        }
    }
    assert_eq!(failure(413, r#"{"error":"INVALID_OUTER_ID"}"#).code, "INVALID_OUTER_ID");
}

#[test]
fn exchange_a_rejected_size_proves_nothing_of_a_hidden_first_copy() {
    for (status, body) in [(413, ""), (400, r#"{"error":"INVALID_FACE_TOKENS_SIZE"}"#)] {
        // The limit may have changed between the two.
        let failure = judge(answered(status, body.as_bytes()), Transport::MayResend).unwrap_err();
        assert_eq!(failure.delivery, Delivery::MaybeApplied, "{status}");
    }
}

#[test]
fn gateways_redirects_and_empty_answers_prove_nothing() {
    for (status, body, kind, code) in [
        (502, "<html>Bad Gateway</html>", Kind::Server, "HTTP_502"),
        (504, "", Kind::Server, "HTTP_504"),
        (403, "<html>WAF</html>", Kind::Permission, "HTTP_403"),
        (401, "", Kind::Authentication, "HTTP_401"),
        (404, "not found", Kind::Api, "HTTP_404"),
        (429, "slow down", Kind::Throttled, "HTTP_429"),
        (302, "", Kind::Protocol, "REDIRECTED"),
        (0, "", Kind::Protocol, "REDIRECTED"),
        (200, "", Kind::Protocol, "MALFORMED_RESPONSE"),
        (
            200,
            "<html>Log in to the Wi-Fi</html>",
            Kind::Protocol,
            "MALFORMED_RESPONSE",
        ),
        (200, "[]", Kind::Protocol, "MALFORMED_RESPONSE"),
        (200, "{}", Kind::Protocol, "MALFORMED_RESPONSE"),
        (204, "", Kind::Protocol, "UNEXPECTED_STATUS"),
        (202, "{}", Kind::Protocol, "UNEXPECTED_STATUS"),
        (408, "", Kind::Api, "HTTP_408"),
        (409, r#"{"error":"NEW_CODE"}"#, Kind::Api, "NEW_CODE"),
        (425, "<html>", Kind::Api, "HTTP_425"),
    ] {
        let failure = failure(status, body);
        assert_eq!((failure.kind, failure.code.as_str()), (kind, code), "{status} {body}");
        assert_eq!(
            (failure.delivery, failure.status),
            (Delivery::MaybeApplied, Some(status))
        );
        let verdict = Err(failure);
        assert_eq!(outcomes(&verdict, Transport::TransmitsOnce), [Outcome::Unknown; 2]);
    }
}

#[test]
fn a_truncated_success_proves_nothing() {
    let whole = SUCCESS.trim_end();
    for length in 0..whole.len() {
        let failure = failure(200, &whole[..length]);
        assert_eq!(
            (failure.kind, failure.delivery),
            (Kind::Protocol, Delivery::MaybeApplied),
            "{length}"
        );
    }
}

#[test]
fn unknown_members_and_a_byte_order_mark_are_tolerated() {
    let body = success_with(|body| body["new_member"] = json!({ "deep": [1, null, {}] }));
    let with_mark = [b"\xef\xbb\xbf".as_slice(), body.as_bytes()].concat();
    assert!(judge(answered(200, &with_mark), Transport::TransmitsOnce).is_ok());
}

#[test]
fn deletion_a_field_that_a_claim_depends_on_has_to_be_there() {
    for name in ["group_id", "face_removed"] {
        let missing = success_with(|body| {
            body.as_object_mut().unwrap().remove(name);
        });
        assert_eq!(failure(200, &missing).code, "MALFORMED_RESPONSE", "{name}");
        for wrong in [json!(null), json!(-1), json!(1.5), json!(true), json!({}), json!([{}])] {
            let body = success_with(|body| body[name] = wrong.clone());
            assert_eq!(failure(200, &body).code, "MALFORMED_RESPONSE", "{name} {wrong}");
        }
    }
    for wrong in [json!(7), json!("none"), json!({}), json!([{}]), json!([KEPT])] {
        let body = success_with(|body| body["failure_detail"] = wrong.clone());
        assert_eq!(failure(200, &body).code, "MALFORMED_RESPONSE", "{wrong}");
    }
}

#[test]
fn deletion_a_field_that_no_claim_depends_on_changes_no_outcome() {
    for name in [
        "request_id",
        "time_used",
        "face_count",
        "error",
        "error_message",
        "new_field",
    ] {
        for value in [
            json!(null),
            json!(""),
            json!(1.5),
            json!(-1),
            json!([]),
            json!({}),
            json!("x".repeat(999)),
        ] {
            if name.starts_with("error") && value != json!(null) && value != json!("") {
                continue;
            }
            let body = success_with(|body| body[name] = value.clone());
            let verdict = judge(answered(200, body.as_bytes()), Transport::TransmitsOnce);
            assert_eq!(
                outcomes(&verdict, Transport::TransmitsOnce),
                [Outcome::Deleted, Outcome::Absent],
                "{name} {value}"
            );
        }
        let body = success_with(|body| drop(body.as_object_mut().unwrap().remove(name)));
        assert!(
            judge(answered(200, body.as_bytes()), Transport::TransmitsOnce).is_ok(),
            "{name}"
        );
    }
}

#[test]
fn deletion_a_missing_failure_detail_is_empty_if_all_were_removed() {
    for change in [
        (|body: &mut Value| drop(body.as_object_mut().unwrap().remove("failure_detail"))) as fn(&mut Value),
        |body| body["failure_detail"] = json!(null),
        |body| body["failure_detail"] = json!([]),
    ] {
        let body = |removed: Value| {
            success_with(|body| {
                change(body);
                body["face_removed"] = removed;
            })
        };
        let verdict = judge(answered(200, body(json!(2)).as_bytes()), Transport::TransmitsOnce);
        assert_eq!(outcomes(&verdict, Transport::TransmitsOnce), [Outcome::Deleted; 2]);
        assert_eq!(failure(200, &body(json!(1))).code, "INCONSISTENT_RESPONSE");
        assert_eq!(failure(200, &body(json!(0))).code, "INCONSISTENT_RESPONSE");
    }
}

#[test]
fn deletion_counts_may_be_decimal_text_in_its_canonical_form() {
    let with = |value: Value| {
        success_with(|body| {
            body["face_removed"] = value.clone();
            body["face_count"] = value.clone();
            body["time_used"] = value;
        })
    };
    let removal = judge(answered(200, with(json!("1")).as_bytes()), Transport::TransmitsOnce).unwrap();
    assert_eq!(
        (removal.face_removed, removal.face_count, removal.time_used),
        (1, Some(1), Some(1.0))
    );
    for odd in ["01", "+1", "1.0", " 1", "1 ", "0x1", "1e0", "", "١", "9007199254740993"] {
        assert_eq!(failure(200, &with(json!(odd))).code, "MALFORMED_RESPONSE", "{odd:?}");
    }
}

#[test]
fn deletion_the_time_may_be_fractional() {
    let body = success_with(|body| body["time_used"] = json!(12.5));
    let removal = judge(answered(200, body.as_bytes()), Transport::TransmitsOnce).unwrap();
    assert_eq!(removal.time_used, Some(12.5));
}

#[test]
fn exchange_only_status_200_proves_a_success() {
    for status in [201, 202, 203, 206, 207, 226, 299] {
        let failure = failure(status, SUCCESS);
        assert_eq!(
            (failure.code.as_str(), failure.delivery),
            ("UNEXPECTED_STATUS", Delivery::MaybeApplied)
        );
        assert!(!failure.unrecognised);
    }
    for status in [300, 304, 400, 404, 500] {
        assert_eq!(failure(status, SUCCESS).delivery, Delivery::MaybeApplied);
    }
}

#[test]
fn exchange_a_replayed_response_proves_nothing_not_even_a_rejection() {
    for (status, body) in [
        (200, SUCCESS),
        (400, r#"{"error":"INVALID_OUTER_ID"}"#),
        (403, r#"{"error":"CONCURRENCY_LIMIT_EXCEEDED"}"#),
        (413, "Request Entity Too Large"),
        (502, ""),
    ] {
        let response = Response {
            replayed: true,
            retry_after_ms: Some(1000),
            clock_correction: Some(9),
            ..Response::new(status, Content::parse(body.as_bytes()))
        };
        let failure = judge(Exchange::Answered(response), Transport::TransmitsOnce).unwrap_err();
        assert_eq!(
            (failure.code.as_str(), failure.kind, failure.delivery),
            ("REPLAYED_RESPONSE", Kind::Protocol, Delivery::MaybeApplied)
        );
        assert_eq!((failure.retry_after_ms, failure.clock_correction), (None, None));
        // A journal records the id: a process that resumes from it has to know the response, too.
        let id = body
            .contains("request_id")
            .then_some("1769740387,ba578f31-c5e9-4048-8290-2627686f97fe");
        assert_eq!(failure.request_id.as_deref(), id);
        let sentence = failure.to_string();
        assert!(
            sentence.contains("cache") && sentence.contains("test double"),
            "{sentence}"
        );
    }
}

#[test]
fn exchange_a_response_without_a_known_code_is_unrecognised() {
    for (status, body, unrecognised) in [
        (404, "<html>", true),
        (408, "", true),
        (409, r#"{"error":"NEW_CODE"}"#, true),
        (502, "", true),
        (403, "{}", true),
        (404, r#"{"error":"API_NOT_FOUND"}"#, false),
        (500, r#"{"error":"INTERNAL_ERROR"}"#, false),
        (413, "", false),
        (302, "", false),
        (200, "", false),
    ] {
        assert_eq!(failure(status, body).unrecognised, unrecognised, "{status} {body}");
    }
}

#[test]
fn deletion_a_code_that_may_blame_a_token_is_a_rejection_only_for_one_token() {
    let (one, several) = (Selection::of([KEPT]).unwrap(), selection());
    let group = GroupId::parse(GROUP).unwrap();
    for (error, of_one, of_several) in [
        ("INVALID_FACE_TOKEN", Delivery::Rejected, Delivery::MaybeApplied),
        (
            "INVALID_FACE_TOKEN:34dce3f2d1fc4736670b4bad58523ce8",
            Delivery::Rejected,
            Delivery::MaybeApplied,
        ),
        ("BAD_ARGUMENTS:face_tokens", Delivery::Rejected, Delivery::MaybeApplied),
        ("BAD_ARGUMENTS: face_tokens", Delivery::Rejected, Delivery::MaybeApplied),
        ("BAD_ARGUMENTS:FACE_TOKENS", Delivery::Rejected, Delivery::MaybeApplied),
        (
            "BAD_ARGUMENTS:face_tokens[3]",
            Delivery::Rejected,
            Delivery::MaybeApplied,
        ),
        ("BAD_ARGUMENTS:faceTokens", Delivery::Rejected, Delivery::MaybeApplied),
        ("BAD_ARGUMENTS", Delivery::MaybeApplied, Delivery::MaybeApplied),
        ("BAD_ARGUMENTS:", Delivery::MaybeApplied, Delivery::MaybeApplied),
        (
            "BAD_ARGUMENTS:something_new",
            Delivery::MaybeApplied,
            Delivery::MaybeApplied,
        ),
        (
            "BAD_ARGUMENTS:34dce3f2d1fc4736670b4bad58523ce8",
            Delivery::MaybeApplied,
            Delivery::MaybeApplied,
        ),
        ("BAD_ARGUMENTS:group_id", Delivery::Rejected, Delivery::Rejected),
        ("BAD_ARGUMENTS:GROUP_ID", Delivery::Rejected, Delivery::Rejected),
        ("BAD_ARGUMENTS:groupId", Delivery::Rejected, Delivery::Rejected),
        ("BAD_ARGUMENTS:outer_id", Delivery::Rejected, Delivery::Rejected),
        ("BAD_ARGUMENTS:content-type", Delivery::Rejected, Delivery::Rejected),
        ("BAD_ARGUMENTS:sign", Delivery::Rejected, Delivery::Rejected),
        ("BAD_ARGUMENTS:sign_version", Delivery::Rejected, Delivery::Rejected),
        ("INVALID_FACE_TOKENS_SIZE", Delivery::Rejected, Delivery::Rejected),
        ("MISSING_ARGUMENTS:face_tokens", Delivery::Rejected, Delivery::Rejected),
    ] {
        let body = json!({ "error": error }).to_string();
        for (selection, expected) in [(&one, of_one), (&several, of_several)] {
            let exchange = answered(400, body.as_bytes());
            let failure = DeleteFaces::new(&group, selection.batch())
                .judge(exchange, Transport::TransmitsOnce)
                .unwrap_err();
            assert_eq!(failure.delivery, expected, "{error}");
            // Only a token that is named for certain is given up for good.
            let finding = Finding::of_failure(&failure, History::NeverSent.after(&failure), 1);
            let is_named = expected != Delivery::MaybeApplied || error.to_lowercase().contains("token");
            assert!(finding.retryable == Some(true) || is_named, "{error}");
        }
    }
}

#[test]
fn deletion_a_reason_is_shown_without_what_could_be_a_part_of_the_request() {
    let sign = "Uy0yNTY3ZGZhc2RmYXNkZmFzZGZhc2RmYXNkZg+/YT1rZXkmYj0xNzY5NzQwMzg3JmM9MTc2OTc0MDM4NyZkPTE=";
    let url_safe = sign.replace('+', "-").replace('/', "_");
    let long = "LOCKED ".repeat(40);
    for (reason, shown) in [
        ("FACE_LOCKED", Some("FACE_LOCKED")),
        ("face is locked", Some("face is locked")),
        ("FACE\u{7}_LOCKED\r\n", Some("FACE_LOCKED")),
        ("\u{202e}FACE_LOCKED\u{200b}\u{9b}", Some("FACE_LOCKED")),
        ("", Some("UNKNOWN_REASON")),
        (" \u{7}\u{7}", Some("UNKNOWN_REASON")),
        (sign, Some("UNKNOWN_REASON")),
        (url_safe.as_str(), Some("UNKNOWN_REASON")),
        (KEPT, Some("UNKNOWN_REASON")),
        (long.as_str(), Some("UNKNOWN_REASON")),
    ] {
        let body = success_with(|body| body["failure_detail"][0]["reason"] = json!(reason));
        let verdict = judge(answered(200, body.as_bytes()), Transport::TransmitsOnce);
        let settled = settle(&selection(), &verdict, Transport::TransmitsOnce);
        assert_eq!(settled[1].finding.reason.as_deref(), shown, "{reason:?}");
        assert_eq!(settled[1].finding.outcome, Outcome::Failed);
    }
    for missing in [json!(null), json!(7), json!({})] {
        let body = success_with(|body| body["failure_detail"][0]["reason"] = missing.clone());
        let verdict = judge(answered(200, body.as_bytes()), Transport::TransmitsOnce);
        assert_eq!(
            outcomes(&verdict, Transport::TransmitsOnce),
            [Outcome::Deleted, Outcome::Failed]
        );
    }
}

#[test]
fn deletion_a_request_id_that_could_be_a_signature_is_not_shown() {
    for id in [
        "a b".to_owned(),
        "x".repeat(65),
        "a+b/c==".to_owned(),
        "1,a\u{1b}[2J".to_owned(),
        KEPT.to_owned(),
        format!("1,{KEPT}"),
    ] {
        let body = success_with(|body| body["request_id"] = json!(id));
        let removal = judge(answered(200, body.as_bytes()), Transport::TransmitsOnce).unwrap();
        assert_eq!(removal.request_id, None, "{id:?}");
    }
}

#[test]
fn an_answer_that_contradicts_itself_or_the_request_proves_nothing() {
    let entry = |token: &str| json!({ "face_token": token, "reason": "FACE_NOT_IN_GROUP" });
    type Lie = Box<dyn Fn(&mut Value)>;
    let lies: [Lie; 5] = [
        Box::new(|body| body["face_removed"] = json!(2)),
        Box::new(|body| body["face_removed"] = json!(0)),
        Box::new(|body| body["face_removed"] = json!(9_007_199_254_740_991_u64)),
        Box::new(move |body| body["failure_detail"] = json!([entry("never-sent")])),
        Box::new(move |body| {
            body["failure_detail"] = json!([entry(KEPT), entry(KEPT)]);
            body["face_removed"] = json!(0);
        }),
    ];
    for lie in lies {
        let body = success_with(|body| lie(body));
        let failure = failure(200, &body);
        assert_eq!(
            (failure.code.as_str(), failure.delivery),
            ("INCONSISTENT_RESPONSE", Delivery::MaybeApplied),
            "{body}"
        );
        assert_eq!(
            failure.request_id.as_deref(),
            Some("1769740387,ba578f31-c5e9-4048-8290-2627686f97fe")
        );
    }
}

#[test]
fn an_error_beside_a_success_proves_nothing() {
    for error in ["BAD_ARGUMENTS:group_id", "CONCURRENCY_LIMIT_EXCEEDED"] {
        // A server that writes all its fields says nothing more by empty ones.
        let empty =
            json!({ "error": error, "group_id": "", "face_removed": 0, "face_count": 0, "failure_detail": null });
        assert_eq!(failure(403, &empty.to_string()).delivery, Delivery::Rejected);
        for status in [200, 403] {
            let failure = failure(status, &success_with(|body| body["error"] = json!(error)));
            assert_eq!(failure.delivery, Delivery::MaybeApplied, "{status} {error}");
            let alone = success_with(|body| *body = json!({ "error": error, "time_used": 3 }));
            assert_eq!(
                judge(answered(status, alone.as_bytes()), Transport::TransmitsOnce)
                    .unwrap_err()
                    .delivery,
                Delivery::Rejected
            );
        }
    }
}

#[test]
fn an_answer_about_another_library_proves_nothing_and_has_a_code_of_its_own() {
    let failure = failure(200, &success_with(|body| body["group_id"] = json!("another")));
    assert_eq!(
        (failure.code.as_str(), failure.delivery),
        ("WRONG_GROUP", Delivery::MaybeApplied)
    );
}

#[test]
fn over_a_transport_that_may_resend_nothing_is_claimed_absent_and_no_momentary_refusal_counts() {
    let transport = Transport::MayResend;
    let verdict = judge(answered(200, SUCCESS.as_bytes()), transport);
    assert_eq!(
        outcomes(&verdict, transport),
        [Outcome::Deleted, Outcome::AbsentAfterUncertain]
    );
    let settled = settle(&selection(), &verdict, transport);
    assert_eq!(settled[1].finding.because, Some(Because::TransportMayResend));

    for (error, delivery) in [
        ("AUTHENTICATION_ERROR", Delivery::MaybeApplied),
        ("AUTHORIZATION_ERROR:EXPIRED_SIGN", Delivery::MaybeApplied),
        ("CONCURRENCY_LIMIT_EXCEEDED", Delivery::MaybeApplied),
        ("INVALID_FACE_TOKEN", Delivery::MaybeApplied),
        ("INVALID_OUTER_ID", Delivery::Rejected),
        ("BAD_ARGUMENTS:group_id", Delivery::Rejected),
    ] {
        let body = json!({ "error": error }).to_string();
        assert_eq!(
            judge(answered(403, body.as_bytes()), transport).unwrap_err().delivery,
            delivery,
            "{error}"
        );
    }
}

#[test]
fn another_reason_for_a_token_is_a_failure() {
    let body = success_with(|body| body["failure_detail"][0]["reason"] = json!("FACE_LOCKED"));
    for (transport, outcome) in [
        (Transport::TransmitsOnce, Outcome::Failed),
        (Transport::MayResend, Outcome::Unknown),
    ] {
        let settled = settle(
            &selection(),
            &judge(answered(200, body.as_bytes()), transport),
            transport,
        );
        assert_eq!(
            (settled[1].finding.outcome, settled[1].finding.reason.as_deref()),
            (outcome, Some("FACE_LOCKED"))
        );
        assert_eq!(settled[1].finding.retryable, Some(true));
    }
}

#[test]
fn an_interruption_is_judged_by_whether_anything_can_have_left() {
    for (by, kind) in [
        (Interruption::Connection, Kind::Connection),
        (Interruption::Certificate, Kind::Connection),
        (Interruption::Timeout, Kind::Timeout),
        (Interruption::Abort, Kind::Abort),
    ] {
        for (may_have_left, delivery, outcome) in [
            (false, Delivery::NotSent, Outcome::NotSent),
            (true, Delivery::MaybeApplied, Outcome::Unknown),
        ] {
            let verdict = judge(Exchange::Interrupted { by, may_have_left }, Transport::TransmitsOnce);
            let failure = verdict.as_ref().unwrap_err();
            assert_eq!((failure.kind, failure.delivery), (kind, delivery));
            assert_eq!(outcomes(&verdict, Transport::TransmitsOnce), [outcome; 2]);
        }
    }
}

#[test]
fn interruption_a_rejected_certificate_has_its_own_code_only_if_nothing_was_sent() {
    for (may_have_left, code) in [(false, "CERTIFICATE_REJECTED"), (true, "CONNECTION_LOST")] {
        let by = Interruption::Certificate;
        let verdict = judge(Exchange::Interrupted { by, may_have_left }, Transport::TransmitsOnce);
        assert_eq!(verdict.unwrap_err().code, code);
    }
}

#[test]
fn outcome_a_rejected_request_can_be_tried_again_and_a_rejected_token_cannot() {
    let (one, several) = (Selection::of([KEPT]).unwrap(), selection());
    let group = GroupId::parse(GROUP).unwrap();
    for (error, because, of_one, of_several) in [
        ("CONCURRENCY_LIMIT_EXCEEDED", Because::Throttled, true, Outcome::Failed),
        ("INVALID_OUTER_ID", Because::RequestRefused, true, Outcome::Failed),
        ("AUTHORIZATION_ERROR", Because::RequestRefused, true, Outcome::Failed),
        (
            "INVALID_FACE_TOKENS_SIZE",
            Because::RequestRefused,
            true,
            Outcome::Failed,
        ),
        ("INVALID_FACE_TOKEN", Because::RequestRefused, false, Outcome::Unknown),
    ] {
        // Of several tokens it is not known which one is meant, nor what the server did to the others.
        for (selection, retryable, outcome) in [(&one, of_one, Outcome::Failed), (&several, true, of_several)] {
            let exchange = answered(403, json!({ "error": error }).to_string().as_bytes());
            let verdict = DeleteFaces::new(&group, selection.batch()).judge(exchange, Transport::TransmitsOnce);
            for settled in settle(selection, &verdict, Transport::TransmitsOnce) {
                assert_eq!(settled.finding.outcome, outcome, "{error}");
                assert_eq!(
                    (settled.finding.because, settled.finding.retryable),
                    (Some(because), Some(retryable))
                );
                assert_eq!(settled.finding.reason.as_deref(), Some(error));
            }
        }
    }
}

#[test]
fn outcome_a_lone_rejection_after_an_uncertain_attempt_can_never_be_settled() {
    let body = json!({ "error": "INVALID_FACE_TOKEN" }).to_string();
    let one = Selection::of([KEPT]).unwrap();
    let failure = DeleteFaces::new(&GroupId::parse(GROUP).unwrap(), one.batch())
        .judge(answered(400, body.as_bytes()), Transport::TransmitsOnce)
        .unwrap_err();
    let uncertain = History::Uncertain(Because::EarlierAttempt);
    let finding = Finding::of_failure(&failure, uncertain.after(&failure), 1);
    assert_eq!(
        (finding.outcome, finding.retryable, finding.reason.as_deref()),
        (Outcome::Unknown, Some(false), Some("INVALID_FACE_TOKEN"))
    );
    assert_eq!(finding.left_open(), None);
}

#[test]
fn a_size_is_read_and_checked_the_same_way() {
    let judge = |body: Value| {
        let request = FaceCount::new(GroupId::parse(GROUP).unwrap());
        request.judge(answered(200, body.to_string().as_bytes()), Transport::TransmitsOnce)
    };
    let good = json!({ "request_id": "1,a", "time_used": 3, "group_id": GROUP, "face_count": 5_000_000 });
    assert_eq!(judge(good.clone()).unwrap().face_count, 5_000_000);
    for least in [
        json!({ "face_count": "5000000" }),
        json!({ "face_count": 5_000_000, "group_id": null, "error": "", "error_message": null }),
    ] {
        assert_eq!(judge(least).unwrap().face_count, 5_000_000);
    }
    for (name, value, code) in [
        ("group_id", json!("another"), "WRONG_GROUP"),
        ("group_id", json!(7), "WRONG_GROUP"),
        ("face_count", json!("012"), "MALFORMED_RESPONSE"),
        ("face_count", json!(null), "MALFORMED_RESPONSE"),
        ("error", json!("INTERNAL_ERROR"), "INTERNAL_ERROR"),
    ] {
        let mut bad = good.clone();
        bad[name] = value;
        assert_eq!(judge(bad).unwrap_err().code, code);
    }
}

proptest! {
    #[test]
    fn any_body_under_any_status_is_judged(status in 0_u16..1000, body in prop::collection::vec(any::<u8>(), 0..200)) {
        let verdict = judge(answered(status, &body), Transport::TransmitsOnce);
        prop_assert!(verdict.is_err());
        prop_assert_eq!(outcomes(&verdict, Transport::TransmitsOnce).len(), 2);
    }

    /// The server's truth is which tokens it held; it answers accordingly, and the outcomes say that truth again.
    #[test]
    fn an_honest_answer_gives_each_position_its_one_true_outcome(
        tokens in prop::collection::vec("[a-f]{1,2}", 1..60),
        held in prop::collection::hash_set("[a-f]{1,2}", 0..30),
    ) {
        let selection = Selection::of(tokens.iter().map(String::as_str)).unwrap();
        let joined = selection.batch().joined();
        let sent: Vec<&str> = joined.split(',').collect();
        let (removed, kept): (Vec<&str>, Vec<&str>) = sent.iter().partition(|token| held.contains(**token));
        let detail: Vec<Value> =
            kept.iter().map(|token| json!({ "face_token": token, "reason": "FACE_NOT_IN_GROUP" })).collect();
        let body = json!({
            "request_id": "1,a", "time_used": 1, "group_id": GROUP,
            "face_removed": removed.len(), "face_count": held.len() - removed.len(), "failure_detail": detail,
        });
        let group = GroupId::parse(GROUP).unwrap();
        let request = DeleteFaces::new(&group, selection.batch());
        let verdict = request.judge(answered(200, body.to_string().as_bytes()), Transport::TransmitsOnce);
        let settled = settle(&selection, &verdict, Transport::TransmitsOnce);
        prop_assert_eq!(settled.len(), tokens.len());
        let mut first = std::collections::HashMap::new();
        for (index, (settled, token)) in settled.iter().zip(&tokens).enumerate() {
            prop_assert_eq!(settled.index, index);
            let expected = match first.get(token) {
                Some(_) => Outcome::Duplicate,
                None if held.contains(token) => Outcome::Deleted,
                None => Outcome::Absent,
            };
            prop_assert_eq!(settled.finding.outcome, expected);
            prop_assert_eq!(settled.of, first.get(token).copied());
            first.entry(token).or_insert(index);
        }
    }
}

#[test]
fn only_a_signature_that_is_out_of_date_says_anything_of_the_clock() {
    for (error, expected) in [
        ("AUTHORIZATION_ERROR:EXPIRED_SIGN", Some(3600)),
        ("AUTHORIZATION_ERROR:INVALID_SIGN", None),
        ("AUTHORIZATION_ERROR", None),
        ("SOMETHING:EXPIRED_SIGN", None),
    ] {
        let body = serde_json::json!({ "error": error }).to_string();
        let response = Response {
            clock_correction: Some(3600),
            ..Response::new(403, Content::parse(body.as_bytes()))
        };
        let failure = judge(Exchange::Answered(response), Transport::TransmitsOnce).unwrap_err();
        assert_eq!(failure.clock_correction, expected, "{error}");
    }
}

#[test]
fn a_failure_is_told_in_a_sentence_with_its_code_and_detail() {
    let told = |error: &str| failure(403, &serde_json::json!({ "error": error }).to_string()).to_string();
    assert_eq!(
        told("AUTHORIZATION_ERROR:LIMIT_REACHED"),
        "The account's quota is used up (AUTHORIZATION_ERROR: LIMIT_REACHED)"
    );
    assert_eq!(
        told("AUTHORIZATION_ERROR"),
        "The API key may not make this call (AUTHORIZATION_ERROR)"
    );
}

#[test]
fn what_was_answered_has_left_and_what_was_interrupted_perhaps() {
    assert!(answered(500, b"").may_have_left());
    for may_have_left in [true, false] {
        let by = Interruption::Connection;
        assert_eq!(
            Exchange::Interrupted { by, may_have_left }.may_have_left(),
            may_have_left
        );
    }
}

#[test]
fn what_another_run_can_settle_is_left_open_with_what_was_sent() {
    let finding = |outcome, retryable| Finding {
        retryable,
        ..Finding::plain(outcome)
    };
    let uncertain = Some(History::Uncertain(Because::EarlierAttempt));
    for (outcome, retryable, expected) in [
        (Outcome::Deleted, None, None),
        (Outcome::Absent, None, None),
        (Outcome::AbsentAfterUncertain, None, None),
        (Outcome::Failed, Some(false), None),
        (Outcome::Failed, None, None),
        (Outcome::Failed, Some(true), Some(History::Rejected)),
        (Outcome::Unknown, None, uncertain),
        (Outcome::Unknown, Some(true), uncertain),
        (Outcome::Unknown, Some(false), None),
        (Outcome::NotSent, None, Some(History::NeverSent)),
        (Outcome::Duplicate, None, None),
        (Outcome::Invalid, None, None),
    ] {
        assert_eq!(finding(outcome, retryable).left_open(), expected, "{outcome:?}");
    }
}
