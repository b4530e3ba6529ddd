//! The national correct coding initiative's pairs in full size: how long a table of 2.5 million rows takes to load, what
//! it holds in memory, and how long a look-up takes.
//!
//! `cargo bench -p claimflow-catalog --bench tables`; resident memory is told where `/proc` is.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use claimflow_catalog::{Cache, PracticeSettings, SourceFile, load_with};
use jiff::civil::date;

const PAIRS: u32 = 2_500_000;
const PATH: &str = "payers/reference/tables/ncci_ptp.csv";
const LOOK_UPS: u32 = 1_000_000;

fn main() {
    let file = std::env::temp_dir().join(format!("claimflow-bench-{}.csv", std::process::id()));
    write(&file).expect("the file is written");
    let length = fs::metadata(&file).expect("it is there").len();
    let place = file.clone();
    let open = move || File::open(&place).map(|file| Box::new(file) as Box<dyn std::io::Read>);
    let source = SourceFile::bulk(PATH, Some("1".into()), Arc::new(open));
    let files = [
        SourceFile::new("payers/reference/pack.yaml", "name: reference\nversion: 1.0.0\nlayer: practice\n"),
        source,
    ];
    println!("{} pairs, {} MB", PAIRS, length >> 20);
    println!("resident before: {}", resident());
    let mut cache = Cache::new();
    timed("load", || load_with(&files, &PracticeSettings::default(), &mut cache));
    println!("resident after load: {}", resident());
    let loaded =
        timed("load again, unchanged", || load_with(&files, &PracticeSettings::default(), &mut cache));
    drop(loaded);
    let tables = cache.tables();
    let table = tables.first().expect("the table is there");
    timed("index over two columns", || table.prepare(2));
    println!("resident with index: {}", resident());
    println!("table and index: {} MB", table.bytes() >> 20);
    let keys: Vec<(String, String)> =
        (0..LOOK_UPS).map(|number| pair(number.wrapping_mul(2_654_435_761))).collect();
    let start = Instant::now();
    let found = keys.iter().filter(|(a, b)| table.has(&[a.as_str(), b.as_str()], date(2026, 3, 3))).count();
    let each = start.elapsed().as_nanos() / u128::from(LOOK_UPS);
    println!("look-up: {each} ns each ({found} of {LOOK_UPS} found)");
    fs::remove_file(&file).expect("the file is removed");
}

fn timed<T>(what: &str, act: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = act();
    println!("{what}: {:.2} s", start.elapsed().as_secs_f64());
    done
}

/// About as many codes as there are, and pairs spread over them as the files spread them.
fn pair(number: u32) -> (String, String) {
    let number = number % PAIRS;
    (format!("{:05}", 10_000 + number / 200), format!("{:05}", 10_000 + (number * 37) % 12_500))
}

fn write(path: &Path) -> std::io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "column1,column2,modifier,effective,expires")?;
    let mut line = String::new();
    for number in 0..PAIRS {
        let (a, b) = pair(number);
        line.clear();
        let year = 1996 + number % 30;
        let expires = if number % 5 == 0 { "2025-12-31" } else { "" };
        let _ = writeln!(line, "{a},{b},{},{year}-{:02}-01,{expires}", number % 2, 1 + number % 4 * 3);
        out.write_all(line.as_bytes())?;
    }
    out.flush()
}

/// Resident memory now and at its highest, as the system tells it.
fn resident() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1))
            .and_then(|kb| kb.parse::<u64>().ok())
            .unwrap_or(0)
            >> 10
    };
    format!("{} MB (highest so far {} MB)", of("VmRSS:"), of("VmHWM:"))
}
