//! Reads claims from JSON.

use claimflow_core::{Claim, Diagnostic};
use serde::de::IgnoredAny;

use super::complete::complete;
use super::shape::CLAIM;
use super::value::{Style, read_value};
use crate::yaml::{self, At, Reader, Value};

/// Reads one claim or a list of claims in the form that [`claim_json_schema`](crate::claim_json_schema) documents.
///
/// Every fault of every claim is told with its line and column, and without repeating any value: values can be a
/// person's. A claim with faults is left out; its neighbours are read.
pub fn claims_from_json(path: &str, text: &str) -> (Vec<Claim>, Vec<Diagnostic>) {
    let text = text.trim_start_matches('\u{feff}');
    if let Some(mut claims) = read_fast(text) {
        claims.iter_mut().for_each(complete);
        return (claims, Vec::new());
    }
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        return (Vec::new(), vec![syntax_fault(path, &error)]);
    }
    read_with_places(path, text)
}

/// The common case: nothing wrong, so no place is needed.
fn read_fast(text: &str) -> Option<Vec<Claim>> {
    let claims: Vec<Claim> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).ok()?
    } else {
        vec![serde_json::from_str(text).ok()?]
    };
    claims.iter().all(|claim| !claim.id.is_empty()).then_some(claims)
}

fn place(error: &serde_json::Error) -> At {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    At { line: number(error.line()), column: number(error.column().max(1)), length: 0 }
}

fn syntax_fault(path: &str, error: &serde_json::Error) -> Diagnostic {
    let at = place(error);
    let whole = error.to_string();
    let told = whole.split(" at line ").next().unwrap_or_default();
    Diagnostic::error("J001", path, at.line, at.column, format!("this is not JSON: {told}"))
        .help("look at the commas, the quotes and the brackets of this line and the one above")
}

fn read_with_places(path: &str, text: &str) -> (Vec<Claim>, Vec<Diagnostic>) {
    let (root, faults) = yaml::parse(path, text);
    let Some(root) = root else {
        // JSON that the reader of places does not take, as one that is nested too deep.
        let told = faults.into_iter().next().map_or((0, 0), |fault| (fault.line, fault.column));
        let fault = Diagnostic::error("J003", path, told.0, told.1, "this JSON holds no claim");
        return (
            Vec::new(),
            vec![fault.help("write a claim, or a list of claims, as the JSON Schema of a claim says")],
        );
    };
    let mut reader = Reader::new(path, faults);
    let nodes = match &root.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(&root),
    };
    let mut claims = Vec::new();
    for node in nodes {
        let Some(value) = read_value(&mut reader, node, &CLAIM, Style::Whole) else { continue };
        match serde_json::from_value::<Claim>(value) {
            Ok(mut claim) if !claim.id.is_empty() => {
                complete(&mut claim);
                claims.push(claim);
            }
            Ok(_) => reader.fault(
                "J002",
                node.at,
                "the claim's `id` is empty",
                "give each claim an `id` of its own",
            ),
            // The shape lets nothing through that a claim does not take; a test holds it to that.
            Err(_) => reader.fault(
                "J003",
                node.at,
                "this is not a claim",
                "write it as the JSON Schema of a claim says",
            ),
        }
    }
    (claims, reader.into_faults())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::report;
    use proptest::prelude::*;

    #[test]
    fn what_is_left_out_is_filled_in() {
        let text = r#"{"id": "C1", "diagnoses": [{"code": "F331"}, {"code": "F411"}],
            "lines": [{"procedure": "90837", "charge": "150.00"}, {"procedure": "90785", "charge": 20}]}"#;
        let (claims, faults) = claims_from_json("c.json", text);
        assert_eq!(report(&faults), "");
        let claim = &claims[0];
        assert_eq!(claim.charge.to_string(), "170.00");
        assert_eq!((claim.lines[1].number, claim.lines[1].unit_basis.as_str()), (2, "UN"));
        assert_eq!(claim.diagnoses[1].qualifier, "ABF");
        assert_eq!(claim.lines[0].diagnosis_pointers, [1]);
    }

    #[test]
    fn a_claim_survives_the_journey_whichever_way_it_is_read() {
        let (claims, _) = claims_from_json("c.json", r#"[{"id": "C1", "patient_paid": "5.00"}]"#);
        let text = serde_json::to_string_pretty(&claims).unwrap();
        assert_eq!(claims_from_json("c.json", &text).0, claims);
        assert_eq!(read_with_places("c.json", &text), (claims, Vec::new()));
    }

    #[test]
    fn faults_stand_at_their_place_and_repeat_no_value() {
        let text = r#"[
  {"id": "C1", "patient_paid": 5.25},
  {"id": "C2", "charge": "SECRET", "payr": {"id": "1"},
   "subscriber": {"person": {"birth_date": "SECRET", "sex": "SECRET"}},
   "lines": {"procedure": "90837"}},
  {"id": "C3", "lines": [{"number": -1, "units": [1], "service_date": "2026-02-30"}]},
  {"charge": "1"}, {"id": ""}, "SECRET",
  {"id": "C4", "id": "C5"}
]"#;
        let (claims, faults) = claims_from_json("c.json", text);
        let ids: Vec<&str> = claims.iter().map(|claim| claim.id.as_str()).collect();
        assert_eq!(ids, ["C1"]);
        assert_eq!(claims[0].patient_paid.unwrap().to_string(), "5.25");
        let report = report(&faults);
        assert!(!report.contains("SECRET"), "{report}");
        insta::assert_snapshot!(report);
    }

    #[test]
    fn what_is_no_json_is_said_to_be_none() {
        let told = |text: &str| report(&claims_from_json("c.json", text).1);
        let all =
            ["", "{\"id\": \"C1\",}", "{\"id\": \"C1\"\n\"x\": 1}", "7", "{\t\"id\":\n\t7, \"lines\": 1}"]
                .map(told)
                .join("--\n");
        insta::assert_snapshot!(all);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[\\[{\"id:,C1lines\\]} 0.-]{0,60}") {
            claims_from_json("c.json", &text);
            read_with_places("c.json", &text);
        }
    }
}
