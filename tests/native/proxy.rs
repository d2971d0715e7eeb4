//! The proxy's protocol: what is sent, read by an independent JSON parser; what is passed on, and what it means at the other
//! end: the very judgement that a direct exchange gets.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

use finauth_facesearch::answer::{Body, Content, FailureDetail, Member, Response};
use finauth_facesearch::delete_faces::DeleteFaces;
use finauth_facesearch::error::{Delivery, Kind};
use finauth_facesearch::exchange::{Exchange, Interruption, Transport};
use finauth_facesearch::face_count::FaceCount;
use finauth_facesearch::proxy::{self, Forwarded, Instance, PassedOn, Reply, pass_on};
use finauth_facesearch::selection::Selection;
use finauth_facesearch::token::GroupId;
use proptest::prelude::*;

fn instance() -> Instance {
    Instance::parse("7f0c").unwrap()
}

#[test]
fn an_attempt_is_the_json_that_another_parser_reads() {
    let group = GroupId::parse("staff#1").unwrap();
    let tokens = ["a\"1", "b\\2", "面", "34dce3f2d1fc4736670b4bad58523ce8"];
    let selection = Selection::of(tokens).unwrap();
    let call = DeleteFaces::new(&group, selection.batch());
    let sent = proxy::attempt(&instance(), "00ff", Forwarded::DeleteFaces(&call));
    let read: serde_json::Value = serde_json::from_slice(&sent).unwrap();
    assert_eq!(
        read,
        serde_json::json!({
            "v": 1, "instance": "7f0c", "attemptId": "00ff", "api": "deleteFaces",
            "groupId": "staff#1", "faceTokens": tokens,
        })
    );
    let sent = proxy::attempt(&instance(), "00ff", Forwarded::FaceCount(&FaceCount::new(group)));
    let read: serde_json::Value = serde_json::from_slice(&sent).unwrap();
    let expected = serde_json::json!({
        "v": 1, "instance": "7f0c", "attemptId": "00ff", "api": "getFaceCount", "groupId": "staff#1",
    });
    assert_eq!(read, expected);
    let hello: serde_json::Value = serde_json::from_slice(&proxy::hello()).unwrap();
    assert_eq!(hello, serde_json::json!({ "v": 1 }));
}

const ID: &str = "00112233445566778899aabbccddeeff";

/// A reply about the attempt, from an instance that recognises repeats.
fn about() -> Reply {
    Reply {
        version: Member::Is(1),
        attempt_id: Member::Is(ID.to_owned()),
        transmits_once: true,
        recognises_repeats: true,
        ..Reply::default()
    }
}

/// What the reply says, as the host's parser would read it.
fn reply(passed_on: PassedOn) -> Reply {
    match passed_on {
        PassedOn::Answer {
            status,
            body,
            retry_after_ms,
            clock_correction,
            replayed,
        } => Reply {
            status: Member::Is(u64::from(status)),
            body,
            retry_after_ms: retry_after_ms.map_or(Member::Missing, Member::Is),
            clock_correction,
            replayed,
            ..about()
        },
        PassedOn::Interrupted { by, may_have_left } => Reply {
            interrupted: Member::Is(by.to_owned()),
            delivery: Member::Is(if may_have_left { "maybe-applied" } else { "not-sent" }.to_owned()),
            ..about()
        },
    }
}

fn member<T: Clone + std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Member<T>> {
    prop_oneof![
        1 => Just(Member::Missing),
        1 => Just(Member::Unusable),
        8 => value.prop_map(Member::Is),
    ]
}

fn body() -> impl Strategy<Value = Body> {
    let error = prop_oneof![
        6 => Just(Member::Missing),
        1 => Just(Member::Unusable),
        3 => prop_oneof![
            Just("AUTHORIZATION_ERROR:EXPIRED_SIGN"), Just("CONCURRENCY_LIMIT_EXCEEDED"), Just("INTERNAL_ERROR"),
            Just("BAD_ARGUMENTS:face_tokens"), Just("BAD_ARGUMENTS: face_tokens"), Just("SOMETHING_NEW"), Just("lower"), Just(""),
            Just("INVALID_OUTER_ID:c2lnbg=="),
        ].prop_map(|error| Member::Is(error.to_owned())),
    ];
    let detail = (
        prop::sample::select(vec!["a1", "b2", "zz"]),
        prop::sample::select(vec!["FACE_NOT_IN_GROUP", "LOCKED"]),
    )
        .prop_map(|(token, reason)| FailureDetail {
            face_token: token.to_owned(),
            reason: reason.to_owned(),
        });
    (
        error,
        member(prop::sample::select(vec![
            "1469761507,07174361-027c",
            "",
            "an id with spaces",
        ])),
        member(0_u64..9),
        member(prop::sample::select(vec!["staff", "other", ""])),
        member(0_u64..4),
        member(prop::collection::vec(detail, 0..3)),
    )
        .prop_map(|(error, id, count, group, removed, detail)| Body {
            error,
            request_id: text(id),
            time_used: match &count {
                Member::Missing => Member::Missing,
                Member::Unusable => Member::Unusable,
                Member::Is(count) => Member::Is(*count as f64 + 0.5),
            },
            group_id: text(group),
            face_removed: removed,
            face_count: count,
            failure_detail: detail,
        })
}

fn text(member: Member<&'static str>) -> Member<String> {
    match member {
        Member::Missing => Member::Missing,
        Member::Unusable => Member::Unusable,
        Member::Is(text) => Member::Is(text.to_owned()),
    }
}

fn exchange() -> impl Strategy<Value = Exchange> {
    let status = prop::sample::select(vec![200_u16, 201, 302, 400, 403, 413, 429, 500, 502]);
    let content = prop_oneof![
        6 => body().prop_map(Content::Object),
        1 => prop::sample::select(vec!["Request Entity Too Large", "<html>", ""]).prop_map(|text| Content::parse(text.as_bytes())),
    ];
    let answered = (
        status,
        content,
        prop::option::of(0_u64..99_999),
        prop::option::of(-99..99_i32),
        any::<bool>(),
    )
        .prop_map(|(status, content, retry_after_ms, clock_correction, replayed)| {
            Exchange::Answered(Response {
                retry_after_ms,
                clock_correction,
                replayed,
                ..Response::new(status, content)
            })
        });
    let interrupted = (prop::sample::select(Interruption::ALL.to_vec()), any::<bool>())
        .prop_map(|(by, may_have_left)| Exchange::Interrupted { by, may_have_left });
    prop_oneof![8 => answered, 2 => interrupted]
}

proptest! {
    /// The proxy in between changes nothing about what is claimed: kind, code, delivery, waits and each token's fate.
    #[test]
    fn a_call_through_a_proxy_is_judged_like_a_direct_one(exchange in exchange()) {
        let group = GroupId::parse("staff").unwrap();
        let selection = Selection::of(["a1", "b2"]).unwrap();
        let call = DeleteFaces::new(&group, selection.batch());
        let passed_on = pass_on(exchange.clone(), Forwarded::DeleteFaces(&call));
        let direct = call.judge(exchange, Transport::TransmitsOnce);
        let through = call.judge(reply(passed_on).exchange(200, ID), Transport::TransmitsOnce);
        match (direct, through) {
            (Ok(direct), Ok(through)) => prop_assert_eq!(direct, through),
            (Err(mut direct), Err(through)) => {
                // Signing again is enough: by the proxy's clock, which is not the caller's.
                direct.clock_correction = direct.clock_correction.map(|_| 0);
                prop_assert_eq!(direct, through);
            }
            (direct, through) => prop_assert!(false, "{:?} became {:?}", direct, through),
        }
    }
}

#[test]
fn a_hello_says_who_is_there() {
    let hello = || Reply {
        version: Member::Is(1),
        instance: Member::Is("7f0c".to_owned()),
        ..Reply::default()
    };
    assert_eq!(hello().welcome(200), Ok(instance()));
    for name in ["-", "_", "a-b_c9", &"x".repeat(64)] {
        assert!(Instance::parse(name).is_some(), "{name}");
    }
    for other in [
        Reply {
            version: Member::Is(2),
            ..hello()
        },
        Reply {
            refused: Member::Is("PROXY_FAILED".to_owned()),
            ..hello()
        },
    ] {
        assert!(other.welcome(200).is_err());
    }
    for name in ["", "a b", "ü", &"x".repeat(65)] {
        let named = Reply {
            instance: Member::Is(name.to_owned()),
            ..hello()
        };
        assert!(named.welcome(200).is_err());
    }
    for (status, code) in [
        (200, "PROXY_NOT_FOUND"),
        (401, "PROXY_UNAUTHORIZED"),
        (403, "PROXY_UNAUTHORIZED"),
        (404, "PROXY_NOT_FOUND"),
        (429, "PROXY_THROTTLED"),
        (500, "PROXY_NOT_FOUND"),
        (502, "PROXY_UNREACHABLE"),
        (504, "PROXY_UNREACHABLE"),
        (505, "PROXY_NOT_FOUND"),
    ] {
        let refusal = Reply::default().welcome(status).unwrap_err();
        assert_eq!((refusal.code(), refusal.may_have_left()), (code, false));
    }
}

#[test]
fn a_refusal_is_as_certain_as_the_proxy_says() {
    let refused = |code: &str, delivery: Option<&str>| {
        let reply = Reply {
            refused: Member::Is(code.to_owned()),
            delivery: delivery.map_or(Member::Missing, |delivery| Member::Is(delivery.to_owned())),
            retry_after_ms: Member::Is(7),
            ..about()
        };
        reply.exchange(409, ID).success(Transport::TransmitsOnce).unwrap_err()
    };
    for (code, kind) in [
        ("PROXY_BAD_REQUEST", Kind::BadRequest),
        ("PROXY_FAILED", Kind::Server),
        ("PROXY_FORBIDDEN_API", Kind::Permission),
        ("PROXY_FORBIDDEN_GROUP", Kind::Permission),
        ("PROXY_FORBIDDEN_ORIGIN", Kind::Permission),
        ("PROXY_NOT_FOUND", Kind::Api),
        ("PROXY_OTHER_INSTANCE", Kind::Connection),
        ("PROXY_REPEATED", Kind::Connection),
        ("PROXY_THROTTLED", Kind::Throttled),
        ("PROXY_TOO_MANY_TOKENS", Kind::BadRequest),
        ("PROXY_UNAUTHORIZED", Kind::Authentication),
        ("PROXY_UNREACHABLE", Kind::Connection),
        ("PROXY_UNSUPPORTED_VERSION", Kind::Api),
    ] {
        let failure = refused(code, Some("not-sent"));
        assert_eq!((failure.kind, failure.code.as_str()), (kind, code));
        assert_eq!((failure.delivery, failure.status), (Delivery::NotSent, Some(409)));
        assert_eq!(failure.retry_after_ms, Some(7));
        assert!(failure.explanation.len() > 20);
    }
    assert_eq!(refused("SOMETHING_NEW", Some("not-sent")).code, "PROXY_FAILED");
    for (delivery, expected) in [
        (Some("maybe-applied"), Delivery::MaybeApplied),
        (Some("anything"), Delivery::MaybeApplied),
        // Another instance may have got the call as well.
        (None, Delivery::MaybeApplied),
    ] {
        assert_eq!(refused("PROXY_THROTTLED", delivery).delivery, expected);
        assert_eq!(refused("PROXY_OTHER_INSTANCE", delivery).delivery, expected);
    }
}

#[test]
fn it_shows_whether_anything_can_have_left_and_which_refusal_it_is() {
    for (code, delivery, left) in [
        ("PROXY_OTHER_INSTANCE", "maybe-applied", true),
        ("PROXY_OTHER_INSTANCE", "not-sent", false),
        ("PROXY_REPEATED", "maybe-applied", true),
        ("PROXY_THROTTLED", "not-sent", false),
    ] {
        let reply = Reply {
            refused: Member::Is(code.to_owned()),
            delivery: Member::Is(delivery.to_owned()),
            ..about()
        };
        let exchange = reply.exchange(409, ID);
        assert_eq!(exchange.may_have_left(), left);
        let Exchange::RefusedByProxy(refusal) = exchange else {
            panic!("it was refused");
        };
        assert_eq!((refusal.code(), refusal.may_have_left()), (code, left));
        assert_eq!(refusal.is_other_instance(), code == "PROXY_OTHER_INSTANCE");
    }
    let group = GroupId::parse("staff").unwrap();
    let selection = Selection::of(["a1", "b2", "c3"]).unwrap();
    let deletion = DeleteFaces::new(&group, selection.batch());
    let count = FaceCount::new(group.clone());
    let calls = [Forwarded::DeleteFaces(&deletion), Forwarded::FaceCount(&count)];
    assert_eq!(
        calls.map(|call| (call.name(), call.tokens())),
        [("deleteFaces", 3), ("getFaceCount", 0)]
    );
}

#[test]
fn what_is_not_a_reply_proves_nothing() {
    for (reply, status) in [
        (Reply::default(), 200),
        (Reply::default(), 404),
        (
            Reply {
                status: Member::Is(200),
                ..Reply::default()
            },
            200,
        ),
        (about(), 200),
        (
            Reply {
                version: Member::Is(2),
                status: Member::Is(400),
                ..about()
            },
            200,
        ),
        (
            Reply {
                status: Member::Is(70_000),
                ..about()
            },
            200,
        ),
        (
            Reply {
                interrupted: Member::Is("new".to_owned()),
                ..about()
            },
            200,
        ),
    ] {
        let own = Transport::MayResend;
        let failure = reply.clone().exchange(status, ID).success(own).unwrap_err();
        assert_eq!(failure.delivery, Delivery::MaybeApplied, "{reply:?}");
    }
}

/// A success, a server's rejection, an interruption and a rejection of the proxy's own, each as certain as it can be.
fn certain() -> [Reply; 4] {
    let server = |status, body| Reply {
        status: Member::Is(status),
        body: Some(body),
        ..about()
    };
    let not_sent = || Member::Is("not-sent".to_owned());
    [
        server(
            200,
            Body {
                request_id: Member::Is("1469761507,07174361-027c".to_owned()),
                time_used: Member::Is(1.0),
                group_id: Member::Is("staff".to_owned()),
                face_removed: Member::Is(1),
                face_count: Member::Is(0),
                failure_detail: Member::Is(Vec::new()),
                ..Body::default()
            },
        ),
        server(
            400,
            Body {
                error: Member::Is("INVALID_OUTER_ID".to_owned()),
                ..Body::default()
            },
        ),
        Reply {
            interrupted: Member::Is("connection".to_owned()),
            delivery: not_sent(),
            ..about()
        },
        Reply {
            refused: Member::Is("PROXY_THROTTLED".to_owned()),
            delivery: not_sent(),
            ..about()
        },
    ]
}

fn delivery(reply: Reply, id: &str) -> Option<Delivery> {
    let group = GroupId::parse("staff").unwrap();
    let selection = Selection::of(["a1"]).unwrap();
    let transport = reply.transport(id);
    let judged = DeleteFaces::new(&group, selection.batch()).judge(reply.exchange(200, id), transport);
    judged.err().map(|failure| failure.delivery)
}

#[test]
fn reply_about_another_attempt_or_none_proves_nothing() {
    let expected = [
        None,
        Some(Delivery::Rejected),
        Some(Delivery::NotSent),
        Some(Delivery::NotSent),
    ];
    assert_eq!(certain().map(|reply| delivery(reply, ID)), expected);
    for attempt_id in [
        Member::Missing,
        Member::Unusable,
        Member::Is(String::new()),
        Member::Is("00112233445566778899aabbccddeefe".to_owned()),
        Member::Is(ID.to_uppercase()),
    ] {
        for reply in certain() {
            let reply = Reply {
                attempt_id: attempt_id.clone(),
                ..reply
            };
            assert_eq!(reply.transport(ID), Transport::MayResend);
            assert_eq!(delivery(reply.clone(), ID), Some(Delivery::MaybeApplied), "{reply:?}");
        }
    }
    // A proxy cannot name an id that it has not read; its code is worth showing anyway.
    let early = Reply {
        version: Member::Is(1),
        refused: Member::Is("PROXY_FORBIDDEN_ORIGIN".to_owned()),
        ..Reply::default()
    };
    let failure = early.exchange(403, ID).success(Transport::MayResend).unwrap_err();
    assert_eq!(
        (failure.code.as_str(), failure.delivery),
        ("PROXY_FORBIDDEN_ORIGIN", Delivery::MaybeApplied)
    );
}

#[test]
fn reply_states_by_itself_whether_repeats_are_recognised() {
    for (transmits_once, recognises_repeats, replayed, expected) in [
        (true, true, false, Transport::TransmitsOnce),
        // Where several instances share the work, something distributes the requests, and may deliver one twice.
        (true, false, false, Transport::MayResend),
        (false, true, false, Transport::MayResend),
        (false, false, false, Transport::MayResend),
        (true, true, true, Transport::MayResend),
    ] {
        let stated = |reply: Reply| Reply {
            transmits_once,
            recognises_repeats,
            replayed,
            ..reply
        };
        assert_eq!(stated(about()).transport(ID), expected);
        for reply in certain() {
            let is_not_sent = delivery(stated(reply.clone()), ID) == Some(Delivery::NotSent);
            let was_not_sent = reply.delivery != Member::Missing;
            // How often the proxy's own requests go out does not matter where none did.
            assert_eq!(
                is_not_sent,
                was_not_sent && recognises_repeats && !replayed,
                "{reply:?}"
            );
        }
    }
    // An older version, and what another parser makes of nothing.
    assert_eq!(Reply::default().transport(ID), Transport::MayResend);
    assert_eq!(
        Reply {
            version: Member::Is(2),
            ..about()
        }
        .transport(ID),
        Transport::MayResend
    );
}

#[test]
fn finding_that_a_response_is_a_replay_is_passed_on() {
    let group = GroupId::parse("staff").unwrap();
    let selection = Selection::of(["a1"]).unwrap();
    let call = DeleteFaces::new(&group, selection.batch());
    for replayed in [false, true] {
        for content in [Content::Object(Body::default()), Content::Other] {
            let response = Response {
                replayed,
                ..Response::new(200, content)
            };
            let passed_on = pass_on(Exchange::Answered(response), Forwarded::DeleteFaces(&call));
            let Exchange::Answered(response) = reply(passed_on).exchange(200, ID) else {
                panic!("it was answered");
            };
            assert_eq!(response.replayed, replayed);
        }
    }
}

#[test]
fn nothing_is_passed_on_that_the_caller_did_not_write() {
    let group = GroupId::parse("staff").unwrap();
    let selection = Selection::of(["a1"]).unwrap();
    let call = DeleteFaces::new(&group, selection.batch());
    let secret = "c2lnbmF0dXJlIGFuZCBhbGwgdGhhdCBtYWtlcyBhIHJlcXVlc3Q=".repeat(2);
    let echo = |body: Body| {
        pass_on(
            Exchange::Answered(Response::new(200, Content::Object(body))),
            Forwarded::DeleteFaces(&call),
        )
    };
    let is = |text: &str| Member::Is(text.to_owned());
    let detail = |face_token: &str, reason: &str| {
        Member::Is(vec![FailureDetail {
            face_token: face_token.to_owned(),
            reason: reason.to_owned(),
        }])
    };
    for body in [
        Body {
            error: is(&secret),
            ..Body::default()
        },
        Body {
            error: is(&format!("BAD_ARGUMENTS:{secret}")),
            ..Body::default()
        },
        Body {
            request_id: is(&secret),
            ..Body::default()
        },
        Body {
            group_id: is(&secret),
            ..Body::default()
        },
        Body {
            failure_detail: detail(&secret, "LOCKED"),
            ..Body::default()
        },
        Body {
            failure_detail: detail("a1", &secret),
            ..Body::default()
        },
        Body {
            failure_detail: detail("a1", &format!("refused {secret}")),
            ..Body::default()
        },
        Body {
            failure_detail: detail("a1", "a\u{0}b"),
            ..Body::default()
        },
        Body {
            failure_detail: detail("a1", &"short words ".repeat(30)),
            ..Body::default()
        },
    ] {
        let said = format!("{:?}", echo(body));
        assert!(
            !said.contains(&secret[..26]) && !said.contains("short words") && !said.contains("\\0"),
            "{said}"
        );
    }
    let kept = echo(Body {
        failure_detail: detail("a1", "FACE_NOT_IN_GROUP"),
        ..Body::default()
    });
    assert!(format!("{kept:?}").contains("FACE_NOT_IN_GROUP"));
    let count = FaceCount::new(GroupId::parse("staff").unwrap());
    let odd = Body {
        failure_detail: detail("a1", "LOCKED"),
        ..Body::default()
    };
    let said = pass_on(
        Exchange::Answered(Response::new(200, Content::Object(odd))),
        Forwarded::FaceCount(&count),
    );
    assert!(!format!("{said:?}").contains("a1"));
    let page = Exchange::Answered(Response::new(502, Content::parse(secret.as_bytes())));
    assert!(!format!("{:?}", pass_on(page, Forwarded::DeleteFaces(&call))).contains(&secret[..9]));
}
