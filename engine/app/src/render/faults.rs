//! Faults of what people wrote, with the lines in question.

use std::collections::HashMap;
use std::fmt;

use claimflow_core::{Diagnostic, Severity};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use super::style::Style;
use super::words::count;

/// Finds the text of a file by the path that a fault names.
pub type Texts<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// All faults, each with the line it is about, then how many there are.
pub fn faults(all: &[Diagnostic], texts: &Texts<'_>, style: Style, width: usize) -> String {
    let mut text = String::new();
    // Thousands of faults of one file are shown in time that follows their number: its text is asked for and cut into
    // lines once, and only the lines near a fault are drawn from.
    let mut files: HashMap<&str, Option<Lines>> = HashMap::new();
    for fault in all {
        let text_of = || texts(&fault.path).map(|text| Lines::new(covered(&fault.path, text)));
        let lines = files.entry(&fault.path).or_insert_with(text_of);
        text.push_str(&one(fault, lines.as_ref(), style, width));
        text.push('\n');
    }
    if !all.is_empty() {
        text.push_str(&summary(all));
        text.push('\n');
    }
    text
}

/// The text of a file as faults may show it: rows of registers say who patients are, so their letters and digits are covered
/// and only the columns' names stay. Everything keeps its place.
fn covered(path: &str, text: String) -> String {
    if !path.starts_with("registers/") {
        return text;
    }
    let (head, rows) = text.split_once('\n').unwrap_or((&text, ""));
    let mut covered = String::with_capacity(text.len());
    covered.push_str(head);
    if head.len() < text.len() {
        covered.push('\n');
    }
    for letter in rows.chars() {
        match letter {
            letter if letter.is_ascii_alphanumeric() => covered.push('x'),
            letter if letter.is_ascii() => covered.push(letter),
            other => covered.extend(std::iter::repeat_n('x', other.len_utf8())),
        }
    }
    covered
}

/// `2 errors, 1 warning`.
pub fn summary(all: &[Diagnostic]) -> String {
    let of = |severity| all.iter().filter(|fault| fault.severity == severity).count() as u64;
    let kinds = [
        (of(Severity::Error), "error", "errors"),
        (of(Severity::Warning), "warning", "warnings"),
        (of(Severity::Advice), "remark", "remarks"),
    ];
    let parts: Vec<String> =
        kinds.into_iter().filter(|(n, ..)| *n > 0).map(|(n, one, many)| count(n, one, many)).collect();
    if parts.is_empty() { "no faults".to_owned() } else { parts.join(", ") }
}

fn one(fault: &Diagnostic, lines: Option<&Lines>, style: Style, width: usize) -> String {
    let shown = Shown::new(fault, lines);
    let styles = if style.is_coloured() { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let theme = GraphicalTheme { characters: ThemeCharacters::unicode(), styles };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(width)
        .with_links(false)
        .with_urls(false)
        .with_context_lines(1)
        .without_cause_chain();
    let mut out = String::new();
    match handler.render_report(&mut out, &shown) {
        Ok(()) => tidy(&out),
        Err(fmt::Error) => format!("{shown}\n"),
    }
}

/// Without spaces at the ends of lines.
fn tidy(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// A text, and where its lines begin.
struct Lines {
    text: String,
    starts: Vec<usize>,
}

impl Lines {
    fn new(text: String) -> Self {
        let starts = text.split_inclusive('\n').scan(0, |end, line| {
            let start = *end;
            *end += line.len();
            Some(start)
        });
        Self { starts: starts.collect(), text }
    }

    /// Where a line begins, counted from 0; the end of the text when there are fewer.
    fn start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.text.len())
    }

    /// The lines from one to before another, counted from 0.
    fn between(&self, from: usize, to: usize) -> &str {
        self.text.get(self.start(from)..self.start(to)).unwrap_or_default()
    }
}

/// Lines of a file, drawn with the numbers that they have there.
#[derive(Debug)]
struct Excerpt {
    path: String,
    text: String,
    /// Lines of the file before it.
    before: usize,
}

impl Excerpt {
    /// The lines around one, counted from 0: more than are drawn, so that each is whole.
    fn around(path: &str, lines: &Lines, line: usize) -> Self {
        let line = line.min(lines.starts.len());
        let before = line.saturating_sub(2);
        Self { path: path.to_owned(), text: lines.between(before, line + 3).to_owned(), before }
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let own = self.text.read_span(span, before, after)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.path.clone(),
            own.data(),
            *own.span(),
            own.line() + self.before,
            own.column(),
            own.line_count(),
        )))
    }
}

/// A fault in the form that is drawn.
#[derive(Debug)]
struct Shown {
    headline: String,
    help: String,
    severity: miette::Severity,
    source: Option<Excerpt>,
    span: SourceSpan,
}

impl Shown {
    fn new(fault: &Diagnostic, lines: Option<&Lines>) -> Self {
        let lines = lines.filter(|_| fault.line > 0);
        let line = (fault.line as usize).saturating_sub(1);
        let source = lines.map(|lines| Excerpt::around(&fault.path, lines, line));
        let span = lines.zip(source.as_ref()).map_or((0, 0), |(lines, excerpt)| {
            let (start, length) = span(fault, lines);
            (start - lines.start(excerpt.before), length)
        });
        // Where there is no line to draw, the headline says where.
        let place = match (&source, fault.line) {
            (Some(_), _) => String::new(),
            (None, 0) => format!("{}: ", fault.path),
            (None, line) => format!("{}:{line}:{}: ", fault.path, fault.column),
        };
        Self {
            headline: format!("{place}{} ({})", fault.message, fault.code),
            help: fault.help.clone(),
            severity: match fault.severity {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
                Severity::Advice => miette::Severity::Advice,
            },
            source,
            span: span.into(),
        }
    }
}

/// First byte and length of the marked text. Lines, columns and lengths count characters.
fn span(fault: &Diagnostic, lines: &Lines) -> (usize, usize) {
    let line = (fault.line as usize).saturating_sub(1);
    let start = lines.start(line);
    let content = lines.between(line, line + 1).trim_end_matches(['\n', '\r']);
    if start >= lines.text.len() {
        return (lines.text.len(), 0);
    }
    let at = |characters: u32| {
        content.char_indices().nth(characters as usize).map_or(content.len(), |(byte, _)| byte)
    };
    let column = fault.column.saturating_sub(1);
    let from = at(column);
    let length = if fault.length == 0 {
        word_length(content.get(from..).unwrap_or_default())
    } else {
        at(column.saturating_add(fault.length)).saturating_sub(from)
    };
    (start + from, length)
}

/// Bytes of the word that a text begins with; of its first character when it begins with none.
fn word_length(text: &str) -> usize {
    // A text with its quotes, and a sign such as `==`, are marked whole.
    if let Some(inner) = text.strip_prefix('"') {
        return inner.find('"').map_or(1, |end| end + 2);
    }
    let sign = text.find(|letter: char| !"=!<>&|".contains(letter)).unwrap_or(text.len());
    if sign > 0 {
        return sign;
    }
    let is_word = |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
    let word = text.find(|letter: char| !is_word(letter)).unwrap_or(text.len());
    word.max(text.chars().next().map_or(0, char::len_utf8))
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        if self.help.is_empty() { None } else { Some(Box::new(&self.help)) }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.source.as_ref()?;
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, self.span))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "rule \"X\" {\n    stage scrub\n    when claim.servise_date > 3\n}\n";

    #[test]
    fn faults_show_their_lines() {
        let all = [
            Diagnostic::error(
                "R020",
                "payers/a/rules/x.rhai",
                3,
                10,
                "there is no field `claim.servise_date`",
            )
            .length(18)
            .help("did you mean `claim.service_date`?"),
            Diagnostic::warning("R031", "payers/a/rules/gone.rhai", 7, 1, "this may be unknown"),
            Diagnostic::error("P001", "payers/a/pack.yaml", 0, 0, "the pack has no name"),
        ];
        let texts = |path: &str| (path == "payers/a/rules/x.rhai").then(|| RULE.to_owned());
        insta::assert_snapshot!(faults(&all, &texts, Style::PLAIN, 90));
    }

    #[test]
    fn a_place_outside_the_text_is_its_end() {
        let fault = Diagnostic::error("R001", "x", 99, 4, "m");
        assert_eq!(span(&fault, &Lines::new("ab\n".to_owned())), (3, 0));
        let wide = Diagnostic::error("R001", "x", 1, 2, "m").length(99);
        assert_eq!(span(&wide, &Lines::new("äbc\nd".to_owned())), (2, 2));
        for text in ["", "\n", "ab", "ab\n", "\n\n\n\n"] {
            let shown = faults(&[fault.clone(), wide.clone()], &|_| Some(text.to_owned()), Style::PLAIN, 90);
            assert!(shown.contains("m (R001)") && shown.contains("2 errors"), "{shown}");
        }
    }

    #[test]
    fn a_line_far_down_is_drawn_with_its_neighbours_and_its_number() {
        let text: String = (1..=9_000).map(|line| format!("line {line}\n")).collect();
        let asked = std::cell::Cell::new(0);
        let texts = |_: &str| {
            asked.set(asked.get() + 1);
            Some(text.clone())
        };
        let all: Vec<Diagnostic> =
            (1..=9_000).map(|line| Diagnostic::error("R001", "x", line, 6, "m")).collect();
        let shown = faults(&all, &texts, Style::PLAIN, 90);
        assert_eq!(asked.get(), 1);
        let one = faults(&[Diagnostic::error("R001", "x", 8_000, 6, "m")], &texts, Style::PLAIN, 90);
        assert!(shown.contains(one.rsplit_once("\n\n").unwrap().0), "{one}");
        for part in ["[x:8000:6]", "7999 │ line 7999\n", "8000 │ line 8000\n", "8001 │ line 8001\n"] {
            assert!(one.contains(part), "{one}");
        }
    }
}
