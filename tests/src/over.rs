//! Claims that are over: taken in, sent, paid and settled.

use std::sync::Arc;

use claimflow::wire::Desk;
use claimflow_core::step::Input;
use claimflow_core::{Claim, ClaimId, Moment};
use claimflow_runtime::{ClaimFilter, FixedClock, IngestOptions};
use claimflow_simulator::{load, remit};
use claimflow_x12::{read, write_835};
use jiff::civil::Date;

use crate::{Folder, envelope, file_of, text};

impl Folder {
    /// Takes in so many claims called `PREFIX-1` and so on, on a day, in a file with this control number. All but the last
    /// `open` of them are paid and settled on that day; then the part of the journal is closed. Gives the file.
    ///
    /// # Panics
    /// When that cannot be done.
    pub fn claims_over(&self, prefix: &str, count: usize, open: usize, on: Date, control: u32) -> Vec<u8> {
        let mut claims: Vec<Claim> = load(count, u64::from(control)).collect();
        for (place, claim) in claims.iter_mut().enumerate() {
            claim.id = ClaimId::as_received(format!("{prefix}-{}", place + 1));
        }
        let clock = Arc::new(FixedClock::at(Moment::start_of(on)));
        let desk = Desk::open(&self.path(), clock).expect("the practice can be opened");
        let bytes = file_of(&claims, control);
        take_in(&desk, &format!("{prefix}.837"), &bytes);
        let (paid, _) = claims.split_at(count - open);
        let out = self.outbox().into_iter().flat_map(|(_, bytes)| claims_in(&bytes));
        let paid: Vec<Claim> = out.filter(|own| paid.iter().any(|claim| claim.id == own.id)).collect();
        let remittance = remit(&paid, control, on, 0);
        take_in(&desk, &format!("{prefix}.835"), &write_835(&envelope(control), &[remittance]));
        let left = ClaimFilter { states: vec!["patient-balance".into()], ..ClaimFilter::default() };
        for own in desk.engine.claims(&left).expect("they are listed") {
            let settled = Input::Resolved { item: None, outcome: "patient-paid".into(), reason: "".into() };
            desk.engine.act(own.id.as_str(), settled, "tester").expect("it is settled");
        }
        desk.engine.seal_journal(true).expect("the part is closed");
        desk.close().expect("it is written through");
        bytes
    }

    /// Sets how long claims are kept.
    ///
    /// # Panics
    /// When the settings cannot be changed.
    pub fn keep_for(&self, time: &str) {
        let settings = self.path().join("claimflow.yaml");
        let written = std::fs::read_to_string(&settings).expect("there are settings");
        let changed = written.replace("\nretention:\n", &format!("\nretention: {time}\n"));
        assert_ne!(written, changed, "the settings have the key");
        std::fs::write(&settings, changed).expect("they can be written");
    }

    /// Runs the program, which must do it; gives what it said.
    ///
    /// # Panics
    /// When it does not.
    pub fn done(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert!(ran.status.success(), "{arguments:?}: {}{}", text(&ran.stdout), text(&ran.stderr));
        text(&ran.stdout)
    }
}

fn take_in(desk: &Desk, name: &str, bytes: &[u8]) {
    let mut files = std::iter::once((name.to_owned(), Ok(bytes.to_vec())));
    let report = desk.engine.ingest(&mut files, &IngestOptions::default(), &|_, _| ());
    let report = report.expect("the store works");
    assert!(report.files.iter().all(|file| !file.has_errors() && !file.duplicate), "{report:?}");
}

fn claims_in(bytes: &[u8]) -> Vec<Claim> {
    let read = read(bytes);
    read.transactions.iter().flat_map(claimflow_x12::Transaction::claims).map(|read| read.claim).collect()
}
