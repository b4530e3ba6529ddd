//! Faults as SARIF 2.1.0, which code hosts and editors show at their lines.

use claimflow_core::{Diagnostic, Severity};
use serde_json::{Value, json};

use super::codes::{CodePage, all};

/// The log of one run.
pub fn log(faults: &[Diagnostic]) -> Value {
    let pages = all();
    let results: Vec<Value> = faults.iter().map(|fault| result(fault, &pages)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "claimflow",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": pages.iter().map(rule).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { "PRACTICE": { "description": { "text": "the practice folder" } } },
            "results": results,
        }],
    })
}

fn rule(page: &CodePage) -> Value {
    json!({
        "id": page.code,
        "shortDescription": { "text": page.meaning },
        "help": { "text": page.page, "markdown": page.page },
        "defaultConfiguration": { "level": level(page.severity()) },
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    }
}

fn result(fault: &Diagnostic, pages: &[CodePage]) -> Value {
    let text = if fault.help.is_empty() {
        fault.message.clone()
    } else {
        format!("{}\nhelp: {}", fault.message, fault.help)
    };
    let mut result = json!({
        "ruleId": fault.code,
        "level": level(fault.severity),
        "message": { "text": text },
        "locations": [{ "physicalLocation": place(fault) }],
    });
    if let (Some(index), Some(object)) =
        (pages.iter().position(|page| fault.code == page.code), result.as_object_mut())
    {
        object.insert("ruleIndex".to_owned(), json!(index));
    }
    result
}

fn place(fault: &Diagnostic) -> Value {
    let file = json!({ "uri": encoded(&fault.path), "uriBaseId": "PRACTICE" });
    if fault.line == 0 {
        return json!({ "artifactLocation": file });
    }
    let column = fault.column.max(1);
    let mut region = json!({ "startLine": fault.line, "startColumn": column });
    if let (1.., Some(object)) = (fault.length, region.as_object_mut()) {
        object.insert("endColumn".to_owned(), json!(column.saturating_add(fault.length)));
    }
    json!({ "artifactLocation": file, "region": region })
}

/// A path as a relative reference: what a reference cannot hold is written as `%20`.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_has_the_shape_that_the_standard_asks_for() {
        let faults = [
            Diagnostic::error("R020", "payers/my pack/rules/x.rhai", 3, 10, "there is no `a`")
                .length(4)
                .help("`b`?"),
            Diagnostic::warning("R031", "payers/a/rules/x.rhai", 7, 0, "may be unknown"),
            Diagnostic {
                severity: Severity::Advice,
                ..Diagnostic::error("F001", "registers/visits.csv", 0, 0, "gone")
            },
        ];
        let log = log(&faults);
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for rule in rules {
            assert!(rule["id"].is_string() && rule["shortDescription"]["text"].is_string());
            assert!(rule["help"]["text"].as_str().is_some_and(|text| text.contains("## Prefer")));
            let level = rule["defaultConfiguration"]["level"].as_str().unwrap();
            assert!(["error", "warning", "note"].contains(&level));
        }
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 3);
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert!(result["message"]["text"].is_string());
        }
        let place = |at: usize| &results[at]["locations"][0]["physicalLocation"];
        assert_eq!(place(0)["artifactLocation"]["uri"], "payers/my%20pack/rules/x.rhai");
        assert_eq!(place(0)["region"], json!({ "startLine": 3, "startColumn": 10, "endColumn": 14 }));
        assert_eq!(place(1)["region"], json!({ "startLine": 7, "startColumn": 1 }));
        assert!(place(2).get("region").is_none());
        assert_eq!(results[2]["level"], "note");
    }
}
