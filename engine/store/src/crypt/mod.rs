//! Encryption at rest: the keys of a practice, and sealing with them.
//!
//! # What is used
//!
//! AES-256-GCM, by hardware where the processor has it. Measured on the machine that claimflow is measured on, a value
//! of 300 bytes takes 0.3 us and large blocks 3.5 GB/s; XChaCha20-Poly1305 takes 1.6 us and 1.2 GB/s. Without the
//! hardware AES runs in constant time and slower.
//!
//! # Numbers that never repeat
//!
//! GCM is safe only while a key never meets the same nonce twice. Its nonce has 96 bits, so that random ones would
//! begin to collide after some 2^32 values, which a practice can reach. Here nothing is drawn for a value:
//!
//! - each opening of a keyring draws 128 random bits (its *session*) from the system, and derives from the data key and
//!   them the AES key that it seals with (BLAKE3 as a keyed function, which the data key alone makes predictable);
//! - under that key values are counted, and the count is the nonce.
//!
//! Session and count stand in front of what was sealed: 192 bits, of which no pair comes twice unless two of all openings
//! ever drew the same 128 bits. What must stay true: a process that has a keyring open is never doubled together with its
//! memory (a snapshot of a running machine that is resumed twice); docs/security.md tells operators.
//!
//! # How sealed bytes look
//!
//! `key id u32 | session 16 bytes | count u64 | ciphertext | tag 16 bytes`, numbers big-endian: 44 bytes more than was
//! given. What the place of the bytes is (a key of the state, a frame's position) goes into the tag as `aad`, so that
//! sealed bytes put elsewhere do not open.
//!
//! Must never know: what is sealed, and where.

mod cipher;
mod error;
mod file;
mod keyring;
mod master;
mod secrets;

pub use cipher::OVERHEAD;
pub use error::CryptError;
pub use file::{
    KEYRING_COPY, KEYRING_FILE, Opened, has_keyring, keyring_masters, mend_keyring, open_keyring,
    write_keyring,
};
pub use keyring::Keyring;
pub use master::{Master, Print};
pub use secrets::{KeyId, Secret, Secrets};
