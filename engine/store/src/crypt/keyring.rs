//! The keyring in use: the newest key seals, all of them open.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use super::cipher::{Cipher, Head, OVERHEAD, Sealer};
use super::error::CryptError;
use super::secrets::{KeyId, Secret, Secrets};

const HIDING: &[u8] = b"claimflow hidden";

/// The keys of an open practice, shared by all who seal and open.
///
/// Cheap to share as `Arc<Keyring>`; [`renew`](Self::renew) changes the keys for all who share it.
pub struct Keyring {
    now: RwLock<Arc<Now>>,
}

struct Now {
    secrets: Secrets,
    sealer: Sealer,
}

impl Keyring {
    /// Opens a keyring: begins a session with the newest key.
    ///
    /// # Errors
    /// [`CryptError::NoRandomness`].
    pub fn new(secrets: Secrets) -> Result<Self, CryptError> {
        Ok(Self { now: RwLock::new(Arc::new(Now::begin(secrets)?)) })
    }

    /// A keyring of new random keys, that nobody else can open what it sealed with.
    ///
    /// # Errors
    /// [`CryptError::NoRandomness`].
    pub fn random() -> Result<Self, CryptError> {
        Self::new(Secrets::random()?)
    }

    /// Takes other keys from now on. What was sealed under keys that are in them still opens.
    ///
    /// # Errors
    /// [`CryptError::NoRandomness`]; then nothing has changed.
    pub fn renew(&self, secrets: Secrets) -> Result<(), CryptError> {
        let now = Arc::new(Now::begin(secrets)?);
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = now;
        Ok(())
    }

    /// The keys.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        self.now().secrets.clone()
    }

    /// The number of the key that seals.
    #[must_use]
    pub fn newest(&self) -> KeyId {
        self.now().secrets.newest().0
    }

    /// Appends `plain` sealed to `into`, [`OVERHEAD`] bytes longer. `aad` is the place it belongs to: it opens only
    /// with the same.
    ///
    /// # Errors
    /// [`CryptError::TooLong`] beyond 64 GB; then `into` is as it was.
    pub fn seal(&self, aad: &[u8], plain: &[u8], into: &mut Vec<u8>) -> Result<(), CryptError> {
        self.now().sealer.seal(aad, plain, into)
    }

    /// What was sealed for the place `aad`.
    ///
    /// # Errors
    /// [`CryptError::UnknownKey`], [`CryptError::Damaged`].
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, CryptError> {
        let mut plain = Vec::with_capacity(sealed.len().saturating_sub(OVERHEAD));
        self.open_into(aad, sealed, &mut plain)?;
        Ok(plain)
    }

    /// [`open`](Self::open), appended to `into`.
    ///
    /// # Errors
    /// As [`open`](Self::open); then `into` is as it was.
    pub fn open_into(&self, aad: &[u8], sealed: &[u8], into: &mut Vec<u8>) -> Result<(), CryptError> {
        let (head, body) = Head::split(sealed)?;
        let now = self.now();
        if now.sealer.cipher().fits(&head) {
            return now.sealer.cipher().open(&head, aad, body, into);
        }
        let key = now.secrets.get(head.id).ok_or(CryptError::UnknownKey(head.id))?;
        Cipher::derive(head.id, key, head.session).open(&head, aad, body, into)
    }

    /// The number of the key that something was sealed with, read without opening it.
    ///
    /// # Errors
    /// [`CryptError::Damaged`] when it is too short to have been sealed.
    pub fn sealed_with(sealed: &[u8]) -> Result<KeyId, CryptError> {
        Head::split(sealed).map(|(head, _)| head.id)
    }

    /// A stand-in for bytes that must not be seen but must be found again: the same for the same bytes, and without
    /// the keyring it tells nothing of them. It stays the same when data keys change.
    #[must_use]
    pub fn hide(&self, bytes: &[u8]) -> [u8; 16] {
        let hidden: Secret = self.now().secrets.hiding().derive(HIDING, bytes);
        hidden.bytes().first_chunk().copied().unwrap_or_default()
    }

    fn now(&self) -> Arc<Now> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Now {
    fn begin(secrets: Secrets) -> Result<Self, CryptError> {
        let (id, key) = secrets.newest();
        let sealer = Sealer::begin(id, key)?;
        Ok(Self { secrets, sealer })
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("newest", &self.newest()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn seal(keyring: &Keyring, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::new();
        keyring.seal(aad, plain, &mut sealed).unwrap();
        sealed
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_and_nowhere_else() {
        let keyring = Keyring::random().unwrap();
        let sealed = seal(&keyring, b"here", b"a diagnosis");
        assert_eq!(sealed.len(), b"a diagnosis".len() + OVERHEAD);
        assert_eq!(keyring.open(b"here", &sealed).unwrap(), b"a diagnosis");
        assert_eq!(keyring.open(b"there", &sealed), Err(CryptError::Damaged));
        let other = Keyring::random().unwrap();
        assert_eq!(other.open(b"here", &sealed), Err(CryptError::Damaged));
    }

    #[test]
    fn after_renewal_the_old_opens_and_the_new_is_sealed_anew() {
        let keyring = Keyring::random().unwrap();
        let (before, hidden) = (seal(&keyring, b"", b"old"), keyring.hide(b"who"));
        let first = keyring.secrets();
        keyring.renew(first.with_new_key().unwrap()).unwrap();
        let after = seal(&keyring, b"", b"new");
        assert_eq!(Keyring::sealed_with(&before), Ok(KeyId(1)));
        assert_eq!(Keyring::sealed_with(&after), Ok(KeyId(2)));
        assert_eq!(keyring.open(b"", &before).unwrap(), b"old");
        assert_eq!(keyring.open(b"", &after).unwrap(), b"new");
        assert_eq!(keyring.hide(b"who"), hidden);
        let without = Keyring::new(first).unwrap();
        assert_eq!(without.open(b"", &after), Err(CryptError::UnknownKey(KeyId(2))));
    }

    #[test]
    fn another_opening_of_the_same_keys_opens_it() {
        let keyring = Keyring::random().unwrap();
        let again = Keyring::new(keyring.secrets()).unwrap();
        assert_eq!(again.open(b"a", &seal(&keyring, b"a", b"plain")).unwrap(), b"plain");
        assert_eq!(again.hide(b"x"), keyring.hide(b"x"));
        assert_ne!(again.hide(b"x"), again.hide(b"y"));
    }

    #[test]
    fn no_head_comes_twice_however_many_threads_seal() {
        let keyring = Keyring::random().unwrap();
        let heads = |keyring: &Keyring| -> Vec<Vec<u8>> {
            (0..500).map(|_| seal(keyring, b"", b"").get(..28).unwrap().to_vec()).collect()
        };
        let all: BTreeSet<Vec<u8>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| heads(&keyring))).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(all.len(), 2000);
    }

    proptest! {
        #[test]
        fn anything_sealed_opens_and_any_flipped_bit_is_found(
            plain in proptest::collection::vec(any::<u8>(), 0..200),
            aad in proptest::collection::vec(any::<u8>(), 0..20),
            at in any::<proptest::sample::Index>(),
            bit in 0..8_u8,
        ) {
            let keyring = Keyring::random().unwrap();
            let mut sealed = b"before".to_vec();
            keyring.seal(&aad, &plain, &mut sealed).unwrap();
            let mut sealed = sealed.split_off(6);
            prop_assert_eq!(keyring.open(&aad, &sealed).unwrap(), plain);
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            let mut into = b"as it was".to_vec();
            prop_assert!(keyring.open_into(&aad, &sealed, &mut into).is_err());
            prop_assert_eq!(into, b"as it was");
        }

        #[test]
        fn no_bytes_at_all_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            prop_assert!(Keyring::random().unwrap().open(b"", &bytes).is_err());
        }
    }
}
