//! Keys: how they are written, and which of them a practice trusts for what.

use std::fmt::Write as _;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use crate::error::{PackError, Result};
use crate::manifest::Manifest;

const PUBLIC: &str = "claimflow-public-key-1";
const SECRET: &str = "claimflow-secret-key-1";
/// Goes before the manifest in what is signed, so that no signature for something else fits a pack.
const DOMAIN: &[u8] = b"claimflow pack manifest 1\n";

/// The key that signs. It is shown nowhere but in [`SecretKey::to_text`].
pub struct SecretKey(SigningKey, String);

/// The key that a signature is checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    /// Whose it is, in the maker's words.
    pub comment: String,
}

impl SecretKey {
    /// A new key from the system's randomness.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn generate(comment: &str) -> Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_| PackError::Key("the system gives no randomness"))?;
        Ok(Self(SigningKey::from_bytes(&seed), one_line(comment)))
    }

    /// The key from the text of its file.
    ///
    /// # Errors
    /// When the text is no secret key.
    pub fn parse(text: &str) -> Result<Self> {
        let (seed, comment) = parse_line(text, SECRET, "a secret key begins with `claimflow-secret-key-1`")?;
        Ok(Self(SigningKey::from_bytes(&seed), comment))
    }

    /// The text of its file. Whoever reads it can sign.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{SECRET} {} {}\n", hex(self.0.as_bytes()), self.1)
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey { key: self.0.verifying_key(), comment: self.1.clone() }
    }

    pub(crate) fn sign(&self, manifest: &[u8]) -> [u8; 64] {
        self.0.sign(&[DOMAIN, manifest].concat()).to_bytes()
    }
}

impl PublicKey {
    /// The key from the first line of its file.
    ///
    /// # Errors
    /// When the text is no public key.
    pub fn parse(text: &str) -> Result<Self> {
        let (bytes, comment) = parse_line(text, PUBLIC, "a public key begins with `claimflow-public-key-1`")?;
        let key =
            VerifyingKey::from_bytes(&bytes).map_err(|_| PackError::Key("its bytes are no ed25519 key"))?;
        Ok(Self { key, comment })
    }

    /// The text of its file.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{PUBLIC} {} {}\n", hex(self.key.as_bytes()), self.comment)
    }

    /// The key's id: 16 hex digits of its BLAKE3 hash. For people; what is checked is the whole key.
    #[must_use]
    pub fn id(&self) -> String {
        blake3::hash(self.key.as_bytes()).to_hex().chars().take(16).collect()
    }

    /// Strict: no weak keys, one form of each signature.
    pub(crate) fn fits(&self, manifest: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        self.key.verify_strict(&[DOMAIN, manifest].concat(), &signature).is_ok()
    }
}

/// A public key as a practice trusts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    /// The key.
    pub key: PublicKey,
    /// Names of packs, or beginnings of names that end with `*`; empty for every pack.
    pub packs: Vec<String>,
    /// Why it is trusted no more.
    pub revoked: Option<String>,
}

impl TrustedKey {
    /// Reads a file of `trusted-keys/`: the key's line, then, as wanted, `packs: NAME, PREFIX*` and `revoked: WHY`.
    ///
    /// # Errors
    /// When a line is none of these: a misspelt restriction must not become no restriction.
    pub fn parse(text: &str) -> Result<Self> {
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        let mut trusted = Self { key: PublicKey::parse(first)?, packs: Vec::new(), revoked: None };
        for line in rest.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(packs) = line.strip_prefix("packs:") {
                trusted.packs.extend(packs.split(',').map(|name| name.trim().to_owned()));
            } else if let Some(why) = line.strip_prefix("revoked:") {
                trusted.revoked = Some(why.trim().to_owned());
            } else {
                return Err(PackError::Key("after the key come only lines `packs: ...` and `revoked: ...`"));
            }
        }
        Ok(trusted)
    }

    fn covers(&self, pack: &str) -> bool {
        let fits =
            |name: &String| name.strip_suffix('*').map_or(name == pack, |start| pack.starts_with(start));
        self.packs.is_empty() || self.packs.iter().any(fits)
    }
}

/// The keys that a practice trusts.
#[derive(Debug, Clone, Default)]
pub struct Keyring(pub Vec<TrustedKey>);

impl Keyring {
    /// Which key signed, when it may sign this pack. `signature` is the signer's public key and the 64 bytes.
    pub(crate) fn check(&self, manifest: &Manifest, bytes: &[u8], signed: &Signed) -> Result<()> {
        let id = signed.key.id();
        if !signed.key.fits(bytes, &signed.signature) {
            return Err(PackError::WrongSignature(id));
        }
        let mut same = self.0.iter().filter(|trusted| trusted.key.key == signed.key.key).peekable();
        if same.peek().is_none() {
            return Err(PackError::UnknownKey(id));
        }
        let same: Vec<_> = same.collect();
        if let Some(why) = same.iter().find_map(|trusted| trusted.revoked.clone()) {
            return Err(PackError::RevokedKey { id, why });
        }
        if same.iter().any(|trusted| trusted.covers(&manifest.name)) {
            return Ok(());
        }
        let only = same.iter().map(|trusted| trusted.packs.join(", ")).collect::<Vec<_>>().join(", ");
        Err(PackError::KeyForOthers { id, pack: manifest.name.clone(), only })
    }
}

/// The signature's entry: the signer's key, then its signature.
pub(crate) struct Signed {
    pub(crate) key: PublicKey,
    pub(crate) signature: [u8; 64],
}

impl Signed {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self> {
        let wrong = PackError::Content { path: crate::SIGNATURE.to_owned(), why: "is no signature" };
        let (key, signature) = bytes.split_first_chunk::<32>().ok_or_else(|| wrong.clone())?;
        let signature = signature.try_into().map_err(|_| wrong.clone())?;
        let key = VerifyingKey::from_bytes(key).map_err(|_| wrong)?;
        Ok(Self { key: PublicKey { key, comment: String::new() }, signature })
    }

    pub(crate) fn make(key: &SecretKey, manifest: &[u8]) -> Vec<u8> {
        [key.public().key.as_bytes().as_slice(), &key.sign(manifest)].concat()
    }
}

fn parse_line(text: &str, kind: &str, wrong: &'static str) -> Result<([u8; 32], String)> {
    let rest = text
        .trim()
        .strip_prefix(kind)
        .and_then(|rest| rest.strip_prefix(' '))
        .ok_or(PackError::Key(wrong))?;
    let (digits, comment) = rest.split_once(' ').unwrap_or((rest, ""));
    let bytes =
        blake3::Hash::from_hex(digits).map_err(|_| PackError::Key("the key must be 64 hex digits"))?;
    Ok((*bytes.as_bytes(), one_line(comment)))
}

fn one_line(comment: &str) -> String {
    comment.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
