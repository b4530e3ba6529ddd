//! Both formats say the same, the schema stays what analysts rely on, and the page in docs tells all of it.

use std::io::Write;
use std::path::Path;

use ::parquet::data_type::Decimal;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::Field;
use claimflow_core::event::{Event, Posting};
use claimflow_core::workflow::WorkflowRef;
use claimflow_core::{
    Calendar, Claim, ClaimId, Decision, Denial, Diagnosis, DiagnosisCode, GroupCode, Modifier, Moment, Money,
    Name, Person, ProcedureCode, Quantity, ServiceLine, Subscriber, Text,
};
use claimflow_runtime::{Chapter, Error, PastClaim, Period};
use jiff::civil::date;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::*;

struct Pasts(Vec<PastClaim>);

impl Source for Pasts {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn number(&self, place: usize) -> u64 {
        self.0[place].number
    }

    fn claim(&self, place: usize) -> Result<Option<PastClaim>, Error> {
        Ok(Some(self.0[place].clone()))
    }
}

fn selection(patients: bool) -> Selection {
    Selection {
        tables: Table::ALL.to_vec(),
        period: Period::default(),
        calendar: Calendar::default(),
        patients,
        stand_ins: StandIns::new(&[7; 32]),
    }
}

fn written(pasts: &Pasts, selection: &Selection, format: Format) -> Vec<(Table, Vec<u8>)> {
    let exported = export(pasts, selection, format, &mut |_| Ok(Vec::new())).unwrap();
    assert!(exported.unreadable.is_empty());
    exported.tables.into_iter().map(|table| (table.table, table.to)).collect()
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A field as NDJSON has it.
fn told(field: &Field) -> Value {
    let parts = |decimal: &Decimal| {
        let whole = decimal
            .data()
            .iter()
            .fold(i64::from(decimal.data()[0] as i8) >> 7, |all, byte| all << 8 | i64::from(*byte));
        if decimal.scale() == 2 {
            Money::from_parts(whole).to_string()
        } else {
            Quantity::from_parts(whole).to_string()
        }
    };
    match field {
        Field::Null => Value::Null,
        Field::Str(text) => json!(text),
        Field::Long(number) => json!(number),
        Field::Decimal(decimal) => json!(parts(decimal)),
        Field::Date(days) => {
            json!(date(1970, 1, 1).saturating_add(jiff::Span::new().days(*days)).to_string())
        }
        Field::TimestampMicros(at) => json!(Moment(at / 1_000)),
        Field::ListInternal(list) => list.elements().iter().map(told).collect(),
        other => panic!("a column is {other:?}"),
    }
}

/// A Parquet file read back, row by row.
fn read(table: Table, patients: bool, bytes: &[u8]) -> Vec<Value> {
    let columns = table.columns_for(patients);
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    rows.map(|row| {
        let row = row.unwrap();
        assert_eq!(row.len(), columns.len());
        let fields = columns.iter().zip(row.get_column_iter());
        fields
            .map(|(column, (name, field))| {
                assert_eq!(column.name, name);
                (name.clone(), told(field))
            })
            .collect::<serde_json::Map<_, _>>()
            .into()
    })
    .collect()
}

fn text() -> impl Strategy<Value = Text> {
    prop_oneof![Just(String::new()), "[A-Z0-9]{1,4}", "\\PC{0,30}", Just("\"\\\n\t\u{0}é".to_owned())]
        .prop_map(Text::from)
}

fn money() -> impl Strategy<Value = Money> {
    prop_oneof![-99_999_i64..99_999, Just(-1), Just(0), Just(999_999_999_999)].prop_map(Money::from_cents)
}

fn line() -> impl Strategy<Value = ServiceLine> {
    let lists = (prop::collection::vec(text(), 0..4), prop::collection::vec(0_u8..13, 0..4));
    (text(), lists, money(), 0_i64..100_000, prop::option::of(-30_000_i32..30_000)).prop_map(
        |(code, (modifiers, diagnosis_pointers), charge, units, day)| ServiceLine {
            number: 1,
            procedure: ProcedureCode::as_received(code),
            modifiers: modifiers.into_iter().map(Modifier::as_received).collect(),
            charge,
            units: Quantity::from_parts(units),
            diagnosis_pointers,
            service_date: day.map(|day| date(1990, 1, 1).saturating_add(jiff::Span::new().days(day))),
            ..ServiceLine::default()
        },
    )
}

fn denial() -> impl Strategy<Value = Denial> {
    (0_u16..3, money(), text(), text()).prop_map(|(line, amount, category, owner)| Denial {
        line,
        group: GroupCode::CO,
        carc: "197".parse().unwrap(),
        rarcs: Vec::new(),
        amount,
        category,
        owner,
        rule: Text::default(),
        action: Text::default(),
        denied_on: None,
    })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (text(), prop::option::of(0_i64..1 << 42)).prop_map(|(state, deadline)| Event::Entered {
            state,
            deadline: deadline.map(Moment),
            note: Text::default(),
        }),
        prop::collection::vec(denial(), 0..3).prop_map(|denials| Event::Denied { denials }),
        (text(), text()).prop_map(|(name, reason)| Event::Happened { name, reason }),
        (money(), money()).prop_map(|(paid, patient_responsibility)| {
            let decision = Decision { paid, patient_responsibility, ..Decision::default() };
            Event::Posted(Box::new(Posting { decision, ..Posting::default() }))
        }),
    ]
}

fn past() -> impl Strategy<Value = PastClaim> {
    let person = (text(), text(), text()).prop_map(|(last, first, member_id)| Person {
        name: Name { last, first, ..Name::default() },
        member_id,
        birth_date: Some(date(1990, 2, 3)),
        ..Person::default()
    });
    let chapters = prop::collection::vec((0_i64..1 << 42, prop::collection::vec(event(), 0..4)), 0..5);
    (text(), person, prop::collection::vec(line(), 0..4), prop::collection::vec(text(), 0..3), chapters)
        .prop_map(|(id, person, lines, codes, chapters)| {
            let diagnosis =
                |code| Diagnosis { qualifier: "ABK".into(), code: DiagnosisCode::as_received(code) };
            let claim = Claim {
                id: ClaimId::as_received(id),
                lines,
                subscriber: Subscriber { person, ..Subscriber::default() },
                diagnoses: codes.into_iter().map(diagnosis).collect(),
                ..Claim::default()
            };
            let workflow = WorkflowRef { name: "w".into(), version: 1, hash: "abc".into() };
            let received =
                Event::Received { claim: Box::new(claim), workflow, source: "f".into(), history: false };
            let first = Chapter { at: Moment(5), actor: "ingest".into(), events: vec![received] };
            let later = chapters.into_iter().map(|(at, events)| Chapter {
                at: Moment(at),
                actor: Text::default(),
                events,
            });
            PastClaim { number: 1, chapters: std::iter::once(first).chain(later).collect() }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn parquet_read_back_is_what_ndjson_says(
        pasts in prop::collection::vec(past(), 0..12),
        patients: bool,
    ) {
        let (pasts, selection) = (Pasts(pasts), selection(patients));
        let both = written(&pasts, &selection, Format::Ndjson)
            .into_iter()
            .zip(written(&pasts, &selection, Format::Parquet));
        for ((table, ndjson), (same, parquet)) in both {
            prop_assert_eq!(table, same);
            prop_assert_eq!(lines(&ndjson), read(table, patients, &parquet));
        }
    }
}

#[test]
fn more_claims_than_one_part_come_in_their_order() {
    let one = |number: u64| {
        let claim = Claim { id: ClaimId::as_received(format!("C{number}")), ..Claim::default() };
        let workflow = WorkflowRef { name: "w".into(), version: 1, hash: "abc".into() };
        let event = Event::Received { claim: Box::new(claim), workflow, source: "f".into(), history: false };
        let chapter = Chapter { at: Moment(5), actor: "ingest".into(), events: vec![event] };
        PastClaim { number, chapters: vec![chapter] }
    };
    let pasts = Pasts((0..2_000).map(one).collect());
    let tables = written(&pasts, &selection(false), Format::Ndjson);
    let ids: Vec<String> =
        lines(&tables[0].1).iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, (0..2_000).map(|number| format!("C{number}")).collect::<Vec<_>>());
}

#[test]
fn the_schema() {
    let all: Vec<String> =
        Table::ALL.iter().map(|table| parquet_schema(table.as_str(), table.columns())).collect();
    insta::assert_snapshot!(all.concat());
}

#[test]
fn the_page_describes_every_column() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/export.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("<!-- columns: made from the program -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    let mut tables = String::new();
    for table in Table::ALL {
        tables.push_str(&format!("\n### {table}\n\n| column | kind | what it says |\n|---|---|---|\n"));
        for column in table.columns() {
            let only = if column.patient { " (with `--with-patients`)" } else { "" };
            let row = format!("| `{}` | {} | {}{only} |\n", column.name, column.kind.words(), column.about);
            tables.push_str(&row);
        }
    }
    let wanted = format!("{before}<!-- columns: made from the program -->\n{tables}\n<!-- end -->{after}");
    if std::env::var_os("CLAIMFLOW_UPDATE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    } else {
        assert!(page == wanted, "docs/export.md is not up to date: run this test with CLAIMFLOW_UPDATE=1");
    }
}
