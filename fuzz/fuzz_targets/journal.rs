//! Whatever is in a journal: it is refused, or each token has one outcome; going on with it, and writing behind it, changes
//! none of those that were settled, and reads back as what is known then.
#![no_main]

use std::sync::Arc;

use finauth_facesearch::deletion::{Command, Options, Run};
use finauth_facesearch::replay::SeenRequests;
use finauth_facesearch::selection::Selection;
use finauth_facesearch::token::GroupId;
use libfuzzer_sys::fuzz_target;

const SERVER: &str = "https://server.example/finauth";

fuzz_target!(|input: (bool, u8, Vec<u8>)| {
    let (as_lines, departures, bytes) = input;
    let mut selection = Selection::default();
    for at in 0..9 {
        selection.push(&format!("face{at}"), 0);
    }
    let selection = Arc::new(selection);
    let group = || GroupId::parse("staff").unwrap();
    // Random bytes never have the right checksums, and hardly ever the right first line.
    let journal = if as_lines { lines(&bytes, &selection) } else { bytes };
    let seen = &mut SeenRequests::default();
    let Ok(mut restored) = Run::restored(SERVER, group(), Arc::clone(&selection), &journal, seen) else {
        return;
    };
    assert!(restored.report().adds_up());
    let before = restored.outcomes();
    let options = Options {
        batch_size: 2,
        ..Options::default()
    };
    let run = restored.retry_unresolved(options).expect("nobody took it up before");
    let mut run = run.with_journal(SERVER);
    let mut written = journal;
    for _ in 0..departures % 4 {
        if let Command::Send(id) = run.poll(0) {
            assert!(run.handle_departure(id));
            written.extend(run.take_notes().bytes());
        }
    }
    // The process dies here, with its last lines written.
    written.extend(run.take_notes().bytes());
    let again =
        Run::restored(SERVER, group(), Arc::clone(&selection), &written, seen).expect("what was written can be read");
    assert!(again.report().adds_up());
    assert_eq!(again.request_ids(), restored.request_ids());
    let open: Vec<String> = (0..run.selection().count())
        .filter_map(|at| Some(run.selection().token(at)?.as_str().to_owned()))
        .collect();
    for (one, other) in before.iter().zip(again.outcomes()) {
        let token = format!("face{}", one.index);
        if !open.contains(&token) {
            assert_eq!(*one, other, "what was settled stays");
        }
    }
});

/// Lines with the checksums that belong to them, behind the first line that belongs to the list.
fn lines(bytes: &[u8], selection: &Selection) -> Vec<u8> {
    let hex: String = selection
        .fingerprint()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let head = format!("finauth-facesearch-journal 2 staff {hex} 9 9 {SERVER}");
    let text = String::from_utf8_lossy(bytes);
    let mut journal = Vec::new();
    let mut sum = 0x811c_9dc5_u32;
    for line in core::iter::once(head.as_str()).chain(text.split('\n')) {
        sum = line
            .bytes()
            .fold(sum, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        journal.extend(format!("{line} ~{sum:08x}\n").bytes());
    }
    journal
}
