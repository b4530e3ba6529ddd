//! What the whole-road tests share: a practice folder, claims for it, and the program to run on them.

mod files;
mod over;

pub use files::{claims_file, envelope, file_of, spoil};

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A practice folder that the program made, removed at the end.
pub struct Folder {
    folder: tempfile::TempDir,
    program: PathBuf,
}

impl Folder {
    /// A fresh practice, made by `claimflow init` with the program at this path.
    ///
    /// # Panics
    /// When the program cannot make one.
    pub fn init(program: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let this = Self { folder, program: PathBuf::from(program) };
        let made =
            Command::new(&this.program).arg("init").arg(this.path()).output().expect("the program starts");
        assert!(made.status.success(), "{}", text(&made.stderr));
        this
    }

    /// Where the practice is.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("practice")
    }

    /// Writes a file beside the practice and gives its path.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file can be written");
        path
    }

    /// The program on this practice, with arguments to come.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--practice").arg(self.path());
        command
    }

    /// Runs the program and gives what it said.
    ///
    /// # Panics
    /// When the program does not start.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().expect("the program starts")
    }

    /// Runs the program with `--json` and reads its answer.
    ///
    /// # Panics
    /// When the answer is no JSON.
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let output = self.command().arg("--json").args(arguments).output().expect("the program starts");
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", text(&output.stdout), text(&output.stderr)))
    }

    /// Has what the practice keeps encrypted; gives the file with the key.
    ///
    /// # Panics
    /// When that cannot be done.
    pub fn encrypt(&self) -> PathBuf {
        let key = self.folder.path().join("practice.key");
        let made = self.run(&["key", "new", &key.to_string_lossy()]);
        assert!(made.status.success(), "{}", text(&made.stderr));
        self.use_key(&key);
        let done = self.run(&["key", "encrypt"]);
        assert!(done.status.success(), "{}", text(&done.stderr));
        key
    }

    /// Sets the file with the key of a practice whose data are encrypted.
    ///
    /// # Panics
    /// When the settings cannot be changed.
    pub fn use_key(&self, key: &Path) {
        let settings = self.path().join("claimflow.yaml");
        let written = std::fs::read_to_string(&settings).expect("there are settings");
        let line = format!("encryption: {{ key-file: \"{}\" }}", key.display());
        std::fs::write(&settings, written.replace("encryption: {}", &line)).expect("they can be written");
    }

    /// Names and contents of the files in the outbox.
    ///
    /// # Panics
    /// When the outbox cannot be read.
    pub fn outbox(&self) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(self.path().join("outbox"))
            .expect("there is an outbox")
            .map(|entry| entry.expect("an entry can be read").path())
            .filter(|path| path.is_file())
            .map(|path| (name(&path), std::fs::read(&path).expect("a file can be read")))
            .collect();
        files.sort();
        files
    }
}

/// Copies a folder with all that is in it.
///
/// # Panics
/// When something cannot be read or written.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("a folder can be read") {
        let path = entry.expect("an entry can be read").path();
        let to = to.join(name(&path));
        if path.is_dir() {
            copy_folder(&path, &to);
        } else {
            std::fs::copy(&path, &to).expect("a file can be copied");
        }
    }
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Bytes as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A number from the environment, as longer runs set it, else the one of every run.
pub fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
