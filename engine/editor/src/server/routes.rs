//! Which message is answered by what.

use std::future::{Ready, ready};
use std::ops::ControlFlow;

use async_lsp::ResponseError;
use async_lsp::lsp_types::notification::{
    DidChangeConfiguration, DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument,
    DidOpenTextDocument, DidSaveTextDocument, Initialized, SetTrace,
};
use async_lsp::lsp_types::request::{
    CodeActionRequest, Completion, DocumentSymbolRequest, Formatting, GotoDefinition, HoverRequest,
    Initialize, Shutdown, WorkspaceSymbolRequest,
};
use async_lsp::lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionParams, CodeActionProviderCapability, CodeActionResponse,
    CompletionItemKind, CompletionOptions, CompletionParams, CompletionResponse, DocumentSymbolResponse,
    GotoDefinitionResponse, Hover, HoverProviderCapability, InitializeParams, InitializeResult, OneOf,
    ServerCapabilities, ServerInfo, TextDocumentPositionParams, TextDocumentSyncCapability,
    TextDocumentSyncKind, TextDocumentSyncOptions, TextDocumentSyncSaveOptions, TextEdit, Url,
    WorkspaceSymbolResponse,
};
use async_lsp::router::Router;
use claimflow_core::Diagnostic;
use claimflow_rules::Surroundings;

use super::{Abilities, Document, Flow, State};
use crate::worker::Done;
use crate::workspace::Checked;
use crate::{
    actions, completions, definition, formatted, hover, symbols, workflow_completions, workflow_definition,
    workflow_hover, workspace_symbols,
};

type Answer<T> = Ready<Result<T, ResponseError>>;

fn answer<T>(value: T) -> Answer<T> {
    ready(Ok(value))
}

const GO_ON: Flow = ControlFlow::Continue(());

/// A router over everything the server understands.
pub(crate) fn router(state: State) -> Router<State> {
    let mut router = Router::new(state);
    router
        .request::<Initialize, _>(|state, params| answer(initialize(state, &params)))
        .request::<Shutdown, _>(|_, ()| answer(()))
        .request::<Completion, _>(|state, params| answer(state.completion(&params)))
        .request::<HoverRequest, _>(|state, params| {
            answer(state.hover(&params.text_document_position_params))
        })
        .request::<GotoDefinition, _>(|state, params| {
            answer(state.definition(&params.text_document_position_params))
        })
        .request::<DocumentSymbolRequest, _>(|state, params| answer(state.symbols(&params.text_document.uri)))
        .request::<WorkspaceSymbolRequest, _>(|state, params| {
            answer(Some(WorkspaceSymbolResponse::Flat(state.workspace_symbols(&params.query))))
        })
        .request::<Formatting, _>(|state, params| answer(state.formatting(&params.text_document.uri)))
        .request::<CodeActionRequest, _>(|state, params| answer(state.actions(&params)));
    listen(&mut router);
    router
}

fn listen(router: &mut Router<State>) {
    router
        .notification::<Initialized>(|_, _| GO_ON)
        .notification::<SetTrace>(|_, _| GO_ON)
        .notification::<DidChangeConfiguration>(|_, _| GO_ON)
        .notification::<DidOpenTextDocument>(|state, params| {
            let own = params.text_document;
            state.put(&own.uri, &own.text, own.version);
            GO_ON
        })
        .notification::<DidChangeTextDocument>(|state, mut params| {
            let own = params.text_document;
            if let Some(change) = params.content_changes.pop() {
                state.put(&own.uri, &change.text, own.version);
            }
            GO_ON
        })
        .notification::<DidCloseTextDocument>(|state, params| {
            state.close(&params.text_document.uri);
            GO_ON
        })
        .notification::<DidSaveTextDocument>(|state, _| {
            state.ask_all();
            GO_ON
        })
        .notification::<DidChangeWatchedFiles>(|state, _| {
            state.ask_all();
            GO_ON
        })
        // What a later version of the protocol adds is no reason to stop.
        .unhandled_notification(|_, _| GO_ON)
        .event::<Done>(|state, done| {
            state.take(done);
            GO_ON
        });
}

fn initialize(state: &mut State, params: &InitializeParams) -> InitializeResult {
    state.abilities = Abilities::of(&params.capabilities);
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        // Files of rules are small: the whole text comes with every change, and nothing can get out of step.
        change: Some(TextDocumentSyncKind::FULL),
        save: Some(TextDocumentSyncSaveOptions::Supported(true)),
        ..TextDocumentSyncOptions::default()
    };
    let characters = [".", "\"", " "].map(str::to_owned).to_vec();
    let quick_fixes = CodeActionOptions {
        code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
        ..CodeActionOptions::default()
    };
    InitializeResult {
        capabilities: ServerCapabilities {
            text_document_sync: Some(TextDocumentSyncCapability::Options(sync)),
            completion_provider: Some(CompletionOptions {
                trigger_characters: Some(characters),
                ..CompletionOptions::default()
            }),
            hover_provider: Some(HoverProviderCapability::Simple(true)),
            definition_provider: Some(OneOf::Left(true)),
            document_symbol_provider: Some(OneOf::Left(true)),
            workspace_symbol_provider: Some(OneOf::Left(true)),
            document_formatting_provider: Some(OneOf::Left(true)),
            code_action_provider: Some(CodeActionProviderCapability::Options(quick_fixes)),
            ..ServerCapabilities::default()
        },
        server_info: Some(ServerInfo {
            name: "claimflow".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    }
}

impl State {
    /// A text with what the last check of its folder found.
    fn known(&self, url: &Url) -> Option<(&Document, Option<&Checked>)> {
        let document = self.open.get(url)?;
        let checked = document.located.as_ref().and_then(|located| self.checked.get(&located.root));
        Some((document, checked))
    }

    fn completion(&self, params: &CompletionParams) -> Option<CompletionResponse> {
        let at = &params.text_document_position;
        let (document, checked) = self.known(&at.text_document.uri)?;
        let trigger = params.context.as_ref().and_then(|context| context.trigger_character.as_deref());
        if document.is_workflow() {
            let nothing = Checked::default();
            let mut items = workflow_completions(&document.text, at.position, checked.unwrap_or(&nothing));
            // A blank begins a value; keys and variables come when they are asked for.
            let unasked = [Some(CompletionItemKind::KEYWORD), Some(CompletionItemKind::VARIABLE)];
            items.retain(|item| trigger != Some(" ") || !unasked.contains(&item.kind));
            return Some(CompletionResponse::Array(items));
        }
        if !at.text_document.uri.path().ends_with(".rhai") {
            return None;
        }
        let nothing = Surroundings::default();
        let around = checked.map_or(&nothing, |checked| &checked.around);
        let mut items = completions(&document.text, at.position, around, self.abilities.snippets);
        // After a blank only words of a short list come up by themselves, as after `hold `.
        if trigger == Some(" ") && items.iter().any(|item| item.kind != Some(CompletionItemKind::ENUM_MEMBER))
        {
            items.clear();
        }
        Some(CompletionResponse::Array(items))
    }

    fn hover(&self, at: &TextDocumentPositionParams) -> Option<Hover> {
        let (document, checked) = self.known(&at.text_document.uri)?;
        if document.is_workflow() {
            let nothing = Checked::default();
            return workflow_hover(&document.text, at.position, checked.unwrap_or(&nothing));
        }
        let nothing = Surroundings::default();
        let around = checked.map_or(&nothing, |checked| &checked.around);
        hover(at.text_document.uri.path(), &document.text, at.position, around)
    }

    fn definition(&self, at: &TextDocumentPositionParams) -> Option<GotoDefinitionResponse> {
        let url = &at.text_document.uri;
        let (document, checked) = self.known(url)?;
        let nothing = Checked::default();
        let located = document.located.as_ref();
        let path = located.map_or(url.path(), |located| &located.path);
        let file = |asked: &str| {
            if asked == path { Some(url.clone()) } else { self.url(&located?.root, asked) }
        };
        let find = if document.is_workflow() { workflow_definition } else { definition };
        find(path, &document.text, at.position, checked.unwrap_or(&nothing), &file)
            .map(GotoDefinitionResponse::Scalar)
    }

    fn symbols(&self, url: &Url) -> Option<DocumentSymbolResponse> {
        let (document, _) = self.known(url)?;
        url.path().ends_with(".rhai").then(|| DocumentSymbolResponse::Nested(symbols(&document.text)))
    }

    fn workspace_symbols(&self, query: &str) -> Vec<async_lsp::lsp_types::SymbolInformation> {
        let of = |(root, checked): (&std::path::PathBuf, &Checked)| {
            workspace_symbols(query, checked, &|path| self.url(root, path))
        };
        self.checked.iter().flat_map(of).collect()
    }

    fn formatting(&self, url: &Url) -> Option<Vec<TextEdit>> {
        let (document, _) = self.known(url)?;
        url.path().ends_with(".rhai").then(|| formatted(url.path(), &document.text))
    }

    fn actions(&self, params: &CodeActionParams) -> Option<CodeActionResponse> {
        let url = &params.text_document.uri;
        let (document, checked) = self.known(url)?;
        let located = document.located.as_ref()?;
        let faults: Vec<&Diagnostic> =
            checked?.faults.iter().filter(|fault| fault.path == located.path).collect();
        Some(actions(&document.text, &faults, params.range, url))
    }
}
