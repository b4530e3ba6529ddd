//! The floors: a room may use the floors below it, never one above, never its neighbour. And what may be named where.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Floor of each room. Tests may use everything.
const FLOORS: &[(&str, u8)] = &[
    ("claimflow-core", 0),
    ("claimflow-rules", 1),
    ("claimflow-x12", 1),
    ("claimflow-catalog", 2),
    ("claimflow-pack", 2),
    ("claimflow-runtime", 3),
    ("claimflow-editor", 3),
    ("claimflow-study", 4),
    ("claimflow-export", 4),
    ("claimflow-store", 4),
    ("claimflow-network", 4),
    ("claimflow-simulator", 4),
    ("claimflow", 5),
    ("claimflow-tests", 6),
];

/// Crates that only some rooms may name.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("sled", &["claimflow-store"]),
    ("rhai", &["claimflow-rules"]),
    ("serde_yaml", &["claimflow-catalog", "claimflow"]),
    ("clap", &["claimflow"]),
    ("parquet", &["claimflow-export"]),
    ("tokio", &["claimflow", "claimflow-network"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in the workspace").to_owned()
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata answers")
}

#[test]
fn no_room_uses_its_own_floor_or_one_above() {
    let floors: BTreeMap<&str, u8> = FLOORS.iter().copied().collect();
    let mut faults = Vec::new();
    for package in &metadata().packages {
        let name = package.name.as_str();
        let Some(own) = floors.get(name) else {
            faults.push(format!("`{name}` has no floor: add it to FLOORS and ARCHITECTURE.md"));
            continue;
        };
        // A crate's own tests may ask for its features.
        for dependency in package.dependencies.iter().filter(|dependency| dependency.name != name) {
            let Some(other) = floors.get(dependency.name.as_str()) else { continue };
            if other >= own {
                faults.push(format!("`{name}` (floor {own}) uses `{}` (floor {other})", dependency.name));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn some_crates_are_named_in_one_room_only() {
    let mut faults = Vec::new();
    for package in &metadata().packages {
        for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
            let name = dependency.rename.as_deref().unwrap_or(&dependency.name);
            for (only, rooms) in ONLY_IN {
                if name == *only && !rooms.contains(&package.name.as_str()) {
                    faults.push(format!("`{}` names `{only}`, which only {rooms:?} may", package.name));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn rust_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a source folder can be read") {
        let path = entry.expect("an entry can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            rust_files(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for folder in ["engine", "plugins", "tests"] {
        rust_files(&root().join(folder), &mut files);
    }
    files
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a source file can be read");
            (path.strip_prefix(root()).expect("below the root").display().to_string(), text)
        })
        .collect()
}

#[test]
fn every_file_says_what_it_is_and_stays_readable() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        if !text.starts_with("//!") {
            faults.push(format!("{path} does not begin with `//!`"));
        }
        let lines = text.lines().count();
        if lines > 600 {
            faults.push(format!("{path} has {lines} lines; none has more than 600"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn sources_name_no_unfinished_work() {
    // Spelt in two parts, so that this file does not find itself.
    let words =
        [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!("), concat!("unimplemented", "!(")];
    let mut faults = Vec::new();
    for (path, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                faults.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn architecture_names_every_room() {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is there");
    for package in &metadata().packages {
        let folder = package.manifest_path.parent().expect("a manifest has a folder");
        let folder = Path::new(folder.as_str()).strip_prefix(root()).expect("below the root");
        let room = folder.display().to_string();
        assert!(page.contains(&format!("`{room}`")), "ARCHITECTURE.md does not name `{room}`");
    }
}

#[test]
fn dependencies_are_explained() {
    let page =
        std::fs::read_to_string(root().join("docs/dependencies.md")).expect("docs/dependencies.md is there");
    let mut missing = Vec::new();
    for package in &metadata().packages {
        for dependency in &package.dependencies {
            let name = dependency.rename.as_deref().unwrap_or(&dependency.name);
            if !name.starts_with("claimflow") && !page.contains(&format!("`{name}`")) {
                missing.push(format!("`{name}` of `{}`", package.name));
            }
        }
    }
    missing.sort();
    missing.dedup();
    assert!(
        missing.is_empty(),
        "docs/dependencies.md does not say why these are there: {}",
        missing.join(", ")
    );
}
