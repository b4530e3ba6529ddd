//! Writes the answers: 999, 277CA and 835.

use std::borrow::Cow;

use claimflow_core::{Claim, ClaimId, ClaimPayment, Money, PayerId, ProviderAdjustment, Remittance, Text};
use claimflow_x12::{
    ClaimAnswer, Envelope, File, GroupAnswer, Kind, Receiver, Submitter, TransactionAnswer, syntax_answers,
    write_277ca, write_835, write_999,
};
use jiff::civil::Date;

/// One 837P transaction as it was received.
pub(super) struct Batch {
    /// Its reference, BHT03.
    pub reference: Text,
    /// Who sent it: id of the interchange's sender.
    pub sender: Text,
    /// True when it can be worked on.
    pub accepted: bool,
    /// The claims, and whether each can be worked on.
    pub claims: Vec<(Claim, bool)>,
    group: GroupAnswer,
}

/// The answer to a claim at the door.
pub(super) struct Reply<'c> {
    claim: &'c Claim,
    /// True when it was taken in.
    pub accepted: bool,
    /// The payer's number of it, when it was.
    pub number: Text,
    statuses: [Text; 1],
}

impl<'c> Reply<'c> {
    /// Refused, with a status.
    pub fn refused(claim: &'c Claim, status: &str) -> Self {
        Self { claim, accepted: false, number: Text::default(), statuses: [Text::from(status)] }
    }

    /// Taken in, under a number.
    pub fn accepted(claim: &'c Claim, number: Text) -> Self {
        Self { claim, accepted: true, number, statuses: [Text::const_new("A2:20:PR")] }
    }
}

/// The 837P transactions of a file. One that is cut off is not accepted; a claim that cannot be read is refused alone.
pub(super) fn batches(file: &File<'_>) -> Vec<Batch> {
    let groups = syntax_answers(file);
    let mut syntax = groups.iter().flat_map(|group| group.transactions.iter().map(move |own| (group, own)));
    let mut batches = Vec::new();
    for transaction in &file.transactions {
        let Some((group, own)) = syntax.next() else { break };
        if transaction.kind != Kind::Claims837P {
            continue;
        }
        let accepted = transaction.complete;
        let claims = transaction.claims().map(|read| (named(read.claim), read.usable)).collect();
        let transactions = vec![TransactionAnswer { accepted, ..own.clone() }];
        batches.push(Batch {
            reference: Text::from(format!(
                "{}{}",
                transaction.interchange_control, transaction.control_number
            )),
            sender: transaction.sender.clone(),
            accepted,
            claims,
            group: GroupAnswer { transactions, ..group.clone() },
        });
    }
    batches
}

/// A claim without a number is answered as `0`, as clearinghouses do.
fn named(mut claim: Claim) -> Claim {
    if claim.id.is_empty() {
        claim.id = ClaimId::as_received("0");
    }
    claim
}

/// An id that fits into an envelope: 2 to 15 plain characters.
fn envelope_id(text: &str) -> Text {
    let plain: Text = text.chars().filter(char::is_ascii_alphanumeric).take(15).collect();
    if plain.len() < 2 { Text::const_new("UNKNOWN") } else { plain }
}

fn envelope(sender: &str, sender_name: &str, receiver: &str, control: u32, on: Date) -> Envelope {
    let receiver = envelope_id(receiver);
    Envelope {
        sender_id: envelope_id(sender),
        receiver_id: receiver.clone(),
        submitter: Submitter {
            name: Text::from(sender_name),
            id: envelope_id(sender),
            ..Submitter::default()
        },
        receiver: Receiver { name: receiver.clone(), id: receiver },
        created: on.at(6, 0, 0, 0),
        interchange_control: control,
        group_control: control,
        ..Envelope::default()
    }
}

const CLEARINGHOUSE: &str = "SIMULATOR";

/// The 999 for all transactions of a file.
pub(super) fn functional(batches: &[Batch], control: u32, on: Date) -> (String, Vec<u8>) {
    let sender = batches.first().map_or("", |batch| batch.sender.as_str());
    let mut groups: Vec<GroupAnswer> = Vec::new();
    for batch in batches {
        match groups.last_mut() {
            Some(last) if last.control_number == batch.group.control_number => {
                last.transactions.extend_from_slice(&batch.group.transactions);
            }
            _ => groups.push(batch.group.clone()),
        }
    }
    let bytes = write_999(&envelope(CLEARINGHOUSE, CLEARINGHOUSE, sender, control, on), &groups);
    (format!("999-{control:09}.x12"), bytes)
}

/// A 277CA cannot go without the patient's identifier.
fn with_member_id(claim: &Claim) -> Cow<'_, Claim> {
    if !claim.subscriber.person.member_id.is_empty() {
        return Cow::Borrowed(claim);
    }
    let mut claim = claim.clone();
    claim.subscriber.person.member_id = Text::const_new("UNKNOWN");
    Cow::Owned(claim)
}

/// The 277CA of one payer for one batch.
pub(super) fn claims(
    payer: &PayerId,
    batch: &Batch,
    replies: &[Reply<'_>],
    control: u32,
    on: Date,
) -> (String, Vec<u8>) {
    let name = replies.first().map_or("", |reply| reply.claim.payer.name.as_str());
    let name = if name.is_empty() { "PAYER" } else { name };
    let named: Vec<Cow<'_, Claim>> = replies.iter().map(|reply| with_member_id(reply.claim)).collect();
    let answers: Vec<ClaimAnswer<'_>> = replies
        .iter()
        .zip(&named)
        .map(|(reply, claim)| ClaimAnswer {
            claim,
            accepted: reply.accepted,
            statuses: &reply.statuses,
            payer_claim_number: &reply.number,
            message: "",
        })
        .collect();
    let envelope = envelope(payer.as_str(), name, &batch.sender, control, on);
    let bytes = write_277ca(&envelope, &batch.reference, &answers);
    (format!("277ca-{}-{control:09}.x12", envelope_id(payer.as_str())), bytes)
}

/// One payment.
pub(super) struct Payment<'c> {
    /// One of the claims, for the names of payer and payee.
    pub claim: &'c Claim,
    /// Name of the payer; empty: as the claim names it.
    pub name: Text,
    /// The decisions.
    pub claims: Vec<ClaimPayment>,
    /// Adjustments of the payment as a whole.
    pub adjustments: Vec<ProviderAdjustment>,
    /// Number of the payment.
    pub number: u64,
    /// When it is made.
    pub date: Date,
}

/// The 835 of a payment.
pub(super) fn remittance(payment: &Payment<'_>, control: u32) -> (String, Vec<u8>) {
    let remittance = words(payment);
    let payer = payment.claim.payer.id.as_str();
    let name = if remittance.payer_name.is_empty() { "PAYER" } else { remittance.payer_name.as_str() };
    let mut envelope =
        envelope(payer, name, payment.claim.billing_provider.npi.as_str(), control, payment.date);
    envelope.receiver.name = payment.claim.billing_provider.name.last.clone();
    let file = format!("835-{}-{}-{control:09}.x12", envelope_id(payer), payment.date);
    (file, write_835(&envelope, &[remittance]))
}

fn words(payment: &Payment<'_>) -> Remittance {
    let claim = payment.claim;
    let paid: Money = payment.claims.iter().map(|claim| claim.paid).sum();
    let taken: Money = payment.adjustments.iter().map(|adjustment| adjustment.amount).sum();
    Remittance {
        trace_number: Text::from(format!("EFT{:09}", payment.number)),
        originator: Text::const_new("1990000000"),
        paid: paid - taken,
        credit_debit: Text::const_new("C"),
        date: Some(payment.date),
        payer_name: if payment.name.is_empty() { claim.payer.name.clone() } else { payment.name.clone() },
        payer_id: claim.payer.id.clone(),
        payee_id: Text::from(claim.billing_provider.npi.as_str()),
        claims: payment.claims.clone(),
        provider_adjustments: payment.adjustments.clone(),
        ..Remittance::default()
    }
}
