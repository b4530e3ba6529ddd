//! GoRules ZEN: rules as the expressions of one node, compiled beforehand; the table as a decision table node.

use serde_json::{Value, json};
use zen_engine::Decision;
use zen_engine::EvaluationOptions;
use zen_engine::model::{DecisionContent, GraphContent};

use crate::claim::Case;
use crate::conditions::{Rule, quoted};
use crate::measure::Runner;
use crate::table::Cells;

fn condition(rule: &Rule) -> String {
    let mut text = String::new();
    if !rule.payer.is_empty() {
        text.push_str(&format!("payer == \"{}\" and ", rule.payer));
    }
    if !rule.codes.is_empty() {
        text.push_str(&format!("line.procedure in [{}] and ", quoted(&rule.codes)));
    }
    format!("{text}({})", rule.condition.zen)
}

fn decision(node: Value) -> Decision {
    let content: DecisionContent = serde_json::from_value(json!({
        "nodes": [
            { "id": "in", "name": "in", "type": "inputNode", "content": {} },
            node,
            { "id": "out", "name": "out", "type": "outputNode", "content": {} },
        ],
        "edges": [
            { "id": "e1", "sourceId": "in", "targetId": "node" },
            { "id": "e2", "sourceId": "node", "targetId": "out" },
        ],
    }))
    .expect("a decision");
    let DecisionContent::Graph(graph) = content else { panic!("a graph") };
    let graph: GraphContent = (*graph).clone();
    let mut decision = Decision::from(graph);
    decision.compile();
    decision
}

fn options(trace: bool) -> EvaluationOptions {
    EvaluationOptions { trace, ..EvaluationOptions::default() }
}

/// All conditions as expressions; the answer is how many are true.
pub fn rules(rules: &[Rule], case: &Case) -> Runner {
    let expressions: Vec<Value> = rules
        .iter()
        .map(|rule| json!({ "id": rule.id, "key": rule.id.replace('-', "_"), "value": condition(rule) }))
        .collect();
    let decision = decision(json!({
        "id": "node", "name": "node", "type": "expressionNode", "content": { "expressions": expressions },
    }));
    let input: zen_engine::Variable = case.json().into();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    Runner::new("zen-engine", move || {
        let response =
            runtime.block_on(decision.evaluate_with_opts(input.clone(), options(false))).expect("an answer");
        let answers = response.result.as_object().expect("an object");
        let answers = answers.borrow();
        answers.values().filter(|value| value.as_bool() == Some(true)).count()
    })
}

/// The table; the answer is the number of the row that hit.
pub fn table(cells: &Cells, trace: bool) -> Runner {
    let decision = decision(cells.zen());
    let input: zen_engine::Variable = Cells::input().into();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let name = if trace { "zen-engine, trace on" } else { "zen-engine, trace off" };
    Runner::new(name, move || {
        let response =
            runtime.block_on(decision.evaluate_with_opts(input.clone(), options(trace))).expect("an answer");
        let row = response.result.dot("row").and_then(|row| row.as_number()).expect("a row");
        row.try_into().expect("a row number")
    })
}
