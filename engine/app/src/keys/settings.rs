//! `encryption` in the text of `claimflow.yaml`, changed without touching anything else.

use claimflow_catalog::KeySource;

const KEY: &str = "encryption:";

/// The settings with another place of the key.
pub fn with_encryption(text: &str, source: &KeySource) -> String {
    let line = format!("{KEY} {}\n", flow(source));
    let (mut out, mut placed, mut within) = (String::with_capacity(text.len() + line.len()), false, false);
    for own in text.split_inclusive('\n') {
        // Of a value that goes on below its key, all lines that are further in belong to it.
        within = within && own.starts_with([' ', '\t']);
        if own.starts_with(KEY) {
            within = true;
            if !placed {
                out.push_str(&line);
            }
            placed = true;
        } else if !within {
            out.push_str(own);
        }
    }
    if !placed {
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        out.push_str(&line);
    }
    out
}

fn flow(source: &KeySource) -> String {
    match source {
        KeySource::File(file) => format!("{{ key-file: {} }}", quoted(file)),
        KeySource::Command(words) => {
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            format!("{{ key-command: [{}] }}", words.join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use claimflow_catalog::read_settings;

    #[test]
    fn the_key_is_named_and_all_else_stays() {
        let file = KeySource::File("../a \"b\".key".into());
        let command = KeySource::Command(vec!["pass".into(), "show".into()]);
        for before in [
            "",
            "practice: A # mine",
            "practice: A\nencryption: {}\nusage: T\n",
            "encryption:\n  key-file: old.key\nusage: T # test\n",
            "usage: T\nencryption:\n  key-command:\n    - old\n",
        ] {
            for source in [&file, &command] {
                let after = with_encryption(before, source);
                let read = read_settings("claimflow.yaml", &after).unwrap();
                assert_eq!(read.encryption.as_ref(), Some(source), "{after}");
                let kept = before.lines().filter(|line| line.contains('#') || line.starts_with("usage"));
                assert!(kept.into_iter().all(|line| after.contains(line)), "{after}");
                assert_eq!(with_encryption(&after, source), after);
            }
        }
    }
}
