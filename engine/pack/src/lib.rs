//! Packs as one signed archive: written, checked and taken apart, bytes in and files out.
//!
//! A `.cfpack` is one zstd frame around a plain tar: first [`MANIFEST`], then, when signed, [`SIGNATURE`], then the
//! files in order of their paths. The signature covers the manifest's bytes, and the manifest pins every file by size
//! and hash, so that one signature covers everything. It travels inside, so that one file is all there is to send.
//! Nothing here knows a disk or a clock.

mod archive;
mod error;
mod keys;
mod manifest;
mod paths;
mod read;

pub use archive::{PackFile, build, sign};
pub use error::{PackError, Result};
pub use keys::{Keyring, PublicKey, SecretKey, TrustedKey};
pub use manifest::{FORMAT, FileEntry, Manifest, Requires};
pub use read::{Limits, Opened, open};

/// The name of the first entry, the manifest.
pub const MANIFEST: &str = "manifest.json";

/// The name of the second entry of a signed pack: 64 bytes of ed25519.
pub const SIGNATURE: &str = "manifest.sig";
