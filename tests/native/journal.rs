//! The journal as it is written, and what is made of one that is torn, damaged, foreign, or newer.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use finauth_facesearch::answer::{Content, Response};
use finauth_facesearch::deletion::{Because, Begun, Command, Options, Outcome, Run, Unusable};
use finauth_facesearch::exchange::{Exchange, Interruption};
use finauth_facesearch::replay::SeenRequests;
use finauth_facesearch::selection::Selection;
use finauth_facesearch::token::GroupId;
use proptest::prelude::*;

/// Nine entries, of which the fourth repeats the first, and the sixth is none.
fn selection() -> Arc<Selection> {
    let mut selection = Selection::default();
    for text in [
        "face0",
        "face1",
        "face2",
        "face0",
        "face3",
        "two words",
        "face4",
        "face5",
        "face6",
    ] {
        selection.push(text, 0);
    }
    Arc::new(selection)
}

const SERVER: &str = "https://server.example/finauth";

fn group() -> GroupId {
    GroupId::parse("staff").unwrap()
}

/// A run of two batches: the first is answered, the second is lost twice, then stopped.
fn journal() -> (String, Run) {
    let options = Options {
        batch_size: 4,
        ..Options::default()
    };
    let begun = Begun {
        id: "f00d".to_owned(),
        at: 1_700_000_000,
        face_count: Some(73),
    };
    let mut run = Run::new(group(), selection(), options)
        .begun_as(begun)
        .with_journal(SERVER);
    let mut text = String::new();
    let Command::Send(first) = run.poll(0) else {
        unreachable!("it begins")
    };
    let Command::Send(second) = run.poll(0) else {
        unreachable!("with two")
    };
    assert!(run.handle_departure(first));
    assert!(run.handle_departure(second));
    text.push_str(&run.take_notes());
    let answer = br#"{"request_id":"1769740387,ba578f31-c5e9-4048-8290-2627686f97fe","time_used":9,"group_id":"staff","face_removed":3,"face_count":70,
        "failure_detail":[{"face_token":"face1","reason":"FACE_NOT_IN_GROUP"}]}"#;
    run.handle_exchange(9, first, Exchange::Answered(Response::new(200, Content::parse(answer))));
    let lost = Exchange::Interrupted {
        by: Interruption::Connection,
        may_have_left: true,
    };
    run.handle_exchange(9, second, lost);
    run.stop();
    assert_eq!(run.poll(10), Command::Finished);
    run.end_at(1_700_000_099);
    text.push_str(&run.take_notes());
    (text, run)
}

fn read(journal: &[u8]) -> Result<Run, Unusable> {
    Run::restored(SERVER, group(), selection(), journal, &mut SeenRequests::default())
}

fn outcomes(run: &Run) -> Vec<Outcome> {
    run.outcomes().iter().map(|settled| settled.finding.outcome).collect()
}

/// A line behind others, with the checksum that belongs to it, computed from the description.
fn line_after(journal: &str, text: &str) -> String {
    let before = journal.lines().rev().find_map(|line| line.rsplit_once(" ~"));
    let mut sum = before.map_or(2_166_136_261, |(_, sum)| u32::from_str_radix(sum, 16).unwrap());
    for byte in text.bytes() {
        sum = (sum ^ u32::from(byte)).wrapping_mul(16_777_619);
    }
    format!("{text} ~{sum:08x}\n")
}

/// Lines behind others.
fn lines_after(journal: &str, texts: &[&str]) -> String {
    let mut whole = journal.to_owned();
    for text in texts {
        let line = line_after(&whole, text);
        whole.push_str(&line);
    }
    whole[journal.len()..].to_owned()
}

#[test]
fn it_is_written_as_described() {
    let (text, _) = journal();
    let fingerprint: String = selection()
        .fingerprint()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let first = format!("finauth-facesearch-journal 2 staff {fingerprint} 7 9 {SERVER}");
    let expected = [
        first.as_str(),
        "run f00d 1700000000 73",
        "send 0 4",
        "send 4 7",
        "sum 2 0 - 0",
        "answer 1769740387,ba578f31-c5e9-4048-8290-2627686f97fe",
        "done 0 1 deleted - - -",
        "done 1 2 absent - - FACE_NOT_IN_GROUP",
        "done 2 4 deleted - - -",
        "open 4 7 uncertain",
        "done 4 7 unknown connection later -",
        "sum 2 0 70 10",
        "end 1700000099",
    ];
    assert_eq!(text, lines_after("", &expected));
    assert!(!text.contains("face0") && !text.contains("face4"), "no token is in it");
}

#[test]
fn what_is_read_back_is_what_was_known() {
    let (text, run) = journal();
    let mut restored = read(text.as_bytes()).unwrap();
    assert_eq!(restored.outcomes(), run.outcomes());
    assert_eq!(restored.report().counts, run.report().counts);
    assert!(restored.report().adds_up());
    assert_eq!(
        (restored.report().requests, restored.report().face_count),
        (2, Some(70))
    );
    assert_eq!(restored.begun(), run.begun());
    assert_eq!(
        restored.request_ids(),
        ["1769740387,ba578f31-c5e9-4048-8290-2627686f97fe"]
    );
    let again = restored.retry_unresolved(Options::default()).unwrap();
    assert_eq!(again.selection().batch().joined(), "face4,face5,face6");
    // Another would take for absent what that one deletes.
    assert!(restored.retry_unresolved(Options::default()).is_none());
}

#[test]
fn whoever_goes_on_writes_of_the_same_places() {
    let (text, _) = journal();
    let mut restored = read(text.as_bytes()).unwrap();
    let mut again = restored.retry_unresolved(Options::default()).unwrap();
    let Command::Send(id) = again.poll(0) else {
        unreachable!("it begins")
    };
    assert!(again.handle_departure(id));
    let notes = again.take_notes();
    let expected = lines_after(&text, &["resume", "send 4 7", "sum 3 0 70 10"]);
    assert_eq!(notes, format!("\n{expected}"));
    let answer = br#"{"request_id":"1769740387,ba578f31-c5e9-4048-8290-2627686f97fe","time_used":9,"group_id":"staff","face_removed":3,"face_count":67,"failure_detail":[]}"#;
    again.handle_exchange(9, id, Exchange::Answered(Response::new(200, Content::parse(answer))));
    let last = again.take_notes();
    assert_eq!(
        last,
        lines_after(
            &notes,
            &[
                "answer 1769740387,ba578f31-c5e9-4048-8290-2627686f97fe",
                "done 4 7 deleted - - -",
                "sum 3 0 67 19"
            ]
        )
    );
    // Whatever was torn before it: the whole can be read.
    for torn in [
        "",
        "done 4 5 fai",
        "\n",
        "done 4 5 fai\nresume ~ff3",
        "done 4 5 fai\n\nres",
        "done 4 5 fai\n",
    ] {
        let whole = read(&[&text, torn, &notes, &last].concat().into_bytes()).unwrap();
        assert_eq!(outcomes(&whole)[6..], [Outcome::Deleted; 3]);
    }
}

#[test]
fn a_first_line_that_was_torn_is_followed_by_a_whole_one() {
    let (text, run) = journal();
    let first = text.split_inclusive('\n').next().unwrap();
    for cut in 0..first.len() - 2 {
        let begun_anew = [&first[..cut], "\n", &text].concat();
        assert_eq!(read(begun_anew.as_bytes()).unwrap().outcomes(), run.outcomes());
    }
    let damaged = ["another", "\n", &text].concat();
    assert_eq!(read(damaged.as_bytes()).unwrap_err(), Unusable::NotAJournal);
}

/// The first of these lines of the journal.
fn first_lines(count: usize) -> String {
    journal().0.split_inclusive('\n').take(count).collect()
}

#[test]
fn journal_without_its_end_any_token_that_is_not_settled_may_have_been_sent() {
    let unknown = Outcome::Unknown;
    for lines in [1, 3, 4] {
        let restored = read(first_lines(lines).as_bytes()).unwrap();
        let mut expected = [unknown; 9];
        (expected[3], expected[5]) = (Outcome::Duplicate, Outcome::Invalid);
        assert_eq!(outcomes(&restored), expected, "{lines}");
    }
    // Whatever is settled for good stays so.
    let restored = read(first_lines(9).as_bytes()).unwrap();
    assert_eq!(
        outcomes(&restored)[..3],
        [Outcome::Deleted, Outcome::Absent, Outcome::Deleted]
    );
}

#[test]
fn journal_with_its_end_a_token_without_a_line_was_never_sent() {
    let text = first_lines(3);
    let ended = format!("{text}{}", line_after(&text, "end -"));
    let (unknown, not_sent) = (Outcome::Unknown, Outcome::NotSent);
    let expected = [
        unknown,
        unknown,
        unknown,
        Outcome::Duplicate,
        unknown,
        Outcome::Invalid,
        not_sent,
        not_sent,
        not_sent,
    ];
    assert_eq!(outcomes(&read(ended.as_bytes()).unwrap()), expected);
    for more in ["\n", "\n\n"] {
        assert_eq!(outcomes(&read(format!("{ended}{more}").as_bytes()).unwrap()), expected);
    }
    for torn in ["x", "\0\0\0", "send 6"] {
        let restored = read(format!("{ended}{torn}").as_bytes()).unwrap();
        assert_eq!(outcomes(&restored)[6..], [unknown; 3], "{torn:?}");
    }
}

#[test]
fn journal_a_token_that_was_or_may_have_been_sent_is_gone_either_way() {
    // The third line says that the first four tokens are about to be sent.
    for (lines, expected) in [(2, Because::EarlierProcess), (3, Because::EarlierAttempt)] {
        let mut again = read(first_lines(lines).as_bytes())
            .unwrap()
            .retry_unresolved(Options::default())
            .unwrap();
        let absent = |at: usize| format!(r#"{{"face_token":"face{at}","reason":"FACE_NOT_IN_GROUP"}}"#);
        while let Command::Send(id) = again.poll(0) {
            assert!(again.handle_departure(id));
            let batch = again.request(id).unwrap().batch().joined();
            let sent: Vec<String> = batch
                .split(',')
                .map(|token| absent(token[4..].parse().unwrap()))
                .collect();
            let body = format!(
                r#"{{"group_id":"staff","face_removed":0,"failure_detail":[{}]}}"#,
                sent.join(",")
            );
            again.handle_exchange(
                9,
                id,
                Exchange::Answered(Response::new(200, Content::parse(body.as_bytes()))),
            );
        }
        let first = (0..again.selection().count())
            .find(|at| again.selection().token(*at).unwrap().as_str() == "face0")
            .unwrap();
        let finding = again.finding(first).unwrap();
        assert_eq!(
            (finding.outcome, finding.because),
            (Outcome::AbsentAfterUncertain, Some(expected))
        );
    }
}

#[test]
fn journal_a_line_that_is_missing_repeated_or_in_another_place_is_noticed() {
    let (text, _) = journal();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for at in 1..lines.len() - 2 {
        let mut missing = lines.clone();
        missing.remove(at);
        assert_eq!(
            read(missing.concat().as_bytes()).unwrap_err(),
            Unusable::Damaged,
            "{at}"
        );
        let mut repeated = lines.clone();
        repeated.insert(at, lines[at]);
        assert_eq!(
            read(repeated.concat().as_bytes()).unwrap_err(),
            Unusable::Damaged,
            "{at}"
        );
        let mut swapped = lines.clone();
        swapped.swap(at, at + 1);
        assert_eq!(
            read(swapped.concat().as_bytes()).unwrap_err(),
            Unusable::Damaged,
            "{at}"
        );
    }
}

#[test]
fn a_journal_that_cannot_be_gone_on_with_is_refused_by_name() {
    let (text, _) = journal();
    let with = |from: &str, to: &str| text.replacen(from, to, 1);
    let first = text.split_inclusive('\n').next().unwrap();
    let head = |words: &str| line_after("", words);
    let line = |words: &str| line_after(&text, words);
    for (journal, expected) in [
        (String::new(), Unusable::NotAJournal),
        ("face_token\nface0\n".to_owned(), Unusable::NotAJournal),
        (head("another 1 staff 00 7 9"), Unusable::NotAJournal),
        (first[..first.len() - 2].to_owned(), Unusable::NotAJournal),
        (head("finauth-facesearch-journal x staff 00 7 9"), Unusable::NotAJournal),
        (
            head("finauth-facesearch-journal 3 what ever comes"),
            Unusable::NewerVersion,
        ),
        (
            head("finauth-facesearch-journal 2 other 00 7 9"),
            Unusable::AnotherGroup,
        ),
        (head("finauth-facesearch-journal 2 staff 00 7 9"), Unusable::AnotherList),
        (
            head(&first.replace(" 7 9", " 7 8")[..first.len() - 11]),
            Unusable::AnotherList,
        ),
        (
            head(&first.replace("server", "others")[..first.len() - 11]),
            Unusable::AnotherServer,
        ),
        (head(&first[..first.len() - 12 - SERVER.len()]), Unusable::AnotherServer),
        (with("send 0 4", "send 0 3"), Unusable::Damaged),
        (with("deleted", "delated"), Unusable::Damaged),
        (format!("{text}{}", line("send 0 4")), Unusable::Damaged),
        (format!("{text}{}", line("send 5 8")), Unusable::Damaged),
        (format!("{text}{}", line("send 5 5")), Unusable::Damaged),
        (format!("{text}{}", line("send 5 6 7")), Unusable::Damaged),
        (format!("{text}{}", line("open 5 6 maybe")), Unusable::Damaged),
        (format!("{text}{}", line("done 5 6 gone - - -")), Unusable::Damaged),
        (format!("{text}{}", line("done 5 6 failed x - -")), Unusable::Damaged),
        (format!("{text}{}", line("done 5 6 failed - x -")), Unusable::Damaged),
        (format!("{text}{}", line("sum 1 2 3")), Unusable::Damaged),
        (format!("{text}{}", line("sum 1 2 3 4 5")), Unusable::Damaged),
        (format!("{text}{}", line("party 1 2")), Unusable::Damaged),
        (format!("{text}{}", line("seen")), Unusable::Damaged),
        (format!("{text}{}", line("seen 1 2")), Unusable::Damaged),
    ] {
        assert_eq!(read(journal.as_bytes()).unwrap_err(), expected, "{journal}");
    }
}

proptest! {
    #[test]
    fn a_last_line_that_was_torn_counts_as_not_written(cut in 0_usize..600) {
        let (text, run) = journal();
        let cut = cut.min(text.len());
        let whole = text[..cut].rfind('\n').map_or(0, |at| at + 1);
        // A line that lacks its end only is whole: what goes on behind it writes the end.
        let whole = if text[cut..].starts_with('\n') { cut + 1 } else { whole };
        match (read(&text.as_bytes()[..cut]), read(&text.as_bytes()[..whole])) {
            (Ok(torn), Ok(clean)) => {
                prop_assert_eq!(outcomes(&torn), outcomes(&clean));
                // Nothing is claimed that the whole does not claim; what was not written is open.
                for (early, late) in torn.outcomes().iter().zip(run.outcomes()) {
                    prop_assert!(early.finding == late.finding || early.finding.left_open().is_some());
                }
            }
            (torn, clean) => prop_assert_eq!(torn.err(), clean.err()),
        }
    }

    #[test]
    fn anything_is_read_without_a_trap(bytes in prop::collection::vec(any::<u8>(), 0..200), lines in prop::collection::vec("[a-z]{0,4}( [0-9a-z-]{0,20}){0,8}", 0..6)) {
        let (text, _) = journal();
        let first = text.split_inclusive('\n').next().unwrap();
        let written = lines_after(first, &lines.iter().map(String::as_str).collect::<Vec<_>>());
        for journal in [bytes.clone(), [first.as_bytes(), &bytes].concat(), [first.as_bytes(), written.as_bytes()].concat()] {
            if let Ok(run) = read(&journal) {
                prop_assert!(run.report().adds_up());
            }
        }
    }
}
