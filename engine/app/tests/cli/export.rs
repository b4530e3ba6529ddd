//! Tables for analysts say what `show` says, and nothing of who patients are.
#![expect(clippy::unwrap_used, reason = "a test may end where its own data is wrong")]

use std::fs;
use std::path::Path;

use claimflow_simulator::{SampleOptions, identifying_texts};
use serde_json::Value;

use crate::support::{Ran, run};

struct Played {
    folder: tempfile::TempDir,
}

impl Played {
    fn new() -> Self {
        let this = Self { folder: tempfile::tempdir().unwrap() };
        run(&["demo", "--practice", &this.path("demo"), "--seed", "1", "--json"]).ended(0);
        this
    }

    fn path(&self, inner: &str) -> String {
        self.folder.path().join(inner).display().to_string()
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let root = self.path("demo");
        run(&[&["--practice", root.as_str()], arguments].concat())
    }

    fn rows(&self, file: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path(file)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The values under some keys.
fn of(row: &Value, keys: &[&str]) -> Vec<Value> {
    // Nothing is an empty text to `show`, and nothing to a table.
    let value = |key: &&str| if row[key] == "" { Value::Null } else { row[key].clone() };
    keys.iter().map(value).collect()
}

fn rows_of<'r>(rows: &'r [Value], id: &str) -> Vec<&'r Value> {
    rows.iter().filter(|row| row["claim"] == id).collect()
}

const ALIKE: &[&str] = &[
    "id",
    "state",
    "workflow",
    "workflow_version",
    "payer",
    "service_date",
    "billed",
    "paid",
    "patient",
    "submissions",
];
const LINES: &[&str] =
    &["line", "procedure", "modifiers", "charge", "units", "place_of_service", "service_date"];
const DENIALS: &[&str] = &["group", "carc", "rarcs", "amount", "category", "owner", "rule"];

#[test]
fn tables_say_what_show_says_and_name_nobody() {
    let played = Played::new();
    let answer = played.run(&["--json", "export", &played.path("out")]).json(0);
    assert!(answer["position"].as_u64().unwrap() > 0);
    let [claims, lines, denials, events] =
        ["claims", "lines", "denials", "events"].map(|table| played.rows(&format!("out/{table}.ndjson")));
    assert_eq!(answer["claims"], claims.len());
    for (file, rows) in answer["files"].as_array().unwrap().iter().zip([&claims, &lines, &denials, &events]) {
        assert_eq!(file["rows"], rows.len());
        let path = Path::new(file["path"].as_str().unwrap());
        assert_eq!(file["bytes"], fs::metadata(path).unwrap().len());
    }
    // Every claim with a denial, and some of the others.
    let chosen = claims.iter().enumerate().filter(|(place, row)| row["denied"] != "0.00" || place % 40 == 0);
    for (_, row) in chosen.take(10) {
        let id = row["id"].as_str().unwrap();
        let shown = played.run(&["show", id, "--json"]).json(0);
        assert_eq!(of(row, ALIKE), of(&shown, ALIKE), "{id}");
        assert_eq!(
            of(row, &["owner", "category", "due"]),
            of(&shown["work_item"], &["owner", "category", "due"])
        );
        let all = |rows: &[&Value], keys| rows.iter().map(|row| of(row, keys)).collect::<Vec<_>>();
        let shown_of = |key: &str| shown[key].as_array().unwrap().iter().collect::<Vec<_>>();
        assert_eq!(all(&rows_of(&lines, id), LINES), all(&shown_of("lines"), LINES), "{id}");
        let open =
            rows_of(&denials, id).into_iter().filter(|row| row["closed"].is_null()).collect::<Vec<_>>();
        assert_eq!(all(&open, DENIALS), all(&shown_of("denials"), DENIALS), "{id}");
        let keys = &["at", "actor", "event"];
        assert_eq!(all(&rows_of(&events, id), keys), all(&shown_of("timeline"), keys), "{id}");
    }
    let sample =
        claimflow_simulator::practice(&SampleOptions { seed: 1, ..SampleOptions::default() }).unwrap();
    let people: Vec<String> = sample.people().iter().flat_map(identifying_texts).collect();
    for table in ["claims", "lines", "denials", "events"] {
        let text = fs::read_to_string(played.path(&format!("out/{table}.ndjson"))).unwrap();
        let exposed: Vec<&String> = people.iter().filter(|own| text.contains(own.as_str())).collect();
        assert!(exposed.is_empty(), "{table} tells of {exposed:?}");
    }
    with_patients(&played, &people);
    parts(&played, claims.len());
}

fn with_patients(played: &Played, people: &[String]) {
    let ran = played.run(&["export", "-", "--tables", "claims", "--with-patients"]);
    assert!(people.iter().any(|own| ran.ended(0).contains(own.as_str())));
    assert!(ran.err.contains("tells who the patients are"), "{}", ran.err);
    let first: Value = serde_json::from_str(ran.out.lines().next().unwrap()).unwrap();
    assert!(first["birth_date"].is_string() && first["member_id"].is_string(), "{first}");
}

/// Parquet, one table, and a period.
fn parts(played: &Played, claims: usize) {
    let out = played.path("parquet");
    let arguments = ["--json", "export", &out, "--format", "parquet", "--tables", "claims"];
    let answer = played.run(&arguments).json(0);
    assert_eq!(answer["files"][0]["rows"], claims);
    let names: Vec<_> =
        fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names, ["claims.parquet"]);
    assert!(fs::read(Path::new(&out).join("claims.parquet")).unwrap().starts_with(b"PAR1"));
    let none = played.run(&["export", "-", "--tables", "claims", "--until", "1999-12-31"]);
    assert_eq!(none.ended(0), "");
}

#[test]
fn what_it_cannot_mean_is_wrong_usage() {
    for (arguments, why) in [
        (&["export", "-"][..], "only one table"),
        (
            &["export", "-", "--tables", "claims", "--format", "parquet"],
            "Parquet does not go to standard output",
        ),
        (&["--json", "export", "-", "--tables", "claims"], "the table itself"),
        (&["export", "x", "--tables", "clams"], "there is no table `clams`"),
        (&["export", "x", "--since", "2026-02-01", "--until", "2026-01-01"], "is after"),
    ] {
        let ran = run(arguments);
        assert!(ran.refused(2).contains(why), "{}", ran.err);
    }
}
