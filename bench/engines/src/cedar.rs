//! Cedar: each rule a `forbid`; those that hold are the reasons of the decision.

use cedar_policy::{Authorizer, Context, Entities, EntityUid, PolicySet, Request};

use crate::claim::Case;
use crate::conditions::{Rule, quoted};
use crate::measure::Runner;

fn policies(rules: &[Rule]) -> String {
    let mut text = String::from("@id(\"pass\") permit(principal, action, resource);\n");
    for rule in rules {
        let mut scope = String::new();
        if !rule.payer.is_empty() {
            scope.push_str(&format!("context.payer == \"{}\" && ", rule.payer));
        }
        if !rule.codes.is_empty() {
            scope.push_str(&format!("[{}].contains(context.line.procedure) && ", quoted(&rule.codes)));
        }
        text.push_str(&format!(
            "@id(\"{}\") forbid(principal, action, resource) when {{ {scope}({}) }};\n",
            rule.id, rule.condition.cedar
        ));
    }
    text
}

/// The answer is how many rules forbid.
pub fn rules(rules: &[Rule], case: &Case) -> Runner {
    let policies: PolicySet = policies(rules).parse().expect("policies");
    let uid = |text: &str| -> EntityUid { text.parse().expect("an id") };
    let context = Context::from_json_value(case.json(), None).expect("a context");
    let (principal, action, resource) = (uid("P::\"p\""), uid("Action::\"send\""), uid("Claim::\"c\""));
    let request = Request::new(principal, action, resource, context, None).expect("a request");
    let (authorizer, entities) = (Authorizer::new(), Entities::empty());
    Runner::new("cedar-policy", move || {
        let answer = authorizer.is_authorized(&request, &policies, &entities);
        assert_eq!(answer.diagnostics().errors().count(), 0, "a policy failed");
        match answer.decision() {
            cedar_policy::Decision::Allow => 0,
            cedar_policy::Decision::Deny => answer.diagnostics().reason().count(),
        }
    })
}
