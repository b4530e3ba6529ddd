//! Rego on regorus: a partial set of the rules that fire, compiled for its virtual machine.

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Value};

use crate::claim::Case;
use crate::conditions::{Rule, quoted};
use crate::measure::Runner;

fn policy(rules: &[Rule]) -> String {
    let mut text = String::from("package rules\n\nimport rego.v1\n\n");
    for rule in rules {
        let mut scope = String::new();
        if !rule.payer.is_empty() {
            scope.push_str(&format!("input.payer == \"{}\"; ", rule.payer));
        }
        if !rule.codes.is_empty() {
            scope.push_str(&format!("input.line.procedure in {{{}}}; ", quoted(&rule.codes)));
        }
        for way in rule.condition.rego.split(" | ") {
            text.push_str(&format!("fired contains \"{}\" if {{ {scope}{way} }}\n", rule.id));
        }
    }
    text
}

/// The answer is how many rules are in the set.
pub fn rules(rules: &[Rule], case: &Case) -> Runner {
    let mut engine = Engine::new();
    engine.add_policy("rules.rego".to_owned(), policy(rules)).expect("a policy");
    let entry = "data.rules.fired";
    let compiled = engine.compile_with_entrypoint(&entry.into()).expect("a compiled policy");
    let program = Compiler::compile_from_policy(&compiled, &[entry]).expect("a program");
    let input = Value::from_json_str(&case.json().to_string()).expect("an input");
    let mut machine = RegoVM::new();
    machine.load_program(program);
    Runner::new("regorus, compiled for its virtual machine", move || {
        machine.set_input(input.clone());
        let answer = machine.execute().expect("an answer");
        answer.as_set().map_or(0, |set| set.len())
    })
}
