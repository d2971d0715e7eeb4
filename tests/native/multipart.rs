//! The request's body, read back by a parser that is not ours.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use finauth_facesearch::delete_faces::DeleteFaces;
use finauth_facesearch::multipart::{Boundary, Value, encode};
use finauth_facesearch::selection::Selection;
use finauth_facesearch::signature::{Nonce, Signer, Validity};
use finauth_facesearch::token::GroupId;
use proptest::prelude::*;

/// What the crate multer makes of a body: names and values in their order.
fn read_back(body: &[u8], content_type: &str) -> Vec<(String, String)> {
    let boundary = multer::parse_boundary(content_type).unwrap();
    let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(body.to_vec())]);
    let mut form = multer::Multipart::new(stream, boundary);
    pollster::block_on(async {
        let mut fields = Vec::new();
        while let Some(field) = form.next_field().await.unwrap() {
            let name = field.name().unwrap().to_owned();
            fields.push((name, String::from_utf8(field.bytes().await.unwrap().to_vec()).unwrap()));
        }
        fields
    })
}

proptest! {
    #[test]
    fn an_independent_parser_reads_back_what_went_in(
        values in prop::collection::vec("(?s).*", 4),
        random in any::<[u8; 16]>(),
    ) {
        let names = ["sign", "sign_version", "group_id", "face_tokens"];
        let fields: Vec<_> = names.into_iter().zip(values.iter().map(String::as_str)).collect();
        let boundary = Boundary::from_random(random);
        let given: Vec<_> = fields.iter().map(|(name, value)| (*name, Value::Text(value))).collect();
        let body = encode(&given, &boundary).unwrap();
        let expected: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        prop_assert_eq!(read_back(&body, &boundary.content_type()), expected);
    }

    #[test]
    fn a_delete_carries_its_four_fields_and_every_token_once(
        group in "[A-Za-z0-9%@#&_-]{1,48}",
        tokens in prop::collection::vec("[^,\\s\\p{C}\u{FFFD}]{1,60}", 1..40),
        random in any::<[u8; 16]>(),
    ) {
        let selection = Selection::of(tokens.iter().map(String::as_str)).unwrap();
        let id = GroupId::parse(&group).unwrap();
        let request = DeleteFaces::new(&id, selection.batch());
        let signer = Signer::new("key", b"secret".to_vec()).unwrap();
        let sign = signer.sign(Validity::new(1_769_740_387, 100), &Nonce::from_random([9; 8]));
        let boundary = Boundary::from_random(random);
        let fields = read_back(&request.body(&sign, &boundary).unwrap(), &boundary.content_type());

        let mut distinct: Vec<&str> = Vec::new();
        for token in &tokens {
            if !distinct.contains(&token.as_str()) {
                distinct.push(token);
            }
        }
        let expected = [
            ("sign", sign.as_str()),
            ("sign_version", "hmac_sha1"),
            ("group_id", group.as_str()),
            ("face_tokens", &distinct.join(",")),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        prop_assert_eq!(fields, expected);
    }
}
