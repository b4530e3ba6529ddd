//! What plugins in Rhai reach of the world: ports that the floor above implements.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use claimflow_catalog::SecretSource;
use claimflow_catalog::plugins::{Answer, Fault, Method, Request, Url, World};
use claimflow_rules::plugin::Piece;

/// Sends requests. It follows no redirect, and never sends to another address than it is given.
pub trait HttpPort: Send + Sync {
    /// Sends one request, with headers as they go out.
    ///
    /// # Errors
    /// Temporary when nobody answers in time; for good when the answer is larger than `largest` bytes or no text. Neither
    /// repeats what was sent or answered.
    fn send(
        &self,
        method: Method,
        url: &Url,
        headers: &[(String, String)],
        body: &str,
        within: Duration,
        largest: usize,
    ) -> Result<Answer, Fault>;
}

/// Writes files of plugins into folders of the practice.
pub trait FilePort: Send + Sync {
    /// Writes a file, whole or not at all. Names are plain: no separator, no leading dot.
    ///
    /// # Errors
    /// When it cannot be written, or the folder is not what it seems to be.
    fn write(&self, folder: &str, name: &str, text: &str) -> io::Result<()>;
}

/// Knows secrets.
pub trait SecretPort: Send + Sync {
    /// The secret at that place.
    ///
    /// # Errors
    /// When it is not there; the message names the place and never the secret.
    fn read(&self, source: &SecretSource) -> Result<String, String>;
}

/// No HTTP at all.
pub struct NoHttp;

impl HttpPort for NoHttp {
    fn send(
        &self,
        _: Method,
        _: &Url,
        _: &[(String, String)],
        _: &str,
        _: Duration,
        _: usize,
    ) -> Result<Answer, Fault> {
        Err(Fault::temporary("there is no way to send requests here"))
    }
}

/// No files at all.
pub struct NoFiles;

impl FilePort for NoFiles {
    fn write(&self, _: &str, _: &str, _: &str) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "there is no folder to write into here"))
    }
}

impl SecretPort for NoFiles {
    fn read(&self, _: &SecretSource) -> Result<String, String> {
        Err("there are no secrets here".to_owned())
    }
}

/// The ports, shared by all plugins.
#[derive(Clone)]
pub struct Worlds {
    /// For requests.
    pub http: Arc<dyn HttpPort>,
    /// For files.
    pub files: Arc<dyn FilePort>,
    /// For secrets.
    pub secrets: Arc<dyn SecretPort>,
}

impl Default for Worlds {
    fn default() -> Self {
        Self { http: Arc::new(NoHttp), files: Arc::new(NoFiles), secrets: Arc::new(NoFiles) }
    }
}

/// The world of one plugin: its secrets are its own.
pub(super) struct PluginWorld {
    pub(super) worlds: Worlds,
    pub(super) secrets: Vec<(String, SecretSource)>,
}

impl PluginWorld {
    /// Where a secret is said to be; for how the plugin is.
    pub(super) fn missing(&self) -> Option<String> {
        self.secrets.iter().find_map(|(_, source)| self.worlds.secrets.read(source).err())
    }

    fn value(&self, pieces: &[Piece]) -> Result<String, Fault> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Open(open) => text.push_str(open),
                Piece::Secret(name) => text.push_str(&self.secret(name)?),
            }
        }
        Ok(text)
    }

    fn secret(&self, name: &str) -> Result<String, Fault> {
        let source = self.secrets.iter().find(|(own, _)| own == name).map(|(_, source)| source);
        let source = source.ok_or_else(|| Fault::for_good(format!("there is no secret `{name}`")))?;
        let secret = self.worlds.secrets.read(source).map_err(Fault::temporary)?;
        let plain = !secret.is_empty() && secret.bytes().all(|b| (0x20..0x7f).contains(&b));
        if plain {
            Ok(secret)
        } else {
            Err(Fault::for_good(format!("the secret `{name}` is not plain text of one line")))
        }
    }
}

impl World for PluginWorld {
    fn http(&self, request: &Request) -> Result<Answer, Fault> {
        let headers =
            request.headers.iter().map(|(name, pieces)| Ok((name.to_string(), self.value(pieces)?)));
        let headers: Vec<(String, String)> = headers.collect::<Result<_, Fault>>()?;
        let Request { method, url, body, timeout, largest, .. } = request;
        self.worlds.http.send(*method, url, &headers, body, *timeout, *largest)
    }

    fn write(&self, folder: &str, name: &str, text: &str) -> Result<(), Fault> {
        let written = self.worlds.files.write(folder, name, text);
        written.map_err(|error| Fault::temporary(format!("`{folder}/{name}` cannot be written: {error}")))
    }
}
