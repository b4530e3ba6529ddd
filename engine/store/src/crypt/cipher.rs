//! One AES key derived for one session, and what stands in front of what it sealed.

use std::sync::atomic::{AtomicU64, Ordering};

use aes_gcm::aead::AeadInOut as _;
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce, Tag};

use super::error::CryptError;
use super::secrets::{KeyId, Secret, fill};

const ID: usize = 4;
const SESSION: usize = 16;
const COUNT: usize = 8;
const TAG: usize = 16;
/// Bytes that sealing adds.
pub const OVERHEAD: usize = ID + SESSION + COUNT + TAG;
const PURPOSE: &[u8] = b"claimflow data";

type Session = [u8; SESSION];

/// What stands in front of sealed bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) id: KeyId,
    pub(super) session: Session,
    count: u64,
}

impl Head {
    /// Splits sealed bytes into the head, and the ciphertext with its tag behind it.
    pub(super) fn split(sealed: &[u8]) -> Result<(Self, &[u8]), CryptError> {
        let damaged = CryptError::Damaged;
        let (id, rest) = sealed.split_first_chunk::<ID>().ok_or(damaged.clone())?;
        let (session, rest) = rest.split_first_chunk::<SESSION>().ok_or(damaged.clone())?;
        let (count, rest) = rest.split_first_chunk::<COUNT>().ok_or(damaged)?;
        let head =
            Self { id: KeyId(u32::from_be_bytes(*id)), session: *session, count: u64::from_be_bytes(*count) };
        Ok((head, rest))
    }
}

/// An AES key for one session.
pub(super) struct Cipher {
    id: KeyId,
    session: Session,
    aes: Aes256Gcm,
}

impl Cipher {
    pub(super) fn derive(id: KeyId, key: &Secret, session: Session) -> Self {
        let derived = key.derive(PURPOSE, &session);
        Self { id, session, aes: Aes256Gcm::new(derived.bytes().into()) }
    }

    /// Whether this is the key of what stands behind `head`.
    pub(super) fn fits(&self, head: &Head) -> bool {
        self.id == head.id && self.session == head.session
    }

    /// Appends what was sealed. On error `into` is as it was.
    pub(super) fn open(
        &self,
        head: &Head,
        aad: &[u8],
        body: &[u8],
        into: &mut Vec<u8>,
    ) -> Result<(), CryptError> {
        let (ciphertext, tag) = body.split_last_chunk::<TAG>().ok_or(CryptError::Damaged)?;
        let before = into.len();
        into.extend_from_slice(ciphertext);
        let plain = into.get_mut(before..).unwrap_or_default();
        let tag = Tag::from(*tag);
        let opened = self.aes.decrypt_inout_detached(&nonce(head.count), aad, plain.into(), &tag);
        opened.map_err(|_| {
            into.truncate(before);
            CryptError::Damaged
        })
    }
}

/// A session that is under way: it seals.
pub(super) struct Sealer {
    cipher: Cipher,
    counted: AtomicU64,
}

impl Sealer {
    /// Begins a new session.
    pub(super) fn begin(id: KeyId, key: &Secret) -> Result<Self, CryptError> {
        let mut session = Session::default();
        fill(&mut session)?;
        Ok(Self { cipher: Cipher::derive(id, key, session), counted: AtomicU64::new(0) })
    }

    pub(super) fn cipher(&self) -> &Cipher {
        &self.cipher
    }

    /// Appends `plain` sealed. On error `into` is as it was.
    pub(super) fn seal(&self, aad: &[u8], plain: &[u8], into: &mut Vec<u8>) -> Result<(), CryptError> {
        // INVARIANT: no count is used twice; at a billion values a second it lasts for five hundred years.
        let count = self.counted.fetch_add(1, Ordering::Relaxed);
        let before = into.len();
        into.reserve(plain.len() + OVERHEAD);
        into.extend_from_slice(&self.cipher.id.0.to_be_bytes());
        into.extend_from_slice(&self.cipher.session);
        into.extend_from_slice(&count.to_be_bytes());
        let body = into.len();
        into.extend_from_slice(plain);
        let buffer = into.get_mut(body..).unwrap_or_default();
        match self.cipher.aes.encrypt_inout_detached(&nonce(count), aad, buffer.into()) {
            Ok(tag) => into.extend_from_slice(&tag),
            Err(_) => {
                into.truncate(before);
                return Err(CryptError::TooLong(plain.len()));
            }
        }
        Ok(())
    }
}

fn nonce(count: u64) -> Nonce<aes_gcm::aead::consts::U12> {
    let mut nonce = [0; 12];
    if let Some(last) = nonce.last_chunk_mut::<COUNT>() {
        *last = count.to_be_bytes();
    }
    nonce.into()
}
