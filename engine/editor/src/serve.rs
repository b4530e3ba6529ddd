//! The language server over two streams.

use std::io::{Read, Write};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use async_lsp::MainLoop;
use async_lsp::server::Lifecycle;
use futures::executor::block_on;
use futures::io::AllowStdIo;

use crate::content::Content;
use crate::pipe::unblocked;
use crate::server::{State, router};
use crate::worker::work;

/// How the server waits.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// How long nobody must have written before the folder is checked.
    pub quiet: Duration,
}

impl Default for Timing {
    /// 150 milliseconds: shorter than a pause in which somebody looks up, longer than one between two keys.
    fn default() -> Self {
        Self { quiet: Duration::from_millis(150) }
    }
}

/// Why the server stopped before the editor said so.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A thread could not be started.
    #[error("no thread could be started: {0}")]
    Thread(#[from] std::io::Error),
    /// The streams broke, or the editor said something that is no message of the protocol.
    #[error("the conversation with the editor broke off: {0}")]
    Conversation(String),
}

/// Serves one editor until it says `exit` or closes its end.
///
/// # Errors
/// When a stream breaks, or the editor speaks another language.
pub fn serve(
    content: Arc<dyn Content>,
    timing: Timing,
    input: impl Read + Send + 'static,
    output: impl Write,
) -> Result<(), ServeError> {
    let (jobs, to_do) = mpsc::channel();
    let of_worker = Arc::clone(&content);
    let (main, client) = MainLoop::new_server(|client| {
        let router = router(State::new(client, content, jobs));
        Lifecycle::new(router)
    });
    let worker = thread::Builder::new()
        .name("editor checks".to_owned())
        .spawn(move || work(&to_do, &of_worker, timing.quiet, |done| client.emit(done).is_ok()))?;
    let ended = block_on(main.run_buffered(unblocked(input)?, AllowStdIo::new(output)));
    // The loop is gone, and with it the sender of jobs: the worker ends after what it is about.
    let _ended = worker.join();
    match ended {
        Ok(()) | Err(async_lsp::Error::Eof) => Ok(()),
        Err(error) => Err(ServeError::Conversation(error.to_string())),
    }
}
