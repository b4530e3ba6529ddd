//! Writes a new practice folder: what ships, settings with comments, empty registers, and the folders for files.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use claimflow_catalog::{SCHEMA_FOLDER, SETTINGS_PATH, SETTINGS_TEMPLATE, YamlKind, schema_line};

use crate::exit::{Failure, Result};
use crate::practice::shipped;

/// What a new practice begins with, besides what ships.
#[derive(Debug, Clone)]
pub struct Contents {
    /// `claimflow.yaml`.
    pub settings: String,
    /// Registers: file name and text.
    pub registers: Vec<(String, String)>,
}

/// The registers with their columns, and no row.
const REGISTERS: &[(&str, &str)] = &[
    (
        "coverage.csv",
        "member_id,payer_id,status,from,to,behavioral_payer_id,authorization_required,visit_limit,visits_used,copay,responsibility,verified_on\n",
    ),
    ("authorizations.csv", "number,member_id,payer_id,status,codes,from,to,units_approved,units_used\n"),
    ("enrollments.csv", "npi,payer_id,from,to,status,license\n"),
    (
        "visits.csv",
        "claim_id,line,date,start,stop,modality,patient_location,signed,treatment_plan_date,medical_necessity,plan_linked,group_size,individual_note,patient_present,clinician_npi\n",
    ),
];

/// Folders that files come into and go out of.
const FOLDERS: &[&str] = &["inbox", "outbox", "data"];

const README: &str = include_str!("practice-readme.md");

impl Contents {
    /// For a practice of that name, whose files name it as the sender.
    pub fn named(practice: &str) -> Self {
        let name = practice.to_uppercase();
        let settings = SETTINGS_TEMPLATE
            .replace("practice: \"\"", &format!("practice: {}", quoted(practice)))
            .replace(
                "submitter: { name: \"\", id: \"\", contact: \"\", phone: \"\" }",
                &format!(
                    "submitter: {{ name: {}, id: SENDER1, contact: BILLING OFFICE, phone: \"5555550100\" }}",
                    quoted(&name)
                ),
            )
            .replace(
                "receiver: { name: \"\", id: \"\" }",
                "receiver: { name: CLEARINGHOUSE, id: CLEARINGHOUSE }",
            );
        let registers =
            REGISTERS.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Self { settings, registers }
    }
}

/// A text between double quotes, as YAML takes it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Writes the folder. An existing folder must be empty.
///
/// # Errors
/// When something is there already, or cannot be written.
pub fn write_new(root: &Path, contents: &Contents) -> Result<()> {
    refuse_what_is_there(root)?;
    make_folders(root)?;
    for file in shipped::files() {
        // The table that ships becomes the practice's own, beside its settings.
        // Plugins that ship are there without a copy; `claimflow plugin new --like` makes one.
        if file.path.starts_with("plugins/") {
            continue;
        }
        if file.path == "payers/routing.csv" {
            write(root, "routing.csv", &file.text)?;
        } else {
            write_content(root, &file.path, &file.text)?;
        }
    }
    for (name, text) in &contents.registers {
        write(root, &format!("registers/{name}"), text)?;
    }
    write_schemas(root)?;
    write(root, "README.md", README)?;
    // Last: a folder without it is not taken for a practice when this was cut short.
    write_content(root, SETTINGS_PATH, &contents.settings)
}

/// Makes the folders that patients' data are in, where they are missing: for the user who runs the practice, and nobody else.
///
/// # Errors
/// When one cannot be made.
pub fn make_folders(root: &Path) -> Result<()> {
    for folder in FOLDERS.iter().copied().chain(["registers"]) {
        make_private(&root.join(folder))?;
    }
    Ok(())
}

/// Makes a folder that only its owner can look into; one that is there becomes so.
///
/// # Errors
/// When it cannot be made.
pub fn make_private(folder: &Path) -> Result<()> {
    let made = fs::create_dir_all(folder)
        .and_then(|()| fs::set_permissions(folder, fs::Permissions::from_mode(0o700)));
    made.map_err(|error| Failure::io("make", folder, &error))
}

/// Writes what editors know of the YAML files, for a practice that has none of it yet.
fn write_schemas(root: &Path) -> Result<()> {
    for kind in YamlKind::ALL {
        // Keys of a map are texts, so a schema can always be written.
        let schema = format!("{:#}\n", kind.schema());
        write(root, &format!("{SCHEMA_FOLDER}/{}", kind.file()), &schema)?;
    }
    Ok(())
}

/// Writes a file with the line that tells editors its schema, where it has one.
fn write_content(root: &Path, path: &str, text: &str) -> Result<()> {
    match schema_line(path) {
        Some(line) => write(root, path, &format!("{line}{text}")),
        None => write(root, path, text),
    }
}

/// Gives a practice that runs on what ships the shipped packs as its own, so that others can stand beside them. All or none.
///
/// # Errors
/// When something cannot be written.
pub fn own_the_packs(root: &Path) -> Result<()> {
    let (payers, beside) = (root.join("payers"), root.join(".payers-under-way"));
    if payers.is_dir() {
        return Ok(());
    }
    if beside.exists() {
        fs::remove_dir_all(&beside).map_err(|error| Failure::io("remove", &beside, &error))?;
    }
    for file in shipped::files() {
        if let Some(path) = file.path.strip_prefix("payers/") {
            write(&beside, path, &file.text)?;
        }
    }
    fs::rename(&beside, &payers).map_err(|error| Failure::io("make", &payers, &error))
}

fn refuse_what_is_there(root: &Path) -> Result<()> {
    match fs::read_dir(root) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::io("use", root, &error)),
        Ok(mut entries) => {
            if entries.next().is_none() {
                return Ok(());
            }
            let failure = if root.join(SETTINGS_PATH).is_file() {
                Failure::failed(format!("`{}` is a practice already; it was left as it is", root.display()))
                    .help("name a new folder, or use this one with `--practice`")
            } else {
                Failure::failed(format!("`{}` is not empty; it was left as it is", root.display()))
                    .help("name a new or an empty folder")
            };
            Err(failure)
        }
    }
}

fn write(root: &Path, path: &str, text: &str) -> Result<()> {
    let target = root.join(path);
    let fault = |error| Failure::io("write", &target, &error);
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(fault)?;
    }
    let mut file = fs::File::create_new(&target).map_err(fault)?;
    file.write_all(text.as_bytes()).map_err(fault)
}

#[cfg(test)]
mod tests {
    use super::*;
    use claimflow_catalog::{SourceFile, read_registers, read_settings};

    #[test]
    fn the_settings_it_writes_have_no_fault() {
        let contents = Contents::named("Green \"River\" Clinic");
        let settings = read_settings(SETTINGS_PATH, &contents.settings).unwrap();
        assert_eq!(settings.practice, "Green \"River\" Clinic");
        assert_eq!(settings.submitter.name, "GREEN \"RIVER\" CLINIC");
        assert_eq!(settings.receiver.id, "CLEARINGHOUSE");
    }

    #[test]
    fn the_registers_it_writes_have_every_column() {
        let files: Vec<SourceFile> = REGISTERS
            .iter()
            .map(|(name, text)| SourceFile::new(format!("registers/{name}"), *text))
            .collect();
        assert_eq!(read_registers(&files).1, Vec::new());
        // What a missing register is answered with lists its columns.
        for (fault, (name, text)) in read_registers(&[]).1.iter().zip({
            let mut all = REGISTERS.to_vec();
            all.sort_unstable();
            all
        }) {
            assert!(fault.path.ends_with(name), "{}", fault.path);
            assert!(fault.help.replace(", ", ",").ends_with(text.trim_end()), "{name}: {}", fault.help);
        }
    }

    #[test]
    fn every_yaml_file_leads_to_its_schema() {
        let folder = tempfile::tempdir().unwrap();
        write_new(folder.path(), &Contents::named("A")).unwrap();
        let paths = shipped::files().into_iter().map(|file| file.path).chain([SETTINGS_PATH.to_owned()]);
        let mut seen = Vec::new();
        // Plugins that ship are there without a copy.
        let written = |path: &String| YamlKind::of(path).is_some_and(|kind| kind != YamlKind::Plugin);
        for path in paths.filter(written) {
            let file = folder.path().join(&path);
            let text = fs::read_to_string(&file).unwrap();
            let schema = text.lines().next().and_then(|line| line.split_once("$schema=")).unwrap().1;
            let schema = file.parent().unwrap().join(schema);
            let read: serde_json::Value =
                serde_json::from_str(&fs::read_to_string(&schema).unwrap()).unwrap();
            assert_eq!(read, YamlKind::of(&path).unwrap().schema(), "{path}");
            seen.push(YamlKind::of(&path).unwrap());
        }
        for kind in [YamlKind::Workflow, YamlKind::Pack, YamlKind::Case, YamlKind::Settings] {
            assert!(seen.contains(&kind), "{}", kind.name());
        }
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let contents = Contents::named("A");
        write_new(folder.path(), &contents).unwrap();
        let again = write_new(folder.path(), &contents).unwrap_err();
        assert!(again.message.contains("is a practice already"), "{}", again.message);
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join("x"), "y").unwrap();
        let refused = write_new(other.path(), &contents).unwrap_err();
        assert!(refused.message.contains("is not empty"), "{}", refused.message);
    }
}
