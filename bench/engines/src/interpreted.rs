//! Every rule interpreted by Rhai, one after another: what there is without an index.

use rhai::{AST, Dynamic, Engine, Scope};

use crate::claim::Case;
use crate::conditions::{Rule, quoted};
use crate::measure::Runner;

fn condition(rule: &Rule) -> String {
    let mut text = String::new();
    if !rule.payer.is_empty() {
        text.push_str(&format!("payer == \"{}\" && ", rule.payer));
    }
    if !rule.codes.is_empty() {
        text.push_str(&format!("line.procedure in [{}] && ", quoted(&rule.codes)));
    }
    format!("{text}({})", rule.condition.rhai)
}

/// The answer is how many conditions are true.
pub fn rules(rules: &[Rule], case: &Case) -> Runner {
    let engine = Engine::new();
    let mut scope = Scope::new();
    let input = engine.parse_json(case.json().to_string(), true).expect("an input");
    for (name, value) in input {
        scope.push_constant_dynamic(name, value);
    }
    let compile = |rule: &Rule| engine.compile_expression(condition(rule)).expect("a condition");
    let all: Vec<AST> = rules.iter().map(compile).collect();
    Runner::new("rhai, every rule interpreted", move || {
        let mut holds = |ast: &AST| {
            let answer: Dynamic = engine.eval_ast_with_scope(&mut scope, ast).expect("an answer");
            answer.as_bool() == Ok(true)
        };
        all.iter().filter(|ast| holds(ast)).count()
    })
}
