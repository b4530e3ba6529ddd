//! Faults of what people wrote, with the lines in question.

use std::fmt;

use claimflow_core::{Diagnostic, Severity};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode, SourceSpan,
    ThemeCharacters, ThemeStyles,
};

use super::style::Style;
use super::words::count;

/// Finds the text of a file by the path that a fault names.
pub type Texts<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// All faults, each with the line it is about, then how many there are.
pub fn faults(all: &[Diagnostic], texts: &Texts<'_>, style: Style, width: usize) -> String {
    let mut text = String::new();
    for fault in all {
        text.push_str(&one(fault, texts(&fault.path), style, width));
        text.push('\n');
    }
    if !all.is_empty() {
        text.push_str(&summary(all));
        text.push('\n');
    }
    text
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

fn one(fault: &Diagnostic, text: Option<String>, style: Style, width: usize) -> String {
    let shown = Shown::new(fault, text);
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

/// A fault in the form that is drawn.
#[derive(Debug)]
struct Shown {
    headline: String,
    help: String,
    severity: miette::Severity,
    source: Option<NamedSource<String>>,
    span: SourceSpan,
}

impl Shown {
    fn new(fault: &Diagnostic, text: Option<String>) -> Self {
        let text = text.filter(|_| fault.line > 0);
        let span = text.as_deref().map_or_else(|| SourceSpan::from((0, 0)), |text| span(fault, text));
        // Where there is no line to draw, the headline says where.
        let place = match (&text, fault.line) {
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
            source: text.map(|text| NamedSource::new(&fault.path, text)),
            span,
        }
    }
}

/// Bytes of the marked text. Lines, columns and lengths count characters.
fn span(fault: &Diagnostic, text: &str) -> SourceSpan {
    let mut start = 0;
    for (place, line) in text.split_inclusive('\n').enumerate() {
        if place + 1 == fault.line as usize {
            let content = line.trim_end_matches(['\n', '\r']);
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
            return SourceSpan::from((start + from, length));
        }
        start += line.len();
    }
    SourceSpan::from((text.len(), 0))
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
        assert_eq!(span(&fault, "ab\n"), SourceSpan::from((3, 0)));
        let wide = Diagnostic::error("R001", "x", 1, 2, "m").length(99);
        assert_eq!(span(&wide, "äbc\nd"), SourceSpan::from((2, 2)));
    }
}
