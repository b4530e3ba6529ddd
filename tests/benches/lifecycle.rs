//! The whole life of many claims, measured: 837P in, seven stages, durable, 837P out, 835 in, posted, routed.
//!
//! `cargo bench -p claimflow-tests --bench lifecycle` lives 20,000 claims and compares with the bare limit: reading the
//! same bytes, evaluating the same rules, and one sequential durable write of what the journal holds.
//! `... -- --encrypted` lives them plain and encrypted in turn, and tells what encryption costs.
//! `... -- --kept 1000000` first keeps so many claims, and tells memory, start and the cost of a new claim.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use claimflow::practice::{Contents, Loaded, write_new};
use claimflow::wire::{Desk, data};
use claimflow_core::{Claim, Moment, RuleInput, Rules, Stage};
use claimflow_runtime::{FixedClock, IngestOptions, IngestReport, Practice};
use claimflow_simulator::{load, remit};
use claimflow_tests::envelope;
use claimflow_x12::{Kind, read, write_835, write_837p};
use jiff::civil::date;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1)?.parse::<usize>().ok()
    };
    if arguments.iter().any(|argument| argument == "--encrypted") {
        return compare(number("--claims").unwrap_or(20_000));
    }
    match number("--kept") {
        Some(kept) => keep(kept),
        None => live(number("--claims").unwrap_or(20_000)),
    }
}

fn practice(folder: &Path) -> Fallible<Desk> {
    write_new(folder, &Contents::named("Benchmark")).map_err(|failure| failure.message)?;
    add_rules(folder)?;
    open(folder)
}

fn open(folder: &Path) -> Fallible<Desk> {
    let clock = Arc::new(FixedClock::at(Moment::start_of(date(2026, 10, 1))));
    Desk::open(folder, clock).map_err(|failure| failure.message.into())
}

/// Lives claims plain and encrypted in turn: both meet the same moods of the machine, and the median counts.
fn compare(count: usize) -> Fallible<()> {
    const ROUNDS: usize = 5;
    let claims: Vec<Claim> = load(count, 1).collect();
    let (sent, paid) = (claims_file(&claims, 1)?, remittances(&claims, 1));
    let mut rounds = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (encrypted, times) in [false, true].into_iter().zip(&mut rounds) {
            let folder = tempfile::tempdir()?;
            let root = folder.path().join("practice");
            write_new(&root, &Contents::named("Benchmark")).map_err(|failure| failure.message)?;
            add_rules(&root)?;
            if encrypted {
                encrypt(&root)?;
            }
            let desk = open(&root)?;
            let started = Instant::now();
            ingest(&desk, &sent)?;
            ingest(&desk, &paid)?;
            desk.engine.close()?;
            times.push(started.elapsed());
        }
    }
    let [plain, encrypted] = rounds.map(|mut times| {
        times.sort();
        times.get(ROUNDS / 2).copied().unwrap_or_default()
    });
    println!("whole life and close, plain:     {:>8} claims/s", rate(count, plain));
    println!("whole life and close, encrypted: {:>8} claims/s", rate(count, encrypted));
    println!("cost of encryption: {:.1} %", (encrypted.as_secs_f64() / plain.as_secs_f64() - 1.0) * 100.0);
    Ok(())
}

/// Names a key in the settings of a new practice.
fn encrypt(root: &Path) -> Fallible<()> {
    let key = root.join("../practice.key");
    std::fs::write(&key, "5a".repeat(32))?;
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600))?;
    let settings = root.join("claimflow.yaml");
    let text = std::fs::read_to_string(&settings)?;
    std::fs::write(settings, text.replace("encryption: {}", "encryption: { key-file: ../practice.key }"))?;
    Ok(())
}

/// Fills up what ships to 60 rules that apply to each claim, as a practice with many payers' rules has.
fn add_rules(folder: &Path) -> Fallible<()> {
    let pack = folder.join("payers/benchmark");
    std::fs::create_dir_all(pack.join("rules"))?;
    std::fs::write(
        pack.join("pack.yaml"),
        "name: benchmark\nversion: 1.0.0\nlayer: practice\nsummary: rules to measure with\neffective: 2026-01-01\nlicense: Apache-2.0\n",
    )?;
    let mut rules = String::new();
    for number in 0..30 {
        let stage = ["eligibility", "authorization", "scrub"][number % 3];
        rules.push_str(&format!(
            "rule \"BENCH-{number}\" {{\n    title \"measured rule {number}\"\n    stage {stage}\n    each claim\n    \
             when claim.place_of_service in [\"02\", \"10\", \"11\"] && claim.charge > {} && claim.line_count > 20\n    \
             warn claim_data\n    because \"it is measured\"\n    source \"practice setting\"\n    \
             effective \"2026-01-01\"\n}}\n\n",
            number + 1
        ));
    }
    std::fs::write(pack.join("rules/measured.rhai"), rules)?;
    Ok(())
}

fn claims_file(claims: &[Claim], control: u32) -> Fallible<Vec<u8>> {
    Ok(write_837p(&envelope(control), &claims.iter().collect::<Vec<_>>())?.bytes)
}

/// The 835s that answer claims, one a payer, 80 of a thousand denied.
fn remittances(claims: &[Claim], control: u32) -> Vec<u8> {
    let mut payers: Vec<_> = claims.iter().map(|claim| claim.payer.id.clone()).collect();
    payers.sort();
    payers.dedup();
    let all: Vec<_> = (control * 10..)
        .zip(&payers)
        .map(|(number, payer)| {
            remit(claims.iter().filter(|claim| claim.payer.id == *payer), number, date(2026, 10, 15), 80)
        })
        .collect();
    write_835(&envelope(control), &all)
}

fn ingest(desk: &Desk, bytes: &[u8]) -> Fallible<(IngestReport, Duration)> {
    let started = Instant::now();
    let mut files = std::iter::once(("benchmark".to_owned(), Ok(bytes.to_vec())));
    let report = desk.engine.ingest(&mut files, &IngestOptions::default(), &|_, _| ())?;
    if let Some(fault) = report.files.iter().flat_map(|file| &file.faults).next() {
        return Err(format!("a fault in the benchmark's own file: {}", fault.message).into());
    }
    Ok((report, started.elapsed()))
}

fn live(count: usize) -> Fallible<()> {
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("practice");
    let desk = practice(&root)?;
    let claims: Vec<Claim> = load(count, 1).collect();
    let (sent, paid) = (claims_file(&claims, 1)?, remittances(&claims, 1));
    let (_, first) = ingest(&desk, &sent)?;
    let (report, second) = ingest(&desk, &paid)?;
    let whole = first + second;
    desk.engine.close()?;
    let journal = folder_bytes(&data(&root).join("journal"))?;
    let states = desk.engine.board()?.states;
    println!("{count} claims, 837P of {} MB and 835 of {} MB", mb(sent.len()), mb(paid.len()));
    let rules = considered(&desk.practice, claims.first());
    println!("rules that apply to a claim before it goes out: {rules}");
    println!("837P in, seven stages, 837P out: {:>8} claims/s", rate(count, first));
    println!("835 in, posted, routed:          {:>8} claims/s", rate(count, second));
    println!(
        "whole life:                      {:>8} claims/s   ({:.2} s)",
        rate(count, whole),
        whole.as_secs_f64()
    );
    println!("journal: {} MB; moved by the remittance: {}", mb(journal), report.touched.len());
    for (state, (number, _)) in states {
        println!("  {number:>8} {state}");
    }
    let bare = bare_limit(&desk.practice, &sent, &paid, journal, folder.path())?;
    println!("bare limit (read, rules, one durable write): {:>8} claims/s", rate(count, bare));
    println!("share of the bare limit: {:.2}", bare.as_secs_f64() / whole.as_secs_f64());
    // The last line is for scripts.
    println!(r#"{{"claims_a_second": {}}}"#, rate(count, whole));
    Ok(())
}

/// Rule subjects that the stages before submission look at for a claim.
fn considered(practice: &Loaded, claim: Option<&Claim>) -> u32 {
    claim.map_or(0, |claim| evaluate(practice, claim))
}

const BEFORE_SUBMISSION: [Stage; 4] = [Stage::Eligibility, Stage::Authorization, Stage::Scrub, Stage::Submit];

fn evaluate(practice: &Loaded, claim: &Claim) -> u32 {
    let facts = practice.facts(claim);
    BEFORE_SUBMISSION
        .iter()
        .map(|stage| {
            let input = RuleInput {
                stage: *stage,
                claim,
                facts: &facts,
                as_of: date(2026, 10, 1),
                submissions: 0,
                decision: None,
                adjustments: &[],
                denials: &[],
            };
            practice.generation().evaluate(&input).considered
        })
        .sum()
}

/// What no engine could save: both files read, the rules of every claim evaluated on two threads, and as many bytes as
/// the journal holds written once and synced.
fn bare_limit(
    practice: &Loaded,
    sent: &[u8],
    paid: &[u8],
    journal: usize,
    folder: &Path,
) -> Fallible<Duration> {
    let started = Instant::now();
    let file = read(sent);
    let claims: Vec<Claim> = file
        .transactions
        .iter()
        .flat_map(claimflow_x12::Transaction::claims)
        .map(|read| read.claim)
        .collect();
    let (left, right) = claims.split_at(claims.len() / 2);
    std::thread::scope(|scope| {
        for part in [left, right] {
            scope.spawn(move || part.iter().map(|claim| evaluate(practice, claim)).sum::<u32>());
        }
    });
    for transaction in read(paid).transactions.iter().filter(|t| t.kind == Kind::Remittance835) {
        std::hint::black_box(transaction.remittance());
    }
    let bytes = vec![7_u8; journal];
    let mut out = std::fs::File::create(folder.join("bare"))?;
    out.write_all(&bytes)?;
    out.sync_data()?;
    Ok(started.elapsed())
}

/// Keeps many claims, then measures memory, start and what a new claim costs.
fn keep(kept: usize) -> Fallible<()> {
    const BATCH: usize = 20_000;
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("practice");
    let desk = practice(&root)?;
    let mut all = load(kept + 2 * BATCH, 1);
    let mut control = 1;
    let mut next = |desk: &Desk, pay: bool| -> Fallible<Duration> {
        let claims: Vec<Claim> = all.by_ref().take(BATCH).collect();
        let (_, mut spent) = ingest(desk, &claims_file(&claims, control)?)?;
        if pay {
            spent += ingest(desk, &remittances(&claims, control))?.1;
        }
        control += 1;
        Ok(spent)
    };
    let empty = next(&desk, true)?;
    for _ in 1..kept.div_ceil(BATCH) {
        next(&desk, true)?;
    }
    let full = next(&desk, true)?;
    desk.engine.close()?;
    println!("{kept} claims kept");
    println!(
        "cost of {BATCH} new claims: empty store {:.2} s, full store {:.2} s, ratio {:.2}",
        empty.as_secs_f64(),
        full.as_secs_f64(),
        full.as_secs_f64() / empty.as_secs_f64()
    );
    println!("memory after keeping them: {} MB", memory());
    println!("on disk: {} MB", mb(folder_bytes(&data(&root))?));
    drop(desk);
    let started = Instant::now();
    let desk = open(&root)?;
    println!("start with {kept} claims: {:.2} s", started.elapsed().as_secs_f64());
    let started = Instant::now();
    let board = desk.engine.board()?;
    println!("the board of {} claims: {:.2} s", board.claims, started.elapsed().as_secs_f64());
    Ok(())
}

fn rate(count: usize, time: Duration) -> u64 {
    (count as f64 / time.as_secs_f64()) as u64
}

fn mb(bytes: usize) -> usize {
    bytes / 1_000_000
}

fn folder_bytes(folder: &Path) -> Fallible<usize> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        bytes += if meta.is_dir() { folder_bytes(&entry.path())? } else { usize::try_from(meta.len())? };
    }
    Ok(bytes)
}

/// Resident memory of this process in MB, where the system tells.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1)).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0)
        / 1000
}
