//! How an input is sorted out, against a plain model of it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{HashMap, HashSet};

use finauth_facesearch::selection::{ExceptionKind, Pushed, Selection};
use finauth_facesearch::token::FaceToken;
use finauth_facesearch::token_reader::{Block, Format, TokenReader};
use proptest::prelude::*;

/// What stands in an input: usual tokens, the same in capitals, other text, and what is none; many of them twice.
fn inputs() -> impl Strategy<Value = Vec<String>> {
    let number = 0..60_u128;
    let item = prop_oneof![
        4 => number.clone().prop_map(|number| format!("{number:032x}")),
        1 => number.prop_map(|number| format!("{number:032X}")),
        2 => "[a-c]{1,3}",
        1 => "[a-f0-9]{31,33}",
        1 => "面{1,80}",
        1 => "(?s).{0,5}",
        1 => Just("RemoveAllFaceTokens".to_owned()),
    ];
    prop::collection::vec(item, 0..400)
}

/// Lines as they are read, many usual ones at a time or each by itself.
fn read(text: &str, piece: usize, in_blocks: bool) -> Selection {
    let mut selection = Selection::default();
    // Said beforehand, so that nothing is kept back to tell the format by.
    let mut reader = TokenReader::new(Some(Format::Text), None);
    reader.push(&[b'\n'; 4096], &mut |_, _| {}).unwrap();
    for piece in text.as_bytes().chunks(piece) {
        if in_blocks {
            let blocks = |selection: &mut Selection, block: &Block| assert!(selection.push_block(block));
            let others = |selection: &mut Selection, bytes: &[u8], line| {
                selection.push_bytes(bytes, line);
            };
            reader.push_in_blocks(piece, &mut selection, blocks, others).unwrap();
        } else {
            let mut others = |bytes: &[u8], line| {
                selection.push_bytes(bytes, line);
            };
            reader.push(piece, &mut others).unwrap();
        }
    }
    reader
        .finish(&mut |bytes, line| {
            selection.push_bytes(bytes, line);
        })
        .unwrap();
    selection
}

proptest! {
    #[test]
    fn many_at_a_time_are_sorted_out_like_each_by_itself(
        lines in prop::collection::vec((inputs(), prop_oneof![8 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\n# 1\n"), 1 => Just(",")]), 1..4),
        piece in 1..200_usize,
    ) {
        let text: String = lines.iter().flat_map(|(items, end)| items.iter().flat_map(move |item| [item, *end])).collect();
        let (blocks, plain) = (read(&text, piece, true), read(&text, piece, false));
        prop_assert_eq!(blocks.fingerprint(), plain.fingerprint());
        prop_assert_eq!(blocks.batch().joined(), plain.batch().joined());
        prop_assert!(blocks.exceptions().eq(plain.exceptions()));
        prop_assert!(blocks.indexes(0, blocks.count()).eq(plain.indexes(0, plain.count())));
    }

    #[test]
    fn it_is_sorted_out_as_a_map_and_a_list_would(input in inputs(), seed in any::<u64>()) {
        let mut selection = Selection::seeded(seed);
        let (mut known, mut distinct, mut indexes) = (HashMap::new(), Vec::new(), Vec::new());
        let mut exceptions = Vec::new();
        for (index, text) in input.iter().enumerate() {
            let pushed = selection.push_bytes(text.as_bytes(), 2 * index as u64 + 1);
            let expected = match FaceToken::parse(text) {
                Err(fault) => {
                    exceptions.push((index as u32, ExceptionKind::Invalid(fault)));
                    Pushed::Invalid(fault)
                }
                Ok(_) if known.contains_key(text) => {
                    exceptions.push((index as u32, ExceptionKind::DuplicateOf(known[text])));
                    Pushed::Duplicate
                }
                Ok(_) => {
                    known.insert(text.clone(), distinct.len() as u32);
                    distinct.push(text.as_str());
                    indexes.push(index);
                    Pushed::New
                }
            };
            prop_assert_eq!(pushed, expected);
        }
        selection.close();
        prop_assert_eq!(selection.total(), input.len() as u64);
        prop_assert_eq!(selection.duplicates() + selection.invalid(), exceptions.len() as u64);
        prop_assert_eq!(selection.batch().joined(), distinct.join(","));
        let seen: Vec<_> = selection.exceptions().map(|exception| {
            assert_eq!(exception.line, 2 * u64::from(exception.index) + 1);
            (exception.index, exception.kind)
        }).collect();
        prop_assert_eq!(seen, exceptions);
        prop_assert_eq!(selection.indexes(0, distinct.len()).collect::<Vec<_>>(), indexes.clone());
        let (start, end) = (distinct.len() / 3, distinct.len() / 2 + 1);
        let batch = selection.batch_of(start, end);
        let expected = distinct.get(start..end.min(distinct.len())).unwrap_or_default();
        prop_assert_eq!(batch.joined(), expected.join(","));
        let index = batch.index();
        for (position, token) in distinct.iter().enumerate() {
            let text = selection.token(position).unwrap();
            prop_assert_eq!(text.as_str(), *token);
            prop_assert_eq!(selection.index_of(position), Some(indexes[position]));
            let within = (start..end).contains(&position).then(|| position - start);
            prop_assert_eq!(index.position(token), within);
        }
        prop_assert_eq!(index.position("nowhere in the input"), None);
        // Every other one, from the last.
        let some: Vec<usize> = (0..distinct.len()).rev().step_by(2).collect();
        let subset = selection.subset(some.iter().copied());
        prop_assert_eq!(subset.batch().joined(), some.iter().map(|at| distinct[*at]).collect::<Vec<_>>().join(","));
        prop_assert!(subset.indexes(0, some.len()).eq(some.iter().map(|at| indexes[*at])));
        prop_assert_eq!(subset.exceptions().count(), 0);
    }

    #[test]
    fn selection_holds_what_a_hash_set_holds_under_any_seed(
        seed in any::<u64>(),
        texts in prop::collection::vec(prop_oneof!["[0-3]{32}", "[ab]{1,4}", "[a-c]{29,35}", "[01]{8}0{24}"], 0..400),
    ) {
        let (mut selection, mut known) = (Selection::seeded(seed), HashSet::new());
        for text in &texts {
            let expected = if known.insert(text.as_str()) { Pushed::New } else { Pushed::Duplicate };
            prop_assert_eq!(selection.push(text, 0), expected);
        }
        prop_assert_eq!(selection.count(), known.len());
        let index = selection.batch().index();
        prop_assert!(known.iter().all(|text| index.position(text).is_some()));
    }

    #[test]
    fn a_fingerprint_is_that_of_content_and_order(input in inputs(), at in any::<prop::sample::Index>()) {
        let of = |texts: &[String], line: u64| {
            let mut selection = Selection::default();
            for text in texts {
                selection.push(text, line);
            }
            selection.fingerprint()
        };
        prop_assert_eq!(of(&input, 0), of(&input, 7));
        if !input.is_empty() {
            let mut other = input.clone();
            let last = other.remove(at.index(input.len()));
            prop_assert_ne!(of(&input, 0), of(&other, 0));
            other.push(last);
            // What is no token counts by its place alone.
            let plain = |texts: &[String]| -> Vec<_> {
                texts.iter().map(|text| FaceToken::parse(text).map(|token| token.as_str().to_owned()).ok()).collect()
            };
            prop_assert_eq!(of(&input, 0) == of(&other, 0), plain(&input) == plain(&other));
        }
    }

    #[test]
    fn a_token_that_is_taken_stays_one_token_on_the_wire(text in "(?s).{0,40}") {
        if let Ok(token) = FaceToken::parse(&text) {
            prop_assert_eq!(token.as_str(), &text);
            prop_assert_eq!(text.split(|c: char| c == ',' || c.is_whitespace() || c.is_control()).count(), 1);
        }
    }
}

#[test]
fn a_hundred_thousand_tokens_are_told_apart_while_the_table_is_split_and_grows() {
    let mut selection = Selection::default();
    for round in 0..2 {
        for number in 0..100_000_u64 {
            let expected = if round == 0 { Pushed::New } else { Pushed::Duplicate };
            let text = if number % 2 == 0 {
                format!("{number:032x}")
            } else {
                format!("t{number}")
            };
            assert_eq!(selection.push(&text, 0), expected, "{text}");
        }
    }
    assert_eq!((selection.count(), selection.duplicates()), (100_000, 100_000));
}

#[test]
fn an_expectation_that_is_wrong_changes_nothing() {
    let text = |number: u32| {
        format!(
            "{:032x}",
            u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
        )
    };
    let sorted = |expected: usize| {
        let mut selection = Selection::default();
        selection.expect(expected);
        for number in (0..60_000).chain(0..60_000) {
            selection.push(&text(number), 0);
        }
        (selection.count(), selection.duplicates(), selection.fingerprint())
    };
    let plain = sorted(0);
    assert_eq!((plain.0, plain.1), (60_000, 60_000));
    for expected in [1, 40_000, 60_000, 500_000, usize::MAX] {
        assert_eq!(sorted(expected), plain, "{expected}");
    }
}

#[test]
fn a_batch_is_written_as_its_tokens_are_shown_wherever_it_stands() {
    let text = |number: u32| format!("{:032x}", u128::from(number) + 1);
    for odd in [None, Some("面")] {
        let mut selection = Selection::default();
        for number in 0..40_000 {
            selection.push(&text(number), 0);
        }
        selection.push(odd.unwrap_or("00000000000000000000000000000000"), 0);
        for (start, end) in [
            (0, 1),
            (0, 40_001),
            (16_000, 17_000),
            (16_384, 16_385),
            (16_383, 32_769),
            (39_999, 50_000),
            (7, 7),
        ] {
            let shown: Vec<_> = (start..end)
                .filter_map(|at| Some(selection.token(at)?.as_str().to_owned()))
                .collect();
            assert_eq!(
                selection.batch_of(start, end).joined(),
                shown.join(","),
                "{start} {end} {odd:?}"
            );
        }
    }
}
