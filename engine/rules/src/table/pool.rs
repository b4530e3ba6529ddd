//! Texts that are kept once and named by a number, and the open hash that finds them.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

/// No entry.
pub(super) const NONE: u32 = u32::MAX;

/// An open-addressed set of numbers that stand for something kept elsewhere: 4 bytes an entry at three quarters full.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Slots {
    slots: Vec<u32>,
    used: usize,
}

impl Slots {
    /// The entry of that hash for which `same` holds, or the free place where it belongs.
    pub(super) fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut place = spread(hash) & mask;
        loop {
            match self.slots.get(place).copied() {
                None | Some(NONE) => return Err(place),
                Some(entry) if same(entry) => return Ok(entry),
                Some(_) => place = (place + 1) & mask,
            }
        }
    }

    /// Makes room for one more entry; the hashes of those that are there are asked for when they move.
    pub(super) fn reserve(&mut self, hash: impl Fn(u32) -> u64) {
        if self.used * 4 < self.slots.len() * 3 {
            return;
        }
        let size = (self.slots.len() * 2).max(16);
        let old = std::mem::replace(&mut self.slots, vec![NONE; size]);
        for entry in old.into_iter().filter(|entry| *entry != NONE) {
            if let Err(place) = self.find(hash(entry), |_| false) {
                self.put(place, entry);
            }
        }
    }

    /// Fills a free place that [`find`](Self::find) gave after [`reserve`](Self::reserve).
    pub(super) fn add(&mut self, place: usize, entry: u32) {
        self.put(place, entry);
        self.used += 1;
    }

    fn put(&mut self, place: usize, entry: u32) {
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = entry;
        }
    }

    /// Every entry, in no order.
    pub(super) fn entries(&self) -> impl Iterator<Item = u32> + '_ {
        self.slots.iter().copied().filter(|entry| *entry != NONE)
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<u32>()
    }
}

/// The low bits choose the place, and multiplication mixes upwards only.
#[expect(clippy::cast_possible_truncation, reason = "the place is masked anyway")]
fn spread(hash: u64) -> usize {
    (hash ^ (hash >> 32)) as usize
}

/// Mixes a number into a hash.
pub(super) fn mix(hash: u64, number: u32) -> u64 {
    (hash.rotate_left(23) ^ u64::from(number)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

fn hash_text(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Every distinct text once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pool {
    bytes: String,
    /// End of each text in `bytes`.
    ends: Vec<u32>,
    slots: Slots,
}

impl Pool {
    /// The number of a text, given to it when it is new. `None` when the pool is full (4 GB of distinct text).
    pub(super) fn intern(&mut self, text: &str) -> Option<u32> {
        let hash = hash_text(text);
        let Self { bytes, ends, slots } = self;
        slots.reserve(|entry| hash_text(text_of(bytes, ends, entry)));
        match slots.find(hash, |entry| text_of(bytes, ends, entry) == text) {
            Ok(entry) => Some(entry),
            Err(place) => {
                let entry = u32::try_from(ends.len()).ok().filter(|entry| *entry != NONE)?;
                let end = u32::try_from(bytes.len() + text.len()).ok()?;
                bytes.push_str(text);
                ends.push(end);
                slots.add(place, entry);
                Some(entry)
            }
        }
    }

    /// The number of a text that is there.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.slots.find(hash_text(text), |entry| self.text(entry) == text).ok()
    }

    /// The text of a number; empty for one that was not given.
    pub(super) fn text(&self, entry: u32) -> &str {
        text_of(&self.bytes, &self.ends, entry)
    }

    /// Gives back room that is not used.
    pub(super) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<u32>() + self.slots.bytes()
    }
}

fn text_of<'t>(bytes: &'t str, ends: &[u32], entry: u32) -> &'t str {
    let place = entry as usize;
    let start = place.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    ends.get(place).and_then(|end| bytes.get(start as usize..*end as usize)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_one_number() {
        let mut pool = Pool::default();
        assert_eq!(pool.find("a"), None);
        let texts: Vec<String> = (0..500).map(|number| format!("T{number}")).chain(["".into()]).collect();
        let given: Vec<u32> = texts.iter().map(|text| pool.intern(text).unwrap()).collect();
        pool.shrink();
        for (text, number) in texts.iter().zip(&given) {
            assert_eq!(pool.intern(text), Some(*number));
            assert_eq!(pool.find(text), Some(*number));
            assert_eq!(pool.text(*number), text);
        }
        assert_eq!(pool.find("T501"), None);
        assert_eq!(pool.text(9_999), "");
        assert!(pool.bytes() > 500);
    }
}
