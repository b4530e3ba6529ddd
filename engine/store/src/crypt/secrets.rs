//! The keys themselves, wiped from memory when they are dropped.

use std::fmt;

use zeroize::Zeroizing;

use super::error::CryptError;

/// The number of a data key: 1, 2, 3 and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub u32);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// 32 secret bytes. `Debug` shows none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    /// Takes given bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// New random bytes.
    ///
    /// # Errors
    /// [`CryptError::NoRandomness`].
    pub fn random() -> Result<Self, CryptError> {
        let mut bytes = Zeroizing::new([0; 32]);
        fill(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A secret for one use, of which nothing leads back to this one nor to those for other uses.
    pub(super) fn derive(&self, purpose: &'static [u8], salt: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(purpose).update(&[0]).update(salt);
        let derived = Self::new(hasher.finalize().into());
        zeroize::Zeroize::zeroize(&mut hasher);
        derived
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// What a keyring holds: the data keys, oldest first, and the key that hides what keys of the state are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secrets {
    keys: Vec<(KeyId, Secret)>,
    newest: (KeyId, Secret),
    hiding: Secret,
}

impl Secrets {
    /// A first data key, and a key for hiding.
    ///
    /// # Errors
    /// [`CryptError::NoRandomness`].
    pub fn random() -> Result<Self, CryptError> {
        Ok(Self { keys: Vec::new(), newest: (KeyId(1), Secret::random()?), hiding: Secret::random()? })
    }

    /// Puts together what [`keys`](Self::keys) and [`hiding`](Self::hiding) gave; `None` without a key, or when the
    /// numbers do not rise.
    #[must_use]
    pub fn from_parts(mut keys: Vec<(KeyId, Secret)>, hiding: Secret) -> Option<Self> {
        if !keys.is_sorted_by(|(before, _), (after, _)| before < after) {
            return None;
        }
        let newest = keys.pop()?;
        Some(Self { keys, newest, hiding })
    }

    /// The data keys, oldest first.
    pub fn keys(&self) -> impl Iterator<Item = (KeyId, &Secret)> {
        self.keys.iter().chain([&self.newest]).map(|(id, key)| (*id, key))
    }

    /// The data key that seals.
    #[must_use]
    pub fn newest(&self) -> (KeyId, &Secret) {
        (self.newest.0, &self.newest.1)
    }

    /// The key that hides what keys of the state are made of. It stays when data keys change, so that they are found.
    #[must_use]
    pub fn hiding(&self) -> &Secret {
        &self.hiding
    }

    /// A data key by its number.
    #[must_use]
    pub fn get(&self, id: KeyId) -> Option<&Secret> {
        self.keys().find_map(|(other, key)| (other == id).then_some(key))
    }

    /// The same with one more data key, which seals from now on.
    ///
    /// # Errors
    /// [`CryptError::NoRandomness`].
    pub fn with_new_key(&self) -> Result<Self, CryptError> {
        let mut keys = self.keys.clone();
        keys.push(self.newest.clone());
        let newest = (KeyId(self.newest.0.0.saturating_add(1)), Secret::random()?);
        Ok(Self { keys, newest, hiding: self.hiding.clone() })
    }
}

/// Fills with random bytes from the system.
pub(super) fn fill(bytes: &mut [u8]) -> Result<(), CryptError> {
    getrandom::fill(bytes).map_err(|_| CryptError::NoRandomness)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_printed() {
        let secrets =
            Secrets::from_parts(vec![(KeyId(1), Secret::new([77; 32]))], Secret::new([78; 32])).unwrap();
        let printed = format!("{secrets:?}");
        assert!(!printed.contains("77") && !printed.contains("78"), "{printed}");
    }

    #[test]
    fn a_new_key_comes_after_those_there_are_and_they_stay() {
        let first = Secrets::random().unwrap();
        let second = first.with_new_key().unwrap();
        assert_eq!(second.newest().0, KeyId(2));
        assert_eq!(second.get(KeyId(1)), first.get(KeyId(1)));
        assert_eq!(second.hiding(), first.hiding());
        assert_eq!(second.get(KeyId(3)), None);
        let keys: Vec<_> = second.keys().map(|(id, key)| (id, key.clone())).collect();
        assert_eq!(Secrets::from_parts(keys.clone(), second.hiding().clone()), Some(second));
        let backwards = keys.into_iter().rev().collect();
        assert_eq!(Secrets::from_parts(backwards, first.hiding().clone()), None);
    }

    #[test]
    fn what_is_derived_depends_on_purpose_and_salt() {
        let secret = Secret::new([1; 32]);
        let all =
            [secret.derive(b"a", b"b"), secret.derive(b"a", b"c"), secret.derive(b"ab", b""), secret.clone()];
        for (n, one) in all.iter().enumerate() {
            assert!(all.iter().skip(n + 1).all(|other| other != one));
        }
    }
}
