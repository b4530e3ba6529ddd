//! A practice folder of a test, and the program run on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use claimflow_simulator::{SampleOptions, SamplePractice};
use serde_json::Value;

/// The day on which tests take place: the sample's month is over.
pub const TODAY: &str = "2026-10-03";

/// What a run gave.
#[derive(Debug)]
pub struct Ran {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// The output, after checking how it ended.
    pub fn ended(&self, code: i32) -> &str {
        assert_eq!(self.code, code, "out: {}\nerr: {}", self.out, self.err);
        &self.out
    }

    /// The output as JSON, after checking how it ended.
    pub fn json(&self, code: i32) -> Value {
        serde_json::from_str(self.ended(code)).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// What was said, when it could not be done: only on standard error.
    pub fn refused(&self, code: i32) -> &str {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        &self.err
    }
}

/// Runs the program.
pub fn run(arguments: &[&str]) -> Ran {
    run_in(Path::new("."), arguments)
}

/// Runs the program in a folder.
pub fn run_in(folder: &Path, arguments: &[&str]) -> Ran {
    let output = command().args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The program, without what the surroundings may set.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claimflow"));
    command.env_remove("CLAIMFLOW_LOG").env("NO_COLOR", "1").env("USER", "tester");
    command
}

/// A practice in a temporary folder.
pub struct Practice {
    folder: tempfile::TempDir,
    /// Its sample: claims, registers, and what is wrong with them.
    pub sample: SamplePractice,
}

impl Practice {
    /// As `claimflow init` makes it, with the registers of a small sample.
    pub fn new() -> Self {
        let options = SampleOptions { visits: 60, clinicians: 3, ..SampleOptions::default() };
        let sample = claimflow_simulator::practice(&options).unwrap();
        let this = Self { folder: tempfile::tempdir().unwrap(), sample };
        run(&["init", this.path("").to_str().unwrap()]).ended(0);
        for (name, text) in &this.sample.registers {
            fs::write(this.path(&format!("registers/{name}")), text).unwrap();
        }
        this
    }

    /// A path in it.
    pub fn path(&self, inner: &str) -> PathBuf {
        self.folder.path().join("practice").join(inner)
    }

    /// Writes a file beside it and gives its path.
    pub fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    /// The sample's first file of claims, beside the practice.
    pub fn claims(&self) -> String {
        let (name, bytes) = self.sample.files.first().unwrap();
        self.file(name, bytes)
    }

    /// Runs the program on it.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let root = self.path("");
        let mut all = vec!["--practice", root.to_str().unwrap(), "--clock", TODAY];
        all.extend_from_slice(arguments);
        run(&all)
    }

    /// With all claims of the sample taken in: some are held, the others wait for their acceptance.
    pub fn with_claims() -> Self {
        let this = Self::new();
        let files: Vec<String> =
            this.sample.files.iter().map(|(name, bytes)| this.file(name, bytes)).collect();
        let mut arguments = vec!["ingest"];
        arguments.extend(files.iter().map(String::as_str));
        let ran = this.run(&arguments);
        assert!(ran.code <= 1, "{}", ran.err);
        this
    }

    /// The ids of the claims in a state.
    pub fn ids(&self, state: &str) -> Vec<String> {
        let claims = self.run(&["claims", "--all", "--state", state, "--json"]).json(0);
        let ids =
            claims["claims"].as_array().unwrap().iter().map(|claim| claim["id"].as_str().unwrap().to_owned());
        ids.collect()
    }
}

/// The keys of an object, in order of the alphabet.
pub fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// Fails unless the object has all of these keys.
pub fn has_keys(value: &Value, wanted: &[&str]) {
    let keys = keys(value);
    for key in wanted {
        assert!(keys.contains(key), "`{key}` is missing: {keys:?}");
    }
}
