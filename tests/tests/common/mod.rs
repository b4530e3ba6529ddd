//! Claims for whole-road tests.

use claimflow_simulator::load;
use claimflow_x12::{Envelope, Receiver, Submitter, write_837p};

/// An 837P file of that many made-up claims; the same seed gives the same claims.
pub fn claims_file(claims: usize, seed: u64) -> Vec<u8> {
    let claims: Vec<_> = load(claims, seed).collect();
    let envelope = Envelope {
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
        ..Envelope::default()
    };
    write_837p(&envelope, &claims.iter().collect::<Vec<_>>()).expect("the claims are whole").bytes
}
