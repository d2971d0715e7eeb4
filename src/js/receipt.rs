//! The tree of a receipt, as the facade builds it.

use std::cell::RefCell;

use js_sys::{Object, Uint8Array};
use wasm_bindgen::prelude::*;

use super::convert::object;
use crate::deletion::Outcome;
use crate::receipt::{HASH, Tree};
use crate::text::split;

/// A tree that commits to the outcome of each token.
#[wasm_bindgen]
#[allow(missing_debug_implementations, reason = "never shown: it holds a key")]
pub struct OutcomeTree(RefCell<Option<Tree>>, [u8; HASH]);

#[wasm_bindgen]
impl OutcomeTree {
    /// Takes a key of 32 bytes; a shorter one is filled up with zeros.
    #[wasm_bindgen(constructor)]
    pub fn new(key: &[u8]) -> Self {
        let mut block = [0; HASH];
        for (to, from) in block.iter_mut().zip(key) {
            *to = *from;
        }
        Self(RefCell::new(Some(Tree::new(&block))), Tree::commitment(&block))
    }

    /// What the receipt says of the key.
    pub fn key(&self) -> Uint8Array {
        Uint8Array::from(self.1.as_slice())
    }

    /// Takes tokens with a comma between each two, and the outcome of each by its position in the words of outcomes. Gives
    /// their leaves, 32 bytes each.
    pub fn push(&self, tokens: &str, outcomes: &[u8]) -> Uint8Array {
        let mut leaves = Vec::with_capacity(outcomes.len() * HASH);
        if let Some(tree) = &mut *self.0.borrow_mut() {
            for (token, outcome) in split(tokens, b',').zip(outcomes) {
                let outcome = Outcome::ALL.get(usize::from(*outcome)).unwrap_or(&Outcome::Unknown);
                leaves.extend_from_slice(&tree.push(token, *outcome));
            }
        }
        Uint8Array::from(leaves.as_slice())
    }

    /// `{ root, document, blocks }`, 32 bytes each: the root over the tree and what else the receipt says, the hash of that,
    /// and the roots of each 256 leaves.
    pub fn finish(&self, document: &str) -> Object {
        let Some(roots) = self.0.take().map(Tree::finish) else {
            return Object::new();
        };
        let (document, root) = roots.bind(document.as_bytes());
        object(&[
            ("root", Uint8Array::from(root.as_slice()).into()),
            ("document", Uint8Array::from(document.as_slice()).into()),
            ("blocks", Uint8Array::from(roots.blocks.as_flattened()).into()),
        ])
    }
}
