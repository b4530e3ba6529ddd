//! Decision tables: what their rows find, what `explain` says of them, and what is wrong with a bad one.

mod common;

use std::fmt::Write as _;

use claimflow_core::Stage;
use claimflow_rules::{
    Compiled, Considered, DecisionSource, Layer, PackSource, RuleSet, SheetCell, SheetRow, compile,
};
use common::{World, adjustment, fired, line, pack, vocabulary, world};

/// A sheet whose cells stand between `|`.
fn sheet(text: &str) -> DecisionSource {
    let rows = (1_u32..).zip(text.lines()).map(|(number, line)| {
        let mut column = 1;
        let cells = line
            .split('|')
            .map(|cell| {
                let start =
                    column + u32::try_from(cell.len() - cell.trim_start().len()).expect("a short cell");
                column += u32::try_from(cell.chars().count()).expect("a short cell") + 1;
                SheetCell { text: cell.trim().into(), column: start }
            })
            .collect();
        SheetRow { number, line: number, cells }
    });
    DecisionSource { name: "t".into(), path: "payers/base/decisions/t.csv".into(), rows: rows.collect() }
}

fn with_pack(text: &str, extra: &[PackSource]) -> Compiled {
    let base = PackSource { decisions: vec![sheet(text)], ..pack("base", Layer::Base, "") };
    let packs: Vec<PackSource> = std::iter::once(base).chain(extra.iter().cloned()).collect();
    compile(&packs, &vocabulary())
}

fn rules(text: &str) -> RuleSet {
    let compiled = with_pack(text, &[]);
    assert!(compiled.diagnostics.is_empty(), "{:#?}", compiled.diagnostics);
    compiled.rules
}

const PLACES: &str = "\
decision | POS
title    | Place of service and modifier fit
stage    | scrub
each     | line
hit      | first
because  | The payer pays video only with modifier 95
owner    | coding

row       | claim.place_of_service | line.procedure | line.has_modifier(\"95\") | visit.minutes | then hold     | then note | ask                             | within          | # why
video     | 02, 10                 | 9083*          | no                        |               | coding        |           | Add 95 to ${line.procedure}.    | 2 business_days | telehealth
short     |                        | 90837          |                           | < 53          | documentation |           |                                 |                 |
in order  | 02, 10                 |                | yes                       |               |               | Video     |                                 |                 |
          | not 02, 10, 11         |                |                           | unknown       | coding        |           |                                 |                 |
";

fn found(rules: &RuleSet, world: &World) -> Vec<String> {
    fired(&world.evaluate(rules, Stage::Scrub))
}

#[test]
fn the_first_row_that_fits_decides() {
    let (rules, mut world) = (rules(PLACES), world());
    let evaluation = world.evaluate(&rules, Stage::Scrub);
    assert_eq!(fired(&evaluation), ["POS:video hold coding coding"]);
    let finding = &evaluation.findings[0];
    assert_eq!((finding.message.as_str(), finding.source_line), ("Add 95 to 90837.", 10));
    let values: Vec<String> = finding.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        values,
        ["claim.place_of_service=10", "line.procedure=90837", "line.has_modifier(\"95\")=false"]
    );
    assert_eq!(evaluation.considered, 1);
    world.claim.lines = vec![line(1, "90837", &["95"]), line(2, "90791", &[])];
    assert_eq!(found(&rules, &world), ["POS:in order note  coding"]);
    world.facts.visits[0].stop = Some(jiff::civil::time(10, 40, 0, 0));
    assert_eq!(found(&rules, &world), ["POS:short hold documentation coding"]);
    world.facts.visits.clear();
    world.claim.place_of_service = claimflow_core::PlaceOfService::as_received("12");
    assert_eq!(found(&rules, &world), ["POS:13 hold coding coding", "POS:13 hold coding coding"]);
}

#[test]
fn rows_are_rules_that_others_can_switch_off() {
    let world = world();
    let disable = |id: &str| {
        let text = format!("disable \"{id}\" because \"we do it by hand\"");
        let compiled = with_pack(PLACES, &[pack("own", Layer::Practice, &text)]);
        assert!(compiled.diagnostics.is_empty(), "{:#?}", compiled.diagnostics);
        compiled.rules
    };
    assert_eq!(found(&disable("POS:video"), &world), Vec::<String>::new());
    assert_eq!(found(&disable("POS"), &world), Vec::<String>::new());
    let rules = disable("POS:short");
    assert_eq!(found(&rules, &world), ["POS:video hold coding coding"]);
    assert_eq!(rules.rules().len(), 4);
    assert_eq!(rules.rule("POS:video").map(|rule| rule.table.as_str()), Some("POS"));
    let traces = disable("POS:video").explain_rule("POS:video", &world.input(Stage::Scrub));
    assert!(matches!(&traces[0].considered, Considered::Disabled { by, .. } if by == "own"));
}

#[test]
fn explain_shows_the_row_or_the_nearest() {
    let (rules, mut world) = (rules(PLACES), world());
    let shown = |world: &World, id: Option<&str>| {
        let input = world.input(Stage::Scrub);
        let traces = id.map_or_else(|| rules.explain(&input), |id| rules.explain_rule(id, &input));
        let mut text = String::new();
        for own in traces {
            let _ = writeln!(
                text,
                "{} {} {}: {:?} {:?}",
                own.rule, own.line, own.index, own.considered, own.values
            );
        }
        text
    };
    let mut text = shown(&world, None);
    text.push_str(&shown(&world, Some("POS:short")));
    world.claim.place_of_service = claimflow_core::PlaceOfService::as_received("11");
    text.push_str(&shown(&world, None));
    text.push_str(&shown(&world, Some("POS")));
    text.push_str(&shown(&world, Some("POS:video")));
    insta::assert_snapshot!(text);
}

#[test]
fn all_and_unique() {
    let mut world = world();
    let all = rules(&PLACES.replace("first", "all"));
    world.facts.visits[0].stop = Some(jiff::civil::time(10, 40, 0, 0));
    assert_eq!(found(&all, &world), ["POS:video hold coding coding", "POS:short hold documentation coding"]);
    // Nobody can see beforehand that one claim has both diagnoses.
    let unique = "decision|DX\ntitle|T\nstage|scrub\nbecause|B\nhit|unique\n\
                  row|claim.diagnoses|then hold\na|F33*|coding\nb|F41*|documentation\n";
    let rules = rules(unique);
    assert_eq!(found(&rules, &world), ["DX:a hold coding"]);
    world.claim.diagnoses.push(common::diagnosis("F411"));
    let evaluation = world.evaluate(&rules, Stage::Scrub);
    assert_eq!(fired(&evaluation), ["DX:a error rule_review"]);
    insta::assert_snapshot!(evaluation.findings[0].message);
    let traces = rules.explain(&world.input(Stage::Scrub));
    assert!(matches!(&traces[0].considered, Considered::Error { .. }));
}

#[test]
fn the_more_specific_category_wins_as_among_rules() {
    let table = "decision|DEN\ntitle|T\nstage|categorize\neach|adjustment\nbecause|B\n\
                 adjustment.group|adjustment.reason|then categorize|owner\n\
                 CO|197|authorization|\nPR||eligibility|front_desk\n|45|posting|\n";
    let rule = "rule \"GENERAL\" { title \"T\"; because \"B\"; stage categorize; each adjustment; when true; categorize coding }";
    let compiled = with_pack(table, &[pack("zz", Layer::Base, rule)]);
    assert!(compiled.diagnostics.is_empty(), "{:#?}", compiled.diagnostics);
    let mut world = world();
    for (group, reason, wanted) in [
        ("CO", "197", "DEN:7 categorize authorization"),
        ("PR", "1", "DEN:8 categorize eligibility front_desk"),
        ("OA", "45", "DEN:9 categorize posting"),
        ("OA", "9", "GENERAL categorize coding"),
    ] {
        world.adjustments = vec![adjustment(1, group, reason, &[])];
        assert_eq!(fired(&world.evaluate(&compiled.rules, Stage::Categorize)), [wanted]);
    }
}

fn faults(text: &str) -> String {
    let compiled = with_pack(text, &[]);
    assert!(!compiled.has_errors() || compiled.rules.rules().is_empty(), "half a table would decide wrongly");
    let mut shown = String::new();
    for own in compiled.diagnostics {
        let _ = writeln!(shown, "{} {}:{} {}\n    {}", own.code, own.line, own.column, own.message, own.help);
    }
    shown
}

#[test]
fn every_fault_names_its_cell() {
    insta::assert_snapshot!(faults(
        "decison|POS\ntitle|T|more\nstage|scrubb\neach|lines\nhit|best\nbecause|B\nbecause|B\nowner|codding\nwithin|soon\neffective|2026\n\
         row|claim.place_of_servce|line.procedure|line.procedure|visit.minutes|line.has_modifier(95)|coverage.active|line.charge|visit.date|then fix|then hodl|then hold|withn\n"
    ));
    insta::assert_snapshot!(faults(
        "decision|POS\ntitle|T\nstage|scrub\neach|line\nhit|first\nbecause|B\n\
         row|claim.place_of_service|line.procedure|visit.minutes|coverage.active|line.charge|line.service_date|then hold|owner|within|expires|ask\n\
         a|2|9083|fifty|maybe|>< 5|3/3/2026|documentatoin|billling|soon|never|${line.procedur}\n\
         a|unknown|>= 90832|60..16|yes|5..x|2026-03-03|coding\n\
         |*|\"open|*|no||||||||\n\
         c||F*G*||||||||||extra\n"
    ));
}

#[test]
fn rows_that_get_in_each_others_way() {
    let head = "decision|POS\ntitle|T\nstage|scrub\neach|line\nbecause|B\n";
    let rows = "row|line.procedure|visit.minutes|effective|then hold\n\
                a|908*|>= 30||coding\nb|90837|30..60||coding\nc|90834||2026-01-01|coding\nd|not 90837|< 30||coding\n";
    insta::assert_snapshot!(faults(&format!("{head}hit|first\n{rows}")));
    insta::assert_snapshot!(faults(&format!("{head}hit|unique\n{rows}")));
    assert_eq!(faults(&format!("{head}hit|all\n{rows}")), "");
}

#[test]
fn tables_that_are_none() {
    for (text, wanted) in [
        ("", "no row of columns"),
        ("decision|A\ntitle|T\nstage|scrub\nbecause|B\nline.procedure|hold\n", "no row of columns"),
        ("decision|A\ntitle|T\nstage|scrub\nbecause|B\nclaim.payer|then hold\n", "has no rows"),
        ("claim.payer|then hold\n60054|coding\n", "has no `decision`"),
        ("decision|A\ntitle|T\nstage|scrub\nbecause|B\n\"|then hold\n60054|coding\n", "is no column"),
    ] {
        assert!(faults(text).contains(wanted), "{text}: {}", faults(text));
    }
    let own = "rule \"POS:video\" { title \"T\"; because \"B\"; stage scrub; when true; hold coding }";
    let compiled = with_pack(PLACES, &[pack("own", Layer::Practice, own)]);
    assert!(compiled.diagnostics.iter().any(|own| own.message.contains("`POS:video` is there already")));
}

#[test]
fn every_code_has_an_example() {
    let shown = [
        include_str!("snapshots/decisions__every_fault_names_its_cell.snap"),
        include_str!("snapshots/decisions__every_fault_names_its_cell-2.snap"),
        include_str!("snapshots/decisions__rows_that_get_in_each_others_way.snap"),
        include_str!("snapshots/decisions__rows_that_get_in_each_others_way-2.snap"),
        &faults(""),
    ]
    .concat();
    let own = claimflow_rules::DIAGNOSTICS.iter().filter(|own| own.0.starts_with('D'));
    let missing: Vec<&str> = own.map(|own| own.0).filter(|code| !shown.contains(code)).collect();
    assert!(missing.is_empty(), "no example of {missing:?}");
}
