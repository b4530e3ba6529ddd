//! What of the state is encrypted: values, and what names a claim by its own number in keys.
//!
//! A value is sealed for its key, so that values that are exchanged do not open. Empty values stay empty: what they say
//! is in their key. Keys stay in order, since order is what they are for; those that begin with a letter of
//! [`HIDDEN_KEYS`] and hold a claim's own number hold a keyed hash of it in its place.

use std::borrow::Cow;
use std::sync::Arc;

use claimflow_runtime::store::{HIDDEN_KEYS, StoreError, Write};

use crate::crypt::{CryptError, Keyring};

/// What stands between the state and whoever reads its files; without a keyring, nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Veil(Option<Arc<Keyring>>);

impl Veil {
    pub(crate) fn new(keyring: Option<Arc<Keyring>>) -> Self {
        Self(keyring)
    }

    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// The key as it is kept.
    pub(crate) fn key<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        let (Some(keyring), Some((letter, rest))) = (&self.0, key.split_first()) else {
            return Cow::Borrowed(key);
        };
        if rest.is_empty() || !HIDDEN_KEYS.contains(letter) {
            return Cow::Borrowed(key);
        }
        let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
        let (named, rest) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        let mut kept = Vec::with_capacity(rest.len() + 17);
        kept.push(*letter);
        kept.extend_from_slice(&keyring.hide(named));
        kept.extend_from_slice(rest);
        Cow::Owned(kept)
    }

    /// A write as it is kept.
    pub(crate) fn write(&self, (key, value): Write) -> Result<Write, StoreError> {
        let Some(keyring) = &self.0 else { return Ok((key, value)) };
        let key = match self.key(&key) {
            Cow::Owned(kept) => kept,
            Cow::Borrowed(_) => key,
        };
        let Some(plain) = value else { return Ok((key, None)) };
        if plain.is_empty() {
            return Ok((key, Some(plain)));
        }
        let mut sealed = Vec::new();
        keyring.seal(&key, &plain, &mut sealed).map_err(|error| refused("changed", &error))?;
        Ok((key, Some(sealed)))
    }

    /// Appends what a kept value says to `into`.
    pub(crate) fn value(&self, kept_key: &[u8], kept: &[u8], into: &mut Vec<u8>) -> Result<(), StoreError> {
        match &self.0 {
            Some(keyring) if !kept.is_empty() => {
                keyring.open_into(kept_key, kept, into).map_err(|error| refused("read", &error))
            }
            _ => {
                into.extend_from_slice(kept);
                Ok(())
            }
        }
    }
}

fn refused(action: &'static str, error: &CryptError) -> StoreError {
    let detail = match error {
        CryptError::Damaged => "an encrypted value in it is damaged".to_owned(),
        other => other.to_string(),
    };
    StoreError::State { action, detail, damaged: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn veil() -> Veil {
        Veil::new(Some(Arc::new(Keyring::random().unwrap())))
    }

    #[test]
    fn what_names_a_claim_is_hidden_and_what_follows_it_stays() {
        let veil = veil();
        let kept = veil.key(b"uPAT-4711\0key/1");
        assert!(kept.starts_with(b"u") && kept.ends_with(b"\0key/1"));
        assert!(!kept.windows(4).any(|part| part == b"4711"));
        assert!(
            kept.starts_with(&veil.key(b"uPAT-4711\0")),
            "a prefix that ends behind the name still leads there"
        );
        assert_eq!(veil.key(b"c\0\0\0\0\0\0\0\x07").as_ref(), b"c\0\0\0\0\0\0\0\x07");
        assert_eq!(veil.key(b"i").as_ref(), b"i");
        assert_eq!(Veil::default().key(b"iPAT").as_ref(), b"iPAT");
    }

    #[test]
    fn a_value_opens_under_its_own_key_only() {
        let veil = veil();
        let (key, value) = veil.write((b"iPAT-1".to_vec(), Some(b"seven".to_vec()))).unwrap();
        let (value, mut plain) = (value.unwrap(), Vec::new());
        veil.value(&key, &value, &mut plain).unwrap();
        assert_eq!(plain, b"seven");
        let error = veil.value(b"iPAT-2", &value, &mut plain).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the claim state cannot be read: an encrypted value in it is damaged; `claimflow state rebuild` makes it \
             anew from the journal"
        );
        assert_eq!(veil.write((b"t".to_vec(), None)).unwrap().1, None);
        assert_eq!(veil.write((b"t".to_vec(), Some(Vec::new()))).unwrap().1, Some(Vec::new()));
    }
}
