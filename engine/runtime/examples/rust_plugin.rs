//! A plugin in Rust, whole: it adds up the units of a claim's lines, and tells when there are more than allowed.
//!
//! A program that has it adds `Arc::new(Units::new())` to `own_plugins` in `engine/app/src/wire.rs`; a workflow then says
//! `do: units.count` with `input: { most: 4 }`.

use std::time::{Duration, Instant};

use claimflow_core::workflow::{ActionSpec, Slot};
use claimflow_core::{Claim, Facts, Moment, Quantity, ServiceLine, Value, ValueType};
use claimflow_runtime::plugin::{Call, ClaimPart, Done, Fault, Grants, Health, Plugin, PluginInfo};

/// Counts units.
struct Units {
    info: PluginInfo,
    actions: Vec<ActionSpec>,
}

impl Units {
    fn new() -> Self {
        let info = PluginInfo {
            name: "units".into(),
            version: "1.0.0".into(),
            about: "Counts the units of a claim".into(),
            // It sees no more of a claim than its lines.
            grants: Grants { claim: vec![ClaimPart::Lines], ..Grants::default() },
            timeout: Duration::from_secs(1),
            ..PluginInfo::default()
        };
        let count = ActionSpec {
            name: "units.count".into(),
            does: "Adds up the units of all lines".into(),
            inputs: vec![Slot::required("most", ValueType::Int)],
            outputs: vec![Slot::required("lines", ValueType::Int)],
            outcomes: vec!["within".into(), "above".into()],
        };
        Self { info, actions: vec![count] }
    }
}

impl Plugin for Units {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn actions(&self) -> &[ActionSpec] {
        &self.actions
    }

    // The same call gives the same answer and changes nothing outside: a repeat after a crash is harmless. A plugin that
    // does something outside hands `call.key` on, so that whoever does it knows a repeat.
    fn perform(&self, call: &Call) -> Result<Done, Fault> {
        let Value::Int(most) = call.input("most") else {
            return Err(Fault::for_good("`most` is not given"));
        };
        let parts: i64 = call.claim.lines.iter().map(|line| line.units.parts()).sum();
        let outcome = if parts > Quantity::whole(*most).parts() { "above" } else { "within" };
        let lines = i64::try_from(call.claim.lines.len()).unwrap_or(i64::MAX);
        Ok(Done::with_outcome(outcome).with("lines", Value::Int(lines)))
    }

    fn health(&self) -> Health {
        Health::Ready
    }
}

fn main() {
    let line = ServiceLine { units: Quantity::whole(3), ..ServiceLine::default() };
    let now = Moment(0);
    let call = Call {
        key: "1/3".into(),
        action: "units.count".into(),
        attempt: 1,
        inputs: vec![("most".into(), Value::Int(2))],
        claim: Claim { lines: vec![line], ..Claim::default() },
        facts: Facts::default(),
        today: now.date(),
        now,
        deadline: Instant::now() + Duration::from_secs(1),
    };
    let done = Units::new().perform(&call);
    println!("{done:?}");
}
