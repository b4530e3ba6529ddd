//! Codes that cannot occur: a comparison with one never holds, which its author cannot have meant.

use claimflow_core::{DiagnosisCode, nearest};

use crate::catalogue::Shape;

/// Why no value of this shape can be that text, and what to write instead; `None` when it can.
pub(crate) fn impossible(shape: Shape, text: &str) -> Option<(String, String)> {
    let wrong = |what: &str| Some((format!("`{text}` is no {what}"), mend(shape, text)));
    let alphanumeric = text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    if text.is_empty() || shape == Shape::Any {
        return None;
    }
    match shape {
        Shape::Any => None,
        Shape::Procedure if !(text.len() == 5 && alphanumeric) => wrong("procedure code"),
        Shape::Modifier if !(text.len() == 2 && alphanumeric) => wrong("modifier"),
        Shape::Place if !(text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())) => {
            wrong("place of service")
        }
        Shape::Diagnosis if !DiagnosisCode::as_received(text).is_well_formed() => wrong("diagnosis code"),
        Shape::DiagnosisPrefix if !is_diagnosis_prefix(text) => wrong("beginning of a diagnosis code"),
        Shape::Reason if !(text.len() <= 4 && alphanumeric) => wrong("reason code"),
        Shape::Remark if !((2..=5).contains(&text.len()) && alphanumeric) => wrong("remark code"),
        Shape::Npi if !(text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit())) => wrong("NPI"),
        Shape::OneOf(words) if !words.contains(&text) => {
            let help = match nearest(text, words.iter().copied()) {
                Some(near) if !near.is_empty() => format!("did you mean `{near}`?"),
                _ => expected(shape),
            };
            Some((format!("it is never `{text}`"), help))
        }
        _ => None,
    }
}

/// What was probably meant, or else what such codes look like.
fn mend(shape: Shape, text: &str) -> String {
    let bare: String = text.trim().trim_end_matches(".0").to_ascii_uppercase();
    let last = bare.rsplit(['-', ' ', ':']).next().unwrap_or_default().to_owned();
    let first = bare.split(['-', ' ', ':']).next().unwrap_or_default().to_owned();
    let joined: String = bare.chars().filter(|own| !matches!(own, '.' | ' ' | '-')).collect();
    let padded = format!("0{bare}");
    let fits = |own: &String| !own.is_empty() && own.as_str() != text && impossible(shape, own).is_none();
    let numeric = |own: &str| !own.is_empty() && own.bytes().all(|b| b.is_ascii_digit());
    let guess = match shape {
        Shape::Procedure => {
            let split = impossible(Shape::Modifier, &last).is_none() && first.len() == 5;
            if split && fits(&first) {
                return format!("write \"{first}\" here, and line.has_modifier(\"{last}\") beside it");
            }
            if numeric(text) && text.len() < 4 && text.len() != 2 {
                return "a reason code is looked for by `each adjustment`, a procedure code has five characters".to_owned();
            }
            if impossible(Shape::Modifier, &bare).is_none() {
                return format!("a modifier is asked for by line.has_modifier(\"{bare}\")");
            }
            if impossible(Shape::Diagnosis, &joined).is_none() && joined.len() < 5 {
                return format!("a diagnosis is asked for by claim.has_diagnosis(\"{joined}\")");
            }
            [bare, joined].into_iter().find(fits)
        }
        Shape::Reason => [last, bare].into_iter().find(fits),
        Shape::Modifier if bare.len() == 3 => bare.strip_prefix('0').map(str::to_owned).filter(fits),
        Shape::Place if numeric(&bare) && bare.len() == 1 => Some(padded),
        Shape::Npi => {
            let count = text.chars().count();
            return format!("an NPI has ten digits, and this has {count} characters");
        }
        _ => [bare, joined].into_iter().find(fits),
    };
    match guess {
        Some(guess) => format!("write \"{guess}\""),
        None => expected(shape),
    }
}

fn is_diagnosis_prefix(text: &str) -> bool {
    let mut bytes = text.bytes();
    text.len() <= 7
        && bytes.next().is_some_and(|b| b.is_ascii_uppercase())
        && bytes.next().is_none_or(|b| b.is_ascii_digit())
        && bytes.all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

fn expected(shape: Shape) -> String {
    match shape {
        Shape::Any => String::new(),
        Shape::Procedure => "a procedure code has five characters, as \"90837\"".to_owned(),
        Shape::Modifier => "a modifier has two characters, as \"95\"".to_owned(),
        Shape::Place => "a place of service has two digits, as \"11\"".to_owned(),
        Shape::Diagnosis | Shape::DiagnosisPrefix => {
            "write it without its point and in capitals, as \"F331\"".to_owned()
        }
        Shape::Reason => "write it without its group, as \"197\"".to_owned(),
        Shape::Remark => "a remark code looks like \"N130\"".to_owned(),
        Shape::Npi => "ten digits".to_owned(),
        Shape::OneOf(words) => {
            let known: Vec<String> =
                words.iter().filter(|word| !word.is_empty()).map(|word| format!("`{word}`")).collect();
            format!("known: {}", known.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_cannot_occur() {
        for (shape, good, bad) in [
            (Shape::Procedure, "90837", "9083"),
            (Shape::Modifier, "95", "095"),
            (Shape::Place, "02", "2"),
            (Shape::Diagnosis, "F331", "F33.1"),
            (Shape::DiagnosisPrefix, "F3", "33"),
            (Shape::Reason, "197", "CO-197"),
            (Shape::Remark, "N130", "N13000"),
            (Shape::Npi, "1234567893", "123"),
            (Shape::OneOf(&["video", "audio"]), "video", "vidio"),
        ] {
            assert_eq!(impossible(shape, good), None, "{good}");
            assert!(impossible(shape, bad).is_some(), "{bad}");
        }
        let (message, help) = impossible(Shape::OneOf(&["", "video"]), "vidio").unwrap();
        assert_eq!((message.as_str(), help.as_str()), ("it is never `vidio`", "did you mean `video`?"));
    }
}
