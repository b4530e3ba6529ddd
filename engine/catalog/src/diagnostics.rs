//! Every fault that reading can find, with its stable code. Rules (`R`) and tables (`T`) have theirs in the rule
//! language, the proofs of workflows (`W001` to `W016`) in the core.

use claimflow_core::Severity;
use claimflow_core::Severity::{Advice, Error, Warning};

/// Every fault: stable code, how much it matters, what it means.
pub const DIAGNOSTICS: &[(&str, Severity, &str)] = &[
    ("Y001", Error, "The text is not YAML."),
    ("Y002", Error, "A key that does not exist here."),
    ("Y003", Error, "A list where a text belongs, or another kind of thing than belongs here."),
    ("Y004", Error, "A value that the key does not take, or a key that is missing."),
    ("Y005", Error, "A key that is there twice."),
    ("Y006", Error, "A second document in one file."),
    ("Y007", Error, "A tag or a merge key, which mean nothing here."),
    ("Y008", Error, "Nesting too deep, or aliases that repeat too much."),
    ("Y009", Error, "An alias of something that it is itself part of."),
    ("S001", Error, "A telephone number that is none."),
    ("S002", Error, "An id that does not fit into an X12 header."),
    ("S003", Error, "An owner that is not one word in small letters."),
    ("S004", Error, "The workflow for new claims does not exist."),
    ("S005", Error, "A calendar, a time zone, a day off or an hour that is none."),
    ("S006", Advice, "A key that does nothing."),
    ("S007", Error, "A time so short that claims would go which are still asked about."),
    ("W020", Error, "A state that is nothing, or two things at once."),
    ("W021", Error, "A name or a version that a workflow cannot have."),
    ("W022", Warning, "A file whose name is not that of its workflow and version."),
    ("W023", Error, "A category that does not exist."),
    ("W024", Error, "An owner that does not exist."),
    ("W025", Error, "Two files of one version of a workflow."),
    ("P001", Error, "A pack without its `pack.yaml`."),
    ("P002", Error, "A pack whose name is not that of its folder."),
    ("P003", Error, "A version that is none."),
    ("P004", Error, "Payers or dates that contradict the pack."),
    ("P005", Error, "A pack that builds on one that is not installed."),
    ("P006", Error, "A pack that needs another claimflow."),
    ("G001", Error, "A plugin without its `plugin.yaml`."),
    ("G002", Error, "A name or a version that a plugin cannot have."),
    ("G003", Error, "A name that scripts cannot write, or an action that no function does."),
    ("G004", Error, "A grant that a plugin cannot have."),
    ("G005", Error, "A limit that is too wide, or none."),
    ("G006", Error, "Settings for a plugin, a setting or a secret that is not there."),
    ("D001", Error, "A row of categories that names none, or one that is there already."),
    ("D002", Error, "A category that does not exist."),
    ("D003", Error, "An owner that does not exist."),
    ("D004", Error, "A cell that its column does not take."),
    ("D005", Warning, "A routing row that never decides."),
    ("D013", Error, "A spreadsheet that cannot be read, or a cell of it that holds no value of its own."),
    ("F001", Advice, "A register that is not there."),
    ("F002", Error, "A cell that its column does not take; its row is left out."),
    ("F003", Warning, "A file among the registers that nothing reads."),
    (
        "C003",
        Error,
        "A key of a case that does not exist, does not take the value, or does not go with the others.",
    ),
    ("C004", Error, "A rule, category, owner, workflow or state in a case that does not exist."),
    ("C005", Error, "A fixed field that does not exist."),
    ("C006", Error, "A case that expects nothing."),
    ("C007", Warning, "A rule that no case makes fire."),
    ("C008", Warning, "A rule that no case shows staying silent."),
    ("J001", Error, "The text is not JSON."),
    ("J002", Error, "A field of a claim that does not exist, is missing, or does not take the value."),
    ("J003", Error, "JSON that holds no claim."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    /// Codes such as `Y001` in the quoted texts of every source file below a folder.
    fn codes(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                codes(&entry.path(), found);
            } else if entry.path().extension().is_some_and(|extension| extension == "rs")
                && entry.file_name() != "diagnostics.rs"
            {
                let text = fs::read_to_string(entry.path()).unwrap();
                found.extend(text.split('"').filter(|part| is_code(part)).map(str::to_owned));
            }
        }
    }

    fn is_code(text: &str) -> bool {
        text.len() == 4
            && matches!(text.as_bytes(), [b'A'..=b'Z', b'0', rest @ ..] if rest.iter().all(u8::is_ascii_digit))
    }

    #[test]
    fn every_code_is_in_the_table_and_every_one_of_the_table_is_used() {
        let mut used = Vec::new();
        codes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut used);
        let elsewhere = |code: &str| {
            claimflow_rules::DIAGNOSTICS.iter().any(|(own, ..)| *own == code)
                || matches!(code, "W002" | "W003" | "W004" | "W013")
        };
        for code in &used {
            assert!(
                elsewhere(code) || DIAGNOSTICS.iter().any(|(own, ..)| own == code),
                "{code} is not in the table"
            );
        }
        for (place, (code, _, meaning)) in DIAGNOSTICS.iter().enumerate() {
            assert!(used.iter().any(|own| own == code), "{code} is never told");
            assert!(DIAGNOSTICS.iter().skip(place + 1).all(|(other, ..)| other != code), "{code} twice");
            assert!(meaning.ends_with('.'), "{code}");
        }
    }
}
