//! Times runners in turns and prints a table of medians and ratios.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Rounds in which every runner has its turn.
const ROUNDS: usize = 31;

/// How long a turn lasts at least.
const TURN: Duration = Duration::from_millis(20);

/// One engine with one task.
pub struct Runner {
    /// The engine.
    pub name: &'static str,
    run: Box<dyn FnMut() -> usize>,
    answer: usize,
}

impl Runner {
    /// A runner from what it does once; that gives how many rules fired, or which row hit.
    pub fn new(name: &'static str, mut run: impl FnMut() -> usize + 'static) -> Self {
        let answer = run();
        Self { name, run: Box::new(run), answer }
    }

    /// What it says.
    pub fn answer(&self) -> usize {
        self.answer
    }

    /// Nanoseconds a run, over one turn.
    fn turn(&mut self) -> f64 {
        let (start, mut runs) = (Instant::now(), 0_u32);
        while start.elapsed() < TURN || runs == 0 {
            for _ in 0..8 {
                black_box((self.run)());
            }
            runs += 8;
        }
        start.elapsed().as_nanos() as f64 / f64::from(runs)
    }
}

/// Runs all in turns and prints the medians, each with its ratio to the first.
pub fn compare(title: &str, mut runners: Vec<Runner>) {
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); runners.len()];
    for _ in 0..ROUNDS {
        for (runner, own) in runners.iter_mut().zip(&mut times) {
            own.push(runner.turn());
        }
    }
    let medians: Vec<f64> = times.into_iter().map(median).collect();
    println!("\n{title} (answer: {})", runners.first().map(Runner::answer).unwrap_or_default());
    println!("| engine | a claim | ratio |\n|---|---|---|");
    for (runner, own) in runners.iter().zip(&medians) {
        println!("| {} | {:.2} µs | {:.1} |", runner.name, own / 1e3, own / medians[0]);
    }
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
