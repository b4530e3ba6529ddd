//! What reading and looking up cost.

use std::fs;
use std::path::Path;

use claimflow_catalog::{
    Generation, PracticeSettings, Registers, SourceFile, load, read_registers, run_cases,
};
use claimflow_core::{Claim, ClaimId, Money, Npi, PayerId, Rarc, RouteQuery, Rules as _, ServiceLine, Stage};
use divan::{Bencher, black_box};

const MEMBERS: usize = 100_000;

fn main() {
    divan::main();
}

fn shipped() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for top in ["workflows", "payers"] {
        walk(&root.join(top), top, &mut files);
    }
    files
}

fn walk(folder: &Path, path: &str, files: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = format!("{path}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            walk(&entry.path(), &path, files);
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            files.push(SourceFile::new(path, text));
        }
    }
}

fn generation() -> Generation {
    load(&shipped(), &PracticeSettings::default()).generation.expect("what ships loads")
}

fn register_files() -> Vec<SourceFile> {
    let mut coverage = String::from("member_id,payer_id,status,from,copay\n");
    let mut authorizations =
        String::from("number,member_id,payer_id,status,codes,from,to,units_approved,units_used\n");
    let mut visits = String::from("claim_id,start,stop,signed\n");
    for member in 0..MEMBERS {
        coverage.push_str(&format!("W{member:09},60054,active,2026-01-01,25.00\n"));
        authorizations.push_str(&format!(
            "A{member},W{member:09},60054,approved,90834;90837,2026-01-01,2026-12-31,20,3\n"
        ));
        visits.push_str(&format!("CLAIM{member},10:00,10:55,yes\n"));
    }
    let mut enrollments = String::from("npi,payer_id,status,license\n");
    for clinician in 0..50 {
        enrollments.push_str(&format!("{},60054,active,LCSW\n", 1_000_000_000 + clinician));
    }
    [
        ("coverage.csv", coverage),
        ("authorizations.csv", authorizations),
        ("enrollments.csv", enrollments),
        ("visits.csv", visits),
    ]
    .map(|(name, text)| SourceFile::new(format!("registers/{name}"), text))
    .to_vec()
}

fn registers() -> Registers {
    read_registers(&register_files()).0
}

fn claim(member: usize) -> Claim {
    let mut claim = Claim { id: ClaimId::as_received(format!("CLAIM{member}")), ..Claim::default() };
    claim.payer.id = PayerId::as_received("60054");
    claim.subscriber.person.member_id = format!("W{member:09}").into();
    claim.billing_provider.npi = Npi::as_received("1000000007");
    claim.lines.push(ServiceLine::default());
    claim
}

#[divan::bench(sample_size = 100)]
fn facts_for_one_claim_of_100_000_members(bencher: Bencher<'_, '_>) {
    let registers = registers();
    let claims: Vec<Claim> = (0..MEMBERS).step_by(97).map(claim).collect();
    let mut next = claims.iter().cycle();
    bencher.bench_local(|| next.next().map(|claim| registers.facts_for(black_box(claim))));
}

#[divan::bench]
fn route_one_problem(bencher: Bencher<'_, '_>) {
    let generation = generation();
    let rarcs = [Rarc::as_received("N519")];
    let query = RouteQuery {
        category: "missing_data",
        payer: "60054",
        group: "CO",
        carc: "16",
        rarcs: &rarcs,
        stage: Stage::Categorize,
        amount: Money::from_cents(15_000),
    };
    bencher.bench(|| generation.route(black_box(&query)));
}

#[divan::bench(sample_count = 20)]
fn read_registers_of_100_000_members(bencher: Bencher<'_, '_>) {
    let files = register_files();
    bencher.bench(|| read_registers(black_box(&files)));
}

#[divan::bench]
fn load_what_ships(bencher: Bencher<'_, '_>) {
    let files = shipped();
    bencher.bench(|| load(black_box(&files), &PracticeSettings::default()));
}

#[divan::bench]
fn run_every_case_that_ships(bencher: Bencher<'_, '_>) {
    let files = shipped();
    let generation = generation();
    bencher.bench(|| run_cases(&generation, black_box(&files), None));
}
