//! A practice is backed up while it is at work, and put back as it was at a run or at a moment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use claimflow_simulator::load;
use claimflow_tests::{Folder, file_of, text};
use claimflow_x12::read;

const PROGRAM: &str = env!("CARGO_BIN_EXE_claimflow-under-test");

fn run(arguments: &[&str]) -> String {
    let output = Command::new(PROGRAM).args(arguments).output().expect("the program starts");
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// Every claim of a practice as the program lists it.
fn claims(practice: &Path) -> BTreeMap<String, String> {
    let listed = run(&["--practice", &practice.to_string_lossy(), "claims", "--all", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("an answer");
    let all = listed["claims"].as_array().cloned().unwrap_or_default();
    all.iter().map(|claim| (claim["id"].to_string(), claim.to_string())).collect()
}

/// Files of ten claims each, none of which is in two of them.
fn files(folder: &Folder, count: u32) -> Vec<PathBuf> {
    let mut all = load(10 * count as usize, 11);
    (1..=count)
        .map(|control| {
            let claims: Vec<_> = all.by_ref().take(10).collect();
            folder.file(&format!("claims-{control}.837"), &file_of(&claims, control))
        })
        .collect()
}

fn ingest(folder: &Folder, file: &Path, clock: &str) {
    let done = folder.run(&["--clock", clock, "ingest", &file.to_string_lossy()]);
    assert!(matches!(done.status.code(), Some(0 | 1)), "{}", text(&done.stderr));
}

fn beside(folder: &Folder, name: &str) -> PathBuf {
    folder.path().with_file_name(name)
}

#[test]
fn a_practice_comes_back_with_every_claim_plain_or_encrypted() {
    for encrypted in [false, true] {
        let folder = Folder::init(PROGRAM);
        if encrypted {
            folder.encrypt();
        }
        let (backup, restored) = (beside(&folder, "backup"), beside(&folder, "restored"));
        for file in files(&folder, 2) {
            ingest(&folder, &file, "2026-10-05T09:00:00Z");
            let said = folder.json(&["backup", &backup.to_string_lossy()]);
            assert_eq!(said["encrypted"], encrypted, "an encrypted practice is never backed up in clear");
        }
        let mut arguments = vec!["restore".to_owned(), path(&backup), path(&restored)];
        if encrypted {
            arguments.extend(["--key-file".to_owned(), path(&beside(&folder, "practice.key"))]);
        }
        run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(claims(&restored), claims(&folder.path()));
        assert!(!run(&["--practice", &path(&restored), "outbox", "status"]).contains("Sending is held"));
        run(&["--practice", &path(&restored), "journal", "verify", "--state"]);
        // It goes on from there.
        let last = files(&folder, 3).pop().expect("a third file");
        let taken = run(&["--practice", &path(&restored), "ingest", "--json", &last.to_string_lossy()]);
        assert!(taken.contains("\"duplicate\": false"), "{taken}");
        assert_eq!(claims(&restored).len(), 30);
        // With `--hold`, what comes waits.
        let holding = beside(&folder, "holding");
        arguments[2] = path(&holding);
        arguments.push("--hold".to_owned());
        run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        run(&["--practice", &path(&holding), "ingest", "--json", &path(&last)]);
        let status = run(&["--practice", &path(&holding), "outbox", "status"]);
        assert!(status.starts_with("Sending is held"), "{status}");
        let released =
            run(&["--practice", &path(&holding), "outbox", "release", "--reason", "a trial", "--json"]);
        assert!(released.contains(".837"), "{released}");
    }
}

fn path(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[test]
fn a_practice_comes_back_as_it_was_at_a_moment() {
    let folder = Folder::init(PROGRAM);
    let (backup, restored) = (beside(&folder, "backup"), beside(&folder, "restored"));
    let files = files(&folder, 3);
    let mut then = BTreeMap::new();
    for (day, file) in (5..).zip(&files) {
        ingest(&folder, file, &format!("2026-10-0{day}T09:00:00Z"));
        if day == 6 {
            then = claims(&folder.path());
        }
    }
    run(&["--practice", &path(&folder.path()), "--clock", "2026-10-08", "backup", &path(&backup)]);
    let said = run(&["restore", &path(&backup), &path(&restored), "--at", "2026-10-06T12:00:00Z", "--json"]);
    assert_eq!(claims(&restored), then);
    assert_eq!(then.len(), 20);

    // What went out later is not in the outbox, where it would be taken for what goes out next.
    let said: serde_json::Value = serde_json::from_str(&said).expect("an answer");
    let later: Vec<String> = said["left_out"]["sent"].as_array().into_iter().flatten().map(words).collect();
    assert!(!later.is_empty());
    for file in &later {
        assert!(!restored.join("outbox").join(file).exists(), "{file}");
        assert!(restored.join("outbox-after-restore").join(file).exists(), "{file}");
    }
    // Given again, the third day is there once more, and does not go out once more.
    let practice = path(&restored);
    let held = |arguments: &[&str]| {
        let arguments = [&["--practice", &practice, "--clock", "2026-10-07T09:00:00Z"], arguments].concat();
        Command::new(PROGRAM).args(&arguments).output().expect("the program starts")
    };
    let outbox = |root: &Path| {
        let files = std::fs::read_dir(root.join("outbox")).expect("an outbox");
        files
            .map(|own| own.expect("an entry").file_name().into_string().expect("a name"))
            .collect::<BTreeSet<_>>()
    };
    let before = outbox(&restored);
    let release = ["outbox", "release", "--reason", "looked"];
    let refused = || {
        let refused = held(&release);
        assert_eq!(refused.status.code(), Some(3));
        assert!(text(&refused.stderr).contains("gone out already"), "{}", text(&refused.stderr));
    };
    refused();
    let taken = held(&["ingest", &path(&files[2])]);
    assert!(
        text(&taken.stderr).contains("nothing goes out until somebody has looked"),
        "{}",
        text(&taken.stderr)
    );
    assert_eq!(outbox(&restored), before);
    refused();
    let status = held(&["outbox", "status", "--json"]);
    let status: serde_json::Value = serde_json::from_str(&text(&status.stdout)).expect("an answer");
    let went: u64 =
        status["files"].as_array().into_iter().flatten().filter_map(|own| own["unknown"].as_u64()).sum();
    assert_eq!(status["waiting"].as_array().map(Vec::len), Some(went as usize), "{status}");
    assert_eq!(status["held"]["as_of"], "2026-10-06T12:00:00Z");
    assert_eq!(status["held"]["beyond"], false);
    let aside = std::fs::metadata(restored.join("outbox-after-restore")).expect("a folder");
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&aside.permissions()) & 0o777, 0o700);

    // Which files went out is told; then all is as it was, and nothing was sent twice.
    let aside: Vec<String> =
        later.iter().map(|file| path(&restored.join("outbox-after-restore").join(file))).collect();
    let sent: Vec<&str> = ["outbox", "sent"].into_iter().chain(aside.iter().map(String::as_str)).collect();
    for _ in 0..2 {
        let told = held(&sent);
        assert!(told.status.success(), "{}", text(&told.stderr));
    }
    let released = held(&[&release[..], &["--json"]].concat());
    assert!(
        text(&released.stdout).contains("\"written\": []"),
        "{}{}",
        text(&released.stdout),
        text(&released.stderr)
    );
    assert_eq!(outbox(&restored), before);
    assert_eq!(claims(&restored), claims(&folder.path()));
    run(&["--practice", &path(&restored), "journal", "verify", "--state"]);

    // What comes now goes out, under the next number.
    let fourth = self::files(&folder, 4).pop().expect("a fourth file");
    let taken = held(&["ingest", &path(&fourth)]);
    assert!(!text(&taken.stderr).contains("warning"), "{}", text(&taken.stderr));
    let new: Vec<String> = outbox(&restored).difference(&before).cloned().collect();
    assert!(!new.is_empty() && new.iter().all(|file| !later.contains(file)), "{new:?} {later:?}");
}

fn program(practice: &Path, arguments: &[&str]) -> std::process::Output {
    let practice = path(practice);
    let arguments = [&["--practice", &practice, "--clock", "2026-10-07T09:00:00Z"], arguments].concat();
    Command::new(PROGRAM).args(&arguments).output().expect("the program starts")
}

fn json(output: &std::process::Output) -> serde_json::Value {
    serde_json::from_str(&text(&output.stdout)).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
}

/// Files of others, cut ones, and ones with numbers that nothing could follow say nothing of what went out.
#[test]
fn only_a_whole_file_of_the_practices_own_tells_what_went_out() {
    let folder = Folder::init(PROGRAM);
    let files = files(&folder, 1);
    ingest(&folder, &files[0], "2026-10-05T09:00:00Z");
    let (_, bytes) = folder.outbox().into_iter().next().expect("a file went out");
    let number = text(&bytes).split('*').nth(13).expect("a control number").to_owned();
    let strange = text(&bytes).replace(&number, "999999999").into_bytes();
    let refused = |file: &Path, why: &str| {
        let output = program(&folder.path(), &["outbox", "sent", &path(file)]);
        assert_eq!(output.status.code(), Some(3), "{why}");
        assert!(text(&output.stderr).contains(why), "{}", text(&output.stderr));
    };
    refused(&files[0], "was not sent by this practice");
    refused(&folder.file("cut.837", &bytes[..bytes.len() / 2]), "is not whole");
    refused(&folder.file("strange.837", &strange), "999999999");
    refused(&folder.file("empty.837", b""), "");
    let whole = program(&folder.path(), &["outbox", "sent", &path(&folder.file("own.837", &bytes))]);
    assert!(whole.status.success(), "{}", text(&whole.stderr));
}

/// Work went on after the last run: what went out then is in no journal that is restored.
#[test]
fn a_moment_after_the_last_run_holds_sending_too() {
    let folder = Folder::init(PROGRAM);
    let (backup, restored) = (beside(&folder, "backup"), beside(&folder, "restored"));
    let files = files(&folder, 2);
    ingest(&folder, &files[0], "2026-10-05T09:00:00Z");
    folder.json(&["--clock", "2026-10-06T02:00:00Z", "backup", &path(&backup)]);
    ingest(&folder, &files[1], "2026-10-06T09:00:00Z");
    let said = run(&["restore", &path(&backup), &path(&restored), "--at", "2026-10-06T14:00:00Z"]);
    assert!(said.contains("sending is held"), "{said}");
    program(&restored, &["ingest", &path(&files[1])]);
    let status = json(&program(&restored, &["outbox", "status", "--json"]));
    assert_eq!(status["held"]["as_of"], "2026-10-06T02:00:00Z");
    assert_eq!((&status["held"]["unfinished"], &status["held"]["beyond"]), (&false.into(), &true.into()));
    let shown = text(&program(&restored, &["outbox", "status"]).stdout);
    assert!(shown.contains("after the backup was made"), "{shown}");
    assert!(status["waiting"].as_array().is_some_and(|all| !all.is_empty()), "{status}");
    // The old practice's outbox says what went out since, and it does not go out again.
    let sent: Vec<String> =
        folder.outbox().into_iter().map(|(name, _)| path(&folder.path().join("outbox").join(name))).collect();
    let sent: Vec<&str> = ["outbox", "sent"].into_iter().chain(sent.iter().map(String::as_str)).collect();
    program(&restored, &sent);
    let released = program(&restored, &["outbox", "release", "--reason", "compared", "--json"]);
    assert_eq!(json(&released)["written"], serde_json::json!([]));
}

/// The clearinghouse's program takes files out of the outbox: those of the cut days are in no folder any more.
#[test]
fn files_that_were_taken_away_before_the_backup_are_known_to_have_gone_out() {
    let folder = Folder::init(PROGRAM);
    let (backup, restored) = (beside(&folder, "backup"), beside(&folder, "restored"));
    let files = files(&folder, 3);
    ingest(&folder, &files[0], "2026-10-05T09:00:00Z");
    let first = folder.outbox();
    ingest(&folder, &files[1], "2026-10-07T09:00:00Z");
    let taken: Vec<(String, Vec<u8>)> =
        folder.outbox().into_iter().filter(|file| !first.contains(file)).collect();
    for (name, _) in &taken {
        std::fs::remove_file(folder.path().join("outbox").join(name)).expect("it can be taken away");
    }
    folder.json(&["--clock", "2026-10-08", "backup", &path(&backup)]);
    let at = ["--at", "2026-10-06T12:00:00Z"];
    let said = run(&[&["restore", &path(&backup), &path(&restored)], &at[..]].concat());
    assert!(said.contains("not here") && !said.contains("outbox-after-restore"), "{said}");

    // The same day again would have the same names; nothing may go out before somebody has looked.
    program(&restored, &["ingest", &path(&files[1])]);
    let release = ["outbox", "release", "--json", "--reason", "looked"];
    let refused = program(&restored, &release);
    assert_eq!(refused.status.code(), Some(3));
    assert!(text(&refused.stderr).contains("not here; ask the clearinghouse"), "{}", text(&refused.stderr));
    let status = json(&program(&restored, &["outbox", "status", "--json"]));
    let listed: Vec<String> =
        status["files"].as_array().into_iter().flatten().map(|own| words(&own["file"])).collect();
    assert_eq!(listed, taken.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>());
    assert!(status["files"][0]["waiting"].is_null() && status["files"][0]["here"] == false, "{status}");
    let shown = text(&program(&restored, &["outbox", "status"]).stdout);
    assert!(shown.contains("not here; ask the clearinghouse"), "{shown}");

    // Its files given back are told, and nothing goes out twice.
    let told = beside(&folder, "told");
    run(&[&["restore", &path(&backup), &path(&told)], &at[..]].concat());
    program(&told, &["ingest", &path(&files[1])]);
    for (name, bytes) in &taken {
        let file = folder.file(name, bytes);
        assert!(program(&told, &["outbox", "sent", &path(&file)]).status.success());
    }
    assert_eq!(json(&program(&told, &release))["written"], serde_json::json!([]));

    // Where nobody has them they go out again, under names and numbers of their own.
    let released = json(&program(&restored, &[&release[..], &["--again"]].concat()));
    let written: Vec<String> = released["written"].as_array().into_iter().flatten().map(words).collect();
    assert_eq!(written.len(), taken.len());
    let control = |name: &str| name.rsplit('-').next().unwrap_or_default().to_owned();
    let given: BTreeSet<String> = taken.iter().map(|(name, _)| control(name)).collect();
    assert!(written.iter().all(|name| !given.contains(&control(name))), "{written:?} {given:?}");
}

/// What is cut off before the moment is cut sends nothing either, and says so.
#[test]
fn a_restore_to_a_moment_that_fails_leaves_a_practice_that_sends_nothing() {
    let folder = Folder::init(PROGRAM);
    let key = folder.encrypt();
    let (backup, restored) = (beside(&folder, "backup"), beside(&folder, "restored"));
    ingest(&folder, &files(&folder, 1)[0], "2026-10-05T09:00:00Z");
    folder.json(&["--clock", "2026-10-08", "backup", "--plain", &path(&backup)]);
    let elsewhere = beside(&folder, "elsewhere.key");
    std::fs::rename(&key, &elsewhere).expect("the key can be moved");
    let at = ["restore", &path(&backup), &path(&restored), "--at", "2026-10-04T00:00:00Z"];
    let failed = Command::new(PROGRAM).args(at).output().expect("the program starts");
    assert_eq!(failed.status.code(), Some(3));
    assert!(text(&failed.stderr).contains("restore it again"), "{}", text(&failed.stderr));
    assert!(!text(&failed.stderr).contains("state rebuild"), "{}", text(&failed.stderr));

    // With the key it can be made usable all the same: what was to be cut is still in it.
    std::fs::rename(&elsewhere, &key).expect("and back");
    program(&restored, &["state", "rebuild"]);
    let status = json(&program(&restored, &["outbox", "status", "--json"]));
    assert_eq!(status["held"]["unfinished"], true);
    let refused = program(&restored, &["outbox", "release", "--again", "--reason", "looked"]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(text(&refused.stderr).contains("delete the folder"), "{}", text(&refused.stderr));
    std::fs::remove_dir_all(&restored).expect("it can be deleted");
    run(&at);
    assert!(claims(&restored).is_empty());
}

fn words(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Runs are made while `serve` takes files in: each holds whole files only, and at least those that had been taken in.
#[test]
fn runs_made_while_the_practice_is_at_work_hold_what_was_taken_in() {
    let folder = Folder::init(PROGRAM);
    let backup = beside(&folder, "backup");
    let mut serve = folder
        .command()
        .args(["--clock", "2026-10-05T09:00:00Z", "serve"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let done = folder.path().join("inbox/done");
    let taken_in = || std::fs::read_dir(&done).map_or(0, Iterator::count);
    let mut least = Vec::new();
    for (number, file) in files(&folder, 5).iter().enumerate() {
        let bytes = std::fs::read(file).expect("a file can be read");
        let inbox = folder.path().join("inbox");
        std::fs::write(inbox.join("coming.part"), bytes).expect("a file can be written");
        std::fs::rename(inbox.join("coming.part"), inbox.join(format!("{number}.837"))).expect("and renamed");
        let start = Instant::now();
        // The journal begins with the first file; later runs are made while one is on its way.
        while taken_in() < number.max(1) {
            assert!(start.elapsed() < Duration::from_secs(120), "serve takes nothing in");
            std::thread::sleep(Duration::from_millis(5));
        }
        least.push(taken_in());
        run(&["--practice", &path(&folder.path()), "backup", &path(&backup)]);
    }
    let _ended = serve.kill();
    serve.wait().expect("it has ended");
    for (place, least) in least.iter().enumerate() {
        let restored = beside(&folder, &format!("restored-{place}"));
        let number = (place + 1).to_string();
        run(&["restore", &path(&backup), &path(&restored), "--run", &number]);
        run(&["--practice", &path(&restored), "journal", "verify", "--state"]);
        assert!(claims(&restored).len() >= least * 10, "run {number}");
        let mut sent: BTreeMap<String, u32> = BTreeMap::new();
        for entry in std::fs::read_dir(restored.join("outbox")).expect("an outbox") {
            let file = entry.expect("an entry").path();
            if file.is_file() {
                let bytes = std::fs::read(&file).expect("a file");
                for claim in read(&bytes).transactions.iter().flat_map(claimflow_x12::Transaction::claims) {
                    *sent.entry(claim.claim.id.to_string()).or_default() += 1;
                }
            }
        }
        assert!(sent.values().all(|times| *times == 1), "run {number}: a claim is in the outbox twice");
    }
}
