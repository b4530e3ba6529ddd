//! Sealing and opening the single records of an encrypted segment.

use std::sync::Arc;

use super::extension::{SECRET, Secret};
use super::format::{Link, RECORD_HEADER, RecordHeader};
use crate::crypt::{CryptError, Keyring, OVERHEAD};

/// What follows a record's own bytes in its clear form.
pub(crate) const PADDING: [u8; OVERHEAD] = [0; OVERHEAD];

const PURPOSE: &[u8; 8] = b"cfj rec\0";
const PLACE: usize = PURPOSE.len() + SECRET + 8;

/// What seals and opens the records of one segment.
#[derive(Clone)]
pub(crate) struct Vault {
    keyring: Arc<Keyring>,
    secret: Secret,
}

impl Vault {
    pub(crate) fn new(keyring: Arc<Keyring>, secret: Secret) -> Self {
        Self { keyring, secret }
    }

    pub(crate) fn keyring(&self) -> &Arc<Keyring> {
        &self.keyring
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// A hash that nobody makes without the secret.
    pub(crate) fn hasher(&self) -> blake3::Hasher {
        blake3::Hasher::new_keyed(&self.secret)
    }

    /// Appends records as they are stored, from their clear form with headers, the first at a position. Every record
    /// stays as long as it was.
    pub(crate) fn seal_records(
        &self,
        mut at: u64,
        mut clear: &[u8],
        into: &mut Vec<u8>,
    ) -> Result<(), CryptError> {
        into.reserve(clear.len());
        while let Some((header, rest)) = RecordHeader::split(clear) {
            let (record, rest) = rest.split_at_checked(header.len).ok_or(CryptError::Damaged)?;
            let plain = record.len().checked_sub(OVERHEAD).and_then(|len| record.get(..len));
            let start = into.len();
            into.extend_from_slice(&[0; RECORD_HEADER]);
            self.keyring.seal(&self.place(at), plain.ok_or(CryptError::Damaged)?, into)?;
            let (head, stored) = into
                .get_mut(start..)
                .and_then(<[u8]>::split_first_chunk_mut::<RECORD_HEADER>)
                .ok_or(CryptError::Damaged)?;
            *head = RecordHeader::encode(stored);
            at += (RECORD_HEADER + header.len) as u64;
            clear = rest;
        }
        Ok(())
    }

    /// Appends a record's own bytes, from those stored at a position.
    pub(crate) fn open_record(&self, at: u64, stored: &[u8], into: &mut Vec<u8>) -> Result<(), CryptError> {
        self.keyring.open_into(&self.place(at), stored, into)
    }

    /// Appends the clear form of a record, header and all, from what is stored at a position.
    pub(crate) fn clear_record(&self, at: u64, stored: &[u8], into: &mut Vec<u8>) -> Result<(), CryptError> {
        let start = into.len();
        into.extend_from_slice(&[0; RECORD_HEADER]);
        self.open_record(at, stored, into)?;
        into.extend_from_slice(&PADDING);
        if let Some((head, clear)) =
            into.get_mut(start..).and_then(<[u8]>::split_first_chunk_mut::<RECORD_HEADER>)
        {
            *head = RecordHeader::encode(clear);
        }
        Ok(())
    }

    /// What a record is bound to: this segment, and where in the journal it stands.
    fn place(&self, at: u64) -> [u8; PLACE] {
        let mut place = [0; PLACE];
        let parts = PURPOSE.iter().chain(&self.secret);
        for (to, from) in place.iter_mut().zip(parts.copied().chain(at.to_le_bytes())) {
            *to = from;
        }
        place
    }
}

/// The hash of a chain: keyed where there is a secret.
pub(crate) fn hasher(vault: Option<&Vault>) -> blake3::Hasher {
    vault.map_or_else(blake3::Hasher::new, Vault::hasher)
}

/// The link behind a frame.
pub(crate) fn next_link(vault: Option<&Vault>, before: &Link, header: &[u8], parts: &[&[u8]]) -> Link {
    let mut hasher = hasher(vault);
    hasher.update(before).update(header);
    for part in parts {
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(keyring: &Arc<Keyring>) -> Vault {
        Vault::new(Arc::clone(keyring), [7; SECRET])
    }

    fn clear(records: &[&[u8]]) -> Vec<u8> {
        let mut all = Vec::new();
        for record in records {
            let padded = [record, PADDING.as_slice()].concat();
            all.extend_from_slice(&RecordHeader::encode(&padded));
            all.extend_from_slice(&padded);
        }
        all
    }

    #[test]
    fn records_stay_in_their_place_and_open_only_there() {
        let keyring = Arc::new(Keyring::random().unwrap());
        let vault = vault(&keyring);
        let clear = clear(&[b"one", b"", &[3; 900]]);
        let mut stored = Vec::new();
        vault.seal_records(500, &clear, &mut stored).unwrap();
        assert_eq!(stored.len(), clear.len());
        let mut again = Vec::new();
        vault.seal_records(500, &clear, &mut again).unwrap();
        assert_ne!(stored, again, "the same place with the same content is sealed with another nonce");
        let (mut at, mut rest, mut back) = (500, stored.as_slice(), Vec::new());
        while let Some((header, after)) = RecordHeader::split(rest) {
            let (record, after) = after.split_at(header.len);
            assert!(header.fits(record));
            assert!(vault.open_record(at + 1, record, &mut Vec::new()).is_err(), "it was moved");
            let other = Vault::new(Arc::clone(&keyring), [8; SECRET]);
            assert!(other.open_record(at, record, &mut Vec::new()).is_err(), "it is of another segment");
            vault.clear_record(at, record, &mut back).unwrap();
            at += (RECORD_HEADER + header.len) as u64;
            rest = after;
        }
        assert_eq!(back, clear);
    }

    #[test]
    fn a_link_needs_the_secret() {
        let keyring = Arc::new(Keyring::random().unwrap());
        let link = |vault: Option<&Vault>| next_link(vault, &[1; 32], b"header", &[b"records"]);
        assert_ne!(link(None), link(Some(&vault(&keyring))));
        assert_ne!(link(Some(&Vault::new(keyring.clone(), [8; SECRET]))), link(Some(&vault(&keyring))));
    }
}
