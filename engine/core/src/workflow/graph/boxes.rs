//! What stands in each state's box, and how large that makes it. Sizes are in pixels.

use super::edges::Edge;
use super::subtitle;
use crate::workflow::{State, Workflow};

/// Size of a state's name.
pub(super) const TITLE_SIZE: f64 = 13.0;
/// Size of all other text.
pub(super) const TEXT_SIZE: f64 = 10.5;
/// From the top of a box to the base line of its name, and on to the next lines.
pub(super) const TITLE_LINE: f64 = 19.0;
/// Height of a line of small text.
pub(super) const LINE: f64 = 15.0;
/// Inner margin of a box at its sides.
pub(super) const PADDING: f64 = 12.0;
/// Room for the hooked arrow before a way back.
pub(super) const HOOK: f64 = 16.0;

/// The most letters of a label; the rest is in its tooltip.
const MOST_LETTERS: usize = 46;

/// A way back, told in the box instead of drawn across the picture.
pub(super) struct Return {
    /// Place of the earlier state.
    pub(super) to: usize,
    /// Its name, and when the way is taken, shortened.
    pub(super) text: String,
    /// All of it.
    pub(super) full: String,
}

/// One state's box.
pub(super) struct StateBox {
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) returns: Vec<Return>,
    /// How many ways lead back to this state.
    pub(super) returned_to: usize,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// The boxes of all states; `downward` says which edges leave at the bottom and need room for their labels there.
pub(super) fn boxes(workflow: &Workflow, edges: &[Edge], downward: &dyn Fn(&Edge) -> bool) -> Vec<StateBox> {
    let states = workflow.states();
    states.iter().enumerate().map(|(place, state)| state_box(states, place, state, edges, downward)).collect()
}

fn state_box(
    states: &[State],
    place: usize,
    state: &State,
    edges: &[Edge],
    downward: &dyn Fn(&Edge) -> bool,
) -> StateBox {
    let own = || edges.iter().filter(move |edge| edge.from == place);
    let returns: Vec<Return> = own().filter(|edge| edge.back).map(|edge| way_back(states, edge)).collect();
    let returned_to = edges.iter().filter(|edge| edge.back && edge.to == place).count();
    let (title, subtitle) = (shortened(&state.name), shortened(&subtitle(state)));
    let slots = slots(own().filter(|edge| downward(edge)));
    let texts = returns.iter().map(|way| HOOK + text_width(&way.text, TEXT_SIZE));
    let note = text_width(&returned_note(returned_to), TEXT_SIZE);
    let widest = [title_width(&title), text_width(&subtitle, TEXT_SIZE), note]
        .into_iter()
        .chain(texts)
        .fold(0.0, f64::max);
    let lines = 1 + returns.len() + usize::from(returned_to > 0);
    StateBox {
        title,
        subtitle,
        returned_to,
        width: (widest + 2.0 * PADDING).max(slots).max(120.0),
        height: TITLE_LINE + LINE * count(lines) + 9.0 + if returns.is_empty() { 0.0 } else { 5.0 },
        returns,
    }
}

fn way_back(states: &[State], edge: &Edge) -> Return {
    let name = states.get(edge.to).map_or("", |state| state.name.as_str());
    let full = if edge.label.is_empty() { name.to_owned() } else { format!("{name}: {}", edge.label) };
    Return { to: edge.to, text: shortened(&full), full }
}

/// What a state says of the ways that lead back to it; empty where none does.
pub(super) fn returned_note(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 way leads back here".to_owned(),
        count => format!("{count} ways lead back here"),
    }
}

/// How much room an edge that leaves at the bottom takes there.
pub(super) fn slot(edge: &Edge) -> f64 {
    text_width(&shortened(&edge.label), TEXT_SIZE).max(16.0) + 10.0
}

/// How much room all edges that leave at the bottom take there. One beside the main way leaves that one in the middle.
fn slots<'a>(leaving: impl Iterator<Item = &'a Edge> + Clone) -> f64 {
    let total: f64 = leaving.clone().map(slot).sum();
    let main: f64 = leaving.clone().filter(|edge| edge.main).map(slot).sum();
    if leaving.count() == 2 && main > 0.0 { total + total - main } else { total }
}

/// A text that fits, with an ellipsis where it was cut.
pub(super) fn shortened(text: &str) -> String {
    if text.chars().count() <= MOST_LETTERS {
        return text.to_owned();
    }
    text.chars().take(MOST_LETTERS - 1).chain(std::iter::once('…')).collect()
}

fn title_width(text: &str) -> f64 {
    // Names are bold.
    text_width(text, TITLE_SIZE) * 1.08
}

/// About how wide a text is in a common sans-serif face; rather too wide than too narrow.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let letter = |letter: char| match letter {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.32,
        'f' | 't' | 'r' | ' ' | '-' | '(' | ')' | '/' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.92,
        letter if letter.is_ascii_uppercase() => 0.72,
        letter if letter.is_ascii() => 0.6,
        _ => 1.0,
    };
    text.chars().map(letter).sum::<f64>() * size
}

/// A count as a length; pictures have few of anything.
pub(super) fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
