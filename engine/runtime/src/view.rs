//! The state as it stands, with what is written but not yet applied to the store.
//!
//! State is applied behind the journal: a claim that moves five times in a burst is written once. Readers see pending
//! writes first, so nobody sees an old state.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use crate::store::{Position, Store, StoreError, Write};

type Layer = FxHashMap<Vec<u8>, Option<Vec<u8>>>;

/// Pending writes are applied when there are this many.
const APPLY_AT: usize = 16_384;

/// The state with its pending writes.
pub struct View {
    store: Arc<dyn Store>,
    layers: RwLock<Layers>,
    /// One applier at a time; readers are not kept waiting by it.
    applying: Mutex<()>,
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
        let layers = Layers { position: store.applied()?, ..Layers::default() };
        Ok(Self { store, layers: RwLock::new(layers), applying: Mutex::new(()) })
    }

    /// The value of a key.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        {
            let layers = self.layers.read().unwrap_or_else(PoisonError::into_inner);
            let pending =
                layers.fresh.get(key).or_else(|| layers.applying.as_ref().and_then(|layer| layer.get(key)));
            if let Some(value) = pending {
                return Ok(value.clone());
            }
        }
        self.store.get(key)
    }

    /// Takes writes that the journal holds up to `position`; applies them when many are pending.
    pub fn put(&self, writes: Vec<Write>, position: Position) -> Result<(), StoreError> {
        let many = {
            let mut layers = self.layers.write().unwrap_or_else(PoisonError::into_inner);
            layers.fresh.extend(writes);
            layers.position = layers.position.max(position);
            layers.fresh.len() >= APPLY_AT
        };
        if many { self.apply() } else { Ok(()) }
    }

    /// Applies everything pending to the store.
    pub fn apply(&self) -> Result<(), StoreError> {
        let _one = self.applying.lock().unwrap_or_else(PoisonError::into_inner);
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
        let writes: Vec<Write> = layer.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        self.store.apply(writes, position)?;
        self.layers.write().unwrap_or_else(PoisonError::into_inner).applying = None;
        Ok(())
    }

    /// The keys that begin with `prefix`, in order. Applies what is pending first.
    pub fn scan(
        &self,
        prefix: &[u8],
        each: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.apply()?;
        self.store.scan(prefix, None, each)
    }

    /// All keys and values that begin with `prefix`.
    pub fn collect(&self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        let mut all = Vec::new();
        self.scan(prefix, &mut |key, value| {
            all.push((key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        })?;
        Ok(all)
    }
}
