//! How people name a version of a workflow: `professional-claim`, `professional-claim@1`, `1`, or `1@3f2a` where a version
//! was edited and claims are on several contents of it.

use claimflow_core::Hash;
use claimflow_core::workflow::WorkflowRef;

use crate::exit::{Failure, Result};

/// A version, and the beginning of its content hash where one was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Version {
    /// The number; zero for any.
    pub number: u32,
    /// The beginning of the hash, or empty.
    pub hash: Hash,
}

impl std::str::FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, hash) = text.split_once('@').unwrap_or((text, ""));
        let number = number.strip_prefix('v').unwrap_or(number);
        let number = number.parse().map_err(|_| format!("`{text}` is no version; write a number, as 1"))?;
        Ok(Self { number, hash: Hash::from(hash) })
    }
}

impl Version {
    /// True for a workflow in this version.
    pub fn is(&self, of: &WorkflowRef) -> bool {
        (self.number == 0 || self.number == of.version) && of.hash.starts_with(self.hash.as_str())
    }
}

/// A workflow with or without its version, as a filter takes it.
///
/// # Errors
/// When what stands behind the `@` is no version.
pub fn parse(text: &str) -> Result<WorkflowRef> {
    let (name, version) = text.split_once('@').map_or((text, None), |(name, version)| (name, Some(version)));
    let version = version.map(str::parse::<Version>).transpose().map_err(Failure::usage)?.unwrap_or_default();
    Ok(WorkflowRef { name: name.into(), version: version.number, hash: version.hash })
}

/// The beginning of a content hash, as screens show it.
pub fn short(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_named_as_people_do() {
        let named =
            |name: &str, version, hash: &str| WorkflowRef { name: name.into(), version, hash: hash.into() };
        assert_eq!(parse("appeal").unwrap(), named("appeal", 0, ""));
        assert_eq!(parse("appeal@2").unwrap(), named("appeal", 2, ""));
        assert_eq!(parse("appeal@v2@3f2a").unwrap(), named("appeal", 2, "3f2a"));
        assert!(parse("appeal@two").unwrap_err().message.contains("write a number"));
        let version: Version = "2@3f".parse().unwrap();
        assert!(version.is(&named("appeal", 2, "3f2a")) && !version.is(&named("appeal", 2, "4f")));
    }
}
