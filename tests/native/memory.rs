//! What a million tokens take in memory, growth included.
#![cfg(not(target_arch = "wasm32"))]
#![allow(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use finauth_facesearch::selection::Selection;

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Relaxed) + layout.size();
        MOST.fetch_max(now, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One test, so that nothing else allocates in the meantime.
#[test]
fn a_usual_token_takes_25_bytes_at_the_most_and_a_duplicate_a_few() {
    const TOKENS: u64 = 1_000_000;
    let started = NOW.load(Relaxed);
    MOST.store(started, Relaxed);
    let mut selection = Selection::default();
    let mut text = [b'0'; 32];
    let push = |selection: &mut Selection, text: &mut [u8; 32], number: u64| {
        for (at, digit) in text.iter_mut().rev().take(16).enumerate() {
            let value = (number >> (4 * at) & 15) as u8;
            *digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
        }
        selection.push_bytes(text, number + 1);
    };
    for number in 0..TOKENS {
        push(&mut selection, &mut text, number);
    }
    let most = MOST.load(Relaxed) - started;
    assert_eq!(selection.count() as u64, TOKENS);
    assert!(most <= 25 * TOKENS as usize, "{most} bytes for a million tokens");

    let before = NOW.load(Relaxed);
    for number in 0..TOKENS {
        push(&mut selection, &mut text, number);
    }
    let grown = NOW.load(Relaxed) - before;
    assert_eq!(selection.duplicates(), TOKENS);
    assert!(grown <= 8 * TOKENS as usize, "{grown} bytes for a million duplicates");

    selection.close();
    let kept = NOW.load(Relaxed) - started - grown;
    assert!(kept <= 17 * TOKENS as usize, "{kept} bytes once all is read");
}
