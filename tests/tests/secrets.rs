//! Nobody who is treated shows up where no person should: in logs, errors, faults told as JSON, names of files, and, in an
//! encrypted practice, in the bytes of the data folder.
//!
//! What `show`, `explain`, `queue` and `claims` answer on standard output is for the people who may see it, and is left
//! out here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use claimflow_core::Person;
use claimflow_simulator::{SampleOptions, SamplePractice};
use claimflow_tests::{Folder, text};
use jiff::civil::Date;

const PROGRAM: &str = env!("CARGO_BIN_EXE_claimflow-under-test");
const TODAY: &str = "2026-10-03";

/// What tells who somebody is: names, member id, and the date of birth in the ways it is written.
fn texts(person: &Person) -> Vec<String> {
    let mut all = vec![person.name.last.to_string(), person.member_id.to_string()];
    if !person.name.first.is_empty() {
        all.push(format!("{} {}", person.name.first, person.name.last));
    }
    if let Some(born) = person.birth_date {
        all.extend(
            ["%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%d.%m.%Y", "%B %d, %Y"].map(|form| written(born, form)),
        );
    }
    all.retain(|text| text.len() > 3);
    all
}

fn written(date: Date, form: &str) -> String {
    date.strftime(form).to_string()
}

/// The sample's people, without those texts that something else is called too (a day on which somebody is treated).
fn people(sample: &SamplePractice) -> Vec<String> {
    let days: Vec<String> = sample
        .claims
        .iter()
        .filter_map(claimflow_core::Claim::service_date)
        .map(|day| day.to_string())
        .collect();
    let mut all: Vec<String> =
        sample.people().iter().flat_map(texts).filter(|text| !days.contains(text)).collect();
    all.sort();
    all.dedup();
    assert!(all.len() > 50, "there are people to look for");
    all
}

fn found<'p>(bytes: &[u8], people: &'p [String]) -> Vec<&'p String> {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    people.iter().filter(|person| text.contains(&person.to_lowercase())).collect()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).expect("a folder can be read").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

struct Run {
    folder: Folder,
    people: Vec<String>,
    sample: SamplePractice,
}

impl Run {
    fn begin() -> Self {
        let options = SampleOptions { visits: 60, clinicians: 3, ..SampleOptions::default() };
        let sample = claimflow_simulator::practice(&options).expect("a sample can be made");
        let this = Self { folder: Folder::init(PROGRAM), people: people(&sample), sample };
        for (name, text) in &this.sample.registers {
            fs::write(this.folder.path().join("registers").join(name), text)
                .expect("a register can be written");
        }
        this
    }

    /// Runs a command with everything logged; what it says to nobody in particular names nobody.
    fn quiet(&self, arguments: &[&str]) -> Output {
        let mut command = self.folder.command();
        command.args(["--clock", TODAY]).args(arguments).env("CLAIMFLOW_LOG", "debug").env("USER", "tester");
        let output = command.output().expect("the program starts");
        let exposed = found(&output.stderr, &self.people);
        assert!(exposed.is_empty(), "{arguments:?} says of {exposed:?}:\n{}", text(&output.stderr));
        output
    }

    /// [`quiet`](Self::quiet), for commands whose answer names nobody either.
    fn silent(&self, arguments: &[&str]) -> Output {
        let output = self.quiet(arguments);
        let exposed = found(&output.stdout, &self.people);
        assert!(exposed.is_empty(), "{arguments:?} answers with {exposed:?}:\n{}", text(&output.stdout));
        output
    }

    fn ingest(&self, name: &str, bytes: &[u8]) -> Output {
        let file = self.folder.file(name, bytes).display().to_string();
        self.silent(&["ingest", &file]);
        self.silent(&["--json", "ingest", &file])
    }
}

/// The same file with something wrong in it.
fn broken(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let whole = text(bytes);
    let half = bytes.get(..bytes.len() / 2).unwrap_or_default().to_vec();
    vec![
        ("cut.837", half),
        ("dates.837", whole.replace("DMG*D8*19", "DMG*D8*9919").into_bytes()),
        ("sexes.837", whole.replace("*F~", "*QUESTION~").into_bytes()),
        ("names.837", whole.replace("NM1*IL*1*", "NM1*IL*7*").into_bytes()),
        ("members.837", whole.replace("*MI*", "*ZZ*").into_bytes()),
        ("money.837", whole.replace("CLM*", "CLM*TOO*MANY*").into_bytes()),
        ("service.837", whole.replace("SV1*HC:", "SV1*:").into_bytes()),
        ("claims.json", format!("{{\"claims\": [{{\"id\": \"X\", \"note\": {:?}}}]}}", "text").into_bytes()),
        ("words.txt", b"not a file of claims".to_vec()),
    ]
}

#[test]
fn nobody_is_named_by_what_goes_wrong() {
    let run = Run::begin();
    for (name, bytes) in &run.sample.files {
        run.ingest(name, bytes);
    }
    let (_, first) = run.sample.files.first().expect("the sample has files");
    for (name, bytes) in broken(first) {
        run.ingest(name, &bytes);
    }
    // Registers with a cell that cannot be read, in each column.
    for (name, table) in &run.sample.registers {
        let path = run.folder.path().join("registers").join(name);
        fs::write(&path, table.replace("2026-", "20x6-")).expect("a register can be written");
        run.silent(&["rules", "check"]);
        run.silent(&["ingest", &run.folder.file("again.837", first).display().to_string()]);
        fs::write(&path, table).expect("a register can be written");
    }
    let ids: Vec<String> = run.sample.claims.iter().take(3).map(|claim| claim.id.to_string()).collect();
    for id in ids.iter().map(String::as_str).chain(["NONE-1"]) {
        run.quiet(&["show", id]);
        run.quiet(&["explain", id]);
        run.quiet(&["correct", id, "place_of_service=99x"]);
        run.quiet(&["correct", id, "birth_date=never"]);
        run.quiet(&["release", id, "--reason", "a trial"]);
        run.quiet(&["resolve", id]);
    }
    for arguments in
        [vec!["journal", "verify"], vec!["state", "rebuild"], vec!["report"], vec!["rules", "status"]]
    {
        run.silent(&arguments);
    }
    for path in files(&run.folder.path().join("data")) {
        let exposed = found(path.to_string_lossy().as_bytes(), &run.people);
        assert!(exposed.is_empty(), "{} is named after {exposed:?}", path.display());
    }
}

#[test]
fn the_data_of_an_encrypted_practice_hold_nobody_in_clear() {
    let run = Run::begin();
    let key = run.folder.file("practice.key", b"");
    fs::remove_file(&key).expect("the place is free");
    let key = key.display().to_string();
    assert!(run.silent(&["key", "new", &key]).status.success());
    assert!(run.silent(&["key", "encrypt", "--key-file", &key]).status.code() == Some(0));
    for (name, bytes) in &run.sample.files {
        run.ingest(name, bytes);
    }
    run.silent(&["key", "rotate"]);
    run.silent(&["state", "rebuild"]);
    let ids: Vec<String> = run.sample.claims.iter().map(|claim| claim.id.to_string()).collect();
    let data = run.folder.path().join("data");
    for path in files(&data) {
        let bytes = fs::read(&path).expect("a file can be read");
        let exposed = found(&bytes, &run.people);
        assert!(exposed.is_empty(), "{} holds {exposed:?}", path.display());
        let named = found(&bytes, &ids);
        assert!(named.is_empty(), "{} holds the numbers {named:?}", path.display());
    }
}
