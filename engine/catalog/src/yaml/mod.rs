//! YAML whose every node knows its place, and a reader that collects every fault of a file instead of stopping at the
//! first.

mod reader;
mod tree;

pub(crate) use reader::{Map, Reader, suggestion};
pub(crate) use tree::{At, Entry, Node, Value, parse};
