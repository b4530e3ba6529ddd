//! Packs, tables, routing, categories and workflows.

use std::collections::BTreeMap;
use std::sync::Arc;

use claimflow_core::Text;
use claimflow_rules::Table;

use super::rules::due;
use super::{Area, Difference, differs, paired, push};
use crate::routing::Given as Row;
use crate::{CategoryInfo, Generation, PackInfo};

pub(super) fn packs(before: &Generation, after: &Generation, all: &mut Vec<Difference>) {
    let pairs = paired(
        before.packs().iter().map(|own| (own.name.clone(), own)),
        after.packs().iter().map(|own| (own.name.clone(), own)),
    );
    let whole = |pack: &PackInfo| format!("version {}, layer {}", pack.version, pack.layer.as_str());
    for (name, pair) in pairs {
        let (Some(before), Some(after)) = pair else {
            let text = |pack: Option<&PackInfo>| pack.map(whole).unwrap_or_default();
            push(all, Area::Pack, &name, "", text(pair.0), text(pair.1));
            continue;
        };
        let mut part = |part: &str, of: &dyn Fn(&PackInfo) -> String| {
            push(all, Area::Pack, &name, part, of(before), of(after));
        };
        let day = |date: Option<jiff::civil::Date>| date.map(|own| own.to_string()).unwrap_or_default();
        part("version", &|pack| pack.version.to_string());
        part("layer", &|pack| pack.layer.as_str().to_owned());
        part("payers", &|pack| pack.payers.join(", "));
        part("effective", &|pack| day(pack.effective));
        part("expires", &|pack| day(pack.expires));
        part("requires", &|pack| pack.requires.join(", "));
    }
}

pub(super) fn tables(before: &Generation, after: &Generation, all: &mut Vec<Difference>) {
    let (before, after) = (before.tables(), after.tables());
    let named = |table: &Table| Text::from(table.path());
    let pairs = paired(
        before.iter().map(|own| (named(own), own.as_ref())),
        after.iter().map(|own| (named(own), own.as_ref())),
    );
    for (name, pair) in pairs {
        let (Some(before), Some(after)) = pair else {
            let text = |table: Option<&Table>| table.map(|own| rows(own.len())).unwrap_or_default();
            push(all, Area::Table, &name, "", text(pair.0), text(pair.1));
            continue;
        };
        if std::ptr::eq(before, after) {
            continue;
        }
        push(all, Area::Table, &name, "columns", before.columns().join(", "), after.columns().join(", "));
        let (gone, new) = counted(before, after);
        push(all, Area::Table, &name, "rows", some_rows(gone), "");
        push(all, Area::Table, &name, "rows", "", some_rows(new));
    }
}

fn rows(number: usize) -> String {
    if number == 1 { "1 row".to_owned() } else { format!("{number} rows") }
}

fn some_rows(number: usize) -> String {
    if number == 0 { String::new() } else { rows(number) }
}

/// How many rows stand in the first table only, and in the second only.
fn counted(before: &Table, after: &Table) -> (usize, usize) {
    let sorted = |table: &Table| {
        let mut all: Vec<u64> = table.digests().collect();
        all.sort_unstable();
        all
    };
    let (before, after) = (sorted(before), sorted(after));
    let (mut left, mut right) = (before.iter().peekable(), after.iter().peekable());
    let mut common = 0;
    while let (Some(one), Some(two)) = (left.peek(), right.peek()) {
        match one.cmp(two) {
            std::cmp::Ordering::Less => _ = left.next(),
            std::cmp::Ordering::Greater => _ = right.next(),
            std::cmp::Ordering::Equal => {
                left.next();
                right.next();
                common += 1;
            }
        }
    }
    (before.len() - common, after.len() - common)
}

/// Rows by what they say, with how often each stands there: that others moved up or down changes nothing by itself.
pub(super) fn routing(before: &Generation, after: &Generation, all: &mut Vec<Difference>) {
    let texts = |generation: &Generation| generation.routing().rows().iter().map(said).collect::<Vec<_>>();
    let (before, after) = (texts(before), texts(after));
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    before.iter().for_each(|row| *counts.entry(row).or_default() -= 1);
    after.iter().for_each(|row| *counts.entry(row).or_default() += 1);
    if before != after && counts.values().all(|count| *count == 0) {
        differs(all, Area::Routing, "", "the order of rows");
    }
    for (row, count) in counts {
        match count {
            0 => {}
            1.. => push(all, Area::Routing, "", "row", "", row),
            _ => push(all, Area::Routing, "", "row", row, ""),
        }
    }
}

/// A row in words: `coding, carc 4, payer 60054: to coding within 3 days`.
fn said(row: &Row) -> String {
    let one = |(column, cell): (&str, &str)| {
        let cell = cell.split([',', ';']).map(str::trim).collect::<Vec<_>>().join("/");
        match column {
            "category" => cell,
            "min_amount" => format!("from {cell}"),
            column => format!("{column} {cell}"),
        }
    };
    let conditions: Vec<String> = row.conditions().map(one).collect();
    let conditions = if conditions.is_empty() { "anything".to_owned() } else { conditions.join(", ") };
    format!("{conditions}: to {} within {}", row.route.owner, due(row.route.within))
}

pub(super) fn categories(before: &Generation, after: &Generation, all: &mut Vec<Difference>) {
    let named = |own: &CategoryInfo| own.category.clone();
    let pairs = paired(
        before.categories().iter().map(|own| (named(own), own)),
        after.categories().iter().map(|own| (named(own), own)),
    );
    let said = |own: &CategoryInfo| {
        let days = own.days.map(|days| format!(" {days} days")).unwrap_or_default();
        format!("{}, owner {}, clock {}{days}", own.label, own.default_owner, own.clock.as_str())
    };
    for (name, (before, after)) in pairs {
        let text = |own: Option<&CategoryInfo>| own.map(said).unwrap_or_default();
        push(all, Area::Category, &name, "", text(before), text(after));
    }
}

pub(super) fn workflows(before: &Generation, after: &Generation, all: &mut Vec<Difference>) {
    type Shared = Arc<claimflow_core::workflow::Workflow>;
    let named = |own: &Shared| Text::from(format!("{} v{}", own.reference().name, own.reference().version));
    let pairs = paired(
        before.workflows().iter().map(|own| (named(own), own)),
        after.workflows().iter().map(|own| (named(own), own)),
    );
    let states = |own: &Shared| format!("{} states", own.states().len());
    for (name, pair) in pairs {
        let (Some(before), Some(after)) = pair else {
            let text = |own: Option<&Shared>| own.map(states).unwrap_or_default();
            push(all, Area::Workflow, &name, "", text(pair.0), text(pair.1));
            continue;
        };
        if before.reference().hash == after.reference().hash {
            continue;
        }
        let count = all.len();
        for (state, (old, new)) in paired(
            before.states().iter().map(|own| (own.name.clone(), own)),
            after.states().iter().map(|own| (own.name.clone(), own)),
        ) {
            match (old, new) {
                (Some(_), None) => push(all, Area::Workflow, &name, "state", state, ""),
                (None, Some(_)) => push(all, Area::Workflow, &name, "state", "", state),
                (Some(old), Some(new)) if old.kind != new.kind || old.note != new.note => {
                    differs(all, Area::Workflow, &name, &format!("state `{state}`"));
                }
                _ => {}
            }
        }
        if all.len() == count {
            differs(all, Area::Workflow, &name, "where its states lead");
        }
    }
}
