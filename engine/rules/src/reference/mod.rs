//! The catalogue for others: the page that people read, the data behind a form builder, and JSON Schemas. Everything comes
//! from the tables that the parser, the checker and the evaluators use.

mod data;
mod markdown;
mod schema;

pub use self::data::{catalogue_json, catalogue_json_schema};
pub use self::markdown::reference_markdown;
pub use self::schema::rule_input_json_schema;
