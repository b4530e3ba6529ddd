//! The conversation with an editor: what is open, what was found, and an answer to each question.
//!
//! Everything here runs in the order in which the editor says it, on one thread, and reads no file: a question is answered
//! from the text as it stands in the editor and from what the last check found.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;

use async_lsp::ClientSocket;
use async_lsp::lsp_types::notification::{LogMessage, PublishDiagnostics};
use async_lsp::lsp_types::{
    ClientCapabilities, LogMessageParams, MessageType, PublishDiagnosticsParams, Url,
};
use claimflow_core::{Diagnostic, Severity};
use claimflow_rules::format_rules;

use crate::content::{Content, Located};
use crate::published;
use crate::worker::{Done, Job};
use crate::workspace::{Checked, Open};

mod routes;

pub(crate) use routes::router;

/// What the server knows.
pub(crate) struct State {
    client: ClientSocket,
    content: Arc<dyn Content>,
    jobs: Sender<Job>,
    open: HashMap<Url, Document>,
    checked: HashMap<PathBuf, Checked>,
    /// The files of each folder that have faults on show.
    shown: HashMap<PathBuf, HashSet<Url>>,
    abilities: Abilities,
}

/// A text as it stands in the editor.
struct Document {
    text: Arc<str>,
    version: i32,
    /// Where it belongs; `None` for a file outside any practice.
    located: Option<Located>,
}

impl Document {
    fn is_workflow(&self) -> bool {
        self.located.as_ref().is_some_and(|own| crate::is_workflow(&own.path))
    }
}

/// What the editor can show.
#[derive(Debug, Clone, Copy, Default)]
struct Abilities {
    snippets: bool,
    related: bool,
}

impl Abilities {
    fn of(client: &ClientCapabilities) -> Self {
        let text = client.text_document.as_ref();
        let item = text.and_then(|own| own.completion.as_ref()?.completion_item.as_ref());
        let published = text.and_then(|own| own.publish_diagnostics.as_ref());
        Self {
            snippets: item.and_then(|own| own.snippet_support).unwrap_or_default(),
            related: published.and_then(|own| own.related_information).unwrap_or_default(),
        }
    }
}

type Flow = ControlFlow<async_lsp::Result<()>>;

impl State {
    pub(crate) fn new(client: ClientSocket, content: Arc<dyn Content>, jobs: Sender<Job>) -> Self {
        Self {
            client,
            content,
            jobs,
            open: HashMap::new(),
            checked: HashMap::new(),
            shown: HashMap::new(),
            abilities: Abilities::default(),
        }
    }

    /// A text that was opened, or that changed.
    fn put(&mut self, url: &Url, text: &str, version: i32) {
        let located = match self.open.remove(url) {
            Some(document) => document.located,
            None => url.to_file_path().ok().and_then(|path| self.content.locate(&path)),
        };
        let root = located.as_ref().map(|own| own.root.clone());
        self.open.insert(url.clone(), Document { text: text.into(), version, located });
        match root {
            Some(root) => self.ask(root),
            None => self.tell_alone(url),
        }
    }

    fn close(&mut self, url: &Url) {
        match self.open.remove(url).and_then(|document| document.located) {
            // What stands on the disk counts again.
            Some(located) => self.ask(located.root),
            None => self.publish(url.clone(), Vec::new(), None),
        }
    }

    /// Everything in every folder may be new: files were saved, made or removed.
    fn ask_all(&mut self) {
        let mut roots: Vec<PathBuf> = self.checked.keys().cloned().collect();
        roots.extend(self.open.values().filter_map(|own| Some(own.located.as_ref()?.root.clone())));
        roots.sort();
        roots.dedup();
        roots.into_iter().for_each(|root| self.ask(root));
    }

    fn ask(&self, root: PathBuf) {
        let own = |document: &Document| {
            let located = document.located.as_ref().filter(|located| located.root == root)?;
            Some(Open { path: located.path.clone(), text: Arc::clone(&document.text) })
        };
        let mut open: Vec<Open> = self.open.values().filter_map(own).collect();
        open.sort_by(|a, b| a.path.cmp(&b.path));
        // Without a worker the server is about to end.
        let _gone = self.jobs.send(Job { root, open });
    }

    /// Shows what a check found.
    fn take(&mut self, done: Done) {
        let checked = match done.found {
            Ok(checked) => checked,
            Err(message) => {
                self.log(format!("{}: {message}", done.root.display()));
                return;
            }
        };
        let by_file = self.by_file(&done.root, &checked);
        let mut shown = HashSet::new();
        for (url, path, faults) in by_file {
            let document = self.open.get(&url);
            // A text that has changed since has a check of its own coming; its places would be wrong.
            let text = done.open.iter().find(|own| own.path == path).map(|own| Arc::clone(&own.text));
            if let (Some(document), Some(text)) = (document, &text)
                && document.text != *text
            {
                shown.extend(self.is_shown(&done.root, &url).then_some(url));
                continue;
            }
            let version = document.map(|document| document.version);
            let text = text.as_deref().or_else(|| checked.text(&path)).unwrap_or_default();
            let told = published(text, &faults, &url, self.abilities.related);
            self.publish(url.clone(), told, version);
            shown.insert(url);
        }
        let before = self.shown.insert(done.root.clone(), shown.clone()).unwrap_or_default();
        for url in before.difference(&shown) {
            let version = self.open.get(url).map(|document| document.version);
            self.publish(url.clone(), Vec::new(), version);
        }
        self.checked.insert(done.root, checked);
    }

    fn is_shown(&self, root: &Path, url: &Url) -> bool {
        self.shown.get(root).is_some_and(|shown| shown.contains(url))
    }

    /// The faults by file: of every open one, even without a fault, and of every other one with errors and warnings.
    fn by_file<'c>(&self, root: &Path, checked: &'c Checked) -> Vec<(Url, String, Vec<&'c Diagnostic>)> {
        let mut paths: HashMap<&str, Vec<&Diagnostic>> = HashMap::new();
        for fault in &checked.faults {
            paths.entry(&fault.path).or_default().push(fault);
        }
        let open = self.open.iter().filter_map(|(url, document)| Some((url, document.located.as_ref()?)));
        let open: Vec<(Url, String)> = open
            .filter(|(_, located)| located.root == root)
            .map(|(url, located)| (url.clone(), located.path.clone()))
            .collect();
        let of_open = open.iter().map(|(url, path)| {
            (url.clone(), path.clone(), paths.get(path.as_str()).cloned().unwrap_or_default())
        });
        let others = paths.iter().filter(|(path, _)| !open.iter().any(|(_, own)| own == **path));
        let of_others = others.filter_map(|(path, faults)| {
            let faults: Vec<&Diagnostic> =
                faults.iter().copied().filter(|fault| fault.severity > Severity::Advice).collect();
            let url = self.url(root, path)?;
            (!faults.is_empty()).then(|| (url, (*path).to_owned(), faults))
        });
        of_open.chain(of_others).collect()
    }

    /// A file outside any practice is only read, not checked: nothing is known around it.
    fn tell_alone(&self, url: &Url) {
        let Some(document) = self.open.get(url) else { return };
        if !url.path().ends_with(".rhai") {
            return;
        }
        let faults = format_rules(url.path(), &document.text).err().unwrap_or_default();
        let faults: Vec<&Diagnostic> = faults.iter().collect();
        let told = published(&document.text, &faults, url, self.abilities.related);
        self.publish(url.clone(), told, Some(document.version));
    }

    fn publish(&self, uri: Url, diagnostics: Vec<async_lsp::lsp_types::Diagnostic>, version: Option<i32>) {
        // An editor that is gone hears nothing, and the loop ends by itself.
        let _gone =
            self.client.notify::<PublishDiagnostics>(PublishDiagnosticsParams { uri, diagnostics, version });
    }

    fn log(&self, message: String) {
        let _gone = self.client.notify::<LogMessage>(LogMessageParams { typ: MessageType::WARNING, message });
    }

    fn url(&self, root: &Path, path: &str) -> Option<Url> {
        Url::from_file_path(self.content.file(root, path)?).ok()
    }
}
