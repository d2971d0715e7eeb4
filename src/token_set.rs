//! Which tokens there are already: exact, and growing in parts, so that no growth touches everything.

use crate::token_store::{Key, TokenStore};

/// Beyond so many tokens the table is split into parts.
const SPLIT_AT: usize = 1 << 15;

const PARTS: usize = 256;

/// Positions in a [`TokenStore`], found by their tokens.
#[derive(Debug, Default)]
pub struct TokenSet {
    /// One, or `PARTS`; the upper bits of the hash say which.
    parts: Vec<Table>,
    count: usize,
    form: Form,
}

impl TokenSet {
    /// The position of a token that is there already; otherwise it gets this one.
    pub fn insert(&mut self, key: Key<'_>, hash: u64, position: u32, store: &TokenStore) -> Option<u32> {
        if self.parts.is_empty() {
            self.parts.push(Table::default());
        } else if self.parts.len() == 1 && self.count >= SPLIT_AT {
            self.split(store);
        }
        if position >= Form::Tagged.most_positions() && matches!(self.form, Form::Tagged) {
            self.parts.iter_mut().for_each(Table::drop_tags);
            self.form = Form::Plain;
        }
        let (part, form) = (self.part(hash), self.form);
        let table = self.parts.get_mut(part)?;
        table.make_room(form, store);
        let known = table.insert(form, hash, position, |other| store.key(other as usize) == Some(key));
        self.count += usize::from(known.is_none());
        known
    }

    fn part(&self, hash: u64) -> usize {
        if self.parts.len() > 1 { (hash >> 56) as usize } else { 0 }
    }

    fn split(&mut self, store: &TokenStore) {
        let whole = core::mem::take(&mut self.parts);
        self.parts.resize_with(PARTS, Table::default);
        let form = self.form;
        for position in whole.iter().flat_map(|table| table.positions(form)) {
            let hash = hash_of(position, store);
            let part = self.part(hash);
            if let Some(table) = self.parts.get_mut(part) {
                table.make_room(form, store);
                table.insert(form, hash, position, |_| false);
            }
        }
    }
}

fn hash_of(position: u32, store: &TokenStore) -> u64 {
    store.key(position as usize).map_or(0, |key| key.hashes().0)
}

/// What a slot holds: a position + 1, or 0 if it is free.
#[derive(Clone, Copy, Debug, Default)]
enum Form {
    /// In the lower 24 bits; above is a piece of the hash, so that a token that only stands in the way is hardly ever
    /// looked at. That would be a miss of the processor's cache each time.
    #[default]
    Tagged,
    /// In all 32 bits: beyond sixteen million tokens.
    Plain,
}

impl Form {
    const fn most_positions(self) -> u32 {
        match self {
            Self::Tagged => (1 << 24) - 1,
            Self::Plain => u32::MAX,
        }
    }

    const fn tag(self, hash: u64) -> u32 {
        match self {
            Self::Tagged => ((hash >> 48) as u32 & 0xff) << 24,
            Self::Plain => 0,
        }
    }
}

/// Open addressing with linear probing.
#[derive(Debug, Default)]
struct Table {
    /// A fifth at least is free.
    slots: Vec<u32>,
    count: usize,
}

impl Table {
    fn positions(&self, form: Form) -> impl Iterator<Item = u32> {
        self.slots
            .iter()
            .filter_map(move |slot| (slot & form.most_positions()).checked_sub(1))
    }

    fn drop_tags(&mut self) {
        for slot in &mut self.slots {
            *slot &= Form::Tagged.most_positions();
        }
    }

    fn make_room(&mut self, form: Form, store: &TokenStore) {
        if (self.count + 1) * 5 <= self.slots.len() * 4 {
            return;
        }
        let larger = Self {
            // By half: were it doubled, more of it would be free on average.
            slots: vec![0; (self.slots.len() * 3 / 2).max(8)],
            count: 0,
        };
        let smaller = core::mem::replace(self, larger);
        for position in smaller.positions(form) {
            self.insert(form, hash_of(position, store), position, |_| false);
        }
    }

    /// There has to be room.
    fn insert(&mut self, form: Form, hash: u64, position: u32, is_same: impl Fn(u32) -> bool) -> Option<u32> {
        let tag = form.tag(hash);
        let mut at = (((hash & 0xffff_ffff) * self.slots.len() as u64) >> 32) as usize;
        while let Some(slot) = self.slots.get_mut(at) {
            let other = *slot & form.most_positions();
            if other == 0 {
                *slot = tag | (position + 1);
                self.count += 1;
                return None;
            }
            if *slot == tag | other && is_same(other - 1) {
                return Some(other - 1);
            }
            at += 1;
            if at == self.slots.len() {
                at = 0;
            }
        }
        None
    }
}
