//! The report in the form that build servers read: JUnit XML.

use claimflow_catalog::{CaseReport, CaseResult};

/// The whole file: one suite a pack, one case each.
pub(super) fn junit(report: &CaseReport) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let faults: Vec<_> = report.diagnostics.iter().filter(|fault| fault.is_error()).collect();
    let failed = report.failed().count();
    out.push_str(&format!(
        "<testsuites name=\"claimflow rules test\" tests=\"{}\" failures=\"{failed}\" errors=\"{}\">\n",
        report.results.len() + faults.len(),
        faults.len()
    ));
    let mut packs: Vec<&str> = report.results.iter().map(|case| case.pack.as_str()).collect();
    packs.dedup();
    for pack in packs {
        let own: Vec<&CaseResult> = report.results.iter().filter(|case| case.pack == pack).collect();
        let failed = own.iter().filter(|case| !case.passed()).count();
        out.push_str(&format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\">\n",
            escaped(pack),
            own.len()
        ));
        own.into_iter().for_each(|case| out.push_str(&testcase(case)));
        out.push_str("  </testsuite>\n");
    }
    if !faults.is_empty() {
        let number = faults.len();
        out.push_str(&format!("  <testsuite name=\"files\" tests=\"{number}\" errors=\"{number}\">\n"));
        for fault in faults {
            let (file, message) = (escaped(&fault.path), escaped(&fault.message));
            out.push_str(&format!(
                "    <testcase classname=\"{file}\" name=\"line {}\" file=\"{file}\" line=\"{}\">\
                 <error type=\"{}\" message=\"{message}\"/></testcase>\n",
                fault.line,
                fault.line,
                escaped(&fault.code)
            ));
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn testcase(case: &CaseResult) -> String {
    let file = escaped(&case.file);
    let head = format!(
        "    <testcase classname=\"{file}\" name=\"{}\" file=\"{file}\" line=\"{}\"",
        escaped(&case.name),
        case.line
    );
    if case.passed() {
        return format!("{head}/>\n");
    }
    let first = case.reasons.first().map_or("", String::as_str);
    format!(
        "{head}>\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
        escaped(first),
        escaped(&case.reasons.join("\n"))
    )
}

/// Text as it may stand in XML; characters that XML has no way to write are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            other if other.is_control() || matches!(other, '\u{fffe}' | '\u{ffff}') => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use claimflow_core::{Diagnostic, Stage};

    use super::*;

    fn case(name: &str, reasons: &[&str]) -> CaseResult {
        CaseResult {
            pack: "own".into(),
            file: "payers/own/cases/a.yaml".into(),
            line: 3,
            name: name.into(),
            stage: Some(Stage::Scrub),
            journey: "".into(),
            reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
            fired: Vec::new(),
        }
    }

    #[test]
    fn suites_cases_failures_and_faults() {
        let report = CaseReport {
            results: vec![case("holds", &[]), case("a < b & \"c\"", &["`A` should fire", "held for <b>"])],
            diagnostics: vec![Diagnostic::error(
                "C004",
                "payers/own/cases/b.yaml",
                7,
                1,
                "there is no rule `X`",
            )],
            ..CaseReport::default()
        };
        insta::assert_snapshot!(junit(&report));
    }

    #[test]
    fn any_letter_can_be_written() {
        let text: String = ('\0'..='\u{ffff}').collect();
        let out = escaped(&text);
        assert!(!out.contains(['<', '>', '"', '\'']) && !out.chars().any(char::is_control));
    }
}
