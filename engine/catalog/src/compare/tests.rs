//! Two generations of a small practice, told apart in words.

use super::compare;
use crate::testing::{CATEGORIES, WORKFLOW};
use crate::{Generation, PracticeSettings, SourceFile, load};

const RULES: &str = r#"
rule "DOC" {
    title "Start and stop"
    stage scrub
    each line
    codes ["90837"]
    when !visit.has_start_and_stop && table("codes").has(line.procedure)
    hold documentation
    ask "Please add the times of ${line.service_date}."
    within 2 business_days
    because "minutes choose the code"
}
rule "TELE" {
    title "Video carries 95"
    stage scrub
    each line
    mode shadow
    when line.place_of_service == "10" && !line.has_modifier("95")
    fix line.add_modifier("95")
    because "the payer wants it"
}
rule "GONE" {
    title "Goes away"
    stage scrub
    when claim.line_count > 90
    warn documentation
    because "a trial"
}
"#;

fn files() -> Vec<(&'static str, String)> {
    [
        ("workflows/professional-claim/v1.yaml", WORKFLOW),
        ("payers/base/pack.yaml", "name: base\nversion: 1.0.0\nlayer: base\n"),
        ("payers/base/categories.csv", CATEGORIES),
        ("payers/base/rules/a.rhai", RULES),
        ("payers/base/tables/codes.csv", "code,effective\n90837,\n90834,2026-01-01\n90832,\n"),
        ("routing.csv", "category,owner,due\nduplicate,billing,1 days\ndocumentation,clinician,3 days\n"),
    ]
    .map(|(path, text)| (path, text.to_owned()))
    .to_vec()
}

fn generation(files: &[(&str, String)]) -> Generation {
    let files: Vec<SourceFile> =
        files.iter().map(|(path, text)| SourceFile::new(*path, text.as_str())).collect();
    let loaded = load(&files, &PracticeSettings::default());
    loaded.generation.unwrap_or_else(|| panic!("{}", crate::testing::report(&loaded.diagnostics)))
}

/// The files after replacements in the one that ends so.
fn after(changes: &[(&str, &str, &str)]) -> Vec<(&'static str, String)> {
    let mut files = files();
    for (file, from, to) in changes {
        let (_, text) = files.iter_mut().find(|(path, _)| path.ends_with(file)).unwrap();
        assert!(text.contains(from), "{file}: {from}");
        *text = text.replace(from, to);
    }
    files
}

fn told(before: &[(&str, String)], after: &[(&str, String)]) -> String {
    compare(&generation(before), &generation(after)).iter().map(|own| format!("{own}\n")).collect()
}

const NEW: &str = "rule \"NEW\" {\n    title \"Is new\"\n    stage scrub\n    when claim.line_count > 80\n    hold documentation\n    because \"a trial\"\n}\n";

fn changed() -> Vec<(&'static str, String)> {
    let mut files = after(&[
        ("pack.yaml", "1.0.0", "1.1.0"),
        ("a.rhai", "[\"90837\"]", "[\"90837\", \"90834\"]"),
        ("a.rhai", "!visit.has_start_and_stop", "visit.known && !visit.has_start_and_stop"),
        ("a.rhai", "the times", "start and stop"),
        ("a.rhai", "2 business_days", "5 days"),
        (
            "a.rhai",
            "    because \"minutes choose the code\"",
            "    because \"minutes choose the code\"\n    effective \"2026-04-01\"",
        ),
        ("codes.csv", "90832,\n", "90833,\n90836,\n"),
        ("categories.csv", "There already,billing", "There already,coding"),
        ("routing.csv", "clinician,3 days", "clinician,2 days"),
        ("v1.yaml", "done: { final: true }", "done: { final: true, note: \"ended\" }"),
    ]);
    let (_, rules) = files.iter_mut().find(|(path, _)| path.ends_with("a.rhai")).unwrap();
    let gone = rules.find("rule \"GONE\"").unwrap();
    rules.replace_range(gone.., NEW);
    files.push((
        "rules.yaml",
        "rules:\n  TELE: { mode: live, reason: tried }\n  DOC: { enforcement: advisory, reason: \"new forms\", expires: 2027-03-31 }\n".to_owned(),
    ));
    files
}

#[test]
fn every_difference_is_told_in_words() {
    insta::assert_snapshot!(told(&files(), &changed()));
}

#[test]
fn nothing_differs_from_itself_and_layout_is_no_difference() {
    assert_eq!(told(&files(), &files()), "");
    let laid_out = after(&[("a.rhai", "    stage scrub\n", "    stage   scrub   // as ever\n")]);
    assert_eq!(told(&files(), &laid_out), "");
}

#[test]
fn the_way_back_has_as_many_differences() {
    let (old, new) = (generation(&files()), generation(&changed()));
    let (there, back) = (compare(&old, &new), compare(&new, &old));
    assert_eq!(there.len(), back.len());
    let turned =
        |own: &super::Difference| (own.area, own.subject.clone(), own.before.clone(), own.after.clone());
    for own in &there {
        let (area, subject, before, after) = turned(own);
        assert!(
            back.iter().map(turned).any(|own| own == (area, subject.clone(), after.clone(), before.clone()))
                || area == super::Area::Table,
            "{own}"
        );
    }
}
