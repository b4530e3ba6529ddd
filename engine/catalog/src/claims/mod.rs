//! Claims in JSON: one table of fields gives the JSON Schema, the reader that tells every fault at its place, and the
//! short form in which cases are written.

mod complete;
mod json;
mod schema;
mod shape;
mod value;

pub(crate) use complete::complete;
pub use json::claims_from_json;
pub use schema::claim_json_schema;
pub(crate) use shape::{CLAIM, Kind, Shape};
pub(crate) use value::{Style, read_value};
