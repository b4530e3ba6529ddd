//! Which paths a pack may hold: the same file on every computer, and never outside of the pack's folder.

use std::collections::BTreeMap;

use crate::error::{PackError, Result};

/// The longest path, in bytes: what a plain tar header holds.
const LONGEST: usize = 100;
/// The most names in one path.
const DEEPEST: usize = 8;

/// The paths seen, by their lower case form, to find those that clash where case does not count.
#[derive(Debug, Default)]
pub(crate) struct Seen(BTreeMap<String, Use>);

#[derive(Debug, PartialEq)]
enum Use {
    File,
    Folder(String),
}

impl Seen {
    /// Takes one more path, or says why not.
    pub(crate) fn add(&mut self, path: &str) -> Result<()> {
        check(path)?;
        for (end, _) in path.match_indices('/') {
            let folder = path.get(..end).unwrap_or_default();
            let taken = Use::Folder(folder.to_owned());
            match self.0.get(&folder.to_ascii_lowercase()) {
                None => drop(self.0.insert(folder.to_ascii_lowercase(), taken)),
                Some(same) if *same == taken => {}
                Some(_) => return refuse(path, "clashes with another path where case does not count"),
            }
        }
        match self.0.insert(path.to_ascii_lowercase(), Use::File) {
            None => Ok(()),
            Some(_) => refuse(path, "is there twice, or differs from another only by case"),
        }
    }
}

/// Refuses a path that is not plain, relative, short and the same everywhere.
pub(crate) fn check(path: &str) -> Result<()> {
    if path.contains('\0') {
        return refuse(path, "holds a zero byte");
    }
    if path.contains('\\') {
        return refuse(path, "holds a backslash; use `/`");
    }
    if path.starts_with('/') {
        return refuse(path, "is absolute");
    }
    if path.contains(':') {
        return refuse(path, "holds a colon, as a drive letter does");
    }
    if path.len() > LONGEST {
        return refuse(path, "is longer than 100 bytes");
    }
    // Only ASCII: other letters are written in several ways, which some disks fold into one.
    if !path.bytes().all(|b| b.is_ascii_alphanumeric() || b" -_.+/".contains(&b)) {
        return refuse(path, "holds other signs than letters, digits, space and `-_.+`");
    }
    if path.split('/').count() > DEEPEST {
        return refuse(path, "is more than 8 folders deep");
    }
    path.split('/').try_for_each(|name| check_name(path, name))
}

fn check_name(path: &str, name: &str) -> Result<()> {
    if name == ".." {
        return refuse(path, "leaves the pack's folder");
    }
    if name.is_empty() || name == "." {
        return refuse(path, "has an empty name in it");
    }
    if name.ends_with(['.', ' ']) || name.starts_with(' ') {
        return refuse(path, "has a name that begins with a space, or ends with a dot or a space");
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let numbered = |word: &str| matches!(stem.strip_prefix(word).map(str::as_bytes), Some([b'1'..=b'9']));
    if ["con", "prn", "aux", "nul"].contains(&stem.as_str()) || numbered("com") || numbered("lpt") {
        return refuse(path, "has a name that Windows keeps for devices");
    }
    Ok(())
}

fn refuse<T>(path: &str, why: &'static str) -> Result<T> {
    let path = path.chars().take(120).flat_map(char::escape_default).collect();
    Err(PackError::Path { path, why })
}
