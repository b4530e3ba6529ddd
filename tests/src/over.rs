//! Claims that are over: taken in, sent, paid and settled by the program itself.

use claimflow_core::Claim;
use claimflow_simulator::{load, remit};
use claimflow_x12::{read, write_835};
use jiff::civil::Date;

use crate::{Folder, envelope, file_of, text};

impl Folder {
    /// Takes in so many claims called `PREFIX-1` and so on, on a day, in a file with this control number. All but the last
    /// `open` of them are paid and settled on that day. Gives the file.
    ///
    /// # Panics
    /// When the program does not do it.
    pub fn claims_over(&self, prefix: &str, count: usize, open: usize, on: Date, control: u32) -> Vec<u8> {
        let mut claims: Vec<Claim> = load(count, u64::from(control)).collect();
        for (place, claim) in claims.iter_mut().enumerate() {
            claim.id = claimflow_core::ClaimId::as_received(format!("{prefix}-{}", place + 1));
        }
        let clock = on.to_string();
        let bytes = file_of(&claims, control);
        self.take_in(&format!("{prefix}.837"), &bytes, &clock);
        let (paid, _) = claims.split_at(count - open);
        let out = self.outbox().into_iter().flat_map(|(_, bytes)| claims_in(&bytes));
        let paid: Vec<Claim> = out.filter(|own| paid.iter().any(|claim| claim.id == own.id)).collect();
        let remittance = remit(&paid, control, on, 0);
        self.take_in(&format!("{prefix}.835"), &write_835(&envelope(control), &[remittance]), &clock);
        let listed = self.json(&["--clock", &clock, "claims", "--state", "patient-balance"]);
        for claim in listed["claims"].as_array().into_iter().flatten() {
            let id = claim["id"].as_str().unwrap_or_default();
            self.done(&["--clock", &clock, "resolve", id, "--as", "patient-paid", "--reason", "paid"]);
        }
        bytes
    }

    /// Closes and packs what the journal holds, and begins a new part.
    ///
    /// # Panics
    /// When the program does not do it.
    pub fn close_part(&self) {
        self.done(&["journal", "seal", "--all"]);
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

    fn take_in(&self, name: &str, bytes: &[u8], clock: &str) {
        let file = self.file(name, bytes);
        let ran = self.run(&["--clock", clock, "ingest", &file.to_string_lossy()]);
        assert!(matches!(ran.status.code(), Some(0 | 1)), "{}{}", text(&ran.stdout), text(&ran.stderr));
    }
}

fn claims_in(bytes: &[u8]) -> Vec<Claim> {
    let read = read(bytes);
    read.transactions.iter().flat_map(claimflow_x12::Transaction::claims).map(|read| read.claim).collect()
}
