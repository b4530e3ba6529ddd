//! Why something cannot be sealed or opened, in plain words.

use super::master::Print;
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
    /// A text that should hold a key holds none.
    #[error("there is no key in it: it is empty")]
    NoKey,
    /// A text that should hold a key holds something else.
    #[error(
        "it is no key: a key is 32 bytes, written as 64 hexadecimal digits or as 44 characters of base64, and {0}"
    )]
    NotAKey(String),
    /// The data folder has no keyring.
    #[error("there is no `keyring` in the data folder")]
    NoKeyring,
    /// The key given is another one than the keyring was made with.
    #[error(
        "the key given is `{given}`, and this practice's keyring opens with key `{wanted}`; give that one"
    )]
    WrongKey {
        /// What was given.
        given: Print,
        /// What opens it.
        wanted: Print,
    },
    /// Neither the keyring nor its copy is what was written.
    #[error(
        "`data/keyring` is damaged, and so is its copy; put back `keyring` from a backup: without it nothing that is \
         encrypted can be read"
    )]
    KeyringDamaged,
    /// Written by a newer version.
    #[error(
        "`data/keyring` was written by a newer claimflow (format {found}, this one reads {known}); install that version"
    )]
    Newer {
        /// Its format.
        found: u32,
        /// The format known here.
        known: u32,
    },
    /// The system refuses.
    #[error("cannot {action} `{path}`: {why}")]
    File {
        /// What was tried, as `write`.
        action: &'static str,
        /// The file.
        path: String,
        /// The system's reason.
        why: String,
    },
}
