//! How the tokens of a call are sorted out.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use finauth_facesearch::token::{FaceToken, Place, Selection};
use proptest::prelude::*;

proptest! {
    #[test]
    fn every_position_is_in_the_batch_or_a_duplicate_of_one_that_is(
        tokens in prop::collection::vec("[a-c]{1,3}", 1..200)
    ) {
        let selection = Selection::of(tokens.iter().map(String::as_str)).unwrap();
        let sent: Vec<&str> = selection.batch().joined().split(',').collect();
        prop_assert_eq!(selection.places().len(), tokens.len());
        for (place, token) in selection.places().iter().zip(&tokens) {
            match *place {
                Place::Distinct(position) => prop_assert_eq!(sent[position], token),
                Place::DuplicateOf(index) => {
                    prop_assert_eq!(&tokens[index], token);
                    prop_assert!(matches!(selection.places()[index], Place::Distinct(_)));
                }
                Place::Invalid(fault) => prop_assert!(false, "{fault}"),
            }
        }
        for (position, token) in sent.iter().enumerate() {
            prop_assert_eq!(selection.batch().position(token), Some(position));
        }
        prop_assert_eq!(selection.batch().position("d"), None);
    }

    #[test]
    fn a_token_that_is_taken_stays_one_token_on_the_wire(text in "(?s).{0,40}") {
        if let Ok(token) = FaceToken::parse(&text) {
            prop_assert_eq!(token.as_str(), &text);
            prop_assert_eq!(text.split(|c: char| c == ',' || c.is_whitespace() || c.is_control()).count(), 1);
        }
    }
}
