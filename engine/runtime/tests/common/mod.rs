//! A store in memory, a practice made by hand, and an outbox that remembers: what the runtime's own tests stand on.
#![expect(clippy::unwrap_used, reason = "a test may end where a lock is poisoned")]

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use claimflow_core::workflow::{ActionSpec, Workflow, WorkflowRef};
use claimflow_core::{
    Calendar, Claim, Diagnosis, DueIn, Evaluation, Facts, Finding, Level, Moment, Money, Name, Npi, Payer,
    Person, Provider, Quantity, Route, RouteQuery, RuleInput, Rules, ServiceLine, Stage, Subject, Subscriber,
    Text,
};
use claimflow_runtime::record::{Body, decode};
use claimflow_runtime::store::{DropReport, JournalReport, Position, Store, StoreError, Write};
use claimflow_runtime::{Engine, FixedClock, Outbox, Plugins, Practice, Sender};
use jiff::civil::date;

/// A journal and a state in memory. Appends can be made to fail from the n-th on, as after a crash.
#[derive(Default)]
pub struct MemoryStore {
    journal: Mutex<Vec<Vec<u8>>>,
    state: Mutex<(BTreeMap<Vec<u8>, Vec<u8>>, Position)>,
    appends: AtomicUsize,
    pub fail_from: AtomicUsize,
    applies: AtomicUsize,
    /// The state takes in nothing from the n-th time on.
    pub refuse_from: AtomicUsize,
    /// Records in a part of the journal that can be dropped; 0 when none can.
    pub part: AtomicUsize,
    /// Records that were dropped.
    gone: AtomicUsize,
    /// Done once, as somebody else who comes between, when it is next asked what can be dropped.
    pub meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    /// Done once while the next records are being written.
    pub writing: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

/// The position of the record at a place, and the one before it, at which the journal can be divided.
fn position(place: usize) -> Position {
    Position(2 * place as u64 + 2)
}

impl MemoryStore {
    pub fn new() -> Arc<Self> {
        let store = Self::default();
        store.fail_from.store(usize::MAX, Ordering::SeqCst);
        store.refuse_from.store(usize::MAX, Ordering::SeqCst);
        Arc::new(store)
    }

    /// What a restart finds: the same journal, and the state as far as it was applied.
    pub fn reopened(&self, keep_state: bool) -> Arc<Self> {
        let state = if keep_state { self.state.lock().unwrap().clone() } else { Default::default() };
        let store = Self {
            journal: Mutex::new(self.journal.lock().unwrap().clone()),
            state: Mutex::new(state),
            part: self.part.load(Ordering::SeqCst).into(),
            gone: self.gone.load(Ordering::SeqCst).into(),
            ..Self::default()
        };
        store.fail_from.store(usize::MAX, Ordering::SeqCst);
        store.refuse_from.store(usize::MAX, Ordering::SeqCst);
        Arc::new(store)
    }

    /// How often the state has taken something in.
    pub fn applies(&self) -> usize {
        self.applies.load(Ordering::SeqCst)
    }

    /// Spoils the last record of a claim, as a disk does; gives its place and what it was.
    pub fn damage_last_of(&self, claim: u64) -> (usize, Vec<u8>) {
        self.damage_last(|body| body.claim().is_some_and(|own| own.number == claim))
    }

    /// Spoils the last record of a kind.
    pub fn damage_last(&self, kind: impl Fn(&Body) -> bool) -> (usize, Vec<u8>) {
        let mut journal = self.journal.lock().unwrap();
        let of = |record: &Vec<u8>| decode(record).is_ok_and(|record| kind(&record.body));
        let place = journal.iter().rposition(of).unwrap();
        let whole = journal[place].clone();
        let end = whole.len() - 1;
        // The record ends in the middle: its head can still be read.
        journal[place].truncate(end / 2);
        (place, whole)
    }

    /// Puts a record back.
    pub fn mend(&self, (place, whole): &(usize, Vec<u8>)) {
        self.journal.lock().unwrap()[*place] = whole.clone();
    }

    pub fn appends(&self) -> usize {
        self.appends.load(Ordering::SeqCst)
    }

    pub fn dump(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        self.state.lock().unwrap().0.clone()
    }
}

fn full() -> StoreError {
    StoreError::DiskFull { path: "journal".to_owned() }
}

impl Store for MemoryStore {
    fn append(&self, records: &[Vec<u8>]) -> Result<Vec<Position>, StoreError> {
        if self.appends.fetch_add(1, Ordering::SeqCst) >= self.fail_from.load(Ordering::SeqCst) {
            return Err(full());
        }
        let writing = self.writing.lock().unwrap().take();
        writing.into_iter().for_each(|act| act());
        let mut journal = self.journal.lock().unwrap();
        let first = journal.len();
        journal.extend(records.iter().cloned());
        Ok((first..).take(records.len()).map(position).collect())
    }

    fn read(&self, at: Position) -> Result<Vec<u8>, StoreError> {
        let place = at.0 as usize / 2 - 1;
        assert!(place >= self.gone.load(Ordering::SeqCst), "a record that was dropped is read");
        Ok(self.journal.lock().unwrap()[place].clone())
    }

    fn replay(
        &self,
        after: Position,
        each: &mut dyn FnMut(Position, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let journal = self.journal.lock().unwrap().clone();
        let from = self.gone.load(Ordering::SeqCst).max(after.0 as usize / 2);
        for (place, record) in journal.iter().enumerate().skip(from) {
            if each(position(place), record).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn forget(&self, up_to: Position, really: bool) -> Result<DropReport, StoreError> {
        let meanwhile = self.meanwhile.lock().unwrap().take();
        meanwhile.into_iter().for_each(|act| act());
        let (part, gone) = (self.part.load(Ordering::SeqCst), self.gone.load(Ordering::SeqCst));
        let records = self.journal.lock().unwrap().len();
        let mut ends = (0..records).filter(|end| part > 0 && end % part == 0 && *end > gone);
        let Some(end) = ends.rfind(|end| position(*end).0 - 1 <= up_to.0) else {
            return Ok(DropReport::default());
        };
        if really {
            self.gone.store(end, Ordering::SeqCst);
        }
        let (segments, records) = (((end - gone) / part) as u64, (end - gone) as u64);
        let up_to = Position(position(end).0 - 1);
        Ok(DropReport { segments, records, bytes: records, up_to, link: "link".to_owned() })
    }

    fn start(&self) -> Position {
        match self.gone.load(Ordering::SeqCst) {
            0 => Position::default(),
            gone => Position(position(gone).0 - 1),
        }
    }

    fn applied(&self) -> Result<Position, StoreError> {
        Ok(self.state.lock().unwrap().1)
    }

    fn apply(&self, writes: Vec<Write>, applied: Position) -> Result<(), StoreError> {
        if self.applies.fetch_add(1, Ordering::SeqCst) >= self.refuse_from.load(Ordering::SeqCst) {
            return Err(full());
        }
        let mut state = self.state.lock().unwrap();
        for (key, value) in writes {
            match value {
                Some(value) => state.0.insert(key, value),
                None => state.0.remove(&key),
            };
        }
        state.1 = state.1.max(applied);
        Ok(())
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.state.lock().unwrap().0.get(key).cloned())
    }

    fn scan(
        &self,
        prefix: &[u8],
        from: Option<&[u8]>,
        each: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let state = self.state.lock().unwrap();
        let start = from.unwrap_or(prefix);
        for (key, value) in state.0.range::<[u8], _>((Bound::Included(start), Bound::Unbounded)) {
            if !key.starts_with(prefix) || each(key, value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn verify(&self) -> Result<JournalReport, StoreError> {
        Ok(JournalReport::default())
    }

    fn clear_state(&self) -> Result<(), StoreError> {
        *self.state.lock().unwrap() = Default::default();
        Ok(())
    }
}

/// Remembers what went out; refuses a second file of one name with other content.
#[derive(Default)]
pub struct MemoryOutbox {
    pub files: Mutex<BTreeMap<String, Vec<u8>>>,
    pub puts: AtomicUsize,
    pub refuses: AtomicBool,
    pub holds: AtomicBool,
}

impl Outbox for MemoryOutbox {
    fn put(&self, name: &str, bytes: &[u8]) -> std::io::Result<bool> {
        self.puts.fetch_add(1, Ordering::SeqCst);
        if self.refuses.load(Ordering::SeqCst) {
            return Err(std::io::Error::other("the folder is not there"));
        }
        let mut files = self.files.lock().unwrap();
        if let Some(there) = files.get(name) {
            assert_eq!(there, bytes, "a repeat writes the same bytes");
            return Ok(false);
        }
        files.insert(name.to_owned(), bytes.to_vec());
        Ok(true)
    }

    fn holds(&self) -> bool {
        self.holds.load(Ordering::SeqCst)
    }
}

/// Holds video visits without 95, and calls everything but CO-45, PR-1, PR-2 and PR-3 a denial.
struct FewRules(Text);

impl Rules for FewRules {
    fn generation(&self) -> &Text {
        &self.0
    }

    fn evaluate(&self, input: &RuleInput<'_>) -> Evaluation {
        let finding = |level, subject, index, category: &str| Finding {
            rule: "TEST".into(),
            pack: "test 1.0.0".into(),
            file: "payers/test/rules/test.rhai".into(),
            source_line: 1,
            stage: input.stage,
            level,
            subject,
            index,
            category: category.into(),
            owner: Text::default(),
            message: "mend it".into(),
            because: "it is wrong".into(),
            within: None,
            values: Vec::new(),
        };
        let findings = match input.stage {
            Stage::Scrub if input.claim.place_of_service.as_str() == "10" => input
                .claim
                .lines
                .iter()
                .filter(|line| !line.has_modifier("95"))
                .map(|line| finding(Level::Hold, Subject::Line, line.number, "coding"))
                .collect(),
            Stage::Categorize => (1..)
                .zip(input.adjustments)
                .map(|(index, a)| {
                    let plain = matches!(a.reason.as_str(), "45" | "1" | "2" | "3");
                    let category = if plain { "posting" } else { "authorization" };
                    finding(Level::Categorize, Subject::Adjustment, index, category)
                })
                .collect(),
            _ => Vec::new(),
        };
        Evaluation { changes: Vec::new(), findings, considered: 1, shadow: Vec::new() }
    }

    fn route(&self, query: &RouteQuery<'_>) -> Route {
        let owner = if query.category == "coding" { "coding" } else { "billing" };
        Route { owner: owner.into(), within: DueIn::BusinessDays(2), row: "routing.csv:2".into() }
    }
}

/// The shipped categories, without rules.
fn base_pack() -> Vec<claimflow_catalog::SourceFile> {
    let categories = include_str!("../../../../payers/behavioral-health/categories.csv");
    let pack = "name: behavioral-health\nversion: 1.0.0\nlayer: base\n";
    vec![
        claimflow_catalog::SourceFile::new("payers/behavioral-health/pack.yaml", pack),
        claimflow_catalog::SourceFile::new("payers/behavioral-health/categories.csv", categories),
    ]
}

/// A practice with few rules and the shipped workflow.
pub struct HandMade {
    rules: FewRules,
    workflow: Arc<Workflow>,
    generation: claimflow_catalog::Generation,
    calendar: Calendar,
    sender: Sender,
    plugins: Plugins,
}

impl HandMade {
    /// With a workflow whose plugins are gone.
    pub fn without_plugins(workflow: &str, offered: &[ActionSpec]) -> Arc<Self> {
        let mut own = Arc::into_inner(Self::over(workflow, offered)).expect("it is shared with nobody");
        own.plugins = Plugins::default();
        Arc::new(own)
    }

    /// With a workflow of its own, over what these plugins offer.
    pub fn with(workflow: &str, plugins: Plugins) -> Arc<Self> {
        let offered: Vec<_> = plugins.actions().cloned().collect();
        let mut own = Arc::into_inner(Self::over(workflow, &offered)).expect("it is shared with nobody");
        own.plugins = plugins;
        Arc::new(own)
    }

    fn over(workflow: &str, offered: &[ActionSpec]) -> Arc<Self> {
        Self::of("acts", &[("workflows/acts/v1.yaml", workflow)], offered)
    }

    /// With the workflows of these files and no others; new claims start on the newest version of `start`.
    pub fn versions(start: &str, files: &[(&str, &str)], plugins: Plugins) -> Arc<Self> {
        let offered: Vec<_> = plugins.actions().cloned().collect();
        let mut own = Arc::into_inner(Self::of(start, files, &offered)).expect("it is shared with nobody");
        own.plugins = plugins;
        Arc::new(own)
    }

    fn of(start: &str, files: &[(&str, &str)], offered: &[ActionSpec]) -> Arc<Self> {
        let settings = claimflow_catalog::PracticeSettings { workflow: start.into(), ..Default::default() };
        let written = files.iter().map(|(path, text)| claimflow_catalog::SourceFile::new(*path, *text));
        let files: Vec<_> = base_pack().into_iter().chain(written).collect();
        let mut cache = claimflow_catalog::Cache::new();
        let loaded = claimflow_catalog::load_offering(&files, &settings, offered, &mut cache);
        let generation = loaded.generation.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics));
        let mut own = Arc::into_inner(Self::new()).expect("it is shared with nobody");
        own.workflow = generation.workflow(start).expect("it is there").clone();
        own.generation = generation;
        Arc::new(own)
    }

    /// A version of a workflow.
    pub fn version(&self, name: &str, version: u32) -> &Workflow {
        let is = |own: &&Arc<Workflow>| own.reference().name == name && own.reference().version == version;
        self.generation.workflows().iter().find(is).expect("it is there")
    }

    pub fn new() -> Arc<Self> {
        Self::with_calendar(Calendar::default())
    }

    /// One that works by this calendar.
    pub fn with_calendar(calendar: Calendar) -> Arc<Self> {
        Self::that(calendar, "professional-claim")
    }

    /// One whose claims start on another of the shipped workflows.
    pub fn on(workflow: &str) -> Arc<Self> {
        Self::that(Calendar::default(), workflow)
    }

    /// One whose claims run on a workflow that a test wrote.
    pub fn with_workflow(workflow: Arc<Workflow>) -> Arc<Self> {
        let mut own = Self::new();
        Arc::get_mut(&mut own).expect("nobody else has it").workflow = workflow;
        own
    }

    fn that(calendar: Calendar, start: &str) -> Arc<Self> {
        let workflows = [
            ("professional-claim", include_str!("../../../../workflows/professional-claim/v1.yaml")),
            ("appeal", include_str!("../../../../workflows/appeal/v1.yaml")),
            ("corrected-claim", include_str!("../../../../workflows/corrected-claim/v1.yaml")),
            ("denial-follow-up", include_str!("../../../../workflows/denial-follow-up/v1.yaml")),
        ];
        let mut files = base_pack();
        files.extend(workflows.map(|(name, text)| {
            claimflow_catalog::SourceFile::new(format!("workflows/{name}/v1.yaml"), text)
        }));
        let loaded = claimflow_catalog::load(&files, &claimflow_catalog::PracticeSettings::default());
        let generation = loaded
            .generation
            .unwrap_or_else(|| panic!("the shipped workflow is sound: {:?}", loaded.diagnostics));
        let workflow = generation.workflow(start).expect("it is there").clone();
        Arc::new(Self {
            rules: FewRules("test".into()),
            workflow,
            generation,
            calendar,
            sender: Sender {
                sender_id: "PRACTICE".into(),
                sender_qualifier: "ZZ".into(),
                receiver_id: "CLEARING".into(),
                receiver_qualifier: "ZZ".into(),
                submitter_name: "SAMPLE PRACTICE".into(),
                submitter_id: "PRACTICE".into(),
                contact_name: "BILLING".into(),
                contact_phone: "5555550100".into(),
                receiver_name: "CLEARINGHOUSE".into(),
                production: false,
            },
            plugins: Plugins::default(),
        })
    }
}

impl Practice for HandMade {
    fn rules(&self) -> &dyn Rules {
        &self.rules
    }

    fn workflow_for_new(&self) -> Result<&Workflow, Text> {
        Ok(&self.workflow)
    }

    fn workflow(&self, reference: &WorkflowRef) -> Option<&Workflow> {
        let written = Some(self.workflow.as_ref()).filter(|own| own.reference() == reference);
        written.or_else(|| self.generation.workflow_by(reference).map(AsRef::as_ref))
    }

    fn newest_workflow(&self, name: &str) -> Option<&Workflow> {
        self.generation.workflow(name).map(AsRef::as_ref)
    }

    fn facts(&self, _claim: &Claim) -> Facts {
        Facts::default()
    }

    fn registers_hash(&self) -> &str {
        "none"
    }

    fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    fn sender(&self) -> &Sender {
        &self.sender
    }

    fn plugins(&self) -> Option<&Plugins> {
        Some(&self.plugins)
    }
}

/// An engine over a store, at the 2nd of March 2026.
pub fn open(store: &Arc<MemoryStore>, outbox: &Arc<MemoryOutbox>) -> Engine {
    try_open(store, outbox).unwrap()
}

pub fn try_open(store: &Arc<MemoryStore>, outbox: &Arc<MemoryOutbox>) -> claimflow_runtime::Result<Engine> {
    let clock = Arc::new(FixedClock::at(Moment::start_of(date(2026, 3, 2))));
    Engine::open(store.clone(), HandMade::new(), clock, outbox.clone())
}

/// A plain claim of one session.
pub fn claim(id: &str) -> Claim {
    let npi = |nine: &str| Npi::with_check_digit(nine).unwrap();
    Claim {
        id: claimflow_core::ClaimId::as_received(id),
        charge: Money::from_cents(15_000),
        place_of_service: "11".parse().unwrap(),
        frequency: "1".into(),
        billing_provider: Provider {
            name: Name { organization: true, last: "SAMPLE PRACTICE".into(), ..Name::default() },
            npi: npi("123456789"),
            tax_id: "123456789".into(),
            tax_id_kind: "EI".into(),
            address: Some(address()),
            ..Provider::default()
        },
        subscriber: Subscriber {
            person: Person {
                name: Name { last: "ROE".into(), first: "ALEX".into(), ..Name::default() },
                member_id: format!("M{id}").into(),
                birth_date: Some(date(1990, 1, 31)),
                sex: "F".into(),
                address: Some(address()),
            },
            responsibility: "P".into(),
            relationship: "18".into(),
            filing_indicator: "CI".into(),
            ..Subscriber::default()
        },
        payer: Payer { name: "SAMPLE PAYER".into(), id: "SAMPL1".parse().unwrap(), ..Payer::default() },
        indicators: claimflow_core::Indicators {
            facility_qualifier: "B".into(),
            signature_on_file: "Y".into(),
            assignment: "A".into(),
            benefits_assigned: "Y".into(),
            release: "Y".into(),
            ..Default::default()
        },
        diagnoses: vec![Diagnosis { qualifier: "ABK".into(), code: "F331".parse().unwrap() }],
        lines: vec![ServiceLine {
            number: 1,
            procedure: "90837".parse().unwrap(),
            procedure_qualifier: "HC".into(),
            charge: Money::from_cents(15_000),
            unit_basis: "UN".into(),
            units: Quantity::whole(1),
            diagnosis_pointers: vec![1],
            service_date: Some(date(2026, 2, 27)),
            ..ServiceLine::default()
        }],
        ..Claim::default()
    }
}

fn address() -> claimflow_core::Address {
    claimflow_core::Address {
        line1: "1 MAIN ST".into(),
        city: "DAYTON".into(),
        state: "OH".into(),
        postal_code: "454021234".into(),
        ..Default::default()
    }
}
