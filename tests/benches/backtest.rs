//! Changed rules tried on past claims, measured: the history read, every claim judged twice, the report made.
//!
//! `cargo bench -p claimflow-tests --bench backtest` keeps 100,000 claims with their remittances, in the shipped packs, and
//! tries a changed rule on all of them. `... -- --claims 20000` takes fewer.

use std::sync::Arc;
use std::time::Instant;

use claimflow::practice::{Contents, Overlay, write_new};
use claimflow::wire::Desk;
use claimflow_core::{Claim, Moment, PayerId};
use claimflow_runtime::{FixedClock, IngestOptions, Period};
use claimflow_simulator::{load, remit};
use claimflow_study::{Question, backtest, decay};
use claimflow_tests::envelope;
use claimflow_x12::{write_835, write_837p};
use jiff::civil::date;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// Claims in one file.
const BATCH: usize = 20_000;

const CHANGED: &str = r#"rule "BENCH-UNITS" {
    title   "Sessions at home are looked at"
    stage   scrub
    each    line
    when    line.place_of_service in ["02", "10"] && line.units >= 1
    hold    coding
    because "it is measured"
    source  "practice setting"
}
"#;

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let place = arguments.iter().position(|argument| argument == "--claims");
    let count = place.and_then(|place| arguments.get(place + 1)?.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("practice");
    write_new(&root, &Contents::named("Benchmark")).map_err(|failure| failure.message)?;
    let clock = Arc::new(FixedClock::at(Moment::start_of(date(2026, 10, 1))));
    let desk = Desk::open(&root, clock).map_err(|failure| failure.message)?;
    let mut all = load(count, 1);
    for control in 1..=u32::try_from(count.div_ceil(BATCH))? {
        let claims: Vec<Claim> = all.by_ref().take(BATCH).collect();
        live(&desk, &claims, control)?;
    }
    let rule = folder.path().join("changed.rhai");
    std::fs::write(&rule, CHANGED)?;
    let tried = Overlay::new(&desk.folder, &rule).map_err(|failure| failure.message)?.check(&desk);
    let changed = tried.generation.ok_or("the changed rule has errors")?;
    measure(&desk, &changed)
}

fn measure(desk: &Desk, changed: &claimflow_catalog::Generation) -> Fallible<()> {
    let live = desk.practice.generation();
    println!("before: {} MB of memory", memory());
    let started = Instant::now();
    let history = desk.engine.history(Period::default())?;
    println!("{} claims listed: {:.2} s", history.len(), started.elapsed().as_secs_f64());
    let question = Question { most_claims: 1_000, ..Question::default() };
    let report = backtest(live, changed, &history, &question)?;
    println!("backtest in all: {:.2} s", started.elapsed().as_secs_f64());
    println!("most memory at any time: {} MB", memory());
    for rule in &report.rules {
        let of = &rule.after;
        println!("  {}: {} claims, {} denied, {} paid", rule.rule, of.claims, of.denied, of.paid);
    }
    let started = Instant::now();
    let found = decay(live, &history)?.decayed.len();
    println!("decay: {:.2} s, {found} rules", started.elapsed().as_secs_f64());
    Ok(())
}

fn live(desk: &Desk, claims: &[Claim], control: u32) -> Fallible<()> {
    let sent = write_837p(&envelope(control), &claims.iter().collect::<Vec<_>>())?.bytes;
    let mut payers: Vec<_> = claims.iter().map(|claim| claim.payer.id.clone()).collect();
    payers.sort();
    payers.dedup();
    let of = |payer: &PayerId| {
        let payer = payer.clone();
        claims.iter().filter(move |claim| claim.payer.id == payer)
    };
    let remittances: Vec<_> = (control * 10..)
        .zip(&payers)
        .map(|(number, payer)| remit(of(payer), number, date(2026, 10, 15), 80))
        .collect();
    for bytes in [sent, write_835(&envelope(control), &remittances)] {
        let mut files = std::iter::once(("benchmark".to_owned(), Ok(bytes)));
        desk.engine.ingest(&mut files, &IngestOptions::default(), &|_, _| ())?;
    }
    Ok(())
}

/// The most resident memory of this process until now in MB, where the system tells.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0)
        / 1000
}
