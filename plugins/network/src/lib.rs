//! Connectors: how files come in and go out. The folder connector: an inbox that others put files into, and an outbox
//! that others take them from.
//!
//! And what plugins reach of the world: requests to hosts, files in folders of the practice, secrets.
//!
//! Must never know: what is in a file.

mod files;
mod http;
mod inbox;
mod outbox;
mod watch;

pub use files::PluginFiles;
pub use http::Http;
pub use inbox::{Fate, Inbox, InboxError};
pub use outbox::FolderOutbox;
pub use watch::{Watch, WatchError};
