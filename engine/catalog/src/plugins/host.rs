//! What a script's call asks of the world, and who does it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use claimflow_core::{Facts, Text};
use claimflow_rules::plugin::{Data, Piece, PluginHost, ScriptFault};

use super::{Fault, Grants, RegisterName, Url, data};

/// A request to a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Whereto; it is granted.
    pub url: Url,
    /// Names in small letters, and values; secrets stand in them by name.
    pub headers: Vec<(Text, Vec<Piece>)>,
    /// What is sent.
    pub body: String,
    /// How long it may take.
    pub timeout: Duration,
    /// The most bytes of an answer.
    pub largest: usize,
}

/// How something is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `POST`.
    Post,
}

impl Method {
    /// The word of the protocol.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// What came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// As `200`.
    pub status: u16,
    /// Kind of content, or empty.
    pub content_type: Text,
    /// What it says.
    pub body: String,
}

/// Does what plugins ask of the world. What comes here is granted already.
pub trait World: Send + Sync {
    /// Sends a request. Whatever a host answers is an answer, its redirects too: none is followed.
    ///
    /// # Errors
    /// When no answer came, or one too large.
    fn http(&self, request: &Request) -> Result<Answer, Fault>;

    /// Writes a file of that name into a folder of the practice, whole or not at all; one that is there is replaced.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write(&self, folder: &str, name: &str, text: &str) -> Result<(), Fault>;
}

/// The host of one call.
pub(super) struct CallHost {
    pub(super) world: Arc<dyn World>,
    pub(super) grants: Grants,
    pub(super) facts: Facts,
    pub(super) largest: usize,
    /// Requests and files so far.
    pub(super) used: Mutex<usize>,
}

/// The most requests and files of one call.
const MOST: usize = 8;
/// The longest name of a file.
const LONGEST_NAME: usize = 120;

impl PluginHost for CallHost {
    fn call(&self, function: &str, arguments: &[Data], left: Duration) -> Result<Data, ScriptFault> {
        match (function, arguments) {
            ("find", [Data::Text(register), keys @ ..]) => self.find(register, keys),
            ("secret", [Data::Text(name)]) => self.secret(name),
            ("http_get", [Data::Text(url), rest @ ..]) => {
                self.http(Method::Get, url, rest.first(), String::new(), left)
            }
            ("http_post", [Data::Text(url), Data::Text(body), rest @ ..]) => {
                self.http(Method::Post, url, rest.first(), body.to_string(), left)
            }
            ("write_file", [Data::Text(folder), Data::Text(name), Data::Text(text)]) => {
                self.write(folder, name, text)
            }
            _ => Err(ScriptFault::lasting(format!("`{function}` takes texts, and a map of headers at last"))),
        }
    }
}

impl CallHost {
    fn find(&self, register: &str, keys: &[Data]) -> Result<Data, ScriptFault> {
        let name = RegisterName::ALL.into_iter().find(|own| own.as_str() == register);
        let Some(name) = name.filter(|name| self.grants.registers.contains(name)) else {
            return Err(not_granted(&format!("the register `{register}`"), "registers"));
        };
        let rows = data::rows(name, &self.facts).into_iter().filter(|row| matches(row, keys));
        Ok(Data::List(rows.collect()))
    }

    fn secret(&self, name: &Text) -> Result<Data, ScriptFault> {
        if self.grants.secrets.contains(name) {
            return Ok(Data::Sealed(vec![Piece::Secret(name.clone())]));
        }
        Err(not_granted(&format!("the secret `{name}`"), "secrets"))
    }

    fn http(
        &self,
        method: Method,
        url: &str,
        headers: Option<&Data>,
        body: String,
        left: Duration,
    ) -> Result<Data, ScriptFault> {
        let url = Url::parse(url).map_err(ScriptFault::lasting)?;
        if !self.grants.http.contains(&url.address) {
            return Err(not_granted(&format!("the host `{}`", url.address), "http"));
        }
        let headers = headers.map_or_else(|| Ok(Vec::new()), read_headers)?;
        self.count()?;
        let request = Request { method, url, headers, body, timeout: left, largest: self.largest };
        let answer = self.world.http(&request).map_err(script_fault)?;
        Ok(Data::Map(vec![
            ("status".into(), Data::Int(i64::from(answer.status))),
            ("content_type".into(), Data::Text(answer.content_type)),
            ("body".into(), Data::text(answer.body)),
        ]))
    }

    fn write(&self, folder: &Text, name: &str, text: &str) -> Result<Data, ScriptFault> {
        if !self.grants.files.contains(folder) {
            return Err(not_granted(&format!("the folder `{folder}`"), "files"));
        }
        let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
        if !letters || name.is_empty() || name.starts_with('.') || name.len() > LONGEST_NAME {
            let help = "letters, digits, `.`, `-` and `_`, as `ask.file_key + \".json\"`";
            return Err(ScriptFault::lasting(format!("a file's name has only {help}")));
        }
        self.count()?;
        self.world.write(folder, name, text).map_err(script_fault)?;
        Ok(Data::Nothing)
    }

    fn count(&self) -> Result<(), ScriptFault> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if *used >= MOST {
            return Err(ScriptFault::lasting(format!("one call makes at most {MOST} requests and files")));
        }
        *used += 1;
        Ok(())
    }
}

fn not_granted(what: &str, key: &str) -> ScriptFault {
    ScriptFault::lasting(format!("{what} is not granted: `{key}` in plugin.yaml, or in claimflow.yaml"))
}

fn script_fault(fault: Fault) -> ScriptFault {
    ScriptFault { temporary: !fault.for_good, message: fault.reason }
}

/// True when the row's leading columns are these, whatever their case.
fn matches(row: &Data, keys: &[Data]) -> bool {
    let Data::Map(fields) = row else { return false };
    keys.iter().zip(fields).all(|(key, (_, value))| match (key, value) {
        (Data::Text(key), Data::Text(value)) => key.trim().eq_ignore_ascii_case(value.trim()),
        _ => false,
    })
}

/// Headers that decide where a request goes or how long it is are nobody's but the sender's.
const OWN: &[&str] =
    &["host", "content-length", "transfer-encoding", "connection", "te", "upgrade", "proxy-authorization"];

fn read_headers(data: &Data) -> Result<Vec<(Text, Vec<Piece>)>, ScriptFault> {
    let Data::Map(fields) = data else {
        return Err(ScriptFault::lasting("headers are a map, as `#{ accept: \"application/json\" }`"));
    };
    fields.iter().map(|(name, value)| header(name, value)).collect()
}

fn header(name: &str, value: &Data) -> Result<(Text, Vec<Piece>), ScriptFault> {
    let name = Text::from(name.to_ascii_lowercase().replace('_', "-"));
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !plain || OWN.contains(&name.as_str()) {
        return Err(ScriptFault::lasting(format!("the header `{name}` cannot be set")));
    }
    let pieces = match value {
        Data::Text(text) => vec![Piece::Open(text.clone())],
        Data::Int(value) => vec![Piece::Open(Text::from(value.to_string()))],
        Data::Sealed(pieces) => pieces.clone(),
        other => {
            return Err(ScriptFault::lasting(format!(
                "the header `{name}` is text, and this is {}",
                other.kind()
            )));
        }
    };
    let printable = pieces.iter().all(|piece| match piece {
        Piece::Open(text) => text.bytes().all(|b| (0x20..0x7f).contains(&b)),
        Piece::Secret(_) => true,
    });
    if printable {
        Ok((name, pieces))
    } else {
        Err(ScriptFault::lasting(format!("the header `{name}` is not plain text")))
    }
}
