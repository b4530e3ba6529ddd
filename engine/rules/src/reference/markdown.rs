//! The reference page.

use std::fmt::Write as _;

use claimflow_core::{Stage, Subject};

use crate::assist::{signature, subjects_of};
use crate::catalogue::{
    CLAUSES, ClauseKind, Entry, EntryKind, FunctionEntry, OPERATORS, Receiver, Shape, Type, catalogue,
    functions_of, objects, stage_meaning, subject_meaning,
};

const OPENING: &str = "\
# Rule reference

Everything that a rule can say, read and do. This page is made from the tables that the checker itself uses; a test fails when
it is out of date. In the terminal, `claimflow rules fields WORD` looks things up.

A rule reads like a sentence. Its clauses come in any order, one on a line:

```rhai
rule \"SESSION-ONE-UNIT\" {
    title     \"A session is one unit\"
    stage     scrub
    each      line
    codes     [\"90834\", \"90837\"]
    when      line.units > 1
    fix       line.set_units(1)
    because   \"Sessions are billed by the session, not by time\"
}
```

A file holds rules, constants (`const SESSION = [\"90834\", \"90837\"];`), helpers (`fn is_video(line) { ... }`), and
`disable \"RULE-ID\" because \"...\"` for rules of earlier layers.

What may be *unknown* reads as `()`. A comparison with it fails, and the claim is held for review, so ask first:
`visit.minutes != () && visit.minutes < 53`.
";

/// The reference page in Markdown: clauses, stages, subjects, operators, functions, and every object with its fields.
pub fn reference_markdown() -> String {
    let mut page = OPENING.to_owned();
    clauses(&mut page);
    words(&mut page);
    operators(&mut page);
    functions(&mut page);
    page.push_str("\n## Objects\n");
    for object in objects() {
        self::object(&mut page, object);
    }
    page
}

/// Starts a table with these titles.
fn table(page: &mut String, titles: &[&str]) {
    let _ = writeln!(page, "\n| {} |\n|{}", titles.join(" | "), "---|".repeat(titles.len()));
}

fn row(page: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

fn clauses(page: &mut String) {
    page.push_str("\n## Clauses\n");
    for (title, kind) in [
        ("What the rule is called, and why it is there", ClauseKind::About),
        ("When and on what it runs", ClauseKind::Scope),
        ("What it does when it fires: one or more of these", ClauseKind::Outcome),
        ("Who is asked, what, and by when", ClauseKind::Detail),
    ] {
        let _ = writeln!(page, "\n### {title}");
        table(page, &["clause", "takes", "meaning", "example"]);
        for clause in CLAUSES.iter().filter(|clause| clause.kind == kind) {
            let needed = if clause.needed { " Every rule has one." } else { "" };
            row(
                page,
                &[
                    &format!("`{}`", clause.keyword),
                    clause.takes.as_str(),
                    &format!("{}{needed}", clause.meaning),
                    &format!("`{}`", clause.example),
                ],
            );
        }
    }
}

fn words(page: &mut String) {
    page.push_str("\n## Stages\n");
    table(page, &["stage", "meaning"]);
    for stage in Stage::ALL {
        row(page, &[&format!("`{}`", stage.as_str()), stage_meaning(stage)]);
    }
    page.push_str("\n## Subjects\n");
    table(page, &["`each`", "what the rule looks at"]);
    for subject in Subject::ALL {
        row(page, &[&format!("`{}`", subject.as_str()), subject_meaning(subject)]);
    }
}

fn operators(page: &mut String) {
    page.push_str("\n## Operators\n\nBoth sides must be of one kind: text is never the same as a number.\n");
    table(page, &["operator", "meaning", "example"]);
    for operator in OPERATORS {
        row(page, &[&format!("`{}`", operator.sign), operator.meaning, &format!("`{}`", operator.example)]);
    }
}

fn functions(page: &mut String) {
    page.push_str("\n## Functions\n");
    for (title, of) in [
        ("On their own", Receiver::Nothing),
        ("Of texts", Receiver::Text),
        ("Of lists", Receiver::List),
        ("Of dates", Receiver::Date),
        ("Of tables", Receiver::Table),
    ] {
        let _ = writeln!(page, "\n### {title}");
        table(page, &["function", "answers", "meaning", "example"]);
        for function in functions_of(of) {
            self::function(page, function);
        }
    }
}

fn function(page: &mut String, function: &FunctionEntry) {
    let arguments: Vec<&str> = function.arguments.iter().map(|own| own.name).collect();
    let call = if function.is_field { String::new() } else { format!("({})", arguments.join(", ")) };
    row(
        page,
        &[
            &format!("`{}{call}`", function.name),
            &answers(function.ty, function.nullable),
            function.meaning,
            &format!("`{}`", function.example),
        ],
    );
}

fn answers(ty: Type, nullable: bool) -> String {
    let word = if ty == Type::Nothing { "a table" } else { ty.as_str() };
    if nullable { format!("{word}, may be unknown") } else { word.to_owned() }
}

fn object(page: &mut String, name: &str) {
    let own: Vec<&Entry> = catalogue().iter().filter(|entry| entry.object() == name).collect();
    let _ = writeln!(page, "\n### {name}");
    if let Some(subjects) = of_one_kind(&own).filter(|subjects| !subjects.is_empty()) {
        let _ = writeln!(page, "\nOnly in rules for {subjects}.");
    }
    let shared = of_one_kind(&own).is_some();
    table(page, &["name", "type", "meaning", "example"]);
    for entry in own.iter().filter(|entry| entry.kind != EntryKind::Action) {
        self::entry(page, entry, shared);
    }
    let actions: Vec<&&Entry> = own.iter().filter(|entry| entry.kind == EntryKind::Action).collect();
    if !actions.is_empty() {
        let _ = writeln!(page, "\nActions of `fix`:");
        table(page, &["action", "meaning", "example"]);
        for entry in actions {
            let example = format!("`fix {}`", entry.example);
            row(page, &[&format!("`{}`", signature(entry)), &meaning(entry, shared), &example]);
        }
    }
}

/// The subjects of the entries, when all have the same.
fn of_one_kind(entries: &[&Entry]) -> Option<String> {
    let first = entries.first()?;
    entries.iter().all(|entry| entry.subjects == first.subjects).then(|| subjects_of(first))
}

fn entry(page: &mut String, entry: &Entry, shared: bool) {
    row(
        page,
        &[
            &format!("`{}`", signature(entry)),
            &answers(entry.ty, entry.nullable),
            &meaning(entry, shared),
            &format!("`{}`", entry.example),
        ],
    );
}

fn meaning(entry: &Entry, shared: bool) -> String {
    let mut text = entry.meaning.to_owned();
    let words = match entry.shape {
        Shape::OneOf(words) => words,
        _ => &[],
    };
    let unsaid = words.iter().filter(|word| !word.is_empty() && !text.contains(&format!("`{word}`")));
    let unsaid: Vec<String> = unsaid.map(|word| format!("`{word}`")).collect();
    if !unsaid.is_empty() {
        let _ = write!(text, " One of {}.", unsaid.join(", "));
    }
    if entry.private {
        text.push_str(" Private: shown masked.");
    }
    if !entry.set_by.is_empty() {
        let _ = write!(text, " Set by `{}`.", entry.set_by);
    }
    let subjects = subjects_of(entry);
    if !shared && !subjects.is_empty() {
        let _ = write!(text, " Only in rules for {subjects}.");
    }
    text
}
