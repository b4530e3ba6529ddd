//! Cases: tried, measured, rewritten.

use std::fs;

use serde_json::Value;

use crate::support::Practice;

const WRONG: &str = "# Ours.\n- case: the note shows no times\n  stage: scrub\n  facts: { visit: { signed: true } }\n\
                     \x20 expect: { silent: [DOC-START-STOP], held: [] } # look\n";

#[test]
fn coverage_tells_what_is_untried() {
    let practice = Practice::new();
    let covered = practice.run(&["rules", "coverage", "--json"]).json(0);
    assert!(covered["percent"].as_u64().is_some_and(|percent| percent > 80), "{}", covered["percent"]);
    let pack = &covered["packs"][0];
    for key in ["pack", "percent", "tried", "of", "rules", "tables"] {
        assert_ne!(pack[key], Value::Null, "{key}");
    }
    let rule = &pack["rules"][0];
    for key in ["rule", "title", "source", "fired", "silent", "parts", "gaps"] {
        assert_ne!(rule[key], Value::Null, "{key}");
    }
    let file = practice.path("cover.html");
    let page = file.to_str().unwrap();
    let told = practice.run(&["rules", "coverage", "payers/aetna", "--html", page]);
    assert!(told.ended(0).starts_with("aetna  "), "{}", told.out);
    let page = fs::read_to_string(file).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    assert!(!page.contains("://") && !page.contains("<script"), "the page needs nothing from elsewhere");
    practice.run(&["rules", "coverage", "payers/aetna", "--min", "100"]).ended(1);
}

#[test]
fn expectations_are_rewritten_on_request_only() {
    let practice = Practice::new();
    fs::create_dir_all(practice.path("payers/own/cases")).unwrap();
    fs::write(practice.path("payers/own/pack.yaml"), "name: own\nversion: 1.0.0\nlayer: practice\n").unwrap();
    let file = practice.path("payers/own/cases/a.yaml");
    fs::write(&file, WRONG).unwrap();
    let results = practice.path("results.xml");
    let junit = ["rules", "test", "payers/own", "--junit", results.to_str().unwrap()];
    practice.run(&junit).ended(1);
    assert!(
        fs::read_to_string(&results)
            .unwrap()
            .contains("<failure message=\"`DOC-START-STOP` should stay silent")
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), WRONG);
    let updated = practice.run(&["rules", "test", "payers/own", "--update", "--json"]).json(0);
    assert_eq!(updated["updated"][0]["cases"][0]["changes"].as_array().map(Vec::len), Some(3), "{updated}");
    let expected = WRONG.replace(
        "silent: [DOC-START-STOP], held: []",
        "fires: [DOC-START-STOP], silent: [], held: [documentation]",
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), expected);
    practice.run(&["rules", "test", "payers/own"]).ended(0);

    fs::write(&file, WRONG).unwrap();
    fs::create_dir_all(practice.path("payers/own/rules")).unwrap();
    fs::write(practice.path("payers/own/rules/a.rhai"), "rule \"X\" { when claim.nothing }\n").unwrap();
    practice.run(&["rules", "test", "payers/own", "--update"]).ended(1);
    assert_eq!(fs::read_to_string(&file).unwrap(), WRONG, "nothing is rewritten while the rules have errors");
}
