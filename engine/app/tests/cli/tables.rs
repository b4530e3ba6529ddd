//! Public code files become tables that rules see.

use crate::support::{Practice, has_keys};

#[test]
fn a_public_file_becomes_a_table() {
    let practice = Practice::new();
    let text = "Column 1\tColumn 2\n90837\t90834\t\t20130101\t*\t0\tx\n90837\t908\t\t20130101\t*\t0\tx\n";
    let file = practice.file("f1.txt", text.as_bytes());
    let made = practice.run(&["tables", "import", "auto", &file, "--json"]).json(1);
    has_keys(&made, &["kind", "path", "rows", "repeated", "headings", "skipped", "first_effective"]);
    assert_eq!((made["kind"].as_str(), made["rows"].as_u64()), (Some("ncci_ptp"), Some(1)));
    assert_eq!(made["skipped"][0]["line"], 3);
    let listed = practice.run(&["tables", "list", "--json"]).json(0);
    let names: Vec<&str> =
        listed["tables"].as_array().unwrap().iter().filter_map(|own| own["name"].as_str()).collect();
    assert!(names.contains(&"ncci_ptp"), "{names:?}");
    let own = listed["tables"].as_array().unwrap().iter().find(|own| own["name"] == "ncci_ptp").unwrap();
    assert_eq!(
        (&own["first_effective"], &own["last_effective"]),
        (&"2013-01-01".into(), &"2013-01-01".into())
    );
    practice.run(&["rules", "check"]).ended(0);
}

#[test]
fn a_file_of_another_kind_is_refused() {
    let practice = Practice::new();
    let file = practice.file("f1.txt", b"90837\t90834\t\t20130101\t*\t0\tx\n");
    let said = practice.run(&["tables", "import", "mue", &file]);
    assert!(said.refused(3).contains("looks like `mue`"));
    let archive = practice.file("f1.zip", b"PK\x03\x04");
    assert!(practice.run(&["tables", "import", "mue", &archive]).refused(3).contains("unzip it first"));
    assert!(
        practice
            .run(&["tables", "import", "mues", &file])
            .refused(2)
            .contains("there is no kind of table `mues`")
    );
}
