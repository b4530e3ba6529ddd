//! One claim, in our own words and as JSON with the same facts, as the other engines want it.

use serde_json::{Value, json};

#[path = "../../../engine/rules/tests/common/mod.rs"]
pub mod common;

/// A claim on which rules are tried.
pub struct Case {
    /// What it is.
    pub name: &'static str,
    has_start_and_stop: bool,
}

impl Case {
    /// A session in all order: nothing fires.
    pub fn silent() -> Self {
        Self { name: "none fires", has_start_and_stop: true }
    }

    /// A session whose note shows no start and stop: some fire.
    pub fn firing() -> Self {
        Self { name: "some fire", has_start_and_stop: false }
    }

    /// In our words.
    pub fn world(&self) -> common::World {
        let mut world = common::world();
        if !self.has_start_and_stop {
            world.facts.visits[0].stop = None;
        }
        world
    }

    /// As JSON: what our rules calculate from the claim is given ready-made.
    pub fn json(&self) -> Value {
        let mut visit = json!({ "known": true, "has_start_and_stop": self.has_start_and_stop });
        if self.has_start_and_stop {
            visit["minutes"] = json!(55);
        }
        json!({
            "payer": "60054",
            "claim": {
                "place_of_service": "10", "days_since_service": 2, "principal_diagnosis": "F331",
            },
            "line": {
                "procedure": "90837", "modifiers": ["HO"], "units": 1, "charge": 15000, "place_of_service": "10",
                "same_day": [],
            },
            "visit": visit,
            "authorization": { "known": true, "units_left": 7 },
            "coverage": { "active": true, "visits_left": 16 },
            "enrollment": { "license": "LCSW" },
            "history": { "evaluations": 1 },
            "patient": { "age": 35 },
        })
    }
}
