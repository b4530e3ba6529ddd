//! Where the master key comes from: the environment, a file, or what a program says.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use claimflow_catalog::KeySource;
use claimflow_store::crypt::Master;
use zeroize::Zeroizing;

use crate::exit::{Failure, Result};

/// The key itself, for containers.
const KEY_VARIABLE: &str = "CLAIMFLOW_KEY";
/// A file with the key, in place of what `claimflow.yaml` says.
pub const FILE_VARIABLE: &str = "CLAIMFLOW_KEY_FILE";
/// A program that says a key is given so long.
const PATIENCE: Duration = Duration::from_secs(30);
/// A key with its notes is shorter.
const LONGEST: u64 = 4096;

/// Where a master key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In a variable of the environment.
    Variable,
    /// In a file that a variable of the environment names.
    VariableFile(PathBuf),
    /// As `claimflow.yaml` says, with files seen from the practice folder.
    Settings(KeySource),
}

impl Source {
    /// What the environment says, else what the settings say.
    pub fn find(settings: Option<&KeySource>) -> Option<Self> {
        if std::env::var_os(KEY_VARIABLE).is_some_and(|key| !key.is_empty()) {
            return Some(Self::Variable);
        }
        match std::env::var_os(FILE_VARIABLE) {
            Some(file) if !file.is_empty() => Some(Self::VariableFile(file.into())),
            _ => settings.cloned().map(Self::Settings),
        }
    }

    /// In words, for a person.
    pub fn words(&self) -> String {
        match self {
            Self::Variable => format!("the variable {KEY_VARIABLE}"),
            Self::VariableFile(file) => format!("the file `{}` ({FILE_VARIABLE})", file.display()),
            Self::Settings(KeySource::File(file)) => format!("the file `{file}`"),
            Self::Settings(KeySource::Command(words)) => format!("the program `{}`", words.join(" ")),
        }
    }

    /// Reads the key.
    ///
    /// # Errors
    /// When there is none, it is no key, or others can read it. What was read is never repeated.
    pub fn read(&self, root: &Path) -> Result<Master> {
        let text = match self {
            Self::Variable => Zeroizing::new(std::env::var(KEY_VARIABLE).unwrap_or_default()),
            Self::VariableFile(file) => read_file(file)?,
            Self::Settings(KeySource::File(file)) => read_file(&root.join(file.as_str()))?,
            Self::Settings(KeySource::Command(words)) => {
                let words: Vec<&str> = words.iter().map(claimflow_core::Text::as_str).collect();
                read_command(&words, root, PATIENCE)?
            }
        };
        Master::parse(&text).map_err(|error| {
            Failure::failed(format!("{} does not hold a key: {error}", self.words()))
                .help("`claimflow key new FILE` makes a key; an older one is in your backup of it")
        })
    }
}

/// Reads a key file, which nobody but its owner may be able to read.
fn read_file(path: &Path) -> Result<Zeroizing<String>> {
    let failed =
        |error: std::io::Error| Failure::io("read", path, &error).help("this is the file with the key");
    let file = fs::File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        let shown = path.display();
        return Err(Failure::failed(format!("`{shown}` can be read by others, and holds the key")).help(
            format!("`chmod 600 {shown}`; if anybody may have read it, `claimflow key rotate` to a new one"),
        ));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(LONGEST).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// What a program writes on standard output.
fn read_command(words: &[&str], root: &Path, patience: Duration) -> Result<Zeroizing<String>> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(Failure::failed("`key-command` in claimflow.yaml names no program"));
    };
    let said = |what: String| {
        Failure::failed(format!("the program `{program}`, which says the key, {what}"))
            .help("call it yourself as `key-command` in claimflow.yaml has it, in the practice folder")
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| said(format!("cannot be started: {error}")))?;
    let (tell, told) = mpsc::channel();
    if let Some(out) = child.stdout.take() {
        // It ends with the program, or with whatever the program has left behind.
        std::thread::spawn(move || {
            let mut text = Zeroizing::new(String::new());
            let read = out.take(LONGEST).read_to_string(&mut text).map(|_| text);
            let _heard = tell.send(read);
        });
    }
    match told.recv_timeout(patience) {
        Ok(Ok(text)) => match child.wait() {
            Ok(status) if status.success() => Ok(text),
            Ok(status) => Err(said(format!("failed ({status})"))),
            Err(error) => Err(said(format!("failed: {error}"))),
        },
        Ok(Err(_)) => Err(end(child, said("did not write text".to_owned()))),
        Err(_) => Err(end(child, said(format!("said nothing for {} seconds", patience.as_secs_f32())))),
    }
}

fn end(mut child: Child, failure: Failure) -> Failure {
    // It may have ended by itself.
    let _ended = child.kill().and_then(|()| child.wait());
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_file(mode: u32, text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_with_what_to_type() {
        let key = Master::random().unwrap();
        let (folder, path) = key_file(0o640, &key.to_text());
        let source = Source::Settings(KeySource::File("a.key".into()));
        let refused = source.read(folder.path()).unwrap_err();
        assert!(refused.message.ends_with("can be read by others, and holds the key"), "{}", refused.message);
        assert!(refused.help.starts_with(&format!("`chmod 600 {}`", path.display())), "{}", refused.help);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(source.read(folder.path()).unwrap(), key);
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_repeated() {
        for text in ["", "hunter2", "# only a note\n"] {
            let (folder, _) = key_file(0o600, text);
            let refused = Source::Settings(KeySource::File("a.key".into())).read(folder.path()).unwrap_err();
            assert!(
                refused.message.starts_with("the file `a.key` does not hold a key:"),
                "{}",
                refused.message
            );
            assert!(!refused.message.contains("hunter2"));
        }
        let none = Source::Settings(KeySource::File("b.key".into())).read(Path::new("/nowhere")).unwrap_err();
        assert!(none.message.contains("there is no such file"), "{}", none.message);
    }

    #[test]
    fn a_program_says_the_key_or_is_told_of() {
        let key = Master::random().unwrap();
        let (folder, _) = key_file(0o600, &key.to_text());
        let read = |words: &[&str]| {
            read_command(words, folder.path(), Duration::from_millis(300)).map(|text| text.to_string())
        };
        assert_eq!(read(&["cat", "a.key"]).unwrap(), *key.to_text());
        let told = |words: &[&str]| read(words).unwrap_err().message;
        assert!(told(&["no-such-program"]).contains("cannot be started"));
        assert!(told(&["false"]).contains("failed (exit status: 1)"));
        assert!(told(&["sleep", "60"]).contains("said nothing for 0.3 seconds"));
    }
}
