//! `categories.csv`: the kinds of problems that packs know, with the names people read.

use claimflow_core::{Category, Diagnostic, Owner, Text};

use crate::SourceFile;
use crate::sheet::{Row, Sheet};
use crate::words::Words;

const COLUMNS: &[&str] = &["category", "label", "default_owner", "clock", "days"];

/// A kind of problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryInfo {
    /// The word that rules, workflows and tables use.
    pub category: Category,
    /// The name people read.
    pub label: Text,
    /// Who usually does something about it.
    pub default_owner: Owner,
    /// The window that runs.
    pub clock: Clock,
    /// How long that window usually is, in days.
    pub days: Option<u16>,
}

/// The window in which something can still be done about a problem.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Clock {
    /// None runs.
    #[default]
    None,
    /// For an appeal, from the decision.
    Appeal,
    /// For a corrected claim, from the decision.
    Corrected,
    /// For the first filing, from the service date.
    Filing,
    /// The date on the payer's request.
    Request,
}

impl Clock {
    const ALL: [Self; 5] = [Self::None, Self::Appeal, Self::Corrected, Self::Filing, Self::Request];

    /// The word that authors write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Appeal => "appeal",
            Self::Corrected => "corrected",
            Self::Filing => "filing",
            Self::Request => "request",
        }
    }
}

/// Reads one file of categories. Rows with faults still name their category, so that one bad cell does not make every
/// rule that uses it faulty as well.
pub(crate) fn read(file: &SourceFile, words: &Words, faults: &mut Vec<Diagnostic>) -> Vec<CategoryInfo> {
    let Some(sheet) = Sheet::read(&file.path, &file.text, faults) else { return Vec::new() };
    if !sheet.check_columns(COLUMNS, &["category", "label", "default_owner"], faults) {
        return Vec::new();
    }
    let mut categories: Vec<CategoryInfo> = Vec::new();
    for row in &sheet.rows {
        let info = category(&sheet, row, words, faults);
        if info.category.is_empty() || categories.iter().any(|other| other.category == info.category) {
            let message = if info.category.is_empty() {
                "this row names no category".to_owned()
            } else {
                format!("the category `{}` is there twice", info.category)
            };
            let column = sheet.column("category").unwrap_or(0);
            faults.push(sheet.fault("D001", row, column, message, "give each category one row"));
            continue;
        }
        categories.push(info);
    }
    categories
}

fn category(sheet: &Sheet<'_>, row: &Row, words: &Words, faults: &mut Vec<Diagnostic>) -> CategoryInfo {
    let cell =
        |name: &str| sheet.column(name).map_or_else(Text::default, |column| row.cell(column).as_ref().into());
    if let Some(column) = sheet.column("default_owner") {
        faults.extend(words.owner_fault(sheet, row, column));
    }
    let clock = cell("clock");
    let known = Clock::ALL.into_iter().find(|own| own.as_str() == clock);
    if let (Some(column), None, false) = (sheet.column("clock"), known, clock.is_empty()) {
        let help = "write `appeal`, `corrected`, `filing`, `request` or `none`";
        faults.push(sheet.fault("D004", row, column, format!("there is no clock `{clock}`"), help));
    }
    let days = cell("days");
    let number = days.parse::<u16>().ok();
    if let (Some(column), None, false) = (sheet.column("days"), number, days.is_empty()) {
        let message = format!("`{days}` is not a number of days");
        faults.push(sheet.fault("D004", row, column, message, "write a whole number, or leave it empty"));
    }
    CategoryInfo {
        category: cell("category"),
        label: cell("label"),
        default_owner: cell("default_owner"),
        clock: known.unwrap_or_default(),
        days: number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_faults() {
        let file = SourceFile::new(
            "payers/base/categories.csv",
            "category,label,default_owner,clock,days\ncoding,Code does not fit,coding,corrected,90\n\
             coding,Again,coding,,\n,Nameless,coding,,\nposting,Post it,postings,never,soon\n",
        );
        let mut faults = Vec::new();
        let categories = read(&file, &Words::known([], ["coding", "posting"]), &mut faults);
        let names: Vec<_> =
            categories.iter().map(|info| (info.category.as_str(), info.clock, info.days)).collect();
        assert_eq!(names, [("coding", Clock::Corrected, Some(90)), ("posting", Clock::None, None)]);
        insta::assert_snapshot!(crate::testing::report(&faults));
    }
}
