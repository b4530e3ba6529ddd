//! Files whose header names one component separator while their elements use another.

use crate::fault::Faults;
use crate::separators::Separators;
use crate::tokenizer::Segment;

/// Characters that senders put between components.
const USUAL: &[u8] = b":>|^<\\";

/// The segment with the component separator that its composite element shows to be in use: the byte after the two
/// characters with which the composite begins. What differs from ISA16 is faulted, and read as it is written.
pub(crate) fn with_actual_components<'a>(
    segment: &Segment<'a>,
    composite: usize,
    loop_id: &str,
    element: &'static str,
    faults: &mut Faults<'a>,
) -> Segment<'a> {
    let declared = segment.separators.component;
    let used = match *segment.element(composite) {
        [a, b, used, ..] if a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric() => used,
        _ => return *segment,
    };
    if used == declared || !USUAL.contains(&used) {
        return *segment;
    }
    let message = format!(
        "components are separated by `{}` here, but ISA16 says `{}`; read as they are written",
        char::from(used),
        char::from(declared)
    );
    faults.warn(segment.at(loop_id).element(element), "component-separator", message);
    Segment { separators: Separators { component: used, ..segment.separators }, ..*segment }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::Segments;

    #[test]
    fn the_separator_in_use_is_read_and_said() {
        for (text, component, faulted) in [
            ("SVC*HC>90837*1", b'>', 1),
            ("SVC*HC:90837*1", b':', 0),
            ("SVC*HC*1", b':', 0),
            ("SVC*HCX90837*1", b':', 0),
        ] {
            let mut faults = Faults::new(text.as_bytes());
            let segment = Segments::new(text.as_bytes(), 0, 0, Separators::default()).next().unwrap();
            let actual = with_actual_components(&segment, 1, "2110", "SVC01", &mut faults);
            assert_eq!((actual.separators.component, faults.take().len()), (component, faulted), "{text}");
        }
    }
}
