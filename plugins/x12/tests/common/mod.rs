//! What the tests share: the sample files, the independent validator, and an envelope.
#![expect(dead_code, reason = "each test file uses a part of this")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop")]

pub mod generate;

use std::path::{Path, PathBuf};
use std::process::Command;

use claimflow_x12::{Envelope, Receiver, Submitter};
use jiff::civil::date;

/// The sample files with one of these endings or beginnings in their names; none when the folder is absent.
pub fn samples(wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples");
    let mut files = Vec::new();
    for folder in ["imsweb", "linuxforhealth", "stupidedi"] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = name_of(&path);
            if !name.ends_with("LICENSE") && !name.ends_with(".997") && wanted(&name) {
                files.push(path);
            }
        }
    }
    files.sort();
    if files.is_empty() {
        println!("skipped: no sample files found");
    }
    files
}

/// The file's name.
pub fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// True for the 837P samples.
pub fn is_837(name: &str) -> bool {
    name.ends_with(".837") || name.starts_with("837-") || name == "x12_many_claims.txt"
}

/// True for the 835 samples.
pub fn is_835(name: &str) -> bool {
    name.ends_with(".835") || name.starts_with("835-")
}

/// The validator pyx12, when it is there.
pub fn validator() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/x12valid");
    let on_path = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path).map(|folder| folder.join("x12valid")).find(|file| file.exists())
    });
    let found = if own.exists() { Some(own) } else { on_path };
    if found.is_none() {
        println!("skipped: x12valid not found");
    }
    found
}

/// Which of the files the validator does not accept, with what it says. One run for all: starting it takes long.
pub fn complaints(validator: &Path, files: &[Vec<u8>]) -> Vec<Option<String>> {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..files.len()).map(|n| format!("file{n:03}.x12")).collect();
    for (name, bytes) in names.iter().zip(files) {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let output = Command::new(validator).args(&names).current_dir(folder.path()).output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    names.iter().map(|name| (!said.contains(&format!("{name}: OK"))).then(|| said.clone())).collect()
}

/// An envelope for tests.
pub fn envelope() -> Envelope {
    Envelope {
        sender_id: "PRACTICE01".into(),
        receiver_id: "CLEARINGHOUSE".into(),
        submitter: Submitter {
            name: "WILLOW COUNSELING".into(),
            id: "PRACTICE01".into(),
            contact_name: "BILLING OFFICE".into(),
            phone: "5555550100".into(),
            address: None,
        },
        receiver: Receiver { name: "CLEARINGHOUSE".into(), id: "CLEARINGHOUSE".into() },
        created: date(2026, 3, 2).at(12, 30, 0, 0),
        interchange_control: 905,
        group_control: 77,
        first_transaction_control: 1,
        ..Envelope::default()
    }
}

/// The header of an interchange of this many characters, with its group's.
pub const HEADER: &str = "ISA*00*          *00*          *ZZ*PRACTICE01     *ZZ*CLEARINGHOUSE  *260302*1200*^*00501*000000905*0*T*:~\n\
GS*HC*PRACTICE01*CLEARINGHOUSE*20260302*1200*77*X*005010X222A1~\n";

/// The trailer of an interchange with one group.
pub fn trailer(transactions: usize) -> String {
    format!("GE*{transactions}*77~\nIEA*1*000000905~\n")
}

/// One transaction of three claims: two of a subscriber, one of a dependent. Nothing is wrong with it.
pub fn transaction(control: &str) -> String {
    let body = "BHT*0019*00*0123*20260302*1200*CH~\n\
NM1*41*2*WILLOW COUNSELING*****46*PRACTICE01~\n\
PER*IC*BILLING OFFICE*TE*5555550100~\n\
NM1*40*2*CLEARINGHOUSE*****46*CLEARINGHOUSE~\n\
HL*1**20*1~\n\
PRV*BI*PXC*261QM0850X~\n\
NM1*85*2*WILLOW COUNSELING*****XX*1234567893~\n\
N3*1 RIVER ROAD~\n\
N4*ALBANY*NY*12207~\n\
REF*EI*123456789~\n\
HL*2*1*22*1~\n\
SBR*P**GRP0001******CI~\n\
NM1*IL*1*EXAMPLE*PAT****MI*W000000001~\n\
N3*2 RIVER ROAD~\n\
N4*ALBANY*NY*12207~\n\
DMG*D8*19800101*F~\n\
NM1*PR*2*EXAMPLE HEALTH*****PI*60054~\n\
CLM*A1*150***11:B:1*Y*A*Y*Y~\n\
REF*G1*AUTH1~\n\
HI*ABK:F331*ABF:F411~\n\
LX*1~\n\
SV1*HC:90837:95*150*UN*1***1:2~\n\
DTP*472*D8*20260217~\n\
CLM*A2*200***11:B:1*Y*A*Y*Y~\n\
HI*ABK:F331~\n\
NM1*82*1*CLINICIAN*ALEX****XX*1987654328~\n\
PRV*PE*PXC*101YM0800X~\n\
LX*1~\n\
SV1*HC:90834*100*UN*1***1~\n\
DTP*472*D8*20260218~\n\
LX*2~\n\
SV1*HC:90834*100*UN*1***1~\n\
DTP*472*RD8*20260219-20260220~\n\
HL*3*2*23*0~\n\
PAT*19~\n\
NM1*QC*1*EXAMPLE*SAM~\n\
N3*2 RIVER ROAD~\n\
N4*ALBANY*NY*12207~\n\
DMG*D8*20100101*M~\n\
CLM*A3*150***11:B:1*Y*A*Y*Y~\n\
HI*ABK:F411~\n\
LX*1~\n\
SV1*HC:90837*150*UN*1***1~\n\
DTP*472*D8*20260221~\n";
    let count = body.matches('~').count() + 2;
    format!("ST*837*{control}*005010X222A1~\n{body}SE*{count}*{control}~\n")
}

/// A whole file of one transaction.
pub fn practice_file() -> String {
    format!("{HEADER}{}{}", transaction("0001"), trailer(1))
}

/// A remittance file around claim segments, paying this much.
pub fn remittance_file(paid: &str, claims: &str) -> String {
    let body = format!(
        "BPR*I*{paid}*C*CHK************20260310~\nTRN*1*T1*1999999999~\nDTM*405*20260310~\n\
N1*PR*EXAMPLE HEALTH~\nN3*PO BOX 1~\nN4*SPRINGFIELD*IL*62701~\nPER*BL*SERVICES*TE*5555550100~\n\
N1*PE*WILLOW COUNSELING*XX*1234567893~\nLX*1~\n{claims}"
    );
    let count = body.matches('~').count() + 2;
    let header = HEADER.replace("GS*HC*", "GS*HP*").replace("005010X222A1", "005010X221A1");
    format!("{header}ST*835*0001~\n{body}SE*{count}*0001~\n{}", trailer(1))
}

/// The codes of faults.
pub fn codes<'f>(faults: impl IntoIterator<Item = &'f claimflow_x12::Fault>) -> Vec<&'static str> {
    faults.into_iter().map(|fault| fault.code).collect()
}
