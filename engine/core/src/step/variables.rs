//! What guards, expressions and notes read: of the claim, and of the workflow's own variables.

use std::borrow::Cow;

use super::{Step, Stepper};
use crate::event::Event;
use crate::expr::Expr;
use crate::state::holds;
use crate::workflow::claim_value;
use crate::workflow::note::{Part, parts};
use crate::{Text, Value, Values};

impl Stepper<'_> {
    /// The value of a name, as guards read it; `None` when nothing is known.
    pub(super) fn variable(&self, name: &str, event: &str) -> Option<Value> {
        let state = &self.state;
        Some(match name {
            "outcome" => Value::Text(state.outcome.clone()),
            "event" => Value::Text(event.into()),
            "payer" => Value::Text(state.claim.payer.id.as_str().into()),
            "category" => Value::Text(self.leading_category()),
            "frequency" => Value::Text(state.claim.frequency.clone()),
            "history" => Value::Bool(state.history),
            "refused" => Value::Bool(state.refused),
            "billed" => Value::Money(state.billed()),
            "paid" => Value::Money(state.paid()),
            "patient_responsibility" => Value::Money(state.patient_responsibility()),
            "denials" => Value::Int(i64::try_from(state.denials.len()).unwrap_or(i64::MAX)),
            "submissions" => Value::Int(i64::try_from(state.submissions.len()).unwrap_or(i64::MAX)),
            "error" => Value::Text(state.error.clone()),
            "as_of" => Value::Date(self.context.calendar.date(self.context.now)),
            field if field.starts_with("claim.") => return claim_value(&state.claim, field),
            _ => return self.own_variable(name),
        })
    }

    /// A variable of the running workflow.
    pub(super) fn own_variable(&self, name: &str) -> Option<Value> {
        let set = Value::of(&self.state.variables, name);
        let value = set.or_else(|| self.context.workflow.variable(name).map(|own| &own.default))?;
        value.is_known().then(|| value.clone())
    }

    pub(super) fn value(&self, expr: &Expr) -> Value {
        expr.eval(&|name| self.variable(name, ""))
    }

    /// Values of a list of expressions, by name.
    pub(super) fn values(&self, list: &[(Text, Expr)]) -> Values {
        list.iter().map(|(name, expr)| (name.clone(), self.value(expr))).collect()
    }

    /// A name's value when some variables have been set just now.
    fn variable_after(&self, set: &[(Text, Value)], name: &str) -> Option<Value> {
        match Value::of(set, name) {
            Some(value) => Some(value.clone()).filter(Value::is_known),
            None => self.variable(name, ""),
        }
    }

    /// What a state sets, one after another: a later expression reads what an earlier one set.
    pub(super) fn settings(&self, list: &[(Text, Expr)]) -> Values {
        let mut variables = Values::new();
        for (name, expr) in list {
            let value = expr.eval(&|other| self.variable_after(&variables, other));
            match variables.iter_mut().find(|(own, _)| own == name) {
                Some((_, own)) => *own = value,
                None => variables.push((name.clone(), value)),
            }
        }
        variables
    }

    /// Records new values of variables; what stays as it is is not told.
    pub(super) fn keep_values(&mut self, mut variables: Values) -> Step {
        variables.retain(|(name, value)| self.own_variable(name).unwrap_or_default() != *value);
        if variables.is_empty() { Ok(()) } else { self.emit(Event::Set { variables }) }
    }

    /// What variables take of what came back, or why one cannot.
    pub(super) fn kept(&self, keep: &[(Text, Text)], output: &[(Text, Value)]) -> Result<Values, Text> {
        let mut kept = Values::with_capacity(keep.len());
        for (own, theirs) in keep {
            // What did not come leaves the variable as it is.
            let Some(value) = Value::of(output, theirs).filter(|value| value.is_known()) else { continue };
            let kind = self.context.workflow.variable(own).map(|variable| variable.kind);
            if let Some(kind) = kind.filter(|kind| !value.fits(*kind)) {
                return Err(Text::from(format!("it gave a `{theirs}` that is not {}", kind.words())));
            }
            kept.push((own.clone(), value.clone()));
        }
        Ok(kept)
    }

    /// A state's note with the values of what it names.
    pub(super) fn note(&self, note: &Text, set: &[(Text, Value)]) -> Text {
        if !note.contains("${") {
            return note.clone();
        }
        let mut filled = String::with_capacity(note.len());
        for part in parts(note) {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Name(name) => {
                    let value = self.variable_after(set, name);
                    filled
                        .push_str(&value.map_or(Cow::Borrowed("nothing"), |value| value.to_string().into()));
                }
            }
        }
        Text::from(filled)
    }

    fn leading_category(&self) -> Text {
        let denial = self.state.denials.first().map(|denial| denial.category.clone());
        let finding =
            || self.state.findings.iter().find(|f| holds(f, &self.state)).map(|f| f.category.clone());
        denial.or_else(finding).unwrap_or_default()
    }
}
