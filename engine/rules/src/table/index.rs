//! Finds the rows that begin with given cells: for one number of leading columns, the first row of each key by hash, and
//! from each row the next one of its key, in the order of the file.

use super::pool::{NONE, Slots, mix};

/// An index over the first `width` columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Index {
    first: Slots,
    next: Vec<u32>,
}

impl Index {
    /// Indexes `rows` rows over these columns.
    pub(super) fn new(columns: &[Vec<u32>], rows: usize) -> Self {
        let cell = |column: &Vec<u32>, row: u32| column.get(row as usize).copied().unwrap_or(NONE);
        let hash = |row: u32| columns.iter().fold(0, |hash, column| mix(hash, cell(column, row)));
        let same = |a: u32, b: u32| columns.iter().all(|column| cell(column, a) == cell(column, b));
        let mut first = Slots::default();
        let mut next = vec![NONE; rows];
        let mut last_of = vec![NONE; rows];
        for row in 0..u32::try_from(rows).unwrap_or(NONE) {
            first.reserve(hash);
            match first.find(hash(row), |other| same(row, other)) {
                Err(place) => {
                    first.add(place, row);
                    set(&mut last_of, row, row);
                }
                Ok(head) => {
                    let last = last_of.get(head as usize).copied().unwrap_or(head);
                    set(&mut next, last, row);
                    set(&mut last_of, head, row);
                }
            }
        }
        Self { first, next }
    }

    /// The rows of a key, in the order of the file.
    pub(super) fn rows<'i>(&'i self, key: &[u32], columns: &[Vec<u32>]) -> impl Iterator<Item = u32> + 'i {
        let hash = key.iter().fold(0, |hash, cell| mix(hash, *cell));
        let same =
            |row: u32| columns.iter().zip(key).all(|(column, cell)| column.get(row as usize) == Some(cell));
        let first = self.first.find(hash, same).ok();
        std::iter::successors(first, |row| self.after(*row))
    }

    /// The next row of the same key.
    pub(super) fn after(&self, row: u32) -> Option<u32> {
        self.next.get(row as usize).copied().filter(|next| *next != NONE)
    }

    /// The first row of each key, in no order.
    pub(super) fn heads(&self) -> impl Iterator<Item = u32> + '_ {
        self.first.entries()
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.first.bytes() + self.next.capacity() * size_of::<u32>()
    }
}

fn set(list: &mut [u32], place: u32, value: u32) {
    if let Some(slot) = list.get_mut(place as usize) {
        *slot = value;
    }
}
