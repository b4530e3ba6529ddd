//! The state as it stands, with what is written but not yet applied to the store.
//!
//! State is applied behind the journal: a claim that moves five times in a burst is written once. Readers see pending
//! writes first, so nobody sees an old state.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

use rustc_hash::FxHashMap;

use crate::keys;
use crate::store::{Position, Store, StoreError, Write};

type Layer = FxHashMap<Vec<u8>, Option<Vec<u8>>>;

/// Pending writes are applied in the background when there are this many. Late enough that a claim which is queued,
/// sent and answered in one run is written once.
const APPLY_AT: usize = 65_536;

/// With this many pending, whoever adds to them applies them first: memory stays bounded.
const WAIT_AT: usize = 4 * APPLY_AT;

/// Pending writes go to the store in portions of about this many: it can be read between two of them, and not while it
/// takes one in.
const PORTION: usize = 2_048;

/// The state with its pending writes.
pub struct View {
    inner: Arc<Inner>,
    /// The thread that applies in the background, while there is one.
    background: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for View {
    /// Waits for the background, which holds the store: a store that is dropped can be opened again at once.
    fn drop(&mut self) {
        let background = self.background.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(background) = background {
            // A panic there has been printed; what it left pending is in the journal.
            let _ended = background.join();
        }
    }
}

struct Inner {
    store: Arc<dyn Store>,
    layers: RwLock<Layers>,
    /// Where the store stands. Held by whoever applies, one at a time; readers are not kept waiting by it.
    applied: Mutex<Position>,
}

#[derive(Default)]
struct Layers {
    fresh: Layer,
    /// Being applied right now; still read from here until the store has it.
    applying: Option<Arc<Layer>>,
    position: Position,
}

impl View {
    /// Over a store.
    pub fn new(store: Arc<dyn Store>) -> Result<Self, StoreError> {
        let position = store.applied()?;
        let layers = RwLock::new(Layers { position, ..Layers::default() });
        let inner = Inner { store, layers, applied: Mutex::new(position) };
        Ok(Self { inner: Arc::new(inner), background: Mutex::new(None) })
    }

    /// The journal's position that all of it stands at.
    pub fn position(&self) -> Position {
        self.inner.layers.read().unwrap_or_else(PoisonError::into_inner).position
    }

    /// The value of a key.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        {
            let layers = self.inner.layers.read().unwrap_or_else(PoisonError::into_inner);
            let pending =
                layers.fresh.get(key).or_else(|| layers.applying.as_ref().and_then(|layer| layer.get(key)));
            if let Some(value) = pending {
                return Ok(value.clone());
            }
        }
        self.inner.store.get(key)
    }

    /// Takes writes that the journal holds up to `position`; has them applied when many are pending.
    pub fn put(&self, writes: Vec<Write>, position: Position) -> Result<(), StoreError> {
        let pending = {
            let mut layers = self.inner.layers.write().unwrap_or_else(PoisonError::into_inner);
            layers.fresh.extend(writes);
            layers.position = layers.position.max(position);
            layers.fresh.len()
        };
        if pending >= WAIT_AT {
            return self.apply();
        }
        if pending >= APPLY_AT {
            self.apply_in_background();
        }
        Ok(())
    }

    fn apply_in_background(&self) {
        let mut background = self.background.lock().unwrap_or_else(PoisonError::into_inner);
        if background.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return;
        }
        let inner = Arc::clone(&self.inner);
        *background = Some(std::thread::spawn(move || {
            // What the store refuses stays pending, and the next one who needs it applied is told.
            if let Err(error) = inner.apply() {
                tracing::warn!(%error, "the state is behind the journal");
            }
        }));
    }

    /// Applies everything pending to the store.
    pub fn apply(&self) -> Result<(), StoreError> {
        self.inner.apply()
    }

    /// The keys that begin with `prefix`, in order. Applies what is pending first.
    pub fn scan(
        &self,
        prefix: &[u8],
        each: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.scan_from(prefix, None, each)
    }

    /// The keys that begin with `prefix`, in order, from `from` (a full key) when given. Applies what is pending first.
    pub fn scan_from(
        &self,
        prefix: &[u8],
        from: Option<&[u8]>,
        each: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.apply()?;
        self.inner.store.scan(prefix, from, each)
    }

    /// All keys and values that begin with `prefix`, in order, pending ones included. For prefixes with few keys.
    pub fn collect(&self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        // The layers are read first: what moves to the store meanwhile is then seen twice rather than not at all.
        let pending = self.inner.pending(prefix);
        let mut all: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        self.inner.store.scan(prefix, None, &mut |key, value| {
            all.insert(key.to_vec(), value.to_vec());
            ControlFlow::Continue(())
        })?;
        for (key, value) in pending {
            match value {
                Some(value) => all.insert(key, value),
                None => all.remove(&key),
            };
        }
        Ok(all.into_iter().collect())
    }
}

impl Inner {
    /// Pending writes under a prefix, older ones first.
    fn pending(&self, prefix: &[u8]) -> Vec<Write> {
        let layers = self.layers.read().unwrap_or_else(PoisonError::into_inner);
        let applying = layers.applying.iter().flat_map(|layer| layer.iter());
        let matching = applying.chain(layers.fresh.iter()).filter(|(key, _)| key.starts_with(prefix));
        matching.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Applies everything pending to the store.
    ///
    /// The store moves on to the new position with the last portion only. After a crash between two portions some claims
    /// stand further than that position says, each with all that follows from it, and the journal is applied to them
    /// once more: that leads to the same state, since every record brings its claim's whole summary.
    fn apply(&self) -> Result<(), StoreError> {
        let mut applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner);
        let (layer, position) = {
            let mut layers = self.layers.write().unwrap_or_else(PoisonError::into_inner);
            if layers.fresh.is_empty() && layers.applying.is_none() {
                return Ok(());
            }
            let mut layer = std::mem::take(&mut layers.fresh);
            // A layer that the store refused before is tried again, under what is newer.
            if let Some(refused) = layers.applying.take() {
                for (key, value) in refused.iter() {
                    layer.entry(key.clone()).or_insert_with(|| value.clone());
                }
            }
            let layer = Arc::new(layer);
            layers.applying = Some(Arc::clone(&layer));
            (layer, layers.position)
        };
        let (portions, mut last) = portions(&layer);
        for mut portion in portions {
            // The counts come with the last portion: a state that is cut short before it says that it has none.
            portion.push((keys::COUNTS.to_vec(), None));
            self.store.apply(portion, *applied)?;
        }
        last.push((keys::COUNTS.to_vec(), Some(Vec::new())));
        self.store.apply(last, position)?;
        *applied = position;
        // Taken under the lock and dropped outside it: readers and writers do not wait for its many keys.
        let applied = self.layers.write().unwrap_or_else(PoisonError::into_inner).applying.take();
        drop(applied);
        Ok(())
    }
}

/// Divides writes into portions. What follows from one claim is in one of them; claims that came one after another are
/// next to each other, which is how the store keeps them. What follows from no claim comes last.
fn portions(layer: &Layer) -> (Vec<Vec<Write>>, Vec<Write>) {
    let owner = |(key, value): (&Vec<u8>, &Option<Vec<u8>>)| keys::claim_of(key, value.as_deref());
    let (mut of_claims, mut last) = (Vec::with_capacity(layer.len()), Vec::new());
    for entry in layer {
        match owner(entry) {
            Some(number) => of_claims.push((number, entry)),
            None => last.push((entry.0.clone(), entry.1.clone())),
        }
    }
    of_claims.sort_unstable_by_key(|(number, _)| *number);
    let mut portions: Vec<Vec<Write>> = Vec::with_capacity(of_claims.len() / PORTION + 1);
    let mut before = None;
    for (number, (key, value)) in of_claims {
        let write = (key.clone(), value.clone());
        match portions.last_mut() {
            Some(portion) if portion.len() < PORTION || before == Some(number) => portion.push(write),
            _ => portions.push(vec![write]),
        }
        before = Some(number);
    }
    (portions, last)
}
