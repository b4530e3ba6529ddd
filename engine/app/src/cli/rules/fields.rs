//! `claimflow rules fields`: what rules can read and do, looked up while one writes them.

use claimflow_rules::{
    CLAUSES, Clause, Entry, EntryKind, FUNCTIONS, FunctionEntry, Shape, Type, catalogue, catalogue_json,
    objects,
};
use clap::Args;
use serde_json::{Value, json};

use crate::cli::Global;
use crate::cli::known::unknown;
use crate::exit::{Exit, Failure, Result};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::{Cell, Tone, page_width, prose, table, words};

/// Look up what rules can say, read and do: clauses, objects with their fields, actions, functions
///
/// Without a word: the objects and clauses. With the name of an object: everything it has. With any other word: everything
/// whose name or meaning has it. docs/rule-reference.md is the same as a page.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules fields
  claimflow rules fields line
  claimflow rules fields modifier
  claimflow rules fields line.units
  claimflow rules fields telehealth --json")]
pub struct Arguments {
    /// An object, or a word to look for
    #[arg(value_name = "WORD")]
    word: Option<String>,
}

/// What was found.
#[derive(Default)]
struct Found {
    clauses: Vec<&'static Clause>,
    entries: Vec<&'static Entry>,
    functions: Vec<&'static FunctionEntry>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let word = arguments.word.as_deref().map(str::trim).filter(|word| !word.is_empty());
    let found = word.map_or_else(everything, search);
    if found.clauses.is_empty() && found.entries.is_empty() && found.functions.is_empty() {
        let word = word.unwrap_or_default();
        let names = objects().iter().copied().chain(catalogue().iter().map(|entry| entry.path));
        let refusal = unknown("field", word, names, "run `claimflow rules fields` to see the objects");
        return Err(Failure { message: format!("rules have nothing about `{word}`"), ..refusal });
    }
    if global.json {
        out::json(&as_json(&found))?;
    } else if word.is_none() {
        out::print(&overview(Style::stdout()))?;
    } else {
        out::print(&shown(&found, Style::stdout()))?;
    }
    Ok(Exit::Done)
}

fn everything() -> Found {
    Found {
        clauses: CLAUSES.iter().collect(),
        entries: catalogue().iter().collect(),
        functions: FUNCTIONS.iter().collect(),
    }
}

fn search(word: &str) -> Found {
    let own = |entry: &&Entry| entry.object() == word || entry.path == word;
    let exact: Vec<&Entry> = catalogue().iter().filter(own).collect();
    if !exact.is_empty() {
        return Found { entries: exact, ..Found::default() };
    }
    let word = word.to_lowercase();
    let has = |name: &str, meaning: &str| {
        name.to_lowercase().contains(&word) || meaning.to_lowercase().contains(&word)
    };
    Found {
        clauses: CLAUSES.iter().filter(|own| has(own.keyword, own.meaning)).collect(),
        entries: catalogue().iter().filter(|own| has(own.path, own.meaning)).collect(),
        functions: FUNCTIONS.iter().filter(|own| has(own.name, own.meaning)).collect(),
    }
}

/// The catalogue's own data, cut down to what was found.
fn as_json(found: &Found) -> Value {
    let data = catalogue_json();
    let among = |list: &str, key: &str, names: &[&str]| -> Vec<Value> {
        let all = data.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
        let named =
            |own: &Value| own.get(key).and_then(Value::as_str).is_some_and(|name| names.contains(&name));
        all.into_iter().filter(named).collect()
    };
    let clauses: Vec<&str> = found.clauses.iter().map(|own| own.keyword).collect();
    let entries: Vec<&str> = found.entries.iter().map(|own| own.path).collect();
    let functions: Vec<&str> = found.functions.iter().map(|own| own.name).collect();
    json!({
        "clauses": among("clauses", "keyword", &clauses),
        "entries": among("entries", "path", &entries),
        "functions": among("functions", "name", &functions),
    })
}

fn overview(style: Style) -> String {
    let names = |object: &str| {
        let own = catalogue().iter().filter(|entry| entry.object() == object && entry.path != object);
        own.map(Entry::name).collect::<Vec<_>>().join(", ")
    };
    let mut rows: Vec<Vec<Cell>> = objects()
        .iter()
        .map(|object| {
            let has = if *object == "as_of" { "the day of the decision".to_owned() } else { names(object) };
            vec![Cell::toned(*object, Tone::Strong), has.into()]
        })
        .collect();
    let clauses: Vec<&str> = CLAUSES.iter().map(|clause| clause.keyword).collect();
    let mut functions: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
    functions.sort_unstable();
    functions.dedup();
    rows.push(vec![Cell::toned("(clauses)", Tone::Faint), clauses.join(", ").into()]);
    rows.push(vec![Cell::toned("(functions)", Tone::Faint), functions.join(", ").into()]);
    let text = table(&[words("OBJECT"), prose("WHAT IT HAS")], &rows, style, page_width());
    format!(
        "{text}\n  {}\n",
        style.faint("claimflow rules fields WORD tells more of an object, or of anything with that word.")
    )
}

/// So many are shown with their examples.
const FEW: usize = 8;

fn shown(found: &Found, style: Style) -> String {
    let clause = |own: &&'static Clause| {
        [own.keyword.to_owned(), own.takes.as_str().to_owned(), own.meaning.to_owned()]
    };
    let function = |own: &&'static FunctionEntry| {
        [format!("{} ({})", own.name, own.of.as_str()), own.ty.as_str().to_owned(), own.meaning.to_owned()]
    };
    let entry = |own: &&'static Entry| [called(own), type_of(own), meaning(own)];
    let mut parts = Vec::new();
    for (title, rows) in [
        ("CLAUSE", found.clauses.iter().map(clause).collect::<Vec<_>>()),
        ("NAME", found.entries.iter().map(entry).collect()),
        ("FUNCTION", found.functions.iter().map(function).collect()),
    ] {
        if !rows.is_empty() {
            let rows: Vec<Vec<Cell>> = rows.into_iter().map(|row| row.map(Cell::from).into()).collect();
            parts.push(table(&[words(title), words("TYPE"), prose("MEANING")], &rows, style, page_width()));
        }
    }
    let examples = examples(found);
    if examples.len() <= FEW {
        parts.push(format!("  {}\n{}", style.faint("As in:"), examples.concat()));
    }
    parts.join("\n")
}

fn examples(found: &Found) -> Vec<String> {
    let clauses = found.clauses.iter().map(|own| own.example.to_owned());
    let entries = found.entries.iter().map(|own| match own.kind {
        EntryKind::Action => format!("fix {}", own.example),
        _ => format!("when {}", own.example),
    });
    let functions = found.functions.iter().map(|own| format!("when {}", own.example));
    clauses.chain(entries).chain(functions).map(|example| format!("  {example}\n")).collect()
}

fn called(entry: &Entry) -> String {
    let names: Vec<&str> = entry.arguments.iter().map(|own| own.name).collect();
    if entry.kind == EntryKind::Field {
        entry.path.to_owned()
    } else {
        format!("{}({})", entry.path, names.join(", "))
    }
}

fn type_of(entry: &Entry) -> String {
    let word = if entry.ty == Type::Nothing { "action" } else { entry.ty.as_str() };
    if entry.nullable { format!("{word}?") } else { word.to_owned() }
}

fn meaning(entry: &Entry) -> String {
    let mut text = entry.meaning.to_owned();
    if let Shape::OneOf(words) = entry.shape {
        let unsaid: Vec<&str> = words
            .iter()
            .copied()
            .filter(|word| !word.is_empty() && !text.contains(&format!("`{word}`")))
            .collect();
        if !unsaid.is_empty() {
            text.push_str(&format!(" One of {}.", unsaid.join(", ")));
        }
    }
    if entry.nullable {
        text.push_str(" May be unknown.");
    }
    if entry.private {
        text.push_str(" Private.");
    }
    text
}
