//! The same rules on other engines, in one process, taking turns: what remains is the ratio.
//!
//! `cargo run --release --manifest-path bench/engines/Cargo.toml`
//!
//! Memory comes from the allocator that the program ships with, for all of them.
//!
//! Three questions: 60 rules that can all apply to one claim; a decision table of 3,000 rows and 13 columns; 1,000 rules
//! of which 10 can apply. Every engine gets the claim in its own form, made beforehand, and must give the same answers,
//! or the program stops. What each does with the answer differs: see `docs/performance.md`.

mod cedar;
mod claim;
mod conditions;
mod interpreted;
mod measure;
mod ours;
mod rego;
mod table;
mod zen;

use claim::Case;
use conditions::{Rule, many, sixty};
use measure::{Runner, compare};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let cases = [Case::silent(), Case::firing()];
    for (name, rules) in [("60 rules that can apply", sixty()), ("1,000 rules of which 10 can apply", many())]
    {
        for case in &cases {
            let runners = all(&rules, case);
            agree(&runners);
            compare(&format!("{name}: {}", case.name), runners);
        }
    }
    let cells = table::row_cells();
    let runners = vec![ours::table(&cells), zen::table(&cells, false), zen::table(&cells, true)];
    agree(&runners);
    compare("a table of 3,000 rows and 13 columns, first hit", runners);
}

fn all(rules: &[Rule], case: &Case) -> Vec<Runner> {
    vec![
        ours::rules(rules, case),
        ours::explained(rules, case),
        zen::rules(rules, case),
        rego::rules(rules, case),
        cedar::rules(rules, case),
        interpreted::rules(rules, case),
    ]
}

/// Stops when two engines give different answers: their times would mean nothing.
fn agree(runners: &[Runner]) {
    for runner in runners {
        let (own, first) = (runner.answer(), runners.first().map(Runner::answer).unwrap_or_default());
        assert_eq!(own, first, "`{}` answers otherwise", runner.name);
    }
}
