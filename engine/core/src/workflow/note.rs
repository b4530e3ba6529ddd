//! Notes with `${name}` in them.

/// A part of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// Said as it is.
    Text(&'a str),
    /// Stands for the value of a name.
    Name(&'a str),
}

/// The parts of a note in order. What opens and is never closed is text.
pub fn parts(note: &str) -> Vec<Part<'_>> {
    let mut all = Vec::new();
    let mut rest = note;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, next)) = after.split_once('}') else { break };
        if !before.is_empty() {
            all.push(Part::Text(before));
        }
        all.push(Part::Name(name.trim()));
        rest = next;
    }
    if !rest.is_empty() {
        all.push(Part::Text(rest));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_between_text() {
        assert_eq!(parts("plain"), [Part::Text("plain")]);
        assert_eq!(
            parts("${a}owes ${ fee } of ${x"),
            [Part::Name("a"), Part::Text("owes "), Part::Name("fee"), Part::Text(" of ${x")]
        );
        assert_eq!(parts(""), []);
    }
}
