//! The payer: every claim answered once, every amount balanced, every defect that only it knows denied.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use claimflow_core::{AcknowledgmentKind, Claim, ClaimPayment, Remittance, Text};
use claimflow_simulator::{
    Answers, DefectKind, Payer, PayerKnowledge, SampleOptions, SamplePractice, practice,
};
use claimflow_x12::{Envelope, Kind, Receiver, Submitter, write_837p};
use jiff::civil::{Date, date};

const ON: Date = date(2026, 10, 2);

fn sample() -> SamplePractice {
    practice(&SampleOptions::default()).unwrap()
}

/// The sample's files, received one after the other.
fn receive_all(practice: &SamplePractice, seed: u64) -> Vec<Answers> {
    let mut payer = Payer::new(seed, practice.knowledge()).unwrap();
    practice.files.iter().map(|(_, bytes)| payer.receive(bytes, ON)).collect()
}

/// What was said at the door: accepted or the status, by claim.
fn at_the_door(answers: &[Answers]) -> Vec<(Text, bool, Text)> {
    let mut all = Vec::new();
    for (name, bytes) in answers.iter().flat_map(|answers| &answers.acknowledgments) {
        let file = claimflow_x12::read(bytes);
        assert!(file.faults.is_empty(), "{name}: {:?}", file.faults);
        for transaction in file.transactions.iter().filter(|t| t.kind == Kind::ClaimStatus277CA) {
            let (acks, faults) = transaction.acknowledgments();
            assert!(faults.is_empty(), "{name}: {faults:?}");
            for ack in acks.into_iter().filter(|ack| !ack.claim_id.is_empty()) {
                assert_eq!(ack.kind, AcknowledgmentKind::Claim);
                let status = ack.statuses.first().cloned().unwrap_or_default();
                all.push((ack.claim_id.matching_key(), ack.accepted, status));
            }
        }
    }
    all
}

fn remittances(answers: &[Answers]) -> Vec<Remittance> {
    let mut all = Vec::new();
    for (name, bytes) in answers.iter().flat_map(|answers| &answers.remittances) {
        let file = claimflow_x12::read(bytes);
        assert!(file.faults.is_empty(), "{name}: {:?}", file.faults);
        for transaction in &file.transactions {
            let (remittance, faults) = transaction.remittance();
            assert!(faults.is_empty(), "{name}: {faults:?}");
            all.push(remittance);
        }
    }
    all
}

/// The decisions by the claim that they speak of: by number in any case, else by patient and date.
fn decisions(practice: &SamplePractice, remittances: &[Remittance]) -> BTreeMap<Text, Vec<ClaimPayment>> {
    let mut found: BTreeMap<Text, Vec<ClaimPayment>> = BTreeMap::new();
    for payment in remittances.iter().flat_map(|remittance| &remittance.claims) {
        let key = payment.claim_id.matching_key();
        let by_number = practice.claims.iter().find(|claim| claim.id.matching_key() == key);
        let by_service = || {
            practice.claims.iter().find(|claim| {
                let member = &claim.subscriber.person.member_id;
                *member == payment.patient.member_id
                    && claim.service_date() == payment.service_date
                    && claim.charge == payment.charge.abs()
            })
        };
        let claim = by_number.or_else(by_service).unwrap();
        found.entry(claim.id.matching_key()).or_default().push(payment.clone());
    }
    found
}

#[test]
fn the_same_seed_gives_the_same_answers() {
    let practice = sample();
    assert_eq!(receive_all(&practice, 1), receive_all(&practice, 1));
    assert_ne!(receive_all(&practice, 1), receive_all(&practice, 2));
}

#[test]
fn every_claim_is_answered_exactly_once() {
    let practice = sample();
    let answers = receive_all(&practice, 1);
    let door = at_the_door(&answers);
    let asked: BTreeSet<Text> = practice.claims.iter().map(|claim| claim.id.matching_key()).collect();
    let answered: BTreeSet<Text> = door.iter().map(|answer| answer.0.clone()).collect();
    assert_eq!(answered, asked);
    assert_eq!(door.len(), asked.len());
    let decisions = decisions(&practice, &remittances(&answers));
    for (claim, accepted, _) in &door {
        let decided = decisions.get(claim).map_or(&[][..], Vec::as_slice);
        let reversals = decided.iter().filter(|payment| payment.is_reversal()).count();
        let expected = if *accepted { 1 + 2 * reversals } else { 0 };
        assert_eq!(decided.len(), expected, "{claim}");
    }
}

#[test]
fn everything_balances() {
    let remittances = remittances(&receive_all(&sample(), 1));
    assert!(remittances.len() > 20);
    for remittance in &remittances {
        assert!(remittance.balances() && !remittance.paid.is_negative(), "{}", remittance.trace_number);
        for payment in &remittance.claims {
            assert!(payment.balances(), "{}", payment.claim_id);
            assert!(
                payment.lines.is_empty()
                    || payment.lines.iter().map(|l| l.charge).sum::<claimflow_core::Money>()
                        == payment.charge
            );
        }
    }
}

/// What came of each kind that only the payer knows: the status at the door, or the denied groups and reasons.
fn outcomes() -> BTreeMap<DefectKind, BTreeSet<String>> {
    let practice = sample();
    let answers = receive_all(&practice, 1);
    let door: BTreeMap<Text, (bool, Text)> = at_the_door(&answers)
        .into_iter()
        .map(|(claim, accepted, status)| (claim, (accepted, status)))
        .collect();
    let decisions = decisions(&practice, &remittances(&answers));
    let mut outcomes: BTreeMap<DefectKind, BTreeSet<String>> = BTreeMap::new();
    for defect in &practice.defects {
        let key = defect.claim_id.matching_key();
        let (accepted, status) = &door[&key];
        let outcome = if *accepted { describe(&decisions[&key]) } else { format!("refused {status}") };
        outcomes.entry(defect.kind).or_default().insert(outcome);
    }
    outcomes
}

fn describe(payments: &[ClaimPayment]) -> String {
    let posting = ["1", "2", "3", "45", "23"];
    let one = |payment: &ClaimPayment| {
        let mut words = vec![format!("status {}", payment.status)];
        let own = payment.adjustments.iter().map(|a| (a, &payment.remarks));
        let lines =
            payment.lines.iter().flat_map(|line| line.adjustments.iter().map(move |a| (a, &line.remarks)));
        for (adjustment, remarks) in own.chain(lines) {
            if !posting.contains(&adjustment.reason.as_str()) {
                let remarks: Vec<&str> = remarks.iter().map(AsRef::as_ref).collect();
                words.push(
                    format!("{}-{} {}", adjustment.group, adjustment.reason, remarks.join(" "))
                        .trim()
                        .to_owned(),
                );
            }
        }
        words.dedup();
        words.join(", ")
    };
    payments.iter().map(one).collect::<Vec<_>>().join("; then ")
}

#[test]
fn what_comes_of_each_defect_when_it_is_sent_as_it_is() {
    let lines: Vec<String> = outcomes()
        .iter()
        .map(|(kind, outcomes)| {
            format!("{kind}: {}", outcomes.iter().cloned().collect::<Vec<_>>().join(" | "))
        })
        .collect();
    insta::assert_snapshot!("outcomes_of_defects", lines.join("\n"));
}

#[test]
fn what_only_the_payer_knows_is_never_simply_paid() {
    for (kind, outcomes) in outcomes().iter().filter(|(kind, _)| !kind.is_visible()) {
        assert!(!outcomes.contains("status 1"), "{kind}: {outcomes:?}");
    }
}

#[test]
fn claims_in_order_are_paid() {
    let practice = sample();
    let answers = receive_all(&practice, 1);
    let defective: BTreeSet<Text> =
        practice.defects.iter().map(|defect| defect.claim_id.matching_key()).collect();
    let decisions = decisions(&practice, &remittances(&answers));
    for claim in practice.claims.iter().filter(|claim| !defective.contains(&claim.id.matching_key())) {
        let decided = &decisions[&claim.id.matching_key()];
        let outcome = describe(decided);
        assert!(["status 1", "status 2", "status 19"].contains(&outcome.as_str()), "{}: {outcome}", claim.id);
        assert!(decided.iter().all(|payment| payment.lines.iter().all(|line| line.allowed.is_some())));
    }
}

#[test]
fn numbers_come_back_as_real_payers_send_them() {
    let practice = sample();
    let remittances = remittances(&receive_all(&practice, 1));
    let ids: BTreeSet<&str> = practice.claims.iter().map(|claim| claim.id.as_str()).collect();
    let all = || remittances.iter().flat_map(|r| &r.claims).map(|payment| payment.claim_id.as_str());
    assert!(
        all().any(|id| !ids.contains(id) && ids.contains(id.to_ascii_uppercase().as_str())),
        "none in lower case"
    );
    assert!(all().any(|id| !ids.contains(id) && ids.iter().any(|own| own.starts_with(id))), "none cut short");
    assert!(remittances.iter().any(|r| {
        r.claims.iter().any(|payment| payment.status == "19" && !payment.crossover_payer.is_empty())
    }));
    assert!(
        remittances
            .iter()
            .any(|r| r.provider_adjustments.iter().any(|own| own.reason == "WO" && own.amount.is_negative()))
    );
    assert!(
        remittances.iter().any(|r| r
            .provider_adjustments
            .iter()
            .any(|own| own.reason == "WO" && !own.amount.is_negative()))
    );
    // Some claims are denied in one line of two.
    assert!(remittances.iter().flat_map(|r| &r.claims).any(|payment| {
        payment.lines.len() == 2 && payment.lines[0].allowed.is_some() && payment.lines[1].allowed.is_none()
    }));
}

fn written(claims: &[&Claim], control: u32) -> Vec<u8> {
    let envelope = Envelope {
        sender_id: "PRACTICE".into(),
        receiver_id: "CLEARING".into(),
        submitter: Submitter {
            name: "PRACTICE".into(),
            id: "PRACTICE".into(),
            contact_name: "BILLING".into(),
            phone: "2175550100".into(),
            address: None,
        },
        receiver: Receiver { name: "CLEARING".into(), id: "CLEARING".into() },
        created: ON.at(8, 0, 0, 0),
        interchange_control: control,
        group_control: control,
        ..Envelope::default()
    };
    write_837p(&envelope, claims).unwrap().bytes
}

fn claim_with(practice: &SamplePractice, kind: DefectKind) -> Claim {
    let defect = practice.defects.iter().find(|defect| defect.kind == kind).unwrap();
    practice.claims.iter().find(|claim| claim.id == defect.claim_id).unwrap().clone()
}

/// Sends a claim, and again as a replacement with the payer's number; answers both decisions.
fn replaced(mut claim: Claim, knowledge: PayerKnowledge, frequency: &str) -> Vec<ClaimPayment> {
    let mut payer = Payer::new(1, knowledge).unwrap();
    let first = remittances(&[payer.receive(&written(&[&claim], 1), ON)]).remove(0).claims.remove(0);
    claim.frequency = frequency.into();
    claim.payer_claim_number = first.payer_claim_number.clone();
    claim.id = claimflow_core::ClaimId::as_received(format!("{}R2", claim.id));
    let second = remittances(&[payer.receive(&written(&[&claim], 2), ON)]);
    assert!(second.iter().all(Remittance::balances));
    let second = second.into_iter().flat_map(|remittance| remittance.claims);
    std::iter::once(first).chain(second).collect()
}

#[test]
fn a_replacement_is_paid_where_the_question_is_answered() {
    let practice = sample();
    for kind in [
        DefectKind::AuthorizationNotSeen,
        DefectKind::RecordsRequested,
        DefectKind::NecessityDoubted,
        DefectKind::DataMissingAtPayer,
        DefectKind::OtherPlanFirst,
        DefectKind::PatientInformation,
        DefectKind::FilingLimitMisapplied,
        DefectKind::LineCodingRefused,
    ] {
        let payments = replaced(claim_with(&practice, kind), practice.knowledge(), "7");
        let last = payments.last().unwrap();
        assert!(
            last.lines.iter().all(|line| line.allowed.is_some()) && last.status == "1",
            "{kind}: {}",
            describe(&payments)
        );
    }
}

#[test]
fn a_replacement_does_not_bring_back_what_has_ended() {
    let practice = sample();
    for kind in
        [DefectKind::CoverageEndedAtPayer, DefectKind::EnrollmentEndedAtPayer, DefectKind::CarvedOutAtPayer]
    {
        let payments = replaced(claim_with(&practice, kind), practice.knowledge(), "7");
        assert_eq!(payments.last().unwrap().status, "4", "{kind}: {}", describe(&payments));
    }
}

#[test]
fn a_replacement_of_a_paid_claim_reverses_it_first_and_a_void_only_reverses() {
    let practice = sample();
    let claim = practice
        .claims
        .iter()
        .find(|claim| claim.lines.len() == 1 && practice.defects.iter().all(|d| d.claim_id != claim.id));
    let claim = claim.unwrap();
    let statuses = |frequency| {
        let payments = replaced(claim.clone(), practice.knowledge(), frequency);
        payments.iter().map(|payment| payment.status.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(statuses("7"), "1 22 1");
    assert_eq!(statuses("8"), "1 22");
}

#[test]
fn a_replacement_of_nothing_is_refused() {
    let practice = sample();
    let mut claim = practice.claims[0].clone();
    claim.frequency = "7".into();
    claim.payer_claim_number = "NOSUCHNUMBER".into();
    let mut payer = Payer::new(1, practice.knowledge()).unwrap();
    let answers = [payer.receive(&written(&[&claim], 1), ON)];
    assert_eq!(at_the_door(&answers)[0].2, "A3:35");
    assert!(answers[0].remittances.is_empty());
}

#[test]
fn a_second_original_is_a_duplicate_and_a_second_file_is_nothing() {
    let practice = sample();
    let file = written(&[&practice.claims[2]], 1);
    let mut payer = Payer::new(1, PayerKnowledge::default()).unwrap();
    assert!(!payer.receive(&file, ON).remittances.is_empty());
    let again = payer.receive(&file, ON);
    assert!(again.already_received && again.acknowledgments.is_empty() && again.remittances.is_empty());
    let remittance = remittances(&[payer.receive(&written(&[&practice.claims[2]], 2), ON)]).remove(0);
    assert_eq!(describe(&remittance.claims), "status 4, OA-18 N522");
}

#[test]
fn tables_can_be_replaced() {
    let decisions = "id,step,codes,answer\nALL,line,,CO-50\n";
    let mut payer = Payer::with_tables(1, PayerKnowledge::default(), decisions, "code\n", "payer\n").unwrap();
    let practice = sample();
    let remittance = remittances(&[payer.receive(&written(&[&practice.claims[2]], 1), ON)]).remove(0);
    assert_eq!(describe(&remittance.claims), "status 4, CO-50");
}
