//! What tests share.

use claimflow_core::{Diagnostic, Severity};

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
