//! Months as bars: an SVG that is part of the page.

use claimflow_study::{Count, Month};

use super::sentences::month;
use crate::render::escape::escape;

/// Width of a month with its gap, and the height of the bars.
const STEP: u64 = 56;
const BAR: u64 = 36;
const HEIGHT: u64 = 120;
/// Room for the months' names below, and for figures above.
const BELOW: u64 = 22;
const ABOVE: u64 = 16;
/// Months that fit on a page; of a longer history the last ones are drawn.
const MOST: usize = 24;

/// The parts of a bar, from below, each with its class.
fn parts(of: &Count) -> [(&'static str, u64); 4] {
    [("denied", of.denied), ("refused", of.refused), ("paid", of.paid), ("open", of.open + of.not_sent)]
}

/// Bars by month; nothing when there is no month.
pub(super) fn bars(months: &[Month]) -> String {
    let drawn = months.get(months.len().saturating_sub(MOST)..).unwrap_or_default();
    let most = drawn.iter().map(|own| own.count.claims).max().unwrap_or_default();
    if most == 0 {
        return String::new();
    }
    let width = STEP * drawn.len() as u64 + 8;
    let height = ABOVE + HEIGHT + BELOW;
    let said: Vec<String> = drawn.iter().map(|own| month(&own.month, &own.count)).collect();
    let mut svg = format!(
        "<svg role=\"img\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" aria-label=\"{}\">\n",
        escape(&said.join(". "))
    );
    for (left, own) in (0..).map(|place: u64| 8 + place * STEP).zip(drawn) {
        svg.push_str(&bar(own, left, most));
    }
    let ground = ABOVE + HEIGHT;
    svg.push_str(&format!(
        "<line class=\"ground\" x1=\"0\" x2=\"{width}\" y1=\"{ground}\" y2=\"{ground}\"/>\n</svg>\n"
    ));
    svg
}

fn bar(own: &Month, left: u64, most: u64) -> String {
    let of = &own.count;
    let mut svg = format!("<g><title>{}</title>\n", escape(&month(&own.month, of)));
    // Edges are rounded from the running sum, so that the parts of a bar meet and its height is that of the whole.
    let edge = |number: u64| ABOVE + HEIGHT - number * HEIGHT / most;
    let mut sum = 0;
    for (class, number) in parts(of) {
        let (bottom, top) = (edge(sum), edge(sum + number));
        sum += number;
        if bottom > top {
            svg.push_str(&format!(
                "<rect class=\"{class}\" x=\"{left}\" y=\"{top}\" width=\"{BAR}\" height=\"{}\"/>\n",
                bottom - top
            ));
        }
    }
    let middle = left + BAR / 2;
    svg.push_str(&format!(
        "<text x=\"{middle}\" y=\"{}\">{}</text>\n<text class=\"faint\" x=\"{middle}\" y=\"{}\">{}</text>\n</g>\n",
        edge(sum).saturating_sub(4),
        of.claims,
        ABOVE + HEIGHT + 16,
        escape(&own.month)
    ));
    svg
}

/// What the colours mean, in words.
pub(super) const LEGEND: &str = "<p class=\"legend\"><span class=\"denied\">denied at first</span> \
<span class=\"refused\">refused before adjudication</span> <span class=\"paid\">paid</span> \
<span class=\"open\">not decided or never sent</span></p>\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_high_as_their_counts() {
        let count = |claims, denied, paid| Count { claims, denied, paid, ..Count::default() };
        let month = |name: &str, count| Month { month: name.to_owned(), count };
        let svg = bars(&[month("2026-02", count(4, 3, 1)), month("2026-03", count(1, 0, 1))]);
        assert_eq!(svg.matches("<rect").count(), 3);
        assert!(svg.contains("class=\"denied\" x=\"8\" y=\"46\" width=\"36\" height=\"90\""), "{svg}");
        assert!(svg.contains("class=\"paid\" x=\"64\" y=\"106\" width=\"36\" height=\"30\""), "{svg}");
        assert_eq!(bars(&[]), "");
    }
}
