//! Why something cannot be sealed or opened, in plain words.

use super::secrets::KeyId;

/// Why the keys of a practice do not do what is asked. `Display` is the message a person reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CryptError {
    /// The sealed bytes are not what was sealed, or were sealed for another place.
    #[error("what is encrypted there is damaged: it is not what was written, or it was written elsewhere")]
    Damaged,
    /// Sealed with a key that this keyring does not hold.
    #[error(
        "it is encrypted with data key {0}, which `data/keyring` does not hold; put back the keyring that belongs to \
         these data, from a backup"
    )]
    UnknownKey(KeyId),
    /// More than one sealing can take.
    #[error("{0} bytes are more than can be encrypted as one")]
    TooLong(usize),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes, without which nothing can be encrypted")]
    NoRandomness,
}
