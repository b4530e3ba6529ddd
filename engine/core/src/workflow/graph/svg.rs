//! The picture as SVG that stands alone: no scripts, text escaped, light or dark as the reader's screen is.

// INVARIANT: places of states, spots, layers and edges are only made from the lists they index.

use super::boxes::{
    HOOK, LINE, PADDING, StateBox, TEXT_SIZE, TITLE_LINE, TITLE_SIZE, returned_note, shortened, text_width,
};
use super::edges::Edge;
use super::layout::{LABELS, Layout, MARGIN, Spot, lay_out};
use super::routes::Route;
use super::{CURRENT, FAILURE, Level, look, used};
use crate::workflow::{State, StateKind, Workflow};

/// Lines and arrows of ways that alone lead to their state.
const LINE_COLOUR: &str = "#78838f";
/// Lines and arrows of ways that run beside others: one colour for each state they lead to. All can be told apart from each
/// other and from a light and a dark ground.
const LANE_COLOURS: [&str; 7] = ["#3f7fbf", "#b5772a", "#4f9457", "#a15bb0", "#2f949c", "#8a7a3a", "#8b6f63"];
/// Small text.
const SOFT: &str = "#4a5560";
/// Names.
const INK: &str = "#1f2933";

/// What looks otherwise on a dark screen. Programs that know no style sheets draw the light picture.
const DARK: &str = "<style>@media (prefers-color-scheme: dark) { .ground { fill: #14181d } .ink { fill: #e6ebf0 } \
.soft { fill: #aeb9c4 } .halo { fill: #c3ccd5; stroke: #14181d } .work { fill: #1c2f45 } .plugin { fill: #2a2750 } \
.call { fill: #123a38 } .choice { fill: #2a3138 } .wait { fill: #3d3216 } .person { fill: #42223a } \
.ends { fill: #1b3822 } }</style>";

/// The workflow as an SVG document; `current` is the name of the state to mark.
///
/// States stand in layers, each below all that lead to it. A way back is told in the box it leaves, with the name of the
/// state it returns to, and not drawn across the picture.
pub fn svg(workflow: &Workflow, current: Option<&str>) -> String {
    svg_of(&[Level { workflow, current }])
}

/// Several workflows as one SVG document, below each other: a workflow, the one that it called, and so on.
pub fn svg_of(levels: &[Level<'_>]) -> String {
    let layouts: Vec<Layout> = levels.iter().map(|level| lay_out(level.workflow)).collect();
    let width = layouts.iter().map(|own| own.width).fold(0.0, f64::max);
    let height: f64 = layouts.iter().map(|own| own.height).sum();
    let mut out = Canvas::default();
    out.line(&format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}" role="img" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif">"#
    ));
    let names = levels.iter().map(|level| named(level.workflow)).collect::<Vec<_>>().join(", then ");
    out.line(&format!("<title>{}</title>", escaped(&names)));
    out.line(DARK);
    out.line(r##"<rect class="ground" width="100%" height="100%" fill="#ffffff"/>"##);
    let mut top = 0.0;
    for (place, (level, layout)) in levels.iter().zip(&layouts).enumerate() {
        let prefix = if place == 0 { String::new() } else { format!("{place}-") };
        out.line(&format!(r#"<g transform="translate(0 {top:.1})">"#));
        Picture { level: *level, layout, prefix, innermost: place + 1 == levels.len() }.draw(&mut out);
        out.line("</g>");
        top += layout.height;
    }
    out.line("</svg>");
    out.text
}

fn named(workflow: &Workflow) -> String {
    format!("{}, version {}", workflow.reference().name, workflow.reference().version)
}

/// One workflow's picture.
struct Picture<'p> {
    level: Level<'p>,
    layout: &'p Layout,
    /// What the names of its parts begin with, so that those of two pictures differ.
    prefix: String,
    /// True when its current state called no other.
    innermost: bool,
}

impl Picture<'_> {
    fn draw(&self, out: &mut Canvas) {
        let layout = self.layout;
        self.heading(out);
        let colours = colours(layout);
        out.line(r#"<g fill="none" stroke-width="1.5">"#);
        layout.routes.iter().for_each(|route| self.route(out, route, &colours));
        layout.sideways.iter().for_each(|edge| self.sideways(out, *edge, &colours));
        out.line("</g>");
        for (place, state) in self.level.workflow.states().iter().enumerate() {
            self.state(out, place, state);
        }
        labels(out, layout);
        legend(out, self.level.workflow, layout);
    }
}

/// The colour of the ways to each state.
fn colours(layout: &Layout) -> Vec<&'static str> {
    let mut shared = LANE_COLOURS.iter().cycle();
    let arriving = |state: usize| layout.edges.iter().filter(|edge| !edge.back && edge.to == state).count();
    (0..layout.boxes.len())
        .map(|state| match arriving(state) {
            0 | 1 => LINE_COLOUR,
            _ => shared.next().copied().unwrap_or(LINE_COLOUR),
        })
        .collect()
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

impl Picture<'_> {
    fn heading(&self, out: &mut Canvas) {
        let name = named(self.level.workflow);
        out.text(
            (MARGIN, 34.0),
            &format!(r#"class="ink" font-size="18" font-weight="600" fill="{INK}""#),
            &name,
        );
        if let Some(current) = self.level.current.filter(|own| self.level.workflow.find(own).is_some()) {
            let after = MARGIN + text_width(&name, 18.0) * 1.08 + 16.0;
            let here = if self.innermost {
                format!("now in {current}")
            } else {
                format!("in {current}, which goes through the workflow below")
            };
            out.text((after, 34.0), &format!(r#"font-size="13" font-weight="600" fill="{CURRENT}""#), &here);
        }
    }

    /// A way down, on its own lane, with what it is in its tooltip and a broad invisible line to point at.
    fn route(&self, out: &mut Canvas, route: &Route, colours: &[&str]) {
        let edge = &self.layout.edges[route.edge];
        let (line, end) = course(self.layout, route);
        let colour = if edge.failure { FAILURE } else { colours[edge.to] };
        let (x, y) = end;
        self.way(out, edge, &line, &format!("M{x:.1} {y:.1}l-4.5 -9h9z"), colour);
    }

    fn sideways(&self, out: &mut Canvas, place: usize, colours: &[&str]) {
        let edge = &self.layout.edges[place];
        let (from, to, y) = sideways_ends(self.layout, place);
        let colour = if edge.failure { FAILURE } else { colours[edge.to] };
        let line = format!("M{from:.1} {y:.1}H{:.1}", to - 6.0);
        self.way(out, edge, &line, &format!("M{to:.1} {y:.1}l-9 -4.5v9z"), colour);
    }

    fn way(&self, out: &mut Canvas, edge: &Edge, line: &str, head: &str, colour: &str) {
        let dash = if edge.deadline { r#" stroke-dasharray="5 3""# } else { "" };
        let states = self.level.workflow.states();
        let mut told = format!("{} to {}", states[edge.from].name, states[edge.to].name);
        if !edge.label.is_empty() {
            told.push_str(&format!(": {}", edge.label));
        }
        out.line(&format!(r#"<g stroke="{colour}"><title>{}</title>"#, escaped(&told)));
        out.line(&format!(r#"<path d="{line}" stroke-width="9" stroke-opacity="0"/>"#));
        out.line(&format!(r#"<path d="{line}"{dash}/>"#));
        out.line(&format!(r#"<path d="{head}" fill="{colour}" stroke="none"/></g>"#));
    }
}

/// The line of a way down: in each layer straight past its boxes, then in a bow to the next; and where its arrow ends.
fn course(layout: &Layout, route: &Route) -> (String, (f64, f64)) {
    let edge = &layout.edges[route.edge];
    let mut line = String::new();
    let mut end = (0.0, 0.0);
    for (step, pair) in route.points.windows(2).enumerate() {
        let layer = route.layer + step;
        let (top, height) = layout.layers[layer];
        if step == 0 {
            line.push_str(&format!("M{:.1} {:.1}", pair[0], top + layout.boxes[edge.from].height));
        }
        let bend = top + height + LABELS;
        let below = layout.layers[layer + 1].0;
        let arrives = layer + 1 == layout.layer_of[edge.to];
        end = (pair[1], below);
        let to = if arrives { below - 6.0 } else { below };
        let middle = (bend + to) / 2.0;
        line.push_str(&format!(
            "V{bend:.1}C{:.1} {middle:.1} {:.1} {middle:.1} {:.1} {to:.1}",
            pair[0], pair[1], pair[1]
        ));
    }
    (line, end)
}

/// From the right side of a box to the left side of the one beside it.
pub(super) fn sideways_ends(layout: &Layout, edge: usize) -> (f64, f64, f64) {
    let edge = &layout.edges[edge];
    let (from, to) = (&layout.boxes[edge.from], &layout.boxes[edge.to]);
    let y = layout.layers[layout.layer_of[edge.from]].0 + TITLE_LINE + 4.0;
    (layout.x[edge.from] + from.width / 2.0, layout.x[edge.to] - to.width / 2.0, y)
}

impl Picture<'_> {
    fn state(&self, out: &mut Canvas, place: usize, state: &State) {
        let (layout, look) = (self.layout, look(state));
        let is_current = self.level.current == Some(state.name.as_str());
        let own = &layout.boxes[place];
        let (left, top) = (layout.x[place] - own.width / 2.0, layout.layers[layout.layer_of[place]].0);
        let (border, thick) = match (is_current, state.is_final()) {
            (true, _) => (CURRENT, 3.5),
            (false, true) => (look.border, 2.5),
            (false, false) => (look.border, 1.2),
        };
        out.line(&format!(r#"<g id="state-{}{place}">"#, self.prefix));
        out.line(&format!("<title>{}</title>", escaped(&tooltip(state))));
        out.line(&format!(
            r#"<rect class="{}" x="{left:.1}" y="{top:.1}" width="{:.1}" height="{:.1}" rx="8" fill="{}" stroke="{border}" stroke-width="{thick}"/>"#,
            look.word, own.width, own.height, look.fill
        ));
        if matches!(state.kind, StateKind::Call { .. }) {
            sides(out, (left, top), own, border);
        }
        let middle = layout.x[place];
        let title = format!(
            r#"class="ink" font-size="{TITLE_SIZE}" font-weight="600" fill="{INK}" text-anchor="middle""#
        );
        out.text((middle, top + TITLE_LINE), &title, &own.title);
        let small = format!(r#"class="soft" font-size="{TEXT_SIZE}" fill="{SOFT}" text-anchor="middle""#);
        out.text((middle, top + TITLE_LINE + LINE), &small, &own.subtitle);
        returns(out, own, (left, top), look.border, &self.prefix);
        if is_current {
            here(out, left + own.width, top, if self.innermost { "is here" } else { "called" });
        }
        out.line("</g>");
    }
}

/// The doubled sides of a state that leads through another workflow.
fn sides(out: &mut Canvas, (left, top): (f64, f64), own: &StateBox, colour: &str) {
    let (bottom, right) = (top + own.height, left + own.width);
    out.line(&format!(
        r#"<path d="M{:.1} {top:.1}V{bottom:.1}M{:.1} {top:.1}V{bottom:.1}" stroke="{colour}" stroke-width="1.2"/>"#,
        left + 6.0,
        right - 6.0
    ));
}

fn tooltip(state: &State) -> String {
    let note = if state.note.is_empty() { String::new() } else { format!(": {}", state.note) };
    format!("{} ({}){note}", state.name, look(state).legend)
}

/// The ways back that leave this state, each with a hooked arrow, and how many lead back to it.
fn returns(out: &mut Canvas, own: &StateBox, (left, top): (f64, f64), colour: &str, prefix: &str) {
    let mut y = top + TITLE_LINE + LINE;
    if own.returned_to > 0 {
        y += LINE;
        let style = format!(
            r#"class="soft" font-size="{TEXT_SIZE}" font-style="italic" fill="{SOFT}" text-anchor="middle""#
        );
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
        out.line(&format!(
            r##"<a href="#state-{prefix}{}"><title>back to {}</title>"##,
            way.to,
            escaped(&way.full)
        ));
        out.line(&format!(
            r#"<path d="M{:.1} {:.1}h5a3 3 0 0 0 0 -6h-8m3 -3l-3.5 3l3.5 3" fill="none" stroke="{colour}" stroke-width="1.3"/>"#,
            x + 1.0,
            y - 0.5
        ));
        let style = format!(r#"class="ink" font-size="{TEXT_SIZE}" fill="{INK}""#);
        out.text((x + HOOK, y), &style, &way.text);
        out.line("</a>");
    }
}

/// The mark of the state a claim is in.
fn here(out: &mut Canvas, right: f64, top: f64, word: &str) {
    let (left, y) = (right - 60.0, top - 10.0);
    out.line(&format!(
        r#"<rect x="{left:.1}" y="{y:.1}" width="52" height="17" rx="8.5" fill="{CURRENT}"/>"#
    ));
    let style = format!(r##"font-size="{TEXT_SIZE}" font-weight="600" fill="#ffffff" text-anchor="middle""##);
    out.text((left + 26.0, y + 12.5), &style, word);
}

/// When each way is taken, beside its beginning.
fn labels(out: &mut Canvas, layout: &Layout) {
    out.line(&format!(
        r##"<g class="halo" font-size="{TEXT_SIZE}" fill="{SOFT}" text-anchor="middle" stroke="#ffffff" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke">"##
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

fn legend(out: &mut Canvas, workflow: &Workflow, layout: &Layout) {
    let y = layout.height - 20.0;
    let mut x = MARGIN;
    for look in used(workflow) {
        out.line(&format!(
            r#"<rect class="{}" x="{x:.1}" y="{:.1}" width="16" height="12" rx="3" fill="{}" stroke="{}"/>"#,
            look.word,
            y - 10.0,
            look.fill,
            look.border
        ));
        out.text(
            (x + 22.0, y),
            &format!(r#"class="soft" font-size="{TEXT_SIZE}" fill="{SOFT}""#),
            look.legend,
        );
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
