//! The side that answers.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use super::{LONGEST, Reply, Request, socket};
use crate::exit::Exit;
use crate::guest::To;
use crate::wire::Desk;

/// What a request is answered with: the practice as it is at that moment.
pub type Now = Arc<dyn Fn() -> Desk + Send + Sync>;

/// Answers commands for as long as it lives.
pub struct Host {
    path: PathBuf,
}

impl Host {
    /// Begins to answer. A socket that another process left behind is replaced: who calls this holds the data folder.
    ///
    /// # Errors
    /// When the socket cannot be made, as when the folder's path is too long for one.
    pub fn open(practice: &Path, now: Now) -> std::io::Result<Self> {
        let path = socket(practice);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        let root = practice.to_owned();
        // The thread ends with the process: it waits for the next caller until then, and holds nothing.
        thread::Builder::new().name("host".to_owned()).spawn(move || {
            for stream in listener.incoming().flatten() {
                let (now, root) = (Arc::clone(&now), root.clone());
                let answered = thread::Builder::new()
                    .name("guest".to_owned())
                    .spawn(move || answer(&stream, &root, &now));
                if let Err(error) = answered {
                    tracing::warn!(%error, "a command could not be answered");
                }
            }
        })?;
        Ok(Self { path })
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Left behind, it is replaced by the next one.
        let _gone = fs::remove_file(&self.path);
    }
}

fn answer(stream: &UnixStream, root: &Path, now: &Now) {
    let Some(reply) = read(stream).map(|request| run(request, root, now)) else { return };
    let Ok(mut line) = serde_json::to_string(&reply) else { return };
    line.push('\n');
    // Who asked may have gone away; what was done stays done, as when a terminal is closed.
    let mut stream = stream;
    let _told = stream.write_all(line.as_bytes());
}

fn read(stream: &UnixStream) -> Option<Request> {
    let mut line = String::new();
    BufReader::new(stream.take(LONGEST)).read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}

fn run(request: Request, root: &Path, now: &Now) -> Reply {
    let own = env!("CARGO_PKG_VERSION");
    if request.version != own {
        let text = format!(
            "error: the practice is served by claimflow {own}, and this is {}\n  help: stop `claimflow serve` and start the newer one\n",
            request.version
        );
        return Reply { exit: Exit::Failed as u8, said: vec![(To::Err, text)] };
    }
    let (exit, said) =
        crate::guest::host(request.terms, now(), || crate::cli::run_as_guest(&request.arguments, root));
    Reply { exit: exit as u8, said }
}
