//! What the pictures say, and that nothing in them lies over something else.

use proptest::prelude::*;

use super::boxes::{TEXT_SIZE, shortened, text_width};
use super::layout::{Layout, Spot, lay_out};
use super::{Level, dot, dot_of, edges, mermaid, mermaid_of, svg, svg_of};
use crate::Span;
use crate::testing::road::{self, choice, draft, end, is, person, to, wait, when, work};
use crate::workflow::{ActionSpec, Draft, DraftAsks, DraftState, Offered, Placed, Retry, Workflow, check};

fn small() -> Draft {
    draft(
        "scrub",
        vec![
            work("scrub", "claim.scrub", vec![when(is("outcome", "held"), "held"), to("sent")]),
            person(
                "held",
                "corrected written-off",
                vec![when(is("event", "written-off"), "end"), to("scrub")],
            ),
            wait(
                "sent",
                "remitted rejected",
                1,
                "held",
                vec![when(is("event", "rejected"), "held"), to("end")],
            ),
            end("end", "", vec![]),
        ],
    )
}

fn checked(draft: &Draft) -> Workflow {
    check(draft, Offered::default()).unwrap()
}

#[test]
fn ways_out_say_when_they_are_taken() {
    let workflow = checked(&small());
    let names = |place: usize| workflow.states()[place].name.as_str();
    let told: Vec<String> = edges::edges(&workflow)
        .iter()
        .map(|e| {
            let back = if e.back { " (back)" } else { "" };
            format!("{} -> {}: {}{back}", names(e.from), names(e.to), e.label)
        })
        .collect();
    assert_eq!(
        told,
        [
            "scrub -> held: held",
            "scrub -> sent: otherwise",
            "held -> end: written-off",
            "held -> scrub: corrected (back)",
            "sent -> held: rejected, after 1 day",
            "sent -> end: remitted",
        ]
    );
}

#[test]
fn mermaid_is_a_flowchart() {
    assert_eq!(
        mermaid(&checked(&small()), Some("sent")),
        r##"flowchart TD
    s0["scrub<br/>claim.scrub"]
    s1[/"held<br/>its owner acts"/]
    s2(["sent<br/>waits"])
    s3(("end<br/>end"))
    s0 -->|"held"| s1
    s0 -->|"otherwise"| s2
    s1 -->|"written-off"| s3
    s1 -.->|"corrected"| s0
    s2 -->|"rejected, after 1 day"| s1
    s2 -->|"remitted"| s3
    classDef work fill:#e3eefb,stroke:#3b73af,color:#222
    classDef wait fill:#fff3d6,stroke:#c28a12,color:#222
    classDef person fill:#f6e3f0,stroke:#a03c80,color:#222
    classDef ends fill:#e0f2e3,stroke:#3c8a4b,color:#222
    classDef current stroke:#c62828,stroke-width:4px
    class s0 work
    class s1 person
    class s2 wait
    class s2 current
    class s3 ends
"##
    );
}

#[test]
fn dot_is_a_digraph() {
    assert_eq!(
        dot(&checked(&small()), None),
        r##"digraph "professional-claim 1" {
    rankdir=TB;
    node [shape=box, style="rounded,filled", fontname="sans-serif"];
    edge [fontname="sans-serif", fontsize=10];
    s0 [label="scrub\nclaim.scrub", fillcolor="#e3eefb", color="#3b73af", penwidth=1];
    s1 [label="held\nits owner acts", fillcolor="#f6e3f0", color="#a03c80", penwidth=1];
    s2 [label="sent\nwaits", fillcolor="#fff3d6", color="#c28a12", penwidth=1];
    s3 [label="end\nend", fillcolor="#e0f2e3", color="#3c8a4b", penwidth=1];
    s0 -> s1 [label="held"];
    s0 -> s2 [label="otherwise"];
    s1 -> s3 [label="written-off"];
    s1 -> s0 [label="corrected", style=dashed, constraint=false];
    s2 -> s1 [label="rejected, after 1 day"];
    s2 -> s3 [label="remitted"];
}
"##
    );
}

#[test]
fn the_picture_of_the_whole_road_names_every_state_and_marks_the_current_one() {
    let road = road::checked();
    let picture = svg(&road, Some("denied"));
    well_formed(&picture);
    for state in road.states() {
        assert!(picture.contains(&format!(">{}</text>", state.name)), "{}", state.name);
    }
    assert_eq!(picture.matches(">is here</text>").count(), 1);
    assert!(picture.contains("eligibility: corrected, released, new-fact"));
    assert_eq!(picture, svg(&road, Some("denied")), "the same workflow, the same picture");
    assert!(!svg(&road, Some("nowhere")).contains("is here"));
    apart(&lay_out(&road));
    for edge in edges::edges(&road).iter().filter(|edge| !edge.back) {
        let name = |place: usize| road.states()[place].name.as_str();
        let told = format!("<title>{} to {}", name(edge.from), name(edge.to));
        assert!(picture.contains(&told), "every way is drawn: {told}");
    }
}

#[test]
fn a_claim_within_a_called_workflow_is_shown_by_both_pictures() {
    let (road, small) = (road::checked(), checked(&small()));
    let levels = [
        Level { workflow: &road, current: Some("denied") },
        Level { workflow: &small, current: Some("sent") },
    ];
    let picture = svg_of(&levels);
    well_formed(&picture);
    assert_eq!((picture.matches(">is here<").count(), picture.matches(">called<").count()), (1, 1));
    assert!(
        picture.contains(r#"id="state-1-2""#)
            && picture.contains(">in denied, which goes through the workflow below<")
    );
    let text = mermaid_of(&levels);
    assert!(text.contains("subgraph w1") && text.contains("class w1s2 current"));
    assert!(dot_of(&levels).contains("subgraph cluster_1 {") && dot_of(&levels).contains("w1s0 -> w1s1"));
}

#[test]
fn calls_plugins_and_failures_look_otherwise() {
    let workflow = with_plugin();
    let picture = svg(&workflow, None);
    well_formed(&picture);
    for told in ["fees.lookup, 5 more tries", "asks a plugin", "<title>price to by-hand: on error"] {
        assert!(picture.contains(told), "{told}");
    }
    assert!(!picture.contains(">decides<"), "the legend has what is in the picture");
    assert!(mermaid(&workflow, None).contains("s0 -.->|\"on error\"| s1"));
    assert!(dot(&workflow, None).contains("[label=\"on error\", style=dashed, color=\"#c4422f\"]"));
}

fn with_plugin() -> Workflow {
    let retry = Retry { times: 5, first: Span(30_000), factor: 2, cap: Span(3_600_000), jitter: 20 };
    let asked = DraftAsks {
        retry: Some(Placed::new(retry, 1, 1)),
        on_error: Some(road::at("by-hand")),
        ..DraftAsks::default()
    };
    let offers = [ActionSpec { name: "fees.lookup".into(), ..ActionSpec::default() }];
    let draft = draft(
        "price",
        vec![
            road::asks("price", "fees.lookup", asked, vec![to("end")]),
            person("by-hand", "resolved", vec![to("end")]),
            end("end", "", vec![]),
        ],
    );
    check(&draft, Offered { actions: &offers, ..Offered::default() }).unwrap()
}

#[test]
fn a_long_and_a_wide_workflow_are_drawn_in_bounds() {
    let name = |place: usize| format!("s{place}");
    let long = (0..300).map(|place| choice(&name(place), vec![to(&name(place + 1))]));
    let long = checked(&draft("s0", long.chain([end("s300", "", vec![])]).collect()));
    well_formed(&svg(&long, None));
    let exits = (1..30).map(|place| when(is("payer", &name(place)), &name(place)));
    let first = choice("s0", exits.chain([to("end")]).collect());
    let middle = (1..30).map(|place| person(&name(place), "released", vec![to("end")]));
    let wide = std::iter::once(first).chain(middle).chain([end("end", "", vec![])]).collect();
    apart(&lay_out(&checked(&draft("s0", wide))));
}

/// Boxes of one layer do not touch, no trunk runs through a box, and all of it is in the picture.
#[track_caller]
fn apart(layout: &Layout) {
    let half = |spot: usize| match layout.spots[spot] {
        Spot::State(state) => layout.boxes[state].width / 2.0,
        Spot::Passing(_) => 0.0,
    };
    for (one, x) in layout.x.iter().enumerate() {
        assert!(*x - half(one) >= 0.0 && *x + half(one) <= layout.width, "{one} is outside");
        for other in (0..one).filter(|other| layout.layer_of[*other] == layout.layer_of[one]) {
            let between = (x - layout.x[other]).abs() - half(one) - half(other);
            assert!(between > 5.0, "{one} and {other} are {between} apart");
        }
    }
    for (upper, lower) in layout.layers.iter().zip(layout.layers.iter().skip(1)) {
        assert!(upper.0 + upper.1 < lower.0);
    }
    for link in &layout.links {
        assert_eq!(
            layout.layer_of[link.from] + 1,
            layout.layer_of[link.to],
            "every link leads one layer down"
        );
    }
    lanes_apart(layout);
    labels_apart(layout);
}

/// Each way down has one lane, which ends at its target, touches no other of the same state, and runs through no box.
#[track_caller]
fn lanes_apart(layout: &Layout) {
    let down = |place: &usize| !layout.edges[*place].back && !layout.sideways.contains(place);
    let wanted: Vec<usize> = (0..layout.edges.len()).filter(down).collect();
    let drawn: Vec<usize> = layout.routes.iter().map(|route| route.edge).collect();
    assert_eq!(drawn, wanted, "every way has one lane");
    let mut passing: Vec<(usize, f64, usize)> = Vec::new();
    for route in &layout.routes {
        let edge = &layout.edges[route.edge];
        assert_eq!(route.layer + route.points.len() - 1, layout.layer_of[edge.to]);
        for (step, x) in route.points.iter().enumerate().skip(1) {
            let layer = route.layer + step;
            assert!(*x >= 0.0 && *x <= layout.width);
            if layer < layout.layer_of[edge.to] {
                for state in (0..layout.boxes.len()).filter(|state| layout.layer_of[*state] == layer) {
                    let from_middle = (x - layout.x[state]).abs();
                    assert!(from_middle > layout.boxes[state].width / 2.0 + 4.0, "a lane runs through a box");
                }
            }
            assert!(
                passing
                    .iter()
                    .all(|(at, other, to)| *at != layer || *to != edge.to || (other - x).abs() > 1.0),
                "two lanes to one state lie on each other"
            );
            passing.push((layer, *x, edge.to));
        }
    }
}

/// No label lies on another, or on a box.
#[track_caller]
fn labels_apart(layout: &Layout) {
    let mut all: Vec<[f64; 4]> = Vec::new();
    let boxes = (0..layout.boxes.len()).map(|state| {
        let (own, top) = (&layout.boxes[state], layout.layers[layout.layer_of[state]].0);
        let half = own.width / 2.0;
        [layout.x[state] - half, top, layout.x[state] + half, top + own.height]
    });
    let boxes: Vec<[f64; 4]> = boxes.collect();
    let mut put = |label: &str, x: f64, base: f64| {
        let half = text_width(&shortened(label), TEXT_SIZE) / 2.0;
        let own = [x - half, base - 9.0, x + half, base + 2.0];
        let over = |other: &[f64; 4]| {
            own[0] < other[2] && other[0] < own[2] && own[1] < other[3] && other[1] < own[3]
        };
        assert!(!boxes.iter().any(over), "`{label}` lies on a box");
        assert!(!all.iter().any(over), "`{label}` lies on another label");
        all.push(own);
    };
    for route in &layout.routes {
        let edge = &layout.edges[route.edge];
        let bottom = layout.layers[route.layer].0 + layout.boxes[edge.from].height;
        if !edge.label.is_empty() {
            put(&edge.label, route.points[0], bottom + 15.0);
        }
    }
    for place in &layout.sideways {
        let (from, to, y) = svg::sideways_ends(layout, *place);
        put(&layout.edges[*place].label, (from + to - 4.0) / 2.0, y - 5.0);
    }
}

/// Every element is closed, every attribute quoted, every `&` begins an entity.
#[track_caller]
fn well_formed(text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        entities(&rest[..start]);
        let (tag, after) = rest[start + 1..].split_once('>').expect("a tag ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
            continue;
        }
        let body = tag.strip_suffix('/').unwrap_or(tag);
        let (name, attributes) = body.split_once(' ').unwrap_or((body, ""));
        assert!(name.bytes().all(|b| b.is_ascii_alphabetic()), "{name}");
        assert_eq!(attributes.matches('"').count() % 2, 0, "{attributes}");
        for (place, part) in attributes.split('"').enumerate() {
            let named = part.trim().ends_with('=') || part.trim().is_empty();
            assert!(place % 2 == 1 || named, "{attributes}");
        }
        entities(attributes);
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert_eq!((open, rest.trim()), (Vec::new(), ""));
    assert!(!text.contains("<script") && text.chars().all(|c| c == '\n' || !c.is_control()));
}

fn entities(text: &str) {
    for after in text.split('&').skip(1) {
        let name = after.split_once(';').map(|(name, _)| name);
        assert!(matches!(name, Some("amp" | "lt" | "gt" | "quot" | "apos")), "&{after}");
    }
    assert!(!text.contains('<'));
}

fn any_road() -> impl Strategy<Value = Vec<DraftState>> {
    let states =
        prop::collection::vec((0_u8..4, any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..14);
    (states, ".{1,5}").prop_map(|(states, odd)| {
        let count = states.len();
        let name = |place: usize| format!("{odd}{place}");
        let mut all: Vec<DraftState> = states
            .iter()
            .enumerate()
            .map(|(place, (kind, one, other))| {
                let target = |index: &prop::sample::Index| name(index.index(count + 1));
                let then = vec![when(is("category", &odd), &target(one)), to(&name(place + 1))];
                match kind {
                    0 => person(&name(place), "corrected released", then),
                    1 => choice(&name(place), vec![to(&name(place + 1))]),
                    _ => wait(&name(place), "remitted", 3, &target(other), then),
                }
            })
            .collect();
        all.push(end(&name(count), "remitted", vec![to(&name(0))]));
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_workflow_is_drawn_in_order(states in any_road(), at in any::<prop::sample::Index>()) {
        let first = states[0].name.value.clone();
        let Ok(workflow) = check(&draft(&first, states), Offered::default()) else { return Ok(()) };
        let current = workflow.states()[at.index(workflow.states().len())].name.clone();
        well_formed(&svg(&workflow, Some(&current)));
        apart(&lay_out(&workflow));
        prop_assert_eq!(svg(&workflow, None), svg(&workflow, None));
        prop_assert!(!mermaid(&workflow, Some(&current)).is_empty());
        prop_assert!(!dot(&workflow, Some(&current)).is_empty());
    }
}

#[test]
fn thirty_states_are_drawn_apart_and_the_same_each_time() {
    let workflow = thirty();
    assert_eq!(workflow.states().len(), 30);
    apart(&lay_out(&workflow));
    let picture = svg(&workflow, Some("s17"));
    well_formed(&picture);
    assert_eq!(picture, svg(&thirty(), Some("s17")));
}

/// Thirty states as practices have them: stages, waits with their deadlines, people, and ends that many ways lead to.
fn thirty() -> Workflow {
    let name = |place: usize| format!("s{place}");
    let mut states: Vec<DraftState> = (0..26)
        .map(|place| {
            let next = name((place + 1).min(26));
            let exit = name(26 + place % 4);
            let far = name((place + 5).min(29));
            match place % 4 {
                0 => work(&name(place), "claim.scrub", vec![when(is("outcome", "held"), &far), to(&next)]),
                1 => wait(
                    &name(place),
                    "remitted rejected",
                    30,
                    &far,
                    vec![when(is("event", "rejected"), &exit), to(&next)],
                ),
                2 => person(
                    &name(place),
                    "corrected released written-off",
                    vec![
                        when(is("event", "written-off"), &exit),
                        when(is("event", "corrected"), &name(place / 2)),
                        to(&next),
                    ],
                ),
                _ => choice(&name(place), vec![when(is("payer", "AETNA"), &far), to(&next)]),
            }
        })
        .collect();
    states.extend((26..30).map(|place| end(&name(place), "", vec![])));
    checked(&draft("s0", states))
}
