//! The indexed columns find exactly the rows that a look at every row finds, under every hit policy.

use std::cell::OnceCell;

use claimflow_core::{
    Claim, Coverage, Diagnosis, DiagnosisCode, Facts, Modifier, Money, ProcedureCode, RuleInput, ServiceLine,
    Stage, Subject, Visit,
};
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::cell::Test;
use super::overlap::{Compared, conflicts};
use super::{Decision, Hit};
use crate::check::compile;
use crate::context::Ctx;
use crate::ruleset::RuleSet;
use crate::source::{DecisionSource, PackSource, SheetCell, SheetRow, Vocabulary};

const COLUMNS: &str = "line.procedure|claim.diagnoses|visit.minutes|coverage.active|line.charge|\
                       line.has_modifier(\"95\")|line.service_date|visit.modality|effective|then note";

fn cell(choices: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop_oneof![2 => Just(""), 3 => prop::sample::select(choices.to_vec())]
}

prop_compose! {
    fn row()(
        procedure in cell(&["90837", "90834, 90837", "not 90837", "908*", "not 908*, H0015", "9*; H0015", "*"]),
        diagnoses in cell(&["F331", "F3*", "not F3*", "F331, F84", "not F84"]),
        minutes in cell(&["53", ">= 38", "16..37", "< 16, > 60", "unknown", "not unknown", "unknown, 53", "not 38..52"]),
        active in cell(&["yes", "no", "unknown", "yes, unknown", "not no"]),
        charge in cell(&["150.00", "< 150", ">= 99.50", "100..150", "not 150"]),
        modifier in cell(&["yes", "no"]),
        day in cell(&["2026-03-03", ">= 2026-03-01", "2026-01-01..2026-02-28", "not 2026-03-03"]),
        modality in cell(&["video", "not video", "audio, in_person"]),
        effective in prop_oneof![4 => Just(""), 1 => Just("2026-03-01")],
    ) -> String {
        [procedure, diagnoses, minutes, active, charge, modifier, day, modality, effective, "hit"].join("|")
    }
}

prop_compose! {
    fn world()(
        procedure in prop::sample::select(vec!["90837", "90834", "H0015", "99213"]),
        diagnoses in prop::sample::subsequence(vec!["F331", "F329", "F84"], 0..=3),
        minutes in prop::sample::select(vec![None, Some(15), Some(38), Some(53), Some(61)]),
        active in prop::sample::select(vec![None, Some(true), Some(false)]),
        cents in prop::sample::select(vec![9_949_i64, 9_950, 14_999, 15_000, 20_000]),
        video in any::<bool>(),
        day in prop::sample::select(vec![date(2026, 2, 28), date(2026, 3, 3), date(2026, 3, 4)]),
        modality in prop::sample::select(vec!["", "video", "audio"]),
    ) -> (Claim, Facts) {
        let line = ServiceLine {
            number: 1,
            procedure: ProcedureCode::as_received(procedure),
            modifiers: if video { vec![Modifier::as_received("95")] } else { Vec::new() },
            charge: Money::from_cents(cents),
            service_date: Some(day),
            ..ServiceLine::default()
        };
        let diagnoses = diagnoses.into_iter().map(|code| {
            Diagnosis { qualifier: "ABK".into(), code: DiagnosisCode::as_received(code) }
        }).collect();
        let visit = minutes.map(|minutes: i16| Visit {
            start: Some(jiff::civil::time(9, 0, 0, 0)),
            stop: Some(jiff::civil::time(9 + i8::try_from(minutes / 60).unwrap(), i8::try_from(minutes % 60).unwrap(), 0, 0)),
            modality: modality.into(),
            ..Visit::default()
        });
        let coverage = active.map(|active| Coverage {
            status: if active { "active".into() } else { "inactive".into() },
            from: Some(date(2026, 1, 1)),
            ..Coverage::default()
        });
        let facts = Facts {
            visits: visit.into_iter().collect(),
            coverages: coverage.into_iter().collect(),
            ..Facts::default()
        };
        (Claim { lines: vec![line], diagnoses, ..Claim::default() }, facts)
    }
}

fn table(hit: &str, rows: &[String]) -> RuleSet {
    let head = ["decision|T", "title|T", "stage|scrub", "each|line", "because|B"].map(str::to_owned);
    let lines =
        head.into_iter().chain([format!("hit|{hit}"), COLUMNS.to_owned()]).chain(rows.iter().cloned());
    let rows = (1_u32..)
        .zip(lines)
        .map(|(number, line)| SheetRow {
            number,
            line: number,
            cells: line.split('|').map(|text| SheetCell { text: text.into(), column: 1 }).collect(),
        })
        .collect();
    let source = DecisionSource { name: "t".into(), path: "t.csv".into(), rows };
    let pack = PackSource { name: "p".into(), decisions: vec![source], ..PackSource::default() };
    let compiled = compile(&[pack], &Vocabulary::default());
    assert!(!compiled.has_errors(), "{:#?}", compiled.diagnostics);
    compiled.rules
}

/// The rows in force whose every cell fits, by their own conditions.
fn naive(set: &RuleSet, ctx: &Ctx<'_>) -> Vec<u32> {
    let fits = |place: &u32| {
        let rule = set.at(*place).unwrap();
        set.runs(rule, ctx) && rule.parts.iter().all(|part| part.test(ctx).unwrap())
    };
    (0..u32::try_from(set.rules.len()).unwrap()).filter(fits).collect()
}

fn with_ctx<R>(claim: &Claim, facts: &Facts, run: impl FnOnce(&Ctx<'_>) -> R) -> R {
    let as_of: Date = date(2026, 3, 5);
    let input = RuleInput {
        stage: Stage::Scrub,
        claim,
        facts,
        as_of,
        submissions: 0,
        decision: None,
        adjustments: &[],
        denials: &[],
    };
    let snapshot = OnceCell::new();
    run(&Ctx::at(&input, claim, &snapshot, Subject::Line, 1).unwrap())
}

proptest! {
    #[test]
    fn the_index_agrees_with_a_look_at_every_row(
        rows in prop::collection::vec(row(), 1..90),
        hit in prop::sample::select(vec!["first", "all"]),
        (claim, facts) in world(),
    ) {
        let set = table(hit, &rows);
        let decision: &Decision = &set.decisions[0];
        with_ctx(&claim, &facts, |ctx| {
            let mut wanted = naive(&set, ctx);
            if hit == "first" {
                wanted.truncate(1);
            }
            let hits = decision.hits(&set, ctx).map(|hits| hits.to_vec());
            assert_eq!(hits, Ok(wanted));
        });
    }

    #[test]
    fn a_second_row_under_unique_is_a_fault(
        rows in prop::collection::vec(row(), 1..20),
        (claim, facts) in world(),
    ) {
        // Compiled as `all`, because rows that overlap do not compile as `unique`.
        let mut set = table("all", &rows);
        set.decisions[0].hit = Hit::Unique;
        with_ctx(&claim, &facts, |ctx| {
            let wanted = naive(&set, ctx);
            match set.decisions[0].hits(&set, ctx) {
                Ok(hits) => assert_eq!(hits.to_vec(), wanted),
                Err((place, fault)) => {
                    assert!(wanted.len() > 1, "{fault}");
                    assert_eq!(place, wanted[0]);
                }
            }
        });
    }

    #[test]
    fn what_covers_and_what_overlaps_is_true(
        rows in prop::collection::vec(row(), 2..12),
        (claim, facts) in world(),
    ) {
        let set = table("all", &rows);
        let columns = &set.decisions[0].columns;
        let rows: Vec<Compared<'_>> = set.rules.iter().map(|rule| Compared {
            cells: columns.iter().map(|column| &column.cells[rule.row as usize]).collect(),
            effective: rule.effective,
            expires: rule.expires,
        }).collect();
        let indexes: Vec<_> = columns.iter().map(|column| &column.index).collect();
        let covered = conflicts(Hit::First, &rows, &indexes);
        let compared: Vec<(usize, usize)> = rows.iter().enumerate().filter_map(|(place, later)| {
            Some((place, rows.iter().take(place).position(|earlier| earlier.covers(later))?))
        }).collect();
        prop_assert_eq!(&covered, &compared);
        let overlapping = conflicts(Hit::Unique, &rows, &indexes);
        with_ctx(&claim, &facts, |ctx| {
            let fitting = naive(&set, ctx);
            // Two rows that fit are known to overlap, but for lists, of which both may find their own item.
            let lists = rows.iter().any(|row| row.cells.iter().any(|cell| cell.tests.iter().any(|test| {
                matches!(test, Test::Exact(text) | Test::Prefix(text) if text.starts_with('F'))
            })));
            if let [_, second, ..] = fitting[..] {
                assert!(lists || overlapping.iter().any(|(later, _)| *later == second as usize), "{fitting:?}");
            }
            for (later, earlier) in covered {
                let (later, earlier) = (u32::try_from(later).unwrap(), u32::try_from(earlier).unwrap());
                assert!(!fitting.contains(&later) || fitting.contains(&earlier), "row {later} is not covered by {earlier}");
            }
        });
    }
}
