//! The envelope of files that benchmarks send.

use claimflow_x12::{Envelope, Receiver, Submitter};

/// From the practice's system to claimflow, under that control number.
pub fn envelope(control: u32) -> Envelope {
    Envelope {
        sender_id: "SYSTEM".into(),
        receiver_id: "SENDER1".into(),
        submitter: Submitter {
            name: "SYSTEM".into(),
            id: "SYSTEM".into(),
            contact_name: "BILLING".into(),
            phone: "5555550100".into(),
            address: None,
        },
        receiver: Receiver { name: "CLAIMFLOW".into(), id: "CLAIMFLOW".into() },
        interchange_control: control,
        group_control: control,
        ..Envelope::default()
    }
}
