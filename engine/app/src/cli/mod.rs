//! The command line: one file per command, each with its arguments and one function.

mod backup;
mod claims;
mod commands;
mod correct;
mod demo;
mod explain;
mod export;
mod ingest;
mod init;
mod journal;
mod key;
mod known;
mod outbox;
mod pack;
mod pend;
mod plugin;
mod queue;
mod release;
mod report;
mod resolve;
mod restore;
mod retry;
mod rules;
mod serve;
mod show;
mod state;
mod tables;
mod timers;
mod workflow;
mod x12;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use claimflow_core::Moment;
use clap::{Args, Parser};
use jiff::civil::Date;

use self::commands::commands;
use crate::exit::{Exit, Failure, Result};
use crate::render::out;
use crate::render::style::Style;

const EXAMPLES: &str = "\
First steps:
  claimflow demo                            a month of a sample practice, in seconds
  claimflow init my-practice                a practice folder of your own
  cd my-practice && claimflow ingest ../claims.837
  claimflow queue                           who has what to do, by due date
  claimflow explain CLAIM                   why a claim is where it is

Exit codes:
  0  done
  1  done, and problems were found in what was checked or read
  2  wrong usage
  3  could not do it: a file that cannot be read, a store in use, a claim that is not there

Environment:
  CLAIMFLOW_LOG       how much is said on standard error: error, warn, info, debug
  CLAIMFLOW_KEY_FILE  the file with the key of an encrypted practice; CLAIMFLOW_KEY: the key itself
  NO_COLOR            no colour";

/// A rule-driven workflow engine for behavioral health claims
///
/// Claims go in as 837P files, pass payer rules that you can read and change, go out to the clearinghouse, come back as
/// remittances, and whatever needs a person becomes a work item with one owner, one exact question and a date.
#[derive(Debug, Parser)]
#[command(name = "claimflow", version, after_help = EXAMPLES, arg_required_else_help = true)]
#[command(disable_help_subcommand = true, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// The practice folder
    #[arg(long, global = true, value_name = "DIR", default_value = ".")]
    pub practice: PathBuf,
    /// Answer in JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Let the clock stand at a moment or date, as 2026-03-05 or 2026-03-05T09:30:00Z: for tests and demonstrations
    #[arg(long, global = true, value_name = "TIME", value_parser = parse_moment, hide_short_help = true)]
    pub clock: Option<Moment>,
}

impl Global {
    /// Opens the practice for work; for a guest, the one that is at work already.
    pub fn open(&self) -> Result<crate::wire::Desk> {
        if let Some(desk) = crate::guest::desk() {
            return Ok(desk);
        }
        crate::wire::Desk::open(&self.practice, crate::wire::clock(self.clock))
    }

    /// The same, also when claims are in a state or on a version of a workflow that is gone.
    pub fn open_anyhow(&self) -> Result<crate::wire::Desk> {
        if let Some(desk) = crate::guest::desk() {
            return Ok(desk);
        }
        crate::wire::Desk::open_anyhow(&self.practice, crate::wire::clock(self.clock))
    }
}

commands! {
    Demo => demo,
    Init => init,
    Ingest => ingest,
    Serve => serve,
    Claims => claims,
    Show => show,
    Explain => explain,
    Queue => queue,
    Resolve => resolve,
    Release => release,
    Pend => pend,
    Correct => correct,
    Retry => retry,
    Report => report,
    Export => export,
    Timers => timers,
    Outbox => outbox,
    Rules => rules,
    Pack => pack,
    Plugin => plugin,
    Tables => tables,
    Workflow => workflow,
    X12 => x12,
    Journal => journal,
    State => state,
    Key => key,
    Backup => backup,
    Restore => restore,
}

/// Runs the program on its arguments, the program's own name among them.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help that cannot be printed has nobody to read it.
            let _printed = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Done };
        }
    };
    log_to_stderr(if matches!(cli.command, Command::Serve(_)) { "info" } else { "warn" });
    cli.command.run(&cli.global).unwrap_or_else(|failure| {
        let asked = if failure.in_use && cli.command.can_be_asked() { ask(&cli, arguments) } else { None };
        asked.unwrap_or_else(|| {
            tell(&failure);
            failure.exit
        })
    })
}

/// Has the process that holds the practice do it. `None` when it does not answer.
fn ask(cli: &Cli, arguments: Vec<OsString>) -> Option<Exit> {
    let arguments: Vec<String> =
        arguments.into_iter().map(|own| own.into_string().ok()).collect::<Option<_>>()?;
    crate::host::ask(&cli.global.practice, &arguments)
}

/// Runs a command for another process, on the practice at `root` that is at work here.
pub fn run_as_guest(arguments: &[String], root: &Path) -> Exit {
    let Ok(mut cli) = Cli::try_parse_from(arguments) else { return Exit::Usage };
    root.clone_into(&mut cli.global.practice);
    cli.command.run(&cli.global).unwrap_or_else(|failure| {
        tell(&failure);
        failure.exit
    })
}

impl Command {
    /// True for commands that work on a practice and do not care which process does it.
    const fn can_be_asked(&self) -> bool {
        if let Self::Key(own) = self {
            return own.can_be_asked();
        }
        !matches!(self, Self::Demo(_) | Self::Init(_) | Self::Serve(_) | Self::X12(_) | Self::State(_))
    }
}

/// Says why it could not be done, and what to do.
fn tell(failure: &Failure) {
    let style = Style::stderr();
    let mut text = failure.details.clone();
    text.push_str(&format!("{} {}\n", style.bad("error:"), failure.message));
    if !failure.help.is_empty() {
        text.push_str(&format!("  {} {}\n", style.code("help:"), failure.help));
    }
    out::say(&text);
}

/// Sends the log to standard error. `CLAIMFLOW_LOG` sets how much of it.
fn log_to_stderr(default: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("CLAIMFLOW_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(Style::stderr().is_coloured())
        .with_target(false)
        .try_init();
    // A second call, as tests make, keeps the first.
    drop(subscriber);
}

/// A moment, or the first moment of a date in UTC.
fn parse_moment(text: &str) -> Result<Moment, String> {
    if let Ok(date) = text.parse::<Date>() {
        return Ok(Moment::start_of(date));
    }
    let timestamp = text.parse::<jiff::Timestamp>();
    timestamp
        .map(|at| Moment(at.as_millisecond()))
        .map_err(|_| "write a date as 2026-03-05, or a moment as 2026-03-05T09:30:00Z".to_owned())
}
