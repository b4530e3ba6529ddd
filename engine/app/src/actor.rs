//! Does what plugins are asked while `serve` runs, on a thread of its own: a host that answers slowly keeps neither the
//! inbox nor anybody's command waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use claimflow_runtime::Engine;

/// Somebody who asks is heard at once; this is how often it looks without being asked.
const LOOK: Duration = Duration::from_secs(60);

/// After the store could not be written, nothing is tried for so long.
const PAUSE: Duration = Duration::from_secs(10);

/// See the module.
pub struct Actor {
    engine: Arc<Engine>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Actor {
    /// Begins.
    pub fn begin(engine: Arc<Engine>) -> Self {
        let stopped = Arc::new(AtomicBool::new(false));
        let (own, ended) = (engine.clone(), stopped.clone());
        let thread = thread::Builder::new().name("actor".to_owned()).spawn(move || {
            while !ended.load(Ordering::Acquire) {
                if own.await_requests(LOOK) {
                    act(&own);
                }
            }
        });
        if let Err(error) = &thread {
            tracing::error!(%error, "plugins are asked nothing until the next start");
        }
        Self { engine, stopped, thread: thread.ok() }
    }
}

fn act(engine: &Engine) {
    match engine.perform_requests() {
        Ok(acted) if acted.done + acted.failed > 0 => {
            tracing::info!(done = acted.done, failed = acted.failed, "plugins have answered");
        }
        Ok(_) => {}
        Err(error) => {
            tracing::error!(%error, "what plugins answered could not be kept: they are asked again");
            thread::park_timeout(PAUSE);
            if let Err(error) = engine.resume_requests() {
                tracing::error!(%error, "what plugins were asked cannot be read");
            }
        }
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        self.engine.stop_performing();
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // What it was doing is in the journal as asked, and is done by the next start.
            let _ended = thread.join();
        }
    }
}
