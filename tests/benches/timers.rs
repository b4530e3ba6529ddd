//! What time costs: a tick with a million deadlines of which none is due, and one with ten thousand that are.
//!
//! `cargo bench -p claimflow-tests --bench timers`; `... -- --waiting 5000000 --due 50000` for other numbers.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use claimflow::practice::{Contents, write_new};
use claimflow::wire::{Desk, data};
use claimflow_core::{Claim, DAY_MS, Moment, Span};
use claimflow_runtime::store::{Position, Store, Write};
use claimflow_runtime::{FixedClock, IngestOptions};
use claimflow_simulator::load;
use claimflow_store::{JournalStore, Options};
use claimflow_tests::envelope;
use claimflow_x12::write_837p;
use jiff::civil::date;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// Ticks that are timed when nothing is due.
const TICKS: u32 = 1_000;

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, default: usize| {
        let place = arguments.iter().position(|argument| argument == name);
        place.and_then(|place| arguments.get(place + 1)?.parse().ok()).unwrap_or(default)
    };
    let (waiting, due) = (number("--waiting", 1_000_000), number("--due", 10_000));
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("practice");
    write_new(&root, &Contents::named("Benchmark")).map_err(|failure| failure.message)?;
    let start = Moment::start_of(date(2026, 10, 1));
    let clock = Arc::new(FixedClock::at(start));
    wait(&root, waiting, start.plus(Span(365 * DAY_MS)))?;
    let desk = Desk::open(&root, clock.clone()).map_err(|failure| failure.message)?;
    take_in(&desk, due)?;
    desk.engine.run_timers()?;

    let nothing = per_tick(|| desk.engine.run_timers().map(|_moved| ()))?;
    let asked = per_tick(|| desk.engine.next_deadline(start).map(|_next| ()))?;
    clock.advance(Span(3 * DAY_MS));
    let started = Instant::now();
    let moved = desk.engine.run_timers()?;
    let spent = started.elapsed();
    let started = Instant::now();
    let counted = desk.engine.timetable(&[desk.engine.now()], 10)?;
    let all = started.elapsed();
    println!("{waiting} deadlines wait, in a year");
    println!("a tick with nothing due:            {:>9.1} µs", micros(nothing));
    println!("asking for the next deadline:       {:>9.1} µs", micros(asked));
    let rate = (moved as f64 / spent.as_secs_f64()) as u64;
    println!("a tick with {moved} due:          {:>9.1} ms   ({rate} claims/s)", micros(spent) / 1_000.0);
    let total: u64 = counted.counts.iter().sum();
    println!("counting all {total} for `timers`:  {:>9.1} ms", micros(all) / 1_000.0);
    desk.close().map_err(|failure| failure.message.into())
}

/// Puts deadlines into the state, as of claims that wait: a tick does not look at what lies behind them.
fn wait(root: &Path, waiting: usize, from: Moment) -> Fallible<()> {
    let store = JournalStore::open(&data(root), Options::default())?;
    let keys: Vec<u64> = (0..waiting as u64).collect();
    for part in keys.chunks(50_000) {
        let key = |number: &u64| {
            let at = from.plus(Span(i64::try_from(*number).unwrap_or(0) * 1_000));
            [b"t", at.0.to_be_bytes().as_slice(), (number + 1_000_000_000).to_be_bytes().as_slice()].concat()
        };
        let writes: Vec<Write> = part.iter().map(|number| (key(number), Some(Vec::new()))).collect();
        store.apply(writes, Position::default())?;
    }
    Ok(store.flush()?)
}

/// Claims that go out, and wait two days for their acceptance.
fn take_in(desk: &Desk, count: usize) -> Fallible<()> {
    let claims: Vec<Claim> = load(count, 1).collect();
    let bytes = write_837p(&envelope(1), &claims.iter().collect::<Vec<_>>())?.bytes;
    let mut files = std::iter::once(("benchmark".to_owned(), Ok(bytes)));
    desk.engine.ingest(&mut files, &IngestOptions::default(), &|_, _| ())?;
    Ok(())
}

fn per_tick(mut tick: impl FnMut() -> claimflow_runtime::Result<()>) -> Fallible<Duration> {
    let started = Instant::now();
    for _ in 0..TICKS {
        tick()?;
    }
    Ok(started.elapsed() / TICKS)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000_000.0
}
