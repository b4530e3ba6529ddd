//! Cases of plugins: one call of an action, with what hosts answer, and what should come of it. Nothing leaves the program.

use std::sync::Arc;
use std::time::{Duration, Instant};

use claimflow_core::workflow::ActionSpec;
use claimflow_core::{Claim, Diagnostic, Facts, Moment, Text, Value, ValueType, Values, nearest};
use jiff::civil::Date;

use super::read::{claim, soon_after};
use super::{CaseResult, facts};
use crate::SourceFile;
use crate::generation::Generation;
use crate::plugins::{Answer, Call, Done, Exchange, Fault, Method, MockWorld, ScriptedPlugin, read_value};
use crate::source::FileKind;
use crate::yaml::{self, At, Map, Node, Reader, Value as Yaml};

pub(crate) const KEYS: &[&str] =
    &["case", "action", "inputs", "claim", "facts", "settings", "as_of", "attempt", "http", "expect"];
pub(crate) const EXPECT: &[&str] = &["outcome", "output", "fault", "files"];
pub(crate) const EXCHANGE: &[&str] = &["request", "answer", "fault"];
pub(crate) const REQUEST: &[&str] = &["method", "url", "body"];
pub(crate) const ANSWER: &[&str] = &["status", "content_type", "body"];
const FAULTS: &[&str] = &["temporary", "for-good"];

/// What comes of a call, as a case says it: of one that is tried, or in place of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    outcome: Option<Text>,
    output: Values,
    /// True for good, false for a while; none when nothing fails.
    fault: Option<bool>,
    /// Files by `folder/name`.
    files: Vec<(Text, Text)>,
}

struct PluginCase {
    name: Text,
    line: u32,
    action: Text,
    inputs: Values,
    claim: Claim,
    facts: Facts,
    settings: Values,
    as_of: Date,
    attempt: u32,
    http: Vec<Exchange>,
    expect: Outcome,
}

/// Tries the cases of every plugin, or of those named in `only`. `filter` leaves only those whose file, name or plugin
/// contain it.
pub(super) fn run(
    generation: &Generation,
    files: &[SourceFile],
    only: Option<&[Text]>,
    filter: Option<&str>,
) -> (Vec<CaseResult>, Vec<Diagnostic>) {
    let (mut results, mut faults) = (Vec::new(), Vec::new());
    for file in files {
        let FileKind::PluginCases { plugin } = FileKind::of(&file.path) else { continue };
        let Some(plugin) = generation.plugins().iter().find(|own| own.info().name == plugin) else {
            continue;
        };
        if only.is_some_and(|only| !only.contains(&plugin.info().name)) {
            continue;
        }
        for case in read(file, plugin, &mut faults) {
            let name = &plugin.info().name;
            let wanted = filter.is_none_or(|filter| {
                file.path.contains(filter) || case.name.contains(filter) || name.contains(filter)
            });
            if wanted {
                results.push(CaseResult {
                    pack: name.clone(),
                    file: file.path.clone(),
                    line: case.line,
                    name: case.name.clone(),
                    stage: None,
                    journey: Text::default(),
                    reasons: judge(plugin, case),
                    fired: Vec::new(),
                });
            }
        }
    }
    (results, faults)
}

fn read(file: &SourceFile, plugin: &ScriptedPlugin, faults: &mut Vec<Diagnostic>) -> Vec<PluginCase> {
    let (root, found) = yaml::parse(&file.path, &file.text);
    let mut reader = Reader::new(&file.path, found);
    let mut cases = Vec::new();
    if let Some(root) = root.as_ref().filter(|root| !root.is_null()) {
        for node in reader.list(root, "a file of cases") {
            let before = reader.errors();
            let case = case(&mut reader, node, plugin);
            cases.extend(case.filter(|_| reader.errors() == before));
        }
    }
    faults.extend(reader.into_faults());
    cases
}

fn case(reader: &mut Reader<'_>, node: &Node, plugin: &ScriptedPlugin) -> Option<PluginCase> {
    let map = reader.map(node, "a case", KEYS)?;
    let name = reader.need(&map, "a case", "case", "what it shows");
    let name = name.and_then(|node| reader.text(node, "`case`")).unwrap_or_default();
    let action = reader.need(&map, "a case of a plugin", "action", "look-up");
    let spec = action.and_then(|node| spec(reader, node, plugin));
    let claim = claim(reader, &map, None);
    let facts = match (map.get("facts"), &claim) {
        (Some(node), Some(claim)) => facts::read(reader, node, claim),
        _ => Facts::default(),
    };
    let inputs = |reader: &mut Reader<'_>, spec: &ActionSpec| {
        let kinds: Vec<_> = spec.inputs.iter().map(|slot| (slot.name.clone(), slot.kind)).collect();
        values(reader, &map, "inputs", &kinds)
    };
    let kinds: Vec<_> = plugin.setting_kinds().collect();
    let settings = values(reader, &map, "settings", &kinds);
    let as_of = map.get("as_of").and_then(|node| reader.date(node, "`as_of`"));
    let attempt = map.get("attempt").and_then(|node| reader.parse(node, "`attempt`", "a number, as `1`"));
    let http = map.get("http").map_or(&[][..], |node| reader.list(node, "`http`"));
    let http = http.iter().filter_map(|node| exchange(reader, node)).collect();
    let expect = reader.need(&map, "a case", "expect", "{ outcome: done }");
    let (spec, claim, expect) = (spec?, claim?, expect?);
    let expect = outcome(reader, expect, "`expect`", EXPECT, spec);
    Some(PluginCase {
        name: name.into(),
        line: node.at.line,
        action: spec.name.clone(),
        inputs: inputs(reader, spec),
        as_of: as_of.unwrap_or_else(|| soon_after(&claim)),
        claim,
        facts,
        settings,
        attempt: attempt.unwrap_or(1),
        http,
        expect,
    })
}

fn spec<'p>(reader: &mut Reader<'_>, node: &Node, plugin: &'p ScriptedPlugin) -> Option<&'p ActionSpec> {
    let word = reader.text(node, "`action`")?;
    let short = |spec: &'p ActionSpec| spec.name.split_once('.').map_or("", |(_, name)| name);
    let found = plugin.actions().iter().find(|spec| spec.name == word || short(spec) == word);
    if found.is_none() {
        let near = nearest(word, plugin.actions().iter().map(short));
        let help = near.map_or_else(String::new, |near| format!("did you mean `{near}`?"));
        reader.fault("C004", node.at, format!("the plugin has no action `{word}`"), help);
    }
    found
}

/// Values by name under a key, each of the kind that it has.
fn values(reader: &mut Reader<'_>, map: &Map<'_>, key: &str, kinds: &[(Text, ValueType)]) -> Values {
    let own = map.get(key).and_then(|node| reader.free_map(node, &format!("`{key}`")));
    own.map(|own| read_values(reader, &own, kinds)).unwrap_or_default()
}

fn read_values(reader: &mut Reader<'_>, map: &Map<'_>, kinds: &[(Text, ValueType)]) -> Values {
    let mut all = Values::new();
    for entry in map.entries() {
        let Some((name, kind)) = kinds.iter().find(|(name, _)| *name == entry.key) else {
            let near = nearest(&entry.key, kinds.iter().map(|(name, _)| name.as_str()));
            let help = near.map_or_else(String::new, |near| format!("did you mean `{near}`?"));
            reader.fault("C003", entry.at, format!("there is no `{}` here", entry.key), help);
            continue;
        };
        if entry.value.is_null() {
            all.push((name.clone(), Value::None));
            continue;
        }
        let Some(text) = reader.text(&entry.value, "a value") else { continue };
        match read_value(*kind, text) {
            Some(value) => all.push((name.clone(), value)),
            None => {
                let message = format!("`{name}` is {}, and this is `{text}`", kind.words());
                reader.fault("C003", entry.value.at, message, format!("write {}", kind.example()));
            }
        }
    }
    all
}

/// Reads what comes of a call.
pub(super) fn outcome(
    reader: &mut Reader<'_>,
    node: &Node,
    what: &str,
    keys: &[&str],
    spec: &ActionSpec,
) -> Outcome {
    let Some(map) = reader.map(node, what, keys) else { return Outcome::default() };
    let kinds: Vec<_> = spec.outputs.iter().map(|slot| (slot.name.clone(), slot.kind)).collect();
    let outcome = map.get("outcome").and_then(|node| Some((reader.text(node, "`outcome`")?, node.at)));
    if let Some((word, at)) = outcome
        && !spec.outcomes.is_empty()
        && !spec.outcomes.iter().any(|own| own == word)
    {
        let near = nearest(word, spec.outcomes.iter().map(Text::as_str));
        let help = near.map_or_else(String::new, |near| format!("did you mean `{near}`?"));
        reader.fault("C004", at, format!("`{}` has no outcome `{word}`", spec.name), help);
    }
    let fault = map.get("fault").and_then(|node| reader.word(node, "a kind of fault", FAULTS));
    let mut files = Vec::new();
    if let Some(own) = map.get("files").and_then(|node| reader.free_map(node, "`files`")) {
        for entry in own.entries() {
            let text = reader.text(&entry.value, "the text of a file");
            files.extend(text.map(|text| (Text::from(entry.key.as_str()), Text::from(text))));
        }
    }
    if map.entries().is_empty() {
        reader.fault("C006", map.at, format!("{what} says nothing"), "add `outcome`, `output` or `fault`");
    }
    Outcome {
        outcome: outcome.map(|(word, _)| word.into()),
        output: values(reader, &map, "output", &kinds),
        fault: fault.map(|word| word == "for-good"),
        files,
    }
}

fn exchange(reader: &mut Reader<'_>, node: &Node) -> Option<Exchange> {
    let map = reader.map(node, "an exchange", EXCHANGE)?;
    let mut exchange =
        Exchange { method: None, url: Text::default(), body: Vec::new(), answer: Ok(Answer::default()) };
    if let Some(own) = map.get("request").and_then(|node| reader.map(node, "`request`", REQUEST)) {
        let word = own.get("method").and_then(|node| reader.word(node, "a method", &["get", "post"]));
        exchange.method = word.map(|word| if word == "get" { Method::Get } else { Method::Post });
        exchange.url = own.get("url").and_then(|node| reader.text(node, "`url`")).unwrap_or_default().into();
        if let Some(body) = own.get("body").and_then(|node| reader.free_map(node, "`body`")) {
            for entry in body.entries() {
                let text = reader.text(&entry.value, "a value of the request");
                let data = text.map(claimflow_rules::plugin::Data::text);
                exchange.body.extend(data.map(|data| (Text::from(entry.key.as_str()), data)));
            }
        }
    }
    let fault = map.get("fault").and_then(|node| reader.word(node, "a kind of fault", FAULTS));
    exchange.answer = match fault {
        Some("for-good") => Err(Fault::for_good("the host's answer is of no use")),
        Some(_) => Err(Fault::temporary("the host does not answer")),
        None => Ok(answer(reader, &map)),
    };
    Some(exchange)
}

fn answer(reader: &mut Reader<'_>, map: &Map<'_>) -> Answer {
    let mut answer = Answer { status: 200, ..Answer::default() };
    let Some(own) = map.get("answer").and_then(|node| reader.map(node, "`answer`", ANSWER)) else {
        return answer;
    };
    let status = own.get("status").and_then(|node| reader.parse(node, "`status`", "a number, as `200`"));
    answer.status = status.unwrap_or(200);
    let text = |reader: &mut Reader<'_>, key: &str| {
        let node = own.get(key)?;
        match &node.value {
            Yaml::Scalar { text, .. } => Some(text.clone()),
            _ => reader.text(node, &format!("`{key}`")).map(str::to_owned),
        }
    };
    answer.content_type = text(reader, "content_type").unwrap_or_default().into();
    answer.body = text(reader, "body").unwrap_or_default();
    answer
}

/// A call of a case is made twice under one key: the second changes nothing.
fn judge(plugin: &ScriptedPlugin, case: PluginCase) -> Vec<String> {
    let plugin = plugin.set_to(&case.settings);
    let info = plugin.info();
    let call = Call {
        key: "1/3".into(),
        action: case.action,
        attempt: case.attempt,
        inputs: case.inputs,
        claim: info.grants.claim(&case.claim),
        facts: info.grants.facts(&case.facts),
        today: case.as_of,
        now: Moment::start_of(case.as_of),
        deadline: Instant::now() + Duration::from_secs(60),
    };
    let world = Arc::new(MockWorld::new(case.http));
    let result = plugin.perform(&call, world.clone());
    compare(&case.expect, &result, &world)
}

fn compare(expect: &Outcome, result: &Result<Done, Fault>, world: &MockWorld) -> Vec<String> {
    let mut reasons = Vec::new();
    match (result, expect.fault) {
        (Err(fault), None) => reasons.push(format!("it fails: {fault}")),
        (Ok(done), Some(_)) => reasons.push(format!("it should fail, and its outcome is `{}`", done.outcome)),
        (Err(fault), Some(for_good)) if fault.for_good != for_good => {
            let how = |for_good| if for_good { "for good" } else { "for a while" };
            reasons.push(format!(
                "it should fail {}, and fails {}: {fault}",
                how(for_good),
                how(fault.for_good)
            ));
        }
        (Err(_), Some(_)) => {}
        (Ok(done), None) => {
            if let Some(outcome) = expect.outcome.as_ref().filter(|own| **own != done.outcome) {
                reasons.push(format!("the outcome should be `{outcome}`, and is `{}`", done.outcome));
            }
            for (name, value) in &expect.output {
                let found =
                    done.output.iter().find(|(own, _)| own == name).map_or(&Value::None, |(_, own)| own);
                if found != value {
                    reasons.push(format!("`{name}` should be {value}, and is {found}"));
                }
            }
        }
    }
    let written = world.files();
    for (path, text) in &expect.files {
        let found = written.iter().find(|(folder, name, _)| format!("{folder}/{name}") == path.as_str());
        match found {
            None => reasons.push(format!("`{path}` should be written, and is not")),
            Some((_, _, own)) if own != text.as_str() => {
                reasons.push(format!("`{path}` should hold something else"));
            }
            Some(_) => {}
        }
    }
    reasons
}

/// What stands for a plugin on a journey, by action.
pub(crate) const MOCK: &[&str] = &["outcome", "output", "fault"];

/// Reads `plugins` of a journey: by action what comes of it. What it gives is checked when the journey is made, since
/// cases are read without a generation: a value is money where it is written as an amount.
pub(super) fn mocks(reader: &mut Reader<'_>, map: &Map<'_>) -> Vec<(Text, Mock, At)> {
    let Some(own) = map.get("plugins").and_then(|node| reader.free_map(node, "`plugins`")) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for entry in own.entries() {
        let Some(map) = reader.map(&entry.value, "what a plugin answers", MOCK) else { continue };
        let outcome = map.get("outcome").and_then(|node| reader.text(node, "`outcome`"));
        let fault = map.get("fault").and_then(|node| reader.word(node, "a kind of fault", FAULTS));
        let mut output = Vec::new();
        if let Some(own) = map.get("output").and_then(|node| reader.free_map(node, "`output`")) {
            for entry in own.entries() {
                let text = reader.text(&entry.value, "a value").map(Text::from);
                output.extend(text.map(|text| (Text::from(entry.key.as_str()), text)));
            }
        }
        let mock = Mock {
            outcome: outcome.unwrap_or_default().into(),
            output,
            fault: fault.map(|word| word == "for-good"),
        };
        all.push((entry.key.as_str().into(), mock, entry.at));
    }
    all
}

/// What stands for a plugin on a journey.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mock {
    outcome: Text,
    output: Vec<(Text, Text)>,
    fault: Option<bool>,
}

impl Mock {
    /// What comes of a call.
    pub(super) fn answer(&self, spec: Option<&ActionSpec>) -> Result<Done, Fault> {
        match self.fault {
            Some(true) => return Err(Fault::for_good("as the case says")),
            Some(false) => return Err(Fault::temporary("as the case says")),
            None => {}
        }
        let mut done = Done::with_outcome(self.outcome.clone());
        for (name, text) in &self.output {
            let kind = spec
                .and_then(|spec| spec.outputs.iter().find(|slot| slot.name == *name))
                .map(|slot| slot.kind);
            let value = match kind {
                Some(kind) => read_value(kind, text),
                None => Some(Value::Text(text.clone())),
            };
            let Some(value) = value else {
                return Err(Fault::for_good(format!("the case gives `{name}` as something that it is not")));
            };
            done = done.with(name.clone(), value);
        }
        Ok(done)
    }
}
