//! The payers: they read our 837P files and answer with 999, 277CA and, weeks later, 835.

mod adjudicate;
mod answers;
mod condition;
mod ledger;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use claimflow_core::{Claim, ClaimId, ClaimPayment, Money, PayerId, ProviderAdjustment, Text};
use jiff::civil::Date;

use crate::error::TableError;
use crate::knowledge::PayerKnowledge;
use crate::random::hash;
use adjudicate::{correct, decide, deduct, first_row, reverse};
use answers::{Batch, Reply};
use condition::Case;
use ledger::Ledger;
use table::{Answer, Step, Tables};

const DECISIONS: &str = include_str!("../../tables/decisions.csv");
const FEES: &str = include_str!("../../tables/fees.csv");
const PLANS: &str = include_str!("../../tables/plans.csv");

/// What came back for a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// 999 and 277CA files, of the day the file was received: name and bytes.
    pub acknowledgments: Vec<(String, Vec<u8>)>,
    /// 835 files, two and three weeks later, in order of dates: name and bytes.
    pub remittances: Vec<(String, Vec<u8>)>,
    /// True when the very same bytes had been received before: nothing is answered then.
    pub already_received: bool,
}

/// All payers behind one clearinghouse. They decide by the tables in `tables/`, by what they know, and by what they have
/// received before.
#[derive(Debug, Clone)]
pub struct Payer {
    seed: u64,
    knowledge: PayerKnowledge,
    tables: Tables,
    ledger: Ledger,
    files: BTreeSet<u64>,
    interchanges: u32,
}

/// What one payer decided on the claims of a file.
#[derive(Debug, Default)]
struct Decided {
    /// For the first 835.
    first: Vec<ClaimPayment>,
    /// For the second one, a week later.
    second: Vec<ClaimPayment>,
    /// Money that the second one leaves with the practice for now.
    held: Option<Held>,
}

/// Money that was taken back and is not collected yet.
#[derive(Debug)]
struct Held {
    /// The payer's number of the claim.
    reference: Text,
    amount: Money,
}

impl Payer {
    /// Payers with the tables that come along.
    ///
    /// # Errors
    /// When the tables that come along are faulty, which a test rules out.
    pub fn new(seed: u64, knowledge: PayerKnowledge) -> Result<Self, TableError> {
        Self::with_tables(seed, knowledge, DECISIONS, FEES, PLANS)
    }

    /// Payers with tables of your own: the texts of `decisions.csv`, `fees.csv` and `plans.csv`.
    ///
    /// # Errors
    /// Every fault of the tables, each with its line and mend.
    pub fn with_tables(
        seed: u64,
        knowledge: PayerKnowledge,
        decisions: &str,
        fees: &str,
        plans: &str,
    ) -> Result<Self, TableError> {
        let tables = Tables::read(decisions, fees, plans)?;
        let (ledger, files) = (Ledger::default(), BTreeSet::new());
        Ok(Self { seed, knowledge, tables, ledger, files, interchanges: 0 })
    }

    /// Takes in a file on a day and answers it. What is no 837P gets no answer; a file that came before gets none
    /// either. Never panics, whatever the bytes are.
    pub fn receive(&mut self, file: &[u8], on: Date) -> Answers {
        let digest = file.iter().fold(file.len() as u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(5)
        });
        if !self.files.insert(digest) {
            return Answers { already_received: true, ..Answers::default() };
        }
        let read = claimflow_x12::read(file);
        let batches = answers::batches(&read);
        let mut answers = Answers::default();
        if batches.is_empty() {
            return answers;
        }
        let control = self.next_interchange();
        answers.acknowledgments.push(answers::functional(&batches, control, on));
        let mut decided: BTreeMap<PayerId, (Claim, Decided)> = BTreeMap::new();
        for batch in batches.iter().filter(|batch| batch.accepted) {
            self.answer_batch(batch, on, &mut answers, &mut decided);
        }
        self.remit(on, decided, &mut answers);
        answers
    }

    const fn next_interchange(&mut self) -> u32 {
        // ISA13 has nine digits.
        self.interchanges = self.interchanges % 999_999_999 + 1;
        self.interchanges
    }

    /// One 277CA for each payer of the batch, and the decisions on what was taken in.
    fn answer_batch(
        &mut self,
        batch: &Batch,
        on: Date,
        answers: &mut Answers,
        decided: &mut BTreeMap<PayerId, (Claim, Decided)>,
    ) {
        let mut replies: BTreeMap<&PayerId, Vec<Reply<'_>>> = BTreeMap::new();
        for (claim, usable) in &batch.claims {
            let reply = if *usable { self.look_at(claim, on) } else { Reply::refused(claim, "A3:21") };
            if reply.accepted {
                let all = decided
                    .entry(claim.payer.id.clone())
                    .or_insert_with(|| (claim.clone(), Decided::default()));
                self.take_in(claim, reply.number.clone(), on, &mut all.1);
            }
            replies.entry(&claim.payer.id).or_default().push(reply);
        }
        for (payer, replies) in replies {
            let control = self.next_interchange();
            answers.acknowledgments.push(answers::claims(payer, batch, &replies, control, on));
        }
    }

    /// At the door: refused, or taken in under a number.
    fn look_at<'c>(&mut self, claim: &'c Claim, on: Date) -> Reply<'c> {
        if let Some(Answer::Refuse(status)) =
            first_row(&self.tables, Step::Door, &self.case(claim, on), None).map(|row| row.answer.clone())
        {
            return Reply::refused(claim, &status);
        }
        let prefix: String = claim.payer.name.chars().filter(char::is_ascii_alphabetic).take(2).collect();
        let year = on.year().rem_euclid(100);
        let number = self.ledger.next_claim();
        Reply::accepted(claim, Text::from(format!("{year:02}{prefix}{number:09}")))
    }

    fn case<'a>(&'a self, claim: &'a Claim, on: Date) -> Case<'a> {
        let filing_days = self.tables.terms(&claim.payer.id).filing_days;
        Case { claim, on, filing_days, knowledge: &self.knowledge, ledger: &self.ledger }
    }

    /// Decides, and puts the decision into the first or the second 835.
    fn take_in(&mut self, claim: &Claim, number: Text, on: Date, decided: &mut Decided) {
        let chance = hash(self.seed, claim.id.as_str());
        if claim.is_correction() {
            let original = self.ledger.decided(claim).cloned();
            if let Some(original) = original.filter(|own| !own.paid.is_zero() || claim.frequency == "8") {
                decided.first.push(reverse(&original));
            }
            self.ledger.forget(claim);
            if claim.frequency == "8" {
                return;
            }
        }
        let case = self.case(claim, on);
        let mut payment = decide(&self.tables, &case, called_back(claim, chance), number);
        let taken_back = first_row(&self.tables, Step::Later, &case, None).is_some();
        // One claim in eight meets a deductible.
        if chance % 8 == 3 && claim.other_payers.is_empty() && !taken_back {
            deduct(&mut payment, Money::from_cents(4_000));
        }
        self.ledger.receive(claim);
        if taken_back && !payment.paid.is_zero() {
            take_back(claim, payment, decided, &mut self.ledger);
        } else {
            self.ledger.decide(&claim.payer.id, &payment);
            // One claim in twelve takes a week longer.
            let slow = chance % 12 == 5;
            if slow { &mut decided.second } else { &mut decided.first }.push(payment);
        }
    }

    /// One 835 for each payer, and a second one a week later where something is left for it.
    fn remit(&mut self, on: Date, decided: BTreeMap<PayerId, (Claim, Decided)>, answers: &mut Answers) {
        let mut later = Vec::new();
        for (payer, (claim, decided)) in decided {
            let payments = [(14, decided.first, None), (21, decided.second, decided.held)];
            for (days, claims, held) in payments.into_iter().filter(|payment| !payment.1.is_empty()) {
                let adjustments = self.adjust(&payer, &claim, &claims, held);
                let payment = answers::Payment {
                    claim: &claim,
                    name: self.tables.terms(&payer).name,
                    claims,
                    adjustments,
                    number: self.ledger.next_payment(),
                    date: on.saturating_add(jiff::Span::new().days(days)),
                };
                later.push((payment.date, answers::remittance(&payment, self.next_interchange())));
            }
        }
        later.sort_by_key(|payment| payment.0);
        answers.remittances.extend(later.into_iter().map(|payment| payment.1));
    }

    /// The adjustments of a payment as a whole (PLB WO): what the practice owes from before is collected; what a
    /// reversal takes back stays with the practice until the next payment where it should, or where the payment would
    /// be less than nothing.
    fn adjust(
        &mut self,
        payer: &PayerId,
        claim: &Claim,
        claims: &[ClaimPayment],
        held: Option<Held>,
    ) -> Vec<ProviderAdjustment> {
        let paid: Money = claims.iter().map(|claim| claim.paid).sum();
        let mut adjustments = self.ledger.collect(payer, paid);
        let collected: Money = adjustments.iter().map(|own| own.amount).sum();
        let kept = held.as_ref().map_or(Money::ZERO, |held| held.amount);
        let missing = (collected - paid - kept).max(Money::ZERO);
        if (kept + missing).is_zero() {
            return adjustments;
        }
        let reference = held.map(|held| held.reference);
        let reversed =
            claims.iter().find(|claim| claim.is_reversal()).map(|claim| claim.payer_claim_number.clone());
        let own = ProviderAdjustment {
            provider_id: Text::from(claim.billing_provider.npi.as_str()),
            reason: Text::const_new("WO"),
            reference: reference.or(reversed).unwrap_or_default(),
            amount: -(kept + missing),
        };
        self.ledger.owe(payer, ProviderAdjustment { amount: kept + missing, ..own.clone() });
        adjustments.push(own);
        adjustments
    }
}

/// Pays now, and in the second 835 takes it back and pays less; the difference stays with the practice until the next
/// payment.
fn take_back(claim: &Claim, payment: ClaimPayment, decided: &mut Decided, ledger: &mut Ledger) {
    let correction = correct(&payment);
    let held = decided
        .held
        .get_or_insert_with(|| Held { reference: payment.payer_claim_number.clone(), amount: Money::ZERO });
    held.amount += payment.paid - correction.paid;
    decided.second.push(reverse(&payment));
    decided.second.push(correction.clone());
    ledger.decide(&claim.payer.id, &correction);
    decided.first.push(payment);
}

/// The number by which the payer calls the claim: mostly ours; now and then in lower case, or cut short.
fn called_back(claim: &Claim, chance: u64) -> ClaimId {
    let id = claim.id.as_str();
    ClaimId::as_received(match chance % 40 {
        7 => id.to_ascii_lowercase(),
        // Two characters less: the number alone finds no claim.
        19 if id.is_ascii() && id.len() > 8 => id.get(..id.len() - 2).unwrap_or(id).to_owned(),
        _ => id.to_owned(),
    })
}
