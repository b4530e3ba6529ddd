//! The side that asks.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::{LONGEST, Reply, Request, socket};
use crate::exit::Exit;
use crate::guest::{Terms, To};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;

/// True when a process holds the practice and can be asked.
pub fn answers(practice: &Path) -> bool {
    UnixStream::connect(socket(practice)).is_ok()
}

/// Has a command done by the process that holds the practice. `None` when nobody answers there.
pub fn ask(practice: &Path, arguments: &[String]) -> Option<Exit> {
    let stream = UnixStream::connect(socket(practice)).ok()?;
    let request = Request {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        arguments: arguments.to_vec(),
        terms: Terms {
            here: std::env::current_dir().ok()?,
            user: crate::wire::actor(),
            width: page_width(),
            colour: (Style::stdout().is_coloured(), Style::stderr().is_coloured()),
        },
    };
    let reply = exchange(stream, &request)?;
    for (to, text) in &reply.said {
        match to {
            To::Out => {
                if let Err(failure) = out::print(text) {
                    out::say(&failure.message);
                    return Some(Exit::Failed);
                }
            }
            To::Err => out::say(text),
        }
    }
    Some(Exit::of(reply.exit))
}

fn exchange(mut stream: UnixStream, request: &Request) -> Option<Reply> {
    let mut line = serde_json::to_string(request).ok()?;
    line.push('\n');
    stream.write_all(line.as_bytes()).ok()?;
    let mut answer = String::new();
    BufReader::new(stream.take(LONGEST)).read_line(&mut answer).ok()?;
    serde_json::from_str(&answer).ok()
}
