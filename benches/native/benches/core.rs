//! The core, natively. What crosses the border to JavaScript is measured by `npm run bench`.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark may panic")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use finauth_facesearch::answer::{Content, Response};
use finauth_facesearch::delete_faces::DeleteFaces;
use finauth_facesearch::deletion::{Command, Options, Run};
use finauth_facesearch::exchange::{Exchange, Transport};
use finauth_facesearch::multipart::Boundary;
use finauth_facesearch::selection::Selection;
use finauth_facesearch::signature::{Nonce, Sign, Signer, Validity};
use finauth_facesearch::token::GroupId;
use finauth_facesearch::token_reader::TokenReader;

/// So many lines, no two alike.
fn file(count: u64) -> Vec<u8> {
    let line = |number: u64| {
        let mixed = (u128::from(number) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        format!("{mixed:032x}\n")
    };
    (0..count).flat_map(|number| line(number).into_bytes()).collect()
}

fn read(file: &[u8]) -> Selection {
    let mut reader = TokenReader::new(None, None);
    let mut selection = Selection::default();
    for (number, piece) in file.chunks(1 << 16).enumerate() {
        let seen = number << 16;
        selection.expect(selection.count() * file.len() / seen.max(1));
        let blocks = |selection: &mut Selection, block: &_| {
            selection.push_block(block);
        };
        let others = |selection: &mut Selection, bytes: &[u8], line| {
            selection.push_bytes(bytes, line);
        };
        reader.push_in_blocks(piece, &mut selection, blocks, others).unwrap();
    }
    let mut rest = |bytes: &[u8], line| {
        selection.push_bytes(bytes, line);
    };
    reader.finish(&mut rest).unwrap();
    selection
}

fn signer() -> Signer {
    Signer::new(
        "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6",
        b"z9Y8x7W6v5U4t3S2r1Q0p9O8n7M6l5K4".to_vec(),
    )
    .unwrap()
}

fn sign() -> Sign {
    signer().sign(Validity::new(1_769_740_387, 100), &Nonce::from_random([7; 8]))
}

fn signing(criterion: &mut Criterion) {
    let signer = signer();
    criterion.bench_function("sign", |bencher| {
        bencher.iter(|| {
            signer.sign(
                Validity::new(black_box(1_769_740_387), 100),
                &Nonce::from_random([7; 8]),
            )
        });
    });
}

fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    for count in [10_000, 1_000_000] {
        let file = file(count);
        group.throughput(Throughput::Elements(count)).sample_size(10);
        group.bench_function(count.to_string(), |bencher| {
            bencher.iter(|| read(black_box(&file)).count())
        });
    }
}

fn a_call(criterion: &mut Criterion) {
    let group_id = GroupId::parse("staff").unwrap();
    let selection = read(&file(1000));
    let request = DeleteFaces::new(&group_id, selection.batch());
    let (sign, boundary) = (sign(), Boundary::from_random([7; 16]));
    let mut group = criterion.benchmark_group("1000 tokens");
    group.throughput(Throughput::Elements(1000));
    group.bench_function("body", |bencher| {
        bencher.iter(|| request.body(&sign, &boundary).unwrap().len())
    });
    group.bench_function("run", |bencher| {
        let new = || Run::new(group_id.clone(), read(&file(1000)), Options::default());
        bencher.iter_batched(new, run_to_its_end, BatchSize::SmallInput);
    });
}

/// Every request is answered at once: all was deleted.
fn run_to_its_end(mut run: Run) -> u64 {
    loop {
        match run.poll(1) {
            Command::Send(id) => {
                let count = run.request(id).unwrap().batch().count();
                let answer = format!(
                    r#"{{"request_id":"1,a","time_used":9,"group_id":"staff","face_removed":{count},"face_count":0,"failure_detail":[]}}"#
                );
                assert!(run.handle_departure(id));
                let response = Response::new(200, Content::parse(answer.as_bytes()));
                run.goes_over(Transport::TransmitsOnce);
                run.handle_exchange(1, id, Exchange::Answered(response));
            }
            Command::Finished => return run.report().counts.sum(),
            _ => {}
        }
    }
}

criterion_group!(benches, signing, reading, a_call);
criterion_main!(benches);
