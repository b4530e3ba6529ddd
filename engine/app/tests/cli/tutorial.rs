//! Pages do what they say: their files are written and their commands run as printed, and they print what is shown.
//!
//! A block of a language with a path is that file; a `diff` block with a path changes lines of it. `CLAIMFLOW_UPDATE=1`
//! writes what the commands print into the page.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::command;

/// A fenced block: its language, what stands after it, and its lines.
struct Block<'a> {
    language: &'a str,
    rest: &'a str,
    lines: Vec<&'a str>,
}

/// The page in pieces: prose as it is, and blocks.
enum Piece<'a> {
    Prose(&'a str),
    Block(Block<'a>),
}

fn pieces(page: &str) -> Vec<Piece<'_>> {
    let (mut all, mut lines) = (Vec::new(), page.lines());
    while let Some(line) = lines.next() {
        match line.strip_prefix("```") {
            Some(head) => {
                let (language, rest) = head.split_once(' ').unwrap_or((head, ""));
                let inner = lines.by_ref().take_while(|line| *line != "```").collect();
                all.push(Piece::Block(Block { language, rest, lines: inner }));
            }
            None => all.push(Piece::Prose(line)),
        }
    }
    all
}

/// Runs the commands of a console block. Gives the block as it should be. `rest` may say `first N lines`: of each answer
/// so many are shown.
fn console(block: &Block<'_>, here: &mut PathBuf) -> Vec<String> {
    let most = block.rest.split(' ').find_map(|word| word.parse().ok()).unwrap_or(usize::MAX);
    let mut out = Vec::new();
    for line in block.lines.iter().filter_map(|line| line.strip_prefix("$ ")) {
        out.push(format!("$ {line}"));
        let mut words = split(line).into_iter();
        match words.next().as_deref() {
            Some("cd") => here.push(words.next().expect("a folder")),
            Some("claimflow") => {
                let output = command().args(words).current_dir(&here).output().expect("the program starts");
                let said = format!(
                    "{}{}",
                    String::from_utf8_lossy(&output.stdout),
                    String::from_utf8_lossy(&output.stderr)
                );
                let code = output.status.code();
                let expected = if block.rest.contains("refused") {
                    code == Some(3)
                } else {
                    matches!(code, Some(0 | 1))
                };
                assert!(expected, "`{line}` ended with {code:?}: {said}");
                let shown: Vec<&str> = said.trim_end().lines().map(str::trim_end).collect();
                out.extend(shown.iter().take(most).map(|line| (*line).to_owned()));
                if shown.len() > most {
                    out.push("...".to_owned());
                }
            }
            Some("cp") => {
                let (from, to) = (words.next().expect("a file"), words.next().expect("a file"));
                fs::copy(here.join(from), here.join(to)).expect("a file can be copied");
            }
            Some("rm") => {
                fs::remove_file(here.join(words.next().expect("a file"))).expect("it can be removed");
            }
            other => panic!("a page runs `{other:?}`, which this test does not know"),
        }
    }
    out
}

/// Words of a command line; quotes keep spaces together.
fn split(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// Takes the lines of a `diff` block over into a file: those that begin with `-` are there and go, those with `+` come in
/// their place.
fn patch(file: &Path, lines: &[&str]) {
    let mut text = fs::read_to_string(file).expect("the file is there");
    for hunk in lines.split(|line| line.starts_with("@@")) {
        let side = |sign: char| -> String {
            let own = hunk.iter().filter_map(|line| line.strip_prefix([' ', sign]));
            own.map(|line| format!("{line}\n")).collect()
        };
        let (old, new) = (side('-'), side('+'));
        assert!(hunk.is_empty() || text.contains(&old), "{}: not there:\n{old}", file.display());
        text = text.replace(&old, &new);
    }
    fs::write(file, text).expect("the file can be written");
}

#[test]
fn the_tutorial_does_what_it_says() {
    does_what_it_says("tutorial.md");
}

#[test]
fn the_page_about_versions_does_what_it_says() {
    does_what_it_says("workflow-versions.md");
}

fn does_what_it_says(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    let page = fs::read_to_string(&path).expect("the page is there");
    let folder = tempfile::tempdir().expect("a folder");
    let mut here = folder.path().to_owned();
    let mut new = String::new();
    for piece in pieces(&page) {
        let block = match piece {
            Piece::Prose(line) => {
                new.push_str(&format!("{line}\n"));
                continue;
            }
            Piece::Block(block) => block,
        };
        let lines = match block.language {
            "console" => console(&block, &mut here),
            _ => block.lines.iter().map(|line| (*line).to_owned()).collect(),
        };
        if block.language == "diff" {
            patch(&here.join(block.rest), &block.lines);
        } else if !block.rest.is_empty() && block.language != "console" {
            let file = here.join(block.rest);
            fs::create_dir_all(file.parent().expect("a parent")).expect("a folder can be made");
            fs::write(file, block.lines.join("\n") + "\n").expect("a file can be written");
        }
        let head = format!("```{} {}", block.language, block.rest);
        new.push_str(&format!("{}\n{}\n```\n", head.trim_end(), lines.join("\n")));
    }
    if std::env::var_os("CLAIMFLOW_UPDATE").is_some() {
        fs::write(&path, &new).expect("the page can be written");
    }
    let differs = page.lines().zip(new.lines()).find(|(old, new)| old != new);
    assert!(
        page == new || std::env::var_os("CLAIMFLOW_UPDATE").is_some(),
        "docs/{name} shows something else than the program prints (CLAIMFLOW_UPDATE=1 mends it): {differs:#?}"
    );
}
