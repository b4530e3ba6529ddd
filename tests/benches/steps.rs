//! Seven steps that plugins do: for each the intent is durable, the plugin is asked, and its answer is durable.
//!
//! `cargo bench -p claimflow-tests --bench steps`; `... -- --claims 20000` for another number. This is what other durable
//! engines measure as a claim of seven steps: `bench/durable/run.sh` runs it beside them.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use claimflow::practice::{Contents, write_new};
use claimflow::wire::Desk;
use claimflow_core::{Claim, Moment};
use claimflow_runtime::{FixedClock, IngestOptions};
use claimflow_simulator::load;
use claimflow_tests::envelope;
use claimflow_x12::write_837p;
use jiff::civil::date;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

const STAGES: [&str; 7] =
    ["eligibility", "authorization", "scrub", "submit", "adjudicate", "categorize", "route"];
/// Bytes that a step answers with, as many as the steps of the other engines.
const ANSWER: usize = 1_000;

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let place = arguments.iter().position(|argument| argument == "--claims");
    let count = place.and_then(|place| arguments.get(place + 1)?.parse().ok()).unwrap_or(5_000);
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("practice");
    write_new(&root, &Contents::named("Benchmark")).map_err(|failure| failure.message)?;
    add_plugin(&root)?;
    add_workflow(&root)?;
    let clock = Arc::new(FixedClock::at(Moment::start_of(date(2026, 10, 1))));
    let desk = Desk::open(&root, clock).map_err(|failure| failure.message)?;
    let claims: Vec<Claim> = load(count, 1).collect();
    let bytes = write_837p(&envelope(1), &claims.iter().collect::<Vec<_>>())?.bytes;

    let started = Instant::now();
    let mut files = std::iter::once(("benchmark".to_owned(), Ok(bytes)));
    desk.engine.ingest(&mut files, &IngestOptions::default(), &|_, _| ())?;
    let taken = started.elapsed();
    let acted = desk.engine.perform_requests()?;
    let whole = started.elapsed();

    let steps = count * STAGES.len();
    if acted.done != steps as u64 || acted.failed != 0 {
        return Err(format!("{acted:?} of {steps} steps").into());
    }
    for (state, (number, _)) in desk.engine.board()?.states {
        println!("{number:>8} {state}");
    }
    desk.close().map_err(|failure| failure.message)?;
    println!("taken in, the first intent durable: {:>8.2} s", taken.as_secs_f64());
    println!("steps, intent and answer durable:   {:>8.0} steps/s", steps as f64 / whole.as_secs_f64());
    // The last line is for scripts.
    println!(r#"{{"claims_a_second": {:.0}}}"#, count as f64 / whole.as_secs_f64());
    Ok(())
}

fn add_plugin(root: &Path) -> Fallible<()> {
    let folder = root.join("plugins/stages");
    std::fs::create_dir_all(&folder)?;
    let (mut actions, mut script) = (String::new(), String::new());
    let answer = "x".repeat(ANSWER);
    for stage in STAGES {
        actions.push_str(&format!("  {stage}: {{ outputs: {{ answer: text }}, outcomes: [done] }}\n"));
        script.push_str(&format!("fn {stage}(ask) {{ #{{ outcome: \"done\", answer: \"{answer}\" }} }}\n"));
    }
    let plugin = format!(
        "name: stages\nversion: 1.0.0\nabout: Answers at once\nactions:\n{actions}grants: {{ claim: [header] }}\nlimits: {{ at-once: 2 }}\n"
    );
    std::fs::write(folder.join("plugin.yaml"), plugin)?;
    Ok(std::fs::write(folder.join("stages.rhai"), script)?)
}

fn add_workflow(root: &Path) -> Fallible<()> {
    let mut states = String::new();
    for (stage, next) in STAGES.iter().zip(STAGES.iter().skip(1).chain([&"over"])) {
        states.push_str(&format!("  {stage}:\n    do: stages.{stage}\n    then: [{{ to: {next} }}]\n"));
    }
    let workflow = format!(
        "workflow: stages\nversion: 1\nstart: eligibility\nstates:\n{states}  over: {{ final: true }}\n"
    );
    let folder = root.join("workflows/stages");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("v1.yaml"), workflow)?;
    let settings = root.join("claimflow.yaml");
    let text = std::fs::read_to_string(&settings)?;
    Ok(std::fs::write(settings, text.replace("workflow: professional-claim", "workflow: stages"))?)
}
