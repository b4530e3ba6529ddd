//! From a saved file to live rules: how long it takes with 100, 1,000, 5,000 and 10,000 rules, and what claims see of it.
//!
//! `cargo bench -p claimflow-tests --bench reload`
//!
//! "Saved to live" is from the moment a file is written until the engine goes by it, with the 40 ms in which files must
//! stand still. "Wait" is the longest that anybody who asks the engine for its rules waited for them while they were
//! swapped; "compile" is the reading and checking alone.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use claimflow::practice::{Contents, Folder, check, write_new};
use claimflow::reload::Reloader;
use claimflow::wire::Desk;
use claimflow_core::Moment;
use claimflow_runtime::FixedClock;
use jiff::civil::date;

/// Edits of which the median is shown.
const EDITS: usize = 9;

/// Rules in a file.
const IN_A_FILE: usize = 100;

type Fallible<T> = Result<T, Box<dyn Error>>;

fn main() -> Fallible<()> {
    println!("| rules | compile | saved to live | longest wait of a claim |\n|---|---|---|---|");
    for rules in [100, 1_000, 5_000, 10_000] {
        let folder = tempfile::tempdir()?;
        let root = folder.path().join("practice");
        write_new(&root, &Contents::named("Benchmark")).map_err(|failure| failure.message)?;
        add_rules(&root, rules)?;
        let (compile, live, wait) = measure(&root)?;
        println!(
            "| {rules} | {} ms | {} ms | {} µs |",
            compile.as_millis(),
            live.as_millis(),
            wait.as_micros()
        );
    }
    Ok(())
}

fn add_rules(root: &Path, rules: usize) -> Fallible<()> {
    let pack = root.join("payers/many");
    fs::create_dir_all(pack.join("rules"))?;
    fs::write(pack.join("pack.yaml"), "name: many\nversion: 1.0.0\nlayer: practice\n")?;
    for file in 0..rules / IN_A_FILE {
        write_file(root, file, 0)?;
    }
    Ok(())
}

fn write_file(root: &Path, file: usize, edit: usize) -> Fallible<()> {
    let mut text = String::new();
    for number in file * IN_A_FILE..(file + 1) * IN_A_FILE {
        let (payer, least) = (number % 200, 50 + (number + edit) % 40);
        writeln!(
            text,
            "rule \"MANY-{number}\" {{\n    title     \"Sessions of payer {payer}\"\n    stage     scrub\n    each      line\n    \
             payers    [\"P{payer:04}\"]\n    codes     [\"90834\", \"90837\"]\n    \
             when      visit.minutes != () && visit.minutes < {least} && !line.has_modifier(\"52\")\n    \
             hold      documentation\n    owner     clinician\n    ask       \"Please look at the ${{line.service_date}} session.\"\n    \
             because   \"The code is chosen by minutes\"\n}}\n"
        )?;
    }
    Ok(fs::write(root.join(format!("payers/many/rules/f{file}.rhai")), text)?)
}

fn measure(root: &Path) -> Fallible<(Duration, Duration, Duration)> {
    let clock = Arc::new(FixedClock::at(Moment::start_of(date(2026, 10, 1))));
    let desk = Desk::open(root, clock).map_err(|failure| failure.message)?;
    let compile = median(
        (0..EDITS).map(|_| timed(|| Folder::read(root).map(|folder| check(&folder)).is_ok())).collect(),
    );
    let reloader = Reloader::begin(desk.clone(), Duration::from_secs(1), || ());
    let ended = Arc::new(AtomicBool::new(false));
    let waits = {
        let (engine, ended) = (Arc::clone(&desk.engine), Arc::clone(&ended));
        thread::spawn(move || {
            let mut longest = Duration::ZERO;
            while !ended.load(Ordering::Relaxed) {
                longest = longest.max(timed(|| drop(engine.practice())));
                thread::sleep(Duration::from_micros(20));
            }
            longest
        })
    };
    let mut lives = Vec::new();
    for edit in 1..=EDITS {
        let before = reloader.status().generation;
        write_file(root, 0, edit)?;
        lives.push(timed(|| {
            while reloader.status().generation == before {
                thread::sleep(Duration::from_micros(200));
            }
        }));
    }
    ended.store(true, Ordering::Relaxed);
    let wait = waits.join().map_err(|_| "the watching thread panicked")?;
    Ok((compile, median(lives), wait))
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    std::hint::black_box(work());
    start.elapsed()
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}
