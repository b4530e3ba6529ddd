//! Every fault that the checker can find, in one table with its stable code.

use claimflow_core::{Diagnostic, Severity, nearest};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

macro_rules! codes {
    ($($name:ident $code:literal $severity:ident $meaning:literal;)*) => {
        /// A kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Code {
            $(#[doc = $meaning] $name,)*
        }

        impl Code {
            /// The stable code, as `R012`.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }
        }

        /// Every fault: stable code, how much it matters, what it means.
        pub const DIAGNOSTICS: &[(&str, Severity, &str)] = &[$(($code, Severity::$severity, $meaning),)*];
    };
}

codes! {
    Syntax "R001" Error "The text cannot be read as a rule, a constant or a function.";
    CurlyQuote "R002" Error "Curly quotes, as word processors make them, where straight ones belong.";
    WordOperator "R003" Error "A word or a sign of another language where `&&`, `||`, `!` or a comparison belongs.";
    SingleEquals "R004" Error "`=` where `==` belongs.";
    MissingQuotes "R005" Error "A text without its quotes.";
    Unclosed "R006" Error "A quote, bracket or brace that is not closed.";
    UnknownItem "R007" Error "Something at the top of a file that is no rule, constant, function or `disable`.";
    UnknownClause "R008" Error "A clause that does not exist.";
    DuplicateClause "R009" Error "A clause that may be there only once.";
    MissingClause "R010" Error "A clause that every rule needs.";
    UnknownStage "R011" Error "A stage that does not exist.";
    UnknownSubject "R012" Error "A subject that does not exist.";
    NotText "R013" Error "Something else where a text belongs.";
    BadDate "R014" Error "A date that is none.";
    DatesUpsideDown "R015" Error "A last day before the first.";
    DuplicateRule "R016" Error "Two rules of one id.";
    UnknownRule "R017" Error "`overrides` or `disable` names a rule that does not exist.";
    LayerOrder "R018" Error "`overrides` or `disable` names a rule of the same or a later layer.";
    NoReason "R019" Error "`disable` without its reason.";
    UnknownField "R020" Error "A field or function that does not exist.";
    UnknownName "R021" Error "A name that stands for nothing.";
    NotHere "R022" Error "An object that rules with this subject do not have.";
    MixedTypes "R023" Error "Values of different kinds compared or calculated with.";
    NotCondition "R024" Error "A condition that is not true or false.";
    ArgumentCount "R025" Error "A function with too many or too few arguments.";
    ArgumentType "R026" Error "An argument of the wrong kind.";
    ActionOutsideFix "R027" Error "An action outside `fix`: conditions change nothing.";
    FixNotAction "R028" Error "`fix` with something that is no action.";
    UnknownCategory "R029" Error "A category that does not exist.";
    UnknownOwner "R030" Error "An owner that does not exist.";
    MayBeUnknown "R031" Warning "A value that may be unknown, used without a guard.";
    NeverOccurs "R032" Warning "A comparison with a code that cannot occur.";
    NoOutcome "R033" Error "A rule that does nothing when it fires.";
    OutcomeNotHere "R034" Error "An outcome that rules with this subject cannot have.";
    NeverRuns "R035" Warning "A subject that this stage does not have.";
    BadCodes "R036" Error "`codes` or `payers` that is not a constant list of texts.";
    PayerOutsidePack "R037" Error "A payer that the pack is not for.";
    UnknownTable "R038" Error "A table or a column that does not exist.";
    BadNumber "R039" Error "A number that is none, or is out of range.";
    Forbidden "R040" Error "Something that the rule language leaves out.";
    PrivateShown "R041" Warning "A text for people that shows a private value (it is masked).";
    BadConstant "R042" Error "A constant that cannot be calculated.";
    NeverChanges "R043" Warning "A condition that always holds, or never.";
    QuotedWord "R044" Error "A word in quotes where a bare word belongs.";
    FixTooLate "R045" Warning "A correction after the claim has gone out.";
    BadGuard "R046" Error "A guard or an expression that a workflow cannot work out.";
    DuplicateName "R047" Error "Two constants or functions of one name.";
    NeverFires "R048" Warning "Parts of a condition that can never hold together.";
    Shadowed "R049" Warning "A rule that changes nothing, because another does the same for the same claims.";
    FixUndone "R050" Warning "A correction that another one undoes, or that changes nothing.";
    NeverInForce "R051" Warning "A rule with no day on which both it and its pack are in force.";
    NobodyAsked "R052" Advice "A rule that holds claims and asks nobody for anything.";
    NoSource "R053" Advice "A rule that does not say where it is written.";
    NotGranted "R056" Error "Something that a plugin uses and its `plugin.yaml` does not ask for.";
    DecisionHead "D006" Error "A line above the columns of a decision table that is unknown, missing, there twice, or does not read.";
    DecisionColumn "D007" Error "A column of a decision table that names no field, outcome or detail, or one that is there already.";
    DecisionCell "D008" Error "A cell of a decision table that its column does not take.";
    DecisionRow "D009" Error "A row of a decision table that does nothing, has too many cells, or has the name of another.";
    RowsOverlap "D010" Error "Two rows that a claim can fit at once, in a table of which only one may (hit unique).";
    RowNeverDecides "D011" Warning "A row behind an earlier one that takes all it would take (hit first).";
    DecisionShape "D012" Error "A decision table without a row of columns, or without rows.";
    UnknownMode "R054" Error "A mode that does not exist.";
    BadSwitch "R055" Error "A decision of the practice about a rule that cannot be carried out.";
    TableRow "T001" Error "A table row with too many or too few cells.";
    TableColumn "T002" Error "A table column without a name, or with another's.";
    TableDate "T003" Error "A date in a table that is none.";
    DuplicateTable "T004" Error "Two tables of one name in one pack.";
    TableRepeat "T005" Warning "A table row that says again what an earlier one says, for dates that overlap.";
    TableAmbiguous "T006" Warning "A key with several answers on one day, of which `get` takes the first.";
}

/// A fault of that kind at a place.
pub(crate) fn fault(
    code: Code,
    path: &str,
    line: u32,
    column: u32,
    message: impl Into<String>,
) -> Diagnostic {
    Diagnostic { severity: code.severity(), ..Diagnostic::error(code.as_str(), path, line, column, message) }
}

/// A place in a file: line and column, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl From<rhai::Position> for Place {
    fn from(position: rhai::Position) -> Self {
        let number = |value: Option<usize>| u32::try_from(value.unwrap_or(0)).unwrap_or(u32::MAX);
        Self { line: number(position.line()), column: number(position.position()).max(1) }
    }
}

/// Collects the faults of one file.
#[derive(Debug)]
pub(crate) struct Faults<'p> {
    path: &'p str,
    pub(crate) list: Vec<Diagnostic>,
    errors: usize,
    /// Where in the list the faults of a place stand: files can have thousands.
    by_place: FxHashMap<Place, SmallVec<[usize; 2]>>,
}

impl<'p> Faults<'p> {
    pub(crate) fn new(path: &'p str) -> Self {
        Self { path, list: Vec::new(), errors: 0, by_place: FxHashMap::default() }
    }

    pub(crate) const fn path(&self) -> &'p str {
        self.path
    }

    /// Adds a fault; `help` may be empty.
    pub(crate) fn add(
        &mut self,
        code: Code,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add_wide(code, place, 0, message, help);
    }

    /// Adds a fault that marks so many characters.
    pub(crate) fn add_wide(
        &mut self,
        code: Code,
        place: Place,
        width: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let found = fault(code, self.path, place.line, place.column, message).help(help).length(width);
        let there = self.by_place.entry(place).or_default();
        if !there.iter().any(|at| self.list.get(*at) == Some(&found)) {
            there.push(self.list.len());
            self.errors += usize::from(found.is_error());
            self.list.push(found);
        }
    }

    /// How many errors (not warnings) there are so far.
    pub(crate) const fn errors(&self) -> usize {
        self.errors
    }
}

/// `did you mean ...?`, or the choices when nothing is near.
pub(crate) fn meant<'c>(written: &str, choices: impl IntoIterator<Item = &'c str> + Clone) -> String {
    match nearest(written, choices.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let all: Vec<String> = choices.into_iter().take(24).map(|choice| format!("`{choice}`")).collect();
            if all.is_empty() { String::new() } else { format!("known: {}", all.join(", ")) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_explained() {
        for (place, (code, _, meaning)) in DIAGNOSTICS.iter().enumerate() {
            assert!(DIAGNOSTICS.iter().skip(place + 1).all(|(other, ..)| other != code), "{code} twice");
            assert!(meaning.ends_with('.'), "{code}");
        }
    }
}
