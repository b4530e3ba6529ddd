//! The keys of a practice: where the master key is, and the keyring that it opens.

mod settings;
mod source;

pub use settings::with_encryption;
pub use source::{FILE_VARIABLE, Source};

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use claimflow_catalog::{SETTINGS_PATH, read_settings};
use claimflow_store::SystemDisk;
use claimflow_store::crypt::{
    CryptError, Keyring, Master, Opened, Secrets, has_keyring, mend_keyring, open_keyring, write_keyring,
};

use crate::exit::{Failure, Result};
use crate::practice::{Folder, check_for_work};
use crate::wire::data;

impl From<CryptError> for Failure {
    fn from(error: CryptError) -> Self {
        // What follows a semicolon is the mend, as in the store's prose.
        let message = error.to_string();
        match message.split_once("; ") {
            Some((what, mend)) => Self::failed(what).help(mend),
            None => Self::failed(message),
        }
    }
}

/// Where the key of a practice is, if anywhere.
///
/// # Errors
/// When the settings have errors.
pub fn source(folder: &Folder) -> Result<Option<Source>> {
    let text = folder.text(SETTINGS_PATH).unwrap_or_default();
    match read_settings(SETTINGS_PATH, &text) {
        Ok(settings) => Ok(Source::find(settings.encryption.as_ref())),
        Err(_) => {
            // It tells of these faults as of all others.
            check_for_work(folder)?;
            Ok(None)
        }
    }
}

/// The keyring of a practice, opened; `None` when nothing is encrypted. A practice that has no data yet gets one when
/// a key is named. To be called while nobody else can have the data folder open.
///
/// # Errors
/// When the key cannot be had or is the wrong one, when the keyring is damaged, or when it has to be decided first
/// whether data that are there are to be encrypted.
pub fn keyring(folder: &Folder) -> Result<Option<Arc<Keyring>>> {
    let (root, data) = (&folder.root, data(&folder.root));
    let opened = match (source(folder)?, has_keyring(&data)) {
        (None, false) => return Ok(None),
        (None, true) => return Err(no_source()),
        (Some(source), true) => open(&data, &source.read(root)?)?,
        (Some(source), false) if is_new(&data) => create(&data, &source.read(root)?)?,
        (Some(_), false) => return Err(not_yet()),
    };
    if std::fs::metadata(&data).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0) {
        tracing::warn!("other users can look into `{0}`: `chmod 700 {0}`", data.display());
    }
    Ok(Some(Arc::new(Keyring::new(opened.secrets)?)))
}

/// The keyring of a practice for looking only, beside a process that may be at work: nothing is made or mended.
///
/// # Errors
/// When the key cannot be had or is the wrong one, or the keyring is damaged.
pub fn for_looking(root: &Path) -> Result<Option<Arc<Keyring>>> {
    if let Some(desk) = crate::guest::desk() {
        return Ok(desk.keyring);
    }
    let data = data(root);
    if !has_keyring(&data) {
        return Ok(None);
    }
    let source = source(&Folder::read(root)?)?.ok_or_else(no_source)?;
    let opened = open_keyring(&SystemDisk, &data, &source.read(root)?)?;
    Ok(Some(Arc::new(Keyring::new(opened.secrets)?)))
}

/// Opens a keyring, and mends what a crash has left of it: a copy that differs, a master key that was given up.
///
/// # Errors
/// As [`open_keyring`].
pub fn open(data: &Path, master: &Master) -> Result<Opened> {
    let opened = open_keyring(&SystemDisk, data, master)?;
    if opened.from_copy {
        tracing::warn!("`data/keyring` was missing or damaged, and was put back from its copy");
    }
    if opened.masters.len() > 1 && opened.masters.last() == Some(&master.print()) {
        write_keyring(&SystemDisk, data, &opened.secrets, &[master])?;
        tracing::info!(key = %master.print(), "the keyring opens with the new key only, from now on");
    } else {
        mend_keyring(&SystemDisk, data)?;
    }
    Ok(opened)
}

/// Makes a keyring of new keys.
///
/// # Errors
/// When it cannot be written.
pub fn create(data: &Path, master: &Master) -> Result<Opened> {
    let secrets = Secrets::random()?;
    write_keyring(&SystemDisk, data, &secrets, &[master])?;
    Ok(Opened { secrets, masters: vec![master.print()], from_copy: false })
}

/// Removes the state that a rebuild replaced.
///
/// # Errors
/// When the system refuses.
pub fn remove_aside(data: &Path) -> Result<()> {
    let aside = data.join("state.aside");
    match std::fs::remove_dir_all(&aside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::io("remove", &aside, &error))
        }
        _ => Ok(()),
    }
}

/// True when nothing has been written into a data folder.
fn is_new(data: &Path) -> bool {
    let journal = std::fs::read_dir(data.join("journal"));
    journal.is_ok_and(|mut names| names.next().is_none()) || !data.join("journal").exists()
}

fn no_source() -> Failure {
    Failure::failed("this practice is encrypted, and nothing says where its key is")
        .help(format!("write `encryption: {{ key-file: FILE }}` into claimflow.yaml, or set {FILE_VARIABLE}"))
}

fn not_yet() -> Failure {
    Failure::failed("claimflow.yaml names a key, and there is no keyring for the data that are there").help(
        "`claimflow key encrypt` encrypts data that are plain; if they are encrypted, put back `data/keyring` from a \
         backup",
    )
}
