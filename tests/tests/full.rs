//! A disk that fills up: nothing is lost and nothing is there by half, what is there can be looked at, and work goes on once
//! there is room.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use claimflow_runtime::check_state;
use claimflow_store::{Journal, JournalStore, Options};
use claimflow_tests::{Folder, claims_file, text};

const PROGRAM: &str = env!("CARGO_BIN_EXE_claimflow-under-test");
const CLOCK: [&str; 2] = ["--clock", "2026-10-01T09:00:00Z"];
/// More than any disk has.
const EVERYTHING: &str = "900000000GB";

fn keep_free(folder: &Folder, size: &str) {
    let path = folder.path().join("claimflow.yaml");
    let settings = fs::read_to_string(&path).expect("there are settings");
    let line = settings.lines().find(|line| line.starts_with("disk:")).expect("the template has every key");
    let changed = settings.replace(line, &format!("disk: {{ keep-free: {size} }}"));
    fs::write(path, changed).expect("a file can be written");
}

fn ingest(folder: &Folder, path: &Path) -> (Option<i32>, String) {
    let output = folder.run(&[&CLOCK[..], &["ingest", &path.to_string_lossy()]].concat());
    (output.status.code(), text(&output.stderr))
}

fn claims(folder: &Folder) -> usize {
    let listed = folder.json(&["claims", "--all"]);
    listed["claims"].as_array().map_or(0, Vec::len)
}

#[test]
fn with_too_little_room_nothing_is_taken_in_and_everything_can_be_looked_at() {
    let folder = Folder::init(PROGRAM);
    let (first, second) = (folder.file("1.837", &claims_file(3, 1)), folder.file("2.json", b"[]"));
    assert!(matches!(ingest(&folder, &first).0, Some(0 | 1)));
    keep_free(&folder, EVERYTHING);
    let (code, said) = ingest(&folder, &second);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("are kept free: nothing was taken in"), "{said}");
    assert!(said.contains("help: free some space, or lower `keep-free` in claimflow.yaml"), "{said}");
    assert_eq!(claims(&folder), 3);
    for look in [&["queue"][..], &["report"], &["show", "L0000000001"], &["journal", "verify", "--state"]] {
        let output = folder.run(look);
        assert!(output.status.success(), "{look:?}: {}", text(&output.stderr));
    }
    keep_free(&folder, "0");
    assert!(matches!(ingest(&folder, &second).0, Some(0 | 1)));
}

/// A server whose log is read as it comes.
struct Server {
    child: Child,
    log: std::sync::mpsc::Receiver<String>,
    said: String,
}

impl Server {
    fn start(folder: &Folder) -> Self {
        let mut command = folder.command();
        command.args(CLOCK).args(["serve", "--every", "20"]).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let pipe = child.stderr.take().expect("its log is read");
        let (to, log) = std::sync::mpsc::channel();
        let mut lines = BufReader::new(pipe).lines();
        std::thread::spawn(move || lines.try_for_each(|line| line.ok().and_then(|line| to.send(line).ok())));
        Self { child, log, said: String::new() }
    }

    /// Waits until it has said something; a generous deadline, since machines are slow at times.
    fn until(&mut self, words: &str) {
        let deadline = Instant::now() + Duration::from_secs(120);
        while !self.said.contains(words) {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.log.recv_timeout(left);
            self.said += &line.unwrap_or_else(|_| panic!("it never said `{words}`: {}", self.said));
            self.said.push('\n');
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _may_have_ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

#[test]
fn a_server_without_room_says_so_once_and_goes_on_by_itself() {
    let folder = Folder::init(PROGRAM);
    keep_free(&folder, EVERYTHING);
    let mut server = Server::start(&folder);
    server.until("at work");
    let inbox = folder.path().join("inbox");
    fs::write(inbox.join("claims.837"), claims_file(3, 1)).expect("a file can be written");
    server.until("are kept free");
    assert_eq!(claims(&folder), 0, "the server answers");
    assert!(inbox.join("claims.837").exists(), "the file stays");
    keep_free(&folder, "0");
    server.until("there is room on the disk again");
    let told = server.said.matches("are kept free").count();
    assert_eq!(told, 1, "{}", server.said);
    server.until("moved to");
    assert_eq!(claims(&folder), 3);
}

/// A small file system of its own, where this user may mount one.
struct Small(PathBuf);

impl Small {
    fn mount(at: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(at).ok()?;
        let options = format!("size={size}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(at.to_owned()))
    }

    fn grow(&self, size: &str) {
        let options = format!("remount,size={size}");
        let grown = Command::new("mount").args(["-o", &options]).arg(&self.0).status();
        assert!(grown.is_ok_and(|status| status.success()), "it can be made larger");
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg(&self.0).status();
    }
}

/// No reserve is kept, and the disk is truly full: the journal and sled both meet the end of it.
#[test]
fn a_disk_that_is_truly_full_loses_nothing() {
    let folder = Folder::init(PROGRAM);
    keep_free(&folder, "0");
    let data = folder.path().join("data");
    let Some(small) = Small::mount(&data, "3m") else {
        println!("skipped: this user may not mount a small file system");
        return;
    };
    let mut taken = 0;
    let mut refused = 0;
    for number in 1..60_u64 {
        let file = folder.file(&format!("{number}.837"), &own_claims(40, number));
        match ingest(&folder, &file) {
            (Some(0 | 1), _) => taken += 40,
            (code, said) => {
                assert_eq!(code, Some(3), "{said}");
                assert!(said.contains("no room on the disk"), "{said}");
                refused += 1;
                if refused == 3 {
                    break;
                }
            }
        }
    }
    assert!(taken > 0 && refused == 3, "the disk is small enough to be full: {taken} taken in");
    Journal::verify_folder(&data).expect("the journal is whole");
    small.grow("64m");
    let looked = folder.run(&["claims"]);
    if !looked.status.success() {
        // sled does not bear a full disk; the journal does, and says what the state was.
        assert!(
            text(&looked.stderr).contains("`claimflow state rebuild` makes it anew"),
            "{}",
            text(&looked.stderr)
        );
        assert!(folder.run(&["state", "rebuild"]).status.success());
    }
    assert!(claims(&folder) >= taken, "what was acknowledged is there");
    for number in 1..60_u64 {
        let path = folder.path().join(format!("../{number}.837"));
        if path.exists() {
            assert!(matches!(ingest(&folder, &path).0, Some(0 | 1)), "file {number} is taken in now");
        }
    }
    assert!(claims(&folder) >= taken, "what was acknowledged is there");
    let store = JournalStore::open(&data, Options::default()).expect("it opens");
    assert_eq!(check_state(&store).expect("both can be read").differences, []);
}

/// Claims with numbers that no other file has.
fn own_claims(count: usize, number: u64) -> Vec<u8> {
    let text = String::from_utf8(claims_file(count, number)).expect("X12 is text");
    text.replace("CLM*L", &format!("CLM*F{number}L")).into_bytes()
}
