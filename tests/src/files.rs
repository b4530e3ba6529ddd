//! X12 files for whole-road tests.

use claimflow_core::{Claim, Modifier, PayerId, PlaceOfService};
use claimflow_simulator::{Plan, load};
use claimflow_x12::{Envelope, Receiver, Submitter, write_837p};

/// From the practice's system to the clearinghouse, under that control number.
pub fn envelope(control: u32) -> Envelope {
    Envelope {
        sender_id: "SYSTEM".into(),
        receiver_id: "CLEARING".into(),
        submitter: Submitter {
            name: "SYSTEM".into(),
            id: "SYSTEM".into(),
            contact_name: "BILLING".into(),
            phone: "5555550100".into(),
            address: None,
        },
        receiver: Receiver { name: "CLEARING".into(), id: "CLEARING".into() },
        interchange_control: control,
        group_control: control,
        ..Envelope::default()
    }
}

/// An 837P file of these claims.
///
/// # Panics
/// When a claim is not whole.
pub fn file_of(claims: &[Claim], control: u32) -> Vec<u8> {
    write_837p(&envelope(control), &claims.iter().collect::<Vec<_>>()).expect("the claims are whole").bytes
}

/// An 837P file of that many made-up claims; the same seed gives the same claims.
pub fn claims_file(claims: usize, seed: u64) -> Vec<u8> {
    let claims: Vec<Claim> = load(claims, seed).collect();
    file_of(&claims, 1)
}

/// Makes a claim one that is held until its place of service is corrected to 10: a video session at the office.
pub fn spoil(claim: &mut Claim) {
    if let Some(plan) = Plan::find(&PayerId::as_received("SAMPL1")) {
        claim.payer = plan.payer();
    }
    claim.place_of_service = PlaceOfService::as_received("11");
    claim.lines.iter_mut().for_each(|line| line.modifiers = vec![Modifier::as_received("95")]);
}
