//! Faults in an editor's words.

use async_lsp::lsp_types::{
    Diagnostic as Published, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString, Url,
};
use claimflow_core::{Diagnostic, Severity};

use crate::Lines;

/// The faults of one file as an editor shows them. The mend stands in the message's second line, as few editors show more
/// than the message; `related` adds where to read about the code, for editors that can.
pub fn published(text: &str, faults: &[&Diagnostic], file: &Url, related: bool) -> Vec<Published> {
    let lines = Lines::new(text);
    faults.iter().map(|fault| publish(&lines, fault, file, related)).collect()
}

fn publish(lines: &Lines<'_>, fault: &Diagnostic, file: &Url, related: bool) -> Published {
    let range = lines.range(lines.marked(fault));
    let message = match fault.help.as_str() {
        "" => fault.message.clone(),
        help => format!("{}\n{help}", fault.message),
    };
    let more = || DiagnosticRelatedInformation {
        location: Location { uri: file.clone(), range },
        message: format!("`claimflow rules explain-code {}` tells more", fault.code),
    };
    let explained = !fault.code.is_empty();
    Published {
        range,
        severity: Some(severity(fault.severity)),
        code: explained.then(|| NumberOrString::String(fault.code.to_string())),
        source: Some("claimflow".to_owned()),
        message,
        related_information: (related && explained).then(|| vec![more()]),
        ..Published::default()
    }
}

const fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Advice => DiagnosticSeverity::INFORMATION,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_lsp::lsp_types::{Position, Range};

    #[test]
    fn the_mend_is_a_part_of_the_message_and_the_code_leads_on() {
        let file = Url::parse("file:///p/x.rhai").unwrap();
        let fault = Diagnostic::warning("R031", "x.rhai", 2, 3, "`visit.minutes` may be unknown")
            .length(13)
            .help("ask first whether it is known");
        let told = published("“é”\n  visit.minutes", &[&fault], &file, true).remove(0);
        assert_eq!(told.range, Range::new(Position::new(1, 2), Position::new(1, 15)));
        assert_eq!(told.severity, Some(DiagnosticSeverity::WARNING));
        assert_eq!(told.message, "`visit.minutes` may be unknown\nask first whether it is known");
        let related = told.related_information.unwrap().remove(0);
        assert_eq!(related.message, "`claimflow rules explain-code R031` tells more");
        let bare = Diagnostic::warning("", "x.rhai", 1, 1, "the case does not hold");
        let told = published("- case", &[&bare], &file, true).remove(0);
        assert_eq!((told.code, told.related_information), (None, None));
    }
}
