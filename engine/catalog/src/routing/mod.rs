//! `routing.csv`: a decision table that says who gets a problem, and by when. The first row that fits wins.

mod read;

pub(crate) use read::read;

use claimflow_core::{DueIn, Owner, Route, RouteQuery, Text};
use claimflow_rules::{CellValue, Condition, RowIndex};

/// Who gets what no row names.
const TRIAGE: &str = "triage";
/// When that is due.
const TRIAGE_DUE: DueIn = DueIn::BusinessDays(2);

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    /// What it asks for, in the order of [`values`].
    pub(crate) conditions: Vec<Condition>,
    /// The same as the author wrote it.
    pub(crate) cells: Vec<Text>,
    pub(crate) owner: Owner,
    pub(crate) within: DueIn,
    /// Where the row stands, as `routing.csv:12`.
    pub(crate) row: Text,
    /// What the author says of it.
    pub(crate) note: Text,
}

/// What the rows are asked about a problem, in the order of [`read::CONDITIONS`].
fn values<'a>(query: &RouteQuery<'a>) -> [CellValue<'a>; read::CONDITIONS.len()] {
    let amount = CellValue::Amount(query.amount);
    [
        CellValue::Text(query.category),
        CellValue::Text(query.payer),
        CellValue::Text(query.group),
        CellValue::Text(query.carc),
        CellValue::Remarks(query.rarcs),
        CellValue::Text(query.stage.as_str()),
        amount,
        amount,
    ]
}

/// What one row gives.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) route: Route,
    note: Text,
    cells: Vec<Text>,
}

impl Given {
    /// The conditions as written: the name of each column that says something, and its cell.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let cells = self.cells.iter().map(Text::as_str);
        read::CONDITIONS.into_iter().zip(cells).filter(|(_, cell)| !matches!(*cell, "" | "*"))
    }
}

/// The rows of every routing table in order, found as the rows of any decision table are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Routing {
    index: RowIndex,
    given: Vec<Given>,
}

impl Routing {
    /// Takes the rows in the order in which they are tried.
    pub(crate) fn new(rules: Vec<Rule>) -> Self {
        let (conditions, given): (Vec<_>, Vec<_>) = rules
            .into_iter()
            .map(|rule| {
                let route = Route { owner: rule.owner, within: rule.within, row: rule.row };
                (rule.conditions, Given { route, note: rule.note, cells: rule.cells })
            })
            .unzip();
        Self { index: RowIndex::new(&conditions), given }
    }

    /// The rows in the order in which they are tried.
    pub(crate) fn rows(&self) -> &[Given] {
        &self.given
    }

    fn find(&self, query: &RouteQuery<'_>) -> Option<&Given> {
        self.index.first(&values(query)).and_then(|row| self.given.get(row))
    }

    /// Who gets a problem: the first row that fits, else triage within two business days.
    pub(crate) fn route(&self, query: &RouteQuery<'_>) -> Route {
        self.find(query).map_or_else(
            || Route {
                owner: Owner::const_new(TRIAGE),
                within: TRIAGE_DUE,
                row: Text::const_new("no row fits"),
            },
            |given| given.route.clone(),
        )
    }

    /// The note of the row that decides, or empty.
    pub(crate) fn note(&self, query: &RouteQuery<'_>) -> &str {
        self.find(query).map_or("", |given| given.note.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceFile;
    use crate::words::Words;
    use claimflow_core::{Money, Rarc, Stage};
    use proptest::prelude::*;

    fn rules(text: &str) -> Vec<Rule> {
        let words = Words::known(["coding", "authorization", "posting"], ["coding", "billing", "triage"]);
        let mut faults = Vec::new();
        let rules = read(&SourceFile::new("routing.csv", text), &words, &mut faults);
        assert_eq!(crate::testing::report(&faults), "");
        rules
    }

    fn query<'a>(category: &'a str, carc: &'a str, rarcs: &'a [Rarc], cents: i64) -> RouteQuery<'a> {
        RouteQuery {
            category,
            payer: "60054",
            group: "CO",
            carc,
            rarcs,
            stage: Stage::Route,
            amount: Money::from_cents(cents),
        }
    }

    const TABLE: &str = "category,payer,group,carc,rarc,stage,min_amount,owner,due,note\n\
                         coding,,,4;6,N290;M51,,,billing,1 days,first\n\
                         coding,,,,,,500.00,triage,2 business_days,\n\
                         coding,87726,,,,,,triage,9 days,\n\
                         ,,,,,scrub,,triage,3 days,\n\
                         coding,,,,,,,coding,5 days,\n";

    #[test]
    fn the_first_row_that_fits_wins() {
        let routing = Routing::new(rules(TABLE));
        let row = |query: &RouteQuery<'_>| routing.route(query).row;
        let rarcs = [Rarc::as_received("M51")];
        assert_eq!(row(&query("coding", "6", &rarcs, 0)), "routing.csv:2");
        assert_eq!(row(&query("coding", "6", &[], 50_000)), "routing.csv:3");
        assert_eq!(row(&query("coding", "6", &[], 49_999)), "routing.csv:6");
        assert_eq!(row(&RouteQuery { stage: Stage::Scrub, ..query("posting", "", &[], 0) }), "routing.csv:5");
        assert_eq!(row(&query("posting", "", &[], 0)), "no row fits");
        assert_eq!(routing.route(&query("posting", "", &[], 0)).owner, "triage");
        assert_eq!(routing.note(&query("coding", "4", &rarcs, 0)), "first");
    }

    #[test]
    fn cells_are_written_as_in_any_decision_table() {
        let routing = Routing::new(rules(
            "category,payer,group,carc,rarc,stage,amount,owner,due\n\
             coding,*,not PR,\"4, 6\",N5*,,100..500,billing,1 days\n\
             cod*,,,not 4,not M51,,>= 100,coding,2 days\n\
             *,,,,,not scrub,,triage,3 days\n",
        ));
        let row = |query: &RouteQuery<'_>| routing.route(query).row;
        let rarcs = [Rarc::as_received("N519")];
        assert_eq!(row(&query("coding", "4", &rarcs, 50_000)), "routing.csv:2");
        assert_eq!(row(&RouteQuery { group: "PR", ..query("coding", "6", &rarcs, 50_000) }), "routing.csv:3");
        assert_eq!(row(&query("coding", "", &[], 50_001)), "routing.csv:3", "no reason is not `4` either");
        assert_eq!(row(&query("coding", "6", &[Rarc::as_received("M51")], 50_001)), "routing.csv:4");
        assert_eq!(row(&RouteQuery { stage: Stage::Scrub, ..query("posting", "", &[], 0) }), "no row fits");
    }

    /// The rows as text, walked by what the columns mean.
    fn walked(rows: &[[String; 4]], query: &RouteQuery<'_>) -> Text {
        let any = |cell: &str, value: &str| cell.is_empty() || cell.split(';').any(|own| own == value);
        let place = rows.iter().position(|[category, carc, rarc, least]| {
            any(category, query.category)
                && any(carc, query.carc)
                && (rarc.is_empty() || query.rarcs.iter().any(|own| own.as_str() == rarc))
                && least.parse().is_ok_and(|least: Money| query.amount >= least) | least.is_empty()
        });
        place.map_or("no row fits".into(), |place| format!("routing.csv:{}", place + 2).into())
    }

    proptest! {
        #[test]
        fn the_index_finds_what_a_walk_through_the_rows_finds(
            rows in proptest::collection::vec(["(coding|posting|)", "(4|6|4;6|)", "(N290|)", "(100|)"], 0..90),
            category in "(coding|posting|authorization)", carc in "(4|6|9)", remark in any::<bool>(), cents in 9_000_i64..11_000,
        ) {
            let mut text = String::from("category,carc,rarc,min_amount,owner,due\n");
            for row in &rows {
                text.push_str(&format!("{},billing,1 days\n", row.join(",")));
            }
            let mut faults = Vec::new();
            let words = Words::known(["coding", "authorization", "posting"], ["billing"]);
            let rules = read(&SourceFile::new("routing.csv", text), &words, &mut faults);
            let rarcs = [Rarc::as_received("N290")];
            let query = query(&category, &carc, if remark { &rarcs } else { &[] }, cents);
            prop_assert_eq!(Routing::new(rules).route(&query).row, walked(&rows, &query));
        }
    }
}
