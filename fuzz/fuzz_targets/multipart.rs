//! Whatever the fields hold: a body is refused for its boundary, or an independent parser reads back what went in.
#![no_main]

use finauth_facesearch::multipart::{Boundary, Value, encode};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 3] = ["sign", "group_id", "face_tokens"];

fuzz_target!(|input: ([u8; 16], [String; 3])| {
    let (random, values) = input;
    let boundary = Boundary::from_random(random);
    let given: Vec<_> = NAMES
        .into_iter()
        .zip(values.iter().map(|value| Value::Text(value)))
        .collect();
    let content_type = boundary.content_type();
    let mark = content_type.rsplit('=').next().unwrap_or_default();
    match encode(&given, &boundary) {
        Err(_) => assert!(values.iter().any(|value| value.contains(mark))),
        Ok(body) => {
            let expected: Vec<_> = NAMES.iter().map(|name| (*name).to_owned()).zip(values).collect();
            assert_eq!(read_back(&body, mark), expected);
        }
    }
});

fn read_back(body: &[u8], boundary: &str) -> Vec<(String, String)> {
    let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(body.to_vec())]);
    let mut form = multer::Multipart::new(stream, boundary);
    pollster::block_on(async {
        let mut fields = Vec::new();
        while let Some(field) = form.next_field().await.expect("a body that can be read") {
            let name = field.name().unwrap_or_default().to_owned();
            let value = field.bytes().await.expect("a field that can be read").to_vec();
            fields.push((name, String::from_utf8(value).expect("text")));
        }
        fields
    })
}
