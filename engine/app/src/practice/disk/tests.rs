//! What is read of a folder, and what is not read again.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::*;

fn practice() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(SETTINGS_PATH), "practice: A\n").unwrap();
    folder
}

#[test]
fn what_stands_in_the_folder_is_what_runs() {
    let folder = practice();
    let shipped = Folder::read(folder.path()).unwrap();
    assert!(shipped.text("payers/aetna/pack.yaml").is_some());
    fs::create_dir_all(folder.path().join("payers/own/rules")).unwrap();
    fs::write(folder.path().join("payers/own/pack.yaml"), "name: own\n").unwrap();
    fs::write(folder.path().join("payers/own/rules/.#a.rhai"), "an editor's own").unwrap();
    fs::write(folder.path().join("payers/own/rules/a.rhai~"), "an editor's own").unwrap();
    let own = Folder::read(folder.path()).unwrap();
    assert!(own.text("payers/aetna/pack.yaml").is_none());
    assert!(own.text("payers/own/pack.yaml").is_some());
    assert!(own.text("workflows/professional-claim/v1.yaml").is_some());
    assert!(!own.sources.iter().any(|file| file.text.contains("editor")));
}

#[test]
fn what_has_not_changed_is_not_read_again() {
    let folder = practice();
    let tables = folder.path().join("payers/own/tables");
    fs::create_dir_all(&tables).unwrap();
    let write = |name: &str, text: &str, age: u64| {
        let path = tables.join(name);
        fs::write(&path, text).unwrap();
        let changed = SystemTime::now() - Duration::from_secs(age);
        fs::File::options().write(true).open(&path).unwrap().set_modified(changed).unwrap();
    };
    let large = format!("code,note\n{}", "90837,a note\n".repeat(100_000));
    write("old.csv", "code\n90837\n", 100);
    write("fresh.csv", "code\n90837\n", 0);
    write("large.csv", &large, 100);
    let file = |read: &Folder, name: &str| {
        read.sources.iter().find(|file| file.path.ends_with(name)).cloned().unwrap()
    };
    let first = Folder::read(folder.path()).unwrap();
    assert!(file(&first, "large.csv").is_bulk() && !file(&first, "old.csv").is_bulk());
    write("changed.csv", "code\n", 0);
    let second = first.read_again().unwrap();
    let shared = |name: &str| Arc::ptr_eq(&file(&first, name).text, &file(&second, name).text);
    assert!(shared("old.csv") && !shared("fresh.csv"));
    assert_eq!(file(&first, "large.csv"), file(&second, "large.csv"));
    assert_eq!(second.sources.len(), first.sources.len() + 1);
    fs::remove_file(tables.join("old.csv")).unwrap();
    assert!(second.read_again().unwrap().text("payers/own/tables/old.csv").is_none());
    let mut cache = claimflow_catalog::Cache::new();
    let pack = "name: own\nversion: 1.0.0\nlayer: practice\n";
    fs::write(folder.path().join("payers/own/pack.yaml"), pack).unwrap();
    for folder in [second.read_again().unwrap(), second.read_again().unwrap()] {
        claimflow_catalog::load_with(
            &folder.sources,
            &claimflow_catalog::PracticeSettings::default(),
            &mut cache,
        );
    }
    // And the table of the plugin that ships.
    assert_eq!(cache.reads(), 4, "large, fresh and changed, once each, and none of them again");
}

#[test]
fn a_file_that_is_no_text_is_told_with_its_line() {
    let folder = practice();
    fs::create_dir(folder.path().join("registers")).unwrap();
    fs::write(folder.path().join("registers/visits.csv"), b"claim_id\nC1\nC\xff2\n").unwrap();
    fs::write(folder.path().join("routing.csv"), b"\xef\xbb\xbfcategory,owner,due\n").unwrap();
    let read = Folder::read(folder.path()).unwrap();
    let fault = read.faults.first().unwrap();
    assert_eq!((fault.path.as_str(), fault.line), ("registers/visits.csv", 3));
    assert!(read.text("routing.csv").unwrap().starts_with("category"), "without its byte order mark");
}

#[test]
fn a_folder_of_packs_can_be_checked_but_not_run() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("payers")).unwrap();
    assert!(Folder::read_content(folder.path()).is_ok());
    assert!(Folder::read(folder.path()).unwrap_err().message.contains("is not a practice folder"));
    assert!(
        Folder::read_content(&folder.path().join("none")).unwrap_err().message.contains("there is no folder")
    );
}

#[test]
fn a_spreadsheet_of_a_pack_is_read_and_a_broken_one_told() {
    let folder = practice();
    let decisions = folder.path().join("payers/own/decisions");
    fs::create_dir_all(&decisions).unwrap();
    fs::write(decisions.join("a.xlsx"), b"no spreadsheet").unwrap();
    fs::write(folder.path().join("routing.xlsx"), b"no spreadsheet").unwrap();
    fs::write(folder.path().join("payers/own/notes.xlsx"), b"somebody's own").unwrap();
    let read = Folder::read(folder.path()).unwrap();
    let faults: Vec<_> = read.faults.iter().map(|own| (own.path.as_str(), own.code.as_str())).collect();
    assert_eq!(faults, [("routing.xlsx", "D013"), ("payers/own/decisions/a.xlsx", "D013")]);
}
