//! What letting go of years costs: claims that have been over for long are dropped, while somebody takes files in.
//!
//! `cargo bench -p claimflow-tests --bench retention`; `... -- --claims 1000000` for another number, `--most 10000` for
//! other rounds.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use claimflow::practice::{Contents, write_new};
use claimflow::wire::Desk;
use claimflow_core::step::Input;
use claimflow_core::{Claim, ClaimId, DAY_MS, Moment, PayerId, Span};
use claimflow_runtime::{ClaimFilter, FixedClock, IngestOptions, ROUND};
use claimflow_simulator::{load, remit};
use claimflow_tests::envelope;
use claimflow_x12::{write_835, write_837p};
use jiff::civil::date;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// Claims of a file.
const FILE: usize = 10_000;

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, default: usize| {
        let place = arguments.iter().position(|argument| argument == name);
        place.and_then(|place| arguments.get(place + 1)?.parse().ok()).unwrap_or(default)
    };
    let (count, most) = (number("--claims", 200_000), number("--most", ROUND));
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("practice");
    write_new(&root, &Contents::named("Benchmark")).map_err(|failure| failure.message)?;
    let clock = Arc::new(FixedClock::at(Moment::start_of(date(2026, 10, 1))));
    live(&root, &clock, count)?;
    clock.set(Moment::start_of(date(2036, 1, 1)));
    let desk = Arc::new(open(&root, &clock)?);
    let before = Moment::start_of(date(2035, 1, 1));
    looked(&desk, before, most)?;
    dropped(&desk, before, most)
}

fn open(root: &Path, clock: &Arc<FixedClock>) -> Fallible<Desk> {
    Desk::open(root, clock.clone()).map_err(|failure| failure.message.into())
}

/// Claims come in, go out and are paid, a file a week; the journal is packed.
fn live(root: &Path, clock: &Arc<FixedClock>, count: usize) -> Fallible<()> {
    let desk = open(root, clock)?;
    let mut all = load(count, 1);
    for control in 1.. {
        let claims: Vec<Claim> = all.by_ref().take(FILE).collect();
        if claims.is_empty() {
            break;
        }
        ingest(&desk, write_837p(&envelope(control), &claims.iter().collect::<Vec<_>>())?.bytes)?;
        let mut payers: Vec<_> = claims.iter().map(|claim| claim.payer.id.clone()).collect();
        payers.sort();
        payers.dedup();
        let of = |(number, payer): (u32, &PayerId)| {
            remit(claims.iter().filter(|own| own.payer.id == *payer), number, date(2026, 10, 4), 0)
        };
        let paid: Vec<_> = (control * 10..).zip(&payers).map(of).collect();
        clock.advance(Span(3 * DAY_MS));
        ingest(&desk, write_835(&envelope(control), &paid))?;
        settle(&desk)?;
        clock.advance(Span(4 * DAY_MS));
    }
    desk.engine.seal_journal(true)?;
    desk.close().map_err(|failure| failure.message.into())
}

/// What is left to patients is paid.
fn settle(desk: &Desk) -> Fallible<()> {
    let left = ClaimFilter { states: vec!["patient-balance".into()], ..ClaimFilter::default() };
    for own in desk.engine.claims(&left)? {
        let settled = Input::Resolved { item: None, outcome: "patient-paid".into(), reason: "".into() };
        desk.engine.act(own.id.as_str(), settled, "benchmark")?;
    }
    Ok(())
}

fn ingest(desk: &Desk, bytes: Vec<u8>) -> Fallible<()> {
    let mut files = std::iter::once(("benchmark".to_owned(), Ok(bytes)));
    desk.engine.ingest(&mut files, &IngestOptions::default(), &|_, _| ())?;
    Ok(())
}

fn looked(desk: &Desk, before: Moment, most: usize) -> Fallible<()> {
    let (mut claims, mut parts, mut bytes) = (0, 0, 0);
    let started = Instant::now();
    desk.engine.retainable(before, most, &mut |round| {
        claims += round.claims.len();
        parts += round.segments;
        bytes += round.bytes;
        if let Some(kept_by) = round.kept_by {
            println!("what keeps the rest: {kept_by:?}");
        }
        std::ops::ControlFlow::Continue(())
    })?;
    println!(
        "looked: {claims} claims in {parts} parts of {} MB: {:.2} s",
        bytes / 1_000_000,
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Drops them in rounds, while somebody takes in one claim after another.
fn dropped(desk: &Arc<Desk>, before: Moment, most: usize) -> Fallible<()> {
    // What was needed at the most so far is forgotten.
    std::fs::write("/proc/self/clear_refs", "5")?;
    let resident = memory("VmRSS");
    let (stop, taken) = (Arc::new(AtomicBool::new(false)), desk.clone());
    let ended = stop.clone();
    let others = std::thread::spawn(move || take_in(&taken, &ended));
    let started = Instant::now();
    let (mut claims, mut rounds, mut longest) = (0, 0, Duration::ZERO);
    loop {
        let begun = Instant::now();
        let round = desk.engine.retain(before, most, "benchmark")?;
        claims += round.claims.len();
        rounds += 1;
        longest = longest.max(begun.elapsed());
        if !round.more {
            break;
        }
    }
    let spent = started.elapsed();
    stop.store(true, Ordering::Release);
    let waits = others.join().map_err(|_| "somebody who takes files in has ended by itself")?;
    let rate = (claims as f64 / spent.as_secs_f64()) as u64;
    println!(
        "dropped: {claims} claims in {rounds} rounds: {:.2} s ({rate} claims/s), longest round {:.2} s",
        spent.as_secs_f64(),
        longest.as_secs_f64()
    );
    println!("memory: {resident} MB before, {} MB at the most", memory("VmHWM"));
    let place = waits.len() * 99 / 100;
    let (p99, most) =
        (waits.get(place).copied().unwrap_or_default(), waits.last().copied().unwrap_or_default());
    println!(
        "{} files of one claim meanwhile: 99 of 100 within {:.1} ms, the longest {:.0} ms",
        waits.len(),
        millis(p99),
        millis(most)
    );
    Ok(())
}

/// How long each file took, in order.
fn take_in(desk: &Desk, stop: &AtomicBool) -> Vec<Duration> {
    let mut waits = Vec::new();
    for (number, mut claim) in (2_000_000..).zip(load(1_000_000, 7)) {
        if stop.load(Ordering::Acquire) {
            break;
        }
        claim.id = ClaimId::as_received(format!("N{number}"));
        let Ok(file) = write_837p(&envelope(number), &[&claim]) else { break };
        let begun = Instant::now();
        if ingest(desk, file.bytes).is_err() {
            break;
        }
        waits.push(begun.elapsed());
    }
    waits.sort();
    waits
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Of this process, in megabytes.
fn memory(of: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(of)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or_default()
        / 1_000
}
