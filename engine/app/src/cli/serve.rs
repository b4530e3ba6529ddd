//! `claimflow serve`: the practice at work, until it is stopped.

use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Global;
use crate::exit::{Exit, Failure, Result};
use crate::serve::Server;

/// Keep the practice at work: watch the inbox, run deadlines, take on changed rules and registers
///
/// Files in inbox/ are taken in as soon as they stand still, and move to inbox/done or, with a note of what is wrong, to
/// inbox/failed. Changed rules, workflows, settings and registers go live, between one claim and the next, when they check
/// clean and the cases of changed packs hold; until then the last good ones stay, and `claimflow rules status` says why.
/// While it runs, the other commands have their work done by it. Stop it with Ctrl-C or SIGTERM: what it is doing is
/// finished first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow serve
  claimflow --practice /srv/practice serve
  CLAIMFLOW_LOG=debug claimflow serve")]
pub struct Arguments {
    /// Look at inbox and rules at least this often, in milliseconds; deadlines are kept to the moment
    #[arg(long, value_name = "MS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(10..=60_000))]
    every: u64,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let every = Duration::from_millis(arguments.every);
    let mut server = Server::open(global.open()?, every)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::failed(format!("cannot wait for signals: {error}")))?;
    runtime.block_on(work(&mut server, every))?;
    server.close()?;
    Ok(Exit::Done)
}

/// Works until somebody stops it. The work itself is done between signals, so that a stop never cuts it.
async fn work(server: &mut Server, every: Duration) -> Result<()> {
    let (mut interrupt, mut terminate) = (stop(SignalKind::interrupt())?, stop(SignalKind::terminate())?);
    let changed = server.changed();
    tracing::info!(inbox = %server.inbox().display(), "at work; stop with Ctrl-C");
    loop {
        server.look()?;
        let rest = server.rest(every);
        tokio::select! {
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
            () = changed.notified() => {}
            () = tokio::time::sleep(rest) => {}
        }
    }
    tracing::info!("stopping");
    Ok(())
}

fn stop(kind: SignalKind) -> Result<Signal> {
    signal(kind).map_err(|error| Failure::failed(format!("cannot wait for signals: {error}")))
}
