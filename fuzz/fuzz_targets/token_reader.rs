//! Whatever the input, and wherever it is cut: the pieces give what the whole gives, nothing traps, no candidate is huge.
#![no_main]

use finauth_facesearch::token_reader::{Format, ReadError, TokenReader};
use libfuzzer_sys::fuzz_target;

type Read = Result<Vec<(Vec<u8>, u64)>, ReadError>;

fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>, format: Option<Format>) -> Read {
    let mut candidates = Vec::new();
    let mut reader = TokenReader::new(format, None);
    let mut sink = |bytes: &[u8], line| candidates.push((bytes.to_vec(), line));
    for piece in pieces {
        reader.push(piece, &mut sink)?;
    }
    reader.finish(&mut sink)?;
    Ok(candidates)
}

fuzz_target!(|input: (u8, u16, Vec<u8>)| {
    let (format, size, bytes) = input;
    let format = match format % 5 {
        0 => Some(Format::Text),
        1 => Some(Format::Csv),
        2 => Some(Format::Json),
        3 => Some(Format::JsonLines),
        _ => None,
    };
    let whole = read([bytes.as_slice()].into_iter(), format);
    let pieces = read(bytes.chunks(usize::from(size).max(1)), format);
    assert_eq!(short(whole), short(pieces));
});

/// What is too long may be cut at different places, and is too long all the same.
fn short(read: Read) -> Read {
    read.map(|candidates| {
        let cut = |(bytes, line): (Vec<u8>, u64)| (bytes.into_iter().take(256).collect(), line);
        candidates.into_iter().map(cut).collect()
    })
}
