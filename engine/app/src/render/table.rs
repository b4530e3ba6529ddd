//! Tables without lines: faint titles, words to the left, numbers to the right.

use comfy_table::{
    Attribute, Cell as TableCell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Table,
};

use super::style::Style;

/// How wide text may be: the terminal's width within reason, 100 columns elsewhere.
pub fn page_width() -> usize {
    let own = || usize::from(Table::new().width().unwrap_or(100).clamp(72, 140));
    crate::guest::width().unwrap_or_else(own)
}

/// A column: its title, and how its cells behave.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    title: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Short words, never broken.
    Words,
    /// Numbers, to the right, never broken.
    Number,
    /// Sentences, broken where the page ends.
    Prose,
}

/// A column of words.
pub const fn words(title: &'static str) -> Column {
    Column { title, kind: Kind::Words }
}

/// A column of numbers.
pub const fn number(title: &'static str) -> Column {
    Column { title, kind: Kind::Number }
}

/// A column of sentences.
pub const fn prose(title: &'static str) -> Column {
    Column { title, kind: Kind::Prose }
}

/// How a cell stands out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// It does not.
    #[default]
    Plain,
    /// It carries the eye.
    Strong,
    /// It may be passed over.
    Faint,
    /// Wrong or late.
    Bad,
    /// Waits for somebody.
    Warn,
}

/// A cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// With a tone.
    pub fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), tone: Tone::Plain }
    }
}

/// Rows of cells under their columns, indented by two, at most `width` columns wide.
pub fn table(columns: &[Column], rows: &[Vec<Cell>], style: Style, width: usize) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    if style.is_coloured() {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table.set_header(columns.iter().map(|column| cell(&Cell::toned(column.title, Tone::Faint), column.kind)));
    for row in rows {
        table.add_row(row.iter().zip(columns).map(|(own, column)| cell(own, column.kind)));
    }
    for (place, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if place == 0 { 2 } else { 0 }, 2));
        if columns.get(place).is_some_and(|column| column.kind != Kind::Prose) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn cell(own: &Cell, kind: Kind) -> TableCell {
    let cell = TableCell::new(&own.text);
    let cell = if kind == Kind::Number { cell.set_alignment(CellAlignment::Right) } else { cell };
    match own.tone {
        Tone::Plain => cell,
        Tone::Strong => cell.add_attribute(Attribute::Bold),
        Tone::Faint => cell.add_attribute(Attribute::Dim),
        Tone::Bad => cell.fg(Color::Red),
        Tone::Warn => cell.fg(Color::Yellow),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_gives_way_and_numbers_stand_right() {
        let columns = [words("claim"), number("billed"), prose("what to do")];
        let rows = vec![
            vec![
                "C-1".into(),
                "1,150.00".into(),
                "Please add the start and stop time of the session.".into(),
            ],
            vec![Cell::toned("C-22", Tone::Bad), "50.00".into(), "Resend.".into()],
        ];
        insta::assert_snapshot!(table(&columns, &rows, Style::PLAIN, 48));
    }
}
