//! What rules in shadow would have done, and what became of those claims.

use std::collections::BTreeMap;

use claimflow_core::event::Event;
use claimflow_core::{Finding, Level, Moment, Money, Text};
use claimflow_runtime::{Chapter, Period};

use crate::exit::Result;
use crate::wire::Desk;

/// So many claims are named of each rule.
const NAMED: usize = 10;

/// What a rule in shadow would have done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watched {
    /// When it was first recorded.
    pub first: Option<Moment>,
    /// Claims by the firmest thing that it would have done with them.
    pub by_level: BTreeMap<Level, u64>,
    /// Claims of which the payer has denied something.
    pub denied: u64,
    /// What it has denied of them.
    pub denied_amount: Money,
    /// Claims that the payer has decided without denying anything.
    pub paid: u64,
    /// Claims of which nothing is decided.
    pub open: u64,
    /// Some of the claims, the latest first.
    pub claims: Vec<Text>,
}

impl Watched {
    /// How many claims it was recorded on.
    pub fn count(&self) -> u64 {
        self.by_level.values().sum()
    }

    /// Of a hundred decided claims, how many were denied; none when none is decided.
    pub fn precision(&self) -> Option<u64> {
        let decided = self.denied + self.paid;
        (decided > 0).then(|| (self.denied * 100 + decided / 2) / decided)
    }

    fn add(&mut self, id: &Text, at: Moment, level: Level, fate: &Fate) {
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        *self.by_level.entry(level).or_default() += 1;
        match fate {
            Fate::Denied(amount) => {
                self.denied += 1;
                self.denied_amount += *amount;
            }
            Fate::Paid => self.paid += 1,
            Fate::Open => self.open += 1,
        }
        self.claims.insert(0, id.clone());
        self.claims.truncate(NAMED);
    }
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Denied(Money),
    Paid,
    Open,
}

/// What every rule that was in shadow would have done since then, by rule.
///
/// # Errors
/// When the journal cannot be read.
pub fn watched(desk: &Desk, since: Moment) -> Result<BTreeMap<Text, Watched>> {
    let standing = desk.engine.standing(Period::default())?;
    let mut all = BTreeMap::new();
    for place in 0..standing.len() {
        if let Some(past) = standing.claim(place)? {
            add(&mut all, &past.chapters, since);
        }
    }
    Ok(all)
}

/// Adds one claim to the rules that were recorded on it.
fn add(all: &mut BTreeMap<Text, Watched>, chapters: &[Chapter], since: Moment) {
    let mut seen: BTreeMap<&Text, (Moment, Level)> = BTreeMap::new();
    for chapter in chapters.iter().filter(|chapter| chapter.at >= since) {
        let mut live: &[Finding] = &[];
        for event in &chapter.events {
            if let Event::Evaluated { findings, .. } = event {
                live = findings;
            }
            let Event::Shadowed { findings, .. } = event else { continue };
            for finding in findings.iter().filter(|finding| !is_said(finding, live)) {
                let own = seen.entry(&finding.rule).or_insert((chapter.at, finding.level));
                own.1 = own.1.max(finding.level);
            }
        }
    }
    if seen.is_empty() {
        return;
    }
    let events = || chapters.iter().flat_map(|chapter| &chapter.events);
    let id = events().find_map(|event| match event {
        Event::Received { claim, .. } => Some(Text::from(claim.id.as_str())),
        _ => None,
    });
    let (id, fate) = (id.unwrap_or_default(), fate(events()));
    for (rule, (at, level)) in seen {
        all.entry(rule.clone()).or_default().add(&id, at, level, &fate);
    }
}

/// True for a category that the rules which act have given as well: nothing would have been otherwise.
fn is_said(finding: &Finding, live: &[Finding]) -> bool {
    finding.level == Level::Categorize
        && live.iter().any(|own| {
            (own.level, own.subject, own.index) == (finding.level, finding.subject, finding.index)
                && own.category == finding.category
        })
}

/// Denials that the state names count, whatever became of them later: contractual adjustments and what the patient bears
/// are none.
fn fate<'e>(events: impl Iterator<Item = &'e Event>) -> Fate {
    let mut fate = Fate::Open;
    for event in events {
        match event {
            Event::Denied { denials } if !denials.is_empty() => {
                return Fate::Denied(denials.iter().map(|denial| denial.amount).sum());
            }
            Event::Posted(posting) if !posting.reversal => fate = Fate::Paid,
            _ => {}
        }
    }
    fate
}

#[cfg(test)]
mod tests {
    use super::*;
    use claimflow_core::event::Posting;
    use claimflow_core::workflow::WorkflowRef;
    use claimflow_core::{Claim, ClaimId, Denial, GroupCode, Stage, Subject};

    fn finding(rule: &str, level: Level) -> Finding {
        Finding {
            rule: rule.into(),
            pack: Text::default(),
            file: Text::default(),
            source_line: 1,
            stage: Stage::Scrub,
            level,
            subject: Subject::Line,
            index: 1,
            category: Text::default(),
            owner: Text::default(),
            message: Text::default(),
            because: Text::default(),
            within: None,
            values: Vec::new(),
        }
    }

    fn claim(id: &str, shadowed: Vec<Finding>, later: Vec<Event>) -> Vec<Chapter> {
        let claim = Claim { id: ClaimId::as_received(id), ..Claim::default() };
        let received = Event::Received {
            claim: Box::new(claim),
            workflow: WorkflowRef::default(),
            source: Text::default(),
            history: false,
        };
        let stage = Stage::Scrub;
        let mut events =
            vec![received, Event::Shadowed { stage, rules: Text::default(), findings: shadowed }];
        events.extend(later);
        vec![Chapter { at: Moment(1), actor: "ingest".into(), events }]
    }

    fn denied(cents: i64) -> Event {
        let denial = Denial {
            line: 1,
            group: GroupCode::CO,
            carc: "4".parse().unwrap(),
            rarcs: Vec::new(),
            amount: Money::from_cents(cents),
            category: "coding".into(),
            owner: "coding".into(),
            rule: Text::default(),
            action: Text::default(),
            denied_on: None,
        };
        Event::Denied { denials: vec![denial] }
    }

    #[test]
    fn claims_are_counted_once_by_the_firmest_thing_and_by_what_became_of_them() {
        let hold = || vec![finding("A", Level::Warn), finding("A", Level::Hold)];
        let posted = || Event::Posted(Box::default());
        let reversed = Event::Posted(Box::new(Posting { reversal: true, ..Posting::default() }));
        let mut all = BTreeMap::new();
        let mut take = |chapters: &[Chapter]| add(&mut all, chapters, Moment::default());
        take(&claim("C1", hold(), vec![posted(), denied(15_000), Event::Denied { denials: Vec::new() }]));
        take(&claim("C2", hold(), vec![posted(), Event::Denied { denials: Vec::new() }]));
        take(&claim("C3", vec![finding("A", Level::Warn)], vec![reversed]));
        take(&claim("C4", Vec::new(), vec![posted(), denied(1)]));
        let own = &all[&Text::from("A")];
        assert_eq!((own.count(), own.by_level[&Level::Hold], own.by_level[&Level::Warn]), (3, 2, 1));
        assert_eq!((own.denied, own.denied_amount, own.paid, own.open), (1, Money::from_cents(15_000), 1, 1));
        assert_eq!(
            (own.precision(), own.claims.as_slice()),
            (Some(50), &["C3".into(), "C2".into(), "C1".into()][..])
        );
        assert_eq!(all.len(), 1);
    }

    #[test]
    fn the_same_category_is_nothing_else_and_what_is_older_is_left_out() {
        let categorize =
            |category: &'static str| Finding { category: category.into(), ..finding("A", Level::Categorize) };
        let mut chapters = claim("C1", vec![categorize("coding")], Vec::new());
        let evaluated = Event::Evaluated {
            stage: Stage::Scrub,
            rules: Text::default(),
            considered: 1,
            changes: Vec::new(),
            findings: vec![Finding { rule: "B".into(), ..categorize("coding") }],
            outcome: Text::default(),
        };
        chapters[0].events.insert(1, evaluated);
        let mut all = BTreeMap::new();
        add(&mut all, &chapters, Moment::default());
        assert!(all.is_empty());
        add(&mut all, &claim("C2", vec![categorize("bundling")], Vec::new()), Moment(2));
        assert!(all.is_empty());
        add(&mut all, &claim("C2", vec![categorize("bundling")], Vec::new()), Moment(1));
        assert_eq!(all.len(), 1);
    }
}
