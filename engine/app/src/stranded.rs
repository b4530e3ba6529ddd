//! A change of workflows under the claims that run on them: what it would strand, and what people are told of the rest.

use std::collections::BTreeMap;

use claimflow_catalog::Generation;
use claimflow_core::workflow::{StateKind, Workflow, WorkflowRef};
use claimflow_core::{Hash, Text};
use claimflow_runtime::{ClaimFilter, Engine, StateCount};

use crate::exit::{Failure, Result};
use crate::practice::{Loaded, workflows};
use crate::render::words::{count, spoken};

/// Of the claims that a change would strand, so many are named.
const NAMED: usize = 20;

/// What of the claims' way is gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gone {
    /// The whole version.
    Version,
    /// A state.
    State(Text),
    /// A workflow that it calls.
    Called(Text),
}

/// Open claims whose way would be there no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranded {
    /// The workflow as the claims are on it.
    pub workflow: WorkflowRef,
    /// What is gone.
    pub gone: Gone,
    /// How many claims are in which state.
    pub held: Vec<(Text, u64)>,
    /// The first of them.
    pub ids: Vec<Text>,
    /// True when the version as it was is kept.
    pub kept: bool,
    /// The newest version of the workflow that there would be.
    pub newest: Option<u32>,
}

/// What a practice would strand of the claims that an engine has.
///
/// # Errors
/// When the state cannot be read.
pub fn stranded(engine: &Engine, practice: &Loaded) -> Result<Vec<Stranded>> {
    let mut found: BTreeMap<(Text, u32, Hash, Gone), Stranded> = BTreeMap::new();
    for StateCount { workflow, state, claims, is_final } in engine.state_counts() {
        // Claims that have ended go on from the version as it is kept, should they be opened again.
        let Some(gone) = gone(practice, &workflow, &state).filter(|_| !is_final) else { continue };
        let key = (workflow.name.clone(), workflow.version, workflow.hash.clone(), gone.clone());
        let newest = practice.generation().workflow(&workflow.name).map(|own| own.reference().version);
        let entry = found.entry(key).or_insert_with(|| Stranded {
            kept: practice.exactly(&workflow.hash).is_some(),
            workflow,
            gone,
            held: Vec::new(),
            ids: Vec::new(),
            newest,
        });
        entry.held.push((state, claims));
    }
    let mut found: Vec<Stranded> = found.into_values().collect();
    for one in &mut found {
        one.name_claims(engine)?;
    }
    Ok(found)
}

/// What is gone of the way of claims in a state.
pub fn gone(practice: &Loaded, workflow: &WorkflowRef, state: &str) -> Option<Gone> {
    let generation = practice.generation();
    let missing = |name: &Text| generation.workflow(name).is_none();
    let mut called: Vec<Text> = state.split('/').map(Text::from).collect();
    called.pop();
    if generation.workflow_of(&workflow.hash).is_none() {
        let Some(now) = generation.workflow_by(workflow) else { return Some(Gone::Version) };
        match called.first() {
            // One that has not begun is in no state yet, and begins where its version does.
            None if !state.is_empty() && now.find(state).is_none() => {
                return Some(Gone::State(Text::from(state)));
            }
            Some(first) if !calls(now).any(|name| name == first) => return Some(Gone::Called(first.clone())),
            _ => {}
        }
    }
    // A version that is kept goes on calling what it called.
    let own = practice.exactly(&workflow.hash);
    let mut all = called.iter().chain(own.into_iter().flat_map(|own| calls(own)));
    all.find(|name| missing(name)).map(|name| Gone::Called(name.clone()))
}

/// The workflows that one calls.
fn calls(workflow: &Workflow) -> impl Iterator<Item = &Text> {
    workflow.states().iter().filter_map(|state| match &state.kind {
        StateKind::Call { workflow, .. } => Some(workflow),
        _ => None,
    })
}

impl Stranded {
    fn name_claims(&mut self, engine: &Engine) -> Result<()> {
        let states: Vec<Text> = self.held.iter().map(|(state, _)| state.clone()).collect();
        let filter = ClaimFilter {
            workflow: Some(self.workflow.clone()),
            states,
            limit: Some(NAMED),
            ..ClaimFilter::default()
        };
        self.ids = engine.claims(&filter)?.iter().map(|claim| Text::from(claim.id.as_str())).collect();
        Ok(())
    }

    /// How many claims.
    pub fn claims(&self) -> u64 {
        self.held.iter().map(|(_, claims)| claims).sum()
    }

    /// What is wrong, which claims, and what to do: a line each.
    pub fn lines(&self) -> Vec<String> {
        let WorkflowRef { name, version, hash } = &self.workflow;
        let claims = count(self.claims(), "open claim", "open claims");
        let is = if self.claims() == 1 { "is" } else { "are" };
        let what = match &self.gone {
            Gone::Called(called) => {
                format!(
                    "version {version} of `{name}` calls `{called}`, which is gone, and {claims} {is} on it"
                )
            }
            Gone::State(state) => {
                format!(
                    "version {version} of `{name}` no longer has the state `{state}`, and {claims} {is} in it"
                )
            }
            Gone::Version => {
                let held: Vec<String> = self
                    .held
                    .iter()
                    .map(|(state, claims)| format!("{claims} in {}", spoken(state)))
                    .collect();
                format!("version {version} of `{name}` is gone, and {claims} {is} on it: {}", held.join(", "))
            }
        };
        let more = self.claims().saturating_sub(self.ids.len() as u64);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        vec![what, format!("these claims: {}{more}", self.ids.join(", ")), self.help(hash)]
    }

    fn help(&self, hash: &str) -> String {
        let WorkflowRef { name, version, .. } = &self.workflow;
        let file = format!("workflows/{name}/v{version}.yaml");
        let back = match (self.kept, &self.gone) {
            (_, Gone::Called(called)) => format!("put the workflow `{called}` back"),
            (false, _) => format!("put `{file}` back as it was"),
            (true, Gone::State(_)) => format!(
                "put it back (`{file}` as it was is in `{}`) and make the change in a new version beside it",
                workflows::place(hash)
            ),
            (true, Gone::Version) => {
                format!("put `{file}` back (as it was, it is in `{}`)", workflows::place(hash))
            }
        };
        let to = self.newest.filter(|newest| newest != version);
        let to = to.map_or_else(|| "NEW".to_owned(), |newest| newest.to_string());
        format!(
            "to mend it, {back}; `claimflow workflow migrate {name} --from {version} --to {to}` moves the claims, and then \
             it can go"
        )
    }
}

/// The failure that a stranding practice leads to; `None` when it strands nothing.
pub fn refused(stranded: &[Stranded]) -> Option<Failure> {
    let mut lines: Vec<String> = stranded.iter().flat_map(Stranded::lines).collect();
    if lines.is_empty() {
        return None;
    }
    let message = lines.remove(0);
    let help = lines.pop().unwrap_or_default();
    let details: String = lines.iter().map(|line| format!("  {line}\n")).collect();
    Some(Failure::failed(message).help(help).details(details))
}

/// What people are told when workflows of these contents have just become live: who stays where.
pub fn told(engine: &Engine, generation: &Generation, new: &[Hash]) -> Vec<String> {
    let counts = engine.state_counts();
    let fresh =
        generation.workflows().iter().map(|own| own.reference()).filter(|own| new.contains(&own.hash));
    let mut told = Vec::new();
    for own in fresh {
        let open = |takes: &dyn Fn(&WorkflowRef) -> bool| -> u64 {
            let staying = counts.iter().filter(|one| one.workflow.name == own.name && !one.is_final);
            staying.filter(|one| takes(&one.workflow)).map(|one| one.claims).sum()
        };
        let (name, version) = (&own.name, own.version);
        let edited = open(&|one| one.version == version && one.hash != own.hash);
        if edited > 0 {
            let claims = stays(edited);
            told.push(format!(
                "version {version} of `{name}` was edited: {claims} on it as it was; `claimflow workflow migrate {name} \
                 --from {version} --to {version}` moves them"
            ));
        }
        let older = open(&|one| one.version < version);
        if older > 0 && generation.workflow(name).is_some_and(|newest| newest.reference().version == version)
        {
            told.push(format!(
                "new claims start on version {version} of `{name}`: {} on earlier ones; `claimflow workflow migrate {name}` \
                 moves them",
                stays(older)
            ));
        }
    }
    told
}

fn stays(claims: u64) -> String {
    format!("{} {}", count(claims, "claim", "claims"), if claims == 1 { "stays" } else { "stay" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::practice::{Contents, Folder, check, write_new};

    #[test]
    fn an_edit_strands_claims_in_states_that_are_gone_and_none_that_have_not_begun() {
        let folder = tempfile::tempdir().unwrap();
        write_new(folder.path(), &Contents::named("A")).unwrap();
        let practice = check(&Folder::read_content(folder.path()).unwrap()).practice.unwrap();
        let own = |hash: &str, version| WorkflowRef {
            name: "professional-claim".into(),
            version,
            hash: hash.into(),
        };
        let edited = own("another content", 1);
        assert_eq!(gone(&practice, &edited, "held"), None);
        assert_eq!(gone(&practice, &edited, ""), None);
        assert_eq!(gone(&practice, &edited, "hold"), Some(Gone::State("hold".into())));
        assert_eq!(gone(&practice, &own("another content", 9), ""), Some(Gone::Version));
    }
}
