//! Which keys a practice trusts: `trusted-keys/*.pub`.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use claimflow_pack::{Keyring, TrustedKey};

use crate::exit::{Failure, Result};

/// The folder of a practice with the public keys that it trusts.
pub const TRUSTED: &str = "trusted-keys";

/// The keys that the practice trusts; none without the folder.
///
/// # Errors
/// When a file cannot be read or is no key: a key that cannot be read may be one that was revoked.
pub fn keyring(practice: &Path) -> Result<Keyring> {
    let folder = practice.join(TRUSTED);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Keyring::default()),
        Err(error) => return Err(Failure::io("read", &folder, &error)),
    };
    let mut keys = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| Failure::io("read", &folder, &error))?.path();
        if path.extension().is_some_and(|end| end == "pub") {
            keys.extend(one_key(&path)?.0);
        }
    }
    Ok(Keyring(keys))
}

/// The one key of a file.
///
/// # Errors
/// When it cannot be read or is no public key.
pub fn one_key(path: &Path) -> Result<Keyring> {
    let text = fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))?;
    let key = TrustedKey::parse(&text)
        .map_err(|fault| Failure::failed(format!("`{}`: {fault}", path.display())))?;
    Ok(Keyring(vec![key]))
}
