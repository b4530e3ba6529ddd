//! `docs/durability.md` names the test that holds each promise: each of them exists.

use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in the workspace")
}

/// Pairs of a file and a test in it, written as `` `file`: `test` ``.
fn named(page: &str) -> Vec<(String, String)> {
    let parts: Vec<&str> = page.split('`').collect();
    let pairs = parts.windows(4).filter(|window| window[2] == ": " && window[1].ends_with(".rs"));
    pairs.map(|window| (window[1].to_owned(), window[3].to_owned())).collect()
}

#[test]
fn each_promise_names_a_test_that_exists() {
    let page = fs::read_to_string(root().join("docs/durability.md")).expect("the page is there");
    let promises = page.split("\n## ").find(|part| part.starts_with("Promises")).expect("there are promises");
    for promise in promises.split("\n\n").skip(1) {
        let tests = named(promise);
        assert!(!tests.is_empty(), "no test holds this promise:\n{promise}");
        for (file, test) in tests {
            let text =
                fs::read_to_string(root().join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(text.contains(&format!("fn {test}(")), "{file} has no test `{test}`");
        }
    }
    let count = named(&page).len();
    assert!(count > 20, "the page is read: {count} tests");
}
