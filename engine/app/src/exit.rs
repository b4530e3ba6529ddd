//! How the program ends: exit codes, and failures with their mend.

use std::process::ExitCode;

use claimflow_core::step::StepError;
use claimflow_runtime::store::StoreError;

/// The exit code of the program. Part of the command-line contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: done.
    Done = 0,
    /// 1: done, and problems were found in what was checked or read.
    Problems = 1,
    /// 2: wrong usage; the command line cannot be understood, or names what the practice does not have: an owner, a
    /// state, a rule.
    Usage = 2,
    /// 3: could not do it as things are: a file that cannot be read, a store in use or damaged, a claim that is not there.
    Failed = 3,
}

impl Exit {
    /// From its number; what is none stands for [`Exit::Failed`].
    pub const fn of(code: u8) -> Self {
        match code {
            0 => Self::Done,
            1 => Self::Problems,
            2 => Self::Usage,
            _ => Self::Failed,
        }
    }

    /// [`Exit::Problems`] when there were any.
    pub const fn problems(found: bool) -> Self {
        if found { Self::Problems } else { Self::Done }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command did not do what it was asked to. The message is one sentence, lower case, with its mend in `help`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// How the program ends.
    pub exit: Exit,
    /// What is wrong.
    pub message: String,
    /// What to do, or empty.
    pub help: String,
    /// Faults already made readable, shown before the message; empty when there are none.
    pub details: String,
    /// True when another process holds the practice: it can be asked instead.
    pub in_use: bool,
}

impl Failure {
    /// It could not be done as things are.
    pub fn failed(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            message: message.into(),
            help: String::new(),
            details: String::new(),
            in_use: false,
        }
    }

    /// The command line cannot be understood.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::failed(message) }
    }

    /// The same with a mend.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// The same with faults to show first.
    #[must_use]
    pub fn details(mut self, details: String) -> Self {
        self.details = details;
        self
    }

    /// A file or folder that cannot be read, written or made.
    pub fn io(action: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::failed(format!("cannot {action} `{}`: {}", path.display(), reason(error)))
    }
}

/// The system's reason in plain words.
pub fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "this user may not".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        std::io::ErrorKind::NotADirectory => "it is not a folder".to_owned(),
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            "there is no room on the disk".to_owned()
        }
        _ => error.to_string(),
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        // What follows a semicolon in the store's prose is the mend.
        let message = error.to_string();
        let failure = match message.split_once("; ") {
            Some((what, mend)) => Self::failed(what).help(mend),
            None => Self::failed(message),
        };
        Self { in_use: matches!(error, StoreError::InUse { .. }), ..failure }
    }
}

impl From<claimflow_runtime::Error> for Failure {
    fn from(error: claimflow_runtime::Error) -> Self {
        match error {
            claimflow_runtime::Error::Store(error) => error.into(),
            // A field that does not exist, or a value of the wrong shape, is wrong on the command line.
            claimflow_runtime::Error::Step(StepError::Field(error)) => {
                Self::usage(error.to_string()).help("`claimflow correct --help` lists the fields")
            }
            other => {
                let message = other.to_string();
                match message.split_once("; ") {
                    Some((what, mend)) => Self::failed(what).help(mend),
                    None => Self::failed(message),
                }
            }
        }
    }
}

impl From<claimflow_pack::PackError> for Failure {
    fn from(error: claimflow_pack::PackError) -> Self {
        let message = error.to_string();
        match (&error, message.split_once("; ")) {
            (claimflow_pack::PackError::UnknownKey(_), _) => Self::failed(message).help(
                "when the vendor confirms the key by another way, put its `.pub` file into `trusted-keys/`",
            ),
            (_, Some((what, mend))) => Self::failed(what).help(mend),
            (_, None) => Self::failed(message),
        }
    }
}

/// What a command answers.
pub type Result<T = Exit, E = Failure> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mend_is_told_apart_from_the_fault() {
        let failure = Failure::from(StoreError::InUse { path: "data".into(), process: 7 });
        assert_eq!(failure.exit, Exit::Failed);
        assert_eq!(failure.message, "the data folder `data` is in use by process 7");
        assert_eq!(failure.help, "stop it, or let it do the work");
    }

    #[test]
    fn a_wrong_field_is_wrong_usage() {
        let field = claimflow_core::field::find("place_of_servise").unwrap_err();
        let failure = Failure::from(claimflow_runtime::Error::Step(StepError::Field(field)));
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.message.contains("did you mean `place_of_service`?"), "{}", failure.message);
    }
}
