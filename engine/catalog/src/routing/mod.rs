//! `routing.csv`: a decision table that says who gets a problem, and by when. The first row that fits wins.

mod read;

pub(crate) use read::read;

use claimflow_core::{Category, DueIn, Money, Owner, Route, RouteQuery, Stage, Text};
use rustc_hash::FxHashMap;

/// Who gets what no row names.
const TRIAGE: &str = "triage";
/// When that is due.
const TRIAGE_DUE: DueIn = DueIn::BusinessDays(2);

/// A cell of conditions: any value when empty, else one of these.
type OneOf = Vec<Text>;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    /// None: any.
    pub(crate) categories: Vec<Category>,
    pub(crate) payers: OneOf,
    pub(crate) groups: OneOf,
    pub(crate) carcs: OneOf,
    pub(crate) rarcs: OneOf,
    pub(crate) stages: Vec<Stage>,
    pub(crate) min_amount: Option<Money>,
    pub(crate) owner: Owner,
    pub(crate) within: DueIn,
    /// Where the row stands, as `routing.csv:12`.
    pub(crate) row: Text,
    /// What the author says of it.
    pub(crate) note: Text,
}

impl Rule {
    fn fits(&self, query: &RouteQuery<'_>) -> bool {
        let any = |list: &OneOf, value: &str| list.is_empty() || list.iter().any(|own| own == value);
        any(&self.categories, query.category)
            && any(&self.payers, query.payer)
            && any(&self.groups, query.group)
            && any(&self.carcs, query.carc)
            && (self.rarcs.is_empty()
                || query.rarcs.iter().any(|rarc| self.rarcs.iter().any(|own| own == rarc.as_str())))
            && (self.stages.is_empty() || self.stages.contains(&query.stage))
            && self.min_amount.is_none_or(|least| query.amount >= least)
    }

    /// True when every problem that fits `other` fits this row as well.
    fn covers(&self, other: &Self) -> bool {
        fn wider<T: PartialEq>(own: &[T], other: &[T]) -> bool {
            own.is_empty() || (!other.is_empty() && other.iter().all(|value| own.contains(value)))
        }
        wider(&self.categories, &other.categories)
            && wider(&self.payers, &other.payers)
            && wider(&self.groups, &other.groups)
            && wider(&self.carcs, &other.carcs)
            && wider(&self.rarcs, &other.rarcs)
            && wider(&self.stages, &other.stages)
            && self.min_amount.is_none_or(|own| other.min_amount.is_some_and(|other| other >= own))
    }
}

/// The rows of every routing table in order, found by category.
#[derive(Debug, Clone, Default)]
pub(crate) struct Routing {
    rules: Vec<Rule>,
    /// For each category that some row names: the rows that can fit it, those for any category among them.
    by_category: FxHashMap<Category, Vec<u32>>,
    /// The rows for any category.
    any: Vec<u32>,
}

impl Routing {
    /// Takes the rows in the order in which they are tried.
    pub(crate) fn new(rules: Vec<Rule>) -> Self {
        let mut by_category: FxHashMap<Category, Vec<u32>> = FxHashMap::default();
        for category in rules.iter().flat_map(|rule| &rule.categories) {
            by_category.entry(category.clone()).or_default();
        }
        let mut any = Vec::new();
        for (place, rule) in rules.iter().enumerate() {
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            if rule.categories.is_empty() {
                any.push(place);
            }
            for (category, places) in &mut by_category {
                if rule.categories.is_empty() || rule.categories.contains(category) {
                    places.push(place);
                }
            }
        }
        Self { rules, by_category, any }
    }

    /// The rows in the order in which they are tried.
    pub(crate) fn rows(&self) -> &[Rule] {
        &self.rules
    }

    fn find(&self, query: &RouteQuery<'_>) -> Option<&Rule> {
        self.by_category
            .get(query.category)
            .unwrap_or(&self.any)
            .iter()
            .filter_map(|place| self.rules.get(*place as usize))
            .find(|rule| rule.fits(query))
    }

    /// Who gets a problem: the first row that fits, else triage within two business days.
    pub(crate) fn route(&self, query: &RouteQuery<'_>) -> Route {
        match self.find(query) {
            Some(rule) => Route { owner: rule.owner.clone(), within: rule.within, row: rule.row.clone() },
            None => Route {
                owner: Owner::const_new(TRIAGE),
                within: TRIAGE_DUE,
                row: Text::const_new("no row fits"),
            },
        }
    }

    /// The note of the row that decides, or empty.
    pub(crate) fn note(&self, query: &RouteQuery<'_>) -> &str {
        self.find(query).map_or("", |rule| rule.note.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceFile;
    use crate::words::Words;
    use claimflow_core::Rarc;
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

    proptest! {
        #[test]
        fn the_index_finds_what_a_walk_through_the_rows_finds(
            rows in proptest::collection::vec(("(coding|posting|)", "(4|6|4;6|)", "(N290|)", "(100|)"), 0..12),
            category in "(coding|posting|authorization)", carc in "(4|6|9)", remark in any::<bool>(), cents in 9_000_i64..11_000,
        ) {
            let mut text = String::from("category,carc,rarc,min_amount,owner,due\n");
            for (category, carc, rarc, least) in &rows {
                text.push_str(&format!("{category},{carc},{rarc},{least},billing,1 days\n"));
            }
            let mut faults = Vec::new();
            let words = Words::known(["coding", "authorization", "posting"], ["billing"]);
            let rules = read(&SourceFile::new("routing.csv", text), &words, &mut faults);
            let rarcs = [Rarc::as_received("N290")];
            let query = query(&category, &carc, if remark { &rarcs } else { &[] }, cents);
            let walked = rules.iter().find(|rule| rule.fits(&query)).map_or("no row fits".into(), |rule| rule.row.clone());
            prop_assert_eq!(Routing::new(rules).route(&query).row, walked);
        }
    }
}
