//! Is the state what the journal says? The journal is folded once more, aside, and compared entry by entry.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::engine::{Engine, catch_up};
use crate::error::Result;
use crate::keys;
use crate::projection::Counters;
use crate::store::{JournalReport, Position, SealReport, Store, StoreError, Write};

/// Differences that are told one by one; the others are counted.
const TOLD: usize = 20;

/// How the state compares with the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StateReport {
    /// Records that the journal holds up to the position the state stands at.
    pub records: u64,
    /// Entries of the state that were compared.
    pub entries: u64,
    /// Entries that are not what the journal says.
    pub different: u64,
    /// The first of them.
    pub differences: Vec<Difference>,
}

/// An entry of the state that is not what the journal says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What the entry is about, as `claim 17`.
    pub entry: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with an entry of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The journal has it, the state has not.
    Missing,
    /// The state has it, the journal has not.
    Unexpected,
    /// Both have it, and they say different things.
    Changed,
}

/// Folds the journal and compares. What the journal holds beyond the state is applied to it first, as at every start: a
/// crash may have left some claims further than others. The fold is kept in memory, about as much as the state takes on
/// the disk. Nothing may change the store meanwhile.
///
/// # Errors
/// When the journal or the state cannot be read.
pub fn check_state(store: &dyn Store) -> Result<StateReport> {
    catch_up(store)?;
    let fold = Fold { store, until: store.applied()?, state: Mutex::default() };
    let records = catch_up(&fold)?;
    let expected = fold.state.into_inner().unwrap_or_else(PoisonError::into_inner).0;
    let mut report = StateReport { records, ..StateReport::default() };
    compare(store, &expected, &mut report)?;
    if !same_counters(store, &expected)? {
        report.note("the numbers given last".to_owned(), Fault::Changed);
    }
    Ok(report)
}

impl Engine {
    /// Compares the state with the journal while nobody changes claims; who wants to, waits.
    ///
    /// # Errors
    /// As [`check_state`].
    pub fn check_state(&self) -> Result<StateReport> {
        let _nobody_writes = self.books();
        self.view.apply()?;
        check_state(self.store.as_ref())
    }
}

impl Engine {
    /// Seals the closed parts of the journal; with `all`, closes the part that grows first. Claims change meanwhile.
    ///
    /// # Errors
    /// When the journal is not what was written, or the disk refuses; then what was not sealed is as it was.
    pub fn seal_journal(&self, all: bool) -> Result<SealReport> {
        Ok(self.store.seal(all)?)
    }
}

impl StateReport {
    fn note(&mut self, entry: String, fault: Fault) {
        self.different += 1;
        if self.differences.len() < TOLD {
            self.differences.push(Difference { entry, fault });
        }
    }
}

type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

/// True for entries that are compared by their meaning or do not come from the journal: numbers given, and what the
/// registers were when they were last looked at.
fn is_apart(key: &[u8]) -> bool {
    [keys::COUNTERS, keys::HIGHEST, keys::REGISTERS].contains(&key)
}

/// Goes through both in the order of their keys.
fn compare(store: &dyn Store, expected: &Entries, report: &mut StateReport) -> Result<()> {
    let expected: BTreeMap<_, _> =
        expected.iter().map(|(key, value)| (store.kept_key(key), value.as_slice())).collect();
    let mut expected = expected.iter().filter(|(key, _)| !is_apart(key)).peekable();
    store.scan(b"", None, &mut |key, value| {
        if is_apart(key) {
            return ControlFlow::Continue(());
        }
        report.entries += 1;
        while let Some((missing, _)) = expected.next_if(|(next, _)| next.as_ref() < key) {
            report.note(words(missing), Fault::Missing);
        }
        match expected.next_if(|(next, _)| next.as_ref() == key) {
            None => report.note(words(key), Fault::Unexpected),
            Some((_, same)) if *same == value => {}
            Some(_) => report.note(words(key), Fault::Changed),
        }
        ControlFlow::Continue(())
    })?;
    expected.for_each(|(missing, _)| report.note(words(missing), Fault::Missing));
    Ok(())
}

/// Claim numbers may have been given to claims that then could not be taken in; all others are what the journal says.
fn same_counters(store: &dyn Store, expected: &Entries) -> Result<bool> {
    let said = Counters::read(|key| Ok(expected.get(key).cloned()))?;
    let found = Counters::read(|key| store.get(key))?;
    Ok(found.claim >= said.claim && Counters { claim: said.claim, ..found } == said)
}

/// What a key is about, in words that name no person.
fn words(key: &[u8]) -> String {
    let number = keys::number_at_end(key);
    match (key.first(), number) {
        (Some(b'c'), Some(number)) => format!("claim {number}"),
        (Some(b't'), Some(number)) => format!("the deadline of claim {number}"),
        (Some(b'q'), Some(number)) => format!("the place of claim {number} among those to be sent"),
        (Some(b'w'), _) => match keys::parse_item(key) {
            Some((owner, number, item)) => format!("work item {item} of claim {number} with {owner}"),
            None => "a work item".to_owned(),
        },
        (Some(b'i' | b'a'), _) => format!("the claim number {}", rest(key)),
        (Some(b'f'), _) => format!("the file {}", rest(key)),
        (Some(b'x'), _) => format!("the transaction {}", rest(key)),
        (Some(b'b' | b'd'), _) => format!("the outgoing file {}", rest(key)),
        (Some(b'p' | b'u'), _) => "a remittance that waits".to_owned(),
        (Some(letter), _) => format!("an entry of kind `{}`", char::from(*letter).escape_default()),
        (None, _) => "an entry without a key".to_owned(),
    }
}

fn rest(key: &[u8]) -> String {
    match std::str::from_utf8(key.get(1..).unwrap_or_default()) {
        Ok(text) if !text.contains(char::is_control) => text.to_owned(),
        // Where the store encrypts, keys that name a claim are hidden.
        _ => "(hidden)".to_owned(),
    }
}

/// A store's journal up to a position, with an empty state of its own in memory.
struct Fold<'a> {
    store: &'a dyn Store,
    until: Position,
    state: Mutex<(Entries, Position)>,
}

impl Fold<'_> {
    fn state(&self) -> MutexGuard<'_, (Entries, Position)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Fold<'_> {
    fn append(&self, _records: &[Vec<u8>]) -> Result<Vec<Position>, StoreError> {
        Err(StoreError::State {
            action: "changed",
            detail: "it is only looked at".to_owned(),
            damaged: false,
        })
    }

    fn read(&self, at: Position) -> Result<Vec<u8>, StoreError> {
        self.store.read(at)
    }

    fn replay(
        &self,
        after: Position,
        each: &mut dyn FnMut(Position, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.store.replay(after, &mut |at, record| {
            if at > self.until { ControlFlow::Break(()) } else { each(at, record) }
        })
    }

    fn applied(&self) -> Result<Position, StoreError> {
        Ok(self.state().1)
    }

    fn apply(&self, writes: Vec<Write>, applied: Position) -> Result<(), StoreError> {
        let mut state = self.state();
        for (key, value) in writes {
            match value {
                Some(value) => state.0.insert(key, value),
                None => state.0.remove(&key),
            };
        }
        state.1 = applied;
        Ok(())
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.state().0.get(key).cloned())
    }

    fn scan(
        &self,
        prefix: &[u8],
        from: Option<&[u8]>,
        each: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let start = from.filter(|from| *from > prefix).unwrap_or(prefix);
        for (key, value) in self.state().0.range::<[u8], _>((Bound::Included(start), Bound::Unbounded)) {
            if !key.starts_with(prefix) || each(key, value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn verify(&self) -> Result<JournalReport, StoreError> {
        self.store.verify()
    }

    fn clear_state(&self) -> Result<(), StoreError> {
        *self.state() = Default::default();
        Ok(())
    }
}
