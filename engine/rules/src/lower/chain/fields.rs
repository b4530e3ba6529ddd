//! Fields of the catalogue's objects, and what people meant who name one that is not there.

use claimflow_core::Subject;
use rhai::Position;

use super::calls::call_of;
use super::entry_ty;
use crate::catalogue::{self, Entry, EntryKind};
use crate::diagnostics::{Code, meant};
use crate::ir::Node;
use crate::lower::{Lowered, Lowerer, usable};

impl Lowerer<'_, '_, '_> {
    pub(super) fn entry_field(&mut self, object: &'static str, name: &str, position: Position) -> Lowered {
        let Some(entry) = self.entry(object, name, position) else { return Lowered::failed() };
        if entry.kind != EntryKind::Field {
            self.fault(
                Code::ArgumentCount,
                position,
                format!("`{}` is called with arguments", entry.path),
                format!("write {}", call_of(entry)),
            );
            return Lowered::failed();
        }
        Lowered::new(Node::Field(entry), entry_ty(entry, self.subject))
    }

    /// The catalogue's entry of that name.
    pub(super) fn entry(
        &mut self,
        object: &'static str,
        name: &str,
        position: Position,
    ) -> Option<&'static Entry> {
        let path = format!("{object}.{name}");
        if let Some(entry) = catalogue::find(&path) {
            // Where the whole object is missing, that has been said already.
            let missing = |subject: &Subject| usable(object, *subject) && !entry.usable_in(*subject);
            if let Some(subject) = self.subject.filter(missing) {
                self.fault(
                    Code::NotHere,
                    position,
                    format!("a rule for each {} cannot use `{path}`", subject.as_str()),
                    format!("it is for {}", subjects(entry)),
                );
            }
            return Some(entry);
        }
        let own = catalogue::catalogue().iter().filter(|entry| entry.object() == object);
        let names: Vec<&str> = own.map(Entry::name).collect();
        let elsewhere = catalogue::catalogue().iter().find(|entry| entry.name() == name);
        let help = match claimflow_core::nearest(name, names.iter().copied()) {
            _ if known_as(name).is_some() => known_as(name).unwrap_or_default().to_owned(),
            Some(near) => format!("did you mean `{object}.{near}`?"),
            None => match elsewhere {
                Some(entry) => format!("did you mean `{}`?", entry.path),
                None => meant(name, names.iter().copied()),
            },
        };
        self.fault(Code::UnknownField, position, format!("there is no `{path}`"), help);
        None
    }
}

/// What people call a field by another name than the catalogue's.
fn known_as(name: &str) -> Option<&'static str> {
    Some(match name {
        "lines" | "service_lines" => {
            "write `claim.line_count` for how many, or `each line` to look at one after another"
        }
        "cpt" | "hcpcs" | "code" | "procedure_code" => "did you mean `line.procedure`?",
        "pos" => "did you mean `claim.place_of_service`?",
        "dos" | "date_of_service" => "did you mean `claim.service_date`?",
        "dx" | "icd" | "icd10" => "did you mean `claim.diagnoses`, or `claim.has_diagnosis(\"F33\")`?",
        "modifier" | "mod" => "did you mean `line.has_modifier(\"95\")`?",
        "carc" => "did you mean `adjustment.reason`?",
        "rarc" => "did you mean `adjustment.has_remark(\"N130\")`?",
        "amount_billed" | "billed" | "total" => "did you mean `claim.charge`?",
        _ => return None,
    })
}

fn subjects(entry: &Entry) -> String {
    entry.subjects.iter().map(|subject| format!("`each {}`", subject.as_str())).collect::<Vec<_>>().join(", ")
}
