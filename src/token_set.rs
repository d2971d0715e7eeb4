//! Which tokens there are already: exact, and growing in parts, so that no growth touches everything.

use crate::token_hash::probe;
use crate::token_store::{Key, TokenStore};

/// Beyond so many tokens the table is split into parts.
const SPLIT_AT: usize = 1 << 15;

const PARTS: usize = 256;

/// So many slots of a table: their tokens fit in the processor's nearest memory.
const LOOKED_AT_TOGETHER: usize = 64;

/// Positions in a [`TokenStore`], found by their tokens.
#[derive(Debug, Default)]
pub struct TokenSet {
    /// One, or `PARTS`; the upper bits of the hash say which.
    parts: Vec<Table>,
    count: usize,
    form: Form,
    /// How many there will be, by what is known so far.
    expected: usize,
}

impl TokenSet {
    /// There will be about so many: then the parts need not grow to get there, which takes longer than all else.
    pub fn expect(&mut self, count: usize) {
        // Who announces more than this, and has it, waits a little longer; who has not, does not fill the memory.
        self.expected = count.min(1 << 23);
    }

    /// The position of a token that is there already; otherwise it gets this one.
    pub fn insert(&mut self, key: Key<'_>, hash: u64, position: u32, store: &TokenStore) -> Option<u32> {
        if self.parts.is_empty() {
            self.parts.push(Table::with_room(self.expected.min(SPLIT_AT) * 5 / 4));
        } else if self.parts.len() == 1 && self.count >= SPLIT_AT {
            self.split(store);
        }
        if position >= Form::Tagged.most_positions() && matches!(self.form, Form::Tagged) {
            self.parts.iter_mut().for_each(Table::drop_tags);
            self.form = Form::Plain;
        }
        let (part, form) = (self.part(hash), self.form);
        let table = self.parts.get_mut(part)?;
        if !table.has_room() {
            table.grow(form, store);
        }
        let known = table.insert(form, hash, position, |other| store.key(other as usize) == Some(key));
        self.count += usize::from(known.is_none());
        known
    }

    /// Looks at where tokens will stand, all at once: one after the other, each would wait for its place to arrive from
    /// memory. What is there does not matter yet.
    pub fn approach(&self, hashes: impl Iterator<Item = u64>) {
        let mut seen = 0;
        for hash in hashes {
            if let Some(table) = self.parts.get(self.part(hash)) {
                seen ^= table.slots.get(table.home(hash)).copied().unwrap_or(0);
            }
        }
        // What nobody uses would not be looked at.
        core::hint::black_box(seen);
    }

    fn part(&self, hash: u64) -> usize {
        if self.parts.len() > 1 { (hash >> 56) as usize } else { 0 }
    }

    fn split(&mut self, store: &TokenStore) {
        let whole = core::mem::take(&mut self.parts);
        // A part gets its share, give or take what chance does, and is four fifths full with it.
        let share = self.expected / PARTS;
        let room = (share + share / 32 + 32) * 5 / 4;
        // Room for table and tokens, taken and left at once: the memory grows in one step, where it would in hundreds.
        let mut all = Vec::<u8>::new();
        let _ = all.try_reserve_exact(self.expected * 16 + PARTS * room * 4);
        drop(core::hint::black_box(all));
        self.parts.resize_with(PARTS, || Table::with_room(room));
        let form = self.form;
        for position in whole
            .iter()
            .flat_map(|table| table.slots.iter().filter_map(|slot| form.position(*slot)))
        {
            let hash = hash_of(position, store);
            let part = self.part(hash);
            if let Some(table) = self.parts.get_mut(part) {
                if !table.has_room() {
                    table.grow(form, store);
                }
                table.insert(form, hash, position, |_| false);
            }
        }
    }
}

fn hash_of(position: u32, store: &TokenStore) -> u64 {
    let key = store.key(position as usize);
    key.map_or(0, |key| store.hash().of(key))
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

    /// What stands in a slot.
    const fn position(self, slot: u32) -> Option<u32> {
        (slot & self.most_positions()).checked_sub(1)
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
    fn with_room(slots: usize) -> Self {
        Self {
            slots: vec![0; slots],
            count: 0,
        }
    }

    fn drop_tags(&mut self) {
        for slot in &mut self.slots {
            *slot &= Form::Tagged.most_positions();
        }
    }

    /// Where a token of this hash stands, if nothing else does.
    fn home(&self, hash: u64) -> usize {
        (((hash & 0xffff_ffff) * self.slots.len() as u64) >> 32) as usize
    }

    #[inline(always)]
    const fn has_room(&self) -> bool {
        (self.count + 1) * 5 <= self.slots.len() * 4
    }

    fn grow(&mut self, form: Form, store: &TokenStore) {
        // By half: were it doubled, more of it would be free on average.
        let larger = Self::with_room((self.slots.len() * 3 / 2).max(8));
        let smaller = core::mem::replace(self, larger);
        self.take_over(&smaller, form, store);
    }

    fn take_over(&mut self, other: &Self, form: Form, store: &TokenStore) {
        for slots in other.slots.chunks(LOOKED_AT_TOGETHER) {
            // As in `approach`: the tokens are all over the memory.
            let glance = |seen, slot: &u32| seen ^ store.glance(form.position(*slot).unwrap_or(0) as usize);
            core::hint::black_box(slots.iter().fold(0, glance));
            for slot in slots {
                if let Some(position) = form.position(*slot) {
                    self.insert(form, hash_of(position, store), position, |_| false);
                }
            }
        }
    }

    /// There has to be room.
    fn insert(&mut self, form: Form, hash: u64, position: u32, is_same: impl Fn(u32) -> bool) -> Option<u32> {
        let tag = form.tag(hash);
        let mut at = self.home(hash);
        while let Some(slot) = self.slots.get_mut(at) {
            probe();
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
