//! Backups, made and put back.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use claimflow_runtime::store::Position;

use super::*;
use crate::crypt::{Keyring, Master};
use crate::{Journal, JournalOptions, SystemDisk, cut_journal};

/// A practice folder with a journal of small segments.
struct Practice {
    folder: tempfile::TempDir,
    keyring: Option<Arc<Keyring>>,
}

impl Practice {
    fn new(encrypted: bool) -> Self {
        let keyring = encrypted.then(|| Arc::new(Keyring::random().unwrap()));
        Self { folder: tempfile::tempdir().unwrap(), keyring }
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn journal(&self) -> Journal {
        let options = JournalOptions {
            segment_bytes: 4 << 10,
            keyring: self.keyring.clone(),
            ..JournalOptions::default()
        };
        Journal::open(&self.root().join("data"), options, Arc::new(SystemDisk)).unwrap()
    }

    fn back_up(&self, repository: &Repository, files: &[&str]) -> Taken {
        let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
        let source = Source {
            root: self.root(),
            data: Path::new("data"),
            files: &files,
            at: "2026-11-24T08:00:00Z",
            program: "0.0.0",
        };
        repository.take(&source).unwrap()
    }

    /// The records of a restored run, once its chain is checked.
    fn restored(&self, repository: &Repository, run: &Run, into: &Path) -> Vec<Vec<u8>> {
        repository.restore(run, into, Path::new("data"), &|_| (), &|_| Ok(())).unwrap();
        let data = into.join("data");
        let report = Journal::verify_folder_on(&data, &SystemDisk, self.keyring.clone()).unwrap();
        assert_eq!(report.head, run.journal.link);
        self.records(&data)
    }

    fn records(&self, data: &Path) -> Vec<Vec<u8>> {
        let options = JournalOptions { keyring: self.keyring.clone(), ..JournalOptions::default() };
        let journal = Journal::open(data, options, Arc::new(SystemDisk)).unwrap();
        let mut records = Vec::new();
        let mut each = |_: Position, record: &[u8]| {
            records.push(record.to_vec());
            ControlFlow::Continue(())
        };
        journal.replay(Position::default(), &mut each).unwrap();
        records
    }
}

fn record(number: u64) -> Vec<u8> {
    let mut bytes = number.to_le_bytes().to_vec();
    bytes.extend((0..300).map(|place: u64| (place * 7 + number * 13) as u8));
    bytes
}

fn number(record: &[u8]) -> u64 {
    record.first_chunk().copied().map_or(0, u64::from_le_bytes)
}

fn repository(folder: &Path, key: Option<&Master>) -> Repository {
    Repository::open_or_begin(folder, key).unwrap()
}

fn seal_all(journal: &Journal) {
    journal.close_segment().unwrap();
    journal.seal(&mut || ControlFlow::Continue(())).unwrap();
}

#[test]
fn every_run_comes_back_as_the_practice_was() {
    for encrypted in [false, true] {
        let practice = Practice::new(encrypted);
        let place = tempfile::tempdir().unwrap();
        let key = Master::random().unwrap();
        let repository = repository(&place.path().join("backup"), encrypted.then_some(&key));
        let journal = practice.journal();
        fs::write(practice.root().join("claimflow.yaml"), "name: One\n").unwrap();
        let mut runs = Vec::new();
        for round in 0..5_u64 {
            for batch in 0..6 {
                let from = round * 60 + batch * 10;
                journal.append(&(from..from + 10).map(record).collect::<Vec<_>>()).unwrap();
            }
            if round == 2 {
                fs::write(practice.root().join("claimflow.yaml"), "name: Two\n").unwrap();
                seal_all(&journal);
            }
            runs.push(practice.back_up(&repository, &["claimflow.yaml", "gone.yaml"]).run);
        }
        drop(journal);
        for (round, run) in runs.iter().enumerate() {
            let into = place.path().join(format!("restored-{round}"));
            let expected: Vec<_> = (0..(round as u64 + 1) * 60).map(record).collect();
            assert!(practice.restored(&repository, run, &into) == expected, "run {}", run.number);
            let name = if round < 2 { "name: One\n" } else { "name: Two\n" };
            assert_eq!(fs::read_to_string(into.join("claimflow.yaml")).unwrap(), name);
        }
        assert_eq!(repository.check(&|_| ()).unwrap().whole, [1, 2, 3, 4, 5]);
    }
}

#[test]
fn a_run_takes_little_more_than_what_is_new() {
    let practice = Practice::new(true);
    let place = tempfile::tempdir().unwrap();
    let repository = repository(place.path(), None);
    let journal = practice.journal();
    for from in (0..2_000).step_by(10) {
        journal.append(&(from..from + 10).map(record).collect::<Vec<_>>()).unwrap();
    }
    let first = practice.back_up(&repository, &[]);
    let again = practice.back_up(&repository, &[]);
    journal.append(&[record(1)]).unwrap();
    let more = practice.back_up(&repository, &[]);
    assert!(first.stored > 600_000, "{}", first.stored);
    assert_eq!(again.stored, 0, "nothing is new");
    assert!(more.stored < 10_000, "{}", more.stored);
    assert_eq!(more.run.number, 3);
}

#[test]
fn a_run_made_while_the_journal_grows_and_is_sealed_holds_what_was_acknowledged() {
    let practice = Practice::new(false);
    let place = tempfile::tempdir().unwrap();
    let repository = repository(&place.path().join("backup"), None);
    let journal = practice.journal();
    journal.append(&[record(0)]).unwrap();
    let (acknowledged, enough) = (AtomicU64::new(1), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1.. {
                journal.append(&[record(number)]).unwrap();
                acknowledged.store(number + 1, Ordering::SeqCst);
                if number % 64 == 0 {
                    journal.seal(&mut || ControlFlow::Continue(())).unwrap();
                }
                if enough.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        for round in 0..8 {
            let before = acknowledged.load(Ordering::SeqCst) as usize;
            let run = practice.back_up(&repository, &[]).run;
            let into = place.path().join(format!("restored-{round}"));
            let records = practice.restored(&repository, &run, &into);
            assert!(records.len() >= before, "{} of {before}", records.len());
            assert!(records.iter().enumerate().all(|(place, record)| number(record) == place as u64));
        }
        enough.store(true, Ordering::SeqCst);
    });
}

#[test]
fn a_restored_journal_can_be_cut_at_any_batch_and_goes_on_from_there() {
    for encrypted in [false, true] {
        let practice = Practice::new(encrypted);
        let place = tempfile::tempdir().unwrap();
        let repository = repository(&place.path().join("backup"), None);
        let journal = practice.journal();
        for from in (0..120).step_by(5) {
            journal.append(&(from..from + 5).map(record).collect::<Vec<_>>()).unwrap();
            if from == 60 {
                seal_all(&journal);
            }
        }
        let run = practice.back_up(&repository, &[]).run;
        drop(journal);
        for last in (0..120).step_by(9).chain([500]) {
            let into = place.path().join(format!("cut-{last}"));
            repository.restore(&run, &into, Path::new("data"), &|_| (), &|_| Ok(())).unwrap();
            let data = into.join("data");
            let mut beyond = |_: Position, record: &[u8]| number(record) > last;
            let cut = cut_journal(&data, practice.keyring.clone(), &mut beyond).unwrap();
            assert_eq!(cut.is_none(), last >= 119);
            // Batches of five are kept whole or not at all.
            let kept = if last >= 119 { 120 } else { (last + 1) / 5 * 5 };
            Journal::verify_folder_on(&data, &SystemDisk, practice.keyring.clone()).unwrap();
            let expected: Vec<_> = (0..kept).map(record).collect();
            assert!(practice.records(&data) == expected, "encrypted {encrypted}, cut after {last}");
            let options = JournalOptions { keyring: practice.keyring.clone(), ..JournalOptions::default() };
            let journal = Journal::open(&data, options, Arc::new(SystemDisk)).unwrap();
            journal.append(&[record(999)]).unwrap();
            journal.verify().unwrap();
        }
    }
}

#[test]
fn damage_is_found_and_costs_only_the_runs_that_need_it() {
    let practice = Practice::new(false);
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("backup");
    let repository = repository(&folder, None);
    let journal = practice.journal();
    journal.append(&[record(0)]).unwrap();
    fs::write(practice.root().join("a.csv"), "first").unwrap();
    practice.back_up(&repository, &["a.csv"]);
    fs::write(practice.root().join("a.csv"), "the second").unwrap();
    let second = practice.back_up(&repository, &["a.csv"]).run;
    let name = &second.files[0].pieces[0];
    let path = folder.join("pieces").join(&name[..2]).join(name);
    let whole = fs::read(&path).unwrap();
    for (place, bit) in (0..whole.len()).flat_map(|place| [0, 5].map(|bit| (place, bit))) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << bit;
        fs::write(&path, bytes).unwrap();
        let checked = repository.check(&|_| ()).unwrap();
        // A bit that unpacking does not look at leaves the piece as it was.
        let harmless = repository.piece(name).is_ok_and(|piece| piece == b"the second");
        assert_eq!(checked.whole == [1], !harmless, "byte {place}, bit {bit}");
    }
    let into = place.path().join("restored");
    fs::remove_file(&path).unwrap();
    assert!(repository.restore(&second, &into, Path::new("data"), &|_| (), &|_| Ok(())).is_err());
    assert!(!into.exists(), "a restore that fails leaves nothing under the name");
    let again = practice.back_up(&repository, &["a.csv"]);
    assert!(again.stored > 0, "what is missing is taken again");
    assert_eq!(repository.check(&|_| ()).unwrap().whole, [1, 2, 3]);
}

#[test]
fn an_encrypted_backup_shows_nothing_and_wants_its_key() {
    let practice = Practice::new(false);
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("backup");
    let key = Master::random().unwrap();
    let repository = repository(&folder, Some(&key));
    practice.journal().append(&[b"MEMBER W000111222".to_vec()]).unwrap();
    fs::write(practice.root().join("coverage.csv"), "MEMBER W000111222").unwrap();
    practice.back_up(&repository, &["coverage.csv"]);
    for file in all_files(&folder) {
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(9).any(|part| part == b"W00011122"), "{}", file.display());
        assert!(!bytes.windows(8).any(|part| part == b"coverage"), "{}", file.display());
    }
    let refused = |key: Option<&Master>| match Repository::open(&folder, key) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    assert!(refused(None).contains("is encrypted"), "{}", refused(None));
    let other = Master::random().unwrap();
    assert!(refused(Some(&other)).contains("not the key"), "{}", refused(Some(&other)));
    assert_eq!(refused(Some(&key)), "");
}

#[test]
fn only_empty_folders_are_begun_and_restored_into() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("letter.txt"), "dear").unwrap();
    assert!(matches!(Repository::open_or_begin(place.path(), None), Err(BackupError::NotEmpty { .. })));
    assert!(matches!(Repository::open(place.path(), None), Err(BackupError::NoBackup { .. })));
    let practice = Practice::new(false);
    let repository = repository(&place.path().join("backup"), None);
    let source =
        Source { root: practice.root(), data: Path::new("data"), files: &[], at: "now", program: "0" };
    assert!(matches!(repository.take(&source), Err(BackupError::NoJournal { .. })));
    practice.journal().append(&[record(1)]).unwrap();
    let run = practice.back_up(&repository, &[]).run;
    let into = repository.restore(&run, place.path(), Path::new("data"), &|_| (), &|_| Ok(()));
    assert!(matches!(into, Err(BackupError::NotEmpty { .. })));
    assert!(repository.run(7).is_err_and(|error| error.to_string().contains("it has 1 to 1")));
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(all_files(&path)) } else { found.push(path) }
    }
    found
}
