//! The picture as SVG that stands alone: no scripts, no style sheets, text escaped.

// INVARIANT: places of states, spots, layers and edges are only made from the lists they index.

use super::boxes::{
    HOOK, LINE, PADDING, StateBox, TEXT_SIZE, TITLE_LINE, TITLE_SIZE, returned_note, shortened, text_width,
};
use super::layout::{LABELS, Layout, Link, MARGIN, Spot, lay_out};
use super::{CURRENT, LOOKS, look};
use crate::workflow::{State, Workflow};

/// Lines and arrows.
const LINE_COLOUR: &str = "#78838f";
/// Small text.
const SOFT: &str = "#4a5560";

/// The workflow as an SVG document; `current` is the name of the state to mark.
///
/// States stand in layers, each below all that lead to it. A way back is told in the box it leaves, with the name of the
/// state it returns to, and not drawn across the picture.
pub fn svg(workflow: &Workflow, current: Option<&str>) -> String {
    let layout = lay_out(workflow);
    let mut out = Canvas::default();
    let (width, height) = (layout.width, layout.height);
    out.line(&format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}" role="img" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif">"#
    ));
    heading(&mut out, workflow, current);
    out.line(&format!(r#"<g fill="none" stroke="{LINE_COLOUR}" stroke-width="1.4">"#));
    layout.links.iter().for_each(|link| out.line(&path(&layout, link)));
    layout.sideways.iter().for_each(|edge| out.line(&sideways_path(&layout, *edge)));
    out.line("</g>");
    arrows(&mut out, &layout);
    for (place, state) in workflow.states().iter().enumerate() {
        draw_state(&mut out, &layout, place, state, current == Some(state.name.as_str()));
    }
    labels(&mut out, &layout);
    legend(&mut out, &layout);
    out.line("</svg>");
    out.text
}

#[derive(Default)]
struct Canvas {
    text: String,
}

impl Canvas {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A text whose base line begins at a point.
    fn text(&mut self, (x, y): (f64, f64), style: &str, text: &str) {
        self.line(&format!(r#"<text x="{x:.1}" y="{y:.1}" {style}>{}</text>"#, escaped(text)));
    }
}

fn heading(out: &mut Canvas, workflow: &Workflow, current: Option<&str>) {
    let reference = workflow.reference();
    let name = format!("{}, version {}", reference.name, reference.version);
    out.line(&format!("<title>{}</title>", escaped(&name)));
    out.line(r##"<rect width="100%" height="100%" fill="#ffffff"/>"##);
    out.text((MARGIN, 34.0), r##"font-size="18" font-weight="600" fill="#1f2933""##, &name);
    if let Some(current) = current.filter(|current| workflow.find(current).is_some()) {
        let after = MARGIN + text_width(&name, 18.0) * 1.08 + 16.0;
        let here = format!("now in {current}");
        out.text((after, 34.0), &format!(r#"font-size="13" font-weight="600" fill="{CURRENT}""#), &here);
    }
}

/// A piece of a way: straight down past its own layer, then in a bow to the next.
fn path(layout: &Layout, link: &Link) -> String {
    let layer = layout.layer_of[link.from];
    let (top, height) = layout.layers[layer];
    let start_x = layout.x[link.from] + link.offset;
    let start_y = match layout.spots[link.from] {
        Spot::State(state) => top + layout.boxes[state].height,
        Spot::Passing(_) => top,
    };
    let bend = top + height + LABELS;
    let end_x = layout.x[link.to];
    let end_y = layout.layers[layer + 1].0 - if is_state(layout, link.to) { 6.0 } else { 0.0 };
    let middle = (bend + end_y) / 2.0;
    format!(
        r#"<path d="M{start_x:.1} {start_y:.1}V{bend:.1}C{start_x:.1} {middle:.1} {end_x:.1} {middle:.1} {end_x:.1} {end_y:.1}"/>"#
    )
}

fn is_state(layout: &Layout, spot: usize) -> bool {
    matches!(layout.spots[spot], Spot::State(_))
}

/// From the right side of a box to the left side of the one beside it.
fn sideways_ends(layout: &Layout, edge: usize) -> (f64, f64, f64) {
    let edge = &layout.edges[edge];
    let (from, to) = (&layout.boxes[edge.from], &layout.boxes[edge.to]);
    let y = layout.layers[layout.layer_of[edge.from]].0 + TITLE_LINE + 4.0;
    (layout.x[edge.from] + from.width / 2.0, layout.x[edge.to] - to.width / 2.0, y)
}

fn sideways_path(layout: &Layout, edge: usize) -> String {
    let (from, to, y) = sideways_ends(layout, edge);
    format!(r#"<path d="M{from:.1} {y:.1}H{:.1}" stroke-dasharray="5 3"/>"#, to - 6.0)
}

/// One arrow head for each state that something leads down to, and for each deadline's target.
fn arrows(out: &mut Canvas, layout: &Layout) {
    out.line(&format!(r#"<g fill="{LINE_COLOUR}">"#));
    let mut done = Vec::new();
    for link in layout.links.iter().filter(|link| is_state(layout, link.to)) {
        if !done.contains(&link.to) {
            done.push(link.to);
            let (x, y) = (layout.x[link.to], layout.layers[layout.layer_of[link.to]].0);
            out.line(&format!(r#"<path d="M{x:.1} {y:.1}l-4.5 -9h9z"/>"#));
        }
    }
    for edge in &layout.sideways {
        let (_, x, y) = sideways_ends(layout, *edge);
        out.line(&format!(r#"<path d="M{x:.1} {y:.1}l-9 -4.5v9z"/>"#));
    }
    out.line("</g>");
}

fn draw_state(out: &mut Canvas, layout: &Layout, place: usize, state: &State, is_current: bool) {
    let (own, look) = (&layout.boxes[place], look(state));
    let (left, top) = (layout.x[place] - own.width / 2.0, layout.layers[layout.layer_of[place]].0);
    let (border, thick) = match (is_current, state.is_final()) {
        (true, _) => (CURRENT, 3.5),
        (false, true) => (look.border, 2.5),
        (false, false) => (look.border, 1.2),
    };
    out.line(&format!(r#"<g id="state-{place}">"#));
    out.line(&format!("<title>{}</title>", escaped(&tooltip(state))));
    out.line(&format!(
        r#"<rect x="{left:.1}" y="{top:.1}" width="{:.1}" height="{:.1}" rx="8" fill="{}" stroke="{border}" stroke-width="{thick}"/>"#,
        own.width, own.height, look.fill
    ));
    let middle = layout.x[place];
    let title =
        format!(r##"font-size="{TITLE_SIZE}" font-weight="600" fill="#1f2933" text-anchor="middle""##);
    out.text((middle, top + TITLE_LINE), &title, &own.title);
    let small = format!(r#"font-size="{TEXT_SIZE}" fill="{SOFT}" text-anchor="middle""#);
    out.text((middle, top + TITLE_LINE + LINE), &small, &own.subtitle);
    returns(out, own, (left, top), look.border);
    if is_current {
        here(out, left + own.width, top);
    }
    out.line("</g>");
}

fn tooltip(state: &State) -> String {
    let note = if state.note.is_empty() { String::new() } else { format!(": {}", state.note) };
    format!("{} ({}){note}", state.name, look(state).legend)
}

/// The ways back that leave this state, each with a hooked arrow, and how many lead back to it.
fn returns(out: &mut Canvas, own: &StateBox, (left, top): (f64, f64), colour: &str) {
    let mut y = top + TITLE_LINE + LINE;
    if own.returned_to > 0 {
        y += LINE;
        let style =
            format!(r#"font-size="{TEXT_SIZE}" font-style="italic" fill="{SOFT}" text-anchor="middle""#);
        out.text((left + own.width / 2.0, y), &style, &returned_note(own.returned_to));
    }
    if own.returns.is_empty() {
        return;
    }
    let rule = y + 6.0;
    let right = left + own.width;
    out.line(&format!(
        r#"<path d="M{:.1} {rule:.1}H{:.1}" stroke="{colour}" stroke-width="0.8" stroke-dasharray="3 3"/>"#,
        left + 6.0,
        right - 6.0
    ));
    y += 5.0;
    for way in &own.returns {
        y += LINE;
        let x = left + PADDING;
        out.line(&format!(r##"<a href="#state-{}"><title>back to {}</title>"##, way.to, escaped(&way.full)));
        out.line(&format!(
            r#"<path d="M{:.1} {:.1}h5a3 3 0 0 0 0 -6h-8m3 -3l-3.5 3l3.5 3" fill="none" stroke="{colour}" stroke-width="1.3"/>"#,
            x + 1.0,
            y - 0.5
        ));
        let style = format!(r##"font-size="{TEXT_SIZE}" fill="#1f2933""##);
        out.text((x + HOOK, y), &style, &way.text);
        out.line("</a>");
    }
}

/// The mark of the state a claim is in.
fn here(out: &mut Canvas, right: f64, top: f64) {
    let (left, y) = (right - 60.0, top - 10.0);
    out.line(&format!(
        r#"<rect x="{left:.1}" y="{y:.1}" width="52" height="17" rx="8.5" fill="{CURRENT}"/>"#
    ));
    let style = format!(r##"font-size="{TEXT_SIZE}" font-weight="600" fill="#ffffff" text-anchor="middle""##);
    out.text((left + 26.0, y + 12.5), &style, "is here");
}

/// When each way is taken, beside its beginning.
fn labels(out: &mut Canvas, layout: &Layout) {
    out.line(&format!(
        r##"<g font-size="{TEXT_SIZE}" fill="{SOFT}" text-anchor="middle" stroke="#ffffff" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke">"##
    ));
    for link in &layout.links {
        if let (Spot::State(state), Some(edge)) = (layout.spots[link.from], link.edge) {
            let bottom = layout.layers[layout.layer_of[state]].0 + layout.boxes[state].height;
            label(out, &layout.edges[edge].label, layout.x[state] + link.offset, bottom + 15.0);
        }
    }
    for edge in &layout.sideways {
        let (from, to, y) = sideways_ends(layout, *edge);
        label(out, &layout.edges[*edge].label, (from + to - 4.0) / 2.0, y - 5.0);
    }
    out.line("</g>");
}

fn label(out: &mut Canvas, label: &str, x: f64, y: f64) {
    let short = shortened(label);
    match label {
        "" => {}
        label if label == short => out.text((x, y), "", label),
        label => out.line(&format!(
            r#"<text x="{x:.1}" y="{y:.1}">{}<title>{}</title></text>"#,
            escaped(&short),
            escaped(label)
        )),
    }
}

fn legend(out: &mut Canvas, layout: &Layout) {
    let y = layout.height - 20.0;
    let mut x = MARGIN;
    for look in LOOKS {
        out.line(&format!(
            r#"<rect x="{x:.1}" y="{:.1}" width="16" height="12" rx="3" fill="{}" stroke="{}"/>"#,
            y - 10.0,
            look.fill,
            look.border
        ));
        out.text((x + 22.0, y), &format!(r#"font-size="{TEXT_SIZE}" fill="{SOFT}""#), look.legend);
        x += 22.0 + text_width(look.legend, TEXT_SIZE) + 18.0;
    }
}

/// Text that cannot end its element. Characters that XML has no place for become a mark.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {
                safe.push('\u{fffd}');
            }
            letter => safe.push(letter),
        }
    }
    safe
}
