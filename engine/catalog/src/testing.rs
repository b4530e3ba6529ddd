//! What tests share.

use claimflow_core::{Diagnostic, Severity};

/// A workflow that scrubs, and ends.
pub(crate) const WORKFLOW: &str = "workflow: professional-claim\nversion: 1\nstart: scrub\nstates:\n\
                        \x20 scrub: { do: claim.scrub, then: [{ to: done }] }\n  done: { final: true }\n";

/// A few categories.
pub(crate) const CATEGORIES: &str = "category,label,default_owner,clock,days\ndocumentation,Note lacks something,clinician,,\n\
                          duplicate,There already,billing,,\nuncategorized,Unknown,triage,,\nrule_review,Rule failed,billing_lead,,\n";

/// Faults as people read them, one after another.
pub(crate) fn report(faults: &[Diagnostic]) -> String {
    let mut text = String::new();
    for fault in faults {
        let severity = match fault.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "advice",
        };
        text.push_str(&format!(
            "{}:{}:{} {severity} {}: {}\n",
            fault.path, fault.line, fault.column, fault.code, fault.message
        ));
        if !fault.help.is_empty() {
            text.push_str(&format!("    help: {}\n", fault.help));
        }
    }
    text
}
