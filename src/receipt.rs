//! The Merkle tree of a receipt: it commits to the outcome of each token, and names none. `docs/receipt.md` describes it.
//!
//! The tree is that of RFC 9162, section 2.1, over SHA-256. It is built as the outcomes come, in memory that grows by 32
//! bytes for each 256 of them.

use sha2::{Digest, Sha256};

use crate::deletion::Outcome;

/// The length of a hash, in bytes.
pub const HASH: usize = 32;

/// So many leaves have a root of their own in the file of leaves: who wants one leaf's path need not hash all.
const BLOCK_HEIGHT: u32 = 8;

/// So much of the keyed hash of a token goes into its leaf: who does not know it cannot try out tokens.
const SALT: usize = 16;

type Hash = [u8; HASH];

/// A tree that grows at its right side.
#[derive(Debug)]
pub struct Tree {
    /// The two states of HMAC (RFC 2104) behind the padded key.
    inner: Sha256,
    outer: Sha256,
    /// The complete subtrees, from the largest to the smallest, each with its height.
    subtrees: Vec<(u32, Hash)>,
    blocks: Vec<Hash>,
}

/// A tree that is finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    /// Of the whole tree.
    pub root: Hash,
    /// Of each 256 leaves, and of those that are left.
    pub blocks: Vec<Hash>,
}

impl Roots {
    /// The hash of what else the receipt says, and the root over it and the tree: who holds a proof holds both.
    #[must_use]
    pub fn bind(&self, document: &[u8]) -> (Hash, Hash) {
        let document = hash(&[&[2], document]);
        (document, node(&document, &self.root))
    }
}

impl Tree {
    /// An empty one. The key must be random, and a new one for each receipt.
    #[must_use]
    pub fn new(key: &[u8; HASH]) -> Self {
        Self {
            inner: behind_key(key, 0x36),
            outer: behind_key(key, 0x5c),
            subtrees: Vec::new(),
            blocks: Vec::new(),
        }
    }

    /// What a receipt says of the key, so that nobody looks for a token under another one and finds that it was not there.
    #[must_use]
    pub fn commitment(key: &[u8; HASH]) -> Hash {
        hash(&[&[3], key])
    }

    /// Adds a token with its outcome, and gives the leaf.
    pub fn push(&mut self, token: &str, outcome: Outcome) -> Hash {
        let keyed = hash_on(self.outer.clone(), &[&hash_on(self.inner.clone(), &[token.as_bytes()])]);
        let salt = keyed.get(..SALT).unwrap_or_default();
        let leaf = hash(&[&[0], salt, &[outcome as u8], token.as_bytes()]);
        let (mut height, mut root) = (0, leaf);
        loop {
            if height == BLOCK_HEIGHT {
                self.blocks.push(root);
            }
            match self.subtrees.pop_if(|(other, _)| *other == height) {
                Some((_, left)) => root = node(&left, &root),
                None => break,
            }
            height += 1;
        }
        self.subtrees.push((height, root));
        leaf
    }

    /// There are no more.
    #[must_use]
    pub fn finish(mut self) -> Roots {
        // The root above the subtrees, from the smallest to the largest.
        let (mut root, mut rest) = (None, None);
        while let Some((height, left)) = self.subtrees.pop() {
            root = Some(root.map_or(left, |right| node(&left, &right)));
            if height < BLOCK_HEIGHT {
                rest = root;
            }
        }
        if let Some(rest) = rest {
            self.blocks.push(rest);
        }
        Roots {
            root: root.unwrap_or_else(|| hash(&[])),
            blocks: self.blocks,
        }
    }
}

fn hash(parts: &[&[u8]]) -> Hash {
    hash_on(Sha256::new(), parts)
}

fn hash_on(mut hash: Sha256, parts: &[&[u8]]) -> Hash {
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    hash(&[&[1], left, right])
}

/// The hash that has taken a block of the key, filled up with zeros, with one of HMAC's two paddings on it.
fn behind_key(key: &[u8; HASH], padding: u8) -> Sha256 {
    let mut block = [padding; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to ^= from;
    }
    Sha256::new_with_prefix(block)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of RFC 9162, word for word.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::new().finalize().into(),
            [leaf] => *leaf,
            _ => {
                let half = leaves.len().next_power_of_two() / 2;
                let (left, right) = leaves.split_at(half);
                node(&by_definition(left), &by_definition(right))
            }
        }
    }

    #[test]
    fn it_grows_into_the_tree_of_the_definition() {
        for count in (0..20).chain([255, 256, 257, 511, 512, 513, 1000, 1025]) {
            let mut tree = Tree::new(&[7; HASH]);
            let leaves: Vec<Hash> = (0..count)
                .map(|at| tree.push(&format!("face{at}"), Outcome::Deleted))
                .collect();
            let roots = tree.finish();
            assert_eq!(roots.root, by_definition(&leaves), "{count}");
            let blocks: Vec<Hash> = leaves.chunks(256).map(by_definition).collect();
            assert_eq!(roots.blocks, blocks, "{count}");
            assert!(count == 0 || roots.root == by_definition(&blocks), "{count}");
        }
    }

    #[test]
    fn a_leaf_is_salted_with_the_hmac_of_its_token() {
        use hmac::{Hmac, KeyInit, Mac};

        let mut keyed = Hmac::<Sha256>::new_from_slice(&[7; HASH]).unwrap();
        keyed.update(b"face");
        let salt = &keyed.finalize().into_bytes()[..SALT];
        let leaf = hash(&[&[0], salt, &[Outcome::Absent as u8], b"face"]);
        assert_eq!(Tree::new(&[7; HASH]).push("face", Outcome::Absent), leaf);
    }

    #[test]
    fn a_leaf_depends_on_token_outcome_and_key() {
        let leaf = |key, token, outcome| Tree::new(&[key; HASH]).push(token, outcome);
        let one = leaf(1, "face", Outcome::Deleted);
        assert_eq!(one, leaf(1, "face", Outcome::Deleted));
        for other in [
            leaf(2, "face", Outcome::Deleted),
            leaf(1, "facE", Outcome::Deleted),
            leaf(1, "face", Outcome::Unknown),
        ] {
            assert_ne!(one, other);
        }
    }
}
